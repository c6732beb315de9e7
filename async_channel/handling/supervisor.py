"""Supervision: what becomes of what a callback raises."""

from __future__ import annotations

from collections.abc import Awaitable

from async_channel.util.failure import Report


class Supervisor:
    """Decides what becomes of the events that one callback failed on."""

    __slots__ = ("_report", "name")

    def __init__(self, name: str, report: Report) -> None:
        self.name = name
        self._report = report

    def failed(self, error: Exception, event: object) -> Awaitable[None] | None:
        """The callback failed on an event; what has yet to be awaited before the next is its turn, if anything."""
        self._report(f"callback of consumer {self.name!r}", error, event)
        return None
