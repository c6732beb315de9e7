"""The watch: all that a probe has seen, what was asked for of it, and the wait for what comes next."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final, Generic, NoReturn, TypeVar

from async_channel.testing.probing.feeds import Feed, Tell
from async_channel.testing.probing.signals import Event, Failed, Seen, Signal, listed, seconds

T = TypeVar("T")

__tracebackhide__ = True  # what pytest shows is the test

_SAME: Final = 5e-7
"""Times nearer to each other than this are one, for sums of floats are not exact (seconds)."""


class _Window:
    """A time in which nothing may come (seconds since the probe was opened)."""

    __slots__ = ("end", "start", "timer")

    def __init__(self, start: float, end: float, timer: asyncio.TimerHandle) -> None:
        self.start = start
        self.end = end
        self.timer = timer


class Watch(Generic[T]):
    """One time that a probe is open.

    Args:
        name: the probe's name in messages.
        make_feed: subscribes the source, with a function to be told of each signal.
    """

    def __init__(self, name: str, make_feed: Callable[[Tell[T]], Feed]) -> None:
        self.name = name
        self._loop = asyncio.get_running_loop()
        self._opened = self._loop.time()
        self.seen: list[Seen[T]] = []
        self._taken = 0
        self._waiters: list[asyncio.Future[None]] = []
        self._windows: list[_Window] = []
        self.over = ""
        """Why nothing comes any more, if that is not the stream's end."""
        self.feed = make_feed(self._tell)

    @property
    def unconsumed(self) -> list[Seen[T]]:
        """What nobody asked for yet."""
        return self.seen[self._taken :]

    @property
    def now(self) -> float:
        """Seconds since the probe was opened."""
        return self._loop.time() - self._opened

    def _tell(self, signal: Signal[T]) -> None:
        self.seen.append(Seen(self.now, signal))
        self._wake()

    def _wake(self) -> None:
        for waiter in self._waiters:
            _resolve(waiter)

    def stop(self, why: str) -> None:
        """Unsubscribe."""
        self.feed.stop()
        self.over = self.over or why
        self._wake()

    # ---- waiting

    async def _wait(self, due: float) -> None:
        """Wait until something comes that nobody asked for yet, or until a time."""
        self._ask()
        if self._taken < len(self.seen):
            return
        waiter: asyncio.Future[None] = self._loop.create_future()
        timer = self._loop.call_at(self._opened + due, _resolve, waiter)
        self._waiters.append(waiter)
        try:
            await waiter
        finally:
            timer.cancel()
            self._waiters.remove(waiter)
            self._relent()

    def _ask(self) -> None:
        if self._taken == len(self.seen):
            self.feed.ask()

    def _relent(self) -> None:
        """Read ahead no longer, if neither an expectation nor a window wants the next signal."""
        if not self._waiters and all(self.now >= window.end - _SAME for window in self._windows):
            self.feed.relent()

    async def next(self, wanted: str, limit: float, due: float | None = None) -> Seen[T]:
        """Take the next signal.

        Args:
            wanted: what is awaited, for the message.
            limit: how long it may take, for the message (seconds).
            due: until when it may (seconds since the probe was opened); by default that is `limit` from now.

        Raises:
            AssertionError: nothing came in time, or nothing can come any more.
        """
        start = self.now
        due = start + limit if due is None else due
        while self._taken == len(self.seen):
            self._refuse_if_over(wanted)
            if self.now > due:
                span = f"from {seconds(start)} to {seconds(due)}"
                self.fail(f"expected {wanted} within {seconds(limit)}, and nothing came {span} (within= sets how long)")
            # A little later, so that what comes in the very moment is in time. Nobody sees that the clock is late then.
            await self._wait(due + _SAME)
        self._taken += 1
        return self.seen[self._taken - 1]

    # ---- windows in which nothing may come

    def open_window(self, length: float) -> None:
        """Nothing may come from now on for so many seconds."""
        now = self.now
        timer = self._loop.call_at(self._opened + now + length, self._relent)
        self._windows.append(_Window(now, now + length, timer))
        self._ask()

    def forget_windows(self) -> None:
        """Anything may come."""
        for window in self._windows:
            window.timer.cancel()
        self._windows.clear()

    async def quiet(self) -> None:
        """Wait until every window is over.

        Raises:
            AssertionError: something came in one of them.
        """
        while self._windows:
            window = self._windows[0]
            if self._taken < len(self.seen) and self.seen[self._taken].time < window.end - _SAME:
                self.forget_windows()
                self._taken += 1
                span = f"for {seconds(window.end - window.start)} from {seconds(window.start)} on"
                self.refuse(f"no events {span}", self.seen[self._taken - 1])
            if self.now >= window.end - _SAME or self.over:
                window.timer.cancel()
                self._windows.remove(window)
            else:
                await self._wait(window.end)

    # ---- what is said

    def _refuse_if_over(self, wanted: str) -> None:
        """Nothing can come any more: say so at once."""
        last = self.seen[-1] if self.seen else None
        if last is not None and not isinstance(last.signal, Event) and last.signal.final:
            self.fail(f"expected {wanted}, and nothing comes after {last}")
        if self.over:
            self.fail(f"expected {wanted}, and nothing comes any more: {self.over}")

    def refuse(self, wanted: str, seen: Seen[T] | None = None) -> NoReturn:
        """A signal, the last that was taken if not told which, was not what was wanted."""
        seen = self.seen[self._taken - 1] if seen is None else seen
        cause = seen.signal.error if isinstance(seen.signal, Failed) else None
        self.fail(f"expected {wanted}, and got {seen}", seen, cause)

    def fail(self, what: str, wrong: Seen[T] | None = None, cause: Exception | None = None) -> NoReturn:
        """Raise AssertionError, with what was seen so far."""
        history = f"; seen were{listed(self.seen, wrong)}" if self.seen else ""
        raise AssertionError(f"probe {self.name!r}: {what}{history}") from cause


def _resolve(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)
