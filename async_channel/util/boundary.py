"""Sources behind a guard of their own, for operators that see an error of what is above them, and not of what is below.

A chain has one guard, and does not know which of its stages raised. Where that matters the chain is cut in two here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from reactivex import Observable, abc
from reactivex.notification import OnCompleted, OnError, OnNext
from typing_extensions import override

from async_channel.util.failure import FAILURES, as_failure
from async_channel.util.fused import Fused, subscribe
from async_channel.util.pipeline import Pipeline, Receiver, Sink

Fence = Callable[[Pipeline], Sink]
"""Given the pipeline below, what to call from above."""


class Fenced(Fused[Any]):
    """A source, and what stands between its guard and the one below."""

    def __init__(self, source: Observable[Any], fence: Fence) -> None:
        super().__init__()
        self._upstream = source
        self._fence = fence

    @override
    def _attach(self, sink: Receiver, scheduler: abc.SchedulerBase | None) -> abc.DisposableBase:
        below = Pipeline(sink, (), scheduler)
        above = Pipeline(self._fence(below), (), scheduler)
        below.connect(above)
        subscribe(self._upstream, above)
        return below


def as_notifications(below: Pipeline) -> Sink:
    """Events, the error and the end go on as events; after an error or the end the stream completes."""

    def next(event: object) -> None:
        below.relayed_next(OnNext(event))

    def error(error: Exception) -> None:
        below.guarded_next(OnError(error))
        below.completed()

    def completed() -> None:
        below.guarded_next(OnCompleted())
        below.completed()

    return Sink(next, error, completed)


def look_at_error(on_error: Callable[[Exception], object]) -> Fence:
    """Call a function with the error before it goes on; what it raises goes on instead."""

    def fence(below: Pipeline) -> Sink:
        def error(error: Exception) -> None:
            try:
                on_error(error)
            except FAILURES as another:
                error = as_failure(another)
            below.error(error)

        return Sink(below.relayed_next, error, below.completed)

    return fence
