"""One run of a test under one schedule, from a fresh loop to the last task gone."""

from __future__ import annotations

import asyncio
import gc
import inspect
import unittest
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Final

from async_channel.testing.explorer.errors import LeakedTasks
from async_channel.testing.explorer.loop import ExploredLoop
from async_channel.testing.explorer.narrator import Narrator
from async_channel.testing.explorer.schedule import Schedule
from async_channel.testing.explorer.strategies import Strategy

_LAST_WORDS: Final = 10_000
"""How many handles may run after the end, for tasks to clean up (a count)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a run may do."""

    max_steps: int
    """The most steps it may take (a count)."""
    allow_pending: bool
    """Whether tasks may still wait when the test is over."""
    start: float
    """What the clock shows at the beginning (seconds since 1970)."""


@dataclass(slots=True, kw_only=True)
class Run:
    """What happened in one run."""

    error: BaseException | None
    """What the test raised, or what the explorer found."""
    remark: str
    """What is to be said of the error besides."""
    trace: tuple[int, ...]
    """What was done, step by step, as numbers of tasks."""
    schedule: Schedule
    """Where that was not asyncio's order."""
    tasks: int
    """How many tasks there were, the test with them (a count)."""
    may_cancel: bool
    """Whether any task could have been cancelled."""

    @property
    def size(self) -> tuple[int, int]:
        """How much there is to read: the deviations, and the steps."""
        return len(self.schedule), len(self.trace)


def run_schedule(
    test: Callable[[], Coroutine[Any, Any, object]],
    strategy: Strategy,
    limits: Limits,
    narrator: Narrator | None = None,
) -> Run:
    """Run a test once.

    Args:
        test: makes the coroutine.
        strategy: decides who goes first.
        limits: what it may do.
        narrator: who writes it down, if it is to be told.

    Raises:
        RuntimeError: an event loop is running already.
        TypeError: what the test makes is no coroutine.
    """
    if asyncio._get_running_loop() is not None:
        raise RuntimeError("an explored test can't be called from a running event loop: it runs loops of its own")
    coroutine = test()
    if not inspect.iscoroutine(coroutine):
        raise TypeError(
            f"what is explored is a function that makes a coroutine, such as an async def; got {coroutine!r}"
        )
    loop = ExploredLoop(
        strategy,
        file=coroutine.cr_code.co_filename,
        max_steps=limits.max_steps,
        start=limits.start,
        narrator=narrator,
    )
    collecting = gc.isenabled()
    gc.disable()  # what the collector frees it frees at any time, and finalizers are part of the run
    try:
        _ = loop.create_task(coroutine)
        try:
            error, remark = _outcome(loop, limits)
        finally:
            _clean_up(loop)
        return Run(
            error=error,
            remark=remark,
            trace=tuple(loop.trace),
            schedule=tuple(loop.deviations),
            tasks=len(loop.tasks),
            may_cancel=loop.made_own_tasks,
        )
    finally:
        loop.close()
        if collecting:
            gc.enable()


def _outcome(loop: ExploredLoop, limits: Limits) -> tuple[BaseException | None, str]:
    test = loop.tasks[0]
    try:
        loop.run(loop.explore)
    except AssertionError as found:
        return found, ""
    error = asyncio.CancelledError() if test.cancelled() else test.exception()
    if error is not None:
        if isinstance(error, unittest.SkipTest) or type(error).__name__ in _VERDICTS:
            raise error
        return error, ""
    loop.run(lambda: loop.settle(_LAST_WORDS))
    if not limits.allow_pending and not all(task.done() for task in loop.tasks):
        return LeakedTasks(f"the test is over, and these tasks still wait:\n{loop.who_waits()}"), ""
    return _lost_error(loop)


_VERDICTS: Final = {"Skipped", "XFailed"}
"""What pytest raises for a test that is not to be judged; it need not be installed."""


def _lost_error(loop: ExploredLoop) -> tuple[BaseException | None, str]:
    """An exception that nobody was told of: asyncio would have logged it."""
    for context in loop.uncaught:
        error = context.get("exception")
        message = str(context.get("message", "an error"))
        return (
            error if isinstance(error, BaseException) else AssertionError(message)
        ), f"asyncio only logs it: {message}"
    for task in loop.tasks:
        if task.done() and not task.cancelled() and getattr(task, "_log_traceback", False):
            return task.exception(), f"nobody looked at it: it is what ended {task.get_name()!r}"
    return None, ""


def _clean_up(loop: ExploredLoop) -> None:
    """End what is left, as `asyncio.run` does, and let nothing be said about it."""
    loop.set_exception_handler(lambda *_: None)
    left = [task for task in loop.tasks if not task.done()]
    for task in left:
        task.cancel()
    if left:
        loop.run(lambda: loop.settle(_LAST_WORDS, skipping_time=True))
    if loop._asyncgens:
        _ = loop.create_task(loop.shutdown_asyncgens())
        loop.run(lambda: loop.settle(_LAST_WORDS, skipping_time=True))
    for task in loop.tasks:
        task._log_destroy_pending = False  # type: ignore[attr-defined]  # those that would not be cancelled
        task._log_traceback = False  # the first error is told, the others follow from it
