"""Monitoring: what is left of throughput while a live view reads and draws.

A round sends the same events six times, three of them with the view, in turns; the quickest of each count, so that what
else the machine does counts least. It is the time of the processor, as nobody waits here for anything else. The view
may look twice as often as by itself, and its picture is made and encoded as Jupyter sends it. Beside the busy channel
there are others, which it has to read and to draw as well.
"""

from __future__ import annotations

import asyncio
import json
import math
import time
from contextlib import nullcontext

from async_channel import Channel, ChannelKey, Channels, Consumer
from async_channel.monitoring import Screen
from async_channel.monitoring.screens import View
from benchmarks.model import CAPACITY, BenchmarkFailed, Figures, Load, Round, Workload
from benchmarks.timing import ROUND_LIMIT, no_collector, settle

FAMILY = "monitor"
OTHERS = 20
EVERY = 0.25
WORKLOAD = Workload(
    FAMILY,
    FAMILY,
    f"Live view of {OTHERS + 1} channels, beside 4 consumers that never rest",
    "ns per delivery",
    "ns",
    Load(4, 1_000_000),
    Load(4, 20_000),
    rounds=7,
)
WITH, WITHOUT = "ns", "without"
"""The figures."""


class _Encoder:
    """What a kernel does with a picture before it is on its way."""

    def __init__(self) -> None:
        self.shown = 0

    def show(self, view: View) -> None:
        """Encode it."""
        bundle = {"image/svg+xml": view.to_svg(), "text/plain": str(view)}
        self.shown += len(json.dumps({"data": bundle}).encode()) > 0

    def close(self) -> None:
        """Do nothing."""


async def _read(consumer: Consumer[float]) -> float:
    total = 0.0
    async for event in consumer:
        total += event
    return total


async def _send(channel: Channel[float], events: list[float]) -> None:
    send = channel.send
    for event in events:
        await send(event)
    await channel.stop()


async def _time(load: Load, screen: Screen | None) -> float:
    channels = Channels()
    busy = channels.open(ChannelKey("bench", float), capacity=CAPACITY)
    idle = [Consumer(channels.open(ChannelKey(f"other {number}", float))) for number in range(OTHERS)]
    events = load.stream()
    readers = [asyncio.create_task(_read(Consumer(busy))) for _ in range(load.consumers)]
    await settle()
    view = nullcontext() if screen is None else channels.monitor(every=EVERY, screen=screen)
    async with asyncio.timeout(ROUND_LIMIT), view:
        with no_collector():
            started = time.process_time_ns()
            await _send(busy, events)
            totals = await asyncio.gather(*readers)
            elapsed = time.process_time_ns() - started
    load.check(totals)
    for consumer in idle:
        consumer.close()
    await channels.stop()
    return elapsed / load.deliveries


async def _round(load: Load) -> Figures:
    screen = _Encoder()
    figures: Figures = {WITH: math.inf, WITHOUT: math.inf}
    for key in (WITH, WITHOUT, WITHOUT, WITH, WITH, WITHOUT):
        figures[key] = min(figures[key], await _time(load, screen if key == WITH else None))
    if screen.shown < 6:
        raise BenchmarkFailed("the view was not shown")
    return figures


OURS: Round = _round
