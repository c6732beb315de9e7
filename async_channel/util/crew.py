"""The crew: coroutines at work on the events of a stream, so many at a time.

Events come into an inbox of the crew's own, which holds back those who send above while it is full. A worker takes one
event after another and ends when there is none: no task is idle, and none is made for an event that a worker can take.
"""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncGenerator, AsyncIterable, Awaitable, Callable, Hashable
from typing import Any, Literal, TypeAlias

from reactivex import Observable, abc
from typing_extensions import override

from async_channel import util
from async_channel.errors import ConsumerLagged
from async_channel.policy import OnError, Overflow, Priority, Retry
from async_channel.util.failure import FAILURES, Handler, as_failure
from async_channel.util.fused import Fused, subscribe
from async_channel.util.inbox import Inbox
from async_channel.util.iteration import reading
from async_channel.util.outlet import Outlet, raise_if_cancelled
from async_channel.util.pipeline import NOTHING, Pipeline, Receiver, Sink
from async_channel.util.scheduler import LoopScheduler

Kind: TypeAlias = Literal["map", "filter", "flat_map"]

SKIP: Any = object()
"""The result of an event of which nothing goes on."""

_NOTHING_MADE: Any = object()

_FAILED: Any = object()
"""The result of an event that failed, and was seen to."""


class _Slot:
    """The place of one event's result in the order of the events."""

    __slots__ = ("error", "result")

    def __init__(self) -> None:
        self.result: object = NOTHING
        self.error: Exception | None = None


class _Line:
    """The events of one key, of which one is in flight: what waits for it."""

    __slots__ = ("jobs", "key")

    def __init__(self, key: Hashable) -> None:
        self.key = key
        self.jobs: deque[_Job] = deque()


_Job: TypeAlias = "tuple[Any, _Slot | None, _Line | None, BaseException | None]"
"""An event, the place of its result, the line it is the first of, and the error of its key if that could not be had."""


class Crewed(Fused[Any]):
    """A source whose events a crew works on."""

    def __init__(
        self,
        source: Observable[Any],
        kind: Kind,
        work: Callable[[Any], Any],
        *,
        concurrency: int,
        ordered: bool,
        by_key: Callable[[Any], Hashable] | None,
        on_error: OnError | Retry,
    ) -> None:
        super().__init__()
        self._upstream = source
        self.kind = kind
        self.work = work
        self.concurrency = concurrency
        self.ordered = ordered
        self.by_key = by_key
        self.on_error = on_error
        then = on_error.then if isinstance(on_error, Retry) else on_error
        self.leaves_out = then is OnError.LOG
        """Whether an event that failed in the end is left out, and the stream goes on."""

    @property
    def name(self) -> str:
        """The operator, for messages."""
        return f"{self.kind}_async"

    def explained(self, error: BaseException, made: object) -> BaseException:
        """The error of an event's work; a plain function, where something to await was wanted, is told so."""
        if isinstance(error, TypeError) and self.kind != "flat_map" and not isinstance(made, Awaitable):
            return TypeError(
                f"{self.name}() takes a coroutine function, and {self.work!r} gave {made!r}: use {self.kind}()"
            )
        return error

    @override
    def _attach(self, sink: Receiver, scheduler: abc.SchedulerBase | None) -> abc.DisposableBase:
        below = Pipeline(sink, (), scheduler)
        crew = _Crew(self, below)
        tasks = scheduler.tasks if isinstance(scheduler, LoopScheduler) else None
        above = Pipeline(Sink(crew.take_in, crew.source_ended, crew.source_ended), (), LoopScheduler(crew.inbox, tasks))
        below.connect(above)
        subscribe(self._upstream, above)
        crew.inbox.opened()
        return below


def _noting(items: object, begun: list[None]) -> object:
    """The same items; it is noted when the first of them goes on."""
    begun.clear()
    return _noted(items, begun) if isinstance(items, AsyncIterable) else items


async def _noted(items: AsyncIterable[Any], begun: list[None]) -> AsyncGenerator[Any, None]:
    async with reading(items) as iterator:
        async for item in iterator:
            if not begun:
                begun.append(None)
            yield item


class _Crew:
    """The workers of one subscription, and what is between the source and them."""

    def __init__(self, plan: Crewed, below: Pipeline) -> None:
        self._plan = plan
        self._retry = plan.on_error if isinstance(plan.on_error, Retry) else None
        self._below = below
        self._limit = plan.concurrency
        scheduler = below.scheduler
        wanted = not isinstance(scheduler, LoopScheduler) or scheduler.wanted
        self.inbox: Inbox[Any] = Inbox(
            name=plan.name,
            capacity=plan.concurrency,
            overflow=Overflow.BLOCK,
            priority=Priority.HIGH if wanted else Priority.OPTIONAL,
        )
        self._outlet = Outlet(plan.name, below, self.inbox.report)
        self._outlet.log.above = self.inbox
        self.inbox.below = self._outlet.inbox
        self._any_order = not plan.ordered and plan.by_key is None
        """Whether an event may be begun whatever became of those before it."""
        self._working = 0
        self._taken: deque[Any] = deque()  # out of the inbox, whose gates open once for all of them
        self._slots: deque[_Slot] = deque()
        self._emptying = False
        self._lines: dict[Hashable, _Line] = {}
        self._waiting = 0  # events in all lines
        self._source_ended = False
        self._source_error: Exception | None = None
        below.at_end(self.inbox.cursor.close)

    # ---- what the source calls

    def take_in(self, event: object) -> None:
        """An event comes; somebody will see to it."""
        self.inbox.push(event)
        if self._working < self._limit:  # asked here too, for to call costs more
            self._staff()

    def source_ended(self, error: Exception | None = None) -> None:
        """The end, with an error or without: what is pending is worked on first."""
        self._source_ended = True
        self._source_error = error
        self._end_if_done()

    # ---- the workers

    def _staff(self) -> None:
        """One more worker, if there is work that may be begun."""
        if self._working < self._limit and self._may_begin():
            self._working += 1
            self._outlet.spawn(self._work())

    def _may_begin(self) -> bool:
        return (
            not self._below.closed
            and len(self._slots) < self._limit
            and self._waiting < self._limit
            and (bool(self._taken) or self.inbox.cursor.lag(self.inbox.log.next_seq) > 0)
        )

    async def _work(self) -> None:
        # The hot loop: one coroutine a worker, and between two events nothing is awaited that need not be.
        plan, outlet = self._plan, self._outlet
        work, flat, filtering = plan.work, plan.kind == "flat_map", plan.kind == "filter"
        begun: list[None] = []  # whether an item of the event at hand has gone on, where that matters
        try:
            job = self._begin()
            while job is not None:
                event, slot, line, key_error = job
                made: Any = _NOTHING_MADE
                result: Any
                try:
                    if key_error is not None:
                        raise key_error
                    made = work(event)
                    if flat:
                        await outlet.deliver_all(made if self._retry is None else _noting(made, begun))
                        result = SKIP
                    else:
                        result = await made
                except FAILURES as error:
                    result = await self._after(error, job, made, begun)
                if result is not _FAILED:
                    if filtering:
                        result = event if result else SKIP
                    if slot is not None:
                        slot.result = result
                        await self._empty_slots()
                    elif result is not SKIP and not self._below.closed and not outlet.deliver_nowait(result):
                        await outlet.deliver(result)
                job = self._begin() if line is None else self._next_in(line)
        finally:
            self._working -= 1
        if not self._working:
            self.inbox.log.let_go()
        self._end_if_done()

    def _begin(self) -> _Job | None:
        """The next event to work on, if one may be begun. An event whose key is in flight is put in line behind it."""
        taken = self._taken
        while (taken and self._any_order and not self._below.closed) or self._may_begin():
            if not taken and not self._take():
                continue
            event = taken.popleft()
            if self._working < self._limit:
                self._staff()  # who begins sees to it that others begin as well
            slot = None
            if self._plan.ordered:
                slot = _Slot()
                self._slots.append(slot)
            if self._plan.by_key is None:
                return event, slot, None, None
            try:
                key = self._plan.by_key(event)
                line = self._lines.get(key)
            except FAILURES as error:
                return event, slot, None, error
            if line is None:
                line = self._lines[key] = _Line(key)
                return event, slot, line, None
            line.jobs.append((event, slot, line, None))
            self._waiting += 1
        return None

    def _next_in(self, line: _Line) -> _Job | None:
        """The next event of a key; if there is none, of any."""
        if line.jobs and not self._below.closed:
            self._waiting -= 1
            self._staff()
            return line.jobs.popleft()
        del self._lines[line.key]
        return self._begin()

    def _take(self) -> bool:
        """Take all that is in the inbox, so that its gates open once for many events."""
        try:
            self._taken.extend(self.inbox.cursor.take(None))
        except ConsumerLagged as error:  # what came from a source that nobody can hold back
            self.inbox.report(f"{self._plan.name}()", error, None)
        return bool(self._taken)

    async def _after(self, error: BaseException, job: _Job, made: object, begun: list[None]) -> object:
        """The work on an event failed: what comes of it after all, if it is tried again."""
        raise_if_cancelled(self._below, error)
        if self._below.closed:  # it swallowed its cancellation, and nobody is there any more
            return _FAILED
        event, slot, _, key_error = job
        explained = error if made is _NOTHING_MADE else self._plan.explained(error, made)
        failure = as_failure(explained)
        retry, calls = self._retry, 1
        if made is _NOTHING_MADE:
            begun.clear()
        if retry is not None and key_error is None and explained is error and not begun and retry.covers(failure):

            async def call() -> object:
                nonlocal calls
                calls += 1
                made = self._plan.work(event)
                if self._plan.kind != "flat_map":
                    return await made
                await self._outlet.deliver_all(_noting(made, begun))
                return SKIP

            try:
                return await util.retrying.again(retry, failure, call, lost=lambda: bool(begun))
            except FAILURES as last:
                raise_if_cancelled(self._below, last)
                failure = as_failure(last)
        await self._settle(event, slot, failure, calls)
        return _FAILED

    async def _settle(self, event: Any, slot: _Slot | None, failure: Exception, calls: int) -> None:
        """The work on an event failed in the end: the end of the stream, or a report, as the policy says."""
        skipped = self._plan.leaves_out
        if skipped:
            self.inbox.report(f"{self._plan.name}()", failure, event, Handler(attempts=calls))
        if slot is not None:
            slot.result = SKIP
            slot.error = None if skipped else failure
            await self._empty_slots()
        elif not skipped:
            self._below.error(failure)

    async def _empty_slots(self) -> None:
        """Hand on the results that are next in order; one worker does so at a time."""
        if self._emptying:
            return
        self._emptying = True
        try:
            slots = self._slots
            while slots and slots[0].result is not NOTHING and not self._below.closed:
                slot = slots.popleft()
                if slot.error is not None:
                    self._below.error(slot.error)
                elif slot.result is not SKIP and not self._outlet.deliver_nowait(slot.result):
                    await self._outlet.deliver(slot.result)
                self._staff()
        finally:
            self._emptying = False

    def _end_if_done(self) -> None:
        if not self._source_ended or self._working or self._slots or self._taken or self._below.closed:
            return
        if self.inbox.cursor.lag(self.inbox.log.next_seq) > 0:
            return
        if self._source_error is None:
            self._below.completed()
        else:
            self._below.error(self._source_error)
