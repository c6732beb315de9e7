"""Stages that make something else of each event, or of the stream's beginning and end."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

from async_channel.util.pipeline import NOTHING, Done, Next, Pipeline, Stage


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


def with_time() -> Stage:
    """Let through each event with the date and time of its coming."""

    def build(pipeline: Pipeline, down: Next, done: Done) -> tuple[Next, Done]:
        date = pipeline.date
        # All of reactivex.operators comes with it, which takes a fifth of our import: so only where it is asked for.
        record = import_module("reactivex.operators._timestamp").Timestamp

        def next(event: object) -> None:
            down(record(event, date()))

        return next, done

    return build


def look_at(on_next: Callable[[Any], object] | None, on_completed: Callable[[], object] | None) -> Stage:
    """Call functions with each event and at the end, before these go on."""

    def build(_: Pipeline, down: Next, done: Done) -> tuple[Next, Done]:
        def next(event: object) -> None:
            assert on_next is not None
            on_next(event)
            down(event)

        def completed() -> None:
            assert on_completed is not None
            on_completed()
            done()

        return down if on_next is None else next, done if on_completed is None else completed

    return build


def begin_with(events: tuple[object, ...]) -> Stage:
    """Let these events through before the source is subscribed."""

    def build(pipeline: Pipeline, down: Next, done: Done) -> tuple[Next, Done]:
        position = pipeline.position

        def start() -> None:
            for event in events:
                if pipeline.cut > position:
                    break
                down(event)

        pipeline.at_start(start)
        return down, done

    return build


def or_else(default: object) -> Stage:
    """Let a default through if the source completes without an event."""

    def build(_: Pipeline, down: Next, done: Done) -> tuple[Next, Done]:
        empty = True

        def next(event: object) -> None:
            nonlocal empty
            empty = False
            down(event)

        def completed() -> None:
            if empty:
                down(default)
            done()

        return next, completed

    return build
