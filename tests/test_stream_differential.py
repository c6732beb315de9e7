"""Each fused operator of Stream, and chains of them, against the reactivex operators of the same meaning.

Both are played the same random script on reactivex's TestScheduler: events, errors, completion, an early dispose.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reactivex import Observable
from reactivex import operators as ops
from reactivex.subject import Subject

from async_channel import Channel, Stream, from_observable
from tests.rx_scripts import Boom, Build, Script, added, doubled, fussy, play, scripts

Fused: TypeAlias = Callable[[Stream[Any]], Stream[Any]]
Theirs: TypeAlias = Callable[[Observable[Any]], Observable[Any]]


def raising_key(number: int) -> int:
    if number == 7:
        raise Boom("seven")
    return number % 2


def near(one: int, other: int) -> bool:
    if other == 7:
        raise Boom("seven")
    return abs(one - other) < 2


def paired(number: int) -> tuple[int, int]:
    return number, number + 1


# Stages from numbers to numbers, so that they make chains in any order.
CHAINED: dict[str, tuple[Fused, Theirs]] = {
    "filter": (lambda s: s.filter(fussy), ops.filter(fussy)),
    "of_type": (lambda s: s.of_type(int), ops.filter(lambda n: isinstance(n, int))),
    "map": (lambda s: s.map(doubled), ops.map(doubled)),
    "starmap": (
        lambda s: s.map(paired).starmap(added),
        lambda s: s.pipe(ops.map(paired), ops.starmap(added)),
    ),
    "starmap_none": (lambda s: s.starmap(), lambda s: s),
    "scan": (lambda s: s.scan(added), ops.scan(added)),
    "scan_seed": (lambda s: s.scan(added, 3), ops.scan(added, 3)),
    "take": (lambda s: s.take(3), ops.take(3)),
    "take_none": (lambda s: s.take(0), ops.take(0)),
    "take_while": (lambda s: s.take_while(fussy), ops.take_while(fussy)),
    "take_while_inclusive": (lambda s: s.take_while(fussy, True), ops.take_while(fussy, inclusive=True)),
    "skip": (lambda s: s.skip(2), ops.skip(2)),
    "skip_none": (lambda s: s.skip(0), ops.skip(0)),
    "skip_while": (lambda s: s.skip_while(fussy), ops.skip_while(fussy)),
    "distinct_until_changed": (lambda s: s.distinct_until_changed(), ops.distinct_until_changed()),
    "distinct_key": (lambda s: s.distinct_until_changed(raising_key), ops.distinct_until_changed(raising_key)),
    "distinct_comparer": (
        lambda s: s.distinct_until_changed(comparer=near),
        ops.distinct_until_changed(comparer=near),
    ),
    "throttle": (lambda s: s.throttle(6.0), ops.throttle_first(6.0)),
    "debounce": (lambda s: s.debounce(3.0), ops.debounce(3.0)),
    "sample": (lambda s: s.sample(4.0), ops.sample(4.0)),
    "via": (lambda s: s.via(ops.delay(2.0)), ops.delay(2.0)),
}
ENDING: dict[str, tuple[Fused, Theirs]] = {
    "pairwise": (lambda s: s.pairwise(), ops.pairwise()),
    "buffer_count": (lambda s: s.buffer(count=3), ops.buffer_with_count(3)),
    "buffer_count_one": (lambda s: s.buffer(count=1), ops.buffer_with_count(1)),
    "buffer_seconds": (lambda s: s.buffer(seconds=7.0), ops.buffer_with_time(7.0)),
    "buffer_both": (lambda s: s.buffer(count=3, seconds=7.0), ops.buffer_with_time_or_count(7.0, 3)),
}
SINGLE = CHAINED | ENDING
MIDDLE = [name for name in CHAINED if name not in {"take_none", "sample", "debounce", "via"}]


@pytest.mark.parametrize("name", SINGLE)
@given(script=scripts())
@settings(max_examples=30)
def test_a_stage_does_what_the_operator_does(name: str, script: Script) -> None:
    fused, theirs = SINGLE[name]
    assert play(Channel, lambda a, _: fused(a), script) == play(Subject, lambda a, _: theirs(a), script)


@pytest.mark.parametrize("name", SINGLE)
@given(script=scripts())
@settings(max_examples=10)
def test_a_stage_does_so_on_any_observable(name: str, script: Script) -> None:
    fused, theirs = SINGLE[name]
    ours = play(Subject, lambda a, _: fused(from_observable(a)), script)
    assert ours == play(Subject, lambda a, _: theirs(a), script)


@given(names=st.lists(st.sampled_from(MIDDLE), min_size=2, max_size=5), script=scripts())
@settings(max_examples=200)
def test_a_chain_of_stages_does_what_the_operators_do(names: list[str], script: Script) -> None:
    def fused(source: Stream[Any], _: object) -> Stream[Any]:
        for name in names:
            source = CHAINED[name][0](source)
        return source

    def theirs(source: Observable[Any], _: object) -> Observable[Any]:
        for name in names:
            source = CHAINED[name][1](source)
        return source

    assert play(Channel, fused, script) == play(Subject, theirs, script)


@pytest.mark.parametrize("last", ["sample", "debounce", "via", *ENDING])
@given(names=st.lists(st.sampled_from(MIDDLE), min_size=1, max_size=3), script=scripts())
@settings(max_examples=25)
def test_a_chain_may_end_in_time_or_lists(last: str, names: list[str], script: Script) -> None:
    def fused(source: Stream[Any], _: object) -> Stream[Any]:
        for name in [*names, last]:
            source = SINGLE[name][0](source)
        return source

    def theirs(source: Observable[Any], _: object) -> Observable[Any]:
        for name in [*names, last]:
            source = SINGLE[name][1](source)
        return source

    assert play(Channel, fused, script) == play(Subject, theirs, script)


MERGES: dict[str, tuple[Build, Build]] = {
    "two": (lambda a, b: a.merge(b), lambda a, b: a.pipe(ops.merge(b))),
    "alone": (lambda a, b: a.merge(), lambda a, b: a.pipe(ops.merge())),
    "three": (
        lambda a, b: a.map(doubled).merge(b, a.filter(fussy)),
        lambda a, b: a.pipe(ops.map(doubled), ops.merge(b, a.pipe(ops.filter(fussy)))),
    ),
    "of_merges": (
        lambda a, b: a.merge(b).take(5).merge(b.skip(1)),
        lambda a, b: a.pipe(ops.merge(b), ops.take(5), ops.merge(b.pipe(ops.skip(1)))),
    ),
    "then_stages": (
        lambda a, b: a.merge(b).pairwise().buffer(count=2),
        lambda a, b: a.pipe(ops.merge(b), ops.pairwise(), ops.buffer_with_count(2)),
    ),
    "with_what_ends_early": (
        lambda a, b: a.take(2).merge(b.take_while(fussy)).scan(added),
        lambda a, b: a.pipe(ops.take(2), ops.merge(b.pipe(ops.take_while(fussy))), ops.scan(added)),
    ),
    "streams_of_streams": (
        lambda a, b: a.map(b.take).merge(max_concurrent=2),
        lambda a, b: a.map(b.take).pipe(ops.merge(max_concurrent=2)),
    ),
}
"""Ours and theirs. In the first of each `a` and `b` are Channels, in the second Subjects."""


@pytest.mark.parametrize("name", MERGES)
@given(script=scripts())
@settings(max_examples=30)
def test_merge_does_what_the_operator_does(name: str, script: Script) -> None:
    ours, theirs = MERGES[name]
    assert play(Channel, ours, script) == play(Subject, theirs, script)


@given(script=scripts())
@settings(max_examples=30)
def test_buffer_and_sample_take_another_stream_as_reactivex_does(script: Script) -> None:
    ours = play(Channel, lambda a, b: a.buffer(b.filter(fussy)), script)
    assert ours == play(Subject, lambda a, b: a.pipe(ops.buffer(b.pipe(ops.filter(fussy)))), script)
    ours = play(Channel, lambda a, b: a.sample(b.skip(1)), script)
    assert ours == play(Subject, lambda a, b: a.pipe(ops.sample(b.pipe(ops.skip(1)))), script)
