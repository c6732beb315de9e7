"""A graceful end: senders are refused, what is pending is handled, and what is cut off is told to whoever stops."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from async_channel import Channel, ChannelClosed, ChannelKey, Channels, Leftover, Overflow
from async_channel.stats import Failure
from tests.support import run


@pytest.fixture(name="told", autouse=True)
def _told(caplog: pytest.LogCaptureFixture) -> Iterator[Callable[[], list[str]]]:
    """The warnings that the library logged, but for what a callback that is cancelled tells by itself."""

    def warnings() -> list[str]:
        logged = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
        return [line for line in logged if "the event in hand was not handled to its end" not in line]

    with caplog.at_level(logging.WARNING, logger="async_channel"):
        yield warnings


Told = Callable[[], list[str]]


def taking(seconds: float, handled: list[int]) -> Callable[[int], Awaitable[None]]:
    """A callback that is at each event for so long."""

    async def handle(event: int) -> None:
        await asyncio.sleep(seconds)
        handled.append(event)

    return handle


def left(consumer: str, pending: int, event: object = None, *, channel: str = "Numbers") -> Leftover:
    return Leftover(channel=channel, consumer=consumer, pending=pending, in_flight=event is not None, event=event)


def test_what_is_left_is_known_as_soon_as_the_subscription_has_ended() -> None:
    async def main() -> None:
        numbers = Channel[int]("Numbers")
        subscription = numbers.consume(taking(30, []), name="slow")
        await numbers.send_many(range(3))
        await asyncio.sleep(1)
        stopping = asyncio.create_task(numbers.stop(0))
        while not subscription.ended:  # noqa: ASYNC110  it is looked at in each step of the loop
            await asyncio.sleep(0)
        assert subscription.leftover == left("slow", 2, 0)
        assert subscription.stats().pending == 0
        await stopping

    run(main())


@pytest.mark.parametrize("synchronized", [False, True])
@pytest.mark.parametrize("timeout", [None, 31.0])
def test_what_is_pending_is_handled_and_nothing_is_left(synchronized: bool, timeout: float | None, told: Told) -> None:
    async def main() -> None:
        channel: Channel[int] = Channel("Numbers", synchronized=synchronized)
        handled: list[int] = []
        channel.consume(taking(10.0, handled))
        await channel.send_many([1, 2, 3])
        stopping = asyncio.create_task(channel.stop(timeout))
        await asyncio.sleep(1)
        with pytest.raises(ChannelClosed):
            await channel.send(4)
        assert await stopping == ()
        assert handled == [1, 2, 3]
        assert asyncio.get_running_loop().time() == 30

    run(main())
    assert told() == []


@pytest.mark.parametrize("synchronized", [False, True])
def test_what_is_late_is_cut_off_and_told(synchronized: bool, told: Told) -> None:
    async def main() -> None:
        channel: Channel[int] = Channel("Numbers", synchronized=synchronized)
        handled: list[int] = []
        quick: list[int] = []
        slow = channel.consume(taking(10.0, handled), name="slow")
        channel.consume(quick.append)
        await channel.send_many([7, 8, 9])
        report = await channel.stop(timeout=15.0)
        assert asyncio.get_running_loop().time() == 15
        assert (handled, quick) == ([7], [7, 8, 9] if not synchronized else [])
        if synchronized:  # one callback at a time, in the order of the agenda: the quick one did not have its turn
            assert report == (left("slow", 1, 8), left("Numbers#2", 3))
        else:
            assert report == (left("slow", 1, 8),)
        assert (slow.leftover, report[0].events) == (report[0], 2)
        assert slow.stats().balanced
        assert len(asyncio.all_tasks()) == 1

    run(main())
    assert told()[0] == "channel 'Numbers': consumer 'slow' was cancelled with 1 pending, in its callback for 8"
    assert len(told()) == 1 + synchronized


@pytest.mark.parametrize("synchronized", [False, True])
def test_what_a_policy_lets_go_or_a_filter_would_is_not_left(synchronized: bool, told: Told) -> None:
    async def main() -> None:
        channel: Channel[int] = Channel("Numbers", synchronized=synchronized)
        gate = asyncio.Event()

        async def wait(_: int) -> None:
            await gate.wait()

        channel.consume(wait, name="all", filter_func=lambda n: n > 0)
        channel.consume(wait, name="latest", overflow=Overflow.LATEST)
        channel.consume(wait, name="newest", overflow=Overflow.DROP_NEWEST, capacity=2)
        draining = asyncio.create_task(channel.drain()) if synchronized else None
        await channel.send(0)
        await asyncio.sleep(1)
        await channel.send_many([1, 2, 3])
        report = await channel.stop(timeout=0)
        if draining is not None:
            gate.set()
            await draining
        assert report == (
            (left("all", 3), left("latest", 1), left("newest", 2))
            if synchronized
            else (left("all", 2, 1), left("latest", 1, 0), left("newest", 2, 0))
        )

    run(main())
    assert len(told()) == 3


def test_an_event_in_flight_may_be_none() -> None:
    async def main() -> None:
        channel: Channel[None] = Channel("Beats")
        channel.consume(lambda _: asyncio.sleep(10), name="mine")
        await channel.send(None)
        await asyncio.sleep(1)
        (report,) = await channel.stop(timeout=0)
        assert (report.pending, report.in_flight, report.event) == (0, 1, None)

    run(main())


@pytest.mark.parametrize("synchronized", [False, True])
def test_whoever_stops_waits_and_gets_the_report(synchronized: bool, told: Told) -> None:
    async def main() -> None:
        channel: Channel[int] = Channel("Numbers", synchronized=synchronized)
        handled: list[int] = []
        channel.consume(taking(10.0, handled), name="slow")
        await channel.send_many([7, 8, 9])
        patient = asyncio.create_task(channel.stop())
        hasty = asyncio.create_task(channel.stop(timeout=15.0))
        await asyncio.sleep(1)
        report = (left("slow", 1, 8),)
        if synchronized:  # the patient one calls back, and its call is nobody else's to cancel
            report = (left("slow", 1),)
        assert await hasty == report
        assert asyncio.get_running_loop().time() == 15
        assert await patient == report
        assert await channel.stop() == report
        assert await channel.stop(0) == report
        assert handled == [7] + [8] * synchronized

    run(main())
    assert len(told()) == 1


@pytest.mark.parametrize("synchronized", [False, True])
def test_a_stop_that_is_cancelled_loses_nothing(synchronized: bool, told: Told) -> None:
    async def main() -> None:
        channel: Channel[int] = Channel("Numbers", synchronized=synchronized)
        handled: list[int] = []
        channel.consume(handled.append)
        channel.consume(taking(10.0, handled), name="slow")
        await channel.send_many([7, 8, 9])
        stopping = asyncio.create_task(channel.stop())
        await asyncio.sleep(0)
        stopping.cancel()
        await asyncio.wait([stopping])
        assert stopping.cancelled()
        # In a drain the callback is called by whoever stops, and is cancelled with it: so this is told in the end.
        assert await channel.stop() == ((left("slow", 0, 7),) if synchronized else ())
        assert handled == [7, 8, 9, *([8, 9] if synchronized else [7, 8, 9])]

    run(main())
    assert len(told()) == synchronized


def test_a_stop_that_is_cancelled_while_it_cuts_off_keeps_the_report() -> None:
    async def main() -> None:
        channel: Channel[int] = Channel("Numbers")

        async def cleans_up(_: int) -> None:
            try:
                await asyncio.sleep(100)
            finally:
                await asyncio.sleep(5)

        channel.consume(cleans_up, name="slow")
        await channel.send_many([7, 8])
        stopping = asyncio.create_task(channel.stop(timeout=10))
        await asyncio.sleep(12)
        stopping.cancel()
        await asyncio.wait([stopping])
        assert stopping.cancelled()
        assert await channel.stop() == (left("slow", 1, 7),)

    run(main())


def test_what_a_callback_does_when_it_is_cancelled_is_its_own_business(told: Told) -> None:
    async def main() -> None:
        channel: Channel[int] = Channel("Numbers")
        failures: list[Failure] = []
        channel.errors.subscribe(failures.append)
        called: list[int] = []

        async def raises(number: int) -> None:
            called.append(number)
            try:
                await asyncio.sleep(100)
            except asyncio.CancelledError:
                raise OSError("cable") from None

        async def returns(number: int) -> None:
            called.append(number)
            with suppress(asyncio.CancelledError):
                await asyncio.sleep(100)

        channel.consume(raises, name="raises")
        channel.consume(returns, name="returns")
        await channel.send_many([7, 8])
        assert await channel.stop(timeout=10) == (left("raises", 1, 7), left("returns", 1))
        assert called == [7, 7]
        assert [(str(failure.error), failure.event) for failure in failures] == [("cable", 7)]
        assert asyncio.get_running_loop().time() == 10

    run(main())


def test_a_callback_that_failed_before_is_at_no_event(told: Told) -> None:
    async def main() -> None:
        channel: Channel[int] = Channel("Numbers")

        async def inverse(number: int) -> None:
            await asyncio.sleep(1)
            _ = 1 / number

        channel.consume(inverse, name="mine")
        await channel.send(0)
        await asyncio.sleep(5)
        await channel.send_many([1, 2])
        assert await channel.stop(timeout=0) == (left("mine", 1, 1),)  # the loop runs once, and so it began

    run(main())


def test_a_drain_that_failed_or_was_cancelled_before_is_at_no_event() -> None:
    async def main() -> None:
        channel: Channel[int] = Channel("Numbers", synchronized=True)

        async def inverse(number: int) -> None:
            await asyncio.sleep(1 / number)

        channel.consume(inverse, name="mine")
        await channel.send_many([0, 1])
        draining = asyncio.create_task(channel.drain())
        await asyncio.sleep(0.5)
        draining.cancel()
        await asyncio.wait([draining])
        await channel.send_many([2, 3])
        assert await channel.stop(timeout=0) == (left("mine", 2),)

        failed: Channel[int] = Channel("Numbers", synchronized=True)
        failed.consume(inverse, name="mine")
        await failed.send(0)
        await failed.drain()
        await failed.send(1)
        assert await failed.stop(timeout=0) == (left("mine", 1),)

    run(main())


def test_who_closes_has_asked_for_it(told: Told) -> None:
    async def main() -> None:
        channel: Channel[int] = Channel("Numbers")
        subscription = channel.consume(lambda _: asyncio.sleep(10))
        await channel.send_many([1, 2])
        await asyncio.sleep(1)
        subscription.close()
        assert await channel.stop() == ()

    run(main())
    assert told() == []


def test_cancelled_by_somebody_else_is_told_by_the_logger(told: Told) -> None:
    async def main() -> None:
        channel: Channel[int] = Channel("Numbers")
        for stream in (channel, channel.map(lambda n: n)):
            subscription = stream.consume(lambda _: asyncio.sleep(10), name="mine")
            await channel.send_many([7, 8])
            await asyncio.sleep(1)
            assert subscription.task is not None
            subscription.task.cancel()
            await asyncio.sleep(1)
            assert subscription.leftover == left("mine", 1, 7)
            assert subscription.stats().pending == 0  # nobody will read it: senders go on
        assert await channel.stop() == ()

    run(main())
    assert told() == ["channel 'Numbers': consumer 'mine' was cancelled with 1 pending, in its callback for 7"] * 2


def test_a_block_that_is_left_in_a_hurry_tells_the_logger(told: Told) -> None:
    async def main() -> None:
        async with Channel[int]("Numbers") as channel:
            channel.consume(lambda _: asyncio.sleep(10), name="mine")
            await channel.send_many([7, 8])
            raise OSError("cable")

    with pytest.raises(OSError, match="cable"):
        run(main())
    assert told() == ["channel 'Numbers': consumer 'mine' was cancelled with 1 pending, in its callback for 7"]


def test_a_callback_that_stops_its_channel_cuts_off_the_others() -> None:
    async def main() -> None:
        channel: Channel[int] = Channel("Numbers")
        reports: list[tuple[Leftover, ...]] = []

        async def stop(number: int) -> None:
            reports.append(await channel.stop(timeout=0))

        channel.consume(lambda _: asyncio.sleep(10), name="slow")
        channel.consume(stop, name="stopper")
        await channel.send_many([7, 8])
        await asyncio.sleep(1)
        assert await channel.stop() == (left("slow", 1, 7),)
        assert reports == [(left("slow", 1, 7),)] * 2

    run(main())


# ---- pipelines


@pytest.mark.parametrize("synchronized", [False, True])
def test_a_pipeline_is_cut_off_with_the_last_of_its_channels(synchronized: bool, told: Told) -> None:
    async def main() -> None:
        numbers: Channel[int] = Channel("Numbers", synchronized=synchronized)
        others: Channel[int] = Channel("Others", synchronized=synchronized)
        handled: list[int] = []
        numbers.merge(others).consume(taking(10.0, handled), name="merged")
        await numbers.send_many([7, 8])
        await others.send(9)
        assert await numbers.stop(timeout=15) == ()
        assert asyncio.get_running_loop().time() == 0  # it goes on, and so is not waited for
        assert await others.stop(timeout=15) == (left("merged", 1, 8, channel="Others"),)
        assert asyncio.get_running_loop().time() == 15
        assert handled == [7]
        assert await others.stop() == (left("merged", 1, 8, channel="Others"),)

    run(main())
    assert len(told()) == 1


@pytest.mark.parametrize("synchronized", [False, True])
@pytest.mark.parametrize("completed", [False, True])
def test_whoever_stops_waits_for_pipelines_too(synchronized: bool, completed: bool) -> None:
    async def main() -> None:
        numbers: Channel[int] = Channel("Numbers", synchronized=synchronized)
        handled: list[int] = []
        numbers.map(lambda n: -n).consume(taking(10.0, handled))
        await numbers.send_many([7, 8])
        if completed:
            numbers.on_completed()
        else:
            stopping = asyncio.create_task(numbers.stop())
            await asyncio.sleep(0)
            stopping.cancel()
            await asyncio.wait([stopping])
        in_vain = synchronized and not completed  # the callback was called by the stop that was cancelled
        assert await numbers.stop() == ((left("pipeline", 0, -7),) if in_vain else ())
        assert handled == ([-8] if in_vain else [-7, -8])
        assert len(asyncio.all_tasks()) == 1

    run(main())


def test_a_pipeline_that_was_consumed_without_a_loop_has_what_is_pending() -> None:
    numbers: Channel[int] = Channel("Numbers")
    handled: list[int] = []
    numbers.map(lambda n: -n).consume(handled.append)
    numbers.send_nowait(7)
    assert run(numbers.stop()) == ()
    assert handled == [-7]


# ---- many channels

NUMBERS = ChannelKey("Numbers", int)
OTHERS = ChannelKey("Others", int)


def test_channels_tell_what_is_left_of_each_and_of_a_pipeline_once(told: Told) -> None:
    async def main() -> None:
        channels = Channels()
        numbers, others = channels.open(NUMBERS), channels.open(OTHERS)
        numbers.consume(taking(10.0, []), name="slow")
        others.consume(taking(10.0, []), name="slow")
        numbers.zip(others).consume(lambda _: asyncio.sleep(10), name="both")
        await numbers.send_many([7, 8])
        await others.send(7)
        report = await channels.stop(timeout=5)
        assert len(report) == 3
        assert {one for one in report if one.consumer == "slow"} == {
            left("slow", 1, 7),
            left("slow", 0, 7, channel="Others"),
        }
        assert [(one.pending, one.event) for one in report if one.consumer == "both"] == [(0, (7, 7))]
        again = await channels.stop()
        assert (len(again), set(again)) == (3, set(report))
        assert asyncio.get_running_loop().time() == 5

    run(main())
    assert len(told()) == 3


def test_channels_of_which_nothing_is_left() -> None:
    async def main() -> None:
        channels = Channels()
        handled: list[int] = []
        channels.open(NUMBERS).consume(handled.append)
        await channels.get(NUMBERS).send(1)
        assert await channels.stop(timeout=5) == ()
        assert handled == [1]

    run(main())


# ---- whatever happens


@given(
    seconds=st.lists(st.sampled_from([0.0, 1.0, 2.5]), min_size=1, max_size=3),
    count=st.integers(0, 6),
    wait=st.integers(0, 4),
    timeout=st.one_of(st.none(), st.sampled_from([0.0, 1.0, 3.0, 6.0])),
    synchronized=st.booleans(),
    piped=st.booleans(),
)
def test_each_event_is_handled_or_told(
    seconds: list[float], count: int, wait: int, timeout: float | None, synchronized: bool, piped: bool
) -> None:
    async def main() -> None:
        channel: Channel[int] = Channel("Numbers", synchronized=synchronized)
        stream = channel.map(lambda n: n) if piped else channel
        handled: dict[str, list[int]] = {}
        for place, each in enumerate(seconds):
            name = f"consumer {place}"
            stream.consume(taking(each, handled.setdefault(name, [])), name=name)
        await channel.send_many(range(count))
        await asyncio.sleep(wait)
        report = await channel.stop(timeout)
        told = {one.consumer: one for one in report}
        assert len(told) == len(report)
        for name, events in handled.items():
            assert events == list(range(len(events)))
            one = told.get(name)
            assert len(events) + (0 if one is None else one.events) == count
            if one is not None:
                assert one.events > 0
                assert timeout is not None
                assert one.event == (len(events) if one.in_flight else None)

    run(main())


def test_a_drain_goes_past_who_was_closed() -> None:
    async def main() -> None:
        channel: Channel[int] = Channel("Numbers", synchronized=True)
        handled: list[int] = []
        closed = channel.consume(handled.append)
        channel.consume(handled.append)
        closed.close()
        await channel.send(1)
        await channel.drain()
        assert handled == [1]
        assert await channel.stop() == ()

    run(main())
