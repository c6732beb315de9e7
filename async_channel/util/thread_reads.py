"""Events that another thread reads, while the loop of their reader runs in its own.

The thread is lent a run of events, as one hop over the border costs as much as a hundred events. They stay where they
are in the log, pending, until it takes them one by one: nothing has to be given back when it no longer does.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future
from functools import partial
from operator import length_hint
from time import monotonic
from typing import Final, Generic, TypeVar

from async_channel.errors import NotStarted, WrongLoop
from async_channel.util.border import LOOK, is_ending, post, spawn
from async_channel.util.cursor import Cursor
from async_channel.util.failure import FAILURES, as_failure
from async_channel.util.reader import Reader

T = TypeVar("T")

LOAN: Final = 1024
"""The most events that are lent to another thread at once (a count)."""


class Lent(Generic[T]):
    """A run that another thread reads: each event is taken by one side, in a step that nothing can divide.

    It is not cut short when senders look, for the way over the border is long; so who takes an event while somebody
    waits for room says so. Which of the two sees the other's doing does not matter, one of them does: the taker takes
    and then looks whether it is `watched`; the senders' side sets that and then looks how many are left.
    """

    __slots__ = ("_events", "_tell", "watched")

    def __init__(self, events: list[T], tell: Callable[[], None]) -> None:
        self._events = deque(events)
        self._tell = tell
        self.watched = False
        """Whether the senders' side wants to be told of the next event that is taken."""

    def __iter__(self) -> Iterator[T]:
        return self

    def __next__(self) -> T:
        try:
            event = self._events.popleft()
        except IndexError:
            raise StopIteration from None
        if self.watched:
            self.watched = False
            self._tell()
        return event

    def __length_hint__(self) -> int:
        return len(self._events)

    def take_back(self) -> int:
        """Take what is left, and say how many events that were."""
        count = 0
        while self._events:
            try:
                self._events.pop()
            except IndexError:  # the other side was quicker
                break
            count += 1
        return count


def lend(cursor: Cursor[T]) -> Iterator[T] | None:
    """The next run of a cursor, for another thread to read; None when nothing is pending.

    What the thread does not take stays the run of the cursor, for whoever reads next. A reader that may lose events is
    given one at a time, for its policy to decide when that is.

    Raises:
        ConsumerLagged, WrongLoop: as `Cursor.advance`.
    """
    lent = cursor.lent
    if isinstance(lent, Lent) and cursor.run is lent and length_hint(lent):
        return lent  # another thread reads it, or did
    if not cursor.blocking:
        return iter(cursor.take(1)) if cursor._ready() else None
    lag = cursor._ready()
    if not lag:
        return None
    log = cursor.log
    first = len(log.items) - lag
    run = Lent(log.items[first : first + min(lag, LOAN)], partial(post, asyncio.get_running_loop(), cursor.relieve))
    cursor._slice = []
    cursor.run = cursor.lent = run
    cursor.end += length_hint(run)
    run.watched = cursor.full
    return run


class _Ask(Future[Iterator[T] | None]):
    """A thread waits for the next run of events: None is the end."""

    def __init__(self, rejected: int) -> None:
        super().__init__()
        self.rejected = rejected
        self.task: asyncio.Task[None] | None = None
        """What waits on the loop for an event, when there was none."""


class Abroad(Generic[T]):
    """A reader, as a thread reads it that is not its loop's.

    Raises:
        NotStarted: the reader has no event loop.
        WrongLoop: this is the thread of that loop.
    """

    def __init__(self, reader: Reader[T], timeout: float | None) -> None:
        loop = reader._cursor.log.loop
        if loop is None or loop.is_closed():
            raise NotStarted(
                f"consumer {reader.name!r} has no running event loop for a thread to read from: enter it there first "
                "(`async with consumer:`), or await start() of its channel before it is made"
            )
        self._reader = reader
        self._loop = loop
        self._timeout = timeout
        self._rejected = 0
        self._require_other_thread()

    def _require_other_thread(self) -> None:
        if asyncio._get_running_loop() is self._loop:
            raise WrongLoop(
                f"iter_in_thread() of consumer {self._reader.name!r} was called on its own event loop, which would "
                "wait for itself: use `async for` here, or call it in another thread, as asyncio.to_thread() does"
            )

    def events(self) -> Generator[T, None, None]:
        """What `iter_in_thread` returns."""
        filtered = self._reader._keep is not None
        try:
            deadline = self._deadline()
            while (run := self._cross(deadline)) is not None:
                for event in run:
                    if not filtered or self._accepts(event):
                        yield event
                        deadline = None
                if deadline is None:
                    deadline = self._deadline()
        finally:
            if self._rejected:
                post(self._loop, partial(self._book, self._rejected))

    def _deadline(self) -> float | None:
        return None if self._timeout is None else monotonic() + self._timeout

    def _accepts(self, event: T) -> bool:
        assert self._reader._keep is not None
        try:
            if self._reader._keep(event):
                return True
        except FAILURES as error:
            where = f"filter_func of consumer {self._reader.name!r}"
            post(self._loop, partial(self._reader._report, where, as_failure(error), event))
        self._rejected += 1
        return False

    def _book(self, rejected: int) -> None:
        self._reader._cursor.filtered += rejected

    def _cross(self, deadline: float | None) -> Iterator[T] | None:
        """Have the loop lend the next run, and wait until there is one. None is the end."""
        self._require_other_thread()
        ask: _Ask[T] = _Ask(self._rejected)
        self._rejected = 0
        try:
            self._loop.call_soon_threadsafe(self._serve, ask)
        except RuntimeError:
            raise self._left() from None
        try:
            return self._wait(ask, deadline)
        except BaseException:
            if ask.cancel():
                post(self._loop, partial(self._forget, ask))
            raise

    def _wait(self, ask: _Ask[T], deadline: float | None) -> Iterator[T] | None:
        stopped = False
        while True:
            # With a timeout of 0 the loop says whether there is something.
            left = LOOK if deadline is None or self._timeout == 0 else max(0.0, deadline - monotonic())
            try:
                return ask.result(min(left, LOOK))
            except TimeoutError:
                if ask.done():  # the error is the stream's own, or it came just now
                    return ask.result(0)
            if left <= LOOK and deadline is not None and self._timeout:
                if not ask.cancel():  # an answer is being written
                    return ask.result()
                raise self._late()
            was_stopped, stopped = stopped, not self._loop.is_running()
            if was_stopped and stopped and ask.cancel():
                raise self._left()

    def _late(self) -> TimeoutError:
        return TimeoutError(f"consumer {self._reader.name!r} got no event in {self._timeout} s")

    def _left(self) -> NotStarted:
        return NotStarted(
            f"the event loop of consumer {self._reader.name!r} has ended or stopped, and a thread was reading from it: "
            "stop the channel or close the consumer first, then the iteration ends by itself"
        )

    # ---- on the loop

    def _serve(self, ask: _Ask[T]) -> None:
        cursor = self._reader._cursor
        cursor.filtered += ask.rejected
        if ask.cancelled() or self._answered(ask):
            return
        if is_ending(self._loop):
            if ask.set_running_or_notify_cancel():
                ask.set_exception(self._left())
        else:
            ask.task = spawn(self._loop, self._answer(ask), f"{cursor.name} in a thread")

    async def _answer(self, ask: _Ask[T]) -> None:
        try:
            while not self._answered(ask):
                await self._reader._cursor.wait()
        except asyncio.CancelledError:
            if ask.set_running_or_notify_cancel():  # it is the loop that ends, and not the thread that left
                ask.set_exception(self._left())
            raise
        except Exception as error:
            if ask.set_running_or_notify_cancel():
                ask.set_exception(error)

    def _answered(self, ask: _Ask[T]) -> bool:
        """Give the thread what is pending, or the end; False if there is nothing to give it yet."""
        reader, cursor = self._reader, self._reader._cursor
        if self._timeout != 0 and not reader.exhausted and cursor.lag(cursor.log.next_seq) <= 0:
            return False
        # From here on the thread can't leave without the answer: what is taken is what it gets.
        if not ask.set_running_or_notify_cancel():
            return True
        try:
            run = lend(cursor)
            if run is None and not reader._ended():
                ask.set_exception(self._late())
            else:
                ask.set_result(run)
        except BaseException as error:
            ask.set_exception(error)
        return True

    @staticmethod
    def _forget(ask: _Ask[T]) -> None:
        if ask.task is not None:
            ask.task.cancel()
