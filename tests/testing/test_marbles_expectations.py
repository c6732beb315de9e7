"""Marbles that are expected: what passes, what fails, of what kind of stream, inside a loop and outside."""

from __future__ import annotations

import asyncio
import itertools
import math
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass
from typing import Any
from unittest.mock import ANY

import pytest
import reactivex
from hypothesis import given
from hypothesis import strategies as st
from reactivex import operators as ops

from async_channel import Channel, Consumer, ConsumerLagged, Overflow, clock, from_iterable, interval
from async_channel.testing import Diagram, MarbleError, assert_marbles, expect_marbles, marbles, play_marbles
from tests.support import run


@dataclass(frozen=True)
class Tick:
    price: float


async def shouted(word: str) -> str:
    await asyncio.sleep(2)
    return word.upper()


async def twice(word: str) -> AsyncIterator[str]:
    for _ in range(2):
        await asyncio.sleep(1)
        yield word


# ---- what passes


@pytest.mark.parametrize(
    "diagram",
    ["a-b-(cd)-|", "a-b-(cd)-#", "a-b-(cd)--", "---", "|", "#", "(a|)", "(ab#)", "-", "a 1h b 1m |", "-a 2m b"],
)
@pytest.mark.parametrize("unit", [1.0, 0.1, 0.02, 60.0, 1e-3])
def test_what_is_played_is_what_is_expected(diagram: str, unit: float) -> None:
    assert_marbles(marbles(diagram, unit=unit), diagram, unit=unit)


symbols = st.sampled_from("abc")
texts = st.tuples(
    st.lists(st.one_of(symbols, st.just("-"), st.just("--"), st.just("(ab)")), min_size=1, max_size=8).map("".join),
    st.sampled_from(["", "|", "#"]),
).map("".join)


@given(texts, texts)
def test_it_passes_exactly_if_the_same_happens(played: str, expected: str) -> None:
    one, other = Diagram.parse(played), Diagram.parse(expected)
    watched = [mark for mark in one.marks if other.end is not None or mark.time < other.width]
    if tuple(watched) == other.marks:
        assert_marbles(marbles(played), expected)
    else:
        with pytest.raises(AssertionError):
            assert_marbles(marbles(played), expected)


def test_events_are_compared_with_values_by_equality() -> None:
    assert_marbles(marbles("12|").map(int).map(Tick), "ab|", {"a": Tick(1.0), "b": Tick(2.0)})
    assert_marbles(marbles("12|").map(int), "ab|", {"a": ANY, "b": 2.0})


def test_an_event_that_is_not_in_values_is_refused() -> None:
    with pytest.raises(ValueError, match="'b' is not in values, which has 'a'"):
        assert_marbles(marbles("ab|"), "ab|", {"a": "a"})


@pytest.mark.parametrize(
    ("actual", "error"),
    [
        (ValueError("no"), ValueError("no")),
        (ValueError("no"), ValueError),
        (UnicodeError("no"), ValueError),
        (MarbleError(), None),
    ],
)
def test_an_error_is_expected_by_its_class_and_arguments_or_by_a_class(
    actual: Exception, error: Exception | type[Exception] | None
) -> None:
    assert_marbles(marbles("-a#", error=actual), "-a#", error=error)


@pytest.mark.parametrize(
    ("actual", "error"),
    [
        (ValueError("no"), ValueError("yes")),
        (UnicodeError("no"), ValueError("no")),
        (ValueError("no"), KeyError),
        (ValueError("no"), None),
    ],
)
def test_another_error_is_a_difference(actual: Exception, error: Exception | type[Exception] | None) -> None:
    with pytest.raises(AssertionError) as failed:
        assert_marbles(marbles("-a#", error=actual), "-a#", error=error)
    assert failed.value.__cause__ is actual


# ---- of what kind of stream


def test_of_any_observable() -> None:
    assert_marbles(reactivex.timer(2.0, 1.0).pipe(ops.take(2)), "--a(b|)", {"a": 0, "b": 1})
    assert_marbles(reactivex.of(1, 2), "(ab|)", {"a": 1, "b": 2})
    assert_marbles(reactivex.throw(KeyError("k")), "#", error=KeyError("k"))
    assert_marbles(reactivex.never(), "----")


def test_of_a_channel_with_what_it_kept_for_its_first_consumer() -> None:
    channel: Channel[str] = Channel("Letters")
    channel.send_nowait("a")
    channel.send_nowait("b")
    channel.on_completed()
    assert_marbles(channel, "(ab|)")


def test_of_a_channel_that_is_played_beside_it() -> None:
    async def main() -> None:
        letters: Channel[str] = Channel("Letters")
        async with asyncio.TaskGroup() as group:
            group.create_task(play_marbles(letters, "a-b-(cd)-|"))
            await expect_marbles(letters.map(str.upper), "A-B-(CD)-|")
        others: Channel[str] = Channel("Others")
        await asyncio.gather(
            play_marbles(others, "a-b|"), expect_marbles(others, "a-b|"), expect_marbles(others, "a-b|")
        )

    run(main())


def test_of_a_consumer_which_is_left_open_to_read_on() -> None:
    async def main() -> str:
        letters: Channel[str] = Channel("Letters")
        async with Consumer(letters) as consumer:
            await letters.send("a")
            playing = asyncio.ensure_future(play_marbles(letters, "-b--c"))
            await expect_marbles(consumer, "ab-")
            assert not consumer.exhausted
            await playing
            return await consumer.get()

    assert run(main()) == "c"


def test_of_a_consumer_outside_of_a_loop() -> None:
    letters: Channel[str] = Channel("Letters")
    consumer = Consumer(letters, filter_func=lambda letter: letter != "b")
    for letter in "abc":
        letters.send_nowait(letter)
    letters.on_completed()
    assert_marbles(consumer, "(ac|)")


@pytest.mark.parametrize(
    ("overflow", "diagram"),
    [
        (Overflow.BLOCK, "(abcd)-"),
        (Overflow.DROP_OLDEST, "(cd)---"),
        (Overflow.DROP_NEWEST, "(ab)---"),
        (Overflow.LATEST, "d------"),
        (Overflow.FAIL, "#"),
    ],
)
def test_of_a_consumer_with_what_its_policy_left(overflow: Overflow, diagram: str) -> None:
    async def main() -> None:
        async with Consumer(marbles("abcd 96s"), capacity=2, overflow=overflow) as consumer:
            await asyncio.sleep(10)
            await expect_marbles(consumer, diagram, error=ConsumerLagged)

    run(main())


def test_of_asynchronous_operators() -> None:
    assert_marbles(marbles("abc----|").map_async(shouted, concurrency=3), "--ABC--|")
    assert_marbles(marbles("abc----|").map_async(shouted), "--A-B-C|")
    assert_marbles(marbles("a----b|").flat_map_async(twice), "-aa---b(b|)")
    assert_marbles(marbles("a---|").map_async(shouted).timeout(1.5), "---#", unit=0.5, error=TimeoutError)
    assert_marbles(marbles("a-----|").debounce(2.0).map_async(shouted), "----A-|")


def test_no_task_and_no_reader_is_left() -> None:
    async def main() -> None:
        letters: Channel[str] = Channel("Letters")
        with pytest.raises(AssertionError):
            await expect_marbles(letters.map_async(shouted), "a")
        await expect_marbles(letters.merge(marbles("abcdef").map_async(shouted)), "--A-!")
        assert asyncio.all_tasks() == {asyncio.current_task()}
        assert letters.stats().consumers == ()
        for _ in range(5000):
            letters.send_nowait("a")

    run(main())


# ---- cancellation


def test_the_observer_disposes_at_the_cancellation() -> None:
    async def main(diagram: str) -> tuple[float, list[str]]:
        disposed: list[float] = []
        seen: list[str] = []

        async def watch() -> None:
            source = Channel[str]("Letters")
            observed = source.do_action(seen.append).pipe(ops.finally_action(lambda: disposed.append(clock.now())))
            playing = asyncio.ensure_future(play_marbles(source, "a-b-c-|"))
            await expect_marbles(observed, diagram)
            await playing

        await watch()
        return disposed[0], seen

    assert run(main("a-b!")) == (3.0, ["a", "b"])
    assert run(main("a-!")) == (2.0, ["a"])  # before all else of that moment
    disposed_at, seen = run(main("a-(b!)"))
    assert disposed_at == pytest.approx(2.0)
    assert seen == ["a", "b"]


def test_a_stream_that_ends_before_it_is_cancelled_is_a_difference() -> None:
    with pytest.raises(AssertionError, match="the completion came at 1 s, and nothing more was expected"):
        assert_marbles(marbles("a|"), "a---!")


def test_a_consumer_is_closed_at_the_cancellation() -> None:
    async def main() -> bool:
        consumer = Consumer(marbles("a-b-c"))
        await expect_marbles(consumer, "a-b!")
        return consumer.exhausted

    assert run(main())


# ---- where no end is drawn, and where it is


def test_without_an_end_it_is_watched_for_as_long_as_it_is_wide() -> None:
    async def main(diagram: str) -> float:
        await expect_marbles(marbles("a--b"), diagram)
        return clock.now()

    assert run(main("a--")) == 3.0
    with pytest.raises(AssertionError):
        run(main("a---"))


def test_what_comes_at_the_end_of_the_width_is_beyond_it_whatever_rounding_makes_of_it() -> None:
    assert 3 * 0.1 > 0.3
    assert_marbles(reactivex.timer(0.3), "---", unit=0.1)
    assert_marbles(reactivex.timer(0.3), "---!", unit=0.1)
    assert_marbles(reactivex.timer(0.3), "---(a|)", {"a": 0}, unit=0.1)


def test_a_late_end_is_found_and_so_is_an_endless_stream() -> None:
    with pytest.raises(AssertionError, match="the completion was expected at 1 s, and came at 40 s, 39 s late"):
        assert_marbles(marbles("a 39s |"), "a|")
    with pytest.raises(AssertionError, match="the completion was expected at 1 s, and nothing came until 62 s"):
        assert_marbles(marbles("a"), "a|")
    with pytest.raises(AssertionError, match=r"the completion was expected at 1 s, and nothing came before 1 at 2 s"):
        assert_marbles(interval(1.0).skip(1), "-|")
    with pytest.raises(AssertionError, match="'a' was expected at 0 s, and 0 came"):
        assert_marbles(from_iterable(itertools.count()), "a|")


# ---- inside a loop and outside


def test_inside_a_loop_it_is_to_be_awaited() -> None:
    async def main() -> None:
        assert_marbles(marbles("a|"), "a|")

    starters: list[Callable[[Coroutine[Any, Any, None]], None]] = [run, asyncio.run]
    for start in starters:
        with pytest.raises(RuntimeError) as refused:
            start(main())
        assert str(refused.value) == (
            "assert_marbles() can't be called from a running event loop: it starts its own; "
            "use `await expect_marbles(...)` there"
        )


def test_without_virtual_time_it_is_refused() -> None:
    async def main() -> None:
        await expect_marbles(marbles("a|"), "a|")

    with pytest.raises(RuntimeError) as refused:
        asyncio.run(main())
    assert str(refused.value) == (
        "expect_marbles() needs virtual time, or no time is exact: "
        "run the test by async_channel.clock.run(main(), speed=math.inf)"
    )


def test_times_are_counted_from_where_it_begins() -> None:
    async def main() -> None:
        await asyncio.sleep(1234.567)
        await expect_marbles(marbles("a-b-|", unit=0.1), "a-b-|", unit=0.1)

    clock.run(main(), speed=math.inf, start=1e9)


@pytest.mark.parametrize("wrong", [None, "a-b", [1, 2], marbles])
def test_only_of_a_stream_or_a_consumer(wrong: Any) -> None:
    with pytest.raises(TypeError, match=r"assert_marbles\(\) takes a Stream, a Channel, another Observable or a"):
        assert_marbles(wrong, "a|")
    with pytest.raises(TypeError, match=r"expect_marbles\(\) takes a Stream"):
        run(expect_marbles(wrong, "a|"))


@pytest.mark.parametrize(
    "wrong", [{"diagram": "a-(b"}, {"diagram": ""}, {"diagram": "a", "unit": 0}, {"diagram": "a", "values": {"ab": 1}}]
)
def test_a_diagram_that_expects_nothing_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        assert_marbles(marbles("a|"), **wrong)
