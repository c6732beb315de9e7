"""How a round is timed: clock, garbage collector and checks. Peers bring only their own reading and sending."""

from __future__ import annotations

import asyncio
import gc
import statistics
import time
import tracemalloc
from collections.abc import Awaitable, Callable, Coroutine, Generator, Sequence
from contextlib import contextmanager
from typing import Any

from benchmarks.model import BenchmarkFailed, Figures, Load

ROUND_LIMIT = 120.0
"""Seconds after which a round is taken for hung: an event got lost on the way."""

clock = time.perf_counter_ns


@contextmanager
def no_collector() -> Generator[None]:
    """Keep the cyclic garbage collector out of the measured part, as `timeit` does."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


async def settle(turns: int = 5) -> None:
    """Let every task that was just made run up to where it waits."""
    for _ in range(turns):
        await asyncio.sleep(0)


async def time_readers(
    load: Load,
    produce: Awaitable[None],
    readers: Sequence[Coroutine[Any, Any, float]],
) -> Figures:
    """Time from the first send until the last reader has returned the sum of what it read."""
    tasks = [asyncio.create_task(reader) for reader in readers]
    await settle()
    async with asyncio.timeout(ROUND_LIMIT):
        with no_collector():
            started = clock()
            await produce
            totals = await asyncio.gather(*tasks)
            elapsed = clock() - started
    load.check(totals)
    return {"ns": elapsed / load.deliveries}


async def time_callbacks(load: Load, produce: Awaitable[None], totals: Sequence[Callable[[], float]]) -> Figures:
    """Time from the first send until every callback has seen every event."""
    await settle()
    expected = load.expected
    async with asyncio.timeout(ROUND_LIMIT):
        with no_collector():
            started = clock()
            await produce
            # The last to be served is asked first, so a round that is done costs one look at each.
            while any(total() < expected for total in reversed(totals)):
                await asyncio.sleep(0)
            elapsed = clock() - started
    await settle()
    load.check([total() for total in totals])
    return {"ns": elapsed / load.deliveries}


def counter() -> tuple[Callable[[float], None], Callable[[], float]]:
    """A callback that sums the events it is called with, and a way to ask for the sum."""
    total = 0.0

    def on_event(event: float) -> None:
        nonlocal total
        total += event

    return on_event, lambda: total


class Latency:
    """Send to get, with a consumer that is always waiting when the next event is sent.

    An event is the time of its own sending. `asked` is True from when the consumer asks for the next event until
    that is sent; the sender runs only while the consumer is suspended, so then it is suspended in its `get`.
    """

    __slots__ = ("asked", "load", "samples")

    def __init__(self, load: Load) -> None:
        self.load = load
        self.asked = False
        self.samples: list[float] = []

    async def receive_all(self, receive: Callable[[], Awaitable[float]]) -> None:
        """Note how old every event is when `receive` returns it."""
        samples = self.samples
        for _ in range(self.load.events):
            self.asked = True
            sent = await receive()
            samples.append(clock() - sent)

    def receive_one(self, sent: float) -> None:
        """The same for contenders that call back."""
        self.samples.append(clock() - sent)
        self.asked = True

    async def until_asked(self) -> None:
        """Give the loop turns until the consumer waits for the next event."""
        while not self.asked:
            await asyncio.sleep(0)
        self.asked = False

    async def send_all(self, send: Callable[[float], Awaitable[object]]) -> None:
        """Send as many events as the load says, each to a waiting consumer."""
        for _ in range(self.load.events):
            await self.until_asked()
            await send(clock())
        while len(self.samples) < self.load.events:
            await asyncio.sleep(0)

    async def emit_all(self, emit: Callable[[float], object]) -> None:
        """The same for contenders whose send is a plain call."""
        for _ in range(self.load.events):
            await self.until_asked()
            emit(clock())
        while len(self.samples) < self.load.events:
            await asyncio.sleep(0)

    async def measure(self, sender: Awaitable[None], receiver: Coroutine[Any, Any, None] | None = None) -> Figures:
        """Run both sides and return the 50th and 99th percentile in nanoseconds."""
        task = asyncio.create_task(receiver) if receiver is not None else None
        self.asked = task is None
        await settle()
        async with asyncio.timeout(ROUND_LIMIT):
            with no_collector():
                await sender
            if task is not None:
                await task
        if len(self.samples) != self.load.events:
            raise BenchmarkFailed(f"{len(self.samples)} of {self.load.events} events arrived")
        percentiles = statistics.quantiles(self.samples, n=100)
        return {"p50": percentiles[49], "p99": percentiles[98]}


async def memory_each(load: Load, create: Callable[[], object]) -> Figures:
    """Bytes that one more call of `create` keeps. A coroutine it returns is run as a task until it waits."""
    kept: list[object] = []

    async def grow(count: int) -> None:
        for _ in range(count):
            made = create()
            kept.append(asyncio.ensure_future(made) if asyncio.iscoroutine(made) else made)
        await settle()
        # What a finished task made is kept by whom it was made for; the task is nobody's memory.
        kept[:] = [one for one in kept if not (isinstance(one, asyncio.Task) and one.done())]

    await grow(16)  # What is made once only is none of one more consumer's memory.
    gc.collect()
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        await grow(load.consumers)
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    tasks = [one for one in kept if isinstance(one, asyncio.Task)]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return {"bytes": (after - before) / load.consumers}


def medians(rounds: Sequence[Figures]) -> Figures:
    """The median of each figure over the rounds."""
    return {key: statistics.median(one[key] for one in rounds) for key in rounds[0]}
