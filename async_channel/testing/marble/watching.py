"""Watching: what a consumer gets, and when, for as long as a diagram tells."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any, Final

from reactivex import Observable

from async_channel import Consumer
from async_channel.pictures.diagrams import Diagram, Mark
from async_channel.pictures.lines import TOLERANCE

__tracebackhide__ = True  # what pytest shows is the test

GRACE: Final = 60
"""How many frames longer than it is drawn a stream is watched that should end, to say what it did instead (a count)."""

ENOUGH: Final = 20
"""With so many events more than are drawn, a stream is watched no longer (a count)."""


class Watch:
    """Watches a stream for as long as can tell whether it does what is drawn, and disposes of it as is drawn."""

    def __init__(self, expected: Diagram) -> None:
        self.seconds: float
        """How long it is watched, if it does not end."""
        self.is_cut = False
        """Whether it was left because of all that came."""
        blur = expected.unit * TOLERANCE
        self._limit = len(expected.marks) + ENOUGH
        self._cancels = expected.end is not None and expected.end.kind == "cancellation"
        if expected.end is None:
            self.seconds = expected.width
        elif not self._cancels:
            self.seconds = expected.width + GRACE * expected.unit
        else:
            # alone in its frame it comes before all else of that moment; in a group, when the moment is over
            beside = len(expected.marks) > 1 and expected.marks[-2].time == expected.end.time
            self.seconds = expected.end.time + (2 * blur if beside else 0)
        self._until = self.seconds - blur

    async def record(self, actual: Observable[Any] | Consumer[Any]) -> list[Mark]:
        """What happens from now on: until the end, or until no more is to be seen."""
        loop = asyncio.get_running_loop()
        start = loop.time()
        consumers: list[Consumer[Any]] = []

        def close() -> None:
            for consumer in consumers:
                consumer.close()

        timer = loop.call_at(start + self.seconds, close)  # now: so it comes before all others of its time
        try:
            if not isinstance(actual, Consumer):
                async with Consumer(actual) as consumer:
                    consumers.append(consumer)
                    marks = await self._read(consumer, start)
            else:
                consumers += [actual] * self._cancels
                marks = await self._read(actual, start)
        finally:
            timer.cancel()
        self.is_cut = len(marks) == self._limit
        return [mark for mark in marks if mark.time < self._until]

    async def _read(self, consumer: Consumer[Any], start: float) -> list[Mark]:
        return await record(consumer, start=start, until=start + self.seconds, limit=self._limit)


async def record(
    consumer: Consumer[Any],
    *,
    start: float,
    until: float,
    limit: int,
    note: Callable[[Any], object] = lambda event: event,
) -> list[Mark]:
    """What a consumer gets, and its end.

    Args:
        consumer: read until its end; it is not closed.
        start: the loop's time (seconds) that is 0 in the marks.
        until: the loop's time when it is no longer read.
        limit: how many marks are enough (a count).
        note: what is noted of an event, while it is as it came.
    """
    loop = asyncio.get_running_loop()
    marks: list[Mark] = []
    with contextlib.suppress(TimeoutError):  # ours: one of the stream's own is an error of the stream
        async with asyncio.timeout_at(until):
            try:
                async for event in consumer:
                    marks.append(Mark(loop.time() - start, "event", note(event)))
                    if len(marks) >= limit:
                        return marks
            except Exception as error:
                marks.append(Mark(loop.time() - start, "error", error))
            else:
                marks.append(Mark(loop.time() - start, "completion"))
    return marks
