"""`feed` of asynchronous iterables: with backpressure or the loss that is chosen, and a generator is closed in time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from async_channel import Channel, ChannelClosed, Consumer, ConsumerLagged, Overflow, conflate_by
from tests.rx_scripts import Boom
from tests.support import run


class Source:
    """Numbers, one by one; it knows how many were taken and whether it was closed."""

    def __init__(self, count: int, *, pause: float = 0, failing: bool = False) -> None:
        self.taken = 0
        self.closed = False
        self._count, self._pause, self._failing = count, pause, failing

    async def numbers(self) -> AsyncGenerator[int, None]:
        try:
            for number in range(self._count):
                self.taken += 1
                yield number
                await asyncio.sleep(self._pause)
            if self._failing:
                raise Boom("end")
        finally:
            await asyncio.sleep(0)  # closing takes its time
            self.closed = True


@settings(max_examples=60)
@given(
    capacity=st.integers(1, 4),
    ahead=st.integers(1, 4),
    count=st.integers(0, 30),
    pauses=st.lists(st.sampled_from([0.0, 0.0, 1.0]), max_size=30),
)
def test_it_loses_nothing_and_reads_only_as_far_as_there_is_room(
    capacity: int, ahead: int, count: int, pauses: list[float]
) -> None:
    async def main() -> None:
        source = Source(count)
        target: Channel[int] = Channel("Target", capacity=capacity)
        consumer = Consumer(target)
        feeding = asyncio.create_task(target.feed(source.numbers(), capacity=ahead))
        for number in range(count):
            await asyncio.sleep(pauses[number] if number < len(pauses) else 0)
            assert await consumer.get() == number
            # What waits at either reader, in the hand of feed, and in that of the task that reads.
            assert source.taken - number - 1 <= capacity + ahead + 2
        assert await feeding == count
        assert source.closed
        assert asyncio.all_tasks() == {asyncio.current_task()}

    run(main())


def parity(number: int) -> int:
    return number % 2


POLICIES: dict[str, tuple[Any, list[int]]] = {
    "block": (Overflow.BLOCK, list(range(10))),
    "oldest": (Overflow.DROP_OLDEST, [0, 8, 9]),
    "newest": (Overflow.DROP_NEWEST, [0, 1, 2]),
    "latest": (Overflow.LATEST, [0, 9]),
    "conflate": (conflate_by(parity), [0, 9, 8]),
}


@pytest.mark.parametrize("name", POLICIES)
def test_while_the_channel_is_full_the_policy_says_what_becomes_of_events(name: str) -> None:
    policy, expected = POLICIES[name]

    async def main() -> None:
        source = Source(10, pause=1)
        target: Channel[int] = Channel("Target")
        reader = Consumer(target, capacity=1)
        await target.send(-1)
        feeding = asyncio.create_task(target.feed(source.numbers(), capacity=2, overflow=policy))
        await asyncio.sleep(20)  # nobody reads, and feed has the first in its hand
        assert (source.taken == 10) == (policy is not Overflow.BLOCK)
        seen = [await reader.get(timeout=5) for _ in range(len(expected) + 1)]
        assert seen == [-1, *expected]
        assert await feeding == len(expected)
        assert target.stats().sent == len(expected) + 1
        assert source.closed

    run(main())


def test_one_that_fails_when_it_lags_says_how_many_it_missed_and_closes_the_generator() -> None:
    async def main() -> None:
        source = Source(10)
        target: Channel[int] = Channel("Target")
        reader = Consumer(target, capacity=1)
        await target.send(-1)
        feeding = asyncio.create_task(target.feed(source.numbers(), capacity=2, overflow=Overflow.FAIL))
        await asyncio.sleep(1)
        reader.close()
        with pytest.raises(ConsumerLagged, match="'feed' missed 7 events"):
            await feeding
        assert source.closed

    run(main())


Ending = Callable[["asyncio.Task[int]", Channel[int]], object]

ENDINGS: dict[str, tuple[Ending, type[BaseException]]] = {
    "cancelled": (lambda feeding, target: feeding.cancel(), asyncio.CancelledError),
    "channel stopped": (lambda feeding, target: target.on_completed(), ChannelClosed),
    "channel failed": (lambda feeding, target: target.on_error(Boom("end")), ChannelClosed),
}


@pytest.mark.parametrize("name", ENDINGS)
@pytest.mark.parametrize("busy", ["waiting for an event", "waiting for room"])
def test_however_it_ends_the_generator_is_closed_by_then(name: str, busy: str) -> None:
    end, raised = ENDINGS[name]

    async def main() -> None:
        source = Source(20, pause=0 if busy == "waiting for room" else 100)
        target: Channel[int] = Channel("Target")
        reader = Consumer(target, capacity=1)
        feeding = asyncio.create_task(target.feed(source.numbers(), capacity=2))
        await asyncio.sleep(1)
        end(feeding, target)
        with pytest.raises(raised):
            await feeding
        assert source.closed
        assert asyncio.all_tasks() == {asyncio.current_task()}
        assert reader.get_nowait() == 0

    run(main())


def test_what_the_generator_raises_comes_after_what_it_gave_and_the_channel_lives_on() -> None:
    async def main() -> None:
        source = Source(3, failing=True)
        target: Channel[int] = Channel("Target")
        consumer = Consumer(target)
        with pytest.raises(Boom, match="end"):
            await target.feed(source.numbers())
        assert source.closed
        await target.send(7)
        assert [consumer.get_nowait() for _ in range(4)] == [0, 1, 2, 7]

    run(main())


def test_an_iterable_that_is_no_generator_and_a_consumer_will_do() -> None:
    class Two:
        def __init__(self) -> None:
            self._left = 2

        def __aiter__(self) -> AsyncIterator[int]:
            return self

        async def __anext__(self) -> int:
            if not self._left:
                raise StopAsyncIteration
            self._left -= 1
            return self._left

    async def main() -> None:
        first: Channel[int] = Channel("First")
        target: Channel[int] = Channel("Target")
        consumer = Consumer(target)
        odd = Consumer(first, filter_func=lambda number: number % 2)
        await first.send_many(range(4))
        await first.stop()
        assert await target.feed(Two()) == 2
        assert await target.feed(odd) == 2
        assert [consumer.get_nowait() for _ in range(4)] == [1, 0, 1, 3]
        assert odd.stats().delivered == odd.stats().filtered == 2

    run(main())


def test_wrong_options_are_said_before_anything_is_read() -> None:
    async def main() -> None:
        source = Source(3)
        target: Channel[int] = Channel("Target")
        with pytest.raises(ValueError, match="capacity"):
            await target.feed(source.numbers(), capacity=0)
        assert source.taken == 0

    run(main())
