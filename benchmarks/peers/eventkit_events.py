"""eventkit: events with listeners called inline; iteration puts an unbounded queue behind each reader."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from benchmarks import model, pipeline
from benchmarks.model import CAPACITY, Figures, Load, Peer, load_module
from benchmarks.timing import Latency, counter, memory_each, time_callbacks, time_readers


def _event() -> Any:
    return load_module("eventkit").Event("bench")


async def _emit_each(event: Any, values: Sequence[float]) -> None:
    """`emit` cannot wait, so the readers get a turn as often as a bounded queue would give them one."""
    emit = event.emit
    for start in range(0, len(values), CAPACITY):
        for value in values[start : start + CAPACITY]:
            emit(value)
        await asyncio.sleep(0)
    event.set_done()


async def _read(event: Any) -> float:
    total = 0.0
    async for value in event.aiter():
        total += value
    return total


async def _one_by_one(load: Load) -> Figures:
    event = _event()
    return await time_readers(load, _emit_each(event, load.stream()), [_read(event) for _ in range(load.consumers)])


async def _callbacks(load: Load) -> Figures:
    event = _event()
    callbacks = [counter() for _ in range(load.consumers)]
    for callback, _ in callbacks:
        event.connect(callback)

    async def emit_each(values: list[float]) -> None:
        emit = event.emit
        for value in values:
            emit(value)

    return await time_callbacks(load, emit_each(load.stream()), [total for _, total in callbacks])


async def _pipeline(load: Load) -> Figures:
    event = _event()
    stages = event.filter(pipeline.keep).map(pipeline.change).chunk(pipeline.BUFFER).map(pipeline.finish)
    return await pipeline.time_pipeline(load, _emit_each(event, pipeline.stream(load)), _read(stages))


async def _latency(load: Load) -> Figures:
    event = _event()
    latency = Latency(load)
    values = event.aiter()
    figures = await latency.measure(latency.emit_all(event.emit), latency.receive_all(values.__anext__))
    await values.aclose()
    return figures


async def _memory(load: Load) -> Figures:
    event = _event()

    def create() -> Any:
        callback, _ = counter()
        event.connect(callback, keep_ref=True)
        return callback

    return await memory_each(load, create)


async def _memory_waiting(load: Load) -> Figures:
    event = _event()
    return await memory_each(load, lambda: _read(event))


PEER = Peer(
    name="eventkit",
    module="eventkit",
    distribution="eventkit",
    rounds={
        **model.fan_out("async-for", _one_by_one),
        **model.fan_out("callbacks", _callbacks),
        model.PIPELINE: _pipeline,
        model.LATENCY: _latency,
        model.MEMORY_ATTACHED: _memory,
        model.MEMORY_WAITING: _memory_waiting,
    },
    absent=model.no_fan_out("batches", "iterates one event at a time"),
    remarks={
        "fan-out/async-for": "no backpressure: its queues are unbounded",
        "fan-out/callbacks": "called inline, nothing is buffered",
    },
)
