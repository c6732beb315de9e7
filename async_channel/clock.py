"""One clock for the loop, the operators and the replay.

Everything here follows the running event loop's time: `asyncio.sleep`, time-outs, timed operators, `replay`. `run` runs
a program on a loop whose time is scaled, so one pipeline works live, accelerated and as a back-test:

>>> import asyncio, math
>>> async def program() -> str:
...     await asyncio.sleep(3600)
...     return f"{now():.0f}"
>>> run(program(), speed=math.inf, start=1_000_000)
'1003600'
"""

from __future__ import annotations

import asyncio
import heapq
import math
import selectors
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from contextvars import Context
from datetime import datetime
from typing import Any, Protocol, TypeVar, TypeVarTuple
from weakref import WeakKeyDictionary

from typing_extensions import override

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

_epochs: WeakKeyDictionary[asyncio.AbstractEventLoop, float] = WeakKeyDictionary()


def run(main: Coroutine[Any, Any, T], *, speed: float = 1.0, start: datetime | float | None = None) -> T:
    """Run a coroutine on a new event loop whose time is scaled, and return its result, as `asyncio.run` does.

    Args:
        main: the coroutine to run.
        speed: loop seconds that pass in one real second: 60 is one minute a second. With ``math.inf`` time is virtual:
            it stands still while anything is ready to run and jumps to the next timer when nothing is, so the run is as
            fast as the machine and gives the same result each time. It waits in real time for ``asyncio.to_thread`` and
            executors, while which no time passes; for sockets and other threads only when no timer is set, for it
            can't know that they have something to say.
        start: date and time, or seconds since 1970, that the clock shows at the beginning. Default: the present, or 0
            with virtual time, so that two runs are equal.

    Raises:
        TypeError: main is no coroutine; speed or start is of another type.
        ValueError: speed is not above 0, or start is not finite.
        RuntimeError: an event loop is running in this thread.

    The idea of virtual time is that of Rx's TestScheduler and trio's MockClock.
    """
    if not asyncio.iscoroutine(main):
        raise TypeError(f"run() takes a coroutine, such as main(), got {main!r}")
    try:
        _require_no_running_loop()
        beginning = _beginning(speed, start)
    except BaseException:
        main.close()
        raise
    with asyncio.Runner(loop_factory=lambda: _new_loop(speed, beginning)) as runner:
        return runner.run(main)


def new_event_loop(*, speed: float = 1.0, start: datetime | float | None = None) -> asyncio.AbstractEventLoop:
    """A new event loop whose time is scaled, for those who run loops themselves: a test plug-in, an `asyncio.Runner`.

    >>> import asyncio, math
    >>> with asyncio.Runner(loop_factory=lambda: new_event_loop(speed=math.inf)) as runner:
    ...     runner.run(asyncio.sleep(3600))
    ...     runner.get_loop().time()
    3600.0

    Args:
        speed: as that of `run`, and so is start.
        start: date and time, or seconds since 1970, that the clock shows at the beginning.

    Raises:
        TypeError, ValueError: as `run`.
    """
    return _new_loop(speed, _beginning(speed, start))


def _require_no_running_loop() -> None:
    if asyncio._get_running_loop() is not None:
        raise RuntimeError("run() can't be called from a running event loop: it starts its own; await the coroutine")


def _new_loop(speed: float, beginning: float) -> asyncio.AbstractEventLoop:
    loop = _VirtualLoop() if speed == math.inf else _ScaledLoop(speed)
    _epochs[loop] = beginning - loop.time()
    return loop


def _beginning(speed: float, start: datetime | float | None) -> float:
    if isinstance(speed, bool) or not isinstance(speed, int | float):
        raise TypeError(f"speed is a number of loop seconds a real second, got {speed!r}")
    if not speed > 0:
        raise ValueError(f"speed is above 0 (math.inf for virtual time), got {speed!r}")
    if start is None:
        return 0.0 if speed == math.inf else time.time()
    if isinstance(start, datetime):
        return start.timestamp()
    if isinstance(start, bool) or not isinstance(start, int | float):
        raise TypeError(f"start is a datetime or seconds since 1970, got {start!r}")
    if not math.isfinite(start):
        raise ValueError(f"start is a finite number of seconds since 1970, got {start!r}")
    return float(start)


def epoch(loop: asyncio.AbstractEventLoop) -> float:
    """The time (seconds since 1970) at which the loop's own time was 0, as its clock shows it.

    For a loop that `run` did not make this is fixed at the first call, so that its clock never jumps with the system's.
    """
    known = _epochs.get(loop)
    if known is None:
        known = _epochs[loop] = time.time() - loop.time()
    return known


def is_virtual(loop: asyncio.AbstractEventLoop) -> bool:
    """Whether its time is virtual, so that how fast the machine is must not show."""
    return isinstance(loop, _VirtualLoop)


def now() -> float:
    """The time on the running loop's clock, in seconds since 1970.

    Raises:
        RuntimeError: no event loop is running.
    """
    loop = asyncio.get_running_loop()
    return epoch(loop) + loop.time()


async def sleep_until(when: datetime | float) -> None:
    """Sleep until the running loop's clock shows a time; return at once if it already does.

    Args:
        when: date and time, or seconds since 1970.

    Raises:
        ValueError: when is not a number.
    """
    loop = asyncio.get_running_loop()
    seconds = when.timestamp() if isinstance(when, datetime) else when
    if math.isnan(seconds):
        raise ValueError(f"sleep_until() takes a datetime or seconds since 1970, got {when!r}")
    await sleep_until_loop_time(seconds - epoch(loop))


async def sleep_until_loop_time(when: float) -> None:
    """Sleep until the running loop's own time is exactly `when` (seconds); return at once if it is past."""
    loop = asyncio.get_running_loop()
    if when <= loop.time():
        return
    awake = loop.create_future()
    handle = loop.call_at(when, _wake, awake)
    try:
        await awake
    finally:
        handle.cancel()


def _wake(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


class _Select(Protocol):
    def __call__(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]: ...


class _SteeredLoop(asyncio.SelectorEventLoop):
    """An event loop whose waiting is in our hands: `_wait` is called where it would ask the system to wait."""

    def __init__(self, selector: selectors.BaseSelector | None = None) -> None:
        if selector is None:
            selector = selectors.DefaultSelector()
        self._really_select: _Select = selector.select
        selector.select = self._wait  # type: ignore[method-assign]  # one object of ours, not the class
        super().__init__(selector)

    def _wait(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        raise NotImplementedError


class _ScaledLoop(_SteeredLoop):
    """Time passes `speed` times as fast."""

    def __init__(self, speed: float) -> None:
        self._speed = speed
        self._begun = time.monotonic()
        super().__init__()

    @override
    def time(self) -> float:
        return (time.monotonic() - self._begun) * self._speed

    def _wait(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        return self._really_select(timeout if timeout is None else timeout / self._speed)


class _Timer(asyncio.TimerHandle):
    """A timer that comes before those made after it for the same time. asyncio leaves their order to its heap."""

    __slots__ = ("order",)

    order: int
    _scheduled: bool

    def __lt__(self, other: object) -> bool:
        if not isinstance(other, _Timer):
            return NotImplemented
        return (self.when(), self.order) < (other.when(), other.order)


class _VirtualLoop(_SteeredLoop):
    """Time stands still while anything is ready, and jumps to the next timer when nothing is."""

    # The loop's own heap of timers, with the next one in front whenever it is about to wait. Adding the time-out it
    # computed to the present would round, and a clock that is a hair early is not exact.
    _scheduled: list[_Timer]

    def __init__(self, selector: selectors.BaseSelector | None = None) -> None:
        self._now = 0.0
        self._in_threads = 0
        self._timers_made = 0
        super().__init__(selector)
        # The loop runs what is due before now + resolution: that is to be now, and not the least bit later.
        self._clock_resolution = math.ulp(self._now)

    @override
    def time(self) -> float:
        return self._now

    @override
    def call_at(
        self, when: float, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.TimerHandle:
        if self.is_closed():
            raise RuntimeError("the event loop is closed")
        self._timers_made += 1
        timer = _Timer(when, callback, args, self, context)
        timer.order = self._timers_made
        timer._scheduled = True
        heapq.heappush(self._scheduled, timer)
        return timer

    @override
    def run_in_executor(self, executor: Executor | None, func: Callable[[*Ts], T], *args: *Ts) -> asyncio.Future[T]:
        future = super().run_in_executor(executor, func, *args)
        self._in_threads += 1
        future.add_done_callback(self._thread_done)
        return future

    @override
    async def shutdown_default_executor(self, *timeout: float | None) -> None:
        # Since Python 3.12 it has a time-out (the argument), and no virtual time may run into that.
        self._in_threads += 1
        try:
            await super().shutdown_default_executor(*timeout)
        finally:
            self._in_threads -= 1

    def _thread_done(self, _: asyncio.Future[Any]) -> None:
        self._in_threads -= 1

    def _wait(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout == 0:
            return self._really_select(0)
        if timeout is None or self._in_threads:
            return self._really_select(None)
        ready = self._really_select(0)
        if not ready:
            self._now = max(self._now, self._scheduled[0].when())
            self._clock_resolution = math.ulp(self._now)
        return ready
