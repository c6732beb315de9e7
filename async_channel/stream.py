"""Stream: an Observable whose daily operators are precisely typed and fused into one call per stage.

Each operator returns a `Stream` again. A chain of them is one subscription with one guard, however long it is; all
other operators of reactivex work as well and give an Observable, which `from_observable` makes a Stream again.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, TypeVar

from reactivex import Observable
from typing_extensions import override

from async_channel import util
from async_channel.handling.consuming import Consuming
from async_channel.operators.changing import Changing
from async_channel.operators.choosing import Choosing
from async_channel.operators.combining import Combining
from async_channel.operators.gathering import Gathering
from async_channel.operators.keying import Keying
from async_channel.operators.tasks import Tasks
from async_channel.operators.timing import Timing
from async_channel.policy import Conflate, Overflow, Priority
from async_channel.util import check
from async_channel.util.fused import Step
from async_channel.util.inbox import Inbox
from async_channel.util.pipeline import Sink, Stage
from async_channel.util.reader import Intake
from async_channel.util.scheduler import LoopScheduler
from async_channel.util.stages.pure import chain

if TYPE_CHECKING:
    from async_channel.pictures.graph import Graph

PIPELINE_CAPACITY = 1024
"""How many events a consumer of a pipeline may fall behind unless it is told otherwise (a count)."""

T_co = TypeVar("T_co", covariant=True)
T = TypeVar("T")


class Stream(
    Choosing[T_co],
    Changing[T_co],
    Gathering[T_co],
    Timing[T_co],
    Combining[T_co],
    Keying[T_co],
    Tasks[T_co],
    Consuming[T_co],
):
    """A typed stream of events: a source and the fused stages on top of it.

    A Stream does nothing until it is subscribed or consumed, and then does it anew for each subscriber. What a stage
    raises ends that subscription with the error, as in Rx.

    >>> from async_channel import Channel
    >>> numbers: Channel[int] = Channel("Numbers")
    >>> subscription = numbers.filter(lambda n: n % 2 == 1).map(lambda n: n * 10).subscribe(print)
    >>> for n in range(4):
    ...     numbers.send_nowait(n)
    10
    30
    """

    def __init__(
        self,
        source: Observable[Any] | None = None,
        stages: tuple[Stage, ...] = (),
        event_type: type[Any] | None = None,
    ) -> None:
        super().__init__(source, stages)
        self._event_type = event_type

    def _open(
        self, name: str, capacity: int | None, overflow: Overflow | Conflate[Any], priority: Priority
    ) -> Intake[Any]:
        """Subscribe a new reader. It has an inbox of its own; a channel's readers read its log instead."""
        inbox: Inbox[Any] = Inbox(
            name=name or "pipeline",
            capacity=PIPELINE_CAPACITY if capacity is None else capacity,
            overflow=overflow,
            priority=priority,
        )
        scheduler = LoopScheduler(inbox)
        pipeline = self._attach(Sink(inbox.push, inbox.fail, inbox.complete), scheduler)
        inbox.opened()
        return Intake(inbox.cursor, inbox.report, pipeline.dispose, scheduler.tasks, inbox)

    def graph(self) -> Graph:
        """Where its events come from, through which operators; of a channel also where they go: as a picture, as text.

        >>> from async_channel import Channel
        >>> numbers: Channel[int] = Channel("Numbers")
        >>> subscription = numbers.filter(bool).subscribe(print)
        >>> print(numbers.graph())
        Numbers: channel, capacity 1,024, 0 sent
          -> filter
        filter: operator bool
          -> print
        print: subscriber

        A notebook shows it as a picture. It is of this moment, and plain data: it holds nothing that it shows.
        """
        return util.drawn.graph_of(self)

    @override
    def _then(self, stage: Stage, event_type: type[Any] | None = None) -> Stream[Any]:
        made: Stream[Any] = Stream(self._source, chain(self._stages, stage), event_type)
        # The caller is the operator: so each is known by its own name, and none has to say it.
        made._steps = (*self._steps, Step(sys._getframe(1).f_code.co_name, stage, event_type))
        return made

    @override
    def _over(self, source: Observable[Any], event_type: type[Any] | None = None) -> Stream[Any]:
        return source if isinstance(source, Stream) else Stream(source, (), event_type)


def from_observable(observable: Observable[T]) -> Stream[T]:
    """Make any Observable a Stream: typed, and fused from there on.

    >>> import reactivex
    >>> from_observable(reactivex.of(1, 2, 3)).map(lambda n: n * n).pairwise().subscribe(print).dispose()
    (1, 4)
    (4, 9)

    Raises:
        TypeError: it is no Observable.
    """
    if isinstance(observable, Stream):
        return observable
    check.require_observable("from_observable", observable)
    return Stream(observable)
