"""Draining: channels whose callbacks are called when somebody says so, in one order."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Final, Generic, TypeVar

from async_channel.channels.fanout import FanOut
from async_channel.handling.agenda import Agenda, agenda
from async_channel.handling.subscriptions import Subscriptions
from async_channel.handling.synchronized import Synchronized
from async_channel.policy import Priority
from async_channel.util import check
from async_channel.util.log import Log

T = TypeVar("T")

_ALL: Final = Priority.OPTIONAL  # looking it up costs more than a drain that finds nothing


class _Relief:
    """Does the work of a channel's callbacks, which have no tasks."""

    __slots__ = ("_begin",)

    def __init__(self, begin: Callable[[], None]) -> None:
        self._begin = begin

    def moved_in(self) -> None:
        """The channel has an event loop now, or another one."""
        self._begin()

    async def relieve(self, log: Log[Any]) -> bool:
        """Make room for a sender by doing what is pending; whether there is room for it now."""
        return await agenda().relieve(log)


class Draining(Generic[T]):
    """A channel, as those see it who drain it."""

    name: str
    _log: Log[T]
    _fan_out: FanOut[T]
    _subscriptions: Subscriptions
    _agenda: Agenda | None = None

    @property
    def synchronized(self) -> bool:
        """Whether its callbacks have no tasks, and are called by `drain`."""
        return self._log.relief is not None

    def _synchronize(self) -> None:
        self._log.relief = _Relief(self._moved_in)

    def drain(self, priority: Priority = _ALL) -> Coroutine[Any, Any, None]:
        """Call back with all that is pending, and with what that sends, until nothing is left: a coroutine to await.

        Every synchronized channel of the event loop takes part: what one callback sends, another one of another channel
        handles. The more important callbacks go first: as long as one of a higher priority has anything pending, none
        of a lower one is called. Among equals, who got something first goes first, until it has nothing left. So the
        same events give the same calls in the same order, each time.

        While a callback is awaited nothing else is called. A `send` that finds a channel full makes room in the same
        way, instead of waiting for tasks that are not there. Operators that work in tasks of their own (``map_async``)
        are not waited for.

        >>> import asyncio
        >>> from async_channel import Channel
        >>> async def main() -> None:
        ...     async with Channel[int](synchronized=True) as numbers, Channel[int](synchronized=True) as squares:
        ...         numbers.consume(lambda n: print("number", n), priority=Priority.LOW)
        ...         numbers.map(lambda n: n * n).consume(squares.send)
        ...         squares.consume(lambda n: print("square", n))
        ...         await numbers.send_many([2, 3])
        ...         print("nothing yet")
        ...         await numbers.drain()
        >>> asyncio.run(main())
        nothing yet
        square 4
        square 9
        number 2
        number 3

        Args:
            priority: the lowest that is called; what is pending for lower ones stays pending.

        Raises:
            RuntimeError: the channel is not synchronized; or a callback calls this, that a drain has called.
            TypeError: priority is no Priority.
            WrongLoop: the channel belongs to another event loop.
        """
        known, log = self._agenda, self._log
        loop = log.loop
        if known is not None and priority is _ALL and not log.debug and loop is not None and not loop.is_closed():
            return known.drain(_ALL)  # to ask which loop runs would cost more than a drain that finds nothing
        check.require_priority("drain", priority)
        if log.relief is None:
            raise RuntimeError(
                f"channel {self.name!r} is not synchronized: its callbacks run in tasks, and drain() has nothing to "
                "call. Make it with Channel(..., synchronized=True)"
            )
        return self._first_drain(priority)

    def _step(self, event: T, house: Agenda, task: asyncio.Task[Any] | None) -> Coroutine[Any, Any, None] | None:
        """Send an event, for which there must be credit, and begin to drain: see `Agenda.drain_now`."""
        log = self._log
        sleepers = log.sleepers
        if len(sleepers) == 1 and self._fan_out.sink is None and not log.taps:
            duty = sleepers[0]
            if type(duty) is Synchronized and duty.unfiltered:
                return house.drain_now(task, duty, duty.handle(event))
        self.send_nowait(event)
        return house.drain_now(task)

    def send_nowait(self, event: T) -> None:
        """Send an event now: see `Channel.send_nowait`."""
        raise NotImplementedError

    async def _first_drain(self, priority: Priority) -> None:
        self._log.bind()
        self._agenda = agenda()
        self._start_callbacks()
        await self._agenda.drain(priority)

    def _moved_in(self) -> None:
        self._agenda = None
        self._start_callbacks()

    def _start_callbacks(self) -> None:
        """Begin with what was put here, and below, before there was a loop."""
        self._subscriptions.start()
        for tenant in self._fan_out.tenants():
            tenant.start()
