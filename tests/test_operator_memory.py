"""Memory: no stage keeps an event longer than it must, and a consumer that goes takes its whole chain with it."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import weakref
from collections.abc import AsyncIterator, Callable, Hashable
from typing import Any, TypeAlias

import pytest

from async_channel import Channel, ChannelClosed, ChannelFull, Consumer, Stream
from tests.support import run


class Payload:
    """An event that one can watch."""

    def __init__(self, number: int) -> None:
        self.number = number


async def soon(payload: Payload) -> Payload:
    await asyncio.sleep(0.25)
    return payload


async def twice(payload: Payload) -> AsyncIterator[Payload]:
    yield payload
    yield payload


def number_of(payload: Payload) -> int:
    return payload.number


def parity(payload: Payload) -> int:
    return payload.number % 2


Build: TypeAlias = Callable[[Channel[Payload], Channel[Payload]], Stream[Any]]

COUNT = 7

# What it still holds of the numbers 0 to 6, which came half a second apart, a few seconds after the last was read.
KEPT: dict[str, tuple[Build, set[int]]] = {
    "filter, map, do": (lambda c, _: c.filter(number_of).map(lambda p: p).do(number_of), set()),
    "take_while": (lambda c, _: c.take_while(lambda p: p.number < 4), set()),
    "take": (lambda c, _: c.take(3), set()),
    "skip": (lambda c, _: c.skip(3).skip_while(lambda p: p.number < 4), set()),
    "take_last": (lambda c, _: c.take_last(2), {5, 6}),
    "skip_last": (lambda c, _: c.skip_last(2), {5, 6}),
    "first": (lambda c, _: c.first(), set()),
    "last": (lambda c, _: c.last(), {6}),
    "max": (lambda c, _: c.max(lambda a, b: a.number - b.number), {6}),
    "count": (lambda c, _: c.count(), set()),
    "reduce": (lambda c, _: c.reduce(lambda a, b: max(a, b, key=number_of)), {6}),
    "scan": (lambda c, _: c.scan(lambda a, b: b), {6}),
    "pairwise": (lambda c, _: c.pairwise(), {6}),
    "distinct": (lambda c, _: c.distinct(parity), set()),
    "distinct_until_changed": (lambda c, _: c.distinct_until_changed(number_of), set()),
    "distinct_until_changed itself": (lambda c, _: c.distinct_until_changed(), {6}),
    "buffer": (lambda c, _: c.buffer(count=3), {6}),
    "buffer overlapping": (lambda c, _: c.buffer(count=3, skip=1), {5, 6}),
    "buffer seconds": (lambda c, _: c.buffer(seconds=1), set()),
    "buffer both": (lambda c, _: c.buffer(seconds=1, count=2), set()),
    "window": (lambda c, _: c.window(count=3).flat_map(lambda window: window), set()),
    "window seconds": (lambda c, _: c.window(seconds=1).flat_map(lambda window: window.to_list()), set()),
    "throttle": (lambda c, _: c.throttle(1), set()),
    "debounce": (lambda c, _: c.debounce(1), set()),
    "sample": (lambda c, _: c.sample(1), set()),
    "delay": (lambda c, _: c.delay(1), set()),
    "timeout": (lambda c, _: c.timeout(100), set()),
    "timestamp": (lambda c, _: c.timestamp().materialize(), set()),
    "flat_map": (lambda c, _: c.flat_map(lambda p: [p, p]), set()),
    "merge": (lambda c, d: c.merge(d), set()),
    "zip": (lambda c, d: c.zip(d), set()),
    "combine_latest": (lambda c, d: c.combine_latest(d), {6}),
    "with_latest_from": (lambda c, d: c.with_latest_from(d), set()),
    "latest of another": (lambda c, d: d.with_latest_from(c), {6}),
    "join": (lambda c, d: c.join(d, on=number_of, within=1), set()),
    "switch_map": (lambda c, d: c.switch_map(lambda p: d), set()),
    "key_by": (lambda c, _: c.key_by(parity)[1], set()),
    "each": (lambda c, _: c.key_by(parity).each(lambda _, s: s.pairwise()), {5, 6}),
    "each idle": (lambda c, _: c.key_by(parity).each(lambda _, s: s.pairwise(), idle=2), set()),
    "matching": (lambda c, _: c.matching(number=[1, 2, 3]), set()),
    "map_async": (lambda c, _: c.map_async(soon, 2), set()),
    "map_async by key": (lambda c, _: c.map_async(soon, 2, by_key=parity), set()),
    "filter_async": (lambda c, _: c.filter_async(soon, 2, ordered=False), set()),
    "flat_map_async": (lambda c, _: c.flat_map_async(twice, 2), set()),
}


@pytest.mark.parametrize("name", KEPT)
def test_what_was_read_is_gone_but_for_what_the_operator_must_remember(name: str) -> None:
    build, kept = KEPT[name]

    async def main() -> set[int]:
        channel: Channel[Payload] = Channel("Payloads", capacity=8)
        other: Channel[Payload] = Channel("Others", capacity=8)
        alive: weakref.WeakSet[Payload] = weakref.WeakSet()

        async def send() -> None:
            for number in range(COUNT):
                for target in (channel, other):
                    payload = Payload(number)
                    if target is channel:
                        alive.add(payload)
                    await target.send(payload)
                await asyncio.sleep(0.5)

        async def read() -> None:
            with contextlib.suppress(ChannelClosed):
                while True:  # and not a loop whose variable would keep the last one
                    await consumer.get()

        async with Consumer(build(channel, other)) as consumer:
            drained = Consumer(other)
            reading = asyncio.create_task(read())
            await send()
            drained.close()
            await asyncio.sleep(5)
            left = {payload.number for payload in alive}
            reading.cancel()
            await asyncio.wait([reading])
        return left

    gc.disable()  # it must not take a collector
    try:
        assert run(main()) == kept
    finally:
        gc.enable()


def ten(source: Stream[Payload]) -> Stream[Payload]:
    """Ten stages that let everything through."""
    return (
        source.filter(lambda p: p.number >= 0)
        .map(lambda p: p)
        .distinct_until_changed(number_of)
        .pairwise()
        .starmap(lambda a, b: b)
        .scan(lambda a, b: b)
        .buffer(count=1)
        .flat_map(lambda batch: batch)
        .do(number_of)
        .skip_while(lambda p: p.number < 0)
    )


def test_a_pipeline_of_ten_stages_keeps_the_newest_event_alone() -> None:
    async def main() -> None:
        channel: Channel[Payload] = Channel("Payloads")
        alive: weakref.WeakSet[Payload] = weakref.WeakSet()
        async with Consumer(ten(channel)) as consumer:

            async def read() -> None:
                while True:
                    await consumer.get()

            reading = asyncio.create_task(read())
            for number in range(50):
                payload = Payload(number)
                alive.add(payload)
                await channel.send(payload)
                del payload
                await asyncio.sleep(1)
                assert {left.number for left in alive} == {number}
            assert consumer.stats().delivered == 49
            reading.cancel()
        assert len(alive) == 0

    run(main())


# ---- the chain goes with its consumer

Chain: TypeAlias = Callable[[Channel[Payload], Channel[Payload]], Stream[Any]]


def tagged(key: Hashable, stream: Stream[Payload]) -> Stream[tuple[Hashable, Payload]]:
    return stream.map(lambda payload: (key, payload))


CHAINS: dict[str, Chain] = {
    "ten stages": lambda c, _: ten(c),
    "map_async": lambda c, _: ten(c).map_async(soon, 3, by_key=parity).filter_async(soon),
    "window": lambda c, _: (
        ten(c.window(count=2).flat_map(lambda window: window)).window(seconds=1).merge(max_concurrent=2)
    ),
    "keys": lambda c, _: ten(c).key_by(parity).each(tagged, idle=5),
    "coroutines of keys": lambda c, _: c.key_by(parity).each(lambda _, s: ten(s).map_async(soon)),
    "join": lambda c, d: ten(c).join(ten(d), on=number_of, within=3),
    "all": lambda c, d: (
        ten(c.matching(number=[1, 2]).merge(c.key_by(parity)[0]))
        .debounce(1)
        .combine_latest(d.map_async(soon, 2).timeout(9), c.throttle(1).delay(1))
        .switch_map(lambda _: c.window(count=2).flat_map(lambda window: window.map_async(soon)))
    ),
}
ROUNDS = 10_000 // len(CHAINS)


@pytest.mark.at_scale
@pytest.mark.parametrize("name", CHAINS)
def test_consumers_that_are_closed_in_full_flow_leave_nothing_behind(name: str) -> None:
    async def main() -> int:
        channel: Channel[Payload] = Channel("Payloads", capacity=4)
        other: Channel[Payload] = Channel("Others", capacity=4)
        loop: Any = asyncio.get_running_loop()
        Consumer(channel).close()
        Consumer(other).close()

        async def one(number: int) -> None:
            consumer = Consumer(CHAINS[name](channel, other), capacity=2)
            try:
                for payload in (Payload(0), Payload(1), Payload(1 + number % 3)):
                    channel.send_nowait(payload)
                    other.send_nowait(payload)
            except ChannelFull:
                pass
            if number % 3:
                await asyncio.sleep(number % 3 - 1)
            if number % 4:
                consumer.close()
            del consumer  # every fourth is forgotten
            await asyncio.sleep(0)
            await asyncio.sleep(0)

        async def rounds(count: int) -> int:
            for number in range(count):
                await one(number)
            await asyncio.sleep(100)  # what is called off is off the loop's list by then
            gc.collect()
            await asyncio.sleep(1)
            return len(gc.get_objects())

        await rounds(100)
        before = await rounds(100)
        after = await rounds(ROUNDS - 200)
        assert asyncio.all_tasks() == {asyncio.current_task()}
        assert not [timer for timer in loop._scheduled if not timer.cancelled()]
        for source in (channel, other):
            fan_out, log = source._fan_out, source._log
            assert not [*fan_out._sinks, *fan_out._inboxes, *log.gates, *log.cursors, *log.sleepers]
            assert log.held == 0
        return after - before

    assert run(main()) < 50
