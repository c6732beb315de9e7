"""Promises 1 to 4 as scenarios: who gets what, who waits, what is lost, and that it is all counted."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

from tests.promises.actors import watched
from tests.promises.explored.common import (
    Api,
    by_batches,
    by_get,
    by_iteration,
    check_nobody_waits,
    check_nothing_left,
    ended,
    reading,
    slowly,
    start,
)


async def atomic_fan_out(api: Api) -> None:
    """1: every consumer gets what was sent, once, in one order; a cancelled send reached nobody."""
    channel = api.Channel(capacity=2)
    consumers = [
        api.Consumer(channel),
        api.Consumer(channel, capacity=1),
        api.Consumer(channel, capacity=3),
        api.Consumer(channel.map(lambda event: event), capacity=2),
    ]
    sent: list[tuple[int, int]] = []
    got: list[list[tuple[int, int]]] = [[] for _ in consumers]

    async def produce(producer: int) -> None:
        for number in range(3):
            await channel.send((producer, number))
            sent.append((producer, number))

    readers = reading(
        by_iteration(consumers[0], got[0]),
        by_get(api, consumers[1], got[1]),
        by_batches(consumers[2], got[2]),
        by_iteration(consumers[3], got[3]),
    )
    await ended(start(produce(0), produce(1)))
    await channel.stop()
    await ended(readers)
    assert all(events == sent for events in got), (sent, got)
    check_nothing_left(channel, *consumers)


async def fan_out_of_many_ways_to_send(api: Api) -> None:
    """1, 2: `send`, `send_many`, `send_nowait` and `feed` at once: each event once, in one order for all."""
    channel = api.Channel(capacity=2)
    consumers = [api.Consumer(channel), api.Consumer(channel, capacity=1)]
    source = api.Channel(capacity=3)
    sent: list[int] = []
    got: list[list[int]] = [[], []]

    async def one_by_one() -> None:
        for event in (1, 2):
            await channel.send(event)
            sent.append(event)

    async def at_once() -> None:
        for event in (20, 21, 22):
            try:
                channel.send_nowait(event)
            except api.ChannelFull:
                await asyncio.sleep(0)
            else:
                sent.append(event)

    async def feed() -> None:
        await channel.feed(source, capacity=1)

    readers = reading(by_iteration(consumers[0], got[0]), by_get(api, consumers[1], got[1]))
    feeding = start(feed())
    work = start(channel.send_many([10, 11, 12]), one_by_one(), at_once(), source.send_many([30, 31, 32]))
    await ended(work)
    await source.stop()
    await ended(feeding)
    await channel.stop()
    await ended(readers)
    assert got[0] == got[1]
    assert [event for event in got[0] if event in sent] == sent
    many = [event for event in got[0] if 10 <= event < 20]
    fed = [event for event in got[0] if event >= 30]
    assert many == [10, 11, 12][: len(many)]
    assert fed == sorted(set(fed))
    assert work[0].cancelled() or len(many) == 3
    assert work[3].cancelled() or feeding[0].cancelled() or len(fed) == 3
    assert len(got[0]) == len(sent) + len(many) + len(fed)
    check_nothing_left(channel, *consumers)
    check_nothing_left(source)


async def backpressure(api: Api) -> None:
    """2: senders go in the order they called, none waits without need, and no more is pending than may be."""
    channel = api.Channel(capacity=2)
    consumers = [api.Consumer(channel, capacity=1), api.Consumer(channel.map(lambda event: event), capacity=2)]
    called: list[int] = []
    sent: list[int] = []
    got: list[list[int]] = [[], []]

    async def send(events: range) -> None:
        for event in events:
            called.append(event)
            try:
                await channel.send(event)
            except asyncio.CancelledError:
                called.remove(event)
                raise
            sent.append(event)
            assert consumers[0].stats().pending <= 1
            assert consumers[1].stats().pending <= 2

    readers = reading(
        slowly(consumers[0].get, got[0], api.ChannelClosed),
        slowly(consumers[1].get, got[1], api.ChannelClosed, turns=1),
    )
    await ended(start(*(send(range(first, first + 2)) for first in (0, 10, 20))))
    assert sent == called
    for _ in range(8):  # as soon as there is room, a send returns at once
        if any(consumer.stats().pending for consumer in consumers):
            await asyncio.sleep(1)
    await channel.stop()
    await ended(readers)
    assert got == [sent, sent]
    check_nothing_left(channel, *consumers)


async def a_send_with_room_returns_at_once(api: Api) -> None:
    """2: while nobody is full and nobody is in line a send does not suspend, but to let the loop run now and then."""
    channel = api.Channel(capacity=3)
    consumer = api.Consumer(channel)
    got: list[int] = []
    unbroken = 0

    async def produce() -> None:
        nonlocal unbroken
        for event in range(4):
            free = consumer.stats().pending < 3 and not len(channel._log.turns)
            due = unbroken >= channel.capacity
            pauses: list[int] = []
            await watched(channel.send(event), partial(pauses.append, event), _nothing)
            assert bool(pauses) == (not free or due)
            unbroken = 1 if pauses else unbroken + 1

    readers = reading(slowly(consumer.get, got, api.ChannelClosed, turns=1))
    await ended(start(produce(), produce()))
    await channel.stop()
    await ended(readers)
    check_nothing_left(channel, consumer)


def _nothing() -> None: ...


async def overflow(api: Api) -> None:
    """3: each lossy consumer loses what its policy says, and a sender never waits for any of them."""
    channel = api.Channel(capacity=2)
    policies = [
        api.Overflow.DROP_OLDEST,
        api.Overflow.DROP_NEWEST,
        api.Overflow.LATEST,
        api.Overflow.FAIL,
        api.conflate_by(lambda event: event % 3),
    ]
    consumers = [api.Consumer(channel, overflow=policy) for policy in policies]
    got: list[list[int]] = [[] for _ in policies]
    sent: list[int] = []
    missed = 0

    async def produce(first: int) -> None:
        for event in range(first, first + 3):
            await channel.send(event)
            sent.append(event)
            assert not channel._log.blockers

    async def get_and_count() -> int:
        nonlocal missed
        while True:
            try:
                event: int = await consumers[3].get()
            except api.ConsumerLagged as lagged:
                missed += lagged.missed
            else:
                return event

    reads = [consumer.get for consumer in consumers]
    reads[3] = get_and_count
    readers = reading(*(slowly(read, into, api.ChannelClosed) for read, into in zip(reads, got, strict=True)))
    await ended(start(produce(0), produce(100)))
    await channel.stop()
    await ended(readers)
    for consumer, events in zip(consumers, got, strict=True):
        stats = consumer.stats()
        assert (stats.sent, stats.delivered, stats.pending) == (len(sent), len(events), 0)
        assert stats.dropped == len(sent) - len(events)
    for events in got[:4]:
        assert events == [event for event in sent if event in events]
    for events in (got[0], got[2], got[3]):
        assert events[-1:] == sent[-1:]
    assert got[1][:1] == sent[:1]
    assert missed == len(sent) - len(got[3])
    for key in range(3):  # of each key the newest comes last
        of_key = [event for event in sent if event % 3 == key]
        kept = [event for event in got[4] if event % 3 == key]
        assert kept == [event for event in of_key if event in kept]
    check_nothing_left(channel, *consumers)


async def a_lossy_consumer_slows_nobody(api: Api) -> None:
    """3: beside one that never reads, a blocking one gets everything, and nobody waits for the other."""
    channel = api.Channel(capacity=2)
    idle = api.Consumer(channel, overflow=api.Overflow.DROP_OLDEST)
    reader = api.Consumer(channel)
    got: list[int] = []
    sent: list[int] = []

    async def produce(first: int) -> None:
        for event in range(first, first + 4):
            await channel.send(event)
            sent.append(event)
            assert idle.stats().pending <= 2

    readers = reading(by_iteration(reader, got))
    await ended(start(produce(0), produce(10)))
    await channel.stop()
    await ended(readers)
    assert got == sent
    rest = [idle.get_nowait() for _ in range(idle.stats().pending)]
    assert rest == sent[len(sent) - len(rest) :]
    assert len(rest) == min(2, len(sent))
    check_nothing_left(channel, idle, reader)


async def ledger(api: Api) -> None:
    """4: at every moment every event is in exactly one place, whoever filters, drops, closes or is cancelled."""
    channel = api.Channel(capacity=2)
    filtered = api.Consumer(channel, filter_func=lambda event: event % 2)
    lossy = api.Consumer(channel, capacity=1, overflow=api.Overflow.DROP_OLDEST)
    piped = api.Consumer(channel.filter(lambda event: event != 2), capacity=1)
    closing = api.Consumer(channel, capacity=2)
    consumers = [filtered, lossy, piped, closing]
    got: list[list[int]] = [[], [], [], []]
    sent = 0

    def check() -> None:
        whole = channel.stats()
        assert whole.sent == sent
        assert whole.delivered == sum(stats.delivered for stats in whole.consumers)
        for consumer, events in zip(consumers, got, strict=True):
            stats = consumer.stats()
            assert stats.balanced
            assert stats.delivered - len(events) in {0, 1}  # one may be on its way to its reader
            assert consumer is closing or stats.sent == sent - (consumer is piped) * (2 in events_sent)

    events_sent: set[int] = set()

    async def produce(events: range) -> None:
        nonlocal sent
        for event in events:
            await channel.send(event)
            sent += 1
            events_sent.add(event)
            check()

    def read(place: int) -> Any:
        async def go() -> None:
            async for event in consumers[place]:
                got[place].append(event)
                check()
                await asyncio.sleep(0)

        return go

    async def close() -> None:
        for _ in range(3):
            await asyncio.sleep(0)
        closing.close()
        check()

    readers = reading(*(read(place) for place in range(4)))
    producers = start(produce(range(1, 3)), produce(range(10, 12)), close())
    await ended(producers)
    closing.close()
    await channel.stop()
    await ended(readers)
    check()
    assert all(consumer.stats().pending == 0 for consumer in consumers)
    check_nobody_waits(channel, *consumers)
    check_nothing_left(channel, *consumers)
