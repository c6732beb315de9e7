"""The subscriptions of one channel: who starts them, and waits for them at the end."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

from async_channel.handling.agenda import agenda
from async_channel.handling.subscription import Subscription
from async_channel.handling.synchronized import Synchronized
from async_channel.policy import Priority
from async_channel.stats import Leftover


class Subscriptions:
    """The subscriptions of one channel, and the tasks that they are."""

    def __init__(self, channel: str) -> None:
        self.channel = channel
        """The channel's name."""
        self.failed: list[Subscription[Any]] = []
        """Those that ended by an error of their callback, those of pipelines from the channel as well."""
        self._all: dict[Subscription[Any], None] = {}  # a set that keeps its order
        self._below: dict[Subscription[Any], None] = {}
        self._ending: dict[Subscription[Any], None] = {}  # all that a stop ever waited for
        self._finishing: set[asyncio.Task[None] | None] = set()

    def add(self, subscription: Subscription[Any]) -> None:
        """Own a subscription, and begin to call back if an event loop runs."""
        self._all[subscription] = None
        subscription.when_gone(lambda: self._all.pop(subscription, None))
        subscription.begin()

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self._all)

    def start(self) -> None:
        """Begin to call back on the running loop wherever that has not begun."""
        for subscription in tuple(self._all):
            subscription.start()

    def outlived_by(self, below: Iterable[object]) -> None:
        """The channel ends: those to pipelines below are waited for too, if they hang from no other that goes on."""
        self._below.update(dict.fromkeys(one for one in below if isinstance(one, Subscription)))

    async def finish(
        self,
        timeout: float | None,
        caller: asyncio.Task[Any] | None,
        ending: Iterable[asyncio.Task[None] | None] = (),
    ) -> None:
        """Wait until every callback has had what is pending for it, then cut off those that are late.

        Args:
            timeout: seconds to wait; None waits as long as it takes.
            caller: the task that asked for the end. It may be that of a callback, which is not waited for.
            ending: other tasks of the channel's, to be waited for alike.
        """
        self._ending.update(self._all)
        self._ending.update(dict.fromkeys(one for one in self._below if not one.goes_on))
        subscriptions = list(self._ending)
        for subscription in subscriptions:
            subscription.start()
        self._finishing.add(caller)
        try:
            start = asyncio.get_running_loop().time()
            await self._drain([one for one in subscriptions if isinstance(one, Synchronized)], timeout, caller)
            if timeout is not None:
                timeout = max(0, timeout - (asyncio.get_running_loop().time() - start))
            await self._finish(timeout, subscriptions, ending)
        finally:
            self._finishing.discard(caller)

    async def _drain(
        self, synchronized: list[Synchronized[Any]], timeout: float | None, caller: asyncio.Task[Any] | None
    ) -> None:
        """Call those that have no tasks with what is pending; what they are too late for is dropped."""
        house = agenda()
        if not synchronized or house.calls(caller):  # then the drain that called goes on when the caller returns
            return
        try:
            if timeout != 0:
                async with asyncio.timeout(timeout):
                    await house.drain(Priority.OPTIONAL)
        except TimeoutError:
            pass
        for one in synchronized:
            one.cut_off(self.channel)

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
            for subscription in subscriptions:
                if subscription.task in late:
                    subscription.cut_off(self.channel)
            for task in late.difference(subscription.task for subscription in subscriptions):
                task.cancel()
            if late:
                await asyncio.wait(late)

    # ---- how it ended

    def calls(self, caller: asyncio.Task[Any] | None) -> bool:
        """Whether a task is in a callback, which is itself yet to end."""
        return agenda().calls(caller) or any(one.task is caller for one in self._ending if caller is not None)

    def leftovers(self) -> list[Leftover]:
        """What was cut off when the channel was stopped, whoever did it."""
        return [one.leftover for one in self._ending if one.leftover is not None]

    def take_failures(self) -> list[Exception]:
        """The errors that callbacks ended with, each of them once."""
        errors: list[Exception] = []
        for one in dict.fromkeys([*self.failed, *self._ending]):
            if one.failure is not None and not one.raised:
                one.raised = True
                errors.append(one.failure)
        return errors
