"""Consuming: how a callback is put below a channel or a pipeline."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Generic, TypeVar

from async_channel.errors import NotStarted
from async_channel.handling.subscription import Subscription
from async_channel.handling.supervisor import Supervisor
from async_channel.handling.synchronized import Synchronized
from async_channel.policy import Conflate, Overflow, Priority
from async_channel.util import check
from async_channel.util.reader import Intake, Reader

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

        Raises:
            TypeError, ValueError: an argument is of another type or range.
            ChannelClosed: the channel is stopped.
            NotStarted: no event loop is running, and there is no channel above whose `start` could begin.
        """
        check.require_callable("consume", "callback", callback)
        check.require_consumer_options(
            "consume", filter_func=filter_func, capacity=capacity, overflow=overflow, priority=priority, name=name
        )
        self._check_consumable()
        intake = self._open(name, capacity, overflow, priority)
        reader = Reader(intake, filter_func)
        drained = any(root.relief is not None for root in intake.roots())
        made = Synchronized if drained else Subscription
        subscription: Subscription[T_co] = made(intake, reader, callback, Supervisor(reader.name, intake.report))
        self._own(subscription, intake)
        return subscription

    def _check_consumable(self) -> None:
        """Raise ChannelClosed if there will be no events."""

    def _own(self, subscription: Subscription[Any], intake: Intake[Any]) -> None:
        """See to it that a subscription begins, and that those above know of it."""
        if intake.inbox is not None:
            intake.inbox.tenant = subscription
        if asyncio._get_running_loop() is not None:
            subscription.start()
        elif next(intake.roots(), None) is None:
            subscription.close()
            raise NotStarted("consume() needs a running event loop: call it inside a coroutine")
