"""A clock for the cells of a notebook, so that what takes an hour is shown at once, and the same each time."""

from __future__ import annotations

import asyncio
import atexit
import builtins
import contextvars
import math
from collections.abc import Callable, Coroutine, Generator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Protocol, TypeAlias

from async_channel import clock

_Run: TypeAlias = Callable[[Coroutine[Any, Any, Any]], object]


class _Shell(Protocol):
    """What is asked of IPython: with which function it runs cells that await, and with which one any cell."""

    loop_runner: _Run
    trio_runner: _Run | None


def use_clock(*, speed: float = math.inf, start: datetime | float | None = None) -> None:
    """Run the cells after this one on an event loop whose time is scaled; by default it is virtual.

    A notebook's own loop has real time, where a stream that is looked at for an hour takes an hour, and no two pictures
    of it are the same. After ``use_clock()`` in its first cell, ``await asyncio.sleep(3600)`` takes no time, and the
    notebook shows the same each time it is run. Time passes while a cell is run, and stands still from one to the next:
    what a cell leaves running goes on in the next one. To interrupt a cell cancels it, as Ctrl-C does with
    `asyncio.run`; one that does not await has to be interrupted twice.

    Args:
        speed: loop seconds that pass in one real second, as that of `clock.run`.
        start: date and time, or seconds since 1970, that the clock shows at the beginning, as that of `clock.run`.

    Raises:
        RuntimeError: it is not called from a cell of IPython or Jupyter.
        TypeError, ValueError: as `clock.run`.
    """
    shell = _shell()
    loop = clock.new_event_loop(speed=speed, start=start)
    runner = asyncio.Runner(loop_factory=lambda: loop)
    atexit.register(runner.close)

    def run(cell: Coroutine[Any, Any, Any]) -> object:
        with _kernel_set_aside():
            return runner.run(cell, context=contextvars.copy_context())

    # The second is asked first, and for cells without an await too: they are to see the same loop as the others.
    shell.loop_runner = shell.trio_runner = run


def _shell() -> _Shell:
    get_ipython: Callable[[], _Shell | None] = getattr(builtins, "get_ipython", lambda: None)
    shell = get_ipython()
    if shell is None:
        raise RuntimeError("use_clock() is called from a cell of a notebook: elsewhere clock.run(main(), ...) does it")
    return shell


@contextmanager
def _kernel_set_aside() -> Generator[None]:
    """A kernel runs cells from its own loop, which stands still meanwhile, and must not be taken for the one that runs.

    These are the functions that asyncio has for those who make loops.
    """
    outer = asyncio._get_running_loop()
    task = None if outer is None else asyncio.current_task()
    if outer is not None and task is not None:
        asyncio.tasks._leave_task(outer, task)
    asyncio._set_running_loop(None)
    try:
        yield
    finally:
        asyncio._set_running_loop(outer)
        if outer is not None and task is not None:
            asyncio.tasks._enter_task(outer, task)
