"""Promises 9 to 12 as scenarios: Rx's order, the loop's clock, other threads' part, and no loop at all."""

from __future__ import annotations

import asyncio
import operator
from collections.abc import Coroutine
from concurrent.futures import CancelledError
from functools import partial
from typing import Any

from reactivex import operators as ops
from reactivex.subject import Subject

from tests.promises.explored.common import (
    Api,
    by_get,
    by_iteration,
    check_ledger,
    check_nothing_left,
    ended,
    reading,
    start,
)


async def rx_exactness(api: Api) -> None:
    """9: an operator gives on a channel what it gives on a Subject that is told the same in the same order."""
    channel = api.Channel(capacity=2)
    subject: Subject[int] = Subject()

    def is_odd(event: int) -> int:
        return event % 2

    def forms(source: Any) -> list[Any]:
        return [
            source.pipe(ops.scan(operator.add, 0)),
            source.pipe(ops.distinct_until_changed(is_odd), ops.take(2)),
        ]

    seen: list[list[Any]] = [[] for _ in range(4)]
    for into, stream in zip(seen, [*forms(channel), *forms(subject)], strict=True):
        stream.subscribe(into.append, on_completed=partial(into.append, "end"))
    consumer = api.Consumer(channel.scan(lambda total, event: total + event, 0), capacity=1)
    got: list[int] = []
    sent: list[int] = []

    async def produce(first: int) -> None:
        for event in range(first, first + 2):
            await channel.send(event)
            sent.append(event)

    readers = reading(by_iteration(consumer, got))
    await ended(start(produce(0), produce(10)))
    await channel.stop()
    await ended(readers)
    for event in sent:
        subject.on_next(event)
    subject.on_completed()
    assert seen[:2] == seen[2:]
    assert [*got, "end"] == seen[0]
    check_nothing_left(channel, consumer)


async def reentrance(api: Api) -> None:
    """9: what is sent while an event is being delivered comes behind it, for everybody."""
    channel = api.Channel(capacity=16)
    seen: list[list[int]] = [[], []]
    depth = 0

    def answer(event: int) -> None:
        nonlocal depth
        depth += 1
        assert depth == 1
        seen[0].append(event)
        if event in {1, 11}:
            channel.on_next(event + 100)
            channel.send_nowait(event + 200)
        depth -= 1

    channel.subscribe(answer)
    channel.subscribe(seen[1].append)
    consumers = [api.Consumer(channel), api.Consumer(channel.map(lambda event: event))]
    got: list[list[int]] = [[], []]
    order: list[int] = []

    async def produce(first: int) -> None:
        for event in range(first, first + 3):
            await channel.send(event)
            order.extend([event, event + 100, event + 200] if event % 10 == 1 else [event])

    readers = reading(by_iteration(consumers[0], got[0]), by_get(api, consumers[1], got[1]))
    await ended(start(produce(0), produce(10)))
    await channel.stop()
    await ended(readers)
    assert seen == [order, order]
    assert got == [order, order]
    check_nothing_left(channel, *consumers)


async def one_clock(api: Api) -> None:
    """10: what a timed operator gives comes exactly when it is due, in whatever order those wake who wait for it."""
    channel = api.Channel(capacity=2)
    loop = asyncio.get_running_loop()
    sent: list[tuple[float, int]] = []
    delayed: list[tuple[float, int]] = []
    calm: list[tuple[float, int]] = []
    gathered: list[tuple[float, list[int]]] = []
    consumers = [
        api.Consumer(channel.delay(1.0).do(lambda event: delayed.append((loop.time(), event)))),
        api.Consumer(channel.debounce(2.0).do(lambda event: calm.append((loop.time(), event)))),
        api.Consumer(channel.buffer(seconds=4.0).do(lambda events: gathered.append((loop.time(), events)))),
    ]
    got: list[list[Any]] = [[], [], []]

    async def produce(beginning: float, first: int) -> None:
        await asyncio.sleep(beginning)
        for event in (first, first + 1):
            await channel.send(event)
            sent.append((loop.time(), event))
            await asyncio.sleep(3.0)

    readers = reading(*(by_iteration(consumer, into) for consumer, into in zip(consumers, got, strict=True)))
    await ended(start(produce(0.5, 0), produce(3.5, 10), produce(9.5, 20)))
    await asyncio.sleep(20.5 - loop.time())
    await channel.stop()
    await ended(readers)
    assert delayed == [(when + 1.0, event) for when, event in sent]
    times = sorted({when for when, _ in sent})
    last_at = {when: [event for then, event in sent if then == when][-1] for when in times}
    assert calm == [(when + 2.0, last_at[when]) for when in times]
    assert [event for _, events in gathered for event in events] == [event for _, event in sent]
    for when, events in gathered[:-1]:
        assert when % 4.0 == 0.0
        assert events == [event for then, event in sent if when - 4.0 <= then < when]
    assert got[0] == [event for _, event in delayed]
    check_nothing_left(channel, *consumers)


async def get_in_time(api: Api) -> None:
    """7, 10: a get whose time is up as its event comes loses nothing: it has the event or the next one has."""
    channel = api.Channel(capacity=1)
    consumer = api.Consumer(channel)
    loop = asyncio.get_running_loop()
    sent: list[int] = []
    got: list[int] = []

    async def produce(first: int) -> None:
        for event in range(first, first + 2):
            await asyncio.sleep(1.0)
            await channel.send(event)
            sent.append(event)

    async def read() -> None:
        while True:
            asked = loop.time()
            try:
                got.append(await consumer.get(timeout=1.0))
            except TimeoutError:
                assert loop.time() == asked + 1.0
            except api.ChannelClosed:
                return
            assert loop.time() <= asked + 1.0

    readers = reading(read)
    await ended(start(produce(0), produce(10)))
    await channel.stop()
    await ended(readers)
    assert got == sent
    check_nothing_left(channel, consumer)


async def threads(api: Api) -> None:
    """11: what is handed in for another thread arrives once, and its future knows; tasks play the threads."""
    channel = api.Channel(capacity=1)
    await channel.start()
    consumers = [api.Consumer(channel), api.Consumer(channel.map(lambda event: event))]
    got: list[list[int]] = [[], []]
    handed: dict[int, Any] = {}

    async def thread(first: int) -> None:
        for event in range(first, first + 3):
            handed[event] = channel.send_from_thread(event)
            await asyncio.sleep(0)
        handed[first + 1].cancel()

    readers = reading(by_iteration(consumers[0], got[0]), by_get(api, consumers[1], got[1]))
    await ended(start(thread(0), thread(10)))
    await asyncio.sleep(1)  # time stands still until whoever can go on has done so
    await channel.stop()
    await ended(readers)
    assert got[0] == got[1]
    assert len(set(got[0])) == len(got[0])
    for event, future in handed.items():
        try:
            future.result(timeout=0)
        except CancelledError:
            continue
        assert event in got[0]
    assert set(got[0]) <= set(handed)
    check_nothing_left(channel, *consumers)


def no_loop_needed(api: Api) -> Coroutine[Any, Any, None]:
    """12: what was built, subscribed and sent before there was a loop works on the loop that comes."""
    channel = api.Channel(capacity=3)
    seen: list[int] = []
    called: list[int] = []
    sent = [1, 2]
    channel.map(lambda event: event * 10).subscribe(seen.append)
    subscription = channel.consume(called.append)
    consumers = [api.Consumer(channel), api.Consumer(channel.filter(lambda event: event != 2))]
    got: list[list[int]] = [[], []]
    for event in sent:
        channel.send_nowait(event)
    assert subscription.task is None

    async def on_a_loop() -> None:
        await channel.start()

        async def produce(first: int) -> None:
            for event in range(first, first + 3):
                await channel.send(event)
                sent.append(event)

        readers = reading(by_iteration(consumers[0], got[0]), by_get(api, consumers[1], got[1]))
        await ended(start(produce(10), produce(20)))
        check_ledger(channel, *consumers)
        await channel.stop()
        await ended(readers)
        assert got == [sent, [event for event in sent if event != 2]]
        assert called == sent
        assert seen == [event * 10 for event in sent]
        check_nothing_left(channel, *consumers, callbacks=1)

    return on_a_loop()
