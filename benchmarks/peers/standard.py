"""What asyncio and plain Python offer by themselves: queues, a bare future, a bare call."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeVar

from benchmarks import keys, model, pipeline, tasks
from benchmarks.model import CAPACITY, BenchmarkFailed, Figures, Load, Peer
from benchmarks.timing import Latency, clock, counter, memory_each, no_collector, time_callbacks, time_readers

E = TypeVar("E")


def _queues(load: Load) -> list[asyncio.Queue[float]]:
    return [asyncio.Queue(CAPACITY) for _ in range(load.consumers)]


async def _put_each(events: list[E], queues: list[asyncio.Queue[E]]) -> None:
    puts = [queue.put for queue in queues]
    for event in events:
        for put in puts:
            await put(event)


async def _queue_one_by_one(load: Load) -> Figures:
    queues = _queues(load)

    async def read(queue: asyncio.Queue[float]) -> float:
        total = 0.0
        get = queue.get
        for _ in range(load.events):
            total += await get()
        return total

    return await time_readers(load, _put_each(load.stream(), queues), [read(queue) for queue in queues])


async def _queue_batches(load: Load) -> Figures:
    """Both sides without awaiting as long as there is room, or something to read."""
    queues = _queues(load)

    async def send(events: list[float]) -> None:
        for event in events:
            for queue in queues:
                if queue.full():
                    await queue.put(event)
                else:
                    queue.put_nowait(event)

    async def read(queue: asyncio.Queue[float]) -> float:
        total, left = 0.0, load.events
        while left:
            batch = [await queue.get()]
            while not queue.empty():
                batch.append(queue.get_nowait())
            total += sum(batch)
            left -= len(batch)
        return total

    return await time_readers(load, send(load.stream()), [read(queue) for queue in queues])


async def _queue_callbacks(load: Load) -> Figures:
    queues = _queues(load)
    callbacks = [counter() for _ in queues]

    async def serve(index: int) -> None:
        get, (callback, _) = queues[index].get, callbacks[index]
        while True:
            callback(await get())

    tasks = [asyncio.create_task(serve(index)) for index in range(load.consumers)]
    figures = await time_callbacks(load, _put_each(load.stream(), queues), [total for _, total in callbacks])
    for task in tasks:
        task.cancel()
    return figures


async def _queue_pipeline(load: Load) -> Figures:
    """The stages written out by hand in the reader: no operators, but what a careful author would do."""
    queue: asyncio.Queue[int] = asyncio.Queue(CAPACITY)

    async def read() -> float:
        get = queue.get
        kept: list[int] = []
        total = 0.0
        for _ in range(load.events):
            event = await get()
            if pipeline.keep(event):
                kept.append(pipeline.change(event))
                if len(kept) == pipeline.BUFFER:
                    total += pipeline.finish(kept)
                    kept = []
        return total

    return await pipeline.time_pipeline(load, _put_each(pipeline.stream(load), [queue]), read())


async def _queue_latency(load: Load) -> Figures:
    queue: asyncio.Queue[float] = asyncio.Queue(CAPACITY)
    latency = Latency(load)
    return await latency.measure(latency.send_all(queue.put), latency.receive_all(queue.get))


async def _queue_memory(load: Load) -> Figures:
    return await memory_each(load, lambda: asyncio.Queue[float](CAPACITY))


async def _queue_memory_waiting(load: Load) -> Figures:
    return await memory_each(load, lambda: asyncio.Queue[float](CAPACITY).get())


QUEUE = Peer(
    name="asyncio.Queue each",
    module="asyncio",
    distribution="",
    rounds={
        **model.fan_out("async-for", _queue_one_by_one),
        **model.fan_out("batches", _queue_batches),
        **model.fan_out("callbacks", _queue_callbacks),
        model.PIPELINE: _queue_pipeline,
        tasks.FAMILY: tasks.QUEUE,
        model.LATENCY: _queue_latency,
        model.MEMORY_ATTACHED: _queue_memory,
        model.MEMORY_WAITING: _queue_memory_waiting,
    },
    absent={model.IMPORT: "asyncio is part of every process here"},
    remarks={
        "fan-out/batches": "put_nowait and get_nowait as far as they go",
        model.PIPELINE: "the stages written out by hand in the reader",
        tasks.FAMILY: "by hand: so many tasks that read one queue",
    },
)


async def _future_latency(load: Load) -> Figures:
    """A future handed over between two tasks: the least that waking a waiting task can cost."""
    loop = asyncio.get_running_loop()
    latency = Latency(load)
    future: asyncio.Future[float] = loop.create_future()

    async def receive() -> None:
        nonlocal future
        for _ in range(load.events):
            latency.asked = True
            sent = await future
            latency.samples.append(clock() - sent)
            future = loop.create_future()

    async def send() -> None:
        for _ in range(load.events):
            await latency.until_asked()
            future.set_result(clock())
        while len(latency.samples) < load.events:
            await asyncio.sleep(0)

    return await latency.measure(send(), receive())


async def _future_memory_waiting(load: Load) -> Figures:
    loop = asyncio.get_running_loop()

    async def wait() -> None:
        await loop.create_future()

    return await memory_each(load, wait)


FUTURE = Peer(
    name="bare future",
    module="asyncio",
    distribution="",
    rounds={model.LATENCY: _future_latency, model.MEMORY_WAITING: _future_memory_waiting},
    absent={},
)


async def _bare_calls(load: Load) -> Figures:
    """An empty function called for each delivery. It has no event to lose, so what is checked is the loop."""
    done = 0.0

    def consumer(event: float) -> None:
        pass

    consumers = [consumer] * load.consumers
    events = load.stream()
    with no_collector():
        started = clock()
        for event in events:
            for call in consumers:
                call(event)
            done += event
        elapsed = clock() - started
    if done != load.expected:
        raise BenchmarkFailed("the bare loop did not see every event")
    return {"ns": elapsed / load.deliveries}


CALLS = Peer(
    name="bare Python call",
    module="asyncio",
    distribution="",
    rounds={
        # However the others are read, this is what they are held against.
        **model.fan_out("async-for", _bare_calls),
        **model.fan_out("batches", _bare_calls),
        **model.fan_out("callbacks", _bare_calls),
    },
    absent={},
)


async def _loop_over(load: Load, run: Callable[[list[int]], Awaitable[float]]) -> Figures:
    """Time a pipeline that is one coroutine: no queue, no task, no consumer that may be late."""
    events = pipeline.stream(load)
    with no_collector():
        started = clock()
        total = await run(events)
        elapsed = clock() - started
    pipeline.check(load, total)
    return {"ns": elapsed / load.events}


async def _loop(events: list[int]) -> float:
    kept: list[int] = []
    total = 0.0
    for event in events:
        if pipeline.keep(event):
            kept.append(pipeline.change(event))
            if len(kept) == pipeline.BUFFER:
                total += pipeline.finish(kept)
                kept = []
    return total


async def _inlined_loop(events: list[int]) -> float:
    kept: list[int] = []
    total = 0.0
    for event in events:
        if event % 2 == 0:
            kept.append(event + 1)
            if len(kept) == pipeline.BUFFER:
                total += model.ONE + sum(kept)
                kept = []
    return total


async def _async_loop(events: list[int]) -> float:
    async def coming() -> AsyncIterator[int]:
        for event in events:
            yield event

    kept: list[int] = []
    total = 0.0
    async for event in coming():
        if pipeline.keep(event):
            kept.append(pipeline.change(event))
            if len(kept) == pipeline.BUFFER:
                total += pipeline.finish(kept)
                kept = []
    return total


LOOP = Peer(
    name="hand-written loop",
    module="asyncio",
    distribution="",
    rounds={model.PIPELINE: lambda load: _loop_over(load, _loop), keys.FAMILY: keys.DICTIONARY},
    remarks={
        model.PIPELINE: "a for loop over a list that is there from the start, which calls the same functions: "
        "no sender, nobody to wait for",
        keys.FAMILY: "a dictionary of functions, and a function that looks one up and calls it",
    },
)
ASYNC_LOOP = Peer(
    name="hand-written async for",
    module="asyncio",
    distribution="",
    rounds={model.PIPELINE: lambda load: _loop_over(load, _async_loop)},
    remarks={model.PIPELINE: "the same in a coroutine whose events come one at a time, out of an async generator"},
)
INLINED_LOOP = Peer(
    name="hand-written, inlined",
    module="asyncio",
    distribution="",
    rounds={model.PIPELINE: lambda load: _loop_over(load, _inlined_loop)},
    remarks={model.PIPELINE: "the for loop with expressions in place of the functions"},
)
WORKERS = Peer(
    name="bare workers",
    module="asyncio",
    distribution="",
    rounds={tasks.FAMILY: tasks.BARE_WORKERS},
    remarks={tasks.FAMILY: "so many tasks that each take the next number and wait: the ideal"},
)
