"""probe: what is asked for comes, and what is not asked for fails, with a message that says what and when."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable

import pytest
import reactivex
from reactivex import Observable
from reactivex.scheduler.eventloop import AsyncIOScheduler
from reactivex.subject import Subject

from async_channel import Channel, clock, from_iterable, interval, timer
from async_channel.testing import Received, TestConsumer, probe

pytestmark = pytest.mark.virtual_time  # each that is a coroutine


def said(caught: pytest.ExceptionInfo[BaseException]) -> str:
    return str(caught.value)


class Even:
    """Equal to each even number, as objects with an equality of their own are."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, int) and other % 2 == 0

    def __hash__(self) -> int:
        return 0

    def __repr__(self) -> str:
        return "Even()"


# ---- what is asked for


async def test_events_are_asked_for_in_order_and_so_is_the_end() -> None:
    async with probe(from_iterable(range(5))) as p:
        await p.expect(0)
        await p.expect(1, 2)
        assert await p.next() == 3
        assert await p.expect_that(lambda n: n > 3) == 4
        await p.expect_complete()
    assert [n for _, n in p.received] == [0, 1, 2, 3, 4]


async def test_an_event_is_seen_when_it_occurs_and_not_when_it_is_asked_for() -> None:
    async with probe(interval(0.5)) as p:
        await asyncio.sleep(1.2)
        assert p.received == ((0.5, 0), (1.0, 1))
        assert p.received[0] == Received(time=0.5, event=0)
        await p.expect(0, 1)
        assert p.received[1].time == 1.0


async def test_a_synchronous_send_is_seen_at_once() -> None:
    ticks: Channel[int] = Channel("Ticks")
    async with probe(ticks) as p:
        ticks.send_nowait(7)
        assert p.received == ((0.0, 7),)
        await p.expect(7)


async def test_times_count_from_the_opening() -> None:
    ticks: Channel[int] = Channel("Ticks")
    await asyncio.sleep(100)
    async with probe(ticks) as p:
        await asyncio.sleep(1)
        await ticks.send(1)
        await p.expect(1)
    assert p.received == ((1.0, 1),)


async def test_what_a_channel_keeps_for_its_first_consumer_is_seen_at_the_opening() -> None:
    ticks: Channel[int] = Channel("Ticks")
    await ticks.send_many([1, 2])
    async with probe(ticks) as p:
        await p.expect(1, 2, within=0)


async def test_it_never_slows_the_source_down() -> None:
    ticks: Channel[int] = Channel("Ticks", capacity=2)
    async with probe(ticks) as direct, probe(ticks.map(str)) as pipeline:
        for n in range(3000):
            ticks.send_nowait(n)
        assert ticks.stats().waits == 0
        await direct.expect(*range(3000))
        await pipeline.skip(3000)


@pytest.mark.parametrize(
    "make",
    [
        lambda: reactivex.of(1, 2),
        lambda: reactivex.timer(1.0).map(lambda _: 1).concat(reactivex.of(2)),
        lambda: timer(1.0).map(lambda _: 1).merge(timer(2.0).map(lambda _: 2)),
        lambda: reactivex.of(1, 2).observe_on(AsyncIOScheduler(asyncio.get_running_loop())),
    ],
    ids=["of", "timed", "stream", "scheduled"],
)
async def test_any_observable_can_be_probed(make: Callable[[], Observable[int]]) -> None:
    async with probe(make()) as p:
        await p.expect(1, 2)
        await p.expect_complete()


async def test_a_subject_can_be_probed() -> None:
    subject: Subject[str] = Subject()
    async with probe(subject, name="words") as p:
        subject.on_next("a")
        await p.expect("a")
    assert not subject.observers, "it unsubscribes"
    assert repr(p) == "<TestConsumer 'words' seen=1 unconsumed=0>"


async def test_an_error_is_asked_for_by_its_class_and_text_and_returned() -> None:
    ticks: Channel[int] = Channel("Ticks")
    error = ConnectionResetError("peer 7 went away")
    async with probe(ticks) as p:
        ticks.on_error(error)
        assert await p.expect_error(OSError, match=r"peer \d went") is error


async def test_skip_lets_so_many_events_pass() -> None:
    async with probe(from_iterable("abcd")) as p:
        await p.skip(3)
        await p.expect("d")
        await p.expect_complete()


async def test_an_event_in_the_very_moment_of_the_limit_is_in_time() -> None:
    async with probe(interval(0.1)) as p:
        await p.expect(0, within=0.1)
        await p.expect(1, 2, within=0.2)  # 0.1 + 0.2 is more than 3 * 0.1, for floats


async def test_expect_compares_by_equality_and_a_value_is_equal_to_itself() -> None:
    async with probe(reactivex.of(math.nan, 2)) as p:
        await p.expect(math.nan)
        even: object = Even()
        assert isinstance(p, TestConsumer)
        await p.expect(even)  # type: ignore[arg-type]  # what it is equal to is its own business
        await p.expect_complete()


async def test_several_tasks_may_ask_one_probe() -> None:
    async with probe(interval(1.0)) as p:
        assert sorted(await asyncio.gather(p.next(), p.next(), p.next())) == [0, 1, 2]


async def test_asking_leaves_no_timer_behind() -> None:
    timers: list[asyncio.TimerHandle] = asyncio.get_running_loop()._scheduled  # type: ignore[attr-defined]  # asyncio's
    ticks: Channel[int] = Channel("Ticks")
    async with probe(ticks) as p:
        asyncio.get_running_loop().call_later(1.0, ticks.send_nowait, 1)
        await p.next()
        assert all(timer.cancelled() for timer in timers)
        p.expect_no_events(for_=1.0)
    assert all(timer.cancelled() for timer in timers)


async def test_asking_may_be_cancelled_and_loses_nothing() -> None:
    ticks: Channel[int] = Channel("Ticks")
    async with probe(ticks) as p:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(p.next(), 1.0)
        await ticks.send(1)
        await p.expect(1)


# ---- something else comes, or nothing


async def test_another_event_is_told_with_what_was_seen() -> None:
    async with probe(interval(1.0).map(lambda n: n * 10), name="tens") as p:
        with pytest.raises(AssertionError) as caught:
            await p.expect(0, 10, 21)
    assert said(caught) == (
        "probe 'tens': expected 21, and got 20 at 3 s; seen were:\n  0 at 1 s\n  10 at 2 s\n  20 at 3 s  <-- this"
    )


async def test_nothing_in_time_is_told_with_how_long_it_was_awaited() -> None:
    ticks: Channel[int] = Channel("Ticks")
    async with probe(ticks) as p:
        with pytest.raises(AssertionError) as caught:
            await p.expect(1)
        await ticks.send(1)
        await p.expect(1)
        with pytest.raises(AssertionError) as again:
            await p.next(within=0.5)
    assert (
        said(caught)
        == "probe 'Ticks': expected 1 within 86400 s, and nothing came from 0 s to 86400 s (within= sets how long)"
    )
    assert said(again).startswith(
        "probe 'Ticks': expected an event within 0.5 s, and nothing came from 86400.0000005 s to 86400.5000005 s "
        "(within= sets how long); seen were:"
    )


def test_on_a_loop_that_is_not_virtual_patience_is_ten_seconds() -> None:
    async def main() -> None:
        async with probe(Channel[int]("Ticks")) as p:
            with pytest.raises(AssertionError, match="expected 1 within 10 s, and nothing came from "):
                await p.expect(1)

    clock.run(main(), speed=10_000.0)


async def test_several_events_share_one_limit_if_it_is_given_and_have_one_each_if_not() -> None:
    async with probe(interval(8.0)) as p:
        await p.expect(0, 1)
        with pytest.raises(AssertionError) as caught:
            await p.expect(2, 3, within=10.0)
    assert said(caught).startswith(
        "probe 'pipeline': expected 3 within 10 s, and nothing came from 24 s to 26 s (within= sets how long); seen"
    )


async def test_the_probe_has_a_limit_of_its_own_for_all_that_say_none() -> None:
    async with probe(timer(100.0), within=99.0) as p:
        with pytest.raises(AssertionError, match=r"expected an event within 99 s, and nothing came from 0 s to 99 s"):
            await p.next()
        await p.skip(1)
        await p.expect_complete()


async def test_an_end_is_no_event() -> None:
    async with probe(from_iterable([1])) as p:
        await p.expect(1)
        with pytest.raises(AssertionError) as caught:
            await p.next()
    assert said(caught) == (
        "probe 'pipeline': expected an event, and got completion at 0 s; seen were:\n"
        "  1 at 0 s\n"
        "  completion at 0 s  <-- this"
    )


@pytest.mark.parametrize(
    "ask",
    [
        lambda p: p.expect(1),
        lambda p: p.next(),
        lambda p: p.skip(1),
        lambda p: p.expect_complete(),
        lambda p: p.expect_error(KeyError),
        lambda p: p.expect_error(ValueError, match="good"),
    ],
    ids=["expect", "next", "skip", "complete", "class", "text"],
)
async def test_an_error_that_was_not_asked_for_is_the_cause(
    ask: Callable[[TestConsumer[int]], Awaitable[object]],
) -> None:
    ticks: Channel[int] = Channel("Ticks")
    error = ValueError("bad tick")
    async with probe(ticks) as p:
        ticks.on_error(error)
        with pytest.raises(AssertionError, match=r"and got error ValueError\('bad tick'\) at 0 s") as caught:
            await ask(p)
    assert caught.value.__cause__ is error


async def test_what_error_was_wanted_is_told() -> None:
    async with probe(from_iterable([1])) as p:
        with pytest.raises(AssertionError) as caught:
            await p.expect_error(ValueError, match="b.d", within=2)
        with pytest.raises(AssertionError) as other:
            await p.expect_error(ValueError)
    assert said(caught).startswith("probe 'pipeline': expected error ValueError matching 'b.d', and got 1 at 0 s")
    assert said(other).startswith("probe 'pipeline': expected error ValueError, and got completion at 0 s")


async def test_an_event_before_the_end_is_told() -> None:
    async with probe(from_iterable([1])) as p:
        with pytest.raises(AssertionError, match="expected completion, and got 1 at 0 s"):
            await p.expect_complete()
        await p.expect_complete()


async def test_a_predicate_that_is_false_is_told_by_its_name() -> None:
    def is_large(n: int) -> bool:
        return n > 5

    async with probe(from_iterable([1, 9])) as p:
        with pytest.raises(AssertionError) as caught:
            await p.expect_that(is_large)
        assert await p.expect_that(is_large) == 9
        with pytest.raises(AssertionError, match=r"an event for which <lambda> is true, and got completion"):
            await p.expect_that(lambda n: n > 5)
    assert said(caught).splitlines()[0] == (
        "probe 'pipeline': expected an event for which is_large is true, and got 1 at 0 s; seen were:"
    )


async def test_too_few_to_skip_are_told() -> None:
    async with probe(from_iterable([1])) as p:
        with pytest.raises(AssertionError, match="expected event 2 of 3 to skip, and got completion at 0 s"):
            await p.skip(3)


async def test_nothing_comes_after_an_end_and_nobody_waits_for_it() -> None:
    loop = asyncio.get_running_loop()
    async with probe(from_iterable([1])) as p:
        await p.expect(1)
        await p.expect_complete()
        with pytest.raises(AssertionError) as caught:
            await p.expect(2)
    assert loop.time() == 0
    assert said(caught) == (
        "probe 'pipeline': expected 2, and nothing comes after completion at 0 s; seen were:\n"
        "  1 at 0 s\n"
        "  completion at 0 s"
    )


async def test_a_long_history_and_a_long_event_are_told_in_part() -> None:
    async with probe(from_iterable(["x" * 1000, *map(str, range(30))])) as p:
        with pytest.raises(AssertionError) as caught:
            await p.expect("y")
        with pytest.raises(AssertionError) as later:
            await p.expect(*map(str, range(30)), "end")
    assert said(caught).splitlines()[0] == (
        f"probe 'pipeline': expected 'y', and got '{'x' * 296}... at 0 s; seen were:"
    )
    assert said(later).splitlines()[1:3] == ["  ... 12 before", "  '11' at 0 s"]
    assert said(later).splitlines()[-1] == "  completion at 0 s  <-- this"
