"""Async-Channel 2.2.2. It is imported as `async_channel` too, so these rounds run in a process of their own.

It has no iteration: its consumers are tasks that await an async callback with the keyword arguments of a dict that
the producer puts into a queue of each. That form stands in for `async for` as well.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from benchmarks import model
from benchmarks.model import CAPACITY, Figures, Load, Peer, load_module
from benchmarks.timing import Latency, clock, memory_each, time_callbacks


def _channel() -> Any:
    """A channel with the library's plain consumers and producers."""
    library, channels = load_module("async_channel"), load_module("async_channel.channels")
    channel_class = type(
        "BenchChannel",
        (channels.Channel,),
        {"PRODUCER_CLASS": library.Producer, "CONSUMER_CLASS": library.Consumer},
    )
    return channel_class()


async def _producer(channel: Any) -> Any:
    """A registered producer, as its users make them."""
    producer = load_module("async_channel").Producer(channel)
    await producer.run()
    return producer


def _counter() -> tuple[Callable[[float], Awaitable[None]], Callable[[], float]]:
    total = 0.0

    async def callback(event: float) -> None:
        nonlocal total
        total += event

    return callback, lambda: total


async def time_sends(load: Load, send: Callable[[Any, float], Awaitable[None]]) -> Figures:
    """Time callbacks that are served by `send`, which is given a running producer and an event."""
    channel = _channel()
    callbacks = [_counter() for _ in range(load.consumers)]
    for callback, _ in callbacks:
        await channel.new_consumer(callback, size=CAPACITY)
    producer = await _producer(channel)

    async def send_each(events: list[float]) -> None:
        for event in events:
            await send(producer, event)

    figures = await time_callbacks(load, send_each(load.stream()), [total for _, total in callbacks])
    await channel.stop()
    return figures


async def _send_one_dict(producer: Any, event: float) -> None:
    await producer.send({"event": event})


async def _callbacks(load: Load) -> Figures:
    return await time_sends(load, _send_one_dict)


async def _latency(load: Load) -> Figures:
    channel = _channel()
    latency = Latency(load)

    async def callback(event: float) -> None:
        latency.samples.append(clock() - event)
        latency.asked = True

    await channel.new_consumer(callback, size=CAPACITY)
    producer = await _producer(channel)

    async def send(event: float) -> None:
        await producer.send({"event": event})

    figures = await latency.measure(latency.send_all(send))
    await channel.stop()
    return figures


async def _memory_waiting(load: Load) -> Figures:
    channel = _channel()

    async def callback(event: float) -> None:
        pass

    loop_tasks = asyncio.all_tasks()
    figures = await memory_each(load, lambda: channel.new_consumer(callback, size=CAPACITY))
    await channel.stop()
    for task in asyncio.all_tasks() - loop_tasks:
        task.cancel()
    return figures


PEER = Peer(
    name="Async-Channel 2.2.2",
    module="async_channel",
    distribution="async-channel",
    rounds={
        **model.fan_out("async-for", _callbacks),
        **model.fan_out("callbacks", _callbacks),
        model.LATENCY: _latency,
        model.MEMORY_WAITING: _memory_waiting,
    },
    absent={
        **model.no_fan_out("batches", "hands over one event at a time"),
        model.PIPELINE: "no operators",
        model.MEMORY_ATTACHED: "a consumer is always a task",
    },
    remarks={"fan-out/async-for": "has no iteration: its async callbacks stand in"},
)
