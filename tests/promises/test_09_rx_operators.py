"""Promise 9: every reactivex operator gives on a Channel what it gives on a Subject, whatever is played into them."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import reactivex
from hypothesis import given, settings
from reactivex import GroupedObservable, Observable, Observer, abc
from reactivex import operators as ops
from reactivex.subject import Subject

from async_channel import Channel
from tests.rx_scripts import Boom, Build, Script, added, doubled, fussy, play, scripts

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def tagged(group: GroupedObservable[int, Any]) -> Observable[Any]:
    return group.map(lambda value: (group.key, value))


def lists(windows: Observable[Observable[Any]]) -> Observable[list[Any]]:
    return windows.flat_map(lambda window: window.to_list())


def times(count: int) -> Callable[[object], bool]:
    """A condition that holds so many times."""
    left = iter(range(count))
    return lambda _: next(left, None) is not None


def with_scheduler(build: Callable[[Any, Any, abc.SchedulerBase], Observable[Any]]) -> Build:
    """Gives a form the scheduler that it is subscribed with: one that is on the same clock."""
    return lambda a, b: reactivex.defer(lambda scheduler: build(a, b, scheduler))


def without_scheduler(build: Build) -> Build:
    """Has a form subscribed without one, as is usual.

    On a TestScheduler reactivex goes on with the next source behind all else that happens in the moment.
    """
    return lambda a, b: Observable(lambda observer, _: build(a, b).subscribe(observer))


def close(one: int, other: int) -> bool:
    return fussy(one) is fussy(other) and abs(one - other) < 2


def farther(one: int, other: int) -> int:
    """A comparer by the distance from 3."""
    return abs(one - 3) - abs(other - 3) if fussy(one) or one == 3 else 0


def raising(*_: object) -> None:
    raise Boom("raising")


def observer() -> abc.ObserverBase[int]:
    """One that raises at each end, and at some events."""

    def on_next(number: int) -> None:
        doubled(number)

    return Observer(on_next, raising, raising)


def done(value: int) -> Future[int]:
    future: Future[int] = Future()
    future.set_result(value)
    return future


def failed() -> Future[int]:
    future: Future[int] = Future()
    future.set_exception(Boom("future"))
    return future


# a: the first source, b: the second one. Nested observables are flattened, so that what is in them is compared too.
OPERATORS: dict[str, Build] = {
    "all": lambda a, b: a.all(fussy),
    "amb": lambda a, b: a.amb(b),
    "as_observable": lambda a, b: a.as_observable(),
    "average": lambda a, b: a.average(),
    "buffer": lambda a, b: a.buffer(b),
    "buffer_toggle": lambda a, b: a.buffer_toggle(b, lambda n: reactivex.timer(n + 1.0)),
    "buffer_when": lambda a, b: a.buffer_when(lambda: reactivex.timer(7.0)),
    "buffer_with_count": lambda a, b: a.buffer_with_count(3),
    "buffer_with_count_skip": lambda a, b: a.buffer_with_count(3, 2),
    "buffer_with_time": lambda a, b: a.buffer_with_time(7.0),
    "buffer_with_time_shift": lambda a, b: a.buffer_with_time(7.0, 4.0),
    "buffer_with_time_or_count": lambda a, b: a.buffer_with_time_or_count(7.0, 3),
    "catch": lambda a, b: a.catch(b),
    "catch_function": lambda a, b: a.catch(lambda error, source: b),
    "combine_latest": lambda a, b: a.combine_latest(b),
    "concat": without_scheduler(lambda a, b: a.concat(b)),
    "concat_all": lambda a, b: a.map(b.take).concat_all(),
    "concat_map": lambda a, b: a.concat_map(b.take),
    "contains": lambda a, b: a.contains(3),
    "count": lambda a, b: a.count(fussy),
    "debounce": lambda a, b: a.debounce(3.0),
    "default_if_empty": lambda a, b: a.default_if_empty(9),
    "delay": lambda a, b: a.delay(5.0),
    "delay_subscription": lambda a, b: a.delay_subscription(5.0),
    "delay_with_mapper": lambda a, b: a.delay_with_mapper(lambda n: reactivex.timer(n + 0.5)),
    "dematerialize": lambda a, b: a.materialize().dematerialize(),
    "distinct": lambda a, b: a.distinct(),
    "distinct_key": lambda a, b: a.distinct(doubled),
    "distinct_until_changed": lambda a, b: a.distinct_until_changed(),
    "distinct_until_changed_key": lambda a, b: a.distinct_until_changed(fussy),
    "do_action": lambda a, b: a.do_action(doubled),
    "element_at": lambda a, b: a.element_at(2),
    "element_at_or_default": lambda a, b: a.element_at_or_default(2, 9),
    "exclusive": lambda a, b: a.map(b.take).exclusive(),
    "expand": lambda a, b: a.expand(lambda n: reactivex.of(n - 1) if n > 0 else reactivex.empty()),
    "filter": lambda a, b: a.filter(fussy),
    "filter_indexed": lambda a, b: a.filter_indexed(lambda n, i: n != i),
    "find": lambda a, b: a.find(lambda n, i, source: n == 3),
    "find_index": lambda a, b: a.find_index(lambda n, i, source: n == 3),
    "first": lambda a, b: a.first(fussy),
    "first_or_default": lambda a, b: a.first_or_default(fussy, 9),
    "flat_map": lambda a, b: a.flat_map(b.take),
    "flat_map_indexed": lambda a, b: a.flat_map_indexed(lambda n, i: b.map(lambda m: (i, n, m)).take(2)),
    "flat_map_latest": lambda a, b: a.flat_map_latest(lambda n: b.map(lambda m: (n, m))),
    "fork_join": lambda a, b: a.fork_join(b),
    "group_by": lambda a, b: a.group_by(fussy).flat_map(tagged),
    "group_by_until": lambda a, b: a.group_by_until(fussy, None, lambda group: reactivex.timer(9.0)).flat_map(tagged),
    "group_join": lambda a, b: a.group_join(b, lambda n: reactivex.timer(4.0), lambda n: reactivex.timer(3.0)).flat_map(
        lambda pair: pair[1].map(lambda m: (pair[0], m))
    ),
    "ignore_elements": lambda a, b: a.ignore_elements(),
    "is_empty": lambda a, b: a.is_empty(),
    "join": lambda a, b: a.join(b, lambda n: reactivex.timer(4.0), lambda n: reactivex.timer(3.0)),
    "last": lambda a, b: a.last(fussy),
    "last_or_default": lambda a, b: a.last_or_default(9),
    "map": lambda a, b: a.map(doubled),
    "map_indexed": lambda a, b: a.map_indexed(lambda n, i: (n, i)),
    "materialize": lambda a, b: a.materialize().map(str),
    "max": lambda a, b: a.max(),
    "max_by": lambda a, b: a.max_by(doubled),
    "merge": lambda a, b: a.merge(b),
    "merge_all": lambda a, b: a.map(b.take).merge_all(),
    "merge_max_concurrent": lambda a, b: a.map(b.take).merge(max_concurrent=2),
    "min": lambda a, b: a.min(),
    "min_by": lambda a, b: a.min_by(doubled),
    "multicast": lambda a, b: a.multicast(Subject()).ref_count(),
    "on_error_resume_next": lambda a, b: a.on_error_resume_next(b),
    "pairwise": lambda a, b: a.pairwise(),
    "partition": lambda a, b: a.partition(fussy)[0].merge(a.partition(fussy)[1].map(str)),
    "publish_mapper": lambda a, b: a.publish(lambda shared: shared.zip(shared.skip(1))),
    "publish_value": lambda a, b: a.publish_value(9).ref_count(),
    "reduce": lambda a, b: a.reduce(added, 0),
    "reduce_seedless": lambda a, b: a.reduce(added),
    "repeat": lambda a, b: a.take(2).repeat(3),
    "replay": lambda a, b: a.replay(2).ref_count(),
    "retry": lambda a, b: a.map(doubled).retry(3),
    "sample": lambda a, b: a.sample(4.0),
    "sample_by": lambda a, b: a.sample(b),
    "scan": lambda a, b: a.scan(added, 0),
    "scan_seedless": lambda a, b: a.scan(added),
    "sequence_equal": lambda a, b: a.sequence_equal(b),
    "share": lambda a, b: a.share(),
    "single": lambda a, b: a.single(fussy),
    "single_or_default": lambda a, b: a.single_or_default(fussy, 9),
    "skip": lambda a, b: a.skip(2),
    "skip_last": lambda a, b: a.skip_last(2),
    "skip_last_with_time": lambda a, b: a.skip_last_with_time(6.0),
    "skip_until": lambda a, b: a.skip_until(b),
    "skip_until_with_time": lambda a, b: a.skip_until_with_time(EPOCH + timedelta(seconds=220)),
    "skip_while": lambda a, b: a.skip_while(fussy),
    "skip_while_indexed": lambda a, b: a.skip_while_indexed(lambda n, i: n != i),
    "skip_with_time": lambda a, b: a.skip_with_time(15.0),
    "slice": lambda a, b: a.slice(1, 7, 2),
    "some": lambda a, b: a.some(fussy),
    "starmap": lambda a, b: a.map(lambda n: (n, 1)).starmap(added),
    "starmap_indexed": lambda a, b: a.map(lambda n: (n, 1)).starmap_indexed(lambda n, one, i: n + one + i),
    "start_with": without_scheduler(lambda a, b: a.start_with(8, 9)),
    "sum": lambda a, b: a.sum(doubled),
    "switch_latest": lambda a, b: a.map(lambda n: b.map(lambda m: (n, m))).switch_latest(),
    "switch_map": lambda a, b: a.switch_map(lambda n: b.map(lambda m: (n, m))),
    "take": lambda a, b: a.take(3),
    "take_none": lambda a, b: a.take(0),
    "take_last": lambda a, b: a.take_last(2),
    "take_last_buffer": lambda a, b: a.take_last_buffer(2),
    "take_last_with_time": lambda a, b: a.take_last_with_time(9.0),
    "take_until": lambda a, b: a.take_until(b),
    "take_until_with_time": lambda a, b: a.take_until_with_time(EPOCH + timedelta(seconds=230)),
    "take_while": lambda a, b: a.take_while(fussy),
    "take_while_inclusive": lambda a, b: a.take_while(fussy, inclusive=True),
    "take_while_indexed": lambda a, b: a.take_while_indexed(lambda n, i: n != i),
    "take_with_time": lambda a, b: a.take_with_time(15.0),
    "throttle_first": lambda a, b: a.throttle_first(6.0),
    "throttle_with_mapper": lambda a, b: a.throttle_with_mapper(lambda n: reactivex.timer(n + 0.5)),
    "throttle_with_timeout": lambda a, b: a.throttle_with_timeout(3.0),
    "time_interval": lambda a, b: a.time_interval().map(lambda i: (i.value, i.interval)),
    "timeout": lambda a, b: a.timeout(12.0, b),
    "timeout_with_mapper": lambda a, b: a.timeout_with_mapper(b, lambda n: reactivex.timer(n + 4.0), b),
    "timestamp": lambda a, b: a.timestamp().map(lambda stamped: (stamped.value, stamped.timestamp)),
    "to_dict": lambda a, b: a.to_dict(lambda n: n, doubled),
    "to_iterable": lambda a, b: a.to_iterable(),
    "to_list": lambda a, b: a.to_list(),
    "to_set": lambda a, b: a.to_set(),
    "while_do": lambda a, b: a.take(1).while_do(times(4)),
    "window": lambda a, b: lists(a.window(b)),
    "window_toggle": lambda a, b: lists(a.window_toggle(b, lambda n: reactivex.timer(n + 1.0))),
    "window_when": lambda a, b: lists(a.window_when(lambda: reactivex.timer(7.0))),
    "window_with_count": lambda a, b: lists(a.window_with_count(3, 2)),
    "window_with_time": lambda a, b: lists(a.window_with_time(7.0, 4.0)),
    "window_with_time_or_count": lambda a, b: lists(a.window_with_time_or_count(7.0, 3)),
    "with_latest_from": lambda a, b: a.with_latest_from(b),
    "zip": lambda a, b: a.zip(b),
    "zip_latest": lambda a, b: a.zip_latest(b),
    "zip_with_iterable": lambda a, b: a.zip_with_iterable(range(3)),
    # piped, not fluent: what a Channel overrides is not called, so these are reactivex's own on a Channel
    "piped": lambda a, b: a.pipe(ops.filter(fussy), ops.map(doubled), ops.scan(added, 0), ops.take(4)),
    "piped_time": lambda a, b: a.pipe(ops.throttle_first(4.0), ops.buffer_with_time_or_count(9.0, 2), ops.delay(1.0)),
    # diamonds and loops: one source on both sides of an operator
    "zip_with_itself": lambda a, b: a.zip(a.skip(1)),
    "combine_with_itself": lambda a, b: a.combine_latest(a.map(doubled)),
    "with_latest_from_itself": lambda a, b: a.with_latest_from(a.filter(fussy)),
    "merge_with_itself": lambda a, b: a.merge(a.map(doubled), b),
    "raise_on_error": lambda a, b: a.flat_map(lambda n: reactivex.throw(Boom("inner")) if n == 5 else reactivex.of(n)),
}


# What a Channel overrides, in all other ways that Rx can call it.
FORMS: dict[str, Build] = {
    "average(mapper)": lambda a, b: a.average(doubled),
    "combine_latest()": lambda a, b: a.combine_latest(),
    "combine_latest(b, c)": lambda a, b: a.combine_latest(b, a.map(doubled)),
    "concat()": without_scheduler(lambda a, b: a.concat()),
    "concat(b, c)": without_scheduler(lambda a, b: a.concat(b.take(2), b)),
    "contains(value, comparer)": lambda a, b: a.contains(6, close),
    "count()": lambda a, b: a.count(),
    "debounce(timedelta)": lambda a, b: a.debounce(timedelta(seconds=3)),
    "debounce(seconds, scheduler)": with_scheduler(lambda a, b, scheduler: a.debounce(3.0, scheduler)),
    "default_if_empty()": lambda a, b: a.default_if_empty(),
    "delay(timedelta)": lambda a, b: a.delay(timedelta(seconds=5)),
    "delay(seconds, scheduler)": with_scheduler(lambda a, b, scheduler: a.delay(5.0, scheduler)),
    "distinct(key, comparer)": lambda a, b: a.distinct(doubled, close),
    "distinct(comparer=)": lambda a, b: a.distinct(comparer=close),
    "distinct_until_changed(key, comparer)": lambda a, b: a.distinct_until_changed(doubled, close),
    "distinct_until_changed(comparer=)": lambda a, b: a.distinct_until_changed(comparer=close),
    "do()": lambda a, b: a.do(),
    "do(on_next)": lambda a, b: a.do(doubled),
    "do(on_error=)": lambda a, b: a.do(on_error=raising),
    "do(on_completed=)": lambda a, b: a.do(on_completed=raising),
    "do(all three)": lambda a, b: a.do(doubled, raising, raising),
    "element_at_or_default(index)": lambda a, b: a.element_at_or_default(2),
    "first()": lambda a, b: a.first(),
    "first_or_default()": lambda a, b: a.first_or_default(),
    "first_or_default(None, default)": lambda a, b: a.first_or_default(None, 9),
    "first_or_default(default_value=)": lambda a, b: a.first_or_default(default_value=9),
    "flat_map(observable)": lambda a, b: a.flat_map(b),
    "flat_map(future)": lambda a, b: a.flat_map(done(9)),
    "flat_map(to futures)": lambda a, b: a.flat_map(lambda n: done(n) if n != 5 else failed()),
    "last()": lambda a, b: a.last(),
    "last_or_default()": lambda a, b: a.last_or_default(),
    "last_or_default(default, predicate)": lambda a, b: a.last_or_default(9, fussy),
    "last_or_default(predicate=)": lambda a, b: a.last_or_default(predicate=fussy),
    "max(comparer)": lambda a, b: a.max(farther),
    "min(comparer)": lambda a, b: a.min(farther),
    "merge()": lambda a, b: a.merge(),
    "merge(b, c)": lambda a, b: a.merge(b, b.map(doubled)),
    "merge(max_concurrent=1)": lambda a, b: a.map(b.take).merge(max_concurrent=1),
    "reduce(seed=)": lambda a, b: a.reduce(added, seed=3),
    "sample(timedelta)": lambda a, b: a.sample(timedelta(seconds=4)),
    "sample(seconds, scheduler)": with_scheduler(lambda a, b, scheduler: a.sample(4.0, scheduler)),
    "scan(seed=)": lambda a, b: a.scan(added, seed=3),
    "some()": lambda a, b: a.some(),
    "starmap()": lambda a, b: a.map(lambda n: (n, 1)).starmap(),
    "start_with()": without_scheduler(lambda a, b: a.start_with()),
    "sum()": lambda a, b: a.sum(),
    "switch_map(to futures)": lambda a, b: a.switch_map(lambda n: done(n) if n != 5 else failed()),
    "switch_latest(futures)": lambda a, b: a.map(done).switch_latest(),
    "timeout(timedelta, other)": lambda a, b: a.timeout(timedelta(seconds=12), b),
    "timeout(datetime, other)": lambda a, b: a.timeout(EPOCH + timedelta(seconds=225), b),
    "timeout(datetime)": lambda a, b: a.timeout(EPOCH + timedelta(seconds=225)),
    "timeout(seconds, future)": lambda a, b: a.timeout(12.0, done(9)),
    "timeout(seconds, other, scheduler)": with_scheduler(lambda a, b, scheduler: a.timeout(12.0, b, scheduler)),
    "timestamp(scheduler)": with_scheduler(lambda a, b, scheduler: a.timestamp(scheduler).map(str)),
    "with_latest_from()": lambda a, b: a.with_latest_from(),
    "with_latest_from(b, c)": lambda a, b: a.with_latest_from(b, a.map(doubled)),
    "zip()": lambda a, b: a.zip(),
    "zip(b, c)": lambda a, b: a.zip(b, a.map(doubled)),
}

# Where reactivex's fluent method is without a form that a Channel's has: the latter, and what stands for it in Rx.
TWINS: dict[str, tuple[Build, Build]] = {
    "do(observer)": (lambda a, b: a.do(observer()), lambda a, b: a.pipe(ops.do(observer()))),
    "flat_map()": (lambda a, b: a.map(b.take).flat_map(), lambda a, b: a.map(b.take).merge_all()),
    "switch()": (lambda a, b: a.map(b.take).switch(), lambda a, b: a.map(b.take).switch_latest()),
    "buffer(count=)": (lambda a, b: a.buffer(count=3), lambda a, b: a.buffer_with_count(3)),
    "buffer(count=, skip=)": (lambda a, b: a.buffer(count=2, skip=3), lambda a, b: a.buffer_with_count(2, 3)),
    "buffer(seconds=)": (lambda a, b: a.buffer(seconds=7), lambda a, b: a.buffer_with_time(7.0)),
    "buffer(seconds=, count=)": (
        lambda a, b: a.buffer(seconds=7, count=3),
        lambda a, b: a.buffer_with_time_or_count(7.0, 3),
    ),
    "window(count=)": (lambda a, b: lists(a.window(count=3)), lambda a, b: lists(a.window_with_count(3))),
    "window(count=, skip=)": (
        lambda a, b: lists(a.window(count=3, skip=2)),
        lambda a, b: lists(a.window_with_count(3, 2)),
    ),
    "window(seconds=)": (lambda a, b: lists(a.window(seconds=7)), lambda a, b: lists(a.window_with_time(7.0))),
    "window(seconds=, count=)": (
        lambda a, b: lists(a.window(seconds=7, count=3)),
        lambda a, b: lists(a.window_with_time_or_count(7.0, 3)),
    ),
    "via": (lambda a, b: a.via(ops.take_last_buffer(2)), lambda a, b: a.pipe(ops.take_last_buffer(2))),
    "key_by[key]": (lambda a, b: a.key_by(fussy)[True], lambda a, b: a.filter(fussy)),
    "key_by.each": (
        lambda a, b: a.key_by(fussy).each(lambda key, stream: stream.map(lambda value: (key, value))),
        lambda a, b: a.group_by(fussy).flat_map(tagged),
    ),
    "matching": (lambda a, b: a.matching(real=[2, 3]), lambda a, b: a.filter(lambda n: n in (2, 3))),
    "throttle": (lambda a, b: a.throttle(6), lambda a, b: a.throttle_first(6.0)),
    "of_type": (lambda a, b: a.of_type(int).of_type(str), lambda a, b: a.ignore_elements()),
}


@pytest.mark.parametrize("name", OPERATORS)
@given(script=scripts())
@settings(max_examples=8)
def test_every_operator_gives_on_a_channel_what_it_gives_on_a_subject(name: str, script: Script) -> None:
    assert play(Channel[int], OPERATORS[name], script) == play(Subject, OPERATORS[name], script)


@pytest.mark.parametrize("form", FORMS)
@given(script=scripts())
@settings(max_examples=8)
def test_every_form_of_an_operator_gives_on_a_channel_what_it_gives_on_a_subject(form: str, script: Script) -> None:
    assert play(Channel[int], FORMS[form], script) == play(Subject, FORMS[form], script)


@pytest.mark.parametrize("form", TWINS)
@given(script=scripts())
@settings(max_examples=8)
def test_a_form_that_rx_lacks_gives_what_its_twin_gives_there(form: str, script: Script) -> None:
    ours, theirs = TWINS[form]
    assert play(Channel[int], ours, script) == play(Subject, theirs, script)


def test_no_operator_is_left_out() -> None:
    """Every public method of Observable is compared above, or said here why it can't be."""
    elsewhere = {
        "pipe": "is no operator",
        "subscribe": "is no operator",
        "run": "blocks the thread; a Channel's own run() starts it",
        "to_future": "needs an event loop",
        "observe_on": "moves to another scheduler",
        "subscribe_on": "moves to another scheduler",
        "to_marbles": "draws; it is a debugging aid",
        "publish": "publish_mapper; without a mapper it is multicast",
        "ref_count": "multicast, replay and publish_value end with it",
        "do": "do_action; FORMS and TWINS have its ways to be called",
        "do_while": "while_do, with the test behind",
        "partition_indexed": "partition",
        "pluck": "a map",
        "pluck_attr": "a map",
        "single_or_default_async": "single_or_default is made of it",
        "switch_map_indexed": "switch_map",
        "finally_action": "is not seen downstream",
    }
    public = {name for name in dir(Observable) if not name.startswith("_")}
    assert public - set(OPERATORS) == set(elsewhere)
