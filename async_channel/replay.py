"""Replay: send recorded events at their recorded times, on the running loop's clock."""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections.abc import AsyncGenerator, AsyncIterable, Iterable
from datetime import datetime
from typing import TypeVar

from async_channel import clock
from async_channel.channels.channel import Channel
from async_channel.producer import Producer

T = TypeVar("T")


async def replay(
    target: Channel[T] | Producer[T],
    timed_events: Iterable[tuple[float | datetime, T]] | AsyncIterable[tuple[float | datetime, T]],
    *,
    origin: float | datetime | None = None,
) -> int:
    """Send each event when as much time has passed since this call as had since the origin when it was recorded.

    Time is the running loop's, so under :func:`async_channel.clock.run` the same pipeline runs live, accelerated or as
    an exact back-test. An event that is late (a sender above had to wait, or its time lies before that of the one
    before it) is sent at once: order is never changed, and nothing is skipped.

    >>> import math
    >>> async def main() -> None:
    ...     prices: Channel[float] = Channel("Price")
    ...     prices.subscribe(lambda price: print(f"{clock.now():.0f} s: {price}"))
    ...     print(await replay(prices, [(100.0, 1.5), (160.0, 1.6)]))
    >>> clock.run(main(), speed=math.inf)
    0 s: 1.5
    60 s: 1.6
    2

    Args:
        target: where to send: a Channel, or a Producer of one.
        timed_events: pairs of the recorded time (datetime, or seconds on any scale) and the event, in recorded order.
        origin: the recorded time that is now; by default that of the first event. Several replays of one recording are
            kept in step by giving all the same, such as ``clock.now()`` where the clock shows recorded time.

    Returns:
        How many events were sent.

    Raises:
        TypeError: target or timed_events is of another type, or what it holds is no pair.
        ValueError: a time is not a number.
        ChannelClosed: the channel was stopped meanwhile.
    """
    if not isinstance(target, Channel | Producer):
        raise TypeError(f"replay() sends to a Channel or a Producer, got {target!r}")
    if not isinstance(timed_events, Iterable | AsyncIterable):
        raise TypeError(f"replay() takes an iterable of (time, event), got {timed_events!r}")
    loop = asyncio.get_running_loop()
    start = loop.time()
    begin = None if origin is None else _seconds(origin)
    count = 0
    async with contextlib.aclosing(_each(timed_events)) as items:
        async for item in items:
            if not isinstance(item, tuple) or len(item) != 2:
                raise TypeError(f"replay() takes pairs of (time, event), got {item!r}")
            time, event = item
            recorded = _seconds(time)
            if begin is None:
                begin = recorded
            due = start + (recorded - begin)
            if due > loop.time():
                await clock.sleep_until_loop_time(due)
            await target.send(event)
            count += 1
    return count


async def _each(events: Iterable[T] | AsyncIterable[T]) -> AsyncGenerator[T, None]:
    if isinstance(events, AsyncIterable):
        async for item in events:
            yield item
    else:
        for item in events:
            yield item


def _seconds(time: float | datetime) -> float:
    seconds = time.timestamp() if isinstance(time, datetime) else time
    if not isinstance(seconds, int | float) or math.isnan(seconds):
        raise ValueError(f"replay() takes the time of each event as a datetime or seconds, got {time!r}")
    return seconds
