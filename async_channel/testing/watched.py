"""A channel that knows in the end who read it, and who still waits in it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

from reactivex import abc
from typing_extensions import override

from async_channel.channels import Channel
from async_channel.policy import Conflate, Overflow, Priority
from async_channel.testing._core import Cursor, Demand, Inbox, Intake, LoopScheduler, Receiver, Relay, Waiter

T = TypeVar("T")


class WatchedChannel(Channel[T]):
    """Remembers its readers, those of pipelines too, also when nobody holds them any more."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._readers: dict[Cursor[Any], None] = {}  # a set that keeps its order

    @override
    def _open(self, name: str, capacity: int | None, overflow: Overflow | Conflate[T], priority: Priority) -> Intake[T]:
        intake = super()._open(name, capacity, overflow, priority)
        self._remember([intake.cursor])
        return intake

    @override
    def _attach(self, sink: Receiver, scheduler: abc.SchedulerBase | None) -> abc.DisposableBase:
        if isinstance(scheduler, LoopScheduler):
            self._remember(_cursors_of(scheduler.inbox))
        return super()._attach(sink, scheduler)

    def _remember(self, cursors: Iterable[Cursor[Any]]) -> None:
        for cursor in cursors:
            cursor.watched = True
            self._readers[cursor] = None

    def running_callbacks(self) -> dict[asyncio.Task[Any], str]:
        """The tasks of what was given to `consume`, with their names."""
        return {
            subscription.task: subscription.name
            for subscription in self._subscriptions._all
            if subscription.task is not None and not subscription.task.done()
        }

    def left_open(self) -> Iterator[str]:
        """The consumers that were not closed and those who wait in the channel, a line each; none if it is stopped."""
        log = self._log
        if log.closed:
            return
        for demand in self._fan_out._inboxes.values():
            self._remember(_cursors_of(demand))
        own = {subscription._reader._cursor for subscription in self._subscriptions._all}
        readers = [cursor for cursor in self._readers if cursor not in own and not cursor.log.closed]
        for cursor in readers:
            what = f"consumer {cursor.name!r} of channel {self.name!r}"
            if not cursor.closed:
                yield f"{what}: close it, or use 'async with'"
            elif cursor.abandoned:
                yield f"{what}, which nobody closed before it was forgotten: close it, or use 'async with'"
        asleep = {getattr(task, "_fut_waiter", None) for task in self.running_callbacks()}
        waiting = sum(_waits(waiter) and waiter not in asleep for waiter in log.sleepers)
        direct = [cursor.name for cursor in readers if cursor.log is log and not cursor.closed]
        if waiting:
            yield f"{_count(waiting, 'reader')} of channel {self.name!r}, waiting for an event by {_names(direct)}"
        for cursor in readers:
            if cursor.log is not log and any(map(_waits, cursor.log.sleepers)):
                yield f"a reader of channel {self.name!r}, waiting for an event by {_names([cursor.name])}"
        if log.turns:
            full = [*(place.name for place in log.cursors if place.full), *log.gates.values()]
            yield f"{_count(len(log.turns), 'sender')} of channel {self.name!r}, waiting for room in {_names(full)}"


WatchedChannel.__name__ = Channel.__name__  # what it is does not depend on who watches: its repr and default name


def _cursors_of(demand: Demand | None) -> Iterator[Cursor[Any]]:
    if isinstance(demand, Inbox):
        yield demand.cursor
    elif isinstance(demand, Relay):
        for member in demand._members:
            yield from _cursors_of(member)


def _count(number: int, what: str) -> str:
    return f"a {what}" if number == 1 else f"{number} {what}s"


def _names(names: list[str]) -> str:
    return ("consumer " if len(names) == 1 else "consumers ") + ", ".join(map(repr, names))


def _waits(waiter: Waiter) -> bool:
    return isinstance(waiter, asyncio.Future) and not waiter.done()
