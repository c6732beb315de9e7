"""Marbles that are played: as a stream of its own for each subscription, and into a channel."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reactivex import Observable
from reactivex import operators as ops
from reactivex.notification import OnError, OnNext
from reactivex.testing import ReactiveTest, TestScheduler
from reactivex.testing.marbles import marbles_testing
from reactivex.testing.recorded import Recorded

from async_channel import Consumer, NotStarted, Overflow, Stream, clock
from async_channel.testing import MarbleError, assert_marbles, marbles
from tests.support import run
from tests.testing.marble_records import Seen, seen_of

# ---- a stream


def test_events_come_at_their_frames_and_then_the_end() -> None:
    assert run(seen_of(marbles("a-b-(cd)-|"))) == [(0, "a"), (2, "b"), (4, "c"), (4, "d"), (9, "|")]


def test_the_unit_is_the_length_of_a_frame() -> None:
    assert run(seen_of(marbles("-ab 1m |", unit=0.5))) == [(0.5, "a"), (1, "b"), (61.5, "|")]


def test_values_are_what_the_characters_stand_for() -> None:
    listed = [1, 2]
    seen = run(seen_of(marbles("a-(bc)|", {"a": None, "b": listed, "c": "text", "z": 0})))
    assert seen == [(0, None), (2, listed), (2, "text"), (6, "|")]
    assert seen[1][1] is listed


@pytest.mark.parametrize("diagram", ["-a-", "-a-----", "---"])
def test_without_an_end_it_never_ends(diagram: str) -> None:
    assert [what for _, what in run(seen_of(marbles(diagram)))] == ["a"] * diagram.count("a")


def test_an_error_is_the_one_that_is_given() -> None:
    async def error_of(stream: Stream[Any]) -> BaseException | None:
        task = asyncio.ensure_future(seen_of(stream))
        await asyncio.wait([task])
        return task.exception()

    error = KeyError("key")
    assert run(error_of(marbles("a#", error=error))) is error
    assert type(run(error_of(marbles("a#", error=KeyError)))) is KeyError
    assert run(seen_of(marbles("a#"))) == [(0, "a"), (1, "#")]


def test_each_subscription_plays_it_anew() -> None:
    async def main() -> list[Seen]:
        stream = marbles("-a-b|")
        first = asyncio.ensure_future(seen_of(stream))
        await asyncio.sleep(2)
        return [await seen_of(stream), await first]

    assert run(main()) == [[(1, "a"), (3, "b"), (4, "|")]] * 2


def test_a_plain_rx_subscription_plays_it_too_until_it_is_disposed_of() -> None:
    async def main() -> Seen:
        seen: Seen = []
        subscription = marbles("a-b-c|").subscribe(lambda event: seen.append((clock.now(), event)))
        assert seen == []  # not before it is subscribed
        await asyncio.sleep(3)
        subscription.dispose()
        await asyncio.sleep(10)
        return seen

    assert run(main()) == [(0, "a"), (2, "b")]


def test_nothing_of_a_moment_comes_after_it_was_disposed_of() -> None:
    assert_marbles(marbles("-(abc)-d").take(2), "-(ab|)")


def test_without_a_running_loop_it_is_not_subscribed() -> None:
    with pytest.raises(NotStarted, match="needs a running event loop"):
        marbles("a|").subscribe()


def test_no_timer_is_left_when_it_is_disposed_of() -> None:
    async def main() -> int:
        loop = asyncio.get_running_loop()
        marbles("abc 1h d").subscribe().dispose()
        await asyncio.sleep(10)
        timers = loop._scheduled  # type: ignore[attr-defined]  # asyncio's own
        return len([timer for timer in timers if not timer.cancelled()])

    assert run(main()) == 0


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"diagram": "a-!"}, "'!' is what an observer does: marbles() can't play it\n    a-!\n      ^"),
        ({"diagram": "a-b", "values": {"a": 1}}, "'b' is not in values, which has 'a'\n    a-b\n      ^"),
        ({"diagram": "b", "values": {}}, "'b' is not in values, which has nothing\n    b\n    ^"),
        ({"diagram": "a", "values": {"ab": 1}}, "has the key 'ab', which is not one letter or digit"),
        ({"diagram": "a", "values": {"-": 1}}, "has the key '-', which is not one letter or digit"),
        ({"diagram": "a-(b"}, "this group is not closed\n    a-(b\n      ^"),
        ({"diagram": ""}, "takes a diagram such as 'a-b-|', and '' has no frame"),
        ({"diagram": "a", "unit": 0}, "takes a finite number of seconds above 0, got 0"),
    ],
)
def test_what_cannot_be_played_is_refused_at_the_call(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError) as refused:
        _ = marbles(**wrong)
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"diagram": 3}, "a marble diagram is a string"),
        ({"diagram": "a", "values": "a"}, "takes a mapping of characters to events, got 'a'"),
        ({"diagram": "1", "values": {1: "one"}}, "has a key that is no string: 1"),
        ({"diagram": "a", "unit": "1"}, "takes seconds"),
        ({"diagram": "a", "error": "no"}, "takes an exception or a class of exceptions, got 'no'"),
        ({"diagram": "a", "error": KeyboardInterrupt}, "takes an exception or a class of exceptions"),
        ({"diagram": "a#", "error": UnicodeDecodeError}, "argument"),
    ],
)
def test_arguments_of_other_types_are_refused_at_the_call(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(TypeError) as refused:
        _ = marbles(**wrong)
    assert said in str(refused.value)


# ---- under a consumer that is full


def test_a_full_consumer_holds_events_back_and_loses_none() -> None:
    async def main() -> Seen:
        seen: Seen = []
        async with Consumer(marbles("abcd 96s e-f-|"), capacity=2) as consumer:
            await asyncio.sleep(50)
            async for event in consumer:
                seen.append((clock.now(), event))
        return [*seen, (clock.now(), "|")]

    assert run(main()) == [(50, "a"), (50, "b"), (50, "c"), (50, "d"), (100, "e"), (102, "f"), (104, "|")]


def test_a_reader_that_is_slow_gets_each_event_in_its_own_time() -> None:
    async def main() -> Seen:
        seen: Seen = []
        async with Consumer(marbles("(abcd)-#").map(str.upper), capacity=1) as consumer:
            with pytest.raises(MarbleError):
                async for event in consumer:
                    seen.append((clock.now(), event))
                    await asyncio.sleep(5)
        return seen

    assert run(main()) == [(0, "A"), (5, "B"), (10, "C"), (15, "D")]


def test_what_is_held_back_has_no_end_either_if_none_is_drawn() -> None:
    async def main() -> bool:
        async with Consumer(marbles("abc"), capacity=1) as consumer:
            await asyncio.sleep(10)
            assert [await consumer.get() for _ in range(3)] == ["a", "b", "c"]
            with pytest.raises(TimeoutError):
                await consumer.get(timeout=100)
            return consumer.exhausted

    assert run(main()) is False


def test_no_task_is_left_when_a_consumer_closes_that_held_events_back() -> None:
    async def main() -> set[asyncio.Task[Any]]:
        async with Consumer(marbles("abcdef|"), capacity=2):
            await asyncio.sleep(10)
        return asyncio.all_tasks() - {asyncio.current_task()}

    assert run(main()) == set()


@pytest.mark.parametrize(
    ("overflow", "left"),
    [(Overflow.DROP_OLDEST, ["e", "f"]), (Overflow.DROP_NEWEST, ["a", "b"]), (Overflow.LATEST, ["f"])],
)
def test_a_lossy_consumer_loses_what_its_policy_says(overflow: Overflow, left: list[str]) -> None:
    async def main() -> list[str]:
        async with Consumer(marbles("abcdef|"), capacity=2, overflow=overflow) as consumer:
            await asyncio.sleep(10)
            return [event async for event in consumer]

    assert run(main()) == left


# ---- the same as in reactivex

letters = st.sampled_from("abc")
gaps = st.integers(1, 4)
groups = st.lists(letters, min_size=1, max_size=3)
ends = st.sampled_from(["", "|", "#"])


@given(st.lists(st.tuples(gaps, groups), max_size=5), gaps, ends)
def test_the_notation_means_what_it_means_in_reactivex_where_both_have_it(
    moments: list[tuple[int, list[str]]], gap: int, end: str
) -> None:
    # Their groups have commas; elements are words, so two events are never next to each other.
    ours = theirs = ""
    for silence, group in moments:
        ours += "-" * silence + f"({''.join(group)})" + "-" * (len(group) - 1)
        theirs += "-" * silence + f"({','.join(group)})"
    ours, theirs = (text + "-" * gap + end for text in (ours, theirs))
    with marbles_testing(timespan=1.0) as (start, theirs_cold, _, expectation):
        records = start(theirs_cold(theirs, None, None))
        assert records == expectation(theirs, None, None)
    assert run(seen_of(marbles(ours))) == seen_in(records)


def seen_in(records: list[Recorded[Any]]) -> Seen:
    seen: Seen = []
    for record in records:
        sign = "#" if isinstance(record.value, OnError) else "|"
        what = record.value.value if isinstance(record.value, OnNext) else sign
        seen.append((record.time - 200, what))
    return seen


Twins = tuple[Callable[[Stream[str]], Observable[Any]], Callable[[Observable[str]], Observable[Any]]]


def trebled(text: str) -> str:
    return text * 3


TWINS: dict[str, Twins] = {
    "map": (lambda s: s.map(trebled), lambda s: s.pipe(ops.map(trebled))),
    "debounce": (lambda s: s.debounce(2.0), lambda s: s.pipe(ops.debounce(2.0))),
    "delay": (lambda s: s.delay(3.0), lambda s: s.pipe(ops.delay(3.0))),
    "throttle": (lambda s: s.throttle(3.0), lambda s: s.pipe(ops.throttle_first(3.0))),
    "pairwise": (lambda s: s.pairwise(), lambda s: s.pipe(ops.pairwise())),
    "distinct": (lambda s: s.distinct_until_changed(), lambda s: s.pipe(ops.distinct_until_changed())),
    "take_last": (lambda s: s.take_last(2), lambda s: s.pipe(ops.take_last(2))),
    "merge": (lambda s: s.merge(s.map(trebled)), lambda s: s.pipe(ops.merge(s.pipe(ops.map(trebled))))),
    "repeat": (lambda s: Observable.repeat(s.take(2), 2), lambda s: s.pipe(ops.take(2), ops.repeat(2))),
    "latest": (
        lambda s: s.combine_latest(s.delay(1.0)),
        lambda s: s.pipe(ops.combine_latest(s.pipe(ops.delay(1.0)))),
    ),
}


@pytest.mark.parametrize("name", TWINS)
@settings(max_examples=40)
@given(moments=st.lists(st.tuples(gaps, groups), max_size=5), gap=gaps, end=ends)
def test_operators_give_on_it_what_they_give_on_a_cold_source_of_the_test_scheduler(
    name: str, moments: list[tuple[int, list[str]]], gap: int, end: str
) -> None:
    text = "".join("-" * silence + (f"({''.join(group)})" if group[1:] else group[0]) for silence, group in moments)
    text += "-" * gap + end
    messages: list[Recorded[Any]] = []
    time = 0
    for silence, group in moments:
        time += silence
        messages += [ReactiveTest.on_next(time, letter) for letter in group]
        time += len(group) + 2 if group[1:] else 1
    messages += {
        "": [],
        "|": [ReactiveTest.on_completed(time + gap)],
        "#": [ReactiveTest.on_error(time + gap, MarbleError())],
    }[end]
    ours, theirs = TWINS[name]
    scheduler = TestScheduler()
    source: Observable[str] = scheduler.create_cold_observable(messages)
    records = scheduler.start(lambda: theirs(source), created=100, subscribed=200, disposed=900).messages
    assert run(seen_of(ours(marbles(text)))) == seen_in(records)
