"""The synchronous stages: what each fused operator does to one event.

Each function makes a stage (see `pipeline`), and its semantics are those of the reactivex operator of the same name.
State lives in the closure, so every subscription has its own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from async_channel.util.pipeline import Done, Next, Pipeline, Stage

NOTHING: Any = object()  # stands where an event would be


def keep_if(predicate: Callable[[Any], object]) -> Stage:
    """Let an event through if the predicate holds."""

    def build(_: Pipeline, down: Next, done: Done) -> tuple[Next, Done]:
        def next(event: object) -> None:
            if predicate(event):
                down(event)

        return next, done

    return build


def map_with(mapper: Callable[[Any], object]) -> Stage:
    """Replace each event by what the mapper makes of it."""

    def build(_: Pipeline, down: Next, done: Done) -> tuple[Next, Done]:
        def next(event: object) -> None:
            down(mapper(event))

        return next, done

    return build


def starmap_with(mapper: Callable[..., object]) -> Stage:
    """Replace each tuple by what the mapper makes of its parts."""

    def build(_: Pipeline, down: Next, done: Done) -> tuple[Next, Done]:
        def next(event: Any) -> None:
            down(mapper(*event))

        return next, done

    return build


def scan_with(accumulator: Callable[[Any, Any], object], seed: object = NOTHING) -> Stage:
    """Let through the running accumulation; without a seed the first event is the first state."""

    def build(_: Pipeline, down: Next, done: Done) -> tuple[Next, Done]:
        state = seed

        def next(event: object) -> None:
            nonlocal state
            state = event if state is NOTHING else accumulator(state, event)
            down(state)

        return next, done

    return build


def take_first(count: int) -> Stage:
    """Let `count` events through, then complete."""

    def build(pipeline: Pipeline, down: Next, done: Done) -> tuple[Next, Done]:
        left = count

        def next(event: object) -> None:
            nonlocal left
            if left > 0:
                left -= 1
                last = left == 0
                down(event)
                if last:
                    pipeline.finish(done)

        return next, done

    return build


def take_while_true(predicate: Callable[[Any], object], inclusive: bool) -> Stage:
    """Let events through while the predicate holds, then complete; `inclusive` lets the first that fails through."""

    def build(pipeline: Pipeline, down: Next, done: Done) -> tuple[Next, Done]:
        running = True

        def next(event: object) -> None:
            nonlocal running
            if running:
                running = bool(predicate(event))
                if running or inclusive:
                    down(event)
                if not running:
                    pipeline.finish(done)

        return next, done

    return build


def skip_first(count: int) -> Stage:
    """Hold `count` events back, then let all through."""

    def build(_: Pipeline, down: Next, done: Done) -> tuple[Next, Done]:
        left = count

        def next(event: object) -> None:
            nonlocal left
            if left > 0:
                left -= 1
            else:
                down(event)

        return next, done

    return build


def skip_while_true(predicate: Callable[[Any], object]) -> Stage:
    """Hold events back while the predicate holds, then let all through."""

    def build(_: Pipeline, down: Next, done: Done) -> tuple[Next, Done]:
        skipping = True

        def next(event: object) -> None:
            nonlocal skipping
            if skipping:
                skipping = bool(predicate(event))
            if not skipping:
                down(event)

        return next, done

    return build


def skip_repeated(key: Callable[[Any], object] | None, equal: Callable[[Any, Any], object] | None) -> Stage:
    """Hold an event back if its key equals that of the one before."""

    def build(_: Pipeline, down: Next, done: Done) -> tuple[Next, Done]:
        last = NOTHING

        def next(event: object) -> None:
            nonlocal last
            current = event if key is None else key(event)
            if last is not NOTHING and (last == current if equal is None else equal(last, current)):
                return
            last = current
            down(event)

        return next, done

    return build


def in_pairs() -> Stage:
    """Let through each event with the one before it."""

    def build(_: Pipeline, down: Next, done: Done) -> tuple[Next, Done]:
        last = NOTHING

        def next(event: object) -> None:
            nonlocal last
            before, last = last, event
            if before is not NOTHING:
                down((before, event))

        return next, done

    return build


def buffer_by_count(count: int) -> Stage:
    """Gather events into lists of `count`; what is left at the end makes a shorter last one."""

    def build(_: Pipeline, down: Next, done: Done) -> tuple[Next, Done]:
        gathered: list[object] = []

        def next(event: object) -> None:
            nonlocal gathered
            gathered.append(event)
            if len(gathered) >= count:
                full, gathered = gathered, []
                down(full)

        def completed() -> None:
            nonlocal gathered
            rest, gathered = gathered, []
            if rest:
                down(rest)
            done()

        return next, completed

    return build
