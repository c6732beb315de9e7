"""Stages that make one event of many: lists as they fill up, and what sums a stream up when it ends."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from reactivex.internal import SequenceContainsNoElementsError

from async_channel.util.pipeline import NOTHING, Done, Next, Pipeline, Stage


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


def buffer_by_count_and_skip(count: int, skip: int) -> Stage:
    """Begin a list of `count` at every so many events: they overlap, or leave events out between them."""

    def build(pipeline: Pipeline, down: Next, done: Done) -> tuple[Next, Done]:
        position = pipeline.position
        number = 0
        lists: list[list[object]] = []

        def next(event: object) -> None:
            nonlocal number
            if number % skip == 0:
                lists.append([])
            number += 1
            for gathered in lists:
                gathered.append(event)
            if lists and len(lists[0]) == count:
                down(lists.pop(0))

        def completed() -> None:
            while lists and pipeline.cut <= position:
                down(lists.pop(0))
            done()

        return next, completed

    return build


def reduce_with(accumulator: Callable[[Any, Any], object], seed: object = NOTHING) -> Stage:
    """Let through, at the end, what the accumulator made of all; without a seed and an event, fail."""

    def build(_: Pipeline, down: Next, done: Done) -> tuple[Next, Done]:
        state = seed

        def next(event: object) -> None:
            nonlocal state
            state = event if state is NOTHING else accumulator(state, event)

        def completed() -> None:
            if state is NOTHING:
                raise SequenceContainsNoElementsError
            down(state)
            done()

        return next, completed

    return build


def count_all(predicate: Callable[[Any], object] | None) -> Stage:
    """Let through, at the end, how many events there were for which the predicate holds."""

    def build(_: Pipeline, down: Next, done: Done) -> tuple[Next, Done]:
        count = 0

        def next(event: object) -> None:
            nonlocal count
            if predicate is None or predicate(event):
                count += 1

        def completed() -> None:
            down(count)
            done()

        return next, completed

    return build


def average_of(key: Callable[[Any], float]) -> Stage:
    """Let through, at the end, the mean of what the key function makes of the events; fail without one."""

    def build(_: Pipeline, down: Next, done: Done) -> tuple[Next, Done]:
        total = 0.0
        count = 0

        def next(event: object) -> None:
            nonlocal total, count
            total += key(event)
            count += 1

        def completed() -> None:
            if not count:
                raise SequenceContainsNoElementsError
            down(total / count)
            done()

        return next, completed

    return build


def best_of(better: Callable[[Any, Any], object]) -> Stage:
    """Let through, at the end, the first event than which none was better; fail without one."""

    def build(_: Pipeline, down: Next, done: Done) -> tuple[Next, Done]:
        best = NOTHING

        def next(event: object) -> None:
            nonlocal best
            if best is NOTHING or better(event, best):
                best = event

        def completed() -> None:
            if best is NOTHING:
                raise SequenceContainsNoElementsError
            down(best)
            done()

        return next, completed

    return build


def decide(predicate: Callable[[Any], object] | None, *, verdict: bool) -> Stage:
    """Let `verdict` through at the first event for which the predicate holds, else the opposite at the end."""

    def build(pipeline: Pipeline, down: Next, done: Done) -> tuple[Next, Done]:
        position = pipeline.position
        decided = False

        def next(event: object) -> None:
            nonlocal decided
            if not decided and (predicate is None or predicate(event)):
                decided = True
                down(verdict)
                pipeline.finish(position, done)

        def completed() -> None:
            if not decided:
                down(not verdict)
                done()

        return next, completed

    return build
