"""The agenda: what synchronised callbacks have yet to be called with, in the order in which a drain does it.

There is one for each event loop, with a line for each priority. Whoever has something to do puts itself in its line, as
a reader's task would be woken; a drain takes the first of the first line that is not empty, and lets it go on until it
has nothing left, or until there is something more important to do. So what tasks would do at the loop's pleasure is
done in one order, which the events alone decide.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Coroutine
from typing import Any, Protocol, TypeAlias
from weakref import WeakKeyDictionary

from async_channel.errors import ChannelFull
from async_channel.util.cursor import Cursor
from async_channel.util.log import Log


class Duty(Protocol):
    """Somebody with events to handle."""

    cursor: Cursor[Any]

    def work(self, above: tuple[Line, ...]) -> Coroutine[Any, Any, None] | None:
        """Handle what is pending, until one of the lines above has something; gives what is left to be awaited.

        It is in no line while it does so; in the end it gets in line again, or sleeps.
        """
        ...


Line: TypeAlias = "deque[Duty]"


class Agenda:
    """Who has something to do, on one event loop."""

    __slots__ = ("_busy", "_draining", "_lines", "_ranked", "_waiting")

    def __init__(self) -> None:
        self._lines: dict[int, Line] = {}
        self._ranked: list[tuple[int, Line, tuple[Line, ...]]] = []
        """The lines there are, the more important first, each with those above it."""
        self._busy: dict[Duty, asyncio.Task[Any] | None] = {}
        """Whose callback is awaited, by which task. They are in no line, so nobody calls them a second time."""
        self._draining = False
        self._waiting: list[asyncio.Future[None]] = []

    def line(self, priority: int) -> Line:
        """The line of a priority."""
        if priority not in self._lines:
            self._lines[priority] = deque()
            ranks = sorted(self._lines)
            lines = [self._lines[rank] for rank in ranks]
            self._ranked = [(rank, lines[place], tuple(lines[:place])) for place, rank in enumerate(ranks)]
        return self._lines[priority]

    @property
    def called_this(self) -> bool:
        """Whether the running task is in a callback that was called from here."""
        return bool(self._busy) and asyncio.current_task() in self._busy.values()

    async def drain(self, least: int) -> None:
        """Do all there is to do down to a priority. One drain at a time: others wait for it.

        Raises:
            RuntimeError: called by a callback that this very drain has called.
        """
        while self._draining or self._busy:
            if self.called_this:
                raise RuntimeError(
                    "drain() was called by a callback that a drain has called: what it sends is drained when it returns"
                )
            await self._others()
        self._draining = True
        try:
            busy = True
            while busy:
                busy = False
                for rank, line, above in self._ranked:
                    if line and rank <= least:
                        duty = line.popleft()
                        left = duty.work(above)
                        if left is not None:
                            await self._finish(duty, left)
                        busy = True  # and it may have given somebody more important something to do
                        break
        finally:
            self._draining = False
            if self._waiting:
                self._tell_others()

    async def _finish(self, duty: Duty, left: Coroutine[Any, Any, None]) -> None:
        self._busy[duty] = asyncio.current_task()
        try:
            await left
        finally:
            del self._busy[duty]
            if self._waiting and not self._draining:
                self._tell_others()

    async def relieve(self, log: Log[Any]) -> bool:
        """Make room for a sender by doing what there is to do; whether there is room for it now.

        Raises:
            ChannelFull: there will be none, for the sender is a callback that is itself to read what is pending.
        """
        while log.renew() <= 0:
            found = next(((line, above) for _, line, above in self._ranked if line), None)
            if found is None:
                self._check_circle(log)
                return False
            line, above = found
            duty = line.popleft()
            left = duty.work(above)
            if left is not None:
                await self._finish(duty, left)
        log.check_open()
        return not log.turns

    def _check_circle(self, log: Log[Any]) -> None:
        task = asyncio.current_task()
        for duty, caller in self._busy.items():
            if caller is task and duty.cursor.full:
                raise ChannelFull(
                    f"channel {log.name!r} is full, nobody got the event: it waits for the callback of consumer "
                    f"{duty.cursor.name!r} ({duty.cursor.capacity} pending, its capacity), which is itself waiting for "
                    "what it called to send. In a drain a callback can't be called again before it returns: give it "
                    "more capacity, or send less from it at a time"
                )

    async def _others(self) -> None:
        waiter = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        try:
            await waiter
        finally:
            if waiter in self._waiting:
                self._waiting.remove(waiter)

    def _tell_others(self) -> None:
        waiting, self._waiting = self._waiting, []
        for waiter in waiting:
            if not waiter.done():
                waiter.set_result(None)


_agendas: WeakKeyDictionary[asyncio.AbstractEventLoop, Agenda] = WeakKeyDictionary()


def agenda() -> Agenda:
    """That of the running loop."""
    loop = asyncio.get_running_loop()
    known = _agendas.get(loop)
    if known is None:
        known = _agendas[loop] = Agenda()
    return known


async def relieve(log: Log[Any]) -> bool:
    """Make room for a sender on the running loop: see `Agenda.relieve`."""
    return await agenda().relieve(log)
