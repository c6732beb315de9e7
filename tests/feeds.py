"""A source of numbers for the tests of demand, which writes down when it was opened and closed, and what it yielded."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from async_channel import clock


class Feed:
    """Numbers, counted on through every connection: one at once, then one a pace.

    Args:
        pace: seconds between two.
        closing: seconds that it takes to close.
        last: the number after which it ends by itself.
    """

    def __init__(self, *, pace: float = 1.0, closing: float = 0.0, last: int | None = None) -> None:
        self._pace = pace
        self._closing = closing
        self._last = last
        self.opened: list[float] = []
        self.closed: list[float] = []
        self.yielded: list[int] = []

    @property
    def running(self) -> bool:
        """Whether it is open."""
        return len(self.opened) > len(self.closed)

    async def numbers(self) -> AsyncIterator[int]:
        """The source."""
        assert not self.running, "it was opened twice"
        self.opened.append(clock.now())
        try:
            while self._last is None or len(self.yielded) <= self._last:
                self.yielded.append(len(self.yielded))
                yield self.yielded[-1]
                await asyncio.sleep(self._pace)
        finally:
            try:
                await asyncio.sleep(self._closing)
            finally:
                self.closed.append(clock.now())


def tasks_beside_this() -> int:
    """How many tasks there are but the one that asks."""
    return len(asyncio.all_tasks()) - 1
