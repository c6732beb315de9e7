"""An observer that sends, completes or fails the source from inside `on_next`: nothing is lost, doubled or broken.

A channel has what is sent from inside an event wait for its turn. So operators are compared on channels on both sides;
on Subjects, which recurse, where reactivex gets it right.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reactivex import Observable
from reactivex import operators as ops
from reactivex.notification import Notification, OnCompleted, OnError, OnNext
from reactivex.subject import Subject

from async_channel import Channel, Stream, from_observable
from tests.differential.catalogue import CHANGING, CHOOSING, GATHERING, TIMING
from tests.differential.combinations import COMBINING
from tests.differential.steps import Step, ours, pairs, theirs
from tests.differential.world import (
    SENDS,
    Event,
    Played,
    Reaction,
    Record,
    Script,
    channels,
    play,
    scripts,
    streams,
    subjects,
)
from tests.rx_scripts import Boom
from tests.support import sampled

OPERATORS = {**CHOOSING, **CHANGING, **GATHERING, **TIMING, **COMBINING}

# Where reactivex does not expect it, with the case below that shows what it does.
GIVE_TWICE_THERE = {"first", "first_or_default", "element_at", "element_at_or_default", "all", "some", "contains"}
LOSE_THERE = {"buffer", "window"}
DEPTH_FIRST = {"flat_map"}  # not wrong, but in another order: see below


def _fit(step: Step) -> bool:
    """On channels theirs goes wrong only where a timer lets an event through, not a sender."""
    return "seconds, count" not in step.name


@pytest.mark.parametrize("name", sampled(OPERATORS))
@given(data=st.data(), script=scripts(SENDS))
@settings(max_examples=20)
def test_on_channels_an_operator_stands_re_entrance_as_in_reactivex(
    name: str, data: st.DataObject, script: Script
) -> None:
    pipeline = (data.draw(st.sampled_from([step for step in OPERATORS[name] if _fit(step)])),)
    assert play(channels, ours(pipeline), script) == play(channels, theirs(pipeline), script)


@pytest.mark.parametrize(
    "name", [name for name in OPERATORS if name not in GIVE_TWICE_THERE | LOSE_THERE | DEPTH_FIRST]
)
@given(data=st.data(), script=scripts(SENDS))
@settings(max_examples=20)
def test_on_subjects_an_operator_stands_re_entrance_as_in_reactivex(
    name: str, data: st.DataObject, script: Script
) -> None:
    pipeline = (data.draw(st.sampled_from(OPERATORS[name])),)
    assert play(streams, ours(pipeline), script) == play(subjects, theirs(pipeline), script)


def _once(name: str, *args: Any) -> Step:
    return pairs(name, lambda s, *args: getattr(s, name)(*args), getattr(ops, name), [args])[0]


def _records(*values: Any, end: str = "completed") -> list[Record]:
    return [*((1.0, "next", value) for value in values), (1.0, end, None)]


# One event is sent; from inside on_next the observer sends another one, or completes the source.
@pytest.mark.parametrize(
    ("step", "from_inside", "here", "there"),
    [
        (_once("first"), OnNext(6), [5], [5, 6]),
        (_once("first_or_default"), OnCompleted(), [5], [5, None]),
        (_once("element_at", 0), OnNext(6), [5], [5, 6]),
        (_once("element_at_or_default", 0), OnNext(6), [5], [5, 6]),
        (_once("some"), OnNext(6), [True], [True, True]),
        (_once("all", lambda n: n > 5), OnCompleted(), [False], [False, True]),
        (_once("contains", 5), OnCompleted(), [True], [True, False]),
    ],
)
def test_who_is_to_give_one_event_gives_one_where_reactivex_gives_two(
    step: Step, from_inside: Notification[int], here: list[Any], there: list[Any]
) -> None:
    script = Script((Event(1, 0, OnNext(5)),), reaction=Reaction(1, from_inside))
    assert play(streams, ours([step]), script).records == _records(*here)
    assert play(subjects, theirs([step]), script).records == _records(*there)


def test_items_of_an_iterable_go_depth_first_where_reactivex_puts_them_in_line() -> None:
    """Rx's trampoline against plain recursion, of Subjects only: on a channel both go in line."""
    twice = pairs("twice", lambda s: s.flat_map(lambda n: [n, n]), lambda: ops.flat_map(lambda n: [n, n]))
    script = Script((Event(1, 0, OnNext(5)),), reaction=Reaction(1, OnNext(6)))

    def values(played: Played) -> list[object]:
        return [value for _, _, value in played.records]

    assert values(play(streams, ours(twice), script)) == [5, 6, 6, 5]
    assert values(play(subjects, theirs(twice), script)) == [5, 5, 6, 6]
    assert values(play(channels, ours(twice), script)) == values(play(channels, theirs(twice), script)) == [5, 5, 6, 6]


@pytest.mark.parametrize("make", [streams, channels])
def test_the_source_may_complete_in_the_middle_of_an_iterable(make: Any) -> None:
    """The completion goes through debounce at once, timer or not: so the channel does not hold it back."""

    def three(number: int) -> list[int]:
        return [number, number + 1, number + 2]

    steps = pairs(
        "debounced",
        lambda s: s.debounce(1.0).flat_map(three),
        lambda: lambda source: source.pipe(ops.debounce(1.0), ops.flat_map(three)),
    )
    script = Script((Event(1, 0, OnNext(5)),), reaction=Reaction(1, OnCompleted()))
    played = play(make, ours(steps), script)
    assert played == play(subjects, theirs(steps), script)
    assert played.records == [(2.0, "next", 5), (2.0, "next", 6), (2.0, "next", 7), (2.0, "completed", None)]


# Lists and windows: an event that is sent while a full one is handed on belongs to the next one. In reactivex the old
# window is closed by then and the new one not yet open: the event is lost, the timer dies, or pop() finds no window.


@pytest.mark.parametrize("make", [Subject, Channel])
@pytest.mark.parametrize("size", [1, 2, 3])
@pytest.mark.parametrize("kind", ["buffer", "window"])
def test_what_is_sent_while_a_list_is_handed_on_is_in_the_next_one(make: Any, size: int, kind: str) -> None:
    source: Subject[int] = make()
    lists: list[list[int]] = []

    def take(numbers: list[int]) -> None:
        lists.append(numbers)
        if numbers[-1] < 9:
            for number in range(numbers[-1] + 1, numbers[-1] + 1 + size):
                source.on_next(number)

    _lists(kind, from_observable(source), count=size).subscribe(take)
    for number in range(1, size + 1):
        source.on_next(number)
    flat = [number for numbers in lists for number in numbers]
    assert flat == list(range(1, len(flat) + 1))
    assert len(flat) >= 9
    assert all(len(numbers) == size for numbers in lists)


@pytest.mark.parametrize("make", [streams, channels])
@pytest.mark.parametrize("from_inside", [OnNext(2), OnCompleted(), OnError(Boom("end"))])
@pytest.mark.parametrize("size", [1, 2])
@pytest.mark.parametrize("kind", ["buffer", "window"])
def test_what_is_sent_while_a_timer_hands_a_list_on_is_in_the_next_one(
    make: Any, from_inside: Notification[int], size: int, kind: str
) -> None:
    def build(world: Any) -> Observable[list[int]]:
        return _lists(kind, from_observable(world.source()), seconds=5.0, count=size)

    played = play(make, build, Script((), reaction=Reaction(2, from_inside)))
    before: list[Record] = [(5.0, "next", []), (10.0, "next", [])]
    assert played.raised == []
    if isinstance(from_inside, OnError):
        assert played.records == [*before, (10.0, "error", "Boom(end)")]
    elif isinstance(from_inside, OnCompleted):
        assert [record for record in played.records if record[2] != []] == [(10.0, "completed", None)]
    else:
        handed_on: list[Record] = [(10.0 if size == 1 else 15.0, "next", [2])]
        assert played.records[2:3] == handed_on
        assert [value for _, _, value in played.records[3:]] == [[]] * len(played.records[3:])
        assert played.records[-1][0] == 35.0  # it goes on and on


def _lists(kind: str, stream: Stream[int], **options: Any) -> Observable[list[int]]:
    if kind == "buffer":
        return stream.buffer(**options)
    windows: Stream[Stream[int]] = stream.window(**options)
    return windows.flat_map(lambda window: window.to_list())


@pytest.mark.parametrize("step", [step for step in GATHERING["window"] if step.name.endswith("_numbered")])
@given(script=scripts((OnCompleted(), OnError(Boom("end")))))
@settings(max_examples=5)
def test_the_source_may_end_while_a_window_is_given_an_event(step: Step, script: Script) -> None:
    played = play(streams, ours([step]), script)
    assert played.raised == []
    ends = [kind for _, kind, _ in played.records if kind != "next"]
    assert len(ends) <= 1


def test_what_waits_for_an_event_that_fails_an_observer_of_windows_is_let_go() -> None:
    source: Subject[int] = Subject()
    windows: list[list[int]] = []

    def open_window(window: Observable[int]) -> None:
        seen: list[int] = []
        windows.append(seen)
        window.subscribe(seen.append)
        if len(windows) == 2:
            source.on_next(7)  # waits for the event that opened this window
            raise Boom

    from_observable(source).window(count=1).subscribe(open_window)
    with pytest.raises(Boom):
        source.on_next(1)
    source.on_next(2)
    assert windows == [[1], [2], []]
