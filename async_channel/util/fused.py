"""Fused: an Observable made of a source and the stages on top of it, and the short way to subscribe it."""

from __future__ import annotations

from typing import Any, TypeVar

from reactivex import Observable, abc
from reactivex.disposable import CompositeDisposable
from typing_extensions import override

from async_channel.util.pipeline import Pipeline, Receiver, Sink, Stage, sink_of

T_co = TypeVar("T_co", covariant=True)


class Fused(Observable[T_co]):
    """A source and stages. One that is its own source attaches sinks by itself, as a channel does."""

    def __init__(self, source: Observable[Any] | None = None, stages: tuple[Stage, ...] = ()) -> None:
        super().__init__()
        self._source: Observable[Any] = self if source is None else source
        self._stages = stages

    @override
    def _subscribe_core(
        self, observer: abc.ObserverBase[T_co], scheduler: abc.SchedulerBase | None = None
    ) -> abc.DisposableBase:
        return self._attach(sink_of(observer), scheduler)

    def _attach(self, sink: Receiver, scheduler: abc.SchedulerBase | None) -> abc.DisposableBase:
        """Subscribe a sink: the short way in, with no observer object between the source and the stages."""
        pipeline = Pipeline(sink, self._stages, scheduler)
        return pipeline.connect(attach(self._source, pipeline, scheduler))


def attach(source: Observable[Any], pipeline: Pipeline, scheduler: abc.SchedulerBase | None) -> abc.DisposableBase:
    """Subscribe a pipeline to any source: to one of ours directly, to another one under the pipeline's own guard."""
    if isinstance(source, Fused):
        return source._attach(pipeline, scheduler)
    return source.subscribe(pipeline.guarded_next, pipeline.error, pipeline.completed, scheduler=scheduler)


class Merged(Fused[Any]):
    """The common source of a merge: each of its sources calls the same sink, with nothing between."""

    def __init__(self, sources: tuple[Observable[Any], ...]) -> None:
        super().__init__()
        self._sources = sources

    def _attach(self, sink: Receiver, scheduler: abc.SchedulerBase | None) -> abc.DisposableBase:
        merged = Pipeline(sink, (), scheduler)
        running = len(self._sources)

        def completed() -> None:
            nonlocal running
            running -= 1
            if running == 0:
                merged.completed()

        def next(event: object) -> None:
            merged.next(event)

        subscriptions = CompositeDisposable()
        try:
            for source in self._sources:
                one = Pipeline(Sink(next, merged.error, completed), (), scheduler)
                subscriptions.add(one.connect(attach(source, one, scheduler)))
        except BaseException:
            subscriptions.dispose()  # a source that can't be subscribed must not leave the others hanging
            raise
        return merged.connect(subscriptions)
