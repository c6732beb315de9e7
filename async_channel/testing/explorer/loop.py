"""The explorer's loop: virtual time, and a strategy that decides who of those that are ready goes first.

asyncio calls the callbacks of `call_soon` in the order in which they were registered, and says so; that order is kept.
Of tasks it says no such thing: a step of a task may be taken before or after anything else that is ready. So at each
step the candidates are the next step of every task that is ready, and the next callback. Timers that are due become
callbacks in the order of their times, and of their making if those are the same, as on any virtual-time loop of ours.
"""

from __future__ import annotations

import asyncio
import heapq
import math
import selectors
import sys
import threading
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from contextvars import Context
from typing import Any, NoReturn, TypeVar, TypeVarTuple
from weakref import WeakSet

from typing_extensions import override

from async_channel.testing._core import VirtualLoop, epochs
from async_channel.testing.explorer.errors import Deadlock, Livelock
from async_channel.testing.explorer.narrator import Narrator
from async_channel.testing.explorer.places import describe_callback, describe_place, describe_waiting
from async_channel.testing.explorer.schedule import Deviation
from async_channel.testing.explorer.strategies import Strategy
from async_channel.testing.explorer.tasks import ExploredTask, Ready, file_that_makes_task, task_stepped_by

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


class _NoSelector(selectors.BaseSelector):
    """Nothing comes from outside: a schedule is to be the same each time. It also costs no file descriptors."""

    @override
    def register(self, fileobj: Any, events: int, data: Any = None) -> NoReturn:
        raise RuntimeError("sockets and pipes can't be explored: when they are ready is not the explorer's to choose")

    @override
    def unregister(self, fileobj: Any) -> NoReturn:
        raise KeyError(fileobj)

    @override
    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        return []

    @override
    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        return {}


class ExploredLoop(VirtualLoop):
    """Runs one schedule.

    Args:
        strategy: decides who goes first.
        file: where the test is: the tasks that this file makes may be cancelled.
        max_steps: the most steps a run may take (a count).
        start: what its clock shows at the beginning (seconds since 1970).
        narrator: who writes down what happens, if it is to be told.
    """

    # asyncio's own, which its type stubs do not show.
    _asyncgens: WeakSet[Any]
    _exception_handler: Callable[..., object] | None
    _ready: deque[asyncio.Handle]
    _thread_id: int | None
    _timer_cancelled_count: int

    def __init__(
        self, strategy: Strategy, *, file: str, max_steps: int, start: float = 0.0, narrator: Narrator | None = None
    ) -> None:
        super().__init__(_NoSelector())
        epochs[self] = start
        self._task_factory = self._make_task
        self._phase: Callable[[], object] = self.explore
        self._strategy = strategy
        self._file = file
        self._max_steps = max_steps
        self._narrator = narrator
        self.tasks: list[asyncio.Task[Any]] = []
        """All tasks, by number less 1: the first is the test."""
        self._numbers: dict[asyncio.Task[Any], int] = {}  # of tasks that a factory of the test's own made
        self._own: list[asyncio.Task[Any]] = []
        self.cancelled: list[asyncio.Task[Any]] = []
        """The tasks that were cancelled as the strategy wished."""
        self.trace: list[int] = []
        """What was done, step by step: the number of the task that went, or less than 0 if it was cancelled."""
        self.deviations: list[Deviation] = []
        """Where that was not asyncio's order."""
        self.uncaught: list[dict[str, Any]] = []
        """What asyncio would have logged."""

    # ---- running, phase after phase

    def run(self, phase: Callable[[], object]) -> None:
        """Be the running loop while a function runs handles."""
        self._phase = phase
        self.run_forever()

    def _run_once(self) -> None:
        self._phase()
        self._stopping = True

    def explore(self) -> None:
        """Run until the test is over, in the order of the strategy.

        Raises:
            Deadlock: it can't come to its end.
            Livelock: it takes too many steps to.
        """
        test, ready, trace, strategy = self.tasks[0], self._ready, self.trace, self._strategy
        batch = 0  # asyncio looks for timers that are due once it has called all that was ready when it last looked
        while not test.done():
            if batch <= 0 or not ready:
                self._take_due()
                if not ready and not self._skip_to_next_timer():
                    raise Deadlock(f"nothing is ready, no timer is set, and the test is not over:\n{self.who_waits()}")
                batch = len(ready)
            step = len(trace)
            if step >= self._max_steps:
                raise Livelock(f"the test is not over after {step} steps:\n{self.who_waits()}")
            if step >= strategy.next_strike and self._strike(step):
                continue
            handle = ready.popleft() if len(ready) == 1 and self._narrator is None else self._choose(step)
            batch -= 1
            if handle is None or handle._cancelled:
                continue
            trace.append(handle.number if type(handle) is Ready else 0)
            handle._run()

    def settle(self, most: int, *, skipping_time: bool = False) -> bool:
        """Run what is ready, in asyncio's order, until nothing is; say whether it came to that.

        Args:
            most: how many handles to run at most.
            skipping_time: whether to wait for timers as well.
        """
        ready = self._ready
        for _ in range(most):
            self._take_due()
            if not ready and not (skipping_time and self._skip_to_next_timer()):
                return True
            handle = ready.popleft()
            if not handle._cancelled:
                handle._run()
        return False

    # ---- choosing

    def _choose(self, step: int) -> asyncio.Handle | None:
        """Take one handle out of those that are ready; None if all were cancelled."""
        ready = self._ready
        places: list[int] = []
        numbers: list[int] = []
        callback_seen = False
        place = -1
        for handle in ready:
            place += 1
            if handle._cancelled:
                continue
            if type(handle) is Ready and handle.number:
                numbers.append(handle.number)
            elif callback_seen:
                continue
            else:
                callback_seen = True
                numbers.append(0)
            places.append(place)
        if not places:
            ready.clear()
            return None
        choice = self._strategy.choose(step, numbers) if len(places) > 1 else 0
        if choice:
            self.deviations.append(Deviation(step, numbers[choice]))
        place = places[choice]
        handle = ready[place]
        if self._narrator is not None:
            self._tell(numbers, handle, ready[places[0]] if choice else None)
        del ready[place]
        return handle

    def _strike(self, step: int) -> bool:
        """Cancel a task if the strategy wishes it."""
        victims = self._cancellable()
        number = self._strategy.strike(step, victims)
        if not number:
            return False
        task = self.tasks[number - 1]
        self.deviations.append(Deviation(step, number, cancels=True))
        self.cancelled.append(task)
        self.trace.append(-number)
        if self._narrator is not None:
            self._narrator.ready.append((-number,))
            self._narrator.cancellable.append(tuple(victims))
            self._narrator.tell(f"{self._name(task)} is cancelled at {self._place(task)}", deviates=True)
        task.cancel()
        return True

    def _cancellable(self) -> list[int]:
        return [
            self._number(task)
            for task in self._own
            if not task.done() and not task.cancelling() and task not in self.cancelled
        ]

    # ---- time

    def _take_due(self) -> None:
        scheduled, now = self._scheduled, self._now
        while scheduled and (scheduled[0]._cancelled or scheduled[0].when() <= now):
            timer = heapq.heappop(scheduled)
            timer._scheduled = False
            if timer._cancelled:
                self._timer_cancelled_count -= 1
            else:
                self._ready.append(timer)

    def _skip_to_next_timer(self) -> bool:
        if not self._scheduled:
            return False
        self._now = self._scheduled[0].when()
        self._clock_resolution = math.ulp(self._now)
        self._take_due()
        return True

    # ---- tasks and handles

    @override
    def create_task(self, coro: Any, **options: Any) -> asyncio.Task[Any]:
        if options.get("name") is None:
            options["name"] = f"Task-{len(self.tasks) + 1}"
        own = bool(self.tasks) and file_that_makes_task(sys._getframe(1)) == self._file
        made = len(self.tasks)
        task: asyncio.Task[Any] = super().create_task(coro, **options)
        if len(self.tasks) == made:  # the test has a task factory of its own
            self._number(task)
        if own:
            self._own.append(task)
        return task

    def _make_task(self, _: asyncio.AbstractEventLoop, coro: Any, **options: Any) -> ExploredTask:
        task = ExploredTask(coro, number=len(self.tasks) + 1, loop=self, **options)
        self.tasks.append(task)
        return task

    @property
    def made_own_tasks(self) -> bool:
        """Whether the test made tasks that may be cancelled."""
        return bool(self._own)

    def spare(self, task: asyncio.Task[Any]) -> None:
        """Never cancel this task."""
        self._own = [other for other in self._own if other is not task]

    def expose(self, task: asyncio.Task[Any]) -> None:
        """This task may be cancelled, whoever made it."""
        if task is not self.tasks[0] and task not in self._own:
            self._own.append(task)

    def _number(self, task: asyncio.Task[Any]) -> int:
        if type(task) is ExploredTask:
            return task.number
        if task not in self._numbers:
            self.tasks.append(task)
            self._numbers[task] = len(self.tasks)
        return self._numbers[task]

    def _call_soon(self, callback: Callable[..., object], args: tuple[Any, ...], context: Context | None) -> Ready:
        handle = Ready(callback, args, self, context)
        task = task_stepped_by(callback)
        if task is None:
            handle.number = 0
        else:
            handle.number = task.number if type(task) is ExploredTask else self._number(task)
        self._ready.append(handle)
        return handle

    # ---- what comes from elsewhere

    @override
    def call_soon_threadsafe(
        self, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.Handle:
        if self._thread_id not in {None, threading.get_ident()}:
            raise RuntimeError("threads can't be explored: play their part with a task that calls call_soon_threadsafe")
        return self.call_soon(callback, *args, context=context)

    @override
    def run_in_executor(self, executor: Executor | None, func: Callable[[*Ts], T], *args: *Ts) -> NoReturn:
        raise RuntimeError("threads can't be explored: call the function itself, or fake what calls it")

    @override
    def call_exception_handler(self, context: dict[str, Any]) -> None:
        if self._exception_handler is None:
            self.uncaught.append(context)
        else:
            super().call_exception_handler(context)

    def _make_self_pipe(self) -> None:
        """There is no system to be woken from."""

    def _close_self_pipe(self) -> None: ...

    # ---- telling

    def who_waits(self) -> str:
        """Each task that is not over and where it is, one a line."""
        return "\n".join(f"  {self._name(task)}: {describe_waiting(task)}" for task in self.tasks if not task.done())

    def _tell(self, numbers: list[int], handle: asyncio.Handle, oldest: asyncio.Handle | None) -> None:
        assert self._narrator is not None
        self._narrator.ready.append(tuple(numbers))
        self._narrator.cancellable.append(tuple(self._cancellable()))
        line = self._describe(handle, with_place=True)
        if oldest is not None:
            line += f"  (rather than {self._describe(oldest, with_place=False)})"
        self._narrator.tell(line, deviates=oldest is not None)

    def _describe(self, handle: asyncio.Handle, *, with_place: bool) -> str:
        callback: object = getattr(handle, "_callback", None)
        task = task_stepped_by(callback)
        if task is None:
            return describe_callback(callback, handle._args)
        return f"{self._name(task)} runs from {self._place(task)}" if with_place else self._name(task)

    def _name(self, task: asyncio.Task[Any]) -> str:
        number = self._number(task)
        return "the test" if number == 1 else f"{task.get_name()!r} ({number})"

    def _place(self, task: asyncio.Task[Any]) -> str:
        return describe_place(task, self._file)
