"""What counts as a failure of a user's function (any exception, and a cancellation that was not ours); who is told."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from typing import Final, Protocol

logger = logging.getLogger("async_channel")


class Handler:
    """Whose failure it is that is reported, where a consumer is to blame."""

    __slots__ = ("attempts", "consumer", "stopped")

    def __init__(self, consumer: str = "", attempts: int = 1, stopped: object = None) -> None:
        self.consumer = consumer
        self.attempts = attempts
        """How often it was tried with the event (a count)."""
        self.stopped = stopped
        """The subscription that has ended by it, if one has."""


SOMEBODY: Final = Handler()
"""No consumer in particular."""


class Report(Protocol):
    """Where to say that something raised."""

    def __call__(self, where: str, error: Exception, event: object, of: Handler = ..., /) -> None:
        """Say what it was, the exception, the event, and whose."""
        ...


def to_nobody(where: str, error: Exception, event: object, of: Handler = SOMEBODY, /) -> None:
    """A report that nobody hears, of what has nobody to tell yet."""


FAILURES: Final = (Exception, asyncio.CancelledError)
"""What is caught around a synchronous function. It is never itself cancelled, so a CancelledError is its own doing:
it looked at the result of something that was."""


def as_failure(error: BaseException) -> Exception:
    """The failure to report: a stray CancelledError must not cancel whoever reads of it."""
    if isinstance(error, Exception):
        return error
    failure = RuntimeError(f"it used something that was cancelled: {error!r}")
    failure.__cause__ = error
    return failure


def being_cancelled() -> bool:
    """Whether somebody asked the running task to end."""
    task = asyncio.current_task()
    return task is None or task.cancelling() > 0


def report_to(reports: Iterable[Report], where: str, error: Exception, event: object, of: Handler) -> None:
    """Say that something raised, at each of these places once; to the logger, where there is none."""
    told = dict.fromkeys(reports)
    for report in told:
        report(where, error, event, of)
    if not told:
        logger.error("%s raised on %r", where, event, exc_info=error)
