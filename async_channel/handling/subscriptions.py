"""The subscriptions of one channel: who starts them, and waits for them at the end."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

from async_channel.handling.agenda import agenda
from async_channel.handling.subscription import Subscription
from async_channel.handling.synchronized import Synchronized
from async_channel.policy import Priority


class Subscriptions:
    """The subscriptions of one channel, and the tasks that they are."""

    def __init__(self) -> None:
        self._all: dict[Subscription[Any], None] = {}  # a set that keeps its order
        self.failed: list[Subscription[Any]] = []
        """Those that have ended by an error of their callback, those of pipelines from the channel as well."""
        self._finishing: set[asyncio.Task[None] | None] = set()

    def add(self, subscription: Subscription[Any]) -> None:
        """Own a subscription, and begin to call back if an event loop runs."""
        self._all[subscription] = None
        subscription.when_gone(lambda: self._all.pop(subscription, None))
        subscription.begin()

    def start(self) -> None:
        """Begin to call back on the running loop wherever that has not begun."""
        for subscription in tuple(self._all):
            subscription.start()

    async def finish(
        self,
        timeout: float | None,
        caller: asyncio.Task[Any] | None,
        below: Iterable[Subscription[Any]] = (),
        ending: Iterable[asyncio.Task[None] | None] = (),
    ) -> None:
        """Wait until every callback has had what is pending for it, then cancel those that are late.

        Args:
            timeout: seconds to wait; None waits as long as it takes.
            caller: the task that asked for the end. It may be that of a callback, which is not waited for.
            below: the subscriptions to pipelines that hang from the channel, to be waited for if they hang from no
                other that goes on.
            ending: other tasks of the channel's, to be waited for alike.
        """
        self.start()
        subscriptions = [*self._all, *(one for one in below if not one.goes_on)]
        self._finishing.add(caller)
        try:
            start = asyncio.get_running_loop().time()
            await _drain([one for one in subscriptions if isinstance(one, Synchronized)], timeout)
            if timeout is not None:
                timeout = max(0, timeout - (asyncio.get_running_loop().time() - start))
            await self._finish(timeout, subscriptions, ending)
        finally:
            self._finishing.discard(caller)

    async def _finish(
        self,
        timeout: float | None,
        subscriptions: list[Subscription[Any]],
        ending: Iterable[asyncio.Task[None] | None],
    ) -> None:
        tasks = [*(subscription.task for subscription in subscriptions), *ending]
        running = [task for task in tasks if task is not None and not task.done() and task not in self._finishing]
        if running:
            _, late = await asyncio.wait(running, timeout=timeout)
            for task in late:
                task.cancel()
            if late:
                await asyncio.wait(late)


async def _drain(synchronized: list[Synchronized[Any]], timeout: float | None) -> None:
    """Call those that have no tasks with what is pending; what they are too late for is dropped."""
    house = agenda()
    if not synchronized or house.called_this:  # then the drain that called goes on when the caller returns
        return
    try:
        if timeout != 0:
            async with asyncio.timeout(timeout):
                await house.drain(Priority.OPTIONAL)
    except TimeoutError:
        pass
    finally:
        for one in synchronized:
            if not one.ended:
                one.close()
