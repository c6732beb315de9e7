"""Promises 1, 2, 5 and 7 for pipelines as scenarios: several sources, coroutines at work, inner streams."""

from __future__ import annotations

import asyncio

from tests.promises.explored.common import (
    Api,
    by_get,
    by_iteration,
    check_ledger,
    check_nobody_waits,
    check_nothing_left,
    ended,
    reading,
    slowly,
    start,
)


async def in_order_through_coroutines(api: Api) -> None:
    """1, 2: map_async hands on every result once, in order, with no more in flight than allowed."""
    channel = api.Channel(capacity=2)
    in_flight = 0

    async def work(event: int) -> int:
        nonlocal in_flight
        in_flight += 1
        assert in_flight <= 2
        try:
            for _ in range(event % 3):
                await asyncio.sleep(0)
        finally:
            in_flight -= 1
        return -event

    consumer = api.Consumer(channel.map_async(work, concurrency=2), capacity=1)
    beside = api.Consumer(channel)
    sent: list[int] = []
    got: list[list[int]] = [[], []]

    async def produce(first: int) -> None:
        for event in range(first, first + 3):
            await channel.send(event)
            sent.append(event)

    readers = reading(slowly(consumer.get, got[0], api.ChannelClosed), by_iteration(beside, got[1]))
    await ended(start(produce(0), produce(10)))
    await channel.stop()
    await ended(readers)
    assert got == [[-event for event in sent], sent]
    assert in_flight == 0
    check_nothing_left(channel, consumer, beside)


async def by_key_and_unordered(api: Api) -> None:
    """1, 7: with keys in parallel, order holds within a key; a consumer that is left takes its tasks with it."""
    channel = api.Channel(capacity=2)
    begun: list[int] = []

    async def work(event: int) -> int:
        begun.append(event)
        await asyncio.sleep(0)
        return event

    sent: list[int] = []
    got: list[list[int]] = [[], []]
    parallel = api.Consumer(channel.map_async(work, concurrency=3, ordered=False, by_key=lambda event: event // 10))
    sent_all = asyncio.Event()

    async def produce(first: int) -> None:
        for event in range(first, first + 3):
            await channel.send(event)
            sent.append(event)

    async def leave() -> None:
        async with api.Consumer(channel.map_async(work, concurrency=2)) as leaving:
            got[1].append(await leaving.get())

    readers = reading(by_iteration(parallel, got[0]))
    leavers = start(leave())
    await ended(start(produce(0), produce(10)))
    sent_all.set()
    leavers[0].cancel()
    await ended(leavers)
    await channel.stop()
    await ended(readers)
    assert sorted(got[0]) == sorted(sent)
    for key in (0, 1):
        assert [event for event in got[0] if event // 10 == key] == [event for event in sent if event // 10 == key]
    check_nothing_left(channel, parallel)


async def several_sources(api: Api) -> None:
    """1, 2: merged, zipped and combined, no event of any source is lost or doubled, and each source is held back."""
    left, right = api.Channel("left", capacity=1), api.Channel("right", capacity=1)
    consumers = [
        api.Consumer(left.merge(right), capacity=1),
        api.Consumer(left.zip(right), capacity=2),
        api.Consumer(left.combine_latest(right), capacity=1),
    ]
    sent: list[list[int]] = [[], []]
    order: list[int] = []
    got: list[list[object]] = [[], [], []]

    async def produce(channel: Api, first: int) -> None:
        for event in range(first, first + 3):
            await channel.send(event)
            sent[first // 10].append(event)
            order.append(event)
        for consumer in consumers:
            assert consumer.stats().pending <= consumer.capacity

    readers = reading(
        by_iteration(consumers[0], got[0]), by_get(api, consumers[1], got[1]), by_iteration(consumers[2], got[2])
    )
    await ended(start(produce(left, 0), produce(right, 10)))
    check_ledger(left, *consumers)
    await left.stop()
    await right.stop()
    await ended(readers)
    assert got[0] == order
    assert got[1] == list(zip(*sent, strict=False))
    newest: list[int | None] = [None, None]
    combined: list[object] = []
    for event in order:
        newest[event // 10] = event
        if None not in newest:
            combined.append(tuple(newest))
    assert got[2] == combined
    check_nobody_waits(left, *consumers)
    check_nobody_waits(right, *consumers)
    check_nothing_left(left, *consumers)
    check_nothing_left(right)


async def fed_through(api: Api) -> None:
    """2, 5, 7: one channel feeds another; whoever is cancelled, the second sends part of the first, in order."""
    source, channel = api.Channel("source", capacity=1), api.Channel("fed", capacity=1)
    consumer = api.Consumer(channel, capacity=1)
    before = api.Consumer(source)
    sent: list[int] = []
    got: list[list[int]] = [[], []]
    fed: list[int] = []

    async def produce(first: int) -> None:
        for event in range(first, first + 3):
            await source.send(event)
            sent.append(event)

    async def feed() -> None:
        fed.append(await channel.feed(source.map(lambda event: event), capacity=1))

    readers = reading(slowly(consumer.get, got[0], api.ChannelClosed), by_iteration(before, got[1]))
    feeding = start(feed())
    await asyncio.sleep(0)
    producers = start(produce(0), produce(10))
    await ended(producers)
    await source.stop()
    await ended(feeding)
    await channel.stop()
    await ended(readers)
    assert got[1] == sent
    assert [event for event in sent if event in got[0]] == got[0]
    assert len(got[0]) == channel.stats().sent
    if fed:
        assert got[0] == sent[len(sent) - fed[0] :]
    check_nothing_left(source, before)
    check_nothing_left(channel, consumer)
