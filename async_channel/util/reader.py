"""The reader: everything one can do with a cursor from Python: get, iterate, take batches, close, ask for numbers."""

from __future__ import annotations

import asyncio
import math
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from functools import partial
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

from async_channel import util
from async_channel.errors import ChannelClosed, ChannelEmpty, ConsumerClosed
from async_channel.stats import ConsumerStats
from async_channel.util import check
from async_channel.util.cursor import Cursor
from async_channel.util.failure import FAILURES, Handler, Report, as_failure
from async_channel.util.inbox import Inbox
from async_channel.util.log import Log

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Intake(Generic[T]):
    """Where a reader's events come in.

    Args:
        cursor: the place in a log that it reads.
        report: where to say that something raised.
        release: lets go of what feeds the cursor.
        tasks: those at work between the source and the cursor that are ending, which `release` sees to.
        inbox: what the cursor stands in, if it is at the end of a pipeline.
    """

    __slots__ = ("cursor", "inbox", "release", "report", "tasks")

    def __init__(
        self,
        cursor: Cursor[T],
        report: Report,
        release: Callable[[], None],
        tasks: set[asyncio.Task[None]] | None = None,
        inbox: Inbox[T] | None = None,
    ) -> None:
        self.cursor = cursor
        self.inbox = inbox
        self.report = report
        self.release = release
        self.tasks = set[asyncio.Task[None]]() if tasks is None else tasks

    def roots(self) -> Iterator[Log[Any]]:
        """The logs at the top that its events come from."""
        return iter([self.cursor.log]) if self.inbox is None else self.inbox.roots()

    @property
    def goes_on(self) -> bool:
        """Whether events may still come: what it hangs from has not ended."""
        return not self.cursor.log.closed if self.inbox is None else self.inbox.goes_on()

    def report_lag(self, share: float) -> None:
        """Report when the reader is behind by that share of its capacity."""
        log = self.cursor.log
        self.cursor.watch = util.watching.LagWatch(self.cursor, share, self.report, coming=log._margin)
        log.revoke()  # the credit was granted without a look at that


witnesses: list[Callable[[object, Intake[Any]], None]] = []
"""Who is told of each reader and each callback as it is made: nobody, unless something is instrumented."""


class Reader(Generic[T_co]):
    """Reads the events that a cursor stands before.

    Several tasks may share one reader: each event goes to one of them.
    """

    def __init__(self, intake: Intake[T_co], keep: Callable[[T_co], object] | None) -> None:
        self._cursor = intake.cursor
        self._keep = keep
        self._report = intake.report
        self._release = intake.release
        self._tasks = intake.tasks
        for tell in witnesses:
            tell(self, intake)

    @property
    def name(self) -> str:
        """The name it was given, for messages and statistics."""
        return self._cursor.name

    @property
    def capacity(self) -> int:
        """How many events it may fall behind before its overflow policy acts (a count)."""
        return self._cursor.capacity

    def stats(self) -> ConsumerStats:
        """Its ledger at this moment, as a frozen record."""
        return self._cursor.stats()

    @property
    def exhausted(self) -> bool:
        """Whether it was closed, or its channel has ended."""
        return self._cursor.closed or self._cursor.log.closed

    # ---- one at a time

    def get_nowait(self) -> T_co:
        """Take the next event if there is one.

        Raises:
            ChannelEmpty: nothing is pending.
            ChannelClosed: nothing is pending, and nothing will come.
            ConsumerClosed: this reader was closed.
            ConsumerLagged: it missed events, and its policy is to be told.
            Exception: the error the channel or the pipeline failed with, after what was pending.
        """
        cursor = self._cursor
        while True:
            run = cursor.run
            for event in run:
                if self._keep is None or self._accepts(event):
                    return event
            if not cursor.advance(run):
                self._raise_end()
                raise ChannelEmpty(
                    f"consumer {cursor.name!r} has nothing pending: await get() waits for the next event"
                )

    async def get(self, timeout: float | None = None) -> T_co:
        """Take the next event, and wait for it if there is none. Cancelling it loses nothing.

        Args:
            timeout: seconds on the running loop's clock; None waits as long as it takes.

        Raises:
            TimeoutError: nothing came in time.
            TypeError, ValueError: timeout is not a number, or negative.
            ChannelClosed, ConsumerClosed, ConsumerLagged, Exception: as `get_nowait`.
            WrongLoop: it belongs to another event loop.
        """
        if timeout is not None and timeout != math.inf:
            check.timeout("get", timeout)
            async with asyncio.timeout(timeout):
                return await self.get()
        cursor = self._cursor
        while True:
            run = cursor.run
            for event in run:
                if self._keep is None or self._accepts(event):
                    return event
            if not cursor.advance(run):
                self._raise_end()
                waiter = cursor.sleep()
                try:  # as cursor.wait(), without its coroutine: between a send and a waiting get every call counts
                    await waiter
                except BaseException:
                    cursor.log.forget(waiter)
                    raise
                if self._keep is None and cursor.lone(run):
                    return cursor.log.items[-1]

    def _accepts(self, event: Any) -> bool:  # of T_co, which may not be written to from a type checker's view
        """Whether the filter lets an event through; a filter that raises is reported and lets nothing through."""
        assert self._keep is not None
        try:
            if self._keep(event):
                return True
        except FAILURES as error:
            self._report(f"filter_func of consumer {self.name!r}", as_failure(error), event, Handler(self.name))
        self._cursor.filtered += 1
        return False

    def _raise_end(self) -> None:
        """Raise if nothing more will ever come."""
        if self._cursor.closed:
            raise ConsumerClosed(f"consumer {self.name!r} is closed: make a new one to read on")
        log = self._cursor.log
        if log.closed:
            log.let_go()
            log.raise_error()
            raise ChannelClosed(f"channel {log.name!r} is stopped, and consumer {self.name!r} has read all of it")

    def _ended(self) -> bool:
        """Whether nothing more will ever come; raises the error the stream failed with."""
        log = self._cursor.log
        if log.closed and not self._cursor.closed:
            log.let_go()
            log.raise_error()
        return self.exhausted

    # ---- iteration

    def __aiter__(self) -> AsyncIterator[T_co]:
        """Iterate over the events until the channel ends or this reader is closed."""
        return _detached(self._events() if self._keep is None else self._filtered_events())

    async def _events(self) -> AsyncGenerator[T_co, None]:
        # The hot loop: between two runs an event costs one step of a list iterator and one yield.
        cursor = self._cursor
        yield  # type: ignore[misc]  # `_detached` starts the generator up to here, and nobody sees it
        while True:
            run = cursor.run
            for event in run:
                yield event
            if not cursor.advance(run):
                if self._ended():
                    return
                await cursor.wait()

    async def _filtered_events(self) -> AsyncGenerator[T_co, None]:
        cursor = self._cursor
        yield  # type: ignore[misc]  # as above
        while True:
            run = cursor.run
            for event in run:
                if self._accepts(event):
                    yield event
            if not cursor.advance(run):
                if self._ended():
                    return
                await cursor.wait()

    def batches(self, max_size: int | None = None) -> AsyncIterator[list[T_co]]:
        """Iterate over lists of whatever is pending: the cheapest way to read many events.

        ::

            channel   --1-2-3------4-----5-6--|
            batches   ------[1,2,3]-[4]--[5,6]|

        Args:
            max_size: the most events in a list (a count); None takes all that is pending.

        Raises:
            TypeError, ValueError: max_size is not an int of at least 1.
        """
        if max_size is not None:
            check.positive_count("batches", "max_size", max_size)
        return _detached(self._batches(max_size))

    def _sieve(self, batch: list[Any]) -> list[Any]:
        """The events that the filter lets through; until they are handed over all count as pending."""
        cursor = self._cursor
        kept: list[Any] = []
        cursor.judging = len(batch)
        for event in batch:
            if self._accepts(event):
                kept.append(event)
            else:
                cursor.judging -= 1
        cursor.judging = 0
        return kept

    async def _batches(self, max_size: int | None) -> AsyncGenerator[list[T_co], None]:
        cursor = self._cursor
        yield []
        while True:
            batch = cursor.take(max_size)
            if batch:
                if self._keep is not None:
                    batch = self._sieve(batch)
                if batch:
                    yield batch
            elif self._ended():
                return
            else:
                await cursor.wait()

    # ---- the end

    def __del__(self) -> None:
        """A reader that nobody holds any more must not hold senders back."""
        cursor: Cursor[T_co] | None = getattr(self, "_cursor", None)
        if cursor is not None and not cursor.closed:
            cursor.abandoned = True
            cursor.log.call_home(partial(_let_go, cursor, self._release))

    def close(self) -> None:
        """Stop reading: what is pending is dropped, senders no longer wait for it. Closing twice does nothing more."""
        self._cursor.log.check_thread()
        if not self._cursor.closed:
            _let_go(self._cursor, self._release)

    async def __aenter__(self) -> Self:
        """The reader itself, which belongs to the running loop now; leaving the block closes it."""
        self._cursor.log.bind()
        return self

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close it, and wait until the tasks that worked for it have ended."""
        self.close()
        tasks = self._tasks - {asyncio.current_task()}
        if tasks:
            await asyncio.wait(tasks)


def _let_go(cursor: Cursor[T], release: Callable[[], None]) -> None:
    release()
    cursor.close()
    cursor.log.wake()  # other tasks may wait on the same reader


def _detached(events: AsyncGenerator[T, None]) -> AsyncGenerator[T, None]:
    """Start an asynchronous generator up to its first bare `yield`, unknown to the event loop.

    The loop would start a task to close it when a reader breaks out of its `async for`. These generators hold nothing
    that needs awaiting to be let go, so leaving them to the garbage collector is exact, and leaves no task behind.
    """
    hooks = sys.get_asyncgen_hooks()
    sys.set_asyncgen_hooks(firstiter=None, finalizer=None)
    try:
        events.__anext__().send(None)
    except StopIteration:
        pass
    finally:
        sys.set_asyncgen_hooks(*hooks)
    return events
