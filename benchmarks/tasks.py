"""Coroutines in a stream: each event waits for a millisecond, 100 of them at a time.

What counts is how near that comes to so many bare tasks, each of which takes the next event and waits. How near these
come to what arithmetic allows, 10 us an event, is the loop's and the machine's affair, and stands beside it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from reactivex import Subject
from reactivex import operators as ops

from async_channel import Channel, Consumer
from benchmarks.model import CAPACITY, BenchmarkFailed, Figures, Load, Round, Workload, load_module
from benchmarks.timing import ROUND_LIMIT, clock, no_collector

FAMILY = "map-async"
CONCURRENCY = 100
SECONDS = 0.001
WORKLOAD = Workload(
    FAMILY,
    FAMILY,
    f"map_async: {CONCURRENCY} at a time wait 1 ms each; by arithmetic {SECONDS / CONCURRENCY * 1e9:,.0f} ns an event",
    "ns per event",
    "ns",
    Load(1, 4_000),
    Load(1, 400),
    rounds=31,
)


class Work:
    """The coroutine function, and how many were in flight at most."""

    def __init__(self) -> None:
        self._running = 0
        self.most = 0

    async def do(self, event: int) -> int:
        """Wait, and give the event back."""
        self._running += 1
        if self._running > self.most:
            self.most = self._running
        await asyncio.sleep(SECONDS)
        self._running -= 1
        return event


Run = Callable[[Work, int], Awaitable[list[int]]]
"""Do the work for the events from 0 to a number, and give what came of each, in any order."""


def _round(run: Run, *, bounded: bool = True) -> Round:
    async def measure(load: Load) -> Figures:
        work = Work()
        async with asyncio.timeout(ROUND_LIMIT):
            with no_collector():
                started = clock()
                results = await run(work, load.events)
                elapsed = clock() - started
        if sorted(results) != list(range(load.events)):
            raise BenchmarkFailed(f"{len(results)} of {load.events} events came out, or others")
        if bounded and work.most > CONCURRENCY:
            raise BenchmarkFailed(f"{work.most} were in flight, not {CONCURRENCY}")
        return {"ns": elapsed / load.events}

    return measure


def _map_async(*, ordered: bool) -> Run:
    async def run(work: Work, count: int) -> list[int]:
        channel: Channel[int] = Channel("bench", capacity=CAPACITY)
        consumer = Consumer(channel.map_async(work.do, CONCURRENCY, ordered=ordered), capacity=CAPACITY)

        async def send_all() -> None:
            send = channel.send
            for event in range(count):
                await send(event)
            await channel.stop()

        sender = asyncio.create_task(send_all())
        results = [result async for result in consumer]
        await sender
        return results

    return run


async def _bare_workers(work: Work, count: int) -> list[int]:
    """No stream at all: so many tasks, one iterator."""
    events = iter(range(count))
    results: list[int] = []

    async def worker() -> None:
        do, append = work.do, results.append
        for event in events:
            append(await do(event))

    await asyncio.gather(*(worker() for _ in range(CONCURRENCY)))
    return results


async def _queue(work: Work, count: int) -> list[int]:
    """By hand: a bounded queue, and so many tasks that read it."""
    queue: asyncio.Queue[int] = asyncio.Queue(CAPACITY)
    results: list[int] = []

    async def worker() -> None:
        do, append, get = work.do, results.append, queue.get
        while True:
            append(await do(await get()))
            queue.task_done()

    workers = [asyncio.create_task(worker()) for _ in range(CONCURRENCY)]
    for event in range(count):
        await queue.put(event)
    await queue.join()
    for task in workers:
        task.cancel()
    return results


async def _aiostream(work: Work, count: int) -> list[int]:
    stream, pipe = load_module("aiostream.stream"), load_module("aiostream.pipe")
    mapped = stream.iterate(range(count)) | pipe.map(work.do, ordered=False, task_limit=CONCURRENCY)
    async with mapped.stream() as streamer:
        return [result async for result in streamer]


async def _reactivex(work: Work, count: int) -> list[int]:
    """A future for each event as it comes; nothing says how many at a time."""
    subject: Subject[int] = Subject()
    results: list[int] = []
    ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def begin(event: int) -> asyncio.Future[int]:
        return asyncio.ensure_future(work.do(event))

    subject.pipe(ops.flat_map(begin)).subscribe(results.append, ended.set_exception, lambda: ended.set_result(None))
    for event in range(count):
        subject.on_next(event)
    subject.on_completed()
    await ended
    return results


OURS = _round(_map_async(ordered=False))
IN_ORDER = _round(_map_async(ordered=True))
BARE_WORKERS = _round(_bare_workers)
QUEUE = _round(_queue)
AIOSTREAM = _round(_aiostream)
REACTIVEX = _round(_reactivex, bounded=False)
