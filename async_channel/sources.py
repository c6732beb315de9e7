"""Streams that begin here: iterables, asynchronous iterables, timers.

Under a consumer they are held back when it is full, or its turn is not yet: nothing is read that nobody has room for.
"""

from __future__ import annotations

from collections.abc import AsyncIterable, Callable, Iterable
from datetime import timedelta
from typing import TypeVar

import reactivex

from async_channel import util
from async_channel.stream import Stream
from async_channel.util import check

T = TypeVar("T")


def from_iterable(events: Iterable[T]) -> Stream[T]:
    """A stream of the items of an iterable, then the end.

    ::

        from_iterable([1, 2, 3])   1,2,3|

    >>> import asyncio, itertools
    >>> from async_channel import Consumer
    >>> async def main() -> None:
    ...     async with Consumer(from_iterable(itertools.count()).map(lambda n: n * n).take(3)) as squares:
    ...         print([square async for square in squares])
    >>> asyncio.run(main())
    [0, 1, 4]

    Under a consumer a task reads the iterable, as far as there is room below. A plain Rx subscription gets all items at
    once, as in Rx. Each subscription iterates anew.

    Raises:
        TypeError: events is no iterable.
    """
    if not isinstance(events, Iterable):
        raise TypeError(f"from_iterable() takes an iterable, got {events!r}")
    return Stream(util.pump.Pump(events))


def from_async_iterable(events: AsyncIterable[T] | Callable[[], AsyncIterable[T]]) -> Stream[T]:
    """A stream of the items of an asynchronous iterable, then the end.

    >>> import asyncio
    >>> from collections.abc import AsyncIterator
    >>> from async_channel import Consumer
    >>> async def ticks() -> AsyncIterator[int]:
    ...     for n in range(3):
    ...         yield n
    >>> async def main() -> None:
    ...     async with Consumer(from_async_iterable(ticks).map(lambda n: n + 1)) as consumer:
    ...         print([n async for n in consumer])
    >>> asyncio.run(main())
    [1, 2, 3]

    A task reads it, as far as there is room below, and ends with the consumer; a generator is closed then.

    Args:
        events: an asynchronous iterable; or a function that gives one, as a generator function does, which is called
            for each subscription. A generator itself can be read but once.

    Raises:
        TypeError: events is neither.
        NotStarted: at the subscription, when no event loop is running.
        RuntimeError: at the second subscription, when events is a generator.
    """
    if not isinstance(events, AsyncIterable) and not callable(events):
        raise TypeError(f"from_async_iterable() takes an asynchronous iterable, or a function of none, got {events!r}")
    return Stream(util.pump.AsyncPump(events))


def interval(period: float | timedelta) -> Stream[int]:
    """A stream of 0, 1, 2 and so on, one every so many seconds of the loop's clock.

    ::

        interval(3).take(3)   ---0--1--2|

    It never drifts: the beats are at whole multiples of the period, however late the loop is.

    Args:
        period: seconds above 0, or a timedelta.

    Raises:
        TypeError, ValueError: period is not a number, or not above 0.
        NotStarted: at the subscription, when no event loop is running.
    """
    seconds = check.positive_seconds("interval", "period", check.seconds_of(period))
    return Stream(util.pump.OnClock(reactivex.interval(seconds)))


def timer(duetime: float | timedelta, period: float | timedelta | None = None) -> Stream[int]:
    """A stream of one 0 after some seconds of the loop's clock; with a period, of 1, 2 and so on after it.

    ::

        timer(4)              ----0|
        timer(4, 2).take(3)   ----0-1-2|

    Args:
        duetime: seconds, 0 or more, or a timedelta.
        period: seconds above 0, or a timedelta; None for one event only.

    Raises:
        TypeError, ValueError: an argument is not a number, or out of range.
        NotStarted: at the subscription, when no event loop is running.
    """
    seconds = check.positive_seconds("timer", "duetime", check.seconds_of(duetime), or_zero=True)
    every = None if period is None else check.positive_seconds("timer", "period", check.seconds_of(period))
    return Stream(util.pump.OnClock(reactivex.timer(seconds, every)))
