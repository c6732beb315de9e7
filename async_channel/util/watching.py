"""Watching: who keeps the event loop to itself, and who falls behind."""

from __future__ import annotations

import asyncio
import math
import types
from collections.abc import Callable, Coroutine, Generator, Iterator
from operator import length_hint
from time import perf_counter
from typing import Any, Final, Generic, Protocol, TypeVar

from async_channel.errors import HighLag
from async_channel.util.failure import Handler, Report

T = TypeVar("T")

_UNLIMITED: Final = 1 << 62


class Place(Protocol):
    """What tells how far a reader has come: what it may take without asking, and the number of what follows that."""

    end: int
    run: Iterator[Any]


@types.coroutine
def timed_steps(
    work: Coroutine[Any, Any, T], limit: float, place: Place, late: Callable[[float, int], None]
) -> Generator[Any, Any, T]:
    """Run a coroutine, and look at the real time that it takes from one await to the next.

    What is between two awaits is one `send`, however many events are handled in it: so an event costs nothing.

    Args:
        work: the coroutine.
        limit: how long it may take (seconds).
        place: where it reads.
        late: called with the seconds of each step that took longer, and how many events it read.
    """
    step: Callable[[Any], Any] = work.send
    given: Any = None
    try:
        while True:
            began = place.end - length_hint(place.run)
            started = perf_counter()
            try:
                awaited = step(given)
            except StopIteration as end:
                result: T = end.value
                return result
            finally:
                if perf_counter() - started > limit:
                    late(perf_counter() - started, place.end - length_hint(place.run) - began)
            try:
                given = yield awaited
                step = work.send
            except GeneratorExit:
                raise
            except BaseException as error:
                given = error
                step = work.throw
    finally:
        work.close()


class Behind(Protocol):
    """What is asked of a reader that may fall behind."""

    name: str
    capacity: int


class LagWatch(Generic[T]):
    """Says once that a reader is behind, until it has caught up with half of it.

    Args:
        reader: who.
        share: of its capacity, from which it is behind.
        report: where to say so.
        coming: events that come in behind each look (a count).
    """

    __slots__ = ("_coming", "_least", "_mark", "_reader", "_report", "_told")

    def __init__(self, reader: Behind, share: float, report: Report, coming: int) -> None:
        self._reader = reader
        self._report = report
        self._mark = max(2, math.ceil(share * reader.capacity))
        self._least = share * reader.capacity / 2
        self._coming = coming
        self._told = False

    def look(self, lag: int) -> int:
        """Say it if it is to be said, and how many events may come before somebody must look again."""
        if self._told and lag < self._least:
            self._told = False
        if self._reader.capacity < 2:  # being full is nothing to tell of where there is room for one
            return _UNLIMITED
        left = self._mark - self._coming - lag
        if not self._told:
            if left > 0:
                return left
            loop = asyncio._get_running_loop()
            if loop is not None:  # a sender is in the middle of something: it is said when the loop has the word
                self._told = True
                loop.call_soon(self._tell, lag + self._coming)
        return self._mark // 2

    def _tell(self, pending: int) -> None:
        reader = self._reader
        error = HighLag(
            f"consumer {reader.name!r} has {pending} events pending, of the {reader.capacity} that it may be behind. "
            "Read faster, give it more capacity, or choose an overflow policy that may lose events",
            pending=pending,
            capacity=reader.capacity,
        )
        self._report(f"consumer {reader.name!r}", error, None, Handler(reader.name))
