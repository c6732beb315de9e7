"""LoopScheduler: reactivex's time and order on an asyncio loop.

A consumer subscribes its pipeline with one of these. reactivex hands the scheduler of a subscription up through the
whole chain, so it carries two things to whatever stands at the top: the clock that every timed operator then uses, and
the inbox that hangs below, for which a channel makes its senders wait.

Immediate work runs on reactivex's trampoline, in the order and at the moment synchronous Rx has it; the scheduler that
comes with reactivex posts it to the loop, and loses hot events in operators that subscribe late. No thread is started.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from reactivex import abc, typing
from reactivex.disposable import (
    CompositeDisposable,
    Disposable,
    MultipleAssignmentDisposable,
    SingleAssignmentDisposable,
)
from reactivex.scheduler import CurrentThreadScheduler
from reactivex.scheduler.periodicscheduler import PeriodicScheduler
from typing_extensions import override

from async_channel import clock
from async_channel.errors import NotStarted
from async_channel.util.demand import Demand

S = TypeVar("S")

_EPOCH = datetime.fromtimestamp(0, tz=UTC)


class LoopScheduler(PeriodicScheduler):
    """A reactivex scheduler on the running event loop's clock, which knows the inbox and the tasks it works for."""

    def __init__(self, inbox: Demand | None = None, tasks: set[asyncio.Task[None]] | None = None) -> None:
        super().__init__()
        self.inbox = inbox
        self.tasks: set[asyncio.Task[None]] = set() if tasks is None else tasks
        """The tasks that worked for this subscription, or for those made on its account, and are ending."""
        self._loop: asyncio.AbstractEventLoop | None = None
        self._epoch = _EPOCH

    @property
    def wanted(self) -> bool:
        """Whether events are to be made for it: a consumer of little importance takes what there is."""
        return self.inbox is None or self.inbox.wanted

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The event loop, which is the one that runs when time first matters.

        Raises:
            NotStarted: no event loop runs.
        """
        if self._loop is None:
            try:
                self._loop = asyncio.get_running_loop()
            except RuntimeError:
                raise NotStarted(
                    "a timed operator needs a running event loop: make the Consumer (or subscribe) inside a coroutine"
                ) from None
            self._epoch = self.to_datetime(clock.epoch(self._loop))
        return self._loop

    @property
    def now(self) -> datetime:
        """The date and time on the loop's clock."""
        loop = self.loop
        return self._epoch + timedelta(seconds=loop.time())

    def calendar(self) -> Callable[[], datetime]:
        """What tells `now`, for who asks with every event."""
        time, epoch = self.loop.time, self._epoch
        return lambda: epoch + timedelta(0, time())

    @override
    def schedule(self, action: abc.ScheduledAction[S], state: S | None = None) -> abc.DisposableBase:
        """Run an action at once, or after the action that is running."""
        return CurrentThreadScheduler.singleton().schedule(lambda _, state: action(self, state), state)

    @override
    def schedule_relative(
        self, duetime: typing.RelativeTime, action: abc.ScheduledAction[S], state: S | None = None
    ) -> abc.DisposableBase:
        """Run an action some seconds from now, on the loop's thread."""
        return self._schedule_at(self.loop.time() + self.to_seconds(duetime), action, state)

    @override
    def schedule_absolute(
        self, duetime: typing.AbsoluteTime, action: abc.ScheduledAction[S], state: S | None = None
    ) -> abc.DisposableBase:
        """Run an action at a date and time of the loop's clock."""
        return self._schedule_at(self.to_seconds(duetime) - clock.epoch(self.loop), action, state)

    def _schedule_at(self, when: float, action: abc.ScheduledAction[S], state: S | None) -> abc.DisposableBase:
        if when <= self.loop.time():
            return self.schedule(action, state)
        result = SingleAssignmentDisposable()

        def run() -> None:
            result.disposable = self.invoke_action(action, state)

        return CompositeDisposable(Disposable(self.loop.call_at(when, run).cancel), result)

    @override
    def schedule_periodic(
        self, period: typing.RelativeTime, action: typing.ScheduledPeriodicAction[S], state: S | None = None
    ) -> abc.DisposableBase:
        """Run an action at whole multiples of a period from now: it never drifts, however late the loop is."""
        seconds = self.to_seconds(period)
        start = self.loop.time()
        beats = 0
        running = MultipleAssignmentDisposable()

        def beat(_: abc.SchedulerBase, state: S | None = None) -> None:
            if not running.is_disposed:
                try:
                    state = action(state)
                except Exception:
                    running.dispose()
                    raise
                schedule_next(state)

        def schedule_next(state: S | None) -> None:
            nonlocal beats
            beats += 1
            call = SingleAssignmentDisposable()
            running.disposable = call  # before it is made: a beat that is late runs at once, and makes the next
            call.disposable = self._schedule_at(start + beats * seconds, beat, state)

        schedule_next(state)
        return running

    @classmethod
    def to_datetime(cls, value: typing.AbsoluteOrRelativeTime) -> datetime:
        """As in reactivex, but exact to the microsecond where it would round twice."""
        if isinstance(value, int | float):
            return _EPOCH + timedelta(seconds=value)
        return super().to_datetime(value)
