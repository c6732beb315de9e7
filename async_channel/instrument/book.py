"""A book: who reads one channel, and what those who are gone have counted.

A consumer that is gone is no longer in the channel's `stats()`, but what it counted still counts: a counter that goes
down is taken for one that began anew. So a book holds every cursor until it has read its last numbers.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from weakref import WeakSet

from reactivex import abc

from async_channel.channels.channel import Channel
from async_channel.handling.subscription import Subscription
from async_channel.instrument.page import Figures, Page
from async_channel.instrument.timed import Record, Timed, error_type
from async_channel.stats import ConsumerStats, Failure
from async_channel.util.cursor import Cursor
from async_channel.util.demand import Demand
from async_channel.util.inbox import Inbox
from async_channel.util.relay import Relay

UNNAMED = "unnamed"
"""What all consumers are called together that were given no name. Each name makes series of numbers that are kept, by
whoever stores them too, so names that are made for each consumer would make ever more of them."""

_FEW = 64
"""Of how many cursors some must be gone before it is worth a look which ones (a count)."""


class Book:
    """The numbers of one channel. It is written on the channel's own thread; `page` may be read on any.

    Args:
        channel: whose numbers.
        record: what is told how long each callback took; None to time none.
        again: whether the channel had a book before, so that what it counted until now is written down already.
    """

    def __init__(self, channel: Channel[Any], record: Record | None, *, again: bool) -> None:
        self.channel = channel
        self.page = Page()
        """What was read last. It is replaced, never changed."""
        self.holders = set[object]()
        """For whom it is kept."""
        self._record = record
        self._again = again
        self._cursors: dict[Cursor[Any], str] = {}
        self._gone: dict[str, Figures] = {}
        self._sent = self._unseen = self._waits = 0  # counted before this book was opened
        self._failures: dict[str, int] = {}
        self._look_again = _FEW
        self._timed: WeakSet[Subscription[Any]] = WeakSet()
        self._errors: abc.DisposableBase | None = None

    # ---- who is there

    def open(self) -> None:
        """Begin with those who read the channel already. Opening twice does nothing more."""
        if self._errors is not None:
            return
        channel = self.channel
        self._errors = channel.errors.subscribe(self._failed)
        for cursor in (*channel._cursors, *ends_below(channel)):
            self.enter(cursor)
        for subscription in (*channel._subscriptions._all, *channel._fan_out.tenants()):
            if isinstance(subscription, Subscription):
                self.time(subscription)
        if self._again:
            stats, page = channel.stats(), self._read()
            self._sent, self._unseen, self._waits = stats.sent, page.unseen, stats.waits
            for cursor, name in self._cursors.items():
                self._gone.setdefault(name, Figures()).count(cursor.stats(), sign=-1)

    def enter(self, cursor: Cursor[Any]) -> None:
        """Somebody reads the channel, or a pipeline that hangs from it."""
        if cursor in self._cursors:
            return
        self._cursors[cursor] = _label(self.channel.name, cursor.name)
        if len(self._cursors) >= self._look_again:
            for known in tuple(self._cursors):
                self._stats_of(known)
            self._look_again = max(_FEW, 2 * len(self._cursors))

    def _stats_of(self, cursor: Cursor[Any]) -> ConsumerStats | None:
        """Its numbers; None if it is gone, and then they are added to those of its name for good."""
        stats = cursor.stats()
        if not cursor.closed:
            return stats
        self._gone.setdefault(self._cursors.pop(cursor), Figures()).count(stats)
        return None

    def time(self, subscription: Subscription[Any]) -> None:
        """Measure how long a callback takes, from its next event on."""
        if self._record is None or subscription in self._timed:
            return
        names = self.channel.name, _label(self.channel.name, subscription.name)
        subscription.replace(Timed(subscription._callback, self._record, names))
        self._timed.add(subscription)

    def close(self) -> None:
        """No longer measure, nor count failures. What was read last stays in `page`."""
        for subscription in self._timed:
            Timed.take_out(subscription, self._record)
        self._timed.clear()
        if self._errors is not None:
            self._errors.dispose()

    # ---- the numbers

    def _failed(self, failure: Failure) -> None:
        kind = error_type(failure.error)
        self._failures[kind] = self._failures.get(kind, 0) + 1

    def read(self) -> None:
        """Publish the numbers of this moment.

        Raises:
            WrongLoop: in asyncio debug mode, when called from another thread than the channel's.
        """
        self.open()
        self.page = self._read()

    def _read(self) -> Page:
        stats = self.channel.stats()
        page = Page(
            sent=stats.sent - self._sent,
            unseen=stats.dropped - sum(consumer.dropped for consumer in stats.consumers) - self._unseen,
            waits=stats.waits - self._waits,
            backlog=stats.pending - sum(consumer.pending for consumer in stats.consumers),
            failures=self._failures.copy(),
        )
        for cursor, name in tuple(self._cursors.items()):
            live = self._stats_of(cursor)
            if live is not None:
                page.of(name).look(live)
        for name, gone in self._gone.items():
            page.of(name).add(gone)
        return page


def _label(channel: str, name: str) -> str:
    return UNNAMED if name.startswith(f"{channel}#") and name.removeprefix(f"{channel}#").isdigit() else name


def ends_below(channel: Channel[Any]) -> Iterator[Cursor[Any]]:
    """The cursors at the ends of the pipelines that hang from a channel."""
    for demand in tuple(channel._fan_out._inboxes.values()):
        yield from _ends(demand)


def _ends(demand: Demand) -> Iterator[Cursor[Any]]:
    if isinstance(demand, Relay):
        for member in tuple(demand._members):
            yield from _ends(member)
    elif isinstance(demand, Inbox):
        if demand.below is None:
            yield demand.cursor
        else:
            yield from _ends(demand.below)
