"""Hot: a source that its owner pushes into, for the streams that operators make: one window, one key."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

from reactivex import abc
from reactivex.disposable import CompositeDisposable, Disposable, RefCountDisposable
from typing_extensions import override

from async_channel.util.failure import FAILURES
from async_channel.util.fused import Fused
from async_channel.util.pipeline import Pipeline, Receiver, ignore, settle
from async_channel.util.relay import Relay
from async_channel.util.scheduler import LoopScheduler


def relayed(
    scheduler: abc.SchedulerBase | None, relay: Relay, tasks: set[asyncio.Task[None]] | None = None
) -> abc.SchedulerBase:
    """The scheduler to subscribe with on behalf of a relay: another clock than the loop's is kept as it is.

    Args:
        scheduler: that of the subscription below.
        relay: what stands for the consumers below.
        tasks: where tasks that are ending are put; by default where those of the subscription below are.
    """
    if scheduler is None:
        return LoopScheduler(relay, tasks)
    if not isinstance(scheduler, LoopScheduler):
        return scheduler
    return LoopScheduler(relay, scheduler.tasks if tasks is None else tasks)


def join_for(pipeline: Pipeline, relay: Relay) -> None:
    """Let the consumer below a pipeline hold back those above a relay, until the pipeline ends."""
    scheduler = pipeline.scheduler
    if isinstance(scheduler, LoopScheduler) and scheduler.inbox is not None:
        relay.owner = scheduler.inbox
        relay.join(scheduler.inbox)
        pipeline.at_end(partial(relay.leave, scheduler.inbox))


class Hot(Fused[Any]):
    """Calls its sinks with what its owner pushes. Whoever comes when it has ended is told so.

    Args:
        relay: that of the subscription which feeds this: a consumer that reads here holds back those above as well.
        holds: what keeps the subscription alive that feeds this, while anybody reads here.
    """

    def __init__(self, relay: Relay, holds: RefCountDisposable | None = None) -> None:
        super().__init__()
        self.sinks: tuple[Receiver, ...] = ()
        self._relay = relay
        self._holds = holds
        self._ended = False
        self._error: Exception | None = None

    def next(self, event: object) -> None:
        """Call every sink, as `push` does: to call that would cost as much as a sink."""
        for sink in self.sinks:
            try:
                next = sink.next
                next(event)
            except FAILURES as error:
                settle(sink, error, event, self._relay.report)

    def completed(self) -> None:
        """The end."""
        self._end(None)

    def error(self, error: Exception) -> None:
        """The end, with an error."""
        self._end(error)

    def _end(self, error: Exception | None) -> None:
        if not self._ended:
            self._ended, self._error = True, error
            sinks, self.sinks = self.sinks, ()
            for sink in sinks:
                self._tell_end(sink)

    def _tell_end(self, sink: Receiver) -> None:
        if self._error is None:
            sink.completed()
        else:
            sink.error(self._error)

    @override
    def _attach(self, sink: Receiver, scheduler: abc.SchedulerBase | None) -> abc.DisposableBase:
        if self._ended:
            self._tell_end(sink)
            return Disposable()
        member = None
        if isinstance(scheduler, LoopScheduler) and scheduler.inbox is not None:
            member = None if scheduler.inbox is self._relay.owner else scheduler.inbox
        self.sinks = (*self.sinks, sink)
        if member is not None:
            self._relay.join(member)

        def detach() -> None:
            sink.next = ignore  # an event that is just being pushed must not reach it any more
            self.sinks = tuple(other for other in self.sinks if other is not sink)
            if member is not None:
                self._relay.leave(member)

        return (
            Disposable(detach)
            if self._holds is None
            else CompositeDisposable(Disposable(detach), self._holds.disposable)
        )
