"""probe: when nothing may come, what the end of the block says, and how it is called off."""

from __future__ import annotations

import asyncio
import gc
import warnings
from collections.abc import Callable

import pytest

from async_channel import Channel, from_iterable, interval, timer
from async_channel.testing import TestConsumer, probe

pytestmark = pytest.mark.virtual_time


def said(caught: pytest.ExceptionInfo[BaseException]) -> str:
    return str(caught.value)


def time() -> float:
    return asyncio.get_running_loop().time()


# ---- nothing may come


async def test_no_events_is_said_at_once_and_waited_for_by_what_comes_next() -> None:
    async with probe(timer(1.5)) as p:
        p.expect_no_events(for_=1.0)
        assert time() == 0
        await p.expect(0)
        await p.expect_complete()
        assert time() == 1.5
        p.expect_no_events(for_=1.0)
        p.expect_no_events(for_=3.0)
    assert time() == 4.5, "the end of the block waits for the longest"


async def test_no_events_may_be_awaited() -> None:
    async with probe(timer(1.5)) as p:
        await p.expect_no_events(for_=1.0)
        assert time() == 1.0
        await p.expect(0)
        await p.expect_complete()


@pytest.mark.usefixtures("alone")
async def test_no_events_that_is_not_awaited_warns_of_nothing() -> None:
    ticks: Channel[int] = Channel("Ticks")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        async with probe(ticks) as p:
            p.expect_no_events(for_=1.0)
            gc.collect()


async def test_what_comes_when_the_time_is_just_over_is_no_part_of_it() -> None:
    async with probe(interval(0.1)) as p:
        for n in range(10):
            p.expect_no_events(for_=0.1)
            await p.expect(n, within=0)


async def test_an_event_in_the_time_fails_what_comes_next() -> None:
    async with probe(interval(1.0), name="beats") as p:
        p.expect_no_events(for_=1.5)
        with pytest.raises(AssertionError) as caught:
            await p.expect(0)
        assert time() == 1.0, "it does not wait any longer"
        await p.expect(1)
    assert said(caught) == (
        "probe 'beats': expected no events for 1.5 s from 0 s on, and got 0 at 1 s; seen were:\n  0 at 1 s  <-- this"
    )


async def test_an_event_in_the_time_is_found_also_when_nobody_waited() -> None:
    ticks: Channel[int] = Channel("Ticks")
    async with probe(ticks) as p:
        p.expect_no_events(for_=1.0)
        await asyncio.sleep(0.5)
        await ticks.send(1)
        await asyncio.sleep(2.0)
        with pytest.raises(AssertionError, match=r"expected no events for 1 s from 0 s on, and got 1 at 0\.5 s"):
            await p.expect(1)
        p.expect_no_events(for_=1.0)
        await asyncio.sleep(1.5)
        await ticks.send(2)  # behind the time
        await p.expect(2)


async def test_an_end_in_the_time_fails_as_well() -> None:
    ticks: Channel[int] = Channel("Ticks")
    async with probe(ticks) as p:
        p.expect_no_events(for_=1.0)
        await ticks.stop()
        with pytest.raises(AssertionError, match="expected no events for 1 s from 0 s on, and got completion at 0 s"):
            await p.expect_complete()


async def test_what_came_before_and_was_not_asked_for_is_no_silence() -> None:
    ticks: Channel[int] = Channel("Ticks")
    async with probe(ticks) as p:
        await ticks.send(1)
        await asyncio.sleep(1)
        with pytest.raises(AssertionError, match="expected no events for 1 s from 1 s on, and got 1 at 0 s"):
            await p.expect_no_events(for_=1.0)


async def test_an_event_in_the_time_fails_the_end_of_the_block() -> None:
    with pytest.raises(AssertionError) as caught:
        async with probe(interval(1.0)) as p:
            p.expect_no_events(for_=1.5)
    assert time() == 1.0
    assert said(caught).startswith("probe 'pipeline': expected no events for 1.5 s from 0 s on, and got 0 at 1 s")


# ---- the end of the block


async def test_what_nobody_asked_for_fails_the_block() -> None:
    ticks: Channel[int] = Channel("Ticks")
    with pytest.raises(AssertionError) as caught:
        async with probe(ticks) as p:
            await ticks.send_many([1, 2])
            await p.expect(1)
            await asyncio.sleep(1)
            await ticks.send(3)
    assert said(caught) == (
        "probe 'Ticks': the block is over, and nobody asked for:\n"
        "  2 at 0 s\n"
        "  3 at 1 s\n"
        "ask for it: await p.expect(...); or let it pass: await p.cancel_and_ignore()"
    )


async def test_a_completion_nobody_asked_for_fails_the_block() -> None:
    with pytest.raises(AssertionError) as caught:
        async with probe(from_iterable([1])) as p:
            await p.expect(1)
    assert said(caught) == (
        "probe 'pipeline': the block is over, and nobody asked for:\n"
        "  completion at 0 s\n"
        "ask for it: await p.expect_complete(); or let it pass: await p.cancel_and_ignore()"
    )


async def test_an_error_nobody_asked_for_fails_the_block_and_is_the_cause() -> None:
    ticks: Channel[int] = Channel("Ticks")
    error = ValueError("bad tick")
    with pytest.raises(AssertionError) as caught:
        async with probe(ticks):
            ticks.on_error(error)
    assert said(caught) == (
        "probe 'Ticks': the block is over, and nobody asked for:\n"
        "  error ValueError('bad tick') at 0 s\n"
        "ask for it: await p.expect_error(ValueError); or let it pass: await p.cancel_and_ignore()"
    )
    assert caught.value.__cause__ is error


async def test_a_stream_need_not_end() -> None:
    ticks: Channel[int] = Channel("Ticks")
    async with probe(ticks) as p:
        await ticks.send(1)
        await p.expect(1)


async def test_an_exception_goes_through_with_a_note_of_what_nobody_asked_for() -> None:
    ticks: Channel[int] = Channel("Ticks")
    with pytest.raises(KeyError) as caught:
        async with probe(ticks) as p:
            p.expect_no_events(for_=1000)
            await ticks.send(1)
            await ticks.stop()
            raise KeyError("mine")
    assert caught.value.__notes__ == ["probe 'Ticks': besides, nobody asked for:\n  1 at 0 s\n  completion at 0 s"]
    assert time() == 0, "it does not wait until the silence is over"


async def test_an_exception_with_nothing_left_has_no_note() -> None:
    ticks: Channel[int] = Channel("Ticks")
    with pytest.raises(KeyError) as caught:
        async with probe(ticks):
            raise KeyError("mine")
    assert not hasattr(caught.value, "__notes__")


async def test_cancelling_the_block_goes_through_and_unsubscribes() -> None:
    ticks: Channel[int] = Channel("Ticks")
    opened = asyncio.Event()

    async def body() -> None:
        async with probe(ticks) as p:
            opened.set()
            await p.next()

    task = asyncio.create_task(body())
    await opened.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not ticks.observers


@pytest.mark.parametrize("leave", ["plainly", "with an exception", "unconsumed"])
async def test_leaving_the_block_unsubscribes_and_ends_the_tasks_of_the_pipeline(leave: str) -> None:
    ticks: Channel[int] = Channel("Ticks")

    async def double(n: int) -> int:
        await asyncio.sleep(0.1 if n else 1000.0)
        return 2 * n

    before = asyncio.all_tasks()
    try:
        async with probe(ticks.map_async(double, concurrency=2, ordered=False)) as p:
            await ticks.send_many([0, 1])
            await p.expect(2)
            if leave == "with an exception":
                raise KeyError(leave)
            if leave == "unconsumed":
                await ticks.send(3)
                await asyncio.sleep(1)
    except (KeyError, AssertionError):
        assert leave != "plainly"
    else:
        assert leave == "plainly"
    assert asyncio.all_tasks() == before
    assert not ticks.observers


# ---- calling it off


async def test_after_cancel_nothing_comes_and_what_came_is_still_to_be_asked_for() -> None:
    ticks: Channel[int] = Channel("Ticks")
    async with probe(ticks) as p:
        await ticks.send(1)
        await asyncio.sleep(2)
        p.cancel()
        p.cancel()
        await ticks.send(2)
        assert p.received == ((0.0, 1),)
        await p.expect(1)
        with pytest.raises(AssertionError) as caught:
            await p.expect(2)
        assert time() == 2
    assert said(caught) == (
        "probe 'Ticks': expected 2, and nothing comes any more: it was cancelled at 2 s; seen were:\n  1 at 0 s"
    )


async def test_after_cancel_what_came_and_was_not_asked_for_fails_the_block() -> None:
    ticks: Channel[int] = Channel("Ticks")
    with pytest.raises(AssertionError, match="the block is over, and nobody asked for:\n  1 at 0 s"):
        async with probe(ticks) as p:
            await ticks.send(1)
            p.cancel()


async def test_cancel_ends_a_silence_and_whoever_waits() -> None:
    ticks: Channel[int] = Channel("Ticks")
    async with probe(ticks) as p:
        waiting = asyncio.create_task(p.next())
        await asyncio.sleep(1)
        p.cancel()
        with pytest.raises(AssertionError, match="nothing comes any more: it was cancelled at 1 s"):
            await waiting
        p.expect_no_events(for_=1000)
    assert time() == 1


async def test_cancel_and_ignore_lets_everything_pass() -> None:
    ticks: Channel[int] = Channel("Ticks")
    async with probe(ticks) as p:
        p.expect_no_events(for_=1000)
        await ticks.send(1)
        await p.cancel_and_ignore()
        await ticks.stop()
    assert p.received == ((0.0, 1),)
    assert time() == 0


# ---- misuse


async def test_it_is_used_inside_its_block() -> None:
    ticks: Channel[int] = Channel("Ticks")
    p = probe(ticks)
    assert repr(p) == "<TestConsumer 'Ticks' not open>"
    assert p.received == ()
    message = r"probe 'Ticks' is not open: use it inside 'async with probe\(\.\.\.\) as p:'"
    with pytest.raises(RuntimeError, match=message):
        await p.next()
    with pytest.raises(RuntimeError, match=message):
        p.expect_no_events(for_=1.0)
    with pytest.raises(RuntimeError, match=message):
        p.cancel()
    async with p:
        pass
    with pytest.raises(AssertionError, match="expected an event, and nothing comes any more: its block is over"):
        await p.next()
    with pytest.raises(RuntimeError, match="probe 'Ticks' was opened before: make a new one for each block"):
        async with p:
            pass


BAD: list[tuple[Callable[[TestConsumer[int]], object], type[Exception], str]] = [
    (lambda p: p.expect(), TypeError, r"expect\(\) takes one event or more; expect_complete\(\) waits for the end"),
    (lambda p: p.next(within=-1), ValueError, r"next\(within=\.\.\.\) takes a finite number of seconds, 0 or more"),
    (lambda p: p.next(within=True), TypeError, r"next\(within=\.\.\.\) takes seconds \(a number\), got True"),
    (lambda p: p.skip(0), ValueError, r"skip\(count=\.\.\.\) takes at least 1, got 0"),
    (lambda p: p.expect_that(1), TypeError, r"expect_that\(predicate=\.\.\.\) takes a function, got 1"),  # type: ignore[arg-type]  # as it should
    (lambda p: p.expect_error("x"), TypeError, r"expect_error\(\) takes a class of exceptions, got 'x'"),  # type: ignore[arg-type]  # as it should
    (lambda p: p.expect_no_events(for_=0), ValueError, r"expect_no_events\(for_=\.\.\.\) takes a finite number"),
]


@pytest.mark.parametrize(("ask", "error", "message"), BAD, ids=range(len(BAD)))
async def test_a_bad_argument_is_refused_at_the_call(
    ask: Callable[[TestConsumer[int]], object], error: type[Exception], message: str
) -> None:
    ticks: Channel[int] = Channel("Ticks")
    async with probe(ticks) as p:
        with pytest.raises(error, match=message):
            asked = ask(p)
            assert asyncio.iscoroutine(asked)
            await asked


async def test_a_bad_source_or_option_is_refused_by_probe() -> None:
    ticks: Channel[int] = Channel("Ticks")
    with pytest.raises(
        TypeError, match=r"probe\(\.\.\.\) takes a Channel, a Stream, another reactivex Observable or a Co"
    ):
        probe([1, 2])  # type: ignore[arg-type]  # as it should
    with pytest.raises(ValueError, match=r"probe\(capacity=\.\.\.\) takes at least 1, got 0"):
        probe(ticks, capacity=0)
    with pytest.raises(TypeError, match=r"probe\(overflow=\.\.\.\) takes a member of Overflow or conflate_by"):
        probe(ticks, overflow="block")  # type: ignore[arg-type]  # as it should
    with pytest.raises(ValueError, match=r"probe\(within=\.\.\.\) takes a finite number of seconds above 0"):
        probe(ticks, within=float("inf"))
    with pytest.raises(TypeError, match=r"probe\(name=\.\.\.\) takes a string"):
        probe(ticks, name=3)  # type: ignore[arg-type]  # as it should
