"""The log: one bounded, append-only sequence in memory that all readers of a channel share.

Positions are sequence numbers: the first event ever appended has 0, the next one `next_seq`. Nothing is stored
twice, and nothing is counted while events flow, by two ideas:

**Credit.** A sender may append without looking at any reader while it holds credit. Credit is granted by `renew`,
which finds the slowest reader once and then lets that many events pass; so `next_seq` is simply what was granted less
what is left. Whoever needs the senders to look again (a full pipeline, a new reader, the end) takes the credit away.
The idea is the credit window of network flow control, and `request(n)` of Reactive Streams.

**Retention.** While nobody reads, a log keeps its newest few events in a bounded deque: all it may hold before the
first reader comes (the warm-up), then as many as `replay` says. With readers it is a list that `renew` trims.

The hot path is `Channel.send` and `Cursor.advance`; all here is the slow path. The single shared sequence with reader
positions is that of LMAX's Disruptor and tokio's broadcast.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Final, Generic, TypeVar

from async_channel.util.ending import Ending
from async_channel.util.failure import Report, to_nobody
from async_channel.util.place import Below, Place, Relief, Roots, Waiter
from async_channel.util.taps import with_taps
from async_channel.util.turns import Turns

T = TypeVar("T")

_UNLIMITED: Final = 1 << 62
_OVERDUE: Final = 61


class Log(Ending, Generic[T]):
    """A bounded sequence of events, its readers, and those who wait to append to it."""

    __slots__ = (
        "_breathe_at",
        "_dead",
        "_margin",
        "_ranks",
        "_recent",
        "_unseen",
        "above",
        "append",
        "below",
        "blockers",
        "capacity",
        "credit",
        "cursors",
        "delivering",
        "gates",
        "granted",
        "items",
        "keep",
        "look_above",
        "on_room",
        "relief",
        "replay",
        "report",
        "sleepers",
        "taps",
        "turns",
        "waits",
        "warm",
    )

    def __init__(self, name: str, capacity: int, *, replay: int = 0, private: bool = False) -> None:
        super().__init__(name)
        self.capacity = capacity
        self.replay = replay
        self.credit = 0
        """How many events may be appended before somebody must look at the readers again."""
        self.granted = 0
        """All credit ever granted; less what is left of it, the next sequence number."""
        self.items: list[T] = []
        """With readers: the events still kept, the last one being `next_seq - 1`."""
        self.warm = not private
        """Whether this log keeps events for a first reader still to come."""
        self._recent: deque[T] = deque(maxlen=max(capacity, replay) if self.warm else replay)
        self.append: Callable[[T], None] = self._recent.append
        """Stores one event; bound anew when readers come and go."""
        self.keep: Callable[[T], None] | None = self.append if self._recent.maxlen else None
        """The same for senders, and the taps with it: None where there is neither."""
        self.taps: tuple[Callable[[T], None], ...] = ()  # who looks at each event as it is sent
        self.cursors: list[Place] = []
        self.sleepers: list[Waiter] = []
        """What readers await while they have nothing to read."""
        self._ranks: dict[Waiter, int] = {}
        self.turns = Turns()
        self.waits = 0  # how often a sender had to wait in line
        self.gates: dict[object, str] = {}
        """Full inboxes downstream, with their names: while there are any, nothing may be appended."""
        self.blockers = 0
        """Full cursors and gates that senders wait for, as of the last renewal."""
        self.on_room: Callable[[], None] | None = None
        self.relief: Relief | None = None
        """What makes room where readers have no tasks."""
        self.above: Roots | None = None  # of an outlet: what hangs from the logs that its events come from
        self.report: Report = to_nobody
        """Where to say that something raised: what it was, the exception, the event."""
        self.delivering = False  # whether an event of this log is just being pushed through its pipelines
        self.look_above: Callable[[], None] | None = None  # has the log that events rise to shut its gate if full
        self.below: Below | None = None  # the logs whose events rise to this one
        self._unseen = 0
        self._dead = 0
        # A private log grants one credit less, so that the event that fills it takes the slow path and shuts the gates;
        # and nobody awaits a push, so it has nobody to make breathe.
        self._margin = 1 if private else 0
        self._breathe_at = _UNLIMITED if private else capacity

    @property
    def next_seq(self) -> int:
        """The sequence number that the next event gets: how many were ever appended."""
        return self.granted - self.credit

    @property
    def unseen(self) -> int:
        """How many events were let go before a first reader came (a count)."""
        return self.next_seq - self.held if self.warm else self._unseen

    @property
    def held(self) -> int:
        """How many events this log keeps alive right now (a count)."""
        return len(self.items) - self._dead + len(self._recent)

    # ---- room

    def renew(self, taking: int = 0) -> int:
        """Look at every reader, let go what all have read, and grant new credit.

        Args:
            taking: events that the caller will append without credit, whatever is granted.

        Returns:
            How many events there is room for; 0 or less when some reader is full.
        """
        if self.look_above is not None:
            self.look_above()
        next_seq = self.granted - self.credit
        room = self.capacity
        keep = self.replay
        unwatched = _UNLIMITED
        tight: list[tuple[Place, int]] = []
        for cursor in self.cursors:
            lag = cursor.settle(next_seq)
            if lag > keep:
                keep = lag
            if cursor.watch is not None:
                unwatched = min(unwatched, cursor.watch.look(lag))
            if cursor.blocking:
                left = cursor.capacity - lag
                cursor.full = False
                if left <= taking:
                    tight.append((cursor, left))
                if left < room:
                    room = left
        self._trim(keep)
        room = 0 if self.gates else room
        self.blockers = len(self.gates)
        for cursor, left in tight:
            if cursor in self.cursors and (left <= 0 or room > 0):  # it is full, or will be by what the caller appends
                cursor.full = True
                self.blockers += 1
        self.credit = 0
        if not (self.turns or self.debug or self.closed):  # who waits goes first; in debug mode each entry is looked at
            self.credit = max(0, min(room - self._margin, self._due(next_seq, room), unwatched))
        self.granted = next_seq + self.credit
        if self.blockers and self.below is not None:
            self.below.shut()
        return room

    def _due(self, next_seq: int, room: int) -> int:
        """How many events until the loop must run.

        Who can let it run does so in `reserve`. Those that can't are given a number that is never the same for long, so
        that no regular mix of both kinds puts it off for ever.
        """
        due = self._breathe_at - next_seq
        return next_seq % _OVERDUE % room + 1 if due <= 0 < room else due

    def revoke(self) -> None:
        """Take the unused credit away, so that the next sender looks again."""
        self.granted -= self.credit
        self.credit = 0
        if self.below is not None:
            self.below.revoke()

    def _trim(self, keep: int) -> None:
        """Let go of all but the newest `keep` events, at a cost that does not grow with the capacity."""
        items = self.items
        spare = len(items) - keep
        if spare >= keep:
            del items[:spare]
            self._dead = 0
        elif spare > self._dead:
            # Moving a long tail for a few dead events would cost a full log dearly: drop the references, move later.
            items[self._dead : spare] = [None] * (spare - self._dead)  # type: ignore[list-item]  # below every cursor
            self._dead = spare

    def sleep(self, rank: int) -> asyncio.Future[None]:
        """A future for a reader with nothing to read, done when something may have changed.

        When it is the last reader to fall asleep, what all have read is let go.

        Args:
            rank: 0 for who is woken first, more for later.

        Raises:
            WrongLoop: the log belongs to another event loop.
        """
        waiter = self.bind().create_future()
        self.sleepers.append(waiter)
        if rank:
            self._ranks[waiter] = rank
        if len(self.sleepers) >= len(self.cursors):
            self.let_go()
        return waiter

    def let_go(self) -> None:
        """Keep nothing that all have read, if all have read everything."""
        if self.items and not any(cursor.settle(self.next_seq) for cursor in self.cursors):
            self._trim(self.replay)

    def forget(self, waiter: Waiter) -> None:
        """Whoever awaited a future of `sleep` no longer does."""
        self.sleepers = [other for other in self.sleepers if other is not waiter]
        self._ranks.pop(waiter, None)

    def gate(self, inbox: object, name: str) -> None:
        """An inbox downstream is full: nothing passes until it calls `ungate`."""
        if inbox not in self.gates:
            self.gates[inbox] = name
            self.blockers += 1
            self.revoke()

    def ungate(self, inbox: object) -> None:
        """An inbox downstream has room again, or is gone."""
        if inbox in self.gates:
            del self.gates[inbox]
            self.unblock()

    def unblock(self) -> None:
        """One of those who kept the senders waiting has room now."""
        self.blockers -= 1
        if self.blockers <= 0:
            if self.on_room is not None:
                self.on_room()
            self._offer_turn()

    # ---- senders

    def reserve_nowait(self) -> bool:
        """Whether one event may be appended at once; the caller does so if it is told True.

        Raises:
            ChannelClosed: nothing can be appended any more.
            WrongLoop: in asyncio debug mode, when called from a foreign loop or thread.
        """
        self.check_open()
        self.check_thread()
        return self.renew(taking=1 if self.turns or self._margin else 0) > 0  # these may find room, and get no credit

    async def reserve(self) -> None:
        """Wait until one more event may be appended; the caller appends it before it awaits anything.

        Waiting senders go in the order they came. Once per `capacity` sends a sender that found room all along still
        lets the loop run, so that a tight loop of sends starves nobody.

        Raises:
            ChannelClosed: nothing can be appended any more, perhaps since this call waits.
            WrongLoop: the log belongs to another event loop.
        """
        loop = self.bind()
        self.check_open()
        if self.turns or self.renew() <= 0:
            self.waits += 1
            if self.relief is None or not await self.relief.relieve(self):
                await self.turns.wait(loop, self._take_turn, self._offer_turn)
        elif self.next_seq >= self._breathe_at:
            self.revoke()  # whoever comes meanwhile goes behind
            loop.call_soon(self._offer_turn)
            await self.turns.wait(loop, self._take_turn, self._offer_turn)
        if self._margin and self.credit <= 0:
            self.renew(taking=1)

    def _take_turn(self) -> bool:
        """Whether the first sender in line may append one event, which it then does at once."""
        self.check_open()
        if self.renew(taking=1) <= 0:
            return False
        self._breathe_at = self.next_seq + self.capacity
        if self.below is not None:
            self.below.line_goes()
        self._offer_turn()
        return True

    def _offer_turn(self) -> None:
        """Wake the first sender in line if nothing stands in its way."""
        if self.blockers <= 0:
            offer = self.turns.offer if self.below is None else self.below.open
            offer()

    def moved_in(self) -> None:
        """Nobody on a closed loop waits any more; no credit is left, so the next entry is looked at."""
        self.sleepers = []
        self._ranks.clear()
        self.turns.forget()
        self.revoke()
        self._offer_turn()
        if self.relief is not None:
            self.relief.moved_in()

    def rise_from(self, below: Below | None) -> None:
        """Events of other logs come in as they are sent there: the one that fills this log shuts their gates."""
        self.below = below
        self._margin = 0 if below is None else 1
        self.revoke()
        self._offer_turn()

    # ---- readers

    def wake(self) -> None:
        """Wake every waiting reader, the more important ones first."""
        sleepers = self.sleepers
        if self._ranks:
            sleepers.sort(key=lambda waiter: self._ranks.get(waiter, 0))
            self._ranks.clear()
        for waiter in sleepers:
            try:  # noqa: SIM105  a context manager costs too much here
                waiter.set_result(None)
            except asyncio.InvalidStateError:  # it was cancelled; asking first costs more
                pass
        sleepers.clear()

    def attach(self, cursor: Place) -> None:
        """Let a cursor read from here on, with the warm-up or the replay it is entitled to."""
        self.check_thread()
        backlog = self.held
        if self.warm:
            self._unseen = self.next_seq - backlog
        else:
            backlog = min(backlog, self.replay)
        if not self.cursors:
            self.items = list(self._recent)
            self._recent.clear()
        self.warm = False
        cursor.start = cursor.end = self.next_seq - backlog
        self.cursors = [*self.cursors, cursor]
        self.bind_append()
        self.revoke()  # the credit was granted without this reader

    def detach(self, cursor: Place) -> None:
        """Forget a cursor: nobody waits for it any more."""
        if cursor not in self.cursors:
            return
        # Replaced, not changed: a reader may be collected, and so detached, while `renew` goes through them.
        self.cursors = [other for other in self.cursors if other is not cursor]
        if not self.cursors:
            self._keep_recent(self.items[len(self.items) - min(self.replay, len(self.items)) :])
        if cursor.full:
            cursor.full = False
            self.unblock()

    def take_backlog(self) -> list[T]:
        """The events that a pipeline's consumer is entitled to as it subscribes: the warm-up, or the replay."""
        kept = [*self.items[self._dead :], *self._recent]
        if not self.warm:
            return kept[len(kept) - min(self.replay, len(kept)) :]
        self._unseen = self.next_seq - len(kept)
        self._keep_recent(kept)
        self.warm = False
        return kept

    def _keep_recent(self, kept: list[T]) -> None:
        """Go on without readers: from here on only the last `replay` events are kept."""
        self.items = []
        self._dead = 0
        self._recent = deque(kept, maxlen=self.replay)
        self.bind_append()

    def bind_append(self) -> None:
        """How an event is stored is decided here, once, and not with every event."""
        self.append = self.items.append if self.cursors else self._recent.append
        self.keep = with_taps(self.append if self.cursors or self._recent.maxlen else None, self.taps)

    # ---- the end

    def close(self, error: Exception | None = None) -> None:
        """Refuse senders from now on, those who wait as well; readers still get what is pending, then the end."""
        if self.closed:
            return
        self.end_with(error)
        self.revoke()
        self.turns.dismiss()
        self.wake()
