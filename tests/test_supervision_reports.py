"""What is reported though nobody raised it: callbacks that keep the loop, consumers that fall behind."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

from async_channel import (
    Channel,
    Consumer,
    ConsumerLagged,
    DeadLetter,
    Failure,
    HighLag,
    OnError,
    Overflow,
    SlowCallback,
    Stream,
    conflate_by,
    from_async_iterable,
    from_observable,
)
from async_channel.util import watching
from tests.support import run


class Boom(Exception):
    """What is raised on purpose."""


@pytest.fixture(autouse=True)
def _caught(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, logger="async_channel")


def failures_of(channel: Channel[Any]) -> list[Failure]:
    failures: list[Failure] = []
    channel.errors.subscribe(failures.append)
    return failures


# ---- the context of a failure


def test_a_failure_says_whose_and_when() -> None:
    async def main() -> None:
        await asyncio.sleep(7)
        channel: Channel[int] = Channel("Numbers")
        failures, seen = failures_of(channel), list[int]()

        def boom(_: int) -> int:
            raise Boom

        consumer = Consumer(channel, filter_func=boom, name="picky")
        channel.consume(boom, name="mine")
        channel.subscribe(lambda event: seen.append(boom(event)))
        await channel.send(1)
        assert consumer.stats().pending == 1
        await asyncio.sleep(1)
        with pytest.raises(asyncio.QueueEmpty):
            consumer.get_nowait()
        assert [(f.consumer, f.attempts, f.time) for f in failures] == [
            ("", 1, 7.0),
            ("mine", 1, 7.0),
            ("picky", 1, 8.0),
        ]
        await channel.stop()

    run(main())


def test_without_a_loop_nobody_knows_when() -> None:
    channel: Channel[int] = Channel("Numbers")
    failures = failures_of(channel)

    def boom(_: int) -> None:
        raise Boom

    channel.subscribe(boom)
    channel.send_nowait(1)
    assert math.isnan(failures[0].time)


def test_where_there_is_no_channel_the_logger_is_told(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        async def items() -> AsyncIterator[int]:
            yield 1
            yield 2

        seen: list[int] = []

        def boom(event: int) -> None:
            seen.append(event)
            raise Boom

        subscription = from_async_iterable(items).subscribe(boom)
        await asyncio.sleep(1)
        subscription.dispose()
        assert seen == [1, 2]

    run(main())
    assert [record.exc_info[0] for record in caplog.records if record.exc_info] == [Boom, Boom]


def test_a_callback_that_misses_events_is_named() -> None:
    async def main() -> None:
        channel: Channel[int] = Channel("Numbers")
        failures = failures_of(channel)
        channel.consume(lambda _: None, overflow=Overflow.FAIL, capacity=1, name="mine")
        await channel.send_many([1, 2])
        await channel.stop()
        assert [(f.consumer, type(f.error)) for f in failures] == [("mine", ConsumerLagged)]

    run(main())


# ---- who keeps the loop


class Watch:
    """A clock that stands still unless it is told to go on."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    watch = Watch()
    monkeypatch.setattr(watching, "perf_counter", watch)
    return watch


def test_a_callback_that_keeps_the_loop_is_reported_each_time(watch: Watch, caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        channel: Channel[int] = Channel("Numbers")
        failures = failures_of(channel)

        def block(event: int) -> None:
            watch.now += event / 1000

        channel.consume(block, name="mine", slow=0.1)
        for burst in ([1, 2], [50, 60, 70], [99], [500]):
            await channel.send_many(burst)
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        await channel.stop()
        errors = [failure.error for failure in failures]
        seconds = [error.seconds for error in errors if isinstance(error, SlowCallback)]
        assert seconds == pytest.approx([0.18, 0.5])
        assert [(f.consumer, f.event) for f in failures] == [("mine", None)] * 2
        assert "'mine' kept the event loop for 0.180 s, over 3 events" in str(errors[0])
        assert "over 1 events" in str(errors[1])
        assert "asyncio.to_thread" in str(errors[0])

    asyncio.run(main())
    assert [(record.levelname, record.exc_info) for record in caplog.records] == [("WARNING", None)] * 2


def test_between_two_awaits_of_a_coroutine_function_as_well(watch: Watch) -> None:
    async def main() -> None:
        channel: Channel[int] = Channel("Numbers")
        failures = failures_of(channel)

        async def call(_: int) -> None:
            watch.now += 0.07
            await asyncio.sleep(0)
            watch.now += 0.09  # never longer than a tenth at a time, with the 0.07 before

        channel.consume(call, name="fine", slow=0.1)
        channel.consume(call, name="slow", slow=0.08)
        channel.map(lambda n: n).consume(call, name="below", slow=0.08)
        await channel.send(1)
        await channel.stop()
        assert sorted(failure.consumer for failure in failures) == ["below", "slow"]

    asyncio.run(main())


@pytest.mark.parametrize("how", ["off", "virtual", "drain"])
def test_where_nobody_looks(watch: Watch, how: str) -> None:
    async def main() -> None:
        channel: Channel[int] = Channel("Numbers", synchronized=how == "drain")
        failures = failures_of(channel)

        def block(_: int) -> None:
            watch.now += 10

        channel.consume(block, slow=None if how == "off" else 0.1)
        await channel.send(1)
        await channel.stop()
        assert watch.now == 10
        assert failures == []

    if how == "virtual":
        run(main())
    else:
        asyncio.run(main())


def test_a_watched_callback_is_awaited_cancelled_and_fails_as_any_other(watch: Watch) -> None:
    async def main() -> None:
        channel: Channel[int] = Channel("Numbers")
        failures = failures_of(channel)
        trace: list[object] = []
        gate = asyncio.Event()

        async def call(event: int) -> None:
            if event == 1:
                raise Boom
            if event == 2:
                try:
                    async with asyncio.timeout(0):
                        await gate.wait()
                except TimeoutError:
                    trace.append("timed out")
                return
            try:
                await gate.wait()
            finally:
                trace.append("cancelled")

        subscription = channel.consume(call, slow=0.1)
        await channel.send_many([1, 2, 3])
        for _ in range(5):
            await asyncio.sleep(0)
        subscription.close()
        await channel.stop()
        assert trace == ["timed out", "cancelled"]
        assert [type(failure.error).__name__ for failure in failures] == ["Boom", "CallbackCancelled"]
        assert subscription.task is not None
        assert subscription.task.cancelled()
        assert len(asyncio.all_tasks()) == 1

    asyncio.run(main())


def test_the_steps_of_a_coroutine_are_passed_on_exactly() -> None:
    trace: list[object] = []

    class Awaitable:
        def __await__(self) -> Any:
            trace.append((yield "first"))
            try:
                yield "second"
            except Boom:
                trace.append("boom")
            try:
                yield "third"
            finally:
                trace.append("closed")

    async def work() -> str:
        await Awaitable()
        return "result"

    class Place:
        end = 0
        run: Iterator[Any] = iter(())

    def timed() -> Any:
        return watching.timed_steps(work(), 1.0, Place(), lambda *_: None)

    steps = timed()
    assert steps.send(None) == "first"
    assert steps.send("given") == "second"
    assert steps.throw(Boom()) == "third"
    with pytest.raises(StopIteration) as end:
        steps.send(None)
    assert end.value.value == "result"
    assert trace == ["given", "boom", "closed"]

    trace.clear()
    steps = timed()
    steps.send(None)
    with pytest.raises(ZeroDivisionError):
        steps.throw(ZeroDivisionError())
    steps = timed()
    steps.send(None)
    steps.send(None)
    steps.throw(Boom())
    steps.close()
    assert trace == [None, "boom", "closed"]


def test_closed_before_it_began_it_leaves_nothing_that_was_never_awaited() -> None:
    async def main() -> None:
        channel: Channel[int] = Channel("Numbers")
        channel.consume(lambda _: None, slow=0.1).close()
        await channel.stop()

    asyncio.run(main())


# ---- who falls behind

READERS: dict[str, Callable[[Channel[int], dict[str, Any]], Any]] = {
    "direct": lambda channel, options: Consumer(channel, **options),
    "pipeline": lambda channel, options: Consumer(channel.map(lambda n: n), **options),
    "oldest": lambda channel, options: Consumer(channel, overflow=Overflow.DROP_OLDEST, **options),
    "newest": lambda channel, options: Consumer(channel, overflow=Overflow.DROP_NEWEST, **options),
    "conflated": lambda channel, options: Consumer(channel, overflow=conflate_by(lambda n: n), **options),
    "lossy pipeline": lambda channel, options: Consumer(
        channel.map(lambda n: n), overflow=Overflow.DROP_OLDEST, **options
    ),
    "newest pipeline": lambda channel, options: Consumer(
        channel.map(lambda n: n), overflow=Overflow.DROP_NEWEST, **options
    ),
}


@pytest.mark.parametrize("kind", READERS)
@pytest.mark.parametrize("share", [0.25, 0.8, 1.0])
def test_a_consumer_that_is_behind_is_reported_once_until_it_has_caught_up(
    kind: str, share: float, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> None:
        channel: Channel[int] = Channel("Numbers", capacity=64)
        failures = failures_of(channel)
        consumer = READERS[kind](channel, {"capacity": 20, "report_lag": share, "name": "mine"})
        mark = math.ceil(share * 20)
        number = 0

        async def send(count: int) -> None:
            nonlocal number
            for _ in range(count):
                number += 1
                await channel.send(number)
            await asyncio.sleep(0)

        async def fill() -> None:
            """As many as it may be behind, and one that finds it so."""
            sending = asyncio.create_task(send(21 - consumer.stats().pending))
            await asyncio.sleep(0.1)
            consumer.get_nowait()
            await sending

        for round in range(1, 4):
            await send(mark - 1 - consumer.stats().pending)
            assert len(failures) == round - 1
            await fill()
            assert len(failures) == round
            await fill()  # and again: it is behind as before
            assert len(failures) == round
            while consumer.stats().pending:
                consumer.get_nowait()
            assert consumer.stats().balanced
        error = failures[0].error
        assert isinstance(error, HighLag)
        assert (error.capacity, failures[0].consumer, failures[0].event) == (20, "mine", None)
        assert error.pending == mark
        assert "consumer 'mine' has" in str(error)
        consumer.close()
        await channel.stop()

    run(main())
    assert [(record.levelname, record.exc_info) for record in caplog.records] == [("WARNING", None)] * 3


def test_a_callback_that_is_behind_is_reported() -> None:
    async def main() -> None:
        channel: Channel[int] = Channel("Numbers")
        failures = failures_of(channel)

        async def slowly(_: int) -> None:
            await asyncio.sleep(1)

        channel.consume(slowly, capacity=10, report_lag=0.5, name="mine")
        await channel.send_many(range(9))
        await asyncio.sleep(0)
        assert [failure.consumer for failure in failures] == ["mine"]
        await channel.stop()

    run(main())


def test_one_that_is_nearly_caught_up_is_not_reported_again() -> None:
    async def main() -> None:
        channel: Channel[int] = Channel("Numbers")
        failures = failures_of(channel)
        consumer = Consumer(channel, capacity=10, report_lag=0.8)

        async def send(count: int) -> None:
            await channel.send_many(range(count))
            await asyncio.sleep(0)

        await send(9)
        assert len(failures) == 1
        for _ in range(4):
            consumer.get_nowait()
        channel._log.revoke()
        await send(4)  # five were left, more than half of eight
        assert len(failures) == 1
        for _ in range(6):
            consumer.get_nowait()
        channel._log.revoke()
        await send(6)  # three
        assert len(failures) == 2
        await channel.stop()

    run(main())


def test_room_for_one_is_not_watched() -> None:
    async def main() -> None:
        channel: Channel[int] = Channel("Numbers")
        failures = failures_of(channel)
        consumer = Consumer(channel, capacity=1, report_lag=0.5)
        for number in range(5):
            await channel.send(number)
            await consumer.get()
        await asyncio.sleep(0)
        assert failures == []
        await channel.stop()

    run(main())


def test_who_hears_of_it_may_do_what_he_likes() -> None:
    """It is said when the sender is done: to send, close or stop from there breaks nothing."""

    async def main() -> None:
        channel: Channel[int] = Channel("Numbers", capacity=16)
        consumer = Consumer(channel, capacity=4, report_lag=0.5)
        other = Consumer(channel)
        sent: list[int] = []

        def hear(failure: Failure) -> None:
            if isinstance(failure.error, HighLag):
                consumer.close()
                channel.send_nowait(-1)
                sent.append(-1)

        channel.errors.subscribe(hear)
        for number in range(8):
            await channel.send(number)
            sent.append(number)
            await asyncio.sleep(0)
        await channel.stop()
        assert [event async for event in other] == sent
        assert -1 in sent

    run(main())


def test_without_a_loop_it_is_said_later_or_never() -> None:
    channel: Channel[int] = Channel("Numbers")
    failures = failures_of(channel)
    consumer = Consumer(channel, capacity=4, report_lag=0.5)
    for number in range(4):
        channel.send_nowait(number)
    assert failures == []

    async def main() -> None:
        assert not channel._log.reserve_nowait()
        await asyncio.sleep(0)
        assert [type(failure.error) for failure in failures] == [HighLag]
        consumer.close()
        await channel.stop()

    run(main())


def test_policies_are_these() -> None:
    assert [policy.name for policy in OnError] == ["LOG", "STOP"]
    assert isinstance(from_observable(Channel[DeadLetter[int]]()), Stream)
