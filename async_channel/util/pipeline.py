"""The pipeline: one live subscription of a chain of fused stages.

A stage is a function that is given what comes after it and returns what to call instead: a closure that does its part
and calls on. So a chain of five operators is five closures deep, with no observer, no lock and no check between them.
What they share is here, once a subscription: the guard that turns an exception of any stage into the stream's error,
the end that can come only once, and the clock.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, Final, TypeAlias

from reactivex import abc
from reactivex.disposable import SerialDisposable, SingleAssignmentDisposable
from reactivex.observer.autodetachobserver import AutoDetachObserver

from async_channel.util.failure import FAILURES, SOMEBODY, Handler, Report, as_failure
from async_channel.util.scheduler import LoopScheduler

logger = logging.getLogger("async_channel")

Next: TypeAlias = Callable[[Any], None]  # between two stages flows whatever the user's functions make
Done: TypeAlias = Callable[[], None]
Stage: TypeAlias = "Callable[[Pipeline, Next, Done], tuple[Next, Done]]"
Receiver: TypeAlias = "Sink | Pipeline"
"""Who takes the events of a source: a sink, or a pipeline on its way to one."""

NOTHING: Any = object()
"""Stands where an event would be, if there were one."""

_SOURCE = -1  # the position of what stands above the first stage
_ALL = sys.maxsize  # below the last

TICK: Final = 1e-6
"""The smallest step of a clock (seconds). Times that are nearer to each other than half of it are one."""
SAME: Final = TICK / 2


class Sink:
    """The end of a pipeline, or of a bare channel: what to call with each event, an error, the end, a failed `next`.

    Who calls `next` with every event has it in a variable first: Python 3.11 specialises the reading of a slot, but not
    the call of one that is written as a method's.
    """

    __slots__ = ("bare", "completed", "error", "failed", "next")

    def __init__(
        self,
        next: Next,
        error: Callable[[Exception], None],
        completed: Done,
        failed: Callable[[Exception], None] | None = None,
    ) -> None:
        self.next = next
        self.error = error
        self.completed = completed
        self.failed = failed if failed is not None else error
        self.bare: Next | None = None
        """The observer's own function, for who has no stage before it and calls it only while it is attached."""


def ignore(_: object) -> None:
    """What stands in for `next` when no more should come."""


def nothing() -> None:
    """What stands in for an end that nobody is told of."""


class ObserverError(Exception):
    """Carries an observer's own exception up through the stages, which must not take it for theirs."""

    def __init__(self, error: Exception) -> None:
        super().__init__(error)
        self.error = error


def sink_of(observer: abc.ObserverBase[Any]) -> Sink:
    """The sink that calls an Rx observer; what the observer raises goes to whoever called, as in Rx."""
    if type(observer) is AutoDetachObserver:  # what `subscribe` wraps a callback in: its part is done here, in our call
        sink = Sink(_unwrapped(observer), observer.on_error, observer.on_completed)
        sink.bare = observer._on_next
        return sink
    on_next = observer.on_next

    def next(event: object) -> None:
        try:
            on_next(event)
        except Exception as error:
            raise ObserverError(error) from error

    return Sink(next, observer.on_error, observer.on_completed)


def _unwrapped(observer: AutoDetachObserver[Any]) -> Next:
    on_next = observer._on_next

    def next(event: object) -> None:
        if not observer.is_stopped:
            try:
                on_next(event)
            except Exception as error:
                raise ObserverError(error) from error

    return next


def bare_sink(observer: abc.ObserverBase[Any]) -> Sink:
    """The sink that calls an Rx observer with no stage before it; what it raises is the caller's to report.

    Once it is stopped it is not called, for it is detached by then: so a callback needs nothing around it.
    """
    on_next = observer._on_next if type(observer) is AutoDetachObserver else observer.on_next
    return Sink(on_next, observer.on_error, observer.on_completed, failed=reraise)


def reraise(error: Exception) -> None:
    """What stands in where there is nobody to tell of an error but whoever called."""
    raise error


def push(event: object, sinks: Iterable[Receiver], report: Report) -> None:
    """Call all of these."""
    for sink in sinks:
        try:
            next = sink.next
            next(event)
        except FAILURES as error:
            settle(sink, error, event, report)


def settle(sink: Receiver, error: BaseException, event: object, report: Report) -> None:
    """A sink raised. What it does not take as its own end is reported: it is nobody else's business."""
    try:
        sink.failed(as_failure(error))
    except Exception as unhandled:
        report("a subscriber", unhandled, event)


def _log_failure(where: str, error: Exception, event: object, of: Handler = SOMEBODY, /) -> None:  # noqa: ARG001  a Report
    logger.error("%s raised in a pipeline", where, exc_info=error)


class Pipeline(abc.DisposableBase):
    """A chain of stages between a source and a sink: its guard, its end, its clock. Disposing it ends it silently.

    A stage that ends the stream (`take`) cuts off the stages above it. A stage knows its `position` when it is made,
    from 0 at the source; it is cut off when `cut` is greater.
    """

    __slots__ = (
        "_cleanups",
        "_done",
        "_sink",
        "_source",
        "_source_released",
        "_starts",
        "closed",
        "cut",
        "next",
        "plan",
        "position",
        "report",
        "scheduler",
    )

    def __init__(self, sink: Receiver, stages: tuple[Stage, ...], scheduler: abc.SchedulerBase | None) -> None:
        self._sink = sink
        self.scheduler = scheduler
        """What the subscription was made with: who subscribes another source for it hands this on."""
        self._source: abc.DisposableBase | None = None
        self._source_released = False
        self._starts: list[Done] = []
        self._cleanups: list[tuple[int, Callable[[], object]]] = []
        self.report: Report = _log_failure
        """Where to say what nobody takes; the channel above, once it is known."""
        self.plan: object | None = None
        """The stream that this is a subscription of, for whoever draws it."""
        self.closed = False
        self.cut = _SOURCE
        self.position = len(stages)
        next, done = sink.next, self._complete_sink
        for stage in reversed(stages):
            self.position -= 1
            next, done = stage(self, next, done)
            done = self._once(self.position, done)
        self.next: Next = next
        """The first stage; whoever calls it hands exceptions to `failed`. It does nothing once the source is let go."""
        self._done = done
        if isinstance(sink, Pipeline):
            sink.connect(self)  # now: what ends below must reach this also while its source is being subscribed

    # ---- what the source calls

    def guarded_next(self, event: object) -> None:
        """`next` for a source that has no guard of its own."""
        try:
            next = self.next
            next(event)
        except FAILURES as error:
            self.failed(as_failure(error))

    def relayed_next(self, event: object) -> None:
        """`next` for another pipeline, whose guard must not take what raises here for a failure of its own stages."""
        try:
            next = self.next
            next(event)
        except ObserverError:  # for whoever called, above all guards
            raise
        except FAILURES as error:
            self.failed(as_failure(error))

    def failed(self, error: Exception) -> None:
        """A stage raised: the stream ends with that error. An observer's exception goes on to whoever called."""
        if isinstance(error, ObserverError):
            raise error.error
        if self.closed:  # nobody is left downstream to be told
            raise error
        self.error(error)

    def error(self, error: Exception) -> None:
        """The stream ends with an error."""
        if not self.closed:
            self.dispose()
            self._sink.error(error)

    def completed(self) -> None:
        """The source completed."""
        if not self._source_released:
            self.finish(_SOURCE, self._done)

    # ---- what stages call

    def finish(self, position: int, done: Done) -> None:
        """End the stream from the stage at a position on: what is above is let go, `done` tells what comes after."""
        if self.closed or position < self.cut:
            return
        self._release(position)
        try:
            done()
        except Exception as error:
            self.failed(error)

    def at_start(self, action: Done) -> None:
        """Have a stage's action done when the subscription begins, before the source is subscribed."""
        self._starts.append(action)

    def at_end(self, cleanup: Callable[[], object]) -> None:
        """Have what a stage holds let go when the stream ends, or when the stage is cut off."""
        self._cleanups.append((self.position, cleanup))

    @property
    def clock(self) -> abc.SchedulerBase:
        """The scheduler of this subscription: the one it was made with, else the running loop's.

        Raises:
            NotStarted: there is neither.
        """
        if self.scheduler is None:
            self.scheduler = LoopScheduler()
        if isinstance(self.scheduler, LoopScheduler):
            _ = self.scheduler.loop  # where none is running this says so now, and not when the first event comes
        return self.scheduler

    @property
    def time(self) -> Callable[[], float]:
        """What tells the seconds of `clock`: the loop's own function where it can be, for dates cost ten times that."""
        clock = self.clock
        if isinstance(clock, LoopScheduler):
            return clock.loop.time
        return lambda: clock.to_seconds(clock.now)

    @property
    def date(self) -> Callable[[], datetime]:
        """What tells the date and time of `clock`."""
        clock = self.clock
        if isinstance(clock, LoopScheduler):
            return clock.calendar()
        return lambda: clock.now

    def timer(self) -> SerialDisposable:
        """A place for one call that is due later, called off when the stream ends.

        Raises:
            NotStarted: the subscription has no clock.
        """
        _ = self.clock
        timer = SerialDisposable()
        self.at_end(timer.dispose)
        return timer

    def later(self, timer: SerialDisposable, seconds: float, action: Done) -> None:
        """Call an action, under the guard, some seconds from now, in place of what the timer was to call."""

        def run(_: abc.SchedulerBase, __: object = None) -> None:
            if not self.closed:
                try:
                    action()
                except FAILURES as error:
                    self.fail_apart(as_failure(error))

        # An action that is late is called at once, and may set the timer again: so the timer holds this call before.
        call = SingleAssignmentDisposable()
        timer.disposable = call
        call.disposable = self.clock.schedule_relative(seconds, run)

    def fail_apart(self, error: Exception) -> None:
        """An action raised with no sender above: what the stream does not take as its end is reported."""
        try:
            self.failed(error)
        except Exception as unhandled:
            self.report("a subscriber", unhandled, None)

    def _once(self, position: int, done: Done) -> Done:
        """The end, as a stage sees it: once, and only while the stage is not cut off."""
        told = False

        def once() -> None:
            nonlocal told
            if not told and not self.closed and position >= self.cut:
                told = True
                done()

        return once

    # ---- the beginning and the end

    def begin(self) -> bool:
        """Do what stages do at the start, from the last stage to the first; whether the source is wanted then."""
        for start in self._starts:
            if not self._source_released:
                try:
                    start()
                except FAILURES as error:
                    self.failed(as_failure(error))
        return not self._source_released

    def connect(self, source: abc.DisposableBase) -> Pipeline:
        """Take hold of the subscription to the source, which may have ended the stream already."""
        if self._source_released:
            source.dispose()
        else:
            self._source = source
        return self

    def _complete_sink(self) -> None:
        if not self.closed:
            self.dispose()
            self._sink.completed()

    def _release(self, position: int) -> None:
        """Let go of the source and of all that the stages above a position hold."""
        self.cut = position
        self._source_released = True
        self.next = ignore
        source, self._source = self._source, None
        if source is not None:
            source.dispose()
        cleanups = self._cleanups
        if cleanups:  # most have none, and a stream of streams makes and ends a pipeline for each
            self._cleanups = [(place, cleanup) for place, cleanup in cleanups if place >= position]
            for place, cleanup in cleanups:
                if place < position:
                    cleanup()

    def dispose(self) -> None:
        """End the stream and let go of the source; nothing is called any more."""
        if not self.closed:
            self.closed = True
            self._release(_ALL)
