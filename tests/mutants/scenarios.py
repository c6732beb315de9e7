"""Scenarios that the faults need besides those of the promises, in the same style."""

from __future__ import annotations

import asyncio

from async_channel.testing import may_cancel, spare
from tests.promises.explored.common import (
    Api,
    by_get,
    by_iteration,
    check_nothing_left,
    ended,
    reading,
    slowly,
    start,
)


async def a_late_consumer(api: Api) -> None:
    """2: whoever comes while others send holds them back from its first event on."""
    channel = api.Channel(capacity=4)
    first = api.Consumer(channel)
    consumers = [first]
    got: list[list[int]] = [[], []]
    sent: list[int] = []

    async def produce(beginning: int) -> None:
        for event in range(beginning, beginning + 4):
            await channel.send(event)
            sent.append(event)
            assert all(consumer.stats().pending <= consumer.capacity for consumer in consumers)
            if event % 10 == 0:
                await asyncio.sleep(0)

    async def arrive() -> None:
        await asyncio.sleep(0)
        late = api.Consumer(channel, capacity=1)
        came = len(sent)
        consumers.append(late)
        await ended(reading(slowly(late.get, got[1], api.ChannelClosed)))
        assert got[1] == sent[came:]

    readers = reading(by_iteration(first, got[0]))
    arrival = spare(asyncio.create_task(arrive()))
    await ended(start(produce(0), produce(10)))
    await channel.stop()
    await ended([*readers, arrival])
    assert got[0] == sent
    check_nothing_left(channel, *consumers)


async def senders_with_room_to_spare(api: Api) -> None:
    """2: when there is room for more than the first in line, those behind it still go before who comes later."""
    channel = api.Channel(capacity=3)
    consumer = api.Consumer(channel)
    called: list[int] = []
    sent: list[int] = []
    got: list[int] = []

    async def send(first: int) -> None:
        for event in range(first, first + 3):
            called.append(event)
            try:
                await channel.send(event)
            except asyncio.CancelledError:
                called.remove(event)
                raise
            sent.append(event)

    async def read_in_bursts() -> None:
        async for batch in consumer.batches():
            got.extend(batch)
            await asyncio.sleep(1)  # time stands still until whoever can go on has done so

    readers = reading(read_in_bursts)
    await ended(start(*(send(first) for first in (0, 10, 20))))
    await channel.stop()
    await ended(readers)
    assert sent == called
    assert got == sent
    check_nothing_left(channel, consumer)


async def senders_that_wait_and_one_that_does_not(api: Api) -> None:
    """2: who is in line stays there in its place, though `send_nowait` takes the room that it was woken for."""
    channel = api.Channel(capacity=1)
    consumer = api.Consumer(channel)
    called: list[int] = []
    sent: list[int] = []
    got: list[int] = []

    async def send(event: int) -> None:
        called.append(event)
        try:
            await channel.send(event)
        except asyncio.CancelledError:
            called.remove(event)
            raise
        sent.append(event)

    async def push() -> None:
        for event in (100, 101):
            await asyncio.sleep(0)
            try:
                channel.send_nowait(event)
            except api.ChannelFull:
                continue

    readers = reading(slowly(consumer.get, got, api.ChannelClosed, turns=1))
    await ended(start(*(send(event) for event in range(4)), push()))
    await channel.stop()
    await ended(readers)
    assert sent == called
    assert [event for event in got if event < 100] == sent
    check_nothing_left(channel, consumer)


async def conflation(api: Api) -> None:
    """3: of each key that is pending the newest event is kept, so the newest of all is never lost."""
    channel = api.Channel(capacity=4)
    consumer = api.Consumer(channel, overflow=api.conflate_by(lambda event: event % 2), capacity=2)
    sent: list[int] = []
    got: list[int] = []

    async def produce(first: int) -> None:
        for event in range(first, first + 4):
            await channel.send(event)
            sent.append(event)
            await asyncio.sleep(0)

    readers = reading(by_get(api, consumer, got))
    await ended(start(produce(0), produce(10)))
    await channel.stop()
    await ended(readers)
    for key in (0, 1):
        of_key = [event for event in sent if event % 2 == key]
        kept = [event for event in got if event % 2 == key]
        assert kept[-1:] == of_key[-1:]
    assert consumer.stats().dropped == len(sent) - len(got)
    check_nothing_left(channel, consumer)


async def a_filter_and_get(api: Api) -> None:
    """4: whoever asks for one event after another is given none that its filter does not let through."""
    channel = api.Channel(capacity=2)
    consumer = api.Consumer(channel, filter_func=lambda event: event % 2)
    sent: list[int] = []
    got: list[int] = []

    async def produce(first: int) -> None:
        for event in range(first, first + 3):
            await channel.send(event)
            sent.append(event)
            await asyncio.sleep(0)

    readers = reading(by_get(api, consumer, got))
    await ended(start(produce(0), produce(10)))
    await channel.stop()
    await ended(readers)
    assert got == [event for event in sent if event % 2]
    assert consumer.stats().filtered == len(sent) - len(got)
    check_nothing_left(channel, consumer)


async def a_cancelled_callback(api: Api) -> None:
    """6, 7: when the task that calls back is cancelled, senders that wait for it go on."""
    channel = api.Channel(capacity=1)
    consumer = api.Consumer(channel)
    sent: list[int] = []
    got: list[int] = []
    called: list[int] = []

    async def call_back(event: int) -> None:
        await asyncio.sleep(0)
        called.append(event)

    subscription = channel.consume(call_back)
    _ = may_cancel(subscription.task)

    async def produce(first: int) -> None:
        for event in range(first, first + 3):
            await channel.send(event)
            sent.append(event)

    readers = reading(by_iteration(consumer, got))
    await ended(start(produce(0), produce(10)))
    await channel.stop()
    await ended(readers)
    assert got == sent
    assert called == sent[: len(called)]
    assert subscription.task.cancelled() or called == sent
    subscription.close()
    check_nothing_left(channel, consumer)


async def an_end_from_inside(api: Api) -> None:
    """5, 9: an observer that ends the channel while an event is being delivered ends it behind that event."""
    channel = api.Channel(capacity=8)
    seen: list[list[object]] = [[], []]
    sent: list[int] = []
    got: list[int] = []

    def stop_at_the_third(event: int) -> None:
        seen[0].append(event)
        if len(seen[0]) == 3:
            channel.on_completed()

    channel.subscribe(stop_at_the_third, on_completed=lambda: seen[0].append("end"))
    channel.subscribe(seen[1].append, on_completed=lambda: seen[1].append("end"))
    consumer = api.Consumer(channel.map(lambda event: event))

    async def produce(first: int) -> None:
        for event in range(first, first + 2):
            try:
                await channel.send(event)
            except api.ChannelClosed:
                return
            sent.append(event)

    readers = reading(by_iteration(consumer, got))
    await ended(start(produce(0), produce(10)))
    await channel.stop()
    await ended(readers)
    assert got == sent
    assert seen == [[*sent, "end"], [*sent, "end"]]
    check_nothing_left(channel, consumer)


async def shared_beside_a_slow_one(api: Api) -> None:
    """1, 7: tasks that slowly read one consumer take its events in order; a slower one beside them loses none."""
    channel = api.Channel(capacity=8)
    shared = api.Consumer(channel)
    slow = api.Consumer(channel)
    sent: list[int] = []
    got: list[list[int]] = [[], []]

    async def produce() -> None:
        for event in range(8):
            await channel.send(event)
            sent.append(event)
            if event % 3:
                await asyncio.sleep(0)

    async def iterate() -> None:
        async for event in shared:
            got[0].append(event)
            await asyncio.sleep(0)

    sharers = [slowly(shared.get, got[0], api.ChannelClosed, turns=1) for _ in range(2)]
    readers = reading(iterate, *sharers, slowly(slow.get, got[1], api.ChannelClosed, turns=3))
    await ended(start(produce()))
    await channel.stop()
    await ended(readers)
    assert got == [sent, sent]
    check_nothing_left(channel, shared, slow)


async def results_wait_for_room(api: Api) -> None:
    """2: what coroutines give waits for a slow consumer, as what is sent does."""
    channel = api.Channel(capacity=2)
    consumer = api.Consumer(channel.map_async(_same, concurrency=2), capacity=1)
    sent: list[int] = []
    got: list[int] = []

    async def produce(first: int) -> None:
        for event in range(first, first + 4):
            await channel.send(event)
            sent.append(event)
            assert consumer.stats().pending <= 1

    async def read() -> int:
        assert consumer.stats().pending <= 1
        event: int = await consumer.get()
        return event

    readers = reading(slowly(read, got, api.ChannelClosed))
    await ended(start(produce(0), produce(10)))
    await channel.stop()
    await ended(readers)
    assert got == sent
    check_nothing_left(channel, consumer)


async def _same(event: int) -> int:
    await asyncio.sleep(0)
    return event


async def a_small_pipeline_of_a_large_channel(api: Api) -> None:
    """2: the capacity that counts is that of the slowest consumer, wherever it hangs."""
    channel = api.Channel(capacity=8)
    consumer = api.Consumer(channel.map(lambda event: event), capacity=1)
    sent: list[int] = []
    got: list[int] = []

    async def produce(first: int) -> None:
        for event in range(first, first + 3):
            await channel.send(event)
            sent.append(event)
            assert consumer.stats().pending <= 1

    readers = reading(by_iteration(consumer, got))
    await ended(start(produce(0), produce(10)))
    await channel.stop()
    await ended(readers)
    assert got == sent
    check_nothing_left(channel, consumer)


async def stopping_together(api: Api) -> None:
    """5: whoever stops a channel, when its stop returns the callbacks have had what was pending."""
    channel = api.Channel(capacity=4)
    called: list[int] = []

    async def call_back(event: int) -> None:
        await asyncio.sleep(0)
        called.append(event)

    channel.consume(call_back)

    async def stop() -> None:
        await channel.stop()
        assert called == [0, 1, 2]

    for event in range(3):
        await channel.send(event)
    await ended(start(stop(), stop(), stop()))
    await channel.stop()
    check_nothing_left(channel, callbacks=1)


async def closing_what_others_read(api: Api) -> None:
    """7: a consumer that one task closes ends for all that read it, while the channel goes on."""
    channel = api.Channel(capacity=2)
    consumer = api.Consumer(channel)
    sent: list[int] = []
    got: list[int] = []

    async def produce() -> None:
        for event in range(4):
            await channel.send(event)
            sent.append(event)

    async def get() -> None:
        while True:
            try:
                got.append(await consumer.get())
            except api.ConsumerClosed:
                return

    async def close() -> None:
        await asyncio.sleep(0)
        consumer.close()

    readers = reading(by_iteration(consumer, got), get)
    closer = spare(asyncio.create_task(close()))
    await ended([*start(produce()), closer])
    await ended(readers)
    assert got == sent[: len(got)]
    await channel.stop()
    check_nothing_left(channel, consumer)


ALL = (
    a_late_consumer,
    senders_with_room_to_spare,
    senders_that_wait_and_one_that_does_not,
    conflation,
    shared_beside_a_slow_one,
    results_wait_for_room,
    a_small_pipeline_of_a_large_channel,
    stopping_together,
    closing_what_others_read,
    a_filter_and_get,
    a_cancelled_callback,
    an_end_from_inside,
)
