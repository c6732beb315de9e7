"""What is held to the rules: channels with each overflow policy, pipelines, and whatever reads a stream."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, Callable, Sequence
from typing import Any

import reactivex
from typing_extensions import override

from async_channel import Channel, Consumer, Overflow, Stream, conflate_by, from_async_iterable, from_observable
from async_channel.testing.conformance import (
    ByBatches,
    ByGet,
    ByIteration,
    ColdPublishers,
    Element,
    PublisherFactory,
    Source,
    StreamPublishers,
    SubscriberFactory,
    Traits,
)

CONCURRENCY = 2


def number(element: Element) -> int:
    return element.number


def numbers(elements: Sequence[Element]) -> list[int]:
    return [element.number for element in elements]


def pairs(elements: Sequence[Element]) -> list[list[Element]]:
    return [list(elements[at : at + 2]) for at in range(0, len(elements), 2)]


def itself(channel: Channel[Element]) -> Channel[Element]:
    return channel


def windows(channel: Channel[Element]) -> Stream[list[Element]]:
    nothing: list[Element] = []
    windows = channel.window(count=2).flat_map(lambda window: window.reduce(lambda some, one: [*some, one], nothing))
    return windows.filter(bool)  # the last one may be empty


async def after_a_while(element: Element) -> Element:
    await asyncio.sleep(0.01)
    return element


async def feed(channel: Channel[Element], source: Source) -> None:
    try:
        await channel.feed(from_async_iterable(source), capacity=1)
    except Exception as error:
        channel.on_error(error)
    else:
        await channel.stop()


async def send_many(channel: Channel[Element], source: Source) -> None:
    try:
        await channel.send_many(source)
    except Exception as error:
        channel.on_error(error)
    else:
        await channel.stop()


POLICIES: dict[str, Any] = {
    "drop_oldest": Overflow.DROP_OLDEST,
    "drop_newest": Overflow.DROP_NEWEST,
    "latest": Overflow.LATEST,
    "conflate_by": conflate_by(number),
}

CHANNELS: dict[str, PublisherFactory[Any]] = {
    "channel": StreamPublishers(itself),
    "channel async for": StreamPublishers(itself, read=ByIteration),
    "channel batches": StreamPublishers(itself, read=ByBatches),
    **{f"channel {name}": StreamPublishers(itself, overflow=policy) for name, policy in POLICIES.items()},
    # A `get` that tells of a lag ends one reading, and the next `get` begins another; an `async for` just ends.
    "channel fail": StreamPublishers(itself, overflow=Overflow.FAIL, read=ByIteration),
    "channel send_many": StreamPublishers(itself, send=send_many),
    "channel feed": StreamPublishers(itself, send=feed, traits=Traits(slack=3)),
}

IN_TASKS = Traits(slack=1 + 4 * CONCURRENCY)

PROCESSORS: dict[str, PublisherFactory[Any]] = {
    "map filter map": StreamPublishers(
        lambda channel: channel.filter(lambda element: element.number % 2 == 1).map(number).map(lambda n: n // 2),
        expected=lambda elements: range(len(elements) // 2),
        traits=Traits(every=2),
    ),
    "scan": StreamPublishers(
        lambda channel: channel.scan(lambda total, element: total + element.number, 0),
        expected=lambda elements: [sum(range(len(elements[: at + 1]))) for at in range(len(elements))],
    ),
    "buffer": StreamPublishers(lambda channel: channel.buffer(count=2), expected=pairs, traits=Traits(every=2)),
    "window flat_map": StreamPublishers(
        windows,
        expected=pairs,
        traits=Traits(every=2),
    ),
    "flat_map": StreamPublishers(lambda channel: channel.flat_map(reactivex.of)),
    "switch_map": StreamPublishers(lambda channel: channel.switch_map(reactivex.of)),
    "merge": StreamPublishers(
        lambda channel: channel.filter(lambda one: one.number % 2 == 0).merge(
            channel.filter(lambda one: one.number % 2 == 1)
        )
    ),
    "zip": StreamPublishers(
        lambda channel: channel.zip(channel.map(number)),
        expected=lambda elements: [(element, element.number) for element in elements],
    ),
    "concat": StreamPublishers(lambda channel: from_observable(reactivex.empty()).concat(channel)),
    "reactivex operators": StreamPublishers(
        lambda channel: reactivex.Observable.map(reactivex.Observable.filter(channel, lambda element: True), number),
        expected=numbers,
    ),
    "map_async ordered": StreamPublishers(
        lambda channel: channel.map_async(after_a_while, CONCURRENCY), traits=IN_TASKS
    ),
    "map_async unordered": StreamPublishers(
        lambda channel: channel.map_async(after_a_while, CONCURRENCY, ordered=False), traits=IN_TASKS
    ),
    "map_async by_key": StreamPublishers(
        lambda channel: channel.map_async(after_a_while, CONCURRENCY, by_key=lambda one: one.number % 3),
        traits=IN_TASKS,
    ),
    "keyed": StreamPublishers(
        lambda channel: channel.key_by(lambda element: element.number % 2)[1],
        expected=lambda elements: elements[1::2],
        traits=Traits(every=2),
    ),
    "keyed each": StreamPublishers(
        lambda channel: channel.key_by(lambda element: element.number % 3).each(lambda key, stream: stream.map(number)),
        expected=numbers,
    ),
    **{
        f"map {name}": StreamPublishers(lambda channel: channel.map(lambda one: one), overflow=policy)
        for name, policy in POLICIES.items()
    },
    "map fail": StreamPublishers(
        lambda channel: channel.map(lambda one: one), overflow=Overflow.FAIL, read=ByIteration
    ),
    "from_async_iterable": ColdPublishers(from_async_iterable, traits=Traits(slack=2)),
    "from_async_iterable map_async": ColdPublishers(
        lambda source: from_async_iterable(source).map_async(after_a_while, CONCURRENCY), traits=IN_TASKS
    ),
    "from_async_iterable latest": ColdPublishers(from_async_iterable, overflow=Overflow.LATEST),
}

EXCEPTIONS: dict[str, tuple[PublisherFactory[Any], set[str]]] = {
    # What it delays was sent, so it is not lost; nobody is held back while it is on its way. An error is not delayed.
    "delay": (StreamPublishers(lambda channel: channel.delay(0.01)), {"1.1", "1.4"}),
    # Who reads on after it was told what it missed is given what is left.
    "channel fail": (StreamPublishers(itself, overflow=Overflow.FAIL), {"1.7"}),
}
"""What breaks a rule as it is meant to do, with all the rules that it breaks."""


class Reads(SubscriberFactory):
    """A subscriber that is a coroutine function."""

    def __init__(self, read: Callable[[AsyncIterable[Element], Callable[[Element], None]], Any]) -> None:
        self._read = read

    @override
    async def read(self, source: AsyncIterable[Element], handle: Callable[[Element], None]) -> None:
        await self._read(source, handle)


async def by_get(source: AsyncIterable[Element], handle: Callable[[Element], None]) -> None:
    async with Consumer(from_async_iterable(source)) as consumer:
        reader = ByGet(consumer)
        while True:
            try:
                element = await reader.get()
            except StopAsyncIteration:
                return
            handle(element)


async def by_iteration(source: AsyncIterable[Element], handle: Callable[[Element], None]) -> None:
    async with Consumer(from_async_iterable(source)) as consumer:
        async for element in consumer:
            handle(element)


async def by_batches(source: AsyncIterable[Element], handle: Callable[[Element], None]) -> None:
    async with Consumer(from_async_iterable(source)) as consumer:
        async for batch in consumer.batches():
            for element in batch:
                handle(element)


async def by_do(source: AsyncIterable[Element], handle: Callable[[Element], None]) -> None:
    async with Consumer(from_async_iterable(source).do(handle)) as consumer:
        async for _ in consumer:
            pass


async def by_map_async(source: AsyncIterable[Element], handle: Callable[[Element], None]) -> None:
    async def handling(element: Element) -> None:
        handle(element)

    async with Consumer(from_async_iterable(source).map_async(handling)) as consumer:
        async for _ in consumer:
            pass


async def by_feed(source: AsyncIterable[Element], handle: Callable[[Element], None]) -> None:
    async with Channel[Element]("Fed") as channel:
        channel.subscribe(handle)
        await channel.feed(from_async_iterable(source))


async def by_consume(source: AsyncIterable[Element], handle: Callable[[Element], None]) -> None:
    async with Channel[Element]("Fed") as channel:
        channel.consume(handle)
        await channel.feed(from_async_iterable(source))


async def by_send_many(source: AsyncIterable[Element], handle: Callable[[Element], None]) -> None:
    async with Channel[Element]("Fed") as channel:
        channel.subscribe(handle)
        await channel.send_many(source)


SUBSCRIBERS: dict[str, SubscriberFactory] = {
    read.__name__: Reads(read)
    for read in (by_get, by_iteration, by_batches, by_do, by_map_async, by_feed, by_consume, by_send_many)
}
