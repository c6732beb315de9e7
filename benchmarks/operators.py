"""The operators of Stream and their twins in reactivex, with arguments for which most of what they do is done.

Functions are as cheap as functions get. An operator that ends early is given what never ends it, one that waits for
seconds more of them than a round takes: so each handles every event, and the cost is per event that comes in.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import reactivex
from reactivex import Observable
from reactivex import operators as ops
from reactivex.scheduler.eventloop import AsyncIOScheduler

from async_channel.operators.changing import Changing
from async_channel.operators.choosing import Choosing
from async_channel.operators.combining import Combining
from async_channel.operators.gathering import Gathering
from async_channel.operators.timing import Timing
from benchmarks.model import BenchmarkFailed, Round, Workload
from benchmarks.twins import FAMILY, Twins, ours, reactivexs

GROUPS = Choosing, Changing, Gathering, Timing, Combining

BEYOND = 1 << 40
"""More events than there are."""
FEW = 1_000
"""Events in a round where one of the two takes very long."""
LONG = 60.0
"""More seconds than a round takes."""


def _even(event: int) -> bool:
    return event % 2 == 0


def _always(_: object) -> bool:
    return True


def _never(_: object) -> bool:
    return False


def _next(event: int) -> int:
    return event + 1


def _add(one: int, other: int) -> int:
    return one + other


def _nothing(_: object) -> None: ...


def _three(event: int) -> list[int]:
    return [event, event, event]


def _stream(event: int) -> Observable[int]:
    return reactivex.just(event)


def _forever(_: object) -> Observable[Any]:
    return reactivex.never()


def _half(event: int) -> int:
    return event // 2


def _hundred_values(count: int) -> Sequence[int]:
    return [number % 100 for number in range(count)]


def _in_twos(count: int) -> Sequence[int]:
    return [number // 2 for number in range(count)]


def _pairs(count: int) -> Sequence[tuple[int, int]]:
    return [(number, number) for number in range(count)]


def _streams(count: int) -> Sequence[Observable[int]]:
    return [_stream(number) for number in range(count)]


def _value(stamped: Any) -> object:
    return stamped.value


def _clock() -> AsyncIOScheduler:
    """What a user of asyncio gives reactivex's timed operators; without it they start threads."""
    return AsyncIOScheduler(asyncio.get_running_loop())


def _joined_by_key(left: Observable[int], right: Observable[int]) -> Observable[Any]:
    """The nearest thing that reactivex has: every pair within the time, of which those with equal keys are kept."""

    def same_key(pair: tuple[int, int]) -> bool:
        return _half(pair[0]) == _half(pair[1])

    return left.pipe(ops.join(right, _forever, _forever), ops.filter(same_key))


NOTHING = Twins("nothing", lambda s, _: s, lambda s, _: s)
"""No operator at all: what sending to a subscriber costs, which is part of the figure of each."""

CHOOSING = (
    Twins("filter", lambda s, _: s.filter(_even), lambda s, _: s.pipe(ops.filter(_even))),
    Twins("of_type", lambda s, _: s.of_type(int), lambda s, _: s.pipe(ops.filter(lambda e: isinstance(e, int)))),
    Twins("take", lambda s, _: s.take(BEYOND), lambda s, _: s.pipe(ops.take(BEYOND))),
    Twins("take_while", lambda s, _: s.take_while(_always), lambda s, _: s.pipe(ops.take_while(_always))),
    Twins("take_last", lambda s, _: s.take_last(100), lambda s, _: s.pipe(ops.take_last(100))),
    Twins("skip", lambda s, _: s.skip(100), lambda s, _: s.pipe(ops.skip(100))),
    Twins("skip_while", lambda s, _: s.skip_while(_never), lambda s, _: s.pipe(ops.skip_while(_never))),
    Twins("skip_last", lambda s, _: s.skip_last(100), lambda s, _: s.pipe(ops.skip_last(100))),
    Twins(
        "distinct_until_changed",
        lambda s, _: s.distinct_until_changed(),
        lambda s, _: s.pipe(ops.distinct_until_changed()),
        stream=_in_twos,
    ),
    Twins(
        "distinct(100 values)",
        lambda s, _: s.distinct(),
        lambda s, _: s.pipe(ops.distinct()),
        events=FEW,
        stream=_hundred_values,
    ),
    Twins("first", lambda s, _: s.first(_never), lambda s, _: s.pipe(ops.first(_never))),
    Twins(
        "first_or_default",
        lambda s, _: s.first_or_default(_never, 0),
        lambda s, _: s.pipe(ops.first_or_default(_never, 0)),
    ),
    Twins("last", lambda s, _: s.last(), lambda s, _: s.pipe(ops.last())),
    Twins("last_or_default", lambda s, _: s.last_or_default(0), lambda s, _: s.pipe(ops.last_or_default(0))),
    Twins("element_at", lambda s, _: s.element_at(BEYOND), lambda s, _: s.pipe(ops.element_at(BEYOND))),
    Twins(
        "element_at_or_default",
        lambda s, _: s.element_at_or_default(BEYOND, 0),
        lambda s, _: s.pipe(ops.element_at_or_default(BEYOND, 0)),
    ),
    Twins("ignore_elements", lambda s, _: s.ignore_elements(), lambda s, _: s.pipe(ops.ignore_elements())),
)
FLAT_MAP = Twins(
    "flat_map(lists of 3)",
    lambda s, _: s.flat_map(_three),
    lambda s, _: s.pipe(ops.flat_map(_three)),
    events=FEW,
)
CHANGING = (
    Twins("map", lambda s, _: s.map(_next), lambda s, _: s.pipe(ops.map(_next))),
    Twins("starmap", lambda s, _: s.starmap(_add), lambda s, _: s.pipe(ops.starmap(_add)), stream=_pairs),
    Twins("scan", lambda s, _: s.scan(_add, 0), lambda s, _: s.pipe(ops.scan(_add, 0))),
    Twins("pairwise", lambda s, _: s.pairwise(), lambda s, _: s.pipe(ops.pairwise())),
    FLAT_MAP,
    Twins(
        "flat_map(streams of 1)",
        lambda s, _: s.flat_map(_stream),
        lambda s, _: s.pipe(ops.flat_map(_stream)),
        events=FEW,
    ),
    Twins("do", lambda s, _: s.do(_nothing), lambda s, _: s.pipe(ops.do_action(_nothing))),
    Twins("start_with", lambda s, _: s.start_with(0), lambda s, _: s.pipe(ops.start_with(0))),
    Twins("default_if_empty", lambda s, _: s.default_if_empty(0), lambda s, _: s.pipe(ops.default_if_empty(0))),
    Twins("materialize", lambda s, _: s.materialize(), lambda s, _: s.pipe(ops.materialize()), compared=str),
    Twins(
        "timestamp",
        lambda s, _: s.timestamp(),
        lambda s, _: s.pipe(ops.timestamp(scheduler=_clock())),
        compared=_value,
    ),
)
GATHERING = (
    Twins("buffer(100)", lambda s, _: s.buffer(count=100), lambda s, _: s.pipe(ops.buffer_with_count(100))),
    Twins(
        "buffer(100, skip)",
        lambda s, _: s.buffer(count=100, skip=50),
        lambda s, _: s.pipe(ops.buffer_with_count(100, 50)),
    ),
    Twins(
        "buffer(seconds)",
        lambda s, _: s.buffer(seconds=LONG),
        lambda s, _: s.pipe(ops.buffer_with_time(LONG, scheduler=_clock())),
    ),
    Twins(
        "buffer(seconds, 100)",
        lambda s, _: s.buffer(seconds=LONG, count=100),
        lambda s, _: s.pipe(ops.buffer_with_time_or_count(LONG, 100, scheduler=_clock())),
    ),
    Twins(
        "window(100)",
        lambda s, _: s.window(count=100),
        lambda s, _: s.pipe(ops.window_with_count(100)),
        nested=True,
    ),
    Twins(
        "window(seconds)",
        lambda s, _: s.window(seconds=LONG),
        lambda s, _: s.pipe(ops.window_with_time(LONG, scheduler=_clock())),
        nested=True,
    ),
    Twins(
        "window(seconds, 100)",
        lambda s, _: s.window(seconds=LONG, count=100),
        lambda s, _: s.pipe(ops.window_with_time_or_count(LONG, 100, scheduler=_clock())),
        nested=True,
    ),
    Twins("reduce", lambda s, _: s.reduce(_add, 0), lambda s, _: s.pipe(ops.reduce(_add, 0))),
    Twins("count", lambda s, _: s.count(), lambda s, _: s.pipe(ops.count())),
    Twins("sum", lambda s, _: s.sum(), lambda s, _: s.pipe(ops.sum())),
    Twins("average", lambda s, _: s.average(), lambda s, _: s.pipe(ops.average())),
    Twins("min", lambda s, _: s.min(), lambda s, _: s.pipe(ops.min())),
    Twins("max", lambda s, _: s.max(), lambda s, _: s.pipe(ops.max())),
    Twins("all", lambda s, _: s.all(_always), lambda s, _: s.pipe(ops.all(_always))),
    Twins("some", lambda s, _: s.some(_never), lambda s, _: s.pipe(ops.some(_never))),
    Twins("contains", lambda s, _: s.contains(-1), lambda s, _: s.pipe(ops.contains(-1))),
)
TIMING = (
    Twins("throttle", lambda s, _: s.throttle(LONG), lambda s, _: s.pipe(ops.throttle_first(LONG, _clock()))),
    Twins("debounce", lambda s, _: s.debounce(LONG), lambda s, _: s.pipe(ops.debounce(LONG, _clock()))),
    Twins("sample", lambda s, _: s.sample(LONG), lambda s, _: s.pipe(ops.sample(LONG, _clock())), ends=False),
    Twins("delay", lambda s, _: s.delay(0.001), lambda s, _: s.pipe(ops.delay(0.001, _clock()))),
    Twins("timeout", lambda s, _: s.timeout(LONG), lambda s, _: s.pipe(ops.timeout(LONG, scheduler=_clock()))),
)
COMBINING = (
    Twins("merge", lambda s, o: s.merge(o), lambda s, o: s.pipe(ops.merge(o)), two=True),
    Twins("concat", lambda s, o: s.concat(o), lambda s, o: s.pipe(ops.concat(o))),
    Twins("zip", lambda s, o: s.zip(o), lambda s, o: s.pipe(ops.zip(o)), two=True),
    Twins("combine_latest", lambda s, o: s.combine_latest(o), lambda s, o: s.pipe(ops.combine_latest(o)), two=True),
    Twins(
        "with_latest_from", lambda s, o: s.with_latest_from(o), lambda s, o: s.pipe(ops.with_latest_from(o)), two=True
    ),
    Twins(  # every other event makes it subscribe the second source again, the others come from there
        "switch_map",
        lambda s, o: s.switch_map(lambda _: o),
        lambda s, o: s.pipe(ops.switch_map(lambda _: o)),
        events=FEW,
        two=True,
    ),
    Twins(
        "switch_latest(streams of 1)",
        lambda s, _: s.switch_latest(),
        lambda s, _: s.pipe(ops.switch_latest()),
        events=FEW,
        stream=_streams,
    ),
    Twins("join", lambda s, o: s.join(o, on=_half, within=LONG), _joined_by_key, events=400, two=True),
)
ALL = (*CHOOSING, *CHANGING, *GATHERING, *TIMING, *COMBINING)

_WITHOUT = frozenset({"via", "switch"})
"""Not operators of their own: a door for others', and a short name."""


def check_complete() -> None:
    """Raise BenchmarkFailed if an operator has no twin here."""
    there = {name for group in GROUPS for name in vars(group) if not name.startswith("_")}
    missing = there - {twins.method for twins in ALL} - _WITHOUT
    if missing:
        raise BenchmarkFailed(f"operators without a twin: {', '.join(sorted(missing))}")


def short_name(workload: Workload) -> str:
    """The operator of a workload, as it is called here."""
    return workload.name.removeprefix(f"{FAMILY}/")


WORKLOADS = tuple(twins.workload for twins in (NOTHING, *ALL))
OURS: Mapping[str, Round] = {twins.workload.name: ours(twins) for twins in (NOTHING, *ALL)}
REACTIVEX: Mapping[str, Round] = {twins.workload.name: reactivexs(twins) for twins in (NOTHING, *ALL)}
REMARKS = {
    FAMILY: "a Channel's send_nowait beside a Subject's on_next; timed operators of reactivex are given its "
    "AsyncIOScheduler; it has no of_type (here: filter) and no join by key (here: every pair, then filter)"
}
