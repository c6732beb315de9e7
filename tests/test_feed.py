"""`feed`: a stream gets into a channel without loss, or with the loss that was chosen, and is let go in every case."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest
import reactivex
from hypothesis import given, settings
from hypothesis import strategies as st
from reactivex.subject import Subject

from async_channel import (
    Channel,
    ChannelClosed,
    ChannelFull,
    Consumer,
    ConsumerLagged,
    Overflow,
    conflate_by,
    from_iterable,
    from_observable,
)
from tests.rx_scripts import Boom
from tests.support import run


@settings(max_examples=80)
@given(
    sizes=st.tuples(*[st.integers(1, 4)] * 4),
    count=st.integers(0, 40),
    pauses=st.lists(st.sampled_from([0.0, 0.0, 1.0]), max_size=40),
)
def test_a_chain_of_channels_loses_nothing_and_is_bounded(
    sizes: tuple[int, int, int, int], count: int, pauses: list[float]
) -> None:
    async def main() -> None:
        first: Channel[int] = Channel("First", capacity=sizes[0])
        second: Channel[int] = Channel("Second", capacity=sizes[1])
        consumer = Consumer(second, capacity=sizes[2])
        feeding = asyncio.create_task(second.feed(first.map(lambda number: number * 10), capacity=sizes[3]))
        await asyncio.sleep(0)
        sending = asyncio.create_task(first.send_many(range(count)))
        seen: list[int] = []
        for number in range(count):
            await asyncio.sleep(pauses[number] if number < len(pauses) else 0)
            seen.append(await consumer.get())
            # What waits at either reader, what is in the hand of feed, and what the sender just got rid of.
            assert first.stats().sent - len(seen) <= sizes[2] + sizes[3] + 2
        assert await sending == count
        await first.stop()
        assert await feeding == count
        assert seen == [number * 10 for number in range(count)]
        assert not first._fan_out._sinks

    run(main())


def parity(number: int) -> int:
    return number % 2


POLICIES: dict[str, tuple[Any, list[int]]] = {
    "block": (Overflow.BLOCK, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]),
    "oldest": (Overflow.DROP_OLDEST, [0, 8, 9]),
    "newest": (Overflow.DROP_NEWEST, [0, 1, 2]),
    "latest": (Overflow.LATEST, [0, 9]),
    "conflate": (conflate_by(parity), [0, 9, 8]),
}


@pytest.mark.parametrize("name", POLICIES)
@pytest.mark.parametrize("direct", [False, True])
def test_while_the_channel_is_full_the_policy_says_what_becomes_of_events(name: str, direct: bool) -> None:
    policy, expected = POLICIES[name]

    async def main() -> None:
        source: Channel[int] = Channel("Source")
        target: Channel[int] = Channel("Target")
        reader = Consumer(target, capacity=1)
        stream = source if direct else source.map(lambda number: number)
        feeding = asyncio.create_task(target.feed(stream, capacity=2, overflow=policy))
        await asyncio.sleep(0)
        await target.send(-1)
        await source.send(0)
        await asyncio.sleep(1)  # feed has it in its hand, and waits
        sending = asyncio.create_task(source.send_many(range(1, 10)))
        await asyncio.sleep(1)
        assert sending.done() == (policy is not Overflow.BLOCK)
        seen: list[int] = []
        while True:
            try:
                seen.append(await reader.get(timeout=1))
            except TimeoutError:
                break
        await sending
        await source.stop()
        assert seen == [-1, *expected]
        assert await feeding == len(expected)

    run(main())


def test_a_feed_that_fails_when_it_lags_says_how_many_it_missed() -> None:
    async def main() -> None:
        source: Channel[int] = Channel("Source")
        target: Channel[int] = Channel("Target")
        reader = Consumer(target, capacity=1)
        feeding = asyncio.create_task(target.feed(source.map(lambda n: n), capacity=2, overflow=Overflow.FAIL))
        await asyncio.sleep(0)
        await source.send_many(range(9))
        await asyncio.sleep(1)
        reader.close()
        with pytest.raises(ConsumerLagged):
            await feeding
        assert not source._fan_out._sinks

    run(main())


@pytest.mark.parametrize("busy", ["waiting for an event", "waiting for room", "in a coroutine above"])
def test_a_feed_that_is_cancelled_lets_go_of_its_source(busy: str) -> None:
    async def main() -> None:
        source: Channel[int] = Channel("Source", capacity=3)
        target: Channel[int] = Channel("Target")
        reader = Consumer(target, capacity=1)

        async def slowly(number: int) -> int:
            await asyncio.sleep(100)
            return number

        stream = source.map_async(slowly, 2) if busy == "in a coroutine above" else source.map(lambda number: number)
        feeding = asyncio.create_task(target.feed(stream, capacity=2))
        await asyncio.sleep(1)
        sending = asyncio.create_task(source.send_many(range(0 if busy == "waiting for an event" else 20)))
        await asyncio.sleep(1)
        feeding.cancel()
        with pytest.raises(asyncio.CancelledError):
            await feeding
        assert not source._fan_out._sinks
        assert not source._log.gates
        await sending  # nobody holds the senders back any more
        assert asyncio.all_tasks() == {asyncio.current_task()}
        reader.close()

    run(main())


def test_the_error_of_the_source_is_raised_after_what_came_before_and_the_channel_lives_on() -> None:
    async def main() -> None:
        target: Channel[int] = Channel("Target")
        consumer = Consumer(target)
        with pytest.raises(Boom, match="2"):
            await target.feed(from_iterable(range(5)).map(fussy))
        await target.send(7)
        assert [consumer.get_nowait() for _ in range(3)] == [0, 1, 7]

    run(main())


def fussy(number: int) -> int:
    if number == 2:
        raise Boom("2")
    return number


def test_a_channel_that_is_stopped_refuses_and_lets_go_of_the_source() -> None:
    async def main() -> None:
        source: Channel[int] = Channel("Source")
        target: Channel[int] = Channel("Target")
        feeding = asyncio.create_task(target.feed(source.map(lambda number: number)))
        await asyncio.sleep(0)
        await target.stop()
        await source.send(1)
        with pytest.raises(ChannelClosed):
            await feeding
        assert not source._fan_out._sinks

    run(main())


def test_a_cold_rx_stream_gets_in_whole_where_on_next_would_raise() -> None:
    async def main() -> None:
        target: Channel[int] = Channel("Target", capacity=2)
        consumer = Consumer(target)
        with pytest.raises(ChannelFull):
            for number in range(5):
                target.on_next(number)
        assert [await consumer.get() for _ in range(2)] == [0, 1]
        feeding = asyncio.create_task(target.feed(reactivex.of(*range(10))))
        assert [await consumer.get() for _ in range(10)] == list(range(10))
        assert await feeding == 10

    run(main())


def test_a_hot_rx_stream_beyond_the_capacity_is_told_and_not_lost_in_silence() -> None:
    async def main() -> None:
        subject: Subject[int] = Subject()
        target: Channel[int] = Channel("Target")
        consumer = Consumer(target)
        feeding = asyncio.create_task(target.feed(from_observable(subject), capacity=3))
        await asyncio.sleep(0)
        for number in range(5):
            subject.on_next(number)
        with pytest.raises(ConsumerLagged, match="missed 2 events"):
            await feeding
        assert consumer.stats().sent <= 3

    run(main())


@pytest.mark.parametrize("capacity", [1, 2, None])
@pytest.mark.parametrize("room", [1, 3])
def test_a_channel_that_feeds_on_itself_comes_to_its_end(capacity: int | None, room: int) -> None:
    async def main() -> None:
        numbers: Channel[int] = Channel("Numbers", capacity=room)
        feeding = asyncio.create_task(
            numbers.feed(numbers.filter(lambda number: number < 20).map(lambda number: number + 1), capacity=capacity)
        )
        await asyncio.sleep(0)
        async with Consumer(numbers, capacity=room) as consumer, asyncio.timeout(60):
            await numbers.send(0)
            assert [await consumer.get() for _ in range(21)] == list(range(21))
            await numbers.stop()
            assert await feeding == 20

    run(main())


def test_feeds_side_by_side_lose_nothing(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        target: Channel[int] = Channel("Target", capacity=2)
        consumer = Consumer(target)
        async with asyncio.TaskGroup() as group:
            feeds = [
                group.create_task(target.feed(from_iterable(range(begin, begin + 30)), capacity=1))
                for begin in (0, 100, 200)
            ]
            seen = [await consumer.get() for _ in range(90)]
        assert [feed.result() for feed in feeds] == [30, 30, 30]
        for begin in (0, 100, 200):
            assert [n for n in seen if begin <= n < begin + 100] == list(range(begin, begin + 30))

    run(main())
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]
