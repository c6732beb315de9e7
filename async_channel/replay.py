"""Replay: send recorded events at their recorded times, on the running loop's clock."""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections.abc import AsyncGenerator, AsyncIterable, Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any, TypeVar, overload

from async_channel import clock
from async_channel.channels.channel import Channel
from async_channel.channels.channels import Channels
from async_channel.channels.keys import ChannelKey
from async_channel.channels.scopes import BETWEEN
from async_channel.handling.agenda import agenda
from async_channel.producer import Producer
from async_channel.recording.recording import Recording
from async_channel.recording.rows import Row
from async_channel.util.iteration import reading

T = TypeVar("T")


@overload
async def replay(
    target: Channel[T] | Producer[T],
    timed_events: Iterable[tuple[float | datetime, T]] | AsyncIterable[tuple[float | datetime, T]],
    *,
    origin: float | datetime | None = None,
    speed: float = 1.0,
) -> int: ...


@overload
async def replay(
    recording: Recording,
    channels: Channels | Mapping[str, Channel[Any]],
    /,
    *,
    origin: float | datetime | None = None,
    speed: float = 1.0,
) -> int: ...


async def replay(
    target: Channel[Any] | Producer[Any] | Recording,
    timed_events: Iterable[Any] | AsyncIterable[Any] | Channels | Mapping[str, Channel[Any]],
    *,
    origin: float | datetime | None = None,
    speed: float = 1.0,
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

    ``replay(recording, channels)`` sends the events of a `Recording`, each to the channel of its name, in the one order
    in which all of them were recorded:

    >>> from async_channel import ChannelKey
    >>> day = Recording([ChannelKey("Price", float)], [("Price", 100.0, 1.5), ("Price", 160.0, 1.6)])
    >>> async def again() -> None:
    ...     async with Channels() as channels:
    ...         channels.open(ChannelKey("Price", float)).subscribe(print)
    ...         await replay(day, channels, speed=math.inf)
    >>> clock.run(again(), speed=math.inf)
    1.5
    1.6

    A channel that is synchronized is drained after each event, so that all have handled it before the next is sent: an
    exact back-test, the same calls in the same order each time.

    Args:
        target: where to send: a Channel, or a Producer of one. Or a Recording.
        timed_events: pairs of the recorded time (datetime, or seconds on any scale) and the event, in recorded order.
            With a Recording: the registry in which its channels are found or opened; or a mapping from names to the
            channels, and what was recorded of others is left out.
        origin: the recorded time that is now; by default that of the first event. Several replays of one recording are
            kept in step by giving all the same, such as ``clock.now()`` where the clock shows recorded time.
        speed: recorded seconds that pass in a second of the loop, above 0; with ``math.inf`` events are sent one after
            another, as fast as they are consumed.

    Returns:
        How many events were sent.

    Raises:
        TypeError: an argument is of another type, or what timed_events holds is no pair.
        ValueError: a time is not a number, or speed is not above 0.
        KeyError: a channel of the mapping was not recorded, or one that was is not open and its class is not known.
        EventTypeConflict: a channel carries other events than those recorded.
        RecordingError: the file of the recording is damaged.
        ChannelClosed: the channel was stopped meanwhile.
    """
    if isinstance(speed, bool) or not isinstance(speed, int | float):
        raise TypeError(f"replay(speed=...) takes a number of recorded seconds a second, got {speed!r}")
    if not speed > 0:
        raise ValueError(f"replay(speed=...) is above 0 (math.inf for no waiting at all), got {speed!r}")
    begin = None if origin is None else _seconds(origin)
    if isinstance(target, Recording):
        if not isinstance(timed_events, Channels | Mapping):
            raise TypeError(f"replay() takes a Channels or a mapping from names to channels, got {timed_events!r}")
        return await _replay_recording(target, timed_events, begin, speed)
    if not isinstance(target, Channel | Producer):
        raise TypeError(f"replay() sends to a Channel or a Producer, got {target!r}")
    if not isinstance(timed_events, Iterable | AsyncIterable):
        raise TypeError(f"replay() takes an iterable of (time, event), got {timed_events!r}")
    loop = asyncio.get_running_loop()
    start = loop.time()
    settle = _drain_of(target)
    count = 0
    async with contextlib.aclosing(_each(timed_events)) as items:
        async for item in items:
            if not isinstance(item, tuple) or len(item) != 2:
                raise TypeError(f"replay() takes pairs of (time, event), got {item!r}")
            time, event = item
            recorded = _seconds(time)
            if begin is None:
                begin = recorded
            due = start + (recorded - begin) / speed
            if due > loop.time():
                await clock.sleep_until_loop_time(due)
            await target.send(event)
            if settle is not None:
                await settle()
            count += 1
    return count


async def _replay_recording(
    recording: Recording, given: Channels | Mapping[str, Channel[Any]], begin: float | None, speed: float
) -> int:
    if not isinstance(given, Channels):
        recording = recording.only(*given)
    channels = _opened(recording, given) if isinstance(given, Channels) else dict(given)
    for name, channel in channels.items():
        if not isinstance(channel, Channel):
            raise TypeError(f"replay() sends a recording to Channels, got {channel!r} for {name!r}")
    batches = recording.batches(recording.types_for({name: one.event_type for name, one in channels.items()}))
    count = 0
    with contextlib.closing(batches):
        if speed < math.inf:
            return await _on_time(batches, channels, begin, speed)
        if any(channel.synchronized for channel in channels.values()):
            return await _step_by_step(batches, channels)
        if len(channels) == 1:
            [channel] = channels.values()
            for rows in batches:
                count += await channel.send_many(map(_event_of, rows))
            return count
        send = {name: channel.send for name, channel in channels.items()}
        for rows in batches:
            for name, _, event in rows:
                await send[name](event)
            count += len(rows)
    return count


_event_of = itemgetter(2)


async def _on_time(
    batches: Iterable[Sequence[Row]], channels: Mapping[str, Channel[Any]], begin: float | None, speed: float
) -> int:
    loop = asyncio.get_running_loop()
    start = loop.time()
    count = 0
    for rows in batches:
        for name, recorded, event in rows:
            if begin is None:
                begin = recorded
            due = start + (recorded - begin) / speed
            if due > loop.time():
                await clock.sleep_until_loop_time(due)
            channel = channels[name]
            await channel.send(event)
            if channel.synchronized:
                await channel.drain()
        count += len(rows)
    return count


async def _step_by_step(batches: Iterable[Sequence[Row]], channels: Mapping[str, Channel[Any]]) -> int:
    """One event after another, each handled by all before the next is sent."""
    for channel in channels.values():
        if channel.synchronized:
            await channel.drain()  # from here on its callbacks have begun
    house, task = agenda(), asyncio.current_task()
    count = 0
    for rows in batches:
        for name, _, event in rows:
            channel = channels[name]
            if channel._log.credit > 0:  # then `send` would not wait, and its coroutine costs as much as the rest
                left = channel._step(event, house, task)
            else:
                await channel.send(event)
                left = house.drain_now(task)
            while left is not None:
                await left
                left = house.drain_now(task)
        count += len(rows)
    return count


def _drain_of(target: Channel[Any] | Producer[Any]) -> Callable[[], Awaitable[None]] | None:
    """What has a synchronized channel handle an event before the next is sent."""
    channel = target if isinstance(target, Channel) else target.root
    return channel.drain if channel.synchronized else None


def _opened(recording: Recording, channels: Channels) -> dict[str, Channel[Any]]:
    """The channels of a registry that have the names of the recording's; opened, where their classes are known."""
    found: dict[str, Channel[Any]] = {}
    there = {channel.name: channel for channel in channels._every()}
    for key in recording.keys:
        path, between, name = key.name.rpartition(BETWEEN)
        if key.event_type is object and key.name in there:  # of whatever class it is: that is looked at later
            found[key.name] = there[key.name]
        elif key.event_type is object:
            raise KeyError(
                f"no channel {key.name!r} is open, and its class of events is not known: open it, give its ChannelKey "
                "to Recording.open(), or choose the channels to replay with recording.only()"
            )
        elif path and between and name and key.name not in channels._channels:
            found[key.name] = channels.scope(path).open(ChannelKey(name, key.event_type))
        else:
            found[key.name] = channels.open(key)
    return found


async def _each(events: Iterable[T] | AsyncIterable[T]) -> AsyncGenerator[T, None]:
    if isinstance(events, AsyncIterable):
        async with reading(events) as iterator:
            async for item in iterator:
                yield item
    else:
        for item in events:
            yield item


def _seconds(time: float | datetime) -> float:
    seconds = time.timestamp() if isinstance(time, datetime) else time
    if not isinstance(seconds, int | float) or math.isnan(seconds):
        raise ValueError(f"replay() takes the time of each event as a datetime or seconds, got {time!r}")
    return seconds
