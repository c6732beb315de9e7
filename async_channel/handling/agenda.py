"""The agenda: what synchronised callbacks have yet to be called with, in the order in which a drain does it.

There is one for each event loop, with a line for each priority. Whoever has something to do puts itself in its line, as
a reader's task would be woken; a drain takes the first of the first line that is not empty, and lets it go on until it
has nothing left, or until there is something more important to do. So what tasks would do at the loop's pleasure is
done in one order, which the events alone decide.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Awaitable, Coroutine
from typing import Any, Final, NoReturn, Protocol, TypeAlias, TypeVar
from weakref import WeakKeyDictionary, ref

from async_channel.errors import ChannelFull
from async_channel.policy import Priority
from async_channel.util.cursor import Cursor
from async_channel.util.demand import Tenant
from async_channel.util.failure import FAILURES
from async_channel.util.log import Log
from async_channel.util.waiters import Waiters

T = TypeVar("T")

_LOWEST: Final = int(Priority.OPTIONAL)


class Duty(Protocol):
    """Somebody with events to handle."""

    cursor: Cursor[Any]

    def work(self, above: tuple[Line, ...]) -> Awaitable[object] | None:
        """Handle what is pending, until something must be awaited, which this gives, or a line above has something.

        It is in no line while it does so. If there is nothing to await, it is in line again in the end, or sleeps.
        """
        ...

    def settle(self, error: BaseException) -> Awaitable[None]:
        """What was awaited raised."""
        ...

    def rest(self) -> None:
        """Get in line again if something is pending, and sleep if nothing is."""
        ...


Line: TypeAlias = "deque[Duty]"
Found: TypeAlias = "tuple[Duty, Awaitable[object], tuple[Line, ...]]"
"""Whose turn it is, what must be awaited for it, and the lines above its own."""


class Agenda:
    """Who has something to do, on one event loop."""

    __slots__ = ("_busy", "_draining", "_lines", "_others")

    def __init__(self) -> None:
        self._lines: dict[int, tuple[Line, tuple[Line, ...]]] = {}
        """The line of each priority, the more important first, and those above it."""
        self._busy: dict[Duty, asyncio.Task[Any] | None] = {}
        """Whose callback is awaited, by which task. They are in no line, so nobody calls them a second time."""
        self._draining = False
        self._others = Waiters()

    def line(self, priority: int) -> Line:
        """The line of a priority."""
        if priority not in self._lines:
            lines = {rank: line for rank, (line, _) in self._lines.items()} | {priority: deque()}
            above: tuple[Line, ...] = ()
            self._lines = {}
            for rank in sorted(lines):
                self._lines[rank] = lines[rank], above
                above = (*above, lines[rank])
        return self._lines[priority][0]

    def calls(self, task: asyncio.Task[Any] | None) -> bool:
        """Whether a task is in a callback that was called from here."""
        return task is not None and task in self._busy.values()

    async def drain(self, least: int) -> None:
        """Do all there is to do down to a priority. One drain at a time: others wait for it.

        Raises:
            RuntimeError: called by a callback that this very drain has called.
        """
        if _early.waiting:
            self._let_begin()
        await self._my_turn(
            "drain() was called by a callback that a drain has called: what it sends is drained when it returns"
        )
        found = self._work_off(least)
        if found is not None:
            await self._go_on(found, least, asyncio.current_task())

    def _let_begin(self) -> None:
        waiting, _early.waiting = _early.waiting, []
        for early in waiting:
            found = early()
            if found is not None:
                found.start()

    def drain_now(
        self, task: asyncio.Task[Any] | None, duty: Duty | None = None, made: Awaitable[object] | None = None
    ) -> Coroutine[Any, Any, None] | None:
        """A drain as far as it goes without awaiting anything; what must be awaited then, before this is called again.

        It is for who knows that no other drain goes on.

        Args:
            task: the running task; to ask for it costs as much as handling an event.
            duty: who has begun already.
            made: what must be awaited for that.
        """
        if made is not None and duty is not None:
            return self._finish((duty, made, self._lines[duty.cursor.priority][1]), task)
        found = self._work_off(_LOWEST)
        return None if found is None else self._finish(found, task)

    def _work_off(self, least: int) -> Found | None:
        """Do all there is to do, up to the first thing that must be awaited."""
        busy = True
        while busy:
            busy = False
            for rank, (line, above) in self._lines.items():
                if line and rank <= least:
                    duty = line.popleft()
                    made = duty.work(above)
                    if made is not None:
                        return duty, made, above
                    busy = True  # and it may have given somebody more important something to do
                    break
        return None

    async def _go_on(self, found: Found | None, least: int, task: asyncio.Task[Any] | None) -> None:
        self._draining = True
        try:
            while found is not None:
                await self._finish(found, task)
                found = self._work_off(least)
        finally:
            self._draining = False
            self._others.wake()

    async def _finish(self, found: Found, task: asyncio.Task[Any] | None) -> None:
        """Await what must be, and go on with what is pending there, until nothing must be awaited any more."""
        duty, first, above = found
        made: Awaitable[object] | None = first
        self._busy[duty] = task
        try:
            while made is not None:
                try:
                    await made
                except FAILURES as error:
                    await duty.settle(error)
                if task is not None and task.cancelling():
                    _raise_cancelled()
                if above and any(above):
                    duty.rest()
                    return
                made = duty.work(above)
        except BaseException:
            duty.rest()
            raise
        finally:
            del self._busy[duty]
            if self._others and not self._draining:
                self._others.wake()

    async def apart(self, duty: Duty, work: Coroutine[Any, Any, T]) -> T:
        """Do something else that is somebody's, when nobody is at work.

        Raises:
            RuntimeError: called by a callback that a drain has called.
        """
        try:
            await self._my_turn("redeliver() was called by a callback in a drain: it would wait for itself")
            self._busy[duty] = asyncio.current_task()
            try:
                return await work
            finally:
                del self._busy[duty]
                self._others.wake()
        finally:
            work.close()

    async def _my_turn(self, circle: str) -> None:
        while self._draining or self._busy:
            if self.calls(asyncio.current_task()):
                raise RuntimeError(circle)
            await self._others.wait()

    async def relieve(self, log: Log[Any]) -> bool:
        """Make room for a sender by doing what there is to do; whether there is room for it now.

        Raises:
            ChannelFull: there will be none, for the sender is a callback that is itself to read what is pending.
        """
        task = asyncio.current_task()
        if _early.waiting:
            self._let_begin()
        while log.renew() <= 0 and not log.closed:
            line, above = next((found for found in self._lines.values() if found[0]), (None, ()))
            if line is None:
                self._check_circle(log, task)
                return False
            duty = line.popleft()
            made = duty.work(above)
            if made is not None:
                await self._finish((duty, made, above), task)
        log.check_open()
        return not log.turns

    def _check_circle(self, log: Log[Any], task: asyncio.Task[Any] | None) -> None:
        for duty, caller in self._busy.items():
            if caller is task and duty.cursor.full:
                raise ChannelFull(
                    f"channel {log.name!r} is full, nobody got the event: it waits for the callback of consumer "
                    f"{duty.cursor.name!r} ({duty.cursor.capacity} pending, its capacity), which is itself waiting for "
                    "what it called to send. In a drain a callback can't be called again before it returns: give it "
                    "more capacity, or send less from it at a time"
                )


_agendas: WeakKeyDictionary[asyncio.AbstractEventLoop, Agenda] = WeakKeyDictionary()


def agenda() -> Agenda:
    """That of the running loop."""
    loop = asyncio.get_running_loop()
    known = _agendas.get(loop)
    if known is None:
        known = _agendas[loop] = Agenda()
    return known


def _raise_cancelled() -> NoReturn:
    """End a drain whose callback swallowed the cancellation, before the next event."""
    raise asyncio.CancelledError


class _Early(threading.local):
    """Who was made in this thread before it had a loop, and begins with the first drain on it."""

    def __init__(self) -> None:
        self.waiting: list[ref[Tenant]] = []


_early = _Early()


def begin_later(early: Tenant) -> None:
    """Have somebody begin with the first drain in this thread."""
    _early.waiting.append(ref(early))
