"""Channel.consume: a callback for each event, one at a time, in a task that the channel owns."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable

import pytest

from async_channel import Channel, Consumer, Failure, Overflow, Priority, conflate_by
from tests.support import run


def test_a_function_is_called_with_each_event_in_order() -> None:
    async def main() -> None:
        seen: list[int] = []
        async with Channel[int]("Numbers") as channel:
            subscription = channel.consume(seen.append, name="mine")
            await channel.send_many(range(1000))
        assert seen == list(range(1000))
        assert subscription.name == "mine"
        assert (subscription.stats().delivered, subscription.stats().balanced) == (1000, True)

    run(main())


def test_a_coroutine_function_handles_one_event_at_a_time() -> None:
    async def main() -> None:
        log: list[str] = []

        async def handle(number: int) -> None:
            log.append(f"begin {number}")
            await asyncio.sleep(1)
            log.append(f"end {number}")

        async with Channel[int]() as channel:
            channel.consume(handle)
            await channel.send_many([1, 2])
        assert log == ["begin 1", "end 1", "begin 2", "end 2"]
        assert asyncio.get_running_loop().time() == 2

    run(main())


def test_any_awaitable_that_it_returns_is_awaited() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        done: list[int] = []

        def handle(number: int) -> Awaitable[None]:
            done.append(number)
            future = loop.create_future()
            loop.call_later(1, future.set_result, None)
            return future

        async with Channel[int]() as channel:
            channel.consume(handle)
            await channel.send_many([1, 2, 3])
        assert done == [1, 2, 3]
        assert loop.time() == 3

    run(main())


def test_a_slow_callback_holds_senders_back_and_a_lossy_one_does_not() -> None:
    async def main() -> None:
        slow_seen, lossy_seen = list[int](), list[int]()

        async def slow(number: int) -> None:
            await asyncio.sleep(1)
            slow_seen.append(number)

        async def lossy(number: int) -> None:
            await asyncio.sleep(100)
            lossy_seen.append(number)

        channel: Channel[int] = Channel()
        channel.consume(slow, capacity=2)
        subscription = channel.consume(lossy, capacity=1, overflow=Overflow.DROP_OLDEST)
        await channel.send_many(range(10))
        assert 7 <= asyncio.get_running_loop().time() <= 8
        await channel.stop()
        assert slow_seen == list(range(10))
        assert lossy_seen == [1, 9]  # 0 was dropped while the first senders found room
        assert subscription.stats().dropped == 8

    run(main())


def test_its_options_are_those_of_a_consumer() -> None:
    async def main() -> None:
        order: list[str] = []
        channel: Channel[int] = Channel("Numbers")
        channel.consume(lambda n: order.append(f"low {n}"), priority=Priority.LOW, filter_func=lambda n: n > 1)
        channel.consume(lambda n: order.append(f"high {n}"), priority=Priority.HIGH)
        board = channel.consume(lambda n: order.append(f"board {n}"), overflow=conflate_by(lambda _: 0), name="board")
        await asyncio.sleep(1)
        await channel.send_many([1, 2])
        await channel.stop()
        assert order.index("high 1") < order.index("low 2")
        assert "low 1" not in order
        assert [line for line in order if "board" in line] == ["board 2"]
        assert board.stats().dropped == 1
        assert [stats.filtered for stats in channel.stats().consumers] == [1, 0, 0]

    run(main())


def test_the_first_callback_gets_the_warm_up() -> None:
    async def main() -> None:
        channel: Channel[int] = Channel(capacity=2)
        await channel.send_many([1, 2, 3])
        seen: list[int] = []
        channel.consume(seen.append)
        await channel.stop()
        assert seen == [2, 3]

    run(main())


def test_without_a_loop_it_begins_with_start() -> None:
    channel: Channel[int] = Channel()
    seen: list[int] = []
    subscription = channel.consume(seen.append)
    channel.send_nowait(1)
    assert subscription.task is None
    assert seen == []

    async def main() -> None:
        await channel.start()
        await channel.start()
        await asyncio.sleep(0)
        assert seen == [1]
        await channel.stop()

    run(main())


def test_stop_alone_also_has_pending_events_handled() -> None:
    channel: Channel[int] = Channel()
    seen: list[int] = []
    channel.consume(seen.append)
    channel.send_nowait(1)
    run(channel.stop())
    assert seen == [1]


def test_closing_drops_what_is_pending_and_lets_the_senders_go() -> None:
    async def main() -> None:
        channel: Channel[int] = Channel()
        began = list[int]()

        async def stuck(number: int) -> None:
            began.append(number)
            await asyncio.Event().wait()

        subscription = channel.consume(stuck, capacity=1)
        sending = asyncio.create_task(channel.send_many(range(10)))
        await asyncio.sleep(1)
        assert not sending.done()
        subscription.close()
        subscription.close()
        assert await sending == 10
        await asyncio.sleep(1)
        assert began == [0]
        assert channel.stats().consumers == ()
        assert subscription.stats().balanced
        assert len(asyncio.all_tasks()) == 1
        await channel.stop()

    run(main())


def test_closing_before_it_began_is_enough() -> None:
    async def main() -> None:
        channel: Channel[int] = Channel()
        seen: list[int] = []
        channel.consume(seen.append).close()
        await channel.send(1)
        await asyncio.sleep(1)
        await channel.stop()
        assert seen == []

    run(main())


def test_closing_without_a_loop_is_enough() -> None:
    channel: Channel[int] = Channel()
    seen: list[int] = []
    subscription = channel.consume(seen.append)
    channel.send_nowait(1)
    subscription.close()
    run(channel.stop())
    assert seen == []
    assert channel.stats().consumers == ()


@pytest.mark.parametrize("asynchronous", [False, True])
def test_a_callback_may_close_its_own_subscription(asynchronous: bool) -> None:
    async def main() -> None:
        channel: Channel[int] = Channel()
        seen: list[int] = []

        def once(number: int) -> None:
            seen.append(number)
            subscription.close()

        async def once_later(number: int) -> None:
            once(number)
            await asyncio.sleep(1)
            seen.append(-number)  # it closes itself: nothing cancels it

        subscription = channel.consume(once_later if asynchronous else once)
        await channel.send_many([1, 2, 3])
        await channel.stop()
        assert seen == ([1, -1] if asynchronous else [1])

    run(main())


def test_a_callback_may_stop_its_own_channel() -> None:
    async def main() -> None:
        channel: Channel[int] = Channel()
        seen: list[int] = []

        async def last(number: int) -> None:
            seen.append(number)
            await channel.stop()

        channel.consume(last)
        await channel.send_many([1, 2])
        async with asyncio.timeout(5):
            await asyncio.sleep(1)
            await channel.stop()
        assert seen == [1, 2]  # what was pending is still handled

    run(main())


@pytest.mark.parametrize("timeout", [0, 3.0])
def test_stop_cancels_who_is_late(timeout: float) -> None:
    async def main() -> None:
        channel: Channel[int] = Channel()
        log: list[str] = []

        async def stuck(_: int) -> None:
            try:
                await asyncio.Event().wait()
            finally:
                log.append("cancelled")

        channel.consume(stuck)
        await channel.send(1)
        await asyncio.sleep(1)
        await channel.stop(timeout=timeout)
        assert log == ["cancelled"]
        assert asyncio.get_running_loop().time() == 1 + timeout
        assert len(asyncio.all_tasks()) == 1

    run(main())


def test_a_failed_channel_ends_its_callbacks_and_says_so(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        channel: Channel[int] = Channel("Numbers")
        failures: list[Failure] = []
        channel.errors.subscribe(failures.append)
        seen: list[int] = []
        channel.consume(seen.append, name="mine")
        await channel.send(1)
        channel.on_error(OSError("cable"))
        await asyncio.sleep(1)
        assert seen == [1]
        assert [str(failure.error) for failure in failures] == ["cable"]
        assert "'mine'" in failures[0].where
        await channel.stop()
        assert len(asyncio.all_tasks()) == 1

    with caplog.at_level(logging.ERROR, logger="async_channel"):
        run(main())


def test_a_callback_that_lags_is_told_by_the_channel_and_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        channel: Channel[int] = Channel("Numbers")
        failures: list[Failure] = []
        channel.errors.subscribe(failures.append)
        seen: list[int] = []
        channel.consume(seen.append, overflow=Overflow.FAIL, capacity=2, name="mine")
        await channel.send_many(range(5))
        await asyncio.sleep(1)
        await channel.send(5)
        await channel.stop()
        assert seen == [3, 4, 5]
        assert [f"{failure.error}"[:30] for failure in failures] == ["consumer 'mine' missed 3 event"]

    with caplog.at_level(logging.ERROR, logger="async_channel"):
        run(main())


def test_a_callback_may_send_to_its_own_channel() -> None:
    async def main() -> None:
        channel: Channel[int] = Channel()
        seen: list[int] = []

        async def again(number: int) -> None:
            seen.append(number)
            if number < 100:
                await channel.send(number + 1)

        channel.consume(again, capacity=4)
        consumer = Consumer(channel, capacity=200)
        await channel.send(0)
        await asyncio.sleep(1)
        await channel.stop()
        assert seen == list(range(101))
        assert [number async for number in consumer] == list(range(101))

    run(main())


def test_a_callback_whose_await_is_cancelled_has_failed_and_is_called_again(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        channel: Channel[int] = Channel("Numbers")
        failures: list[Failure] = []
        channel.errors.subscribe(failures.append)
        handled: list[int] = []

        async def handle(number: int) -> None:
            if number == 1:
                inner = asyncio.create_task(asyncio.sleep(10))
                inner.cancel()
                await inner
            handled.append(number)

        channel.consume(handle, name="mine")
        await channel.send_many([0, 1, 2])
        await asyncio.sleep(1)
        assert handled == [0, 2]
        assert [failure.event for failure in failures] == [1]
        assert "'mine'" in failures[0].where
        await channel.stop()

    with caplog.at_level(logging.ERROR, logger="async_channel"):
        run(main())
