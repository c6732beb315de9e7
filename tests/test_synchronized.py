"""Synchronised mode: no tasks, one order, the same calls each time; and a drain does everything there is to do."""

from __future__ import annotations

import asyncio
import contextlib
import gc
from typing import Any

import pytest

from async_channel import (
    Channel,
    ChannelClosed,
    ChannelFull,
    ChannelKey,
    Channels,
    Consumer,
    Overflow,
    Priority,
    WrongLoop,
    conflate_by,
)
from tests.support import run


def numbers(name: str = "numbers", *, capacity: int = 1024, replay: int = 0) -> Channel[int]:
    return Channel(name, capacity=capacity, replay=replay, synchronized=True)


def parity(n: int) -> int:
    return n % 2


# ---- what a drain does


def test_nothing_is_called_before_the_drain_and_all_by_it() -> None:
    async def main() -> None:
        channel, seen = numbers(), list[int]()
        subscription = channel.consume(seen.append)
        await channel.send_many(range(3))
        await asyncio.sleep(10)
        assert seen == []
        assert subscription.stats().pending == 3
        assert subscription.task is None
        await channel.drain()
        assert seen == [0, 1, 2]
        assert subscription.stats().balanced
        assert subscription.stats().delivered == 3

    run(main())


def test_it_starts_no_task() -> None:
    async def main() -> None:
        channel = numbers()
        channel.consume(print)
        channel.map(str).consume(print)
        await channel.drain()
        assert asyncio.all_tasks() == {asyncio.current_task()}

    run(main())


def test_a_coroutine_function_is_awaited_before_the_next_event() -> None:
    async def main() -> None:
        channel, seen = numbers(), list[str]()

        async def handle(n: int) -> None:
            seen.append(f"begin {n}")
            await asyncio.sleep(1)
            seen.append(f"end {n}")

        channel.consume(handle)
        await channel.send_many([1, 2])
        await channel.drain()
        assert seen == ["begin 1", "end 1", "begin 2", "end 2"]
        assert asyncio.get_running_loop().time() == 2

    run(main())


def test_what_comes_while_one_is_awaited_goes_behind_what_was_pending_already() -> None:
    async def main() -> None:
        channel, seen = numbers(), list[int]()

        async def slow(n: int) -> None:
            if not seen:
                await asyncio.sleep(1)
            seen.append(n)

        channel.consume(slow)
        await channel.send_many([1, 2])
        draining = asyncio.create_task(channel.drain())
        await asyncio.sleep(0.5)
        channel.send_nowait(3)
        await draining
        assert seen == [1, 2, 3]

    run(main())


def test_what_callbacks_send_is_handled_by_the_same_drain() -> None:
    async def main() -> None:
        first, second, third = numbers("first"), numbers("second"), numbers("third")
        seen = list[int]()

        async def pass_on(n: int) -> None:
            await second.send(n * 10)

        first.consume(pass_on)
        second.consume(lambda n: third.send_nowait(n + 1))
        third.consume(seen.append)
        await first.send_many([1, 2])
        await first.drain()
        assert seen == [11, 21]

    run(main())


def test_a_channel_that_its_own_callback_sends_to_is_drained_as_well() -> None:
    async def main() -> None:
        channel, seen = numbers(), list[int]()

        def count_down(n: int) -> None:
            seen.append(n)
            if n:
                channel.send_nowait(n - 1)

        channel.consume(count_down)
        await channel.send(5)
        await channel.drain()
        assert seen == [5, 4, 3, 2, 1, 0]

    run(main())


def test_among_equals_who_got_something_first_goes_first_until_nothing_is_left() -> None:
    async def main() -> None:
        one, other, seen = numbers("one"), numbers("other"), list[str]()
        one.consume(lambda n: seen.append(f"one {n}"))
        other.consume(lambda n: seen.append(f"other {n}"))
        await other.send(1)
        await one.send(2)
        await other.send(3)
        await one.drain()
        assert seen == ["other 1", "other 3", "one 2"]

    run(main())


def test_events_reach_callbacks_through_pipelines() -> None:
    async def main() -> None:
        channel, seen = numbers(), list[object]()
        channel.filter(lambda n: n % 2 == 0).buffer(count=2).map(sum).consume(seen.append)
        channel.key_by(lambda n: n % 2)[1].consume(seen.append)
        channel.merge(numbers("other")).take(2).consume(seen.append, priority=Priority.LOW)
        await channel.send_many(range(5))
        await channel.drain()
        assert seen == [1, 3, 2, 0, 1]

    run(main())


@pytest.mark.parametrize(
    ("overflow", "left"),
    [
        (Overflow.DROP_OLDEST, [8, 9]),
        (Overflow.DROP_NEWEST, [0, 1]),
        (Overflow.LATEST, [9]),
        (conflate_by(parity), [8, 9]),
    ],
    ids=["DROP_OLDEST", "DROP_NEWEST", "LATEST", "conflate_by"],
)
def test_overflow_policies_hold_as_ever(overflow: Any, left: list[int]) -> None:
    async def main() -> None:
        channel, seen = numbers(capacity=4), list[int]()
        subscription = channel.consume(seen.append, capacity=2, overflow=overflow)
        await channel.send_many(range(10))
        await channel.drain()
        assert seen == left
        assert subscription.stats().balanced
        assert subscription.stats().dropped == 10 - len(left)

    run(main())


def test_who_lags_and_asked_to_be_told_is(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        channel, seen = numbers(capacity=4), list[int]()
        channel.consume(seen.append, capacity=2, overflow=Overflow.FAIL)
        await channel.send_many(range(5))
        await channel.drain()
        assert seen == [3, 4]

    run(main())
    assert "missed 3 events" in caplog.text


def test_a_filter_keeps_events_from_a_callback() -> None:
    async def main() -> None:
        channel, seen = numbers(), list[int]()
        subscription = channel.consume(seen.append, filter_func=lambda n: n > 2)
        for n in range(5):
            await channel.send(n)
            await channel.drain()
        assert seen == [3, 4]
        assert subscription.stats().filtered == 3

    run(main())


# ---- priorities


def test_the_more_important_go_first_whatever_was_sent_first() -> None:
    async def main() -> None:
        channel, seen = numbers(), list[str]()
        for priority in (Priority.OPTIONAL, Priority.MEDIUM, Priority.HIGH, Priority.LOW):
            channel.consume(lambda n, p=priority: seen.append(f"{p.name} {n}"), priority=priority)  # type: ignore[misc]  # a lambda's default is not inferred
        await channel.send_many([1, 2])
        await channel.drain()
        assert seen == ["HIGH 1", "HIGH 2", "MEDIUM 1", "MEDIUM 2", "LOW 1", "LOW 2", "OPTIONAL 1", "OPTIONAL 2"]

    run(main())


@pytest.mark.parametrize("asynchronous", [False, True])
def test_what_becomes_more_important_meanwhile_goes_before_the_next_event(asynchronous: bool) -> None:
    async def main() -> None:
        low, high, seen = numbers("low"), numbers("high"), list[str]()

        async def send(n: int) -> None:
            seen.append(f"low {n}")
            await high.send(n)

        def send_now(n: int) -> None:
            seen.append(f"low {n}")
            high.send_nowait(n)

        low.consume(send if asynchronous else send_now, priority=Priority.LOW)
        high.consume(lambda n: seen.append(f"high {n}"))
        await low.send_many([1, 2])
        await low.drain()
        assert seen == ["low 1", "high 1", "low 2", "high 2"]

    run(main())


def test_who_is_interrupted_goes_on_before_its_equals() -> None:
    async def main() -> None:
        low, high, seen = numbers("low"), numbers("high"), list[str]()

        def send(n: int) -> None:
            seen.append(f"first {n}")
            high.send_nowait(n)

        low.consume(send, priority=Priority.LOW)
        low.consume(lambda n: seen.append(f"second {n}"), priority=Priority.LOW)
        high.consume(lambda n: seen.append(f"high {n}"))
        await low.send_many([1, 2])
        await low.drain()
        assert seen == ["first 1", "high 1", "first 2", "high 2", "second 1", "second 2"]

    run(main())


def test_a_drain_down_to_a_priority_leaves_the_lower_ones_pending() -> None:
    async def main() -> None:
        channel, seen = numbers(), list[str]()
        channel.consume(lambda n: seen.append(f"high {n}"))
        low = channel.consume(lambda n: seen.append(f"low {n}"), priority=Priority.LOW)
        await channel.send(1)
        await channel.drain(Priority.MEDIUM)
        assert seen == ["high 1"]
        assert low.stats().pending == 1
        await channel.drain(Priority.LOW)
        assert seen == ["high 1", "low 1"]

    run(main())


# ---- room


def test_a_sender_to_a_full_channel_has_the_work_done_instead_of_waiting() -> None:
    async def main() -> None:
        channel, seen = numbers(capacity=2), list[int]()
        channel.consume(seen.append)
        await channel.send_many(range(10))
        assert seen == [0, 1, 2, 3, 4, 5, 6, 7]
        assert channel.stats().pending == 2
        await channel.drain()
        assert seen == list(range(10))

    run(main())


def test_room_is_made_below_a_pipeline_as_well() -> None:
    async def main() -> None:
        channel, seen = numbers(), list[int]()
        channel.map(lambda n: n * 2).consume(seen.append, capacity=1)
        await channel.send_many(range(4))
        assert seen == [0, 2, 4]

    run(main())


def test_a_callback_that_fills_another_channel_has_room_made_in_the_middle() -> None:
    async def main() -> None:
        first, second, seen = numbers("first"), numbers("second", capacity=1), list[str]()

        async def many(n: int) -> None:
            for part in range(3):
                await second.send(part)
                seen.append(f"sent {part}")

        first.consume(many)
        second.consume(lambda n: seen.append(f"got {n}"))
        await first.send(1)
        await first.drain()
        assert seen == ["sent 0", "got 0", "sent 1", "got 1", "sent 2", "got 2"]

    run(main())


def test_a_callback_that_fills_what_it_reads_itself_is_told(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        channel, failures = numbers(capacity=2), list[Exception]()
        channel.errors.subscribe(lambda failure: failures.append(failure.error))

        async def many(n: int) -> None:
            if n == 1:
                for _ in range(3):
                    await channel.send(0)

        subscription = channel.consume(many, name="echo")
        await channel.send(1)
        await channel.drain()
        [error] = failures
        assert isinstance(error, ChannelFull)
        assert "'echo' (2 pending, its capacity), which is itself waiting" in str(error)
        assert subscription.stats().delivered == 3

    run(main())


def test_a_sender_waits_for_a_consumer_that_no_drain_can_serve() -> None:
    async def main() -> None:
        channel = numbers(capacity=1)
        consumer = Consumer(channel)
        await channel.send(1)
        waiting = asyncio.create_task(channel.send(2))
        await asyncio.sleep(1)
        assert not waiting.done()
        assert await consumer.get() == 1
        await waiting

    run(main())


# ---- one at a time


def test_a_drain_in_a_callback_of_a_drain_is_refused(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        channel, failures = numbers(), list[Exception]()
        channel.errors.subscribe(lambda failure: failures.append(failure.error))
        channel.consume(lambda _: channel.drain())
        await channel.send(1)
        await channel.drain()
        [error] = failures
        assert isinstance(error, RuntimeError)
        assert "drained when it returns" in str(error)

    run(main())


def test_a_second_drain_waits_for_the_first() -> None:
    async def main() -> None:
        channel, seen = numbers(), list[str]()

        async def handle(n: int) -> None:
            seen.append(f"begin {n}")
            await asyncio.sleep(1)
            seen.append(f"end {n}")

        channel.consume(handle)
        await channel.send_many([1, 2])

        async def drain(name: str) -> None:
            await channel.drain()
            seen.append(name)

        await asyncio.gather(drain("first"), drain("second"))
        assert seen == ["begin 1", "end 1", "begin 2", "end 2", "first", "second"]

    run(main())


@pytest.mark.parametrize("who", ["the first", "the second"])
def test_a_cancelled_drain_loses_no_event(who: str) -> None:
    async def main() -> None:
        channel, seen = numbers(), list[int]()

        async def handle(n: int) -> None:
            await asyncio.sleep(1)
            seen.append(n)

        subscription = channel.consume(handle)
        await channel.send_many([1, 2, 3])
        first = asyncio.create_task(channel.drain())
        second = asyncio.create_task(channel.drain())
        await asyncio.sleep(1.5)
        (first if who == "the first" else second).cancel()
        await asyncio.wait([first, second])
        await channel.drain()
        assert seen == ([1, 3] if who == "the first" else [1, 2, 3])  # the callback that was cancelled had its event
        assert subscription.stats().balanced
        assert subscription.stats().delivered == 3

    run(main())


def test_a_callback_that_swallows_its_cancellation_does_not_keep_the_drain() -> None:
    async def main() -> None:
        channel, seen = numbers(), list[int]()

        async def handle(n: int) -> None:
            seen.append(n)
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.sleep(10)

        channel.consume(handle)
        await channel.send_many([1, 2])
        drain = asyncio.create_task(channel.drain())
        await asyncio.sleep(1)
        drain.cancel()
        await asyncio.wait([drain])
        assert drain.cancelled()
        assert seen == [1]

    run(main())


# ---- failures and endings


@pytest.mark.parametrize("asynchronous", [False, True])
def test_what_a_callback_raises_is_reported_and_the_next_event_is_its_turn(
    asynchronous: bool, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> None:
        channel, seen, failed = numbers(), list[int](), list[object]()
        channel.errors.subscribe(lambda failure: failed.append(failure.event))

        def handle(n: int) -> None:
            if n == 1:
                raise ValueError(n)
            seen.append(n)

        async def handle_later(n: int) -> None:
            handle(n)

        channel.consume(handle_later if asynchronous else handle)
        for n in range(2):
            await channel.send(n)
            await channel.drain()
        await channel.send_many([1, 2])
        await channel.drain()
        assert seen == [0, 2]
        assert failed == [1, 1]

    run(main())
    assert "callback of consumer 'numbers#1' raised on 1" in caplog.text


def test_stop_has_what_is_pending_handled() -> None:
    async def main() -> None:
        seen = list[object]()
        async with numbers() as channel:
            channel.consume(seen.append)
            below = channel.buffer(count=2).consume(seen.append)
            await channel.send_many(range(3))
        assert seen == [0, 1, 2, [0, 1], [2]]
        assert below.ended

    run(main())


def test_a_block_that_raises_drops_what_is_pending() -> None:
    async def main() -> None:
        channel, seen = numbers(), list[int]()
        subscription = channel.consume(seen.append)
        with pytest.raises(KeyError):
            async with channel:
                await channel.send_many(range(3))
                raise KeyError
        assert seen == []
        assert subscription.stats().dropped == 3

    run(main())


def test_stop_cancels_a_callback_that_is_late() -> None:
    async def main() -> None:
        channel, seen = numbers(), list[str]()

        async def handle(n: int) -> None:
            try:
                await asyncio.sleep(10)
            finally:
                seen.append(f"left {n}")

        subscription = channel.consume(handle)
        await channel.send_many([1, 2])
        await channel.stop(timeout=1)
        assert asyncio.get_running_loop().time() == 1
        assert seen == ["left 1"]
        assert subscription.stats().dropped == 1
        assert subscription.stats().balanced

    run(main())


def test_a_callback_may_stop_its_channel_and_close_its_subscription() -> None:
    async def main() -> None:
        channel, seen = numbers(), list[int]()

        async def last(n: int) -> None:
            seen.append(n)
            if n == 1:
                await channel.stop()

        def first_only(n: int) -> None:
            seen.append(n * 10)
            own.close()

        channel.consume(last)
        own = channel.consume(first_only)
        await channel.send_many([1, 2])
        await channel.drain()
        assert seen == [1, 2, 10]
        with pytest.raises(ChannelClosed):
            await channel.send(3)

    run(main())


def test_who_waits_for_a_callback_that_stops_the_channel_leaves_no_room_for_others() -> None:
    async def main() -> None:
        channel = numbers(capacity=1)

        async def stop(_: int) -> None:
            await channel.stop()

        channel.consume(stop)
        await channel.send(1)
        with pytest.raises(ChannelClosed):
            await channel.send(2)
        with pytest.raises(ChannelClosed):
            channel.send_nowait(3)
        with pytest.raises(ChannelClosed):
            await channel.send(4)
        assert channel.stats().sent == 1

    run(main())


def test_the_error_of_a_channel_is_reported_behind_what_was_pending(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        channel, seen = numbers(), list[int]()
        subscription = channel.consume(seen.append)
        await channel.send(1)
        channel.on_error(OSError("lost"))
        await channel.drain()
        assert seen == [1]
        assert subscription.ended

    run(main())
    assert "end of consumer 'numbers#1' raised" in caplog.text


# ---- loops


def test_without_a_loop_it_begins_with_the_first_drain() -> None:
    channel, seen = numbers(), list[object]()
    channel.consume(seen.append)
    channel.map(str).consume(seen.append)
    channel.send_nowait(1)
    assert seen == []
    run(channel.drain())
    assert seen == [1, "1"]


@pytest.mark.parametrize("nowait", [False, True])
def test_callbacks_put_on_before_there_is_a_loop_take_part_whichever_channel_is_drained(nowait: bool) -> None:
    first, second, seen = numbers("first"), numbers("second", capacity=2), list[int]()

    async def pass_on(n: int) -> None:
        if nowait:
            second.send_nowait(n)
        else:
            await second.send(n)

    first.consume(pass_on)
    second.map(lambda n: n * 10).consume(seen.append)
    second.consume(seen.append)

    async def main() -> None:
        for n in range(5):
            await first.send(n)
            await first.drain()

    run(main())
    assert sorted(seen) == [0, 0, 1, 2, 3, 4, 10, 20, 30, 40]
    seen.clear()
    run(main())  # and on the next loop
    assert sorted(seen) == [0, 0, 1, 2, 3, 4, 10, 20, 30, 40]


def test_what_was_let_go_before_there_was_a_loop_does_not_begin() -> None:
    numbers("forgotten").consume(print)
    gc.collect()
    run(numbers().drain())


def test_it_goes_on_on_a_new_loop_with_what_the_old_one_left() -> None:
    channel, seen = numbers(), list[int]()

    async def main(n: int) -> None:
        if n == 1:
            channel.consume(seen.append)
        await channel.drain()
        await channel.send(n)

    run(main(1))
    run(main(2))
    run(main(3))
    assert seen == [1, 2]


def test_another_loop_may_not_drain() -> None:
    channel = numbers()
    channel.consume(print)

    async def main() -> None:
        await channel.drain()
        other = asyncio.new_event_loop()
        try:
            with pytest.raises(WrongLoop):
                await asyncio.to_thread(other.run_until_complete, _drain(channel))
        finally:
            other.close()

    asyncio.run(main(), debug=True)


async def _drain(channel: Channel[int]) -> None:
    await channel.drain()


# ---- bad use


def test_a_channel_with_tasks_has_nothing_to_drain() -> None:
    with pytest.raises(RuntimeError, match="synchronized=True"):
        _ = Channel[int]("plain").drain()


@pytest.mark.parametrize("priority", [0, "HIGH", None])
def test_a_priority_is_a_priority(priority: Any) -> None:
    with pytest.raises(TypeError, match="member of Priority"):
        _ = numbers().drain(priority)


def test_synchronized_is_a_bool() -> None:
    with pytest.raises(TypeError, match="synchronized"):
        Channel("x", synchronized=1)  # type: ignore[call-overload]  # that is the point


def test_a_callback_in_a_drain_stops_the_scope_that_it_is_in() -> None:
    async def main() -> None:
        channels = Channels(synchronized=True)
        inner = channels.scope("a").open(ChannelKey("Number", int))
        done: list[int] = []

        async def stop(number: int) -> None:
            assert await channels.stop() == ()
            done.append(number)

        inner.consume(stop)
        await inner.send(1)
        async with asyncio.timeout(10):
            await channels.drain()
        assert done == [1]

    run(main())
