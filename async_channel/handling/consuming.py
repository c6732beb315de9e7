"""Consuming: how a callback is put below a channel or a pipeline."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Generic, TypeVar

from async_channel.errors import NotStarted
from async_channel.handling.subscription import Subscription
from async_channel.handling.supervisor import Supervisor
from async_channel.handling.synchronized import Synchronized
from async_channel.policy import Conflate, OnError, Overflow, Priority, Retry
from async_channel.stats import DeadLetter
from async_channel.util import check
from async_channel.util.reader import Intake, Reader
from async_channel.util.supports import SupportsSend

T_co = TypeVar("T_co", covariant=True)


class Consuming(Generic[T_co]):
    """A stream, as those see it who want to be called with its events."""

    def _open(
        self, name: str, capacity: int | None, overflow: Overflow | Conflate[Any], priority: Priority
    ) -> Intake[Any]:
        """Subscribe a new reader."""
        raise NotImplementedError

    def consume(
        self,
        callback: Callable[[T_co], Awaitable[object] | object],
        *,
        filter_func: Callable[[T_co], object] | None = None,
        capacity: int | None = None,
        overflow: Overflow | Conflate[T_co] = Overflow.BLOCK,
        priority: Priority = Priority.HIGH,
        name: str = "",
        on_error: OnError | Retry = OnError.LOG,
        dead_letters: SupportsSend[DeadLetter[T_co]] | None = None,
        slow: float | None = None,
        report_lag: float | None = None,
    ) -> Subscription[T_co]:
        """Call a function or coroutine function with each event, one event at a time.

        It is called in a task that belongs to the channel, and ends with it: `stop` waits until it has had what is
        pending. That on a pipeline belongs to all channels that the pipeline hangs from, and ends with the last of
        them. Without a running event loop it begins with `start`. On a channel that is synchronized there is no task:
        it is called by `drain`.

        >>> import asyncio
        >>> from async_channel import Channel
        >>> async def main() -> None:
        ...     async with Channel("Numbers") as numbers:
        ...         numbers.buffer(count=2).consume(print)
        ...         await numbers.send_many([1, 2, 3, 4])
        >>> asyncio.run(main())
        [1, 2]
        [3, 4]

        Args:
            callback: function of an event; if it returns an awaitable, that is awaited before the next event.
            filter_func: as that of `Consumer`, and so are the others.
            capacity: how many events it may be behind, 1 or more.
            overflow: what happens to events when it is.
            priority: who goes first among those woken by the same event; in a drain, among all.
            name: its name in messages and statistics.
            on_error: what happens to an event when the callback raises: ``OnError.LOG``, ``OnError.STOP``, or `retry`.
            dead_letters: a channel, or a producer, that is sent a `DeadLetter` of each event that the callback could
                not handle in the end. While that is full, the next event is not handled.
            slow: how long (seconds of real time) the callback may keep the event loop to itself, as 0.1 in asyncio's
                debug mode; each time that it takes longer from one await to the next, over however many events, is
                reported as a `SlowCallback`. To look costs each wake-up some 0.3 microseconds, so None does not. A
                drain does not look, nor does anybody on a loop whose time is virtual.
            report_lag: as that of `Consumer`.

        Raises:
            TypeError, ValueError: an argument is of another type or range.
            ChannelClosed: the channel is stopped.
            NotStarted: no event loop is running, and there is no channel above whose `start` could begin.
        """
        check.require_callable("consume", "callback", callback)
        check.require_consumer_options(
            "consume",
            filter_func=filter_func,
            capacity=capacity,
            overflow=overflow,
            priority=priority,
            name=name,
            report_lag=report_lag,
        )
        check.require_on_error("consume", on_error)
        if dead_letters is not None:
            check.require_receiver("consume", "dead_letters", dead_letters)
        if slow is not None:
            check.positive_seconds("consume", "slow", slow)
        self._check_consumable()
        intake = self._open(name, capacity, overflow, priority)
        reader = Reader(intake, filter_func)
        drained = any(root.relief is not None for root in intake.roots())
        made = Synchronized if drained else Subscription
        supervisor = Supervisor(intake, callback, on_error, dead_letters)
        subscription: Subscription[T_co] = made(intake, reader, callback, supervisor, slow)
        if report_lag is not None:
            intake.report_lag(report_lag)
        self._own(subscription, intake)
        return subscription

    def _check_consumable(self) -> None:
        """Raise ChannelClosed if there will be no events."""

    def _own(self, subscription: Subscription[Any], intake: Intake[Any]) -> None:
        """See to it that a subscription begins, and that those above know of it."""
        if intake.inbox is not None:
            intake.inbox.tenant = subscription
        subscription.begin()
        if asyncio._get_running_loop() is None and next(intake.roots(), None) is None:
            subscription.close()
            raise NotStarted("consume() needs a running event loop: call it inside a coroutine")
