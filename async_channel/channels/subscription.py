"""Subscription: a callback that a channel calls with each event, in a task of the channel's."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Generic, TypeVar

from async_channel.errors import ConsumerLagged
from async_channel.stats import ConsumerStats
from async_channel.util.failure import Report, as_failure, being_cancelled
from async_channel.util.reader import Reader

T = TypeVar("T")


class Subscription(Generic[T]):
    """What `Channel.consume` returns: the callback's place in the channel, to look at and to close.

    What the callback raises is reported on the channel's ``errors`` and to the logger; then the next event is its turn.
    """

    def __init__(
        self,
        reader: Reader[T],
        callback: Callable[[T], Awaitable[object] | object],
        report: Report,
        owner: Subscriptions[T],
    ) -> None:
        self._owner = owner
        self._reader = reader
        self._callback = callback
        self._report = report
        self.task: asyncio.Task[None] | None = None
        """The task that calls back; None until an event loop runs and the channel is started."""

    @property
    def name(self) -> str:
        """The name it was given, for messages and statistics."""
        return self._reader.name

    def stats(self) -> ConsumerStats:
        """Its ledger at this moment, as a frozen record."""
        return self._reader.stats()

    def start(self) -> None:
        """Begin to call back, in a task on the running loop. Starting twice does nothing more."""
        if self.task is None:
            self.task = asyncio.get_running_loop().create_task(self._run(), name=f"async_channel {self.name}")
            self.task.add_done_callback(self._ended)

    def _ended(self, _: asyncio.Task[None]) -> None:
        """However the task ended, nobody calls back any more: senders must not wait for it."""
        if not self._reader.exhausted:
            self._reader.close()
            self._owner.remove(self)

    def close(self) -> None:
        """No longer call back: what is pending is dropped, and a callback that waits is cancelled."""
        self._reader.close()
        if self.task is None or self.task.done():
            self._owner.remove(self)
            return
        self.task.add_done_callback(lambda _: self._owner.remove(self))  # until then the channel waits for it
        if self.task is not asyncio.current_task():
            self.task.cancel()

    async def _run(self) -> None:
        ended = False
        while not ended:
            try:
                await self._call_back()
                ended = True
            except ConsumerLagged as error:  # it missed events, and goes on with those that are left
                self._report(f"consumer {self.name!r}", error, None)
            except Exception as error:  # what the channel failed with; there is nobody else to raise it to
                self._report(f"end of consumer {self.name!r}", error, None)
                ended = True

    async def _call_back(self) -> None:
        callback = self._callback
        async for event in self._reader:
            try:
                result = callback(event)
                if result is not None and inspect.isawaitable(result):
                    await result
                    _stop_if_cancelled()
            except Exception as error:
                self._report(f"callback of consumer {self.name!r}", error, event)
            except asyncio.CancelledError as error:
                if being_cancelled():
                    raise
                # Something that the callback awaited was cancelled, not the callback: its failure, and not our end.
                self._report(f"callback of consumer {self.name!r}", as_failure(error), event)


def _stop_if_cancelled() -> None:
    """End the task of a callback that swallowed its cancellation, before it begins with the next event."""
    if being_cancelled():
        raise asyncio.CancelledError


class Subscriptions(Generic[T]):
    """The subscriptions of one channel, and the tasks that they are."""

    def __init__(self) -> None:
        self._all: dict[Subscription[T], None] = {}  # a set that keeps its order
        self._finishing: set[asyncio.Task[None] | None] = set()

    def add(self, subscription: Subscription[T]) -> None:
        """Own a subscription, and begin to call back if an event loop runs."""
        self._all[subscription] = None
        if asyncio._get_running_loop() is not None:
            subscription.start()

    def remove(self, subscription: Subscription[T]) -> None:
        """No longer own a subscription that was closed."""
        self._all.pop(subscription, None)

    def start(self) -> None:
        """Begin to call back on the running loop wherever that has not begun."""
        for subscription in self._all:
            subscription.start()

    async def finish(
        self, timeout: float | None, caller: asyncio.Task[Any] | None, ending: Iterable[asyncio.Task[None] | None] = ()
    ) -> None:
        """Wait until every callback has had what is pending for it, then cancel those that are late.

        Args:
            timeout: seconds to wait; None waits as long as it takes.
            caller: the task that asked for the end. It may be that of a callback, which is not waited for.
            ending: other tasks of the channel's, to be waited for alike.
        """
        self.start()
        self._finishing.add(caller)
        try:
            await self._finish(timeout, ending)
        finally:
            self._finishing.discard(caller)

    async def _finish(self, timeout: float | None, ending: Iterable[asyncio.Task[None] | None]) -> None:
        tasks = [*(subscription.task for subscription in self._all), *ending]
        running = [task for task in tasks if task is not None and not task.done() and task not in self._finishing]
        if running:
            _, late = await asyncio.wait(running, timeout=timeout)
            for task in late:
                task.cancel()
            if late:
                await asyncio.wait(late)
