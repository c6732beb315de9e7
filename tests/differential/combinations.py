"""Every operator of several streams, beside its reactivex twin: hot and cold others, early ends, streams of streams."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import reactivex
from reactivex import Observable
from reactivex import operators as ops
from reactivex.notification import OnCompleted, OnError, OnNext

from async_channel import from_observable
from tests.differential.catalogue import SIZES, SPANS
from tests.differential.functions import PREDICATES, weigh
from tests.differential.steps import Step, each, steps
from tests.differential.world import World
from tests.rx_scripts import Boom

HOT: dict[str, Callable[[Any], Any]] = {
    "as_it_is": lambda source: source,
    "ends_early": lambda source: source.take(2),
    "may_fail": lambda source: source.take_while(PREDICATES[-1]),
    "accumulated": lambda source: source.scan(lambda state, event: state + event),
}
"""What may be made of a hot source: the same methods exist on Streams and on Observables."""

COLD: dict[str, Callable[[World], Observable[Any]]] = {
    "of": lambda world: world.at_once(OnNext(1), OnNext(2), OnCompleted()) or reactivex.of(1, 2),
    "empty": lambda world: world.at_once(OnCompleted()) or reactivex.empty(),
    "throw": lambda world: world.at_once(OnError(Boom("cold"))) or reactivex.throw(Boom("cold")),
    "never": lambda _: reactivex.never(),
    "timer": lambda world: reactivex.timer(world.span(2.0)),
    "interval": lambda world: reactivex.interval(world.span(1.0)).pipe(ops.take(2)),
}


def _hot(world: World, kinds: Sequence[str]) -> list[Any]:
    return [HOT[kind](world.source()) for kind in kinds]


def _cold(world: World, kinds: Sequence[str]) -> list[Any]:
    return [world.source() if kind == "hot" else COLD[kind](world) for kind in kinds]


def _combined(name: str) -> list[Step]:
    """An operator over one to five streams."""
    kinds = list(HOT)
    hot = [[], *([kind] for kind in kinds), kinds[:2], kinds[1:], ["as_it_is"] * 3, kinds]
    cold = [["of"], ["timer"], ["hot", "throw"], ["empty", "hot"], ["interval", "of"], ["never", "timer"]]
    made: list[Step] = []
    for others, arguments, at_once in ((_hot, hot, False), (_cold, cold, True)):
        made += steps(
            name,
            lambda world, s, *args, others=others: getattr(s, name)(*others(world, args)),
            lambda world, source, *args, others=others: source.pipe(getattr(ops, name)(*others(world, args))),
            [tuple(kinds) for kinds in arguments],
            cold=at_once,
        )
    return made


INNER = [
    ["hot"],
    ["of"],
    ["timer"],
    ["interval", "hot"],
    ["empty", "hot", "of"],
    ["hot", "throw", "of"],
    ["never", "timer"],
]


def _inner(world: World, kinds: Sequence[str], wrap: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A function from an event to one of these streams, whose events tell whom they are from."""
    hot = world.source()
    span = world.span(0.0)  # of this step: the function is called when all steps are made

    def of(event: Any) -> Any:
        number = weigh(event)
        kind = kinds[number % len(kinds)]
        stream = hot if kind == "hot" else COLD[kind](_Fixed(world, span))
        return wrap(stream).map(lambda inner: (number, inner))

    return of


class _Fixed(World):
    """A world in which only the span of one step matters."""

    def __init__(self, world: World, extra: float) -> None:
        self.untied = world.untied
        self._extra = extra

    def span(self, seconds: float) -> float:
        return seconds + self._extra


def _nested(name: str, ours: Callable[..., Any], theirs: Callable[..., Any], *more: Sequence[Any]) -> list[Step]:
    """An operator that subscribes to streams as they come: ours over Streams, and over any Observables."""
    return [
        step
        for wrap in (from_observable, _as_it_is)
        for step in steps(
            name + ("(streams)" if wrap is from_observable else "(observables)"),
            lambda world, s, kinds, *args, wrap=wrap: ours(s, _inner(world, kinds, wrap), *args),
            lambda world, source, kinds, *args: source.pipe(*theirs(_inner(world, kinds, _as_it_is), *args)),
            each(INNER, *more),
        )
    ]


def _as_it_is(stream: Any) -> Any:
    return stream


def _lists(windows: Any) -> Any:
    return windows.flat_map(lambda window: window.to_list())


def _until(world: World, kinds: tuple[str, str]) -> tuple[Callable[[Any], Any], Callable[[Any], Any]]:
    """The two duration mappers of Rx's join."""
    left, right = (_inner(world, [kind], _as_it_is) for kind in kinds)
    return left, right


COMBINING: dict[str, list[Step]] = {
    **{name: _combined(name) for name in ("merge", "concat", "zip", "combine_latest", "with_latest_from")},
    "flat_map_streams": _nested("flat_map", lambda s, inner: s.flat_map(inner), lambda inner: [ops.flat_map(inner)]),
    "merge_streams": _nested(
        "merge",
        lambda s, inner, most: s.map(inner).merge(max_concurrent=most),
        lambda inner, most: [ops.map(inner), ops.merge(max_concurrent=most)],
        SIZES,
    ),
    "switch_map": _nested("switch_map", lambda s, inner: s.switch_map(inner), lambda inner: [ops.switch_map(inner)]),
    "switch_latest": _nested(
        "switch_latest",
        lambda s, inner: s.map(inner).switch_latest(),
        lambda inner: [ops.map(inner), ops.switch_latest()],
    ),
    "join": steps(
        "join",
        lambda world, s, *kinds: s.join(world.source(), *_until(world, kinds)),
        lambda world, source, *kinds: source.pipe(ops.join(world.source(), *_until(world, kinds))),
        each(["hot", "timer", "never"], ["hot", "timer", "empty"]),
    ),
    "timeout_and_go_on": steps(
        "timeout",
        lambda world, s, seconds, kind: s.timeout(world.span(seconds), _cold(world, [kind])[0]),
        lambda world, source, seconds, kind: source.pipe(ops.timeout(world.span(seconds), _cold(world, [kind])[0])),
        each(SPANS, ["hot", "of", "throw"]),
    ),
    "sample_by": steps(
        "sample",
        lambda world, s, kind: s.sample(*_hot(world, [kind])),
        lambda world, source, kind: source.pipe(ops.sample(*_hot(world, [kind]))),
        each(list(HOT)),
        cold=True,  # what has ended before tells its end as it is subscribed to
    ),
    "buffer_by": steps(
        "buffer",
        lambda world, s, kind: s.buffer(*_hot(world, [kind])),
        lambda world, source, kind: source.pipe(ops.buffer(*_hot(world, [kind]))),
        each(list(HOT)),
        cold=True,  # what has ended before tells its end as it is subscribed to
    ),
    "window_by": steps(
        "window",
        lambda world, s, kind: _lists(s.window(*_hot(world, [kind]))),
        lambda world, source, kind: _lists(source.pipe(ops.window(*_hot(world, [kind])))),
        each(list(HOT)),
        cold=True,  # what has ended before tells its end as it is subscribed to
    ),
    "via": steps(
        "via",
        lambda _, s, operator: s.via(operator),
        lambda _, source, operator: operator(source),
        [(ops.take_until(reactivex.never()),), (ops.find(lambda n, i, _: weigh(n) > i),)],
    ),
}
