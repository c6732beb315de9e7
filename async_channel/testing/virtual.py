"""Virtual time for tests: a coroutine, or several one after another, with sleeps that cost nothing."""

from __future__ import annotations

import asyncio
import contextvars
import math
from collections.abc import Coroutine
from datetime import datetime
from typing import Any, Self, TypeVar

from async_channel import clock

T = TypeVar("T")

__tracebackhide__ = True  # what pytest shows is the test


def run_virtual(main: Coroutine[Any, Any, T], *, start: datetime | float | None = None) -> T:
    """Run a coroutine on a new event loop with virtual time, and return its result: `clock.run` at infinite speed.

    >>> import asyncio
    >>> run_virtual(asyncio.sleep(3600, "an hour later"))
    'an hour later'

    Args:
        main: the coroutine to run.
        start: date and time, or seconds since 1970, that the clock shows at the beginning; 0 by default.

    Raises:
        TypeError, ValueError, RuntimeError: as `clock.run`.
    """
    return clock.run(main, speed=math.inf, start=start)


class VirtualTime:
    """One event loop with virtual time, made when it is first needed: the clock goes on from one `run` to the next.

    >>> import asyncio
    >>> with VirtualTime(start=60.0) as time:
    ...     time.run(asyncio.sleep(3600))
    ...     time.now
    3660.0

    Args:
        start: date and time, or seconds since 1970, that the clock shows at the beginning; 0 by default.
    """

    def __init__(self, *, start: datetime | float | None = None) -> None:
        self._start = start
        self._runner: asyncio.Runner | None = None

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The loop; it runs while `run` does."""
        return self._running().get_loop()

    @property
    def now(self) -> float:
        """What the clock shows (seconds since 1970): that of the running loop if one runs, else that of its own."""
        loop = asyncio._get_running_loop() or self.loop
        return clock.epoch(loop) + loop.time()

    def run(self, main: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine, and return its result. Tasks that it leaves go on in the next run.

        Raises:
            TypeError: main is no coroutine.
            RuntimeError: an event loop is running: await the coroutine.
        """
        if not asyncio.iscoroutine(main):
            raise TypeError(f"run() takes a coroutine, such as main(), got {main!r}")
        if asyncio._get_running_loop() is not None:
            main.close()
            raise RuntimeError("run() can't be called from a running event loop: await the coroutine")
        try:
            runner = self._running()
        except BaseException:
            main.close()
            raise
        return runner.run(main, context=contextvars.copy_context())

    def _running(self) -> asyncio.Runner:
        if self._runner is None:
            loop = clock.new_event_loop(speed=math.inf, start=self._start)
            self._runner = asyncio.Runner(loop_factory=lambda: loop)
        return self._runner

    def close(self) -> None:
        """Cancel the tasks that are left, and close the loop. Closing twice does nothing more."""
        runner, self._runner = self._runner, None
        if runner is not None:
            runner.close()

    def __enter__(self) -> Self:
        """The same; leaving the block closes it."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()
