"""Stages that subscribe to streams as they come: flat_map, switch.

What an event becomes may be a plain iterable as well; then nothing is subscribed, and its items simply go on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import reactivex
from reactivex import Observable
from reactivex.disposable import SerialDisposable
from reactivex.internal.utils import is_future

from async_channel.util.fused import subscribe
from async_channel.util.pipeline import Done, Next, Pipeline, Sink, Stage


def flatten(mapper: Callable[[Any], Any]) -> Stage:
    """Let through what is in what the mapper makes of each event: an iterable's items, a stream's events."""

    def build(pipeline: Pipeline, down: Next, done: Done) -> tuple[Next, Done]:
        position = pipeline.position
        inners = Inners(pipeline, down, done)

        def next(event: object) -> None:
            result = mapper(event)
            if isinstance(result, Observable) or is_future(result):
                inners.add(_stream(result))
                return
            if not isinstance(result, Iterable):
                raise TypeError(f"flat_map(mapper=...) made {result!r} of {event!r}, not an iterable or an Observable")
            inners.hold()  # the source may complete in the middle of it
            try:
                for item in result:
                    down(item)
                    if pipeline.cut > position:
                        return
            finally:
                inners.release()

        return next, inners.completed

    return build


class Inners:
    """The streams that are subscribed on account of a stage, which is done when the source and all of them are."""

    def __init__(self, pipeline: Pipeline, down: Next, done: Done) -> None:
        self._pipeline = pipeline
        self._down = down
        self._done = done
        self._running: set[Pipeline] = set()
        self._held = 0
        self._source_completed = False
        self._gone = False
        pipeline.at_end(self.let_go)

    def add(self, stream: Observable[Any]) -> None:
        """Subscribe one more."""
        if self._gone:
            return

        def completed() -> None:
            self._running.discard(inner)
            self._end_if_done()

        inner = _inner(self._pipeline, self._down, completed)
        self._running.add(inner)
        subscribe(stream, inner)

    def completed(self) -> None:
        """The source has completed: when all of these have, too, it is the end."""
        self._source_completed = True
        self._end_if_done()

    def hold(self) -> None:
        """It is not the end until this is released."""
        self._held += 1

    def release(self) -> None:
        """It may be the end now."""
        self._held -= 1
        self._end_if_done()

    def _end_if_done(self) -> None:
        if self._source_completed and not self._running and not self._held:
            self._done()

    def let_go(self) -> None:
        """Dispose all, and take no more."""
        self._gone = True
        while self._running:
            self._running.pop().dispose()


def follow(mapper: Callable[[Any], Any]) -> Stage:
    """Let through the events of the newest stream only that the mapper made."""

    def build(pipeline: Pipeline, down: Next, done: Done) -> tuple[Next, Done]:
        newest = SerialDisposable()
        current: Pipeline | None = None
        ended = False

        def next(event: object) -> None:
            nonlocal current

            def inner_completed() -> None:
                nonlocal current
                if current is inner:
                    current = None
                    if ended:
                        done()

            stream = _stream(mapper(event))
            current = inner = _inner(pipeline, down, inner_completed)
            newest.disposable = inner
            subscribe(stream, inner)

        def completed() -> None:
            nonlocal ended
            ended = True
            if current is None:
                done()

        pipeline.at_end(newest.dispose)
        return next, completed

    return build


Expire = Callable[[Pipeline, Next, Done], None]
"""What to do when the time of a stream is over: with the pipeline, and what comes after."""


def go_on_with(other: Any) -> Expire:
    """Go on with the events of another stream."""

    def expire(pipeline: Pipeline, down: Next, done: Done) -> None:
        inner = _inner(pipeline, down, done)
        pipeline.at_end(inner.dispose)
        subscribe(_stream(other), inner)

    return expire


def fail_late(seconds: float) -> Expire:
    """Fail with TimeoutError."""

    def expire(_: Pipeline, __: Next, ___: Done) -> None:
        raise TimeoutError(
            f"no event came for {seconds:g} seconds: give timeout() more, or another stream to go on with"
        )

    return expire


def _inner(pipeline: Pipeline, down: Next, completed: Done) -> Pipeline:
    """A pipeline into the middle of another: its events go down, its error ends the whole."""

    def guarded_completed() -> None:
        try:
            completed()
        except Exception as error:
            pipeline.failed(error)

    return Pipeline(Sink(down, pipeline.error, guarded_completed), (), pipeline.scheduler)


def _stream(result: Any) -> Observable[Any]:
    if is_future(result):
        future: Observable[Any] = reactivex.from_future(result)
        return future
    if not isinstance(result, Observable):
        raise TypeError(f"this operator takes streams (Observables), got {result!r}")
    return result
