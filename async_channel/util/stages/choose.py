"""Stages that let some events through: by what they are, by where they stand, or by what came before."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

from reactivex.internal import ArgumentOutOfRangeException, SequenceContainsNoElementsError

from async_channel.util.pipeline import NOTHING, Done, Next, Pipeline, Stage, ignore


def take_first(count: int) -> Stage:
    """Let `count` events through, then complete."""

    def build(pipeline: Pipeline, down: Next, done: Done) -> tuple[Next, Done]:
        position = pipeline.position
        left = count

        def next(event: object) -> None:
            nonlocal left
            if left > 0:
                left -= 1
                last = left == 0
                down(event)
                if last:
                    pipeline.finish(position, done)

        return next, done

    return build


def take_while_true(predicate: Callable[[Any], object], inclusive: bool) -> Stage:
    """Let events through while the predicate holds, then complete; `inclusive` lets the first that fails through."""

    def build(pipeline: Pipeline, down: Next, done: Done) -> tuple[Next, Done]:
        position = pipeline.position
        running = True

        def next(event: object) -> None:
            nonlocal running
            if running:
                running = bool(predicate(event))
                if running or inclusive:
                    down(event)
                if not running:
                    pipeline.finish(position, done)

        return next, done

    return build


def take_newest(count: int) -> Stage:
    """Let the last `count` events through when the source completes."""

    def build(pipeline: Pipeline, down: Next, done: Done) -> tuple[Next, Done]:
        position = pipeline.position
        newest: deque[object] = deque(maxlen=count)

        def completed() -> None:
            while newest and pipeline.cut <= position:
                down(newest.popleft())
            done()

        return newest.append, completed

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


def skip_newest(count: int) -> Stage:
    """Let each event through once `count` others have followed it."""

    def build(_: Pipeline, down: Next, done: Done) -> tuple[Next, Done]:
        held: deque[object] = deque()

        def next(event: object) -> None:
            held.append(event)
            if len(held) > count:
                down(held.popleft())

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


def skip_known(key: Callable[[Any], object] | None, equal: Callable[[Any, Any], object] | None) -> Stage:
    """Hold an event back if its key equals that of any before; found by its hash where it has one."""

    def build(_: Pipeline, down: Next, done: Done) -> tuple[Next, Done]:
        hashed: set[object] = set()
        others: list[object] = []

        def known(current: Any) -> bool:
            if equal is not None:
                return any(equal(one, current) for one in others)
            try:
                return current in hashed or current in others
            except TypeError:  # it has no hash, but may equal what has
                return current in others or current in list(hashed)

        def remember(current: Any) -> None:
            if equal is not None:
                others.append(current)
                return
            try:
                hashed.add(current)
            except TypeError:
                others.append(current)

        def next(event: object) -> None:
            current = event if key is None else key(event)
            if not known(current):
                remember(current)
                down(event)

        return next, done

    return build


def only_first(default: object = NOTHING) -> Stage:
    """Let the first event through, then complete; without one, let the default through, or fail."""

    def build(pipeline: Pipeline, down: Next, done: Done) -> tuple[Next, Done]:
        position = pipeline.position
        found = False

        def next(event: object) -> None:
            nonlocal found
            if not found:
                found = True
                down(event)
                pipeline.finish(position, done)

        def completed() -> None:
            if not found:
                if default is NOTHING:
                    raise SequenceContainsNoElementsError
                down(default)
                done()

        return next, completed

    return build


def only_last(default: object = NOTHING) -> Stage:
    """Let the last event through when the source completes; without one, let the default through, or fail."""

    def build(_: Pipeline, down: Next, done: Done) -> tuple[Next, Done]:
        last = default

        def next(event: object) -> None:
            nonlocal last
            last = event

        def completed() -> None:
            if last is NOTHING:
                raise SequenceContainsNoElementsError
            down(last)
            done()

        return next, completed

    return build


def only_at(index: int, default: object = NOTHING) -> Stage:
    """Let the event at an index through, then complete; without one, let the default through, or fail."""

    def build(pipeline: Pipeline, down: Next, done: Done) -> tuple[Next, Done]:
        position = pipeline.position
        left = index

        def next(event: object) -> None:
            nonlocal left
            left -= 1
            if left == -1:
                down(event)
                pipeline.finish(position, done)

        def completed() -> None:
            if left >= 0:
                if default is NOTHING:
                    raise ArgumentOutOfRangeException
                down(default)
                done()

        return next, completed

    return build


def keep_none() -> Stage:
    """Let no event through, only the end."""

    def build(_: Pipeline, __: Next, done: Done) -> tuple[Next, Done]:
        return ignore, done

    return build
