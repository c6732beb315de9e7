"""Events that come in from another thread: each is sent on the channel's loop, or taken back before that."""

from __future__ import annotations

import asyncio
import math
import types
from collections.abc import Callable, Coroutine, Generator
from concurrent.futures import Future, wait
from functools import partial
from threading import RLock
from time import monotonic
from typing import Any

from typing_extensions import override

from async_channel.errors import NotStarted, WrongLoop
from async_channel.util.border import LOOK, is_ending, post, spawn


class Handed(Future[None]):
    """An event on its way from a thread to a channel: `cancel` takes it back, or is too late and says so.

    The sending is stepped under a lock, and is over at the end of a step: who holds the lock knows whether anybody got
    the event, which no chained future of asyncio's does.
    """

    def __init__(
        self, name: str, loop: asyncio.AbstractEventLoop, send: Callable[[], Coroutine[Any, Any, None]]
    ) -> None:
        super().__init__()
        self._name = name
        self._loop = loop
        self._lock = RLock()
        self._task: asyncio.Task[None] | None = None
        self._over = False  # it was sent, or never will be
        self._taken_back = False
        try:
            loop.call_soon_threadsafe(_Letter(self, send))
        except RuntimeError:
            raise self._lost() from None

    def begin(self, send: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Send it, in a task; called on the loop."""
        if is_ending(self._loop):
            self.lose()
            return
        self._task = spawn(self._loop, self._step(send), f"send to {self._name}")
        self._task.add_done_callback(self._finish)

    async def _step(self, send: Callable[[], Coroutine[Any, Any, None]]) -> None:
        await self._steps(send())

    @types.coroutine
    def _steps(self, sending: Coroutine[Any, Any, None]) -> Generator[Any, Any, None]:
        resume: Callable[[], Any] = partial(sending.send, None)
        while True:
            with self._lock:
                if self._taken_back:
                    sending.close()
                    return
                self._over = True  # for who is called in this step as well: it is being sent
                try:
                    awaited = resume()
                except StopIteration:
                    return
                self._over = False
            try:
                resume = partial(sending.send, (yield awaited))
            except BaseException as error:
                resume = partial(sending.throw, error)

    def _finish(self, task: asyncio.Task[None]) -> None:
        error = self._lost() if task.cancelled() else task.exception()
        with self._lock:
            if self._taken_back or self.done():
                return
            self._over = True
        if error is None:
            self.set_result(None)
        else:
            self.set_exception(error)

    def lose(self) -> None:
        """The loop will not send it any more."""
        with self._lock:
            if self._over or self._taken_back:
                return
            self._over = True
        self.set_exception(self._lost())

    def _lost(self) -> NotStarted:
        return NotStarted(
            f"the event loop of channel {self._name!r} ended before an event from another thread was sent: nobody got "
            "it. Stop the threads that send first"
        )

    @override
    def cancel(self) -> bool:
        """Take the event back: True if nobody has got it, and nobody will; False if it was sent or has failed."""
        with self._lock:
            if self._over:
                return False
            self._taken_back = True
            task = self._task
        cancelled = super().cancel()
        if task is not None:
            post(self._loop, task.cancel)
        return cancelled

    @override
    def result(self, timeout: float | None = None) -> None:
        """Wait until it is sent."""
        self._wait(timeout)
        return super().result(0)

    @override
    def exception(self, timeout: float | None = None) -> BaseException | None:
        """Wait until it is sent, or why it was not."""
        self._wait(timeout)
        return super().exception(0)

    def _wait(self, timeout: float | None) -> None:
        if self.done():
            return
        if timeout != 0 and asyncio._get_running_loop() is self._loop:
            raise WrongLoop(
                f"waiting here for an event to be sent to channel {self._name!r} would stop the event loop that is to "
                "send it: await send(), or await asyncio.wrap_future(...) of this"
            )
        deadline = math.inf if timeout is None else monotonic() + timeout
        while not self.done() and (left := deadline - monotonic()) > 0:
            wait((self,), min(left, LOOK))
            if self._loop.is_closed():
                self.lose()


class _Letter:
    """What a loop is to do for a thread. A loop that is closed forgets what it had not begun: then this says so."""

    def __init__(self, handed: Handed, send: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self._handed: Handed | None = handed
        self._send = send

    def __call__(self) -> None:
        handed, self._handed = self._handed, None
        if handed is not None:
            handed.begin(self._send)

    def __del__(self) -> None:
        if self._handed is not None:
            self._handed.lose()
