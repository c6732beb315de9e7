"""What goes wrong around a channel stays where it went wrong: nobody waits in vain, nothing is lost unseen."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import traceback
from dataclasses import field

import pytest
from reactivex import operators as ops

from async_channel import Channel, ChannelClosed, ChannelKey, Channels, Consumer, NotStarted, Overflow, event
from tests.support import run


def test_senders_do_not_wait_for_a_callback_whose_task_was_cancelled() -> None:
    async def main() -> None:
        channel: Channel[int] = Channel(capacity=2)
        subscription = channel.consume(lambda n: None)
        await channel.send(0)
        assert subscription.task is not None
        subscription.task.cancel()
        async with asyncio.timeout(1):
            await channel.send_many(range(10))
        assert channel.stats().consumers == ()

    run(main())


def test_senders_do_not_wait_for_a_callback_of_a_loop_that_is_gone() -> None:
    channel: Channel[int] = Channel(capacity=2)

    async def begin() -> None:
        channel.consume(lambda n: None)
        await channel.send(0)

    async def go_on() -> None:
        async with asyncio.timeout(1):
            await channel.send_many(range(10))

    run(begin())
    run(go_on())


def test_a_merge_that_cannot_be_subscribed_leaves_nothing_hanging() -> None:
    channel: Channel[int] = Channel(capacity=4)
    with pytest.raises(NotStarted):
        Consumer(channel.merge(Channel[int]().debounce(1.0)), capacity=1)
    for n in range(10):
        channel.send_nowait(n)


def test_each_branch_of_a_pipeline_is_given_the_warm_up() -> None:
    async def main() -> None:
        channel: Channel[int] = Channel()
        await channel.send_many(range(4))
        consumer = Consumer(channel.filter(lambda n: n % 2 == 0).merge(channel.filter(lambda n: n % 2 == 1)))
        await channel.send_many([4, 5])
        assert [consumer.get_nowait() for _ in range(6)] == [0, 2, 1, 3, 4, 5]

    run(main())


def test_a_pipeline_that_zips_a_channel_with_itself_pairs_the_warm_up() -> None:
    async def main() -> None:
        channel: Channel[int] = Channel()
        await channel.send_many(range(4))
        consumer = Consumer(channel.via(ops.zip(channel.skip(1))))
        assert [consumer.get_nowait() for _ in range(3)] == [(0, 1), (1, 2), (2, 3)]

    run(main())


def test_a_callback_may_stop_all_channels() -> None:
    async def main() -> None:
        channels = Channels()
        numbers = channels.open(ChannelKey("Numbers", int))

        async def stop(_: int) -> None:
            await channels.stop()

        numbers.consume(stop)
        await numbers.send(1)
        async with asyncio.timeout(1):
            await channels.stop()

    run(main())


def test_a_reader_that_is_collected_while_senders_look_hides_no_other() -> None:
    class Holder:
        def __init__(self, consumer: Consumer[int]) -> None:
            self.consumer = consumer
            self.me = self  # only the collector of cycles lets it go

    threshold = gc.get_threshold()
    try:
        for first in range(1, 200, 3):
            channel: Channel[int] = Channel(capacity=8)
            Holder(Consumer(channel))
            reader = Consumer(channel, capacity=1)
            gc.set_threshold(first, 1, 1)
            channel.send_nowait(0)
            with pytest.raises(asyncio.QueueFull):
                channel.send_nowait(1)
            assert reader.stats().pending == 1
    finally:
        gc.set_threshold(*threshold)


@pytest.mark.parametrize("overflow", [Overflow.BLOCK, Overflow.DROP_NEWEST])
def test_who_waits_for_a_channel_that_is_disposed_is_told(overflow: Overflow) -> None:
    async def main() -> None:
        channel: Channel[int] = Channel()
        waiting = [
            asyncio.create_task(Consumer(channel, overflow=overflow).get()),
            asyncio.create_task(Consumer(channel.map(lambda n: n)).get()),
        ]
        channel.consume(lambda n: None, overflow=overflow)
        await asyncio.sleep(1)
        channel.dispose()
        async with asyncio.timeout(1):
            for task in waiting:
                with pytest.raises(ChannelClosed):
                    await task
            await channel.stop()

    run(main())


def test_a_stage_that_looks_at_something_cancelled_fails_alone() -> None:
    async def main() -> None:
        channel: Channel[asyncio.Future[int]] = Channel()
        failing = Consumer(channel.map(lambda future: future.result() + 1))
        sound = Consumer(channel.map(lambda future: future.cancelled()))
        filtered = Consumer(channel, filter_func=lambda future: future.result() > 0)
        future: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        future.cancel()
        await channel.send(future)
        assert await sound.get() is True
        with pytest.raises(RuntimeError, match="something that was cancelled"):
            _ = await failing.get()
        with pytest.raises(TimeoutError):
            _ = await filtered.get(timeout=1)
        assert filtered.stats().filtered == 1

    run(main())


def test_a_callback_that_swallows_its_cancellation_ends_all_the_same() -> None:
    async def main() -> None:
        channel: Channel[int] = Channel()
        seen: list[int] = []

        async def stubborn(n: int) -> None:
            seen.append(n)
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.sleep(100)

        channel.consume(stubborn)
        await channel.send_many(range(5))
        await asyncio.sleep(0)
        await channel.stop(timeout=1)
        assert seen == [0]

    run(main())


def test_what_an_observer_below_a_timed_stage_raises_is_reported() -> None:
    async def main() -> None:
        channel: Channel[int] = Channel()
        failures = Consumer(channel.errors)
        seen: list[int] = []
        channel.debounce(1.0).subscribe(lambda n: seen.append(1 // n))
        await channel.send(0)
        failure = await failures.get(timeout=5)
        assert isinstance(failure.error, ZeroDivisionError)

    run(main())


def test_reading_an_error_again_and_again_does_not_make_its_traceback_longer() -> None:
    channel: Channel[int] = Channel()
    consumer = Consumer(channel)
    error = ValueError("the source failed")
    channel.on_error(error)
    lengths = set()
    for _ in range(5):
        with pytest.raises(ValueError, match="the source failed"):
            consumer.get_nowait()
        lengths.add(len(traceback.extract_tb(error.__traceback__)))
    assert len(lengths) == 1


def test_until_a_filter_has_judged_a_batch_it_is_pending() -> None:
    async def main() -> None:
        channel: Channel[int] = Channel()
        seen: list[tuple[int, int, int]] = []

        def keep(n: int) -> bool:
            stats = consumer.stats()
            assert stats.balanced
            seen.append((stats.delivered, stats.filtered, stats.pending))
            return n != 1

        consumer = Consumer(channel, filter_func=keep)
        await channel.send_many(range(3))
        assert await anext(consumer.batches()) == [0, 2]
        assert seen == [(0, 0, 3), (0, 0, 3), (0, 1, 2)]
        assert consumer.stats().delivered == 2

    run(main())


def test_a_time_out_without_end_is_none() -> None:
    async def main() -> None:
        channel: Channel[int] = Channel()
        waiting = asyncio.create_task(Consumer(channel).get(timeout=float("inf")))
        await asyncio.sleep(3600)
        await channel.send(1)
        assert await waiting == 1

    run(main())


def test_a_channel_opened_while_a_loop_runs_knows_it() -> None:
    async def main() -> None:
        async with Channels() as channels:
            numbers = channels.open(ChannelKey("Numbers", int))
            await asyncio.wrap_future(await asyncio.to_thread(numbers.send_from_thread, 1))
            assert numbers.stats().sent == 1

    run(main())


def test_an_event_may_have_fields_with_options() -> None:
    @event
    class Order:
        id: int
        tags: list[str] = field(default_factory=list[str])
        note: str = field(default="", repr=False)

    assert repr(Order(1, ["new"])) == f"{Order.__qualname__}(id=1, tags=['new'])"


def test_a_pipeline_of_no_channel_logs_what_nobody_takes(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        inner: Channel[int] = Channel()
        seen: list[int] = []
        inner.merge(Channel[int]()).debounce(1.0).subscribe(lambda n: seen.append(1 // n))
        await inner.send(0)
        await asyncio.sleep(2)

    with caplog.at_level(logging.ERROR, logger="async_channel"):
        run(main())
    assert "ZeroDivisionError" in caplog.text
