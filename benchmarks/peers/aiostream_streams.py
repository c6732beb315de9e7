"""aiostream: operators over async iterables, pulled by their one reader."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from benchmarks import model, pipeline, tasks
from benchmarks.model import CAPACITY, Figures, Load, Peer, load_module


async def _pipeline(load: Load) -> Figures:
    """A queue feeds it: a stream has no sending end of its own."""
    stream, pipe = load_module("aiostream.stream"), load_module("aiostream.pipe")
    queue: asyncio.Queue[int] = asyncio.Queue(CAPACITY)

    async def put_each(events: list[int]) -> None:
        put = queue.put
        for event in events:
            await put(event)

    async def source() -> AsyncIterator[int]:
        get = queue.get
        for _ in range(load.events):
            yield await get()

    async def read() -> float:
        stages = (
            stream.iterate(source())
            | pipe.filter(pipeline.keep)
            | pipe.map(pipeline.change)
            | pipe.chunks(pipeline.BUFFER)
            | pipe.map(pipeline.finish)
        )
        total = 0.0
        async with stages.stream() as streamer:
            async for value in streamer:
                total += value
        return total

    return await pipeline.time_pipeline(load, put_each(pipeline.stream(load)), read())


_PULLED = "pulled by one reader: no sending end, no fan-out"

PEER = Peer(
    name="aiostream",
    module="aiostream",
    distribution="aiostream",
    share={model.PIPELINE: 0.25, tasks.FAMILY: 0.25},
    rounds={model.PIPELINE: _pipeline, tasks.FAMILY: tasks.AIOSTREAM},
    absent={
        **model.no_fan_out("async-for", _PULLED),
        **model.no_fan_out("batches", _PULLED),
        **model.no_fan_out("callbacks", _PULLED),
        model.LATENCY: _PULLED,
        model.MEMORY_ATTACHED: _PULLED,
        model.MEMORY_WAITING: _PULLED,
    },
)
