"""What must become of each event in a tree of channels, told by lists alone: the model of the machine of lives."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any

from async_channel import Channel, Consumer, DeadLetter, OnError, Overflow, Retry, Subscription


class Node:
    """A channel: who reads it, and whom its events rise to."""

    def __init__(self, path: str, channel: Channel[Any]) -> None:
        self.path = path
        self.channel = channel
        self.parent: Node | None = None
        self.readings: list[Reading] = []
        self.history: list[Any] = []
        self.warm = True
        self.stopping = False
        """Whether somebody stops it: it may be closed already, or soon."""
        self.ended = False

    @property
    def line(self) -> list[Node]:
        """It, and those above."""
        return [self, *(self.parent.line if self.parent is not None else ())]

    @property
    def full(self) -> bool:
        """Whether a reader that holds senders back is full, here or above."""
        return any(reading.full for node in self.line for reading in node.readings)

    @property
    def sifted(self) -> bool:
        """Whether it can't be known from outside, since a filter is applied to what is pending."""
        return any(reading.keep is not None for node in self.line for reading in node.readings)

    def note(self, event: Any) -> None:
        """An event was sent here."""
        for node in self.line:
            node.history.append(event)
            for reading in node.readings:
                reading.offer(event)

    def met(self, reading: Reading) -> None:
        """Somebody reads it from now on; the first has what was kept."""
        if self.warm:
            self.warm = False
            for event in self.history[-self.channel.capacity :]:
                reading.offer(event)
        self.readings.append(reading)


class Tree:
    """The channels of one key, by the paths of their scopes."""

    def __init__(self) -> None:
        self.nodes: dict[str, Node] = {}
        self.all: list[Node] = []

    def around(self, path: str) -> list[Node]:
        """Those in the scopes around a path, the nearest first."""
        names = path.split("/") if path else []
        paths = ["/".join(names[:count]) for count in reversed(range(len(names)))]
        return [self.nodes[one] for one in paths if one in self.nodes]

    def add(self, node: Node) -> None:
        """One is opened: it rises to the nearest open one around, and the nearest ones inside rise to it."""
        node.parent = next((one for one in self.around(node.path) if not one.ended), None)
        for other in self.nodes.values():
            nearest = other.path != node.path and inside(other.path, node.path)
            if nearest and not any(inside(one.path, node.path) for one in self.around(other.path)):
                other.parent = node
        self.nodes[node.path] = node
        self.all.append(node)

    def end(self, node: Node) -> None:
        """One is stopped: those below go on alone."""
        node.ended = node.stopping = True
        node.parent = None
        for other in self.all:
            if other.parent is node:
                other.parent = None


def inside(path: str, scope: str) -> bool:
    """Whether a path is that of a scope, or of one inside it."""
    return not scope or path == scope or path.startswith(scope + "/")


class Reading:
    """One reader, and where each event is that it was ever sent."""

    reader: Consumer[Any] | Subscription[Any]

    def __init__(self, capacity: int, overflow: Overflow, keep: int | None) -> None:
        self.overflow = overflow
        self.capacity = 1 if overflow is Overflow.LATEST else capacity
        self.keep = keep
        """The remainder by 3 of the events that a filter keeps from it."""
        self.pending: deque[Any] = deque()
        self.sent = self.delivered = self.dropped = self.filtered = 0
        self.over = False

    @property
    def full(self) -> bool:
        """Whether senders must wait for it."""
        self.look()
        return self.overflow is Overflow.BLOCK and not self.over and len(self.pending) >= self.capacity

    def offer(self, event: Any) -> None:
        """It is sent an event."""
        self.look()
        if self.over:
            return
        self.sent += 1
        room = self.overflow is Overflow.BLOCK or len(self.pending) < self.capacity
        if not room:
            self.dropped += 1
            if self.overflow is Overflow.DROP_NEWEST:
                return
            self.pending.popleft()
        self.pending.append(event)

    def take(self, event: Any) -> None:
        """It is handed an event."""
        self.sift()
        assert self.pending, f"{event} comes unexpected to {self.reader.name}"
        assert self.pending[0] == event, f"{self.reader.name} got {event}, not {self.pending[0]}"
        self.pending.popleft()
        self.delivered += 1

    def sift(self) -> None:
        """Leave out what its filter does."""
        while self.pending and self.keep is not None and self.pending[0] % 3 == self.keep:
            self.pending.popleft()
            self.filtered += 1

    def look(self) -> None:
        """See whether it has ended of itself."""

    def end(self) -> None:
        """It reads no more."""
        self.over = True
        self.dropped += len(self.pending)
        self.pending.clear()

    def check(self) -> None:
        """Compare its ledger."""
        self.look()
        stats = self.reader.stats()
        assert stats.balanced
        assert (stats.sent, stats.delivered) == (self.sent, self.delivered), (stats, self.pending)
        if self.keep is None:
            counted = (self.dropped, 0, len(self.pending))
            assert (stats.dropped, stats.filtered, stats.pending) == counted, (stats, type(self).__name__, self.over)


class Boom(Exception):
    """What is raised on purpose."""


class Keeper:
    """Where dead letters are sent: a channel, and a list of all that was ever tried."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self.tried: list[int] = []

    async def send(self, letter: DeadLetter[int]) -> None:
        """Send a letter."""
        self.tried.append(letter.event)
        await self.node.channel.send(letter)
        self.node.note(letter)

    def send_nowait(self, letter: DeadLetter[int]) -> None:
        """Send a letter now."""
        self.tried.append(letter.event)
        self.node.channel.send_nowait(letter)
        self.node.note(letter)


class Calling(Reading):
    """A callback, which fails on some events, and awaits with some."""

    reader: Subscription[Any]  # type: ignore[mutable-override]  # it is only ever set to one

    def __init__(
        self, capacity: int, overflow: Overflow, keep: int | None, on_error: OnError | Retry, salt: int | None
    ) -> None:
        super().__init__(capacity, overflow, keep)
        self.keeper: Keeper | None = None
        self.tries = on_error.attempts if isinstance(on_error, Retry) else 1
        self.salt = salt
        """What decides on which events it fails and waits; None where it never does."""
        self.event: Any = None
        self.calls = 0
        self.busy = False
        self.handled: list[Any] = []
        self.wrong: list[AssertionError] = []
        """What it was called with and should not have been; raised there, it would be but one more failure."""
        self.orders: Callable[[Any], Any] = lambda _: None

    def _fails(self, event: Any) -> int:
        return 0 if self.salt is None else (0, 0, 1, 0, 2, 99, 0)[(event + self.salt) % 7]

    def _waits(self, event: Any) -> float | None:
        return None if self.salt is None else (None, 0, None, 0.5)[(event + self.salt) % 4]

    def __call__(self, event: Any) -> Any:
        """The callback."""
        try:
            assert not self.busy
            if event == self.event and self.calls < min(self.tries, self._fails(event) + 1):
                self.calls += 1
            else:
                self.take(event)
                self.event, self.calls = event, 1
        except AssertionError as error:
            self.wrong.append(error)
        waits, order = self._waits(event), self.orders(event)
        if waits is not None or order is not None:
            return self._later(event, waits, order)
        return self._finish(event)

    async def _later(self, event: Any, waits: float | None, order: Any) -> None:
        self.busy = True
        try:
            if waits is not None:
                await asyncio.sleep(waits)
            if order is not None:
                await order()
            self._finish(event)
        finally:
            self.busy = False

    def _finish(self, event: Any) -> None:
        if self.calls <= self._fails(event):
            raise Boom(event)
        self.handled.append(event)

    def look(self) -> None:
        """See whether its failure has ended it, or a stop that waited no longer."""
        left = self.reader.leftover
        if not self.over and (left is not None or self.reader.failure is not None or self.reader.ended):
            self.sift()
            if left is not None and self.keep is None:
                assert left.pending == len(self.pending)
            elif self.reader.failure is None and self.keep is None:
                assert not self.pending, f"{self.reader.name} ended and left {self.pending}"
            self.end()

    def check(self) -> None:
        """Each event that it was called with is handled, or it failed, but for the one in hand."""
        for error in self.wrong:
            raise error
        super().check()
        failed = self.reader.stats().failed
        assert 0 <= self.delivered - len(self.handled) - failed <= 1
        if self.keeper is not None:
            assert len(self.keeper.tried) == len(set(self.keeper.tried))
            assert not set(self.keeper.tried) & set(self.handled)
            assert 0 <= failed - len(self.keeper.tried) <= 1

    def check_end(self) -> None:
        """The same when nothing goes on any more."""
        self.check()
        assert self.reader.ended
        assert not self.pending
        assert self.delivered == len(self.handled) + self.reader.stats().failed
        if self.keeper is not None:
            assert sorted([*self.keeper.tried, *self.handled]) == sorted({*self.keeper.tried, *self.handled})
            assert len(self.keeper.tried) == self.reader.stats().failed
