"""Promises 5 to 8 as scenarios: how it ends, who is harmed by whose failure or cancellation, who is given what."""

from __future__ import annotations

import asyncio

from async_channel.testing import spare
from tests.promises.explored.common import (
    Api,
    Boom,
    by_batches,
    by_get,
    by_iteration,
    check_ledger,
    check_nobody_waits,
    check_nothing_left,
    check_quiet,
    ended,
    reading,
    start,
)


async def completion(api: Api) -> None:
    """5: whoever stops it, and how often, every consumer gets what was sent, then the end; no task is left."""
    sent: list[int] = []
    called: list[int] = []
    got: list[list[int]] = [[], [], []]

    async with api.Channel(capacity=2) as channel:
        consumers = [api.Consumer(channel), api.Consumer(channel, capacity=1), api.Consumer(channel.map(int))]

        async def call_back(event: int) -> None:
            await asyncio.sleep(0)
            called.append(event)

        subscription = channel.consume(call_back)

        async def produce(first: int) -> None:
            for event in range(first, first + 3):
                try:
                    await channel.send(event)
                except api.ChannelClosed:
                    return
                sent.append(event)

        async def stop() -> None:
            for _ in range(4):
                await asyncio.sleep(0)
            await channel.stop()

        readers = reading(
            by_iteration(consumers[0], got[0]), by_get(api, consumers[1], got[1]), by_batches(consumers[2], got[2])
        )
        await ended(start(produce(0), produce(10), stop(), stop()))
        await channel.stop()
        await ended(readers)
        assert subscription.task.done()
    assert got == [sent, sent, sent]
    assert called == sent
    for closed in (channel.send(99), consumers[0].get(), channel.start()):
        try:
            await closed
        except api.ChannelClosed:
            continue
        raise AssertionError("a stopped channel went on")
    check_nothing_left(channel, *consumers, callbacks=1)


async def failure(api: Api) -> None:
    """5: after on_error every consumer gets what was sent, then the error, each time it asks; senders are told."""
    channel = api.Channel(capacity=2)
    idle = api.Consumer(channel)
    consumers = [api.Consumer(channel), api.Consumer(channel.map(lambda event: event), capacity=1)]
    sent: list[int] = []
    got: list[list[int]] = [[], []]
    boom = Boom("on purpose")
    ends: list[Exception] = []

    async def produce(first: int) -> None:
        for event in range(first, first + 3):
            try:
                await channel.send(event)
            except api.ChannelClosed as closed:
                assert closed.__cause__ is boom
                return
            sent.append(event)

    async def fail() -> None:
        for _ in range(4):
            await asyncio.sleep(0)
        channel.on_error(boom)

    async def read_first() -> None:
        try:
            async for event in consumers[0]:
                got[0].append(event)
        except Boom as end:
            ends.append(end)

    async def read_second() -> None:
        try:
            while True:
                got[1].append(await consumers[1].get())
        except Boom as end:
            ends.append(end)

    readers = reading(read_first, read_second)
    producers = start(produce(0), produce(10))
    await ended(start(fail()))
    channel.on_error(boom)
    await ended(producers)
    await ended(readers)
    assert got == [sent, sent]
    assert ends == [boom, boom]
    assert [idle.get_nowait() for _ in sent] == sent
    check_nothing_left(channel, *consumers, idle)


async def isolation(api: Api) -> None:
    """6: what one observer, operator, filter or callback raises reaches no sender and no other consumer; it is told."""
    channel = api.Channel(capacity=2)
    told: list[object] = []
    channel.errors.subscribe(lambda failure: told.append(failure.error))
    sent: list[int] = []
    seen: list[int] = []
    called: list[int] = []
    got: list[list[int]] = [[], [], []]

    def raising(event: int) -> int:
        if event % 10 == 1:
            raise Boom(event)
        return event

    def observe(event: int) -> None:
        seen.append(raising(event))

    async def call_back(event: int) -> None:
        await asyncio.sleep(0)
        called.append(raising(event))

    channel.subscribe(observe)
    channel.consume(call_back)
    consumers = [
        api.Consumer(channel),
        api.Consumer(channel, filter_func=lambda event: raising(event) >= 0, capacity=1),
        api.Consumer(channel.map(raising)),
    ]

    async def produce(first: int) -> None:
        for event in range(first, first + 3):
            await channel.send(event)
            sent.append(event)

    async def read_to_the_failure() -> None:
        try:
            await by_iteration(consumers[2], got[2])()
        except Boom:
            return

    readers = reading(by_iteration(consumers[0], got[0]), by_get(api, consumers[1], got[1]), read_to_the_failure)
    await ended(start(produce(0), produce(10)))
    await channel.stop()
    await ended(readers)
    good = [event for event in sent if event % 10 != 1]
    bad = len(sent) - len(good)
    assert got[0] == sent
    assert got[1] == good
    # An operator that raises fails its own pipeline, as in Rx; an observer that raises is asked again.
    first_bad = next((place for place, event in enumerate(sent) if event % 10 == 1), len(sent))
    assert got[2] == sent[:first_bad]
    assert called == good
    assert seen == good
    assert len(told) == 3 * bad
    assert all(isinstance(error, Boom) for error in told)
    check_nothing_left(channel, *consumers, callbacks=1)


async def cancellation(api: Api) -> None:
    """7: whatever is cancelled, where and as often as it may be, no event is lost and nobody waits in vain."""
    channel = api.Channel(capacity=1)
    consumers = [api.Consumer(channel), api.Consumer(channel.map(lambda event: event), capacity=1)]
    sent: list[int] = []
    got: list[list[int]] = [[], []]

    async def send(event: int) -> None:
        await channel.send(event)
        sent.append(event)

    async def read_with_patience() -> None:
        while True:
            try:
                got[0].append(await consumers[0].get(timeout=1))
            except TimeoutError:
                continue
            except api.ChannelClosed:
                return

    readers = reading(read_with_patience, by_iteration(consumers[1], got[1]))
    await ended(start(*(send(event) for event in range(5))))
    await asyncio.sleep(0.25)
    await check_quiet(channel, *consumers)
    check_ledger(channel, *consumers)
    await channel.stop()
    await ended(readers)
    assert got == [sent, sent]
    check_nobody_waits(channel, *consumers)
    check_nothing_left(channel, *consumers)


async def shared_consumer(api: Api) -> None:
    """7: several tasks read one consumer, and are cancelled: each event goes to one of them."""
    channel = api.Channel(capacity=2)
    consumer = api.Consumer(channel)
    sent: list[int] = []
    got: list[int] = []

    async def produce() -> None:
        for event in range(6):
            await channel.send(event)
            sent.append(event)

    async def iterate() -> None:
        async for event in consumer:
            got.append(event)
            await asyncio.sleep(0)  # the others may take the next

    readers = reading(iterate, by_get(api, consumer, got), by_get(api, consumer, got))
    await ended(start(produce()))
    await channel.stop()
    await ended(readers)
    assert got == sent
    check_nothing_left(channel, consumer)


async def closing_while_others_wait(api: Api) -> None:
    """7: a consumer that is closed while senders wait for it and others read on holds nobody up."""
    channel = api.Channel(capacity=1)
    slow = api.Consumer(channel)
    piped = api.Consumer(channel.map(lambda event: event), capacity=1)
    reader = api.Consumer(channel)
    sent: list[int] = []
    got: list[int] = []

    async def produce(first: int) -> None:
        for event in range(first, first + 2):
            await channel.send(event)
            sent.append(event)

    async def close(consumer: Api) -> None:
        await asyncio.sleep(0)
        consumer.close()

    readers = reading(by_iteration(reader, got))
    closers = [spare(asyncio.create_task(close(consumer))) for consumer in (slow, piped)]
    producers = start(produce(0), produce(10))
    await asyncio.wait(closers)
    slow.close()
    piped.close()
    await ended(producers)
    await channel.stop()
    await ended(readers)
    assert got == sent
    check_nothing_left(channel, slow, piped, reader)


async def warm_up(api: Api) -> None:
    """8: the first consumer gets the newest of what was kept, each later one the last `replay`, none of it twice."""
    channel = api.Channel(capacity=3, replay=2)
    sent: list[int] = []
    seen: list[int] = []
    channel.subscribe(seen.append)
    got: list[list[int]] = [[], [], []]
    ought: list[list[int]] = [[], [], []]
    came: list[int] = []
    consumers: list[Api] = []

    async def produce(first: int) -> None:
        for event in range(first, first + 3):
            await channel.send(event)
            sent.append(event)

    async def arrive() -> None:
        await asyncio.sleep(0)
        place = len(consumers)
        ought[place] = sent[-2:] if place else sent[-3:]
        came.append(len(sent))
        consumers.append(api.Consumer(channel.map(lambda event: event) if place == 1 else channel))
        assert consumers[place].stats().pending == len(ought[place])
        await ended(reading(by_iteration(consumers[place], got[place])))

    arrivals = [spare(asyncio.create_task(arrive())) for _ in got]
    await ended(start(produce(0), produce(10)))
    await channel.stop()
    await ended([*arrivals])
    for place, consumer in enumerate(consumers):
        assert got[place] == ought[place] + sent[came[place] :]
        assert consumer.stats().dropped == 0
    assert seen == sent
    check_ledger(channel, *consumers)
