"""Recordings: what it costs to replay one as fast as possible, and to be recorded.

A replay is held against a plain loop of sends to an equal consumer. The events of that are at hand: what a replay in
memory takes longer is its own, and what one from a file takes more than that is decoding.
"""

from __future__ import annotations

import asyncio
import functools
import math
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from pathlib import Path
from typing import Any

from async_channel import Channel, ChannelKey, Consumer, event
from async_channel import clock as loop_clock
from async_channel.recording import Recording, record
from async_channel.replay import replay
from benchmarks.model import CAPACITY, BenchmarkFailed, Figures, Load, Round, Workload
from benchmarks.timing import ROUND_LIMIT, clock, no_collector, settle

FAMILY = "replay"
WORKLOAD = Workload(
    FAMILY,
    FAMILY,
    "Replay of a recording at full speed into a consumer",
    "ns per event",
    "ns",
    Load(1, 1_000_000),
    Load(1, 4_000),
    rounds=3,
)
MEMORY, TWO, LINES, PACKED = "ns", "two", "jsonl", "msgpack"
"""The figures: from memory, from memory to two channels in turns, from a file of either format."""

RECORDING = "record"
RECORDING_WORKLOAD = Workload(
    RECORDING,
    RECORDING,
    "Recording: a send to a channel that is recorded",
    "ns per send",
    "ns",
    Load(1, 50_000),
    Load(1, 2_000),
    rounds=11,
)
KEPT, WRITTEN = "ns", "jsonl"
"""The figures: in memory; in a file, where a thread encodes in turns with a sender that never pauses."""


@event
class Tick:
    """An event as programs have them."""

    symbol: str
    price: float
    number: int


def _ticks(count: int) -> list[Tick]:
    return [Tick("BTC/USDT", 64_000.0 + number / 8, number) for number in range(count)]


def _recording(ticks: Sequence[Tick], names: Sequence[str]) -> Recording:
    keys = [ChannelKey(name, Tick) for name in names]
    return Recording(keys, ((names[tick.number % len(names)], tick.number / 8, tick) for tick in ticks))


@functools.cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="async_channel-bench-")


@functools.cache
def _file(count: int, suffix: str) -> Recording:
    return _recording(_ticks(count), ["A"]).save(Path(_folder().name) / f"{count}{suffix}", verify=False)


async def _read(consumer: Consumer[Tick]) -> int:
    total = 0
    async for tick in consumer:
        total += tick.number
    return total


async def _time(
    count: int, names: Sequence[str], send: Callable[[dict[str, Channel[Tick]]], Awaitable[object]]
) -> float:
    """Nanoseconds an event, until every consumer has the last one."""
    channels = {name: Channel(Tick, name, capacity=CAPACITY) for name in names}
    readers = [asyncio.create_task(_read(Consumer(channel))) for channel in channels.values()]
    await settle()
    async with asyncio.timeout(ROUND_LIMIT):
        with no_collector():
            started = clock()
            await send(channels)
            for channel in channels.values():
                await channel.stop()
            totals = await asyncio.gather(*readers)
            elapsed = clock() - started
    if sum(totals) != count * (count - 1) // 2:
        raise BenchmarkFailed(f"the events that came out add up to {sum(totals)}")
    return elapsed / count


async def _replay(load: Load) -> Figures:
    count, ticks = load.events, _ticks(load.events)

    async def measure(recording: Recording, names: Sequence[str]) -> float:
        return await _time(count, names, lambda channels: replay(recording, channels, speed=math.inf))

    return {
        MEMORY: await measure(_recording(ticks, ["A"]), ["A"]),
        TWO: await measure(_recording(ticks, ["A", "B"]), ["A", "B"]),
        LINES: await measure(_file(count, ".jsonl"), ["A"]),
        PACKED: await measure(_file(count, ".msgpack"), ["A"]),
    }


async def _sends(load: Load) -> Figures:
    ticks = _ticks(load.events)

    async def send_each(channels: dict[str, Channel[Tick]]) -> None:
        send = channels["A"].send
        for tick in ticks:
            await send(tick)

    async def send_in_turns(channels: dict[str, Channel[Tick]]) -> None:
        sends = [channel.send for channel in channels.values()]
        for tick in ticks:
            await sends[tick.number % 2](tick)

    alone = await _time(load.events, ["A"], send_each)
    return {MEMORY: alone, TWO: await _time(load.events, ["A", "B"], send_in_turns), LINES: alone, PACKED: alone}


async def _time_sends(count: int, recorded: Callable[[Channel[Tick]], AbstractAsyncContextManager[Any]]) -> float:
    channel, ticks = Channel(Tick, "A", capacity=CAPACITY), _ticks(count)
    channel.subscribe(_nothing)
    async with recorded(channel):
        with no_collector():
            started = clock()
            for tick in ticks:
                await channel.send(tick)
            elapsed = clock() - started
    if channel.stats().sent != count:
        raise BenchmarkFailed(f"{channel.stats().sent} were sent")
    return elapsed / count


def _nothing(_: Tick) -> None: ...


async def _record(load: Load) -> Figures:
    with tempfile.TemporaryDirectory() as folder:
        return {
            KEPT: await _time_sends(load.events, record),
            WRITTEN: await _time_sends(load.events, lambda channel: record(channel, Path(folder) / "day.jsonl")),
        }


async def _observe(load: Load) -> Figures:
    """By hand: an observer that puts the event with its time in a list."""

    def observed(channel: Channel[Tick]) -> AbstractAsyncContextManager[Any]:
        rows: list[tuple[str, float, Tick]] = []
        loop = asyncio.get_running_loop()
        append, time, epoch = rows.append, loop.time, loop_clock.epoch(loop)
        channel.subscribe(lambda tick: append(("A", epoch + time(), tick)))
        return nullcontext()

    by_hand = await _time_sends(load.events, observed)
    return {KEPT: by_hand, WRITTEN: by_hand}


REPLAY: Round = _replay
SENDS: Round = _sends
RECORD: Round = _record
OBSERVE: Round = _observe
