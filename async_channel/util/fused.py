"""Fused: an Observable made of a source and the stages on top of it, and the short way to subscribe it."""

from __future__ import annotations

from typing import Any, NamedTuple, TypeVar

from reactivex import Observable, abc
from typing_extensions import override

from async_channel.util.pipeline import Pipeline, Receiver, Stage, sink_of

T_co = TypeVar("T_co", covariant=True)


class Step(NamedTuple):
    """One operator of a chain, as it was written; two of them may share a stage."""

    name: str
    """The operator."""
    stage: Stage
    """The stage that it made."""
    event_type: type[Any] | None
    """The class of what it lets through, if that is known."""


class Fused(Observable[T_co]):
    """A source and stages. One that is its own source attaches sinks by itself, as a channel does."""

    _steps: tuple[Step, ...] = ()
    """The operators that the stages stand for, for whoever draws them."""

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
        pipeline.plan = self
        return subscribe(self._source, pipeline)


def subscribe(source: Observable[Any], pipeline: Pipeline) -> Pipeline:
    """Subscribe a pipeline to any source: to one of ours directly, to another one under the pipeline's own guard."""
    if not pipeline.begin():
        return pipeline
    scheduler = pipeline.scheduler
    if isinstance(source, Fused):
        return pipeline.connect(source._attach(pipeline, scheduler))
    return pipeline.connect(
        source.subscribe(pipeline.guarded_next, pipeline.error, pipeline.completed, scheduler=scheduler)
    )
