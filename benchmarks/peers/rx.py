"""reactivex: a Subject calls its observers inline; to be awaited, it needs a queue behind each."""

from __future__ import annotations

import asyncio
from typing import TypeVar

from reactivex import Observable, Subject
from reactivex import operators as ops

from benchmarks import keys, model, operators, pipeline, tasks
from benchmarks.model import CAPACITY, Figures, Load, Peer
from benchmarks.timing import Latency, counter, memory_each, time_callbacks, time_readers

E = TypeVar("E")


async def _emit_each(subject: Subject[E], events: list[E]) -> None:
    """A Subject cannot wait: whoever feeds queues behind it has to let the readers run before these are full."""
    on_next = subject.on_next
    for start in range(0, len(events), CAPACITY):
        for event in events[start : start + CAPACITY]:
            on_next(event)
        await asyncio.sleep(0)


def _queue_behind(source: Observable[float]) -> asyncio.Queue[float]:
    queue: asyncio.Queue[float] = asyncio.Queue(CAPACITY)
    source.subscribe(queue.put_nowait)
    return queue


async def _read(queue: asyncio.Queue[float], count: int) -> float:
    total = 0.0
    get = queue.get
    for _ in range(count):
        total += await get()
    return total


async def _read_batches(queue: asyncio.Queue[float], count: int) -> float:
    total = 0.0
    while count:
        batch = [await queue.get()]
        while not queue.empty():
            batch.append(queue.get_nowait())
        total += sum(batch)
        count -= len(batch)
    return total


async def _one_by_one(load: Load) -> Figures:
    subject = Subject[float]()
    queues = [_queue_behind(subject) for _ in range(load.consumers)]
    readers = [_read(queue, load.events) for queue in queues]
    return await time_readers(load, _emit_each(subject, load.stream()), readers)


async def _batches(load: Load) -> Figures:
    subject = Subject[float]()
    queues = [_queue_behind(subject) for _ in range(load.consumers)]
    readers = [_read_batches(queue, load.events) for queue in queues]
    return await time_readers(load, _emit_each(subject, load.stream()), readers)


async def _callbacks(load: Load) -> Figures:
    subject = Subject[float]()
    callbacks = [counter() for _ in range(load.consumers)]
    for callback, _ in callbacks:
        subject.subscribe(callback)

    async def emit(events: list[float]) -> None:
        on_next = subject.on_next
        for event in events:
            on_next(event)

    return await time_callbacks(load, emit(load.stream()), [total for _, total in callbacks])


async def _pipeline(load: Load) -> Figures:
    """The queue stands behind the operators, where it holds lists and not single events: the cheaper place."""
    subject = Subject[int]()
    queue = _queue_behind(
        subject.pipe(
            ops.filter(pipeline.keep),
            ops.map(pipeline.change),
            ops.buffer_with_count(pipeline.BUFFER),
            ops.map(pipeline.finish),
        )
    )
    return await pipeline.time_pipeline(
        load, _emit_each(subject, pipeline.stream(load)), _read(queue, pipeline.outputs(load))
    )


async def _latency(load: Load) -> Figures:
    subject = Subject[float]()
    queue = _queue_behind(subject)
    latency = Latency(load)
    return await latency.measure(latency.emit_all(subject.on_next), latency.receive_all(queue.get))


async def _memory(load: Load) -> Figures:
    subject = Subject[float]()
    return await memory_each(load, lambda: _queue_behind(subject))


async def _memory_waiting(load: Load) -> Figures:
    subject = Subject[float]()
    return await memory_each(load, lambda: _queue_behind(subject).get())


PEER = Peer(
    name="reactivex Subject",
    module="reactivex",
    distribution="reactivex",
    rounds={
        **model.fan_out("async-for", _one_by_one),
        **model.fan_out("batches", _batches),
        **model.fan_out("callbacks", _callbacks),
        model.PIPELINE: _pipeline,
        **operators.REACTIVEX,
        keys.FAMILY: keys.GROUP_BY,
        tasks.FAMILY: tasks.REACTIVEX,
        model.LATENCY: _latency,
        model.MEMORY_ATTACHED: _memory,
        model.MEMORY_WAITING: _memory_waiting,
    },
    remarks=dict.fromkeys(
        ("fan-out/async-for", "fan-out/batches", model.PIPELINE, model.LATENCY, "memory"),
        "with an asyncio.Queue behind it for each reader",
    )
    | {
        "fan-out/callbacks": "called inline, nothing is buffered",
        keys.FAMILY: "group_by",
        tasks.FAMILY: "flat_map(ensure_future): nothing says how many at a time, so all of them",
    },
)
