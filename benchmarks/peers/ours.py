"""async_channel, by its public API only."""

from __future__ import annotations

from typing import TypeVar

from reactivex import Observable
from reactivex import operators as ops

from async_channel import Channel, Consumer, Producer
from benchmarks import (
    backtests,
    keys,
    model,
    monitoring,
    operators,
    pipeline,
    recorded_market,
    replays,
    supervision,
    tasks,
)
from benchmarks.model import CAPACITY, Figures, Load, Peer
from benchmarks.timing import Latency, counter, memory_each, time_callbacks, time_readers

E = TypeVar("E")


def _channel() -> Channel[float]:
    return Channel("bench", capacity=CAPACITY)


async def _send_each(channel: Channel[E] | Producer[E], events: list[E]) -> None:
    send = channel.send
    for event in events:
        await send(event)


async def _send_all(channel: Channel[E], events: list[E]) -> None:
    await _send_each(channel, events)
    await channel.stop()


async def _read(consumer: Consumer[float]) -> float:
    total = 0.0
    async for event in consumer:
        total += event
    return total


async def _one_by_one(load: Load) -> Figures:
    channel = _channel()
    consumers = [Consumer(channel) for _ in range(load.consumers)]
    return await time_readers(load, _send_all(channel, load.stream()), [_read(one) for one in consumers])


async def _through_producer(load: Load) -> Figures:
    """The same through a Producer, as code does that may only send."""
    channel = _channel()
    consumers = [Consumer(channel) for _ in range(load.consumers)]

    async def send_all(events: list[float]) -> None:
        await _send_each(Producer(channel), events)
        await channel.stop()

    return await time_readers(load, send_all(load.stream()), [_read(one) for one in consumers])


async def _read_batches(consumer: Consumer[float]) -> float:
    total = 0.0
    async for batch in consumer.batches():
        total += sum(batch)
    return total


async def _batches(load: Load) -> Figures:
    channel = _channel()
    consumers = [Consumer(channel) for _ in range(load.consumers)]
    return await time_readers(load, _send_all(channel, load.stream()), [_read_batches(one) for one in consumers])


async def _callbacks(load: Load) -> Figures:
    channel = _channel()
    callbacks = [counter() for _ in range(load.consumers)]
    for callback, _ in callbacks:
        channel.consume(callback)
    return await time_callbacks(load, _send_each(channel, load.stream()), [total for _, total in callbacks])


async def _pipeline_over(load: Load, channel: Channel[int], source: Observable[float]) -> Figures:
    consumer = Consumer(source, capacity=CAPACITY)

    return await pipeline.time_pipeline(load, _send_all(channel, pipeline.stream(load)), _read(consumer))


async def _pipeline(load: Load) -> Figures:
    channel: Channel[int] = Channel("bench", capacity=CAPACITY)
    source = channel.filter(pipeline.keep).map(pipeline.change).buffer(count=pipeline.BUFFER).map(pipeline.finish)
    return await _pipeline_over(load, channel, source)


async def _latency(load: Load) -> Figures:
    channel = _channel()
    consumer = Consumer(channel)
    latency = Latency(load)
    return await latency.measure(latency.send_all(channel.send), latency.receive_all(consumer.get))


async def _memory(load: Load) -> Figures:
    channel = _channel()
    return await memory_each(load, lambda: Consumer(channel))


async def _memory_waiting(load: Load) -> Figures:
    channel = _channel()
    return await memory_each(load, lambda: Consumer(channel).get())


OURS = Peer(
    name="async_channel",
    module="async_channel",
    distribution="async-channel-rx",
    rounds={
        **model.fan_out("async-for", _one_by_one),
        **model.fan_out("batches", _batches),
        **model.fan_out("callbacks", _callbacks),
        model.PIPELINE: _pipeline,
        **operators.OURS,
        keys.FAMILY: keys.OURS,
        tasks.FAMILY: tasks.OURS,
        supervision.FAMILY: supervision.OURS,
        monitoring.FAMILY: monitoring.OURS,
        replays.FAMILY: replays.REPLAY,
        backtests.FAMILY: backtests.REPLAYED,
        replays.RECORDING: replays.RECORD,
        recorded_market.FAMILY: recorded_market.OURS,
        model.LATENCY: _latency,
        model.MEMORY_ATTACHED: _memory,
        model.MEMORY_WAITING: _memory_waiting,
    },
    remarks=operators.REMARKS,
)


async def _send_many_batches(load: Load) -> Figures:
    channel = _channel()
    consumers = [Consumer(channel) for _ in range(load.consumers)]

    async def send(events: list[float]) -> None:
        await channel.send_many(events)
        await channel.stop()

    return await time_readers(load, send(load.stream()), [_read_batches(one) for one in consumers])


SEND_MANY = Peer(
    name="  with send_many",
    module="async_channel",
    distribution="async-channel-rx",
    rounds=model.fan_out("batches", _send_many_batches),
)
PRODUCER = Peer(
    name="  with a Producer",
    module="async_channel",
    distribution="async-channel-rx",
    rounds=model.fan_out("async-for", _through_producer),
)


async def _inline(load: Load) -> Figures:
    """Plain Rx observers are called inside the send: nothing is buffered, nobody waits."""
    channel = _channel()
    callbacks = [counter() for _ in range(load.consumers)]
    for callback, _ in callbacks:
        channel.subscribe(callback)

    async def send(events: list[float]) -> None:
        send_nowait = channel.send_nowait
        for event in events:
            send_nowait(event)

    return await time_callbacks(load, send(load.stream()), [total for _, total in callbacks])


async def _rx_pipeline(load: Load) -> Figures:
    """reactivex's own operators over a channel, into a consumer."""
    channel: Channel[int] = Channel("bench", capacity=CAPACITY)
    source = channel.pipe(
        ops.filter(pipeline.keep),
        ops.map(pipeline.change),
        ops.buffer_with_count(pipeline.BUFFER),
        ops.map(pipeline.finish),
    )
    return await _pipeline_over(load, channel, source)


RX_ON_OURS = Peer(
    name="  with Rx observers",
    module="async_channel",
    distribution="async-channel-rx",
    rounds={**model.fan_out("callbacks", _inline), model.PIPELINE: _rx_pipeline},
    remarks={
        "fan-out/callbacks": "called inline, nothing is buffered",
        model.PIPELINE: "reactivex's operators on the same channel",
    },
)

FILTERS = Peer(
    name="  with a filter each",
    module="async_channel",
    distribution="async-channel-rx",
    rounds={keys.FAMILY: keys.FILTERS},
    remarks={keys.FAMILY: "filter(), and not key_by(): every subscriber's looks at every event"},
)
IN_ORDER = Peer(
    name="  with order kept",
    module="async_channel",
    distribution="async-channel-rx",
    rounds={tasks.FAMILY: tasks.IN_ORDER},
)
PLAIN = Peer(
    name="  by hand",
    module="async_channel",
    distribution="async-channel-rx",
    rounds={
        replays.FAMILY: replays.SENDS,
        replays.RECORDING: replays.OBSERVE,
        backtests.FAMILY: backtests.LOOP,
    },
    remarks={
        replays.FAMILY: "a plain loop of sends, the events at hand",
        backtests.FAMILY: "a plain loop that calls the same handlers",
        replays.RECORDING: "an observer that appends the event with its time to a list",
    },
)
