"""The outlet: where events of an asynchronous stage enter what comes after it.

It is a log of its own, which keeps nothing: the consumer's inbox below hangs from it, shuts and opens its gates, and so
holds back the tasks that deliver here, as it does a channel's senders. The tasks belong to the subscription, and end
with it.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterable, Coroutine
from typing import Any

from async_channel.errors import NotStarted
from async_channel.util.failure import FAILURES, Report, as_failure
from async_channel.util.iteration import reading
from async_channel.util.log import Log
from async_channel.util.pipeline import Pipeline
from async_channel.util.scheduler import LoopScheduler

CAPACITY = 1024
"""How many events are delivered before anybody looks whether there is room, or lets the loop run (a count)."""


class Outlet:
    """Delivers events to a pipeline from tasks, waiting while the consumer below is full."""

    def __init__(self, name: str, below: Pipeline, report: Report) -> None:
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            raise NotStarted(f"{name}() needs a running event loop: make the Consumer inside a coroutine") from None
        self.name = name
        self.below = below
        self.log: Log[Any] = Log(name, CAPACITY, private=True)
        self.log.bind()
        self.log.report = below.report = report
        scheduler = below.scheduler
        self.inbox = scheduler.inbox if isinstance(scheduler, LoopScheduler) else None
        self._ending = scheduler.tasks if isinstance(scheduler, LoopScheduler) else set[asyncio.Task[None]]()
        self._running: set[asyncio.Task[None]] = set()
        if self.inbox is not None:
            self.inbox.hang_from(self.log)
        below.at_end(self._close)

    def deliver_nowait(self, event: object) -> bool:
        """Push an event down if there is room, and say whether there was. What it raises there ends the stream."""
        log = self.log
        if log.credit <= 0 and not log.reserve_nowait():
            return False
        self._push(event)
        return True

    async def deliver(self, event: object) -> None:
        """Push an event down, as soon as there is room."""
        if self.log.credit <= 0:
            await self.log.reserve()
        self._push(event)

    def _push(self, event: object) -> None:
        log = self.log
        log.credit -= 1
        log.delivering = True
        try:
            next = self.below.next
            next(event)
        except FAILURES as error:
            self.below.fail_apart(as_failure(error))
        finally:
            log.delivering = False

    async def deliver_all(self, items: object) -> None:
        """Deliver what an asynchronous iterable has; a generator is closed when it is no longer read."""
        if not isinstance(items, AsyncIterable):
            if inspect.iscoroutine(items):
                items.close()
            raise TypeError(
                f"{self.name}() takes an asynchronous generator function, or one that gives asynchronous iterables, "
                f"and it gave {items!r}"
            )
        left = CAPACITY
        async with reading(items) as iterator:
            async for item in iterator:
                await self.deliver(item)
                if self.below.closed:
                    break
                left = left - 1 or await self.breathe()

    async def breathe(self) -> int:
        """Let the loop run: what delivers without ever waiting must not starve it. Gives how many events are next."""
        await asyncio.sleep(0)
        return CAPACITY

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run a coroutine in a task that ends with the subscription."""
        task = asyncio.get_running_loop().create_task(work, name=f"async_channel {self.name}")
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    def _close(self) -> None:
        current = asyncio.current_task() if asyncio._get_running_loop() is not None else None
        for task in self._running:
            if task is not current:  # which brought the end about, and ends by itself
                task.cancel()
            self._ending.add(task)
            task.add_done_callback(self._ending.discard)
        if self.inbox is not None:
            self.inbox.let_go_of(self.log)
        self.log.close()


def raise_if_cancelled(below: Pipeline, error: BaseException) -> None:
    """Raise what was caught if it is the end of the task, and no failure of what the task was at."""
    if isinstance(error, asyncio.CancelledError):
        task = asyncio.current_task()
        if below.closed or (task is not None and task.cancelling()):
            raise error
