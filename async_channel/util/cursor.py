"""The cursor: one reader's place in a log. Lag, loss and the ledger are arithmetic on it.

A reader takes events from its `run`, an iterator over a short private slice of the log, so that reading an event costs
one step of a list iterator and no bookkeeping at all: where the reader stands is `end` (where the run ends) less what
the run still holds, and Python's list iterators know that number. When senders need to know exactly, `settle` empties
the slice under the iterator: the reader's loop ends at its next step, and it comes back to `advance`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from itertools import islice
from operator import length_hint
from typing import Final, Generic, TypeVar

from async_channel.errors import ConsumerLagged
from async_channel.policy import Conflate, Overflow
from async_channel.stats import ConsumerStats
from async_channel.util.log import Log
from async_channel.util.place import Loan, Watch

T = TypeVar("T")

SHORT_RUN: Final = 32
"""The first run (events). The next is twice as long whenever the reader finished one, for its set-up to cost less and
less; and as short as this again when senders looked before it had, for what is thrown away to cost little."""


class Cursor(Generic[T]):
    """A reader's position in a log, with the overflow policy it asked for."""

    __slots__ = (
        "_fails",
        "_final",
        "_lag_peak",
        "_missed",
        "_overrun",
        "_reach",
        "_slice",
        "_waits",
        "abandoned",
        "blocking",
        "capacity",
        "closed",
        "end",
        "failed",
        "filtered",
        "full",
        "judging",
        "lent",
        "log",
        "name",
        "priority",
        "refused",
        "run",
        "start",
        "watch",
        "watched",
    )

    def __init__(
        self,
        log: Log[T],
        *,
        name: str,
        capacity: int,
        overflow: Overflow | Conflate[T] = Overflow.BLOCK,
        priority: int = 0,
    ) -> None:
        self.log = log
        self.name = name
        self.priority = priority
        self.capacity = 1 if overflow is Overflow.LATEST else capacity
        self.blocking = overflow is Overflow.BLOCK
        """Whether senders wait for this reader; no longer when it is closed."""
        self._fails = overflow is Overflow.FAIL
        self._reach = SHORT_RUN
        self._slice: list[T] = []
        self.run: Iterator[T] = iter(self._slice)
        """The events this reader may take without asking anybody; empty when it must `advance`."""
        self.lent: Loan[T] | None = None
        """The run that was last lent to another thread; while it is the `run`, senders do not end it."""
        self.start = 0
        self.end = 0
        """The sequence number that follows the run."""
        self.full = False
        """Whether senders wait for this reader."""
        self.filtered = 0
        self.judging = 0
        """Events that were taken and that a filter has not let through yet."""
        self.failed = 0
        """Events that were taken, and on which the callback failed in the end."""
        self.refused = 0
        """Events that never got into the log on this reader's account: the newest, or replaced ones."""
        self._overrun = 0
        self._missed = 0
        self._lag_peak = 0
        self._waits = 0
        self.closed = False
        self.abandoned = False
        """Whether its reader was left to the garbage collector, and nobody closed it."""
        self.watched = False
        """Whether somebody else sees to it that its reader is closed, and says so if it is not."""
        self._final = 0
        self.watch: Watch | None = None
        log.attach(self)

    # ---- reading

    def advance(self, read: Iterator[T]) -> bool:
        """Take the next run; False when nothing is pending. The caller takes an event from it before it awaits.

        Args:
            read: the run that the caller found at its end.

        Raises:
            ConsumerLagged: this reader missed events and had asked to be told.
            WrongLoop: in asyncio debug mode, when called from a foreign loop or thread.
        """
        if self.run is not read:  # another task that reads the same cursor has advanced it
            return True
        log = self.log
        if self.blocking and not log.debug:
            # The hot case, all in one place: nothing was dropped, so what is pending is the end of the list.
            lag = log.granted - log.credit - self.end
            if lag <= 0:
                return False
            if self.full and not self._makes_room(lag, 1):
                self._slice = run = log.items[-lag : 1 - lag]
                self.end += 1
            elif lag == 1:  # a reader that keeps up
                self._slice = run = log.items[-1:]
                self.end += 1
            else:
                first = len(log.items) - lag
                self._slice = run = log.items[first : first + self._reach]
                self.end += len(run)
                self._reach += len(run)
            self.run = iter(run)
            if lag > self._lag_peak:
                self._lag_peak = lag
            return True
        lag = self._ready()
        if lag:
            self._take(lag, 1)
            self.run = iter(self._slice)
        return lag > 0

    def lone(self, read: Iterator[T]) -> bool:
        """Whether exactly one event is pending and may be taken as ``log.items[-1]``, which this counts as done.

        Between a send and a reader that waits for it there is nothing else to do, so no run is made for it.

        Args:
            read: the run that the caller found at its end.
        """
        log = self.log
        if (
            log.granted - log.credit - self.end != 1
            or not self.blocking
            or self.full
            or log.debug
            or self.run is not read
        ):
            return False
        self.end += 1
        if not self._lag_peak:
            self._lag_peak = 1
        return True

    def take(self, most: int | None) -> list[T]:
        """Take up to `most` pending events (all, if None) as one list; an empty one when nothing is pending.

        Raises:
            ConsumerLagged, WrongLoop: as `advance`.
        """
        left = list(islice(self.run, most))
        if left:
            return left
        lag = self._ready()
        if not lag:
            return []
        self._take(lag, lag if most is None else min(lag, most))
        taken = self._slice
        self._slice = []  # the list is the caller's now
        return taken

    def _ready(self) -> int:
        """How many events are pending, after those that the policy drops are gone."""
        log = self.log
        if log.debug:
            log.check_thread()
        if self.closed:
            return 0
        lag = self.settle(log.granted - log.credit)
        self._tell_missed()
        return lag

    def _tell_missed(self) -> None:
        if self._missed:
            missed, self._missed = self._missed, 0
            raise ConsumerLagged(
                f"consumer {self.name!r} missed {missed} events: {self.capacity} were pending, its capacity, when more "
                "came. Read faster, give it more capacity, or choose an overflow policy that may lose events",
                missed=missed,
            )

    def _take(self, lag: int, count: int) -> None:
        if self.full:
            self._makes_room(lag, count)
        items = self.log.items
        first = len(items) - lag
        self._slice = items[first : first + count]
        self.end += count

    def _makes_room(self, lag: int, count: int) -> bool:
        """This reader was full, and is about to take events: senders may go on, if fewer than its capacity are left.

        There may be more than its capacity: a backlog, or what one event became in a pipeline.
        """
        self._tell_missed()
        if lag - count >= self.capacity:
            return False
        self.full = False
        self.log.unblock()
        return True

    def relieve(self) -> None:
        """Another thread took events while senders looked: they may go on, if there is room now."""
        if self.full:
            if self.lent is not None:
                self.lent.watched = True
            if self.lag(self.log.next_seq) < self.capacity:
                self.full = False
                self.log.unblock()

    def sleep(self) -> asyncio.Future[None]:
        """A future to await when nothing is pending, done when something may have changed.

        It takes nothing, so cancelling it loses nothing; whoever is cancelled while awaiting it tells `log.forget`.
        """
        self._waits += 1
        self._slice = []
        return self.log.sleep(self.priority)

    async def wait(self) -> None:
        """Sleep until something may have changed."""
        waiter = self.sleep()
        try:
            await waiter
        except BaseException:
            self.log.forget(waiter)
            raise

    # ---- arithmetic

    def lag(self, next_seq: int) -> int:
        """How many events from here to `next_seq`, whatever the policy will make of them."""
        return next_seq - self.end + length_hint(self.run)

    def settle(self, next_seq: int) -> int:
        """End the current run, drop what the policy drops, and say how many events are pending."""
        left = length_hint(self.run)
        if left:
            if self.run is self.lent:
                return self._settle_lent(next_seq)
            self.end -= left
            self._reach = SHORT_RUN
        self._slice.clear()
        lag = next_seq - self.end
        if not self.blocking and lag > self.capacity:
            over = lag - self.capacity
            self.end += over
            self._overrun += over
            if self._fails:
                self._missed += over
            lag = self.capacity
        if lag > self._lag_peak:
            self._lag_peak = lag
        return lag

    def _settle_lent(self, next_seq: int) -> int:
        """The same for a run that another thread reads, and goes on reading: only blocking readers have one."""
        assert self.lent is not None
        self.lent.watched = True
        lag = self.lag(next_seq)
        if lag > self._lag_peak:
            self._lag_peak = lag
        return lag

    def miss(self) -> None:
        """Lose one event that came while this reader was full and whoever pushed it could not wait."""
        self.refused += 1
        self._missed += 1

    def drop_pending(self, count: int) -> None:
        """Lose the `count` oldest pending events."""
        self.settle(self.log.next_seq)
        self.end += count
        self._overrun += count

    def close(self) -> None:
        """Stop reading: what is pending is dropped, and the log forgets this cursor."""
        if self.closed:
            return
        self._final = self.log.next_seq
        if self.lent is not None and self.run is self.lent:
            self.end -= self.lent.take_back()
        self.drop_pending(self.settle(self._final))
        self.closed = True
        self.blocking = False
        self._slice = []
        self.log.detach(self)

    def stats(self) -> ConsumerStats:
        """The ledger of this reader at this moment."""
        self.log.check_thread()
        next_seq = self._final if self.closed else self.log.next_seq
        if self.blocking:
            pending = self.lag(next_seq)
            self._lag_peak = max(self._lag_peak, pending)
        else:
            pending = self.settle(next_seq) if not self.closed else 0
        dropped = self._overrun
        return ConsumerStats(
            name=self.name,
            sent=next_seq - self.start + self.refused,
            delivered=next_seq - pending - self.start - dropped - self.filtered - self.judging,
            dropped=dropped + self.refused,
            filtered=self.filtered,
            pending=pending + self.judging,
            lag_peak=self._lag_peak,
            waits=self._waits,
            failed=self.failed,
        )
