"""anyio memory object streams. A stream is no broadcast: each consumer has one, and the producer sends to all."""

from __future__ import annotations

import asyncio
from typing import Any

from benchmarks import model
from benchmarks.model import CAPACITY, Figures, Load, Peer, load_module
from benchmarks.timing import Latency, counter, memory_each, time_callbacks, time_readers


def _pairs(load: Load) -> list[Any]:
    create = load_module("anyio").create_memory_object_stream
    return [create(CAPACITY) for _ in range(load.consumers)]


def _close(pairs: list[Any]) -> None:
    for sender, receiver in pairs:
        sender.close()
        receiver.close()


async def _send_each(pairs: list[Any], events: list[float]) -> None:
    """The awaited send, which is a checkpoint every time: that is anyio's contract."""
    sends = [sender.send for sender, _ in pairs]
    for event in events:
        for send in sends:
            await send(event)
    for sender, _ in pairs:
        sender.close()


async def _one_by_one(load: Load) -> Figures:
    pairs = _pairs(load)

    async def read(receiver: Any) -> float:
        total = 0.0
        async for event in receiver:
            total += event
        return total

    figures = await time_readers(load, _send_each(pairs, load.stream()), [read(one) for _, one in pairs])
    _close(pairs)
    return figures


async def _batches(load: Load) -> Figures:
    """Both sides without awaiting as long as there is room, or something to read."""
    would_block = load_module("anyio").WouldBlock
    pairs = _pairs(load)

    async def send_each(events: list[float]) -> None:
        for event in events:
            for sender, _ in pairs:
                try:
                    sender.send_nowait(event)
                except would_block:
                    await sender.send(event)

    async def read(receiver: Any) -> float:
        total, left = 0, load.events
        receive_nowait = receiver.receive_nowait
        while left:
            batch = [await receiver.receive()]
            try:
                while True:
                    batch.append(receive_nowait())
            except would_block:
                pass
            total += sum(batch)
            left -= len(batch)
        return total

    figures = await time_readers(load, send_each(load.stream()), [read(one) for _, one in pairs])
    _close(pairs)
    return figures


async def _callbacks(load: Load) -> Figures:
    pairs = _pairs(load)
    callbacks = [counter() for _ in pairs]

    async def serve(index: int) -> None:
        callback, _ = callbacks[index]
        async for event in pairs[index][1]:
            callback(event)

    tasks = [asyncio.create_task(serve(index)) for index in range(load.consumers)]
    figures = await time_callbacks(load, _send_each(pairs, load.stream()), [total for _, total in callbacks])
    await asyncio.gather(*tasks)
    _close(pairs)
    return figures


async def _latency(load: Load) -> Figures:
    ((sender, receiver),) = pairs = _pairs(load)
    latency = Latency(load)
    figures = await latency.measure(latency.send_all(sender.send), latency.receive_all(receiver.receive))
    _close(pairs)
    return figures


async def _memory(load: Load) -> Figures:
    made: list[Any] = []

    def create() -> None:
        made.extend(_pairs(Load(1, 0)))

    figures = await memory_each(load, create)
    _close(made)
    return figures


async def _memory_waiting(load: Load) -> Figures:
    made: list[Any] = []

    def create() -> Any:
        made.extend(_pairs(Load(1, 0)))
        return made[-1][1].receive()

    figures = await memory_each(load, create)
    _close(made)
    return figures


PEER = Peer(
    name="anyio stream each",
    module="anyio",
    distribution="anyio",
    share={"fan-out/async-for": 0.05, "fan-out/callbacks": 0.05},
    rounds={
        **model.fan_out("async-for", _one_by_one),
        **model.fan_out("batches", _batches),
        **model.fan_out("callbacks", _callbacks),
        model.LATENCY: _latency,
        model.MEMORY_ATTACHED: _memory,
        model.MEMORY_WAITING: _memory_waiting,
    },
    absent={model.PIPELINE: "no operators"},
)
