"""Every operator of one stream, beside its reactivex twin, with all the arguments it is tried with."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import reactivex
from reactivex import Observable
from reactivex import operators as ops
from reactivex.scheduler import ImmediateScheduler

from tests.differential.functions import (
    ACCUMULATORS,
    COMPARERS,
    DIFFERENCES,
    ITERABLES,
    MAPPERS,
    PREDICATES,
    Fn,
    failing,
    weigh,
)
from tests.differential.steps import Step, each, pairs, same, steps, timed
from tests.differential.world import World

COUNTS = range(4)
SPANS = (1.0, 2.0, 3.0, 5.0)
MAYBE_MAPPERS = [None, *MAPPERS]
MAYBE_PREDICATES = [None, *PREDICATES]
CALLBACK = Fn("failing", failing)

Twin = Callable[[Observable[Any]], Observable[Any]]


def _is(cls: type) -> Twin:
    return ops.filter(lambda event: isinstance(event, cls))


CHOOSING: dict[str, list[Step]] = {
    "filter": same("filter", each(PREDICATES)),
    "of_type": pairs("of_type", lambda s, cls: s.of_type(cls), _is, each([int, bool, list])),
    "take": same("take", each(COUNTS)),
    "take_while": same("take_while", each(PREDICATES, [False, True])),
    "take_last": same("take_last", each(COUNTS)),
    "skip": same("skip", each(COUNTS)),
    "skip_while": same("skip_while", each(PREDICATES)),
    "skip_last": same("skip_last", each(COUNTS)),
    "distinct_until_changed": same("distinct_until_changed", each(MAYBE_MAPPERS, [None, *COMPARERS])),
    # ours looks keys up by their hash, theirs in a list: the same for all that a hash agrees with equality about
    "distinct": same("distinct", each(MAYBE_MAPPERS, [None, *COMPARERS])),
    "first": same("first", each(MAYBE_PREDICATES)),
    "first_or_default": same("first_or_default", [(), *each(MAYBE_PREDICATES, [None, 9])]),
    "last": same("last", each(MAYBE_PREDICATES)),
    "last_or_default": same("last_or_default", [(), *each([None, 9], MAYBE_PREDICATES)]),
    "element_at": same("element_at", each(COUNTS)),
    "element_at_or_default": same("element_at_or_default", [(1,), *each(COUNTS, [None, 9])]),
    "ignore_elements": same("ignore_elements"),
}


def _items(world: World, iterable: Any) -> Any:
    """What makes an iterable, or in an untied world an Observable of its items that does not go over the trampoline."""
    if not world.untied:
        return iterable

    def observable(event: Any) -> Observable[Any]:
        items: Iterable[Any] = iterable(event) if isinstance(iterable, Fn) else iterable
        return reactivex.from_iterable(items, ImmediateScheduler.singleton())

    return observable


_CALLBACKS = each([None, MAPPERS[0], MAPPERS[-1]], [None, CALLBACK], [None, CALLBACK])

CHANGING: dict[str, list[Step]] = {
    "map": same("map", each(MAPPERS)),
    "starmap": [
        *pairs("starmap", lambda s: s.starmap(), lambda: lambda source: source),
        *pairs(
            "starmap",
            lambda s, mapper: s.map(lambda event: (event, 1)).starmap(mapper),
            lambda mapper: lambda source: source.pipe(ops.map(lambda event: (event, 1)), ops.starmap(mapper)),
            each(ACCUMULATORS),
        ),
    ],
    "scan": same("scan", [*each(ACCUMULATORS), *each(ACCUMULATORS, [0, None, 3])]),
    "pairwise": same("pairwise"),
    "flat_map": steps(
        "flat_map",
        lambda _, s, iterable: s.flat_map(iterable),
        lambda world, source, iterable: source.pipe(ops.flat_map(_items(world, iterable))),
        [*each(ITERABLES), ([1, 2],)],
    ),
    "do": [
        *pairs("do", lambda s, *callbacks: s.do(*callbacks), ops.do_action, _CALLBACKS),
        *steps(
            "do(noting)",
            lambda world, s: s.do(world.noting("next"), world.noting("error"), world.noting("completed")),
            lambda world, source: source.pipe(
                ops.do_action(world.noting("next"), world.noting("error"), world.noting("completed"))
            ),
        ),
    ],
    "start_with": steps(
        "start_with",
        lambda _, s, *events: s.start_with(*events),
        lambda _, source, *events: source.pipe(ops.start_with(*events)),
        [(), (1,), (7, 8)],
        at_start=True,
    ),
    "default_if_empty": same("default_if_empty", [(), (9,)]),
    "materialize": same("materialize"),
    "timestamp": same("timestamp"),
}


def _lists(windows: Any) -> Any:
    """Each window as a list, when it closes."""
    return windows.flat_map(lambda window: window.to_list())


def _numbered(windows: Any) -> Any:
    """Each event of each window, with the window's number, when it comes."""
    numbered = windows.scan(lambda before, window: (before[0] + 1, window), (0, None))
    return numbered.flat_map(lambda pair: pair[1].map(lambda event: (pair[0], event)))


def _windows(name: str, ours: Callable[..., Any], theirs: Callable[..., Twin], *choices: Any) -> list[Step]:
    """A window operator, flattened in two ways, so that what is in the windows can be compared."""
    make = timed if name == "window(seconds)" else pairs
    return [
        step
        for flat in (_lists, _numbered)
        for step in make(
            f"{name}{flat.__name__}",
            lambda s, *args, flat=flat: flat(ours(s, *args)),
            lambda *args, flat=flat: lambda source: flat(theirs(*args)(source)),
            each(*choices),
        )
    ]


SIZES = (1, 2, 3)

GATHERING: dict[str, list[Step]] = {
    "buffer": [
        *pairs("buffer(count)", lambda s, count: s.buffer(count=count), ops.buffer_with_count, each(SIZES)),
        *pairs(
            "buffer(count, skip)",
            lambda s, count, skip: s.buffer(count=count, skip=skip),
            ops.buffer_with_count,
            each(SIZES, SIZES),
        ),
        *timed("buffer(seconds)", lambda s, seconds: s.buffer(seconds=seconds), ops.buffer_with_time, each(SPANS)),
        *timed(
            "buffer(seconds, count)",
            lambda s, seconds, count: s.buffer(seconds=seconds, count=count),
            ops.buffer_with_time_or_count,
            each(SPANS, SIZES),
        ),
    ],
    "window": [
        *_windows("window(count)", lambda s, count: s.window(count=count), ops.window_with_count, SIZES),
        *_windows(
            "window(count, skip)",
            lambda s, count, skip: s.window(count=count, skip=skip),
            ops.window_with_count,
            SIZES,
            SIZES,
        ),
        *_windows("window(seconds)", lambda s, seconds: s.window(seconds=seconds), ops.window_with_time, SPANS),
        *_windows(
            "window(seconds, count)",
            lambda s, seconds, count: s.window(seconds=seconds, count=count),
            ops.window_with_time_or_count,
            SPANS,
            SIZES,
        ),
    ],
    "reduce": same("reduce", [*each(ACCUMULATORS), *each(ACCUMULATORS, [0, None, 3])]),
    "count": same("count", each(MAYBE_PREDICATES)),
    "sum": [
        *pairs("sum", lambda s: s.map(weigh).sum(), lambda: lambda source: source.pipe(ops.map(weigh), ops.sum())),
        *same("sum", each(MAPPERS)),
    ],
    "average": same("average", each(MAYBE_MAPPERS)),
    # without a comparer theirs subtracts and ours compares: numbers alone can do both
    "min": [
        *pairs("min", lambda s: s.map(weigh).min(), lambda: lambda source: source.pipe(ops.map(weigh), ops.min())),
        *same("min", each(DIFFERENCES)),
    ],
    "max": [
        *pairs("max", lambda s: s.map(weigh).max(), lambda: lambda source: source.pipe(ops.map(weigh), ops.max())),
        *same("max", each(DIFFERENCES)),
    ],
    "all": same("all", each(PREDICATES)),
    "some": same("some", each(MAYBE_PREDICATES)),
    "contains": same("contains", [(3,), ("x",), *each([3], COMPARERS)]),
}

TIMING: dict[str, list[Step]] = {
    "throttle": timed("throttle", lambda s, seconds: s.throttle(seconds), ops.throttle_first, each(SPANS)),
    "debounce": timed("debounce", lambda s, seconds: s.debounce(seconds), ops.debounce, each(SPANS)),
    "sample": timed("sample", lambda s, seconds: s.sample(seconds), ops.sample, each(SPANS)),
    "delay": timed("delay", lambda s, seconds: s.delay(seconds), ops.delay, each([0.0, *SPANS])),
    "timeout": timed("timeout", lambda s, seconds: s.timeout(seconds), ops.timeout, each([3.0, 5.0, 8.0])),
}
