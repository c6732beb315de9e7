"""Windows that are subscribed one by one, some of them late, and are read on when the stream of windows is gone."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reactivex import Observable, Observer
from reactivex import operators as ops
from reactivex.disposable import SerialDisposable
from reactivex.scheduler import VirtualTimeScheduler

from tests.differential.world import Clock, Make, Played, Script, World, channels, described, scripts, streams, subjects
from tests.rx_scripts import at

WINDOWS: dict[str, tuple[Callable[[World, Any], Any], Callable[[World, Any], Any]]] = {
    "count": (lambda _, s: s.window(count=2), lambda _, s: s.pipe(ops.window_with_count(2))),
    "count_overlapping": (lambda _, s: s.window(count=3, skip=1), lambda _, s: s.pipe(ops.window_with_count(3, 1))),
    "count_apart": (lambda _, s: s.window(count=2, skip=3), lambda _, s: s.pipe(ops.window_with_count(2, 3))),
    "seconds": (lambda _, s: s.window(seconds=3.0), lambda _, s: s.pipe(ops.window_with_time(3.0))),
    "seconds_and_count": (
        lambda _, s: s.window(seconds=3.0, count=2),
        lambda _, s: s.pipe(ops.window_with_time_or_count(3.0, 2)),
    ),
    "boundaries": (lambda w, s: s.window(w.source()), lambda w, s: s.pipe(ops.window(w.source()))),
}


def play_windows(
    make: Make, build: Callable[[World, Any], Observable[Any]], script: Script, plan: tuple[tuple[int, int], ...]
) -> Played:
    """Subscribe each window some seconds after it came, and leave it some seconds later; both as the plan says."""
    world = World(make, Clock(), untied=False)
    windows = build(world, world.source())
    played = world.played
    outer = SerialDisposable()
    count = 0

    def note(kind: str, value: object) -> None:
        played.records.append((world.clock.clock, kind, value))

    def came(window: Observable[Any]) -> None:
        nonlocal count
        number, count = count, count + 1
        note("window", number)
        after, during = plan[number % len(plan)]
        inner = SerialDisposable()

        def read() -> None:
            inner.disposable = window.subscribe(
                lambda event: note("next", (number, event)),
                lambda error: note("error", (number, described(error))),
                lambda: note("completed", number),
            )
            at(world.clock, world.clock.clock + during + 0.5, inner.dispose)  # never just as a window closes

        if after:
            at(world.clock, world.clock.clock + after, read)
        else:
            read()

    def subscribe() -> None:
        observer = Observer(came, lambda error: note("error", described(error)), lambda: note("completed", None))
        outer.disposable = windows.subscribe(observer, scheduler=world.clock)

    at(world.clock, script.subscribed, subscribe)
    time = 0.0
    for event in script.events:
        time += event.gap
        at(world.clock, time, partial(event.what.accept, world.inputs[event.source % len(world.inputs)]))
    at(world.clock, script.disposed, outer.dispose)
    VirtualTimeScheduler.start(world.clock)
    return played


@pytest.mark.parametrize("make", [channels, streams])
@pytest.mark.parametrize("name", WINDOWS)
@given(
    script=scripts((None,)),
    plan=st.lists(st.tuples(st.integers(0, 3), st.integers(1, 9)), min_size=1, max_size=3).map(tuple),
)
@settings(max_examples=40)
def test_windows_are_read_as_in_reactivex_whoever_is_let_go_first(
    name: str, make: Make, script: Script, plan: tuple[tuple[int, int], ...]
) -> None:
    """And so the source is let go when nobody reads any more: not before, and not after."""
    ours, theirs = WINDOWS[name]
    assert play_windows(make, ours, script, plan) == play_windows(subjects, theirs, script, plan)


@pytest.mark.parametrize("make", [channels, streams])
@pytest.mark.parametrize("name", WINDOWS)
def test_a_window_gives_what_comes_after_the_stream_of_windows_was_let_go(name: str, make: Make) -> None:
    ours, _ = WINDOWS[name]
    world = World(make, Clock(), untied=False)
    windows = ours(world, world.source())
    seen: list[int] = []
    opened: list[Observable[int]] = []
    subscription = windows.subscribe(opened.append, scheduler=world.clock)
    inner = opened[0].subscribe(seen.append)
    subscription.dispose()
    world.inputs[0].on_next(1)
    assert seen == [1]
    assert world.played.spans[0][2] < 0  # still subscribed
    inner.dispose()
    assert world.played.spans[0][2] == 0
