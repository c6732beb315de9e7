"""What happened, in numbers: frozen records that ``stats()`` makes when it is asked."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Generic, TypeVar

T_co = TypeVar("T_co", covariant=True)


class _Record:
    """What the records below have in common. Each method that a dataclass writes by itself costs the import time."""

    __slots__ = ()

    def _values(self) -> tuple[object, ...]:
        return tuple(getattr(self, field.name) for field in fields(self))  # type: ignore[arg-type]  # each of them is one

    def __repr__(self) -> str:
        shown = (f"{field.name}={getattr(self, field.name)!r}" for field in fields(self))  # type: ignore[arg-type]  # as above
        return f"{type(self).__name__}({', '.join(shown)})"

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and isinstance(other, _Record) and self._values() == other._values()

    def __hash__(self) -> int:
        return hash(self._values())


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class ConsumerStats(_Record):
    """The ledger of one consumer: each event sent since it subscribed is in exactly one of the other four places.

    >>> stats = ConsumerStats(
    ...     name="screen", sent=10, delivered=6, dropped=3, filtered=1, pending=0, lag_peak=4, waits=2, failed=0
    ... )
    >>> stats.balanced
    True
    """

    name: str
    """The consumer's name."""
    sent: int
    """Events sent to it since it subscribed, with the backlog it was given (a count)."""
    delivered: int
    """Events it has been handed (a count)."""
    dropped: int
    """Events it lost to its overflow policy, or that were pending when it was closed (a count)."""
    filtered: int
    """Events its filter_func kept from it (a count)."""
    pending: int
    """Events that wait for it (a count)."""
    lag_peak: int
    """The most events that were seen waiting for it when it read, when senders looked, or now (a count)."""
    waits: int
    """How often it had nothing to read and waited (a count)."""
    failed: int
    """Events among the delivered on which its callback failed in the end, or was cancelled (a count)."""

    @property
    def balanced(self) -> bool:
        """Whether the ledger adds up; it always does, and a program can say so."""
        return self.sent == self.delivered + self.dropped + self.filtered + self.pending


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class ChannelStats(_Record):
    """The numbers of one channel, summed over the consumers it has now, and theirs one by one."""

    name: str
    """The channel's name."""
    sent: int
    """Events sent through the channel since it was made (a count)."""
    delivered: int
    """Events handed to its consumers (a sum)."""
    dropped: int
    """Events its consumers lost (a sum), and those sent before the first consumer that did not fit the warm-up."""
    filtered: int
    """Events that filters of its consumers kept from them (a sum)."""
    pending: int
    """Events that wait for its consumers (a sum), or for the first consumer to come."""
    lag_peak: int
    """The largest lag_peak among its consumers (a count)."""
    waits: int
    """How often a sender had to wait: for room, or its turn behind others (a count)."""
    consumers: tuple[ConsumerStats, ...]
    """The ledger of each consumer that reads this channel directly, in the order they subscribed."""

    @classmethod
    def summing(
        cls, consumers: tuple[ConsumerStats, ...], *, name: str, sent: int, unseen: int, unread: int, waits: int
    ) -> ChannelStats:
        """Add up the ledgers of a channel's consumers.

        Args:
            consumers: their ledgers.
            name: the channel's name.
            sent: events sent through it (a count).
            unseen: events let go before the first consumer came (a count).
            unread: events kept for the first consumer to come (a count).
            waits: how often a sender waited (a count).
        """
        return cls(
            name=name,
            sent=sent,
            delivered=sum(consumer.delivered for consumer in consumers),
            dropped=sum(consumer.dropped for consumer in consumers) + unseen,
            filtered=sum(consumer.filtered for consumer in consumers),
            pending=sum(consumer.pending for consumer in consumers) + unread,
            lag_peak=max((consumer.lag_peak for consumer in consumers), default=0),
            waits=waits,
            consumers=consumers,
        )

    @property
    def balanced(self) -> bool:
        """Whether every consumer's ledger adds up."""
        return all(consumer.balanced for consumer in self.consumers)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class Leftover(_Record):
    """What a callback had not handled when its channel was stopped and waited no longer.

    >>> Leftover(channel="Orders", consumer="ledger", pending=3, in_flight=1, event="order 7").events
    4
    """

    channel: str
    """The name of the channel that was stopped."""
    consumer: str
    """The callback's name."""
    pending: int
    """Events that it was never called with (a count)."""
    in_flight: int
    """Whether its call was cut short: 1, or 0 where it was between two events."""
    event: object
    """The event of that call, or None where there is none."""

    @property
    def events(self) -> int:
        """The events that were not handled to the end: those pending, and the one in flight (a count)."""
        return self.pending + self.in_flight


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class Failure(_Record):
    """An exception that could not be raised to whoever caused it, with where it happened."""

    channel: str
    """The channel's name."""
    where: str
    """Which observer, callback or filter raised."""
    error: Exception
    """What it raised."""
    event: object
    """The event it was handling, or None where there was none."""
    consumer: str
    """The name of the consumer to which it happened; empty where it happened to none."""
    attempts: int
    """How often the event was tried, by then (a count): more than 1 only under `retry`."""
    time: float
    """When, on the loop's clock (seconds since 1970); nan where no event loop was running."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class DeadLetter(_Record, Generic[T_co]):
    """An event that a callback could not handle, kept for later: see ``dead_letters`` of `consume`."""

    event: T_co
    """The event."""
    consumer: str
    """The name of the consumer whose callback it is."""
    channel: str
    """The name of the channel that it came from; of a pipeline from several, their names with commas between."""
    error: Exception
    """What the callback raised at last."""
    attempts: int
    """How often the callback was called with it (a count), with the times that it was redelivered."""
    time: float
    """When it was given up, on the loop's clock (seconds since 1970)."""
