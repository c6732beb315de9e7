"""Sampler: reads channels and who reads them, at a moment; and counts the failures that they report in between."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterable, Iterator
from typing import Any

from async_channel import clock
from async_channel.channels.channel import Channel
from async_channel.channels.failures import NOTICES
from async_channel.channels.scopes import Scope
from async_channel.errors import WrongLoop
from async_channel.instrument.book import ends_below
from async_channel.monitoring.history import TROUBLES
from async_channel.monitoring.readings import ChannelReading, ConsumerReading, Reading, Trouble
from async_channel.pictures.lanes import words
from async_channel.stats import ConsumerStats, Failure
from async_channel.util.cursor import Cursor


class _Errors:
    """The failures that one channel reports, by the names of consumers."""

    def __init__(self, channel: Channel[Any]) -> None:
        self.total = 0
        self.by_name: dict[str, int] = {}
        """Those that are yet to be put down to a consumer."""
        self.last: dict[tuple[str, bool], Failure] = {}
        """The last failure and the last notice of a consumer, of those to which it happened last."""
        self._subscription = channel.errors.subscribe(self._add)

    def _add(self, failure: Failure) -> None:
        is_notice = isinstance(failure.error, NOTICES)
        key = failure.consumer, is_notice
        self.last.pop(key, None)  # for it to be the last one
        self.last[key] = failure
        if len(self.last) > TROUBLES:
            del self.last[next(iter(self.last))]
        if not is_notice:
            self.total += 1
            self.by_name[failure.consumer] = self.by_name.get(failure.consumer, 0) + 1

    def close(self) -> None:
        self._subscription.dispose()


class _Known:
    """A consumer that was seen."""

    def __init__(self, id_: int, errors: int) -> None:
        self.id = id_
        self.errors = errors


class _Watched:
    """One channel, and who was seen to read it."""

    def __init__(self, id_: int, channel: Channel[Any]) -> None:
        self.id = id_
        self.channel = channel
        self.errors = _Errors(channel)
        self.consumers: dict[Cursor[Any], _Known] = {}
        self.is_new = True

    def meet(self, cursors: Iterable[Cursor[Any]], ids: Iterator[int]) -> None:
        """Write down who is there. What failed before anybody looked is taken from the ledgers."""
        for cursor in cursors:
            if cursor not in self.consumers and not self._has_ended(cursor, cursor.stats()):
                failed = cursor.failed if self.is_new else 0
                self.consumers[cursor] = _Known(next(ids), failed)
                self.errors.total += failed

    def read(self) -> ChannelReading:
        """The numbers of this moment. Who has ended is read for the last time."""
        channel, errors = self.channel, self.errors
        stats = channel.stats()
        ledgers = dict(zip(channel._cursors, stats.consumers, strict=True))
        self.is_new = False
        newest = {cursor.name: known for cursor, known in self.consumers.items()}
        for name, count in errors.by_name.items():
            if name in newest:
                newest[name].errors += count
        errors.by_name.clear()
        consumers: list[ConsumerReading] = []
        for cursor, known in tuple(self.consumers.items()):
            ledger = ledgers.get(cursor) or cursor.stats()
            ended = self._has_ended(cursor, ledger)
            if ended:
                del self.consumers[cursor]
            consumers.append(
                ConsumerReading(
                    id=known.id,
                    stats=ledger,
                    capacity=cursor.capacity,
                    errors=known.errors,
                    ended=ended,
                    error=self._error_of(cursor) if ended else "",
                )
            )
        log = channel._log
        return ChannelReading(
            id=self.id,
            stats=stats,
            consumers=consumers,
            errors=errors.total,
            stopped=log.closed,
            error="" if log.error is None else words(repr, log.error),
        )

    def _has_ended(self, cursor: Cursor[Any], stats: ConsumerStats) -> bool:
        """Whether it reads no more. A callback may still be at its last event."""
        if cursor.closed or not cursor.log.closed:
            return cursor.closed
        subscriptions = self.channel._subscriptions
        tasks = (one.task for one in (*subscriptions._all, *subscriptions._ending) if one._intake.cursor is cursor)
        return not stats.pending and all(task is None or task.done() for task in tasks)

    def _error_of(self, cursor: Cursor[Any]) -> str:
        """What somebody ended with: his callback's error, or that of the pipeline he read."""
        failed = (one.failure for one in self.channel._subscriptions.failed if one._intake.cursor is cursor)
        error = next(failed, None)
        if error is None and cursor.log is not self.channel._log:
            error = cursor.log.error
        return "" if error is None else words(repr, error)

    def troubles(self, now: float) -> Iterator[Trouble]:
        """The last of what was reported since this was asked before."""
        last, self.errors.last = self.errors.last, {}
        for (_, is_notice), failure in last.items():
            yield Trouble(
                time=now if math.isnan(failure.time) else failure.time,
                channel=failure.channel,
                consumer=failure.consumer,
                text=words(str if is_notice else repr, failure.error),
                is_notice=is_notice,
            )


class Sampler:
    """Reads a channel, or all channels of a scope with those that are opened later.

    Args:
        origin: what to read.
    """

    def __init__(self, origin: Channel[Any] | Scope) -> None:
        self._origin = origin
        self._watched: dict[Channel[Any], _Watched] = {}
        self._ids = 0

    def _next_ids(self) -> Iterator[int]:
        while True:
            self._ids += 1
            yield self._ids

    def read(self) -> Reading:
        """The numbers of this moment.

        Raises:
            WrongLoop: a channel belongs to another event loop that is open.
        """
        origin = self._origin
        channels = (origin,) if isinstance(origin, Channel) else origin._every()
        ids = self._next_ids()
        for channel in channels:
            if channel not in self._watched:
                _check_loop(channel)
                self._watched[channel] = _Watched(next(ids), channel)
        for watched in self._watched.values():
            watched.meet(watched.channel._cursors, ids)
        seen = {cursor for watched in self._watched.values() for cursor in watched.consumers}
        for watched in self._watched.values():
            below = [cursor for cursor in ends_below(watched.channel) if cursor not in seen]
            watched.meet(below, ids)
            seen.update(below)
        now = _now()
        readings = [watched.read() for watched in self._watched.values()]
        troubles = [trouble for watched in self._watched.values() for trouble in watched.troubles(now)]
        for channel in set(self._watched).difference(channels):
            self._watched.pop(channel).errors.close()
        return Reading(now, readings, sorted(troubles, key=lambda trouble: trouble.time)[-TROUBLES:])

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen: all is stopped, and those who read have ended."""
        if isinstance(self._origin, Scope) and not self._origin._stopped:
            return False
        return all(
            watched.channel._log.closed and (watched.channel._failures.completed or not watched.consumers)
            for watched in self._watched.values()
        )

    def close(self) -> None:
        """Listen for failures no more."""
        for watched in self._watched.values():
            watched.errors.close()
        self._watched.clear()


def _now() -> float:
    try:
        return clock.now()
    except RuntimeError:  # no event loop is running: it is one look
        return 0.0


def _check_loop(channel: Channel[Any]) -> None:
    loop, here = channel._log.loop, asyncio._get_running_loop()
    if loop is not None and loop is not here and not loop.is_closed() and (here is not None or loop.is_running()):
        raise WrongLoop(
            f"channel {channel.name!r} belongs to another event loop than the one on which monitor() was called: "
            "await it where the channel is"
        )
