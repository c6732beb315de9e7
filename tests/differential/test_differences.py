"""Where Stream's operators differ from reactivex's on purpose: what each of the two does."""

from __future__ import annotations

import itertools
from datetime import date
from typing import Any

import pytest
import reactivex
from hypothesis import given
from hypothesis import strategies as st
from reactivex import Observable
from reactivex import operators as ops
from reactivex.notification import OnCompleted, OnError, OnNext
from reactivex.subject import Subject

from async_channel import Channel, from_observable
from tests.differential.functions import weigh
from tests.differential.world import Event, Played, Script, World, channels, play, streams, subjects
from tests.rx_scripts import Boom


def _errors(observable: Observable[Any]) -> list[Exception]:
    errors: list[Exception] = []
    observable.subscribe(on_error=errors.append)
    return errors


def _and_the_next(number: int) -> list[int]:
    return [number, number + 1]


def _values(observable: Observable[Any]) -> list[Any]:
    values: list[Any] = []
    observable.subscribe(values.append)
    return values


def test_timeout_fails_with_the_error_of_that_name_there_with_any() -> None:
    errors: list[Exception] = []

    def ours(world: World) -> Any:
        return world.source().timeout(3.0).do(on_error=errors.append)

    def theirs(world: World) -> Any:
        return world.source().pipe(ops.timeout(3.0), ops.do_action(on_error=errors.append))

    assert play(channels, ours, Script(())) == play(subjects, theirs, Script(()))
    assert [type(error) for error in errors] == [TimeoutError, Exception]


@pytest.mark.parametrize("values", [["b", "a", "c"], [(2, 1), (1, 9)], [date(2024, 5, 1), date(2020, 1, 1)]])
def test_min_and_max_compare_where_reactivex_subtracts(values: list[Any]) -> None:
    stream = from_observable(reactivex.from_iterable(values))
    assert _values(stream.min()) == [min(values)]
    assert _values(stream.max()) == [max(values)]
    if not isinstance(values[0], date):  # their difference is a timedelta, which is not above 0 nor below
        assert isinstance(_errors(reactivex.from_iterable(values).pipe(ops.min()))[0], TypeError)


_KEYS = st.recursive(
    st.one_of(st.integers(0, 2), st.booleans(), st.sampled_from([0.0, 1.0, "a", None])),
    lambda inner: st.one_of(st.lists(inner, max_size=2), st.lists(inner, max_size=2).map(tuple)),
    max_leaves=3,
) | st.sampled_from([{1}, frozenset({1}), {"a": 1}])


@given(st.lists(_KEYS, max_size=12))
def test_distinct_finds_keys_by_their_hash_and_those_without_one_all_the_same(values: list[Any]) -> None:
    """Which differs from reactivex's comparing with each one before for what equals without hashing alike."""
    source = reactivex.from_iterable(values)
    assert _values(from_observable(source).distinct()) == _values(source.pipe(ops.distinct()))


class _Odd:
    """Equal to all of its kind, each with a hash of its own: which Python does not allow."""

    def __init__(self, number: int) -> None:
        self.number = number

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Odd)

    def __hash__(self) -> int:
        return self.number


def test_distinct_trusts_the_hash() -> None:
    source = reactivex.of(_Odd(1), _Odd(2))
    assert len(_values(from_observable(source).distinct())) == 2
    assert len(_values(source.pipe(ops.distinct()))) == 1


def test_an_endless_iterable_ends_with_the_stream() -> None:
    """In reactivex it goes on for ever: its subscription is not there to be disposed until the last item is out."""
    source: Channel[int] = Channel()
    pulled: list[int] = []

    def numbers(_: int) -> Any:
        for number in itertools.count():
            pulled.append(number)
            yield number

    values: list[int] = []
    source.flat_map(numbers).take(3).subscribe(values.append)
    source.on_next(1)
    assert values == pulled == [0, 1, 2]


def test_what_an_observer_raises_is_no_error_of_the_stream_not_even_amid_an_iterable() -> None:
    source: Subject[int] = Subject()
    values: list[int] = []

    def once(number: int) -> None:
        values.append(number)
        if number == 1:
            raise Boom("observer")

    from_observable(source).flat_map(lambda number: [number]).subscribe(once)
    with pytest.raises(Boom):
        source.on_next(1)
    source.on_next(2)
    assert values == [1, 2]
    # reactivex takes it for a failure of the iterable, and the stream is over
    assert [str(error) for error in _errors_of_their_flat_map()] == ["observer"]


def _errors_of_their_flat_map() -> list[Exception]:
    source: Subject[int] = Subject()
    errors: list[Exception] = []

    def fail(_: int) -> None:
        raise Boom("observer")

    source.pipe(ops.flat_map(lambda number: [number])).subscribe(fail, errors.append)
    source.on_next(1)
    return errors


def test_a_source_that_is_over_as_it_begins_keeps_the_others_from_being_subscribed() -> None:
    """In reactivex they all are, and are let go again."""

    def build(world: World) -> Any:
        return world.source().zip(world.source())

    def began(make: Any) -> list[int]:
        world_of: list[World] = []

        def watched(world: World) -> Any:
            world_of.append(world)
            return build(world)

        begun: list[int] = []
        script = Script((Event(0, 0, OnError(Boom("over"))),), subscribed=3.0)
        played = play(lambda note: make(_counted(note, begun)), watched, script)
        assert [kind for _, kind, _ in played.records] == ["error"]
        return begun

    assert len(began(streams)) == 1
    assert len(began(subjects)) == 2


def _counted(note: Any, begun: list[int]) -> Any:
    def begin() -> Any:
        begun.append(1)
        return note()

    return begin


def test_what_comes_as_the_subscription_is_made_comes_in_the_order_of_the_pipeline() -> None:
    """Where reactivex puts it all on one trampoline: what is above gets in line behind what is below."""

    def ours(world: World) -> Any:
        return world.source().start_with(1).merge(reactivex.of(2))

    def theirs(world: World) -> Any:
        return world.source().pipe(ops.start_with(1), ops.merge(reactivex.of(2)))

    def values(played: Played) -> list[object]:
        return [value for _, _, value in played.records]

    assert values(play(channels, ours, Script(()))) == [1, 2]
    assert values(play(subjects, theirs, Script(()))) == [2, 1]

    def sampled(world: World) -> Any:
        return world.source().start_with(1).sample(world.source())

    def sampled_theirs(world: World) -> Any:
        return world.source().pipe(ops.start_with(1), ops.sample(world.source()))

    ended_before = Script((Event(0, 1, OnCompleted()),), subscribed=3.0)
    assert values(play(channels, sampled, ended_before)) == [1]
    assert values(play(subjects, sampled_theirs, ended_before)) == []


def test_what_is_called_in_a_flat_map_of_an_iterable_happens_before_the_next_item() -> None:
    """In reactivex a cold stream that an item becomes waits on the trampoline till the last item is out."""

    def inner(number: int) -> Observable[int]:
        return reactivex.throw(Boom("first")) if number == 1 else reactivex.of(number)

    def ours(world: World) -> Any:
        return world.source().flat_map(_and_the_next).switch_map(inner)

    def theirs(world: World) -> Any:
        return world.source().pipe(ops.flat_map(_and_the_next), ops.switch_map(inner))

    script = Script((Event(1, 0, OnNext(1)), Event(1, 0, OnCompleted())))
    assert play(channels, ours, script).records == [(1.0, "error", "Boom(first)")]
    assert play(subjects, theirs, script).records == [(1.0, "next", 2), (2.0, "completed", None)]


def test_the_weight_of_a_value_tells_values_apart() -> None:
    """What random functions see of it; were it always 0 the random pipelines would prove little."""
    assert [weigh(value) for value in (3, True, 2.5, [1, 2], (4,), OnNext(6), None)] == [3, 1, 2, 5, 5, 6, 0]
