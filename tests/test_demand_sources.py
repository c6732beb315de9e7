"""Sources on demand: when a generator is made, how it is closed, and that nothing it yielded is lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from functools import partial

from async_channel import Channel, Consumer, Overflow, Priority, clock, from_iterable
from async_channel.stats import Failure
from tests.feeds import Feed, tasks_beside_this
from tests.support import run


async def reported(channel: Channel[int]) -> list[Failure]:
    """Every failure that comes out of `errors` by the time the channel has stopped."""
    failures: list[Failure] = []
    channel.errors.subscribe(failures.append)
    await channel.stop()
    return failures


def test_a_source_begins_with_the_first_who_wants_events_and_is_closed_a_second_after_the_last_has_left() -> None:
    async def main() -> None:
        feed = Feed()
        async with Channel[int]() as channel:
            channel.source(feed.numbers)
            await asyncio.sleep(100)
            assert not feed.opened
            async with Consumer(channel) as first:
                assert [await first.get() for _ in range(3)] == [0, 1, 2]
                assert clock.now() == 102
                second = Consumer(channel.map(str))
            await asyncio.sleep(50)
            assert feed.running
            second.close()
            await asyncio.sleep(0.9)
            assert feed.running
            await asyncio.sleep(0.2)
            assert (feed.opened, feed.closed) == ([100], [153])
            assert not tasks_beside_this()

    run(main())


def test_it_is_made_anew_for_the_next_who_comes() -> None:
    async def main() -> None:
        feed = Feed(pace=2.0)
        async with Channel[int]() as channel:
            channel.source(feed.numbers)
            for round_ in range(3):
                async with Consumer(channel) as consumer:
                    assert await consumer.get() == round_
                await asyncio.sleep(10)
        assert feed.opened == [0, 10, 20]
        assert feed.closed == [1, 11, 21]

    run(main())


def test_who_comes_back_within_the_time_of_grace_finds_it_running() -> None:
    async def main() -> None:
        feed = Feed(pace=0.75)
        async with Channel[int]() as channel:
            channel.source(feed.numbers, grace=5.0)
            for _ in range(10):
                async with Consumer(channel):
                    await asyncio.sleep(1)
                await asyncio.sleep(4.75)
            assert feed.opened == [0]
            await asyncio.sleep(1)
            assert feed.closed == [10 + 9 * 4.75 + 5]

    run(main())


def test_without_grace_it_is_closed_at_once() -> None:
    async def main() -> None:
        feed = Feed()
        async with Channel[int]() as channel:
            channel.source(feed.numbers, grace=0)
            for _ in range(3):
                async with Consumer(channel) as consumer:
                    await consumer.get()
                await asyncio.sleep(0.01)
        assert feed.closed == feed.opened
        assert len(feed.opened) == 3

    run(main())


def test_who_comes_and_leaves_at_once_has_it_neither_twice_nor_for_ever() -> None:
    async def main() -> None:
        feed = Feed()
        async with Channel[int]() as channel:
            channel.source(feed.numbers, grace=0)
            for _ in range(10):
                Consumer(channel).close()
            await asyncio.sleep(1)
            assert not feed.running
            assert not tasks_beside_this()

    run(main())


def test_an_optional_consumer_takes_what_there_is_and_makes_nothing_run() -> None:
    async def main() -> None:
        feed = Feed()
        async with Channel[int]() as channel, Consumer(channel, priority=Priority.OPTIONAL) as optional:
            channel.source(feed.numbers)
            await asyncio.sleep(10)
            assert not feed.opened
            async with Consumer(channel, priority=Priority.LOW) as consumer:
                assert [await consumer.get() for _ in range(2)] == [0, 1]
            assert [await optional.get() for _ in range(2)] == [0, 1]
            await asyncio.sleep(10)
            assert not feed.running

    run(main())


def test_source_is_a_decorator_with_and_without_arguments_and_gives_the_function_back() -> None:
    async def main() -> None:
        channels = [Channel[int](), Channel[int](), Channel[int]()]

        async def three() -> AsyncIterator[int]:
            yield 3

        assert channels[0].source(three) is three
        assert channels[1].source()(three) is three
        assert channels[2].source(grace=5, name="three")(three) is three
        for channel in channels:
            async with channel, Consumer(channel) as consumer:
                assert await consumer.get() == 3

    run(main())


def test_whatever_gives_an_asynchronous_iterable_is_a_source() -> None:
    class Numbers:
        def __init__(self, first: int) -> None:
            self._next = first

        def __aiter__(self) -> Numbers:
            return self

        async def __anext__(self) -> int:
            self._next += 1
            return self._next

    async def main() -> None:
        async with Channel[int]() as channel, Consumer(from_iterable([0]).merge(channel), capacity=1) as consumer:
            channel.source(partial(Numbers, 5))
            assert [await consumer.get() for _ in range(3)] == [0, 6, 7]

    run(main())


def test_a_task_of_a_source_bears_its_name() -> None:
    async def main() -> None:
        async with Channel[int]() as channel, Consumer(channel):
            channel.source(Feed().numbers)
            channel.source(Feed().numbers, name="ticker")
            names = {task.get_name() for task in asyncio.all_tasks()}
            assert names >= {"async_channel source 'numbers'", "async_channel source 'ticker'"}

    run(main())


def test_several_sources_of_one_channel_run_side_by_side() -> None:
    async def main() -> None:
        async with Channel[int]() as channel:
            feeds = [Feed(pace=1.0), Feed(pace=0.5, closing=3.0)]
            for grace, feed in enumerate(feeds):
                channel.source(feed.numbers, grace=grace)
            async with Consumer(channel) as consumer:
                assert sorted([await consumer.get() for _ in range(5)]) == [0, 0, 1, 1, 2]
            assert clock.now() == 1
            late = Feed()
            async with Consumer(channel):
                channel.source(late.numbers)
                assert not late.opened
                await asyncio.sleep(0)
                assert late.opened
            await asyncio.sleep(100)
            assert [feed.closed[-1] for feed in (*feeds, late)] == [1, 5, 2]

    run(main())


def test_what_was_made_before_a_loop_runs_begins_with_start() -> None:
    feed = Feed()
    channel: Channel[int] = Channel()
    channel.source(feed.numbers)
    consumer = Consumer(channel)
    assert channel.has_demand

    async def main() -> None:
        await asyncio.sleep(10)
        assert not feed.opened
        await channel.start()
        await channel.start()
        assert [await consumer.get(), await consumer.get()] == [0, 1]
        assert feed.opened == [10]
        await channel.stop()

    run(main())
    assert not feed.running


def test_what_left_before_a_loop_ran_is_not_begun_for() -> None:
    feed = Feed()
    channel: Channel[int] = Channel()
    channel.source(feed.numbers)
    Consumer(channel).close()

    async def main() -> None:
        async with channel:
            await asyncio.sleep(10)
        assert not feed.opened

    run(main())


def test_what_was_yielded_is_sent_when_everybody_leaves_while_it_waits_for_room() -> None:
    async def main() -> None:
        feed = Feed(pace=0)
        async with Channel[int](capacity=2) as channel:
            channel.source(feed.numbers, grace=0)
            slow = Consumer(channel, priority=Priority.OPTIONAL)
            async with Consumer(channel):
                await asyncio.sleep(10)
            await asyncio.sleep(10)
            assert feed.yielded == [0, 1, 2]
            assert not feed.closed
            assert [await slow.get() for _ in range(3)] == [0, 1, 2]
            await asyncio.sleep(0)
            assert feed.closed == [20]
            assert slow.stats().pending == 0
            slow.close()

    run(main())


def test_who_comes_while_it_still_waits_for_room_has_it_made_anew_behind_that_event() -> None:
    async def main() -> None:
        feed = Feed(pace=1)
        async with Channel[int](capacity=1) as channel, Consumer(channel, priority=Priority.OPTIONAL) as slow:
            channel.source(feed.numbers, grace=0)
            async with Consumer(channel):
                await asyncio.sleep(10)
            await asyncio.sleep(10)
            async with Consumer(channel, overflow=Overflow.LATEST):
                assert [await slow.get() for _ in range(4)] == [0, 1, 2, 3]
            assert feed.opened == [0, 20]

    run(main())


def test_who_comes_while_it_is_closing_has_it_made_anew_when_it_is_closed() -> None:
    async def main() -> None:
        feed = Feed(closing=5)
        async with Channel[int]() as channel:
            channel.source(feed.numbers)
            async with Consumer(channel) as consumer:
                await consumer.get()
            await asyncio.sleep(2)
            async with Consumer(channel) as consumer:
                assert await consumer.get() == 1
                assert (feed.opened, feed.closed) == ([0, 6], [6])
            await channel.stop()

    run(main())


def test_who_comes_and_leaves_while_it_is_closing_does_not_cut_that_short() -> None:
    async def main() -> None:
        feed = Feed(closing=50)
        async with Channel[int]() as channel:
            channel.source(feed.numbers)
            async with Consumer(channel) as consumer:
                await consumer.get()
            await asyncio.sleep(2)
            Consumer(channel).close()
            await asyncio.sleep(100)
            assert (feed.opened, feed.closed) == ([0], [51])

    run(main())


def test_a_generator_that_swallows_its_cancellation_ends_with_its_next_event_which_is_sent() -> None:
    async def main() -> None:
        seen: list[str] = []

        async def stubborn() -> AsyncIterator[int]:
            try:
                number = 0
                while True:
                    try:
                        await asyncio.sleep(7)
                    except asyncio.CancelledError:
                        seen.append("swallowed")
                    number += 1
                    yield number
            finally:
                seen.append(f"closed at {clock.now()}")

        async with Channel[int]() as channel:
            channel.source(stubborn)
            async with Consumer(channel):
                await asyncio.sleep(1)
            optional = Consumer(channel, priority=Priority.OPTIONAL)
            await asyncio.sleep(100)
            assert seen == ["swallowed", "closed at 2.0"]
            assert await optional.get() == 1
            optional.close()
            async with Consumer(channel) as consumer:
                assert await consumer.get() == 1
        assert seen[2:] == ["swallowed", "closed at 108.0"]

    run(main())


def test_a_source_that_ends_by_itself_has_no_more_to_give() -> None:
    async def main() -> None:
        feed, other = Feed(last=1), Feed(pace=10)
        async with Channel[int]() as channel:
            channel.source(feed.numbers)
            channel.source(other.numbers)
            for _ in range(3):
                async with Consumer(channel):
                    await asyncio.sleep(5)
                await asyncio.sleep(5)
            assert await reported(channel) == []
        assert (feed.opened, feed.closed) == ([0], [2])
        assert len(other.opened) == 3

    run(main())
