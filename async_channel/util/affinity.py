"""Affinity: the event loop and thread that something belongs to, from its first await on."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

from async_channel.errors import WrongLoop


class Affinity:
    """Knows its event loop, and says so when it is used from elsewhere."""

    __slots__ = ("_thread", "debug", "loop", "name")

    def __init__(self, name: str) -> None:
        self.name = name
        self.loop: asyncio.AbstractEventLoop | None = None
        self.debug = False
        """Whether the loop is in asyncio's debug mode, in which every entry is checked."""
        self._thread = 0

    def bind(self) -> asyncio.AbstractEventLoop:
        """The running loop, to which this belongs from its first await on.

        Raises:
            WrongLoop: it belongs to another one that is still open.
        """
        loop = asyncio.get_running_loop()
        if self.loop is not loop:
            if self.loop is not None and not self.loop.is_closed():
                raise WrongLoop(
                    f"channel or consumer {self.name!r} belongs to another event loop: await it where it was first "
                    "awaited, and use send_from_thread() from other threads"
                )
            self.loop = loop
            self.debug = loop.get_debug()
            self._thread = threading.get_ident()
            self.moved_in()
        return loop

    def adopt(self, other: Affinity) -> None:
        """Belong where another belongs, if that is known and this does not belong anywhere yet."""
        if self.loop is None and other.loop is not None:
            self.loop, self.debug, self._thread = other.loop, other.debug, other._thread
            self.moved_in()

    def live_with(self, other: Affinity) -> None:
        """Belong where another belongs, or have it belong where this does.

        Raises:
            WrongLoop: they belong to two event loops.
        """
        if self.loop is other.loop:
            return
        if self.loop is None or self.loop.is_closed():
            self.loop = None
            self.adopt(other)
        elif other.loop is None or other.loop.is_closed():
            other.live_with(self)
        else:
            raise WrongLoop(
                f"channel {self.name!r} and its parent {other.name!r} belong to two event loops: a tree of channels "
                "belongs to one, and send_from_thread() is the way in from other threads"
            )

    def moved_in(self) -> None:
        """It has a loop now; what belonged to a closed one is void."""

    def check_thread(self) -> None:
        """In asyncio debug mode, raise WrongLoop when called from a thread or loop that is not its own."""
        if self.debug and self.loop is not None and not self.loop.is_closed():
            if threading.get_ident() != self._thread:
                raise WrongLoop(
                    f"channel or consumer {self.name!r} was used from a thread that is not its event loop's: "
                    "send_from_thread() is the only way in from other threads"
                )
            if asyncio._get_running_loop() not in {None, self.loop}:
                raise WrongLoop(f"channel or consumer {self.name!r} was used from another event loop than its own")

    def call_home(self, action: Callable[[], None]) -> None:
        """Do something on its own thread: at once when this is it, or when it has none yet."""
        loop = self.loop
        if loop is None or loop.is_closed() or threading.get_ident() == self._thread:
            action()
        else:
            loop.call_soon_threadsafe(action)
