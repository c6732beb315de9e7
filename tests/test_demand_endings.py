"""The end of a channel whose events are made on demand: every source ends, is closed properly, and is waited for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from async_channel import Channel, ChannelClosed, Consumer, Priority, Producer, clock
from async_channel.stats import Failure
from async_channel.testing import ChannelFactory
from tests.feeds import Feed, tasks_beside_this
from tests.support import run

ENDS: list[Callable[[Channel[int]], None]] = [
    lambda channel: channel.on_completed(),
    lambda channel: channel.on_error(OSError()),
    lambda channel: channel.dispose(),
]
ending = pytest.mark.parametrize("end", ENDS, ids=["completed", "error", "dispose"])


@ending
@pytest.mark.parametrize("place", [0.5, 1.0, 20.0], ids=["between events", "with an event", "waiting for room"])
def test_an_end_ends_the_source_which_is_closed_properly_and_reports_nothing(
    end: Callable[[Channel[int]], None], place: float
) -> None:
    async def main() -> None:
        feed = Feed(closing=10)
        channel: Channel[int] = Channel(capacity=8)
        channel.source(feed.numbers)
        failures: list[Failure] = []
        channel.errors.subscribe(failures.append)
        consumer = Consumer(channel)
        await asyncio.sleep(place)
        end(channel)
        await asyncio.sleep(5)
        assert feed.running
        consumer.close()
        await asyncio.sleep(6)
        assert feed.closed == [place + 10]
        assert not failures
        assert not tasks_beside_this()

    run(main())


@ending
def test_nothing_begins_on_a_channel_that_has_ended(end: Callable[[Channel[int]], None]) -> None:
    async def main() -> None:
        feed = Feed()
        channel: Channel[int] = Channel()
        channel.source(feed.numbers)
        channel.send_nowait(1)
        end(channel)
        if not channel.is_disposed:
            Consumer(channel).close()
            async with Consumer(channel), Consumer(channel.map(str)):
                await asyncio.sleep(10)
        assert not feed.opened

    run(main())


def test_stop_waits_until_a_source_has_closed() -> None:
    async def main() -> None:
        feed = Feed(closing=30)
        channel: Channel[int] = Channel()
        channel.source(feed.numbers)
        async with Consumer(channel) as consumer:
            await consumer.get()
            await channel.stop()
            assert clock.now() == 30
            assert not feed.running
            with pytest.raises(ChannelClosed):
                await consumer.get()
            assert not tasks_beside_this()

    run(main())


def test_stop_neither_cuts_short_nor_leaves_alone_a_source_that_is_closing_because_nobody_wanted_it() -> None:
    async def main() -> None:
        feed = Feed(closing=30)
        channel: Channel[int] = Channel()
        channel.source(feed.numbers, grace=0)
        async with Consumer(channel) as consumer:
            await consumer.get()
        await asyncio.sleep(10)
        await channel.stop()
        assert feed.closed == [30]

    run(main())


def test_stop_does_not_cut_the_closing_short_that_began_with_the_last_event() -> None:
    async def main() -> None:
        feed = Feed(closing=30)
        channel: Channel[int] = Channel(capacity=1)
        channel.source(feed.numbers, grace=0)
        async with Consumer(channel, priority=Priority.OPTIONAL) as slow:
            async with Consumer(channel):
                await asyncio.sleep(10)
            await asyncio.sleep(10)
            assert [await slow.get() for _ in range(2)] == [0, 1]
            await asyncio.sleep(1)
            await channel.stop()
        assert feed.closed == [50]

    run(main())


def test_consumers_that_leave_after_the_end_do_not_cut_the_closing_short() -> None:
    async def main() -> None:
        feed = Feed(closing=30)
        channel: Channel[int] = Channel()
        channel.source(feed.numbers, grace=1)
        consumer = Consumer(channel)
        await asyncio.sleep(0.5)
        stopping = asyncio.create_task(channel.stop())
        await asyncio.sleep(1)
        consumer.close()
        await stopping
        assert feed.closed == [30.5]
        assert clock.now() == 30.5

    run(main())


def test_a_second_stop_does_not_cut_the_closing_short() -> None:
    async def main() -> None:
        feed = Feed(closing=30)
        channel: Channel[int] = Channel()
        channel.source(feed.numbers)
        async with Consumer(channel) as consumer:
            await consumer.get()
            async with asyncio.TaskGroup() as tasks:
                for _ in range(3):
                    tasks.create_task(channel.stop())
                    await asyncio.sleep(1)
        assert feed.closed == [30]

    run(main())


@pytest.mark.parametrize("timeout", [0, 3.0])
def test_after_the_timeout_a_source_that_is_still_closing_is_cancelled_and_no_task_is_left(timeout: float) -> None:
    async def main() -> None:
        feed = Feed(closing=30)
        channel: Channel[int] = Channel()
        channel.source(feed.numbers)
        async with Consumer(channel) as consumer:
            await consumer.get()
            await channel.stop(timeout)
        assert clock.now() == timeout
        assert not feed.running
        assert not tasks_beside_this()

    run(main())


def test_callbacks_and_sources_share_one_timeout() -> None:
    async def main() -> None:
        feed = Feed(closing=30)
        channel: Channel[int] = Channel()
        channel.source(feed.numbers)
        channel.consume(lambda event: asyncio.sleep(100))
        await asyncio.sleep(0.5)
        await channel.stop(timeout=5)
        assert clock.now() == 5.5
        assert not tasks_beside_this()

    run(main())


def test_leaving_the_block_by_an_exception_leaves_no_source_behind() -> None:
    async def main() -> None:
        feed = Feed(closing=30)
        with pytest.raises(OSError, match="on purpose"):
            async with Channel[int]() as channel, Consumer(channel) as consumer:
                channel.source(feed.numbers)
                await consumer.get()
                raise OSError("on purpose")
        assert not feed.running
        assert not tasks_beside_this()

    run(main())


def test_a_source_may_stop_its_own_channel_and_go_on_until_it_is_done() -> None:
    async def main() -> None:
        seen: list[str] = []

        async def until_it_stops() -> AsyncIterator[int]:
            try:
                yield 1
                await channel.stop()
                await asyncio.sleep(5)
                seen.append("went on")
                yield 2
                seen.append("too far")
            finally:
                seen.append("closed")

        channel: Channel[int] = Channel()
        channel.source(until_it_stops)
        failures: list[Failure] = []
        channel.errors.subscribe(failures.append)
        async with Consumer(channel) as consumer:
            assert [event async for event in consumer] == [1]
        await asyncio.sleep(10)
        assert seen == ["went on", "closed"]
        assert not failures
        assert not tasks_beside_this()

    run(main())


def test_sources_that_each_stop_the_channel_as_they_close_do_not_wait_for_each_other_for_ever() -> None:
    async def main() -> None:
        channel: Channel[int] = Channel()

        def stopping(seconds: float) -> Callable[[], AsyncIterator[int]]:
            async def numbers() -> AsyncIterator[int]:
                try:
                    yield 1
                    await asyncio.sleep(seconds)
                finally:
                    await channel.stop()

            return numbers

        channel.source(stopping(5))
        channel.source(stopping(50))
        async with Consumer(channel) as consumer, asyncio.timeout(20):
            assert [event async for event in consumer] == [1, 1]
            await channel.stop()
        assert clock.now() == 5
        assert not tasks_beside_this()

    run(main())


def test_a_source_whose_own_event_made_a_subscriber_end_the_channel_ends() -> None:
    async def main() -> None:
        feed = Feed(pace=100)
        channel: Channel[int] = Channel()
        channel.source(feed.numbers)
        channel.subscribe(lambda event: channel.on_completed())
        await asyncio.sleep(1)
        assert feed.closed == [0]
        await channel.stop()

    run(main())


def test_stop_ends_a_producer_whose_own_event_made_a_subscriber_end_the_channel() -> None:
    class Once(Producer[int]):
        async def perform(self) -> None:
            await self.send(1)
            await asyncio.sleep(100)

    async def main() -> None:
        channel: Channel[int] = Channel()
        Once(channel)
        channel.subscribe(lambda event: channel.on_completed())
        await asyncio.sleep(1)
        await channel.stop()
        assert clock.now() == 1

    run(main())


def test_a_callback_may_stop_the_channel_that_a_source_fills() -> None:
    async def main() -> None:
        feed = Feed(closing=3)
        channel: Channel[int] = Channel()
        channel.source(feed.numbers)

        async def stop_at_two(event: int) -> None:
            if event == 2:
                await channel.stop()

        subscription = channel.consume(stop_at_two)
        await asyncio.sleep(100)
        assert feed.closed == [5]
        assert subscription.stats().delivered == 3
        assert not tasks_beside_this()

    run(main())


def test_a_source_that_somebody_else_cancels_has_ended() -> None:
    async def main() -> None:
        feed = Feed()
        async with Channel[int]() as channel, Consumer(channel) as consumer:
            channel.source(feed.numbers)
            await consumer.get()
            (task,) = asyncio.all_tasks() - {asyncio.current_task()}
            task.cancel()
            await asyncio.sleep(10)
            assert (feed.opened, feed.closed) == ([0], [0])
        async with Channel[int]() as channel, Consumer(channel):
            channel.source(feed.numbers)
            (task,) = asyncio.all_tasks() - {asyncio.current_task()}
            task.cancel()  # before it has begun
            await asyncio.sleep(10)
            assert feed.opened == [0]

    run(main())


def test_a_loop_that_ends_ends_its_sources() -> None:
    feed = Feed(closing=3)
    channel: Channel[int] = Channel()
    channel.source(feed.numbers)
    consumers: list[Consumer[Any]] = []

    async def main() -> None:
        consumers.append(Consumer(channel))
        assert await consumers[0].get() == 0

    run(main())
    assert feed.closed == [3]
    consumers[0].close()
    assert not channel.has_demand


@pytest.mark.virtual_time
async def test_a_source_in_its_time_of_grace_is_nothing_that_a_test_left_open(channel_factory: ChannelFactory) -> None:
    channel: Channel[int] = channel_factory("Numbers")
    channel.source(Feed().numbers, grace=100)
    async with Consumer(channel) as consumer:
        assert await consumer.get() == 0
