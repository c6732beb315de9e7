"""`explore` and its companions: what a test uses."""

from __future__ import annotations

import asyncio
import functools
import inspect
from collections.abc import Callable, Coroutine
from datetime import datetime
from typing import Any, Final, ParamSpec, TypeVar, overload

from async_channel.testing.explorer.errors import NothingToCancel
from async_channel.testing.explorer.loop import ExploredLoop
from async_channel.testing.explorer.options import MAX_STEPS, Options
from async_channel.testing.explorer.raising import raise_at
from async_channel.testing.explorer.search import Exploration, Search

P = ParamSpec("P")
T = TypeVar("T")

_EXPLORED: Final = "__async_channel_explored__"
__tracebackhide__ = True  # what pytest shows is the test


class Explored:
    """The decorator that `explore` makes: out of an async def a test function with the same arguments."""

    def __init__(self, options: Options) -> None:
        self._options = options

    def __call__(self, test: Callable[P, Coroutine[Any, Any, object]], /) -> Callable[P, None]:
        """The test, to be run under many schedules whenever it is called."""
        if not inspect.iscoroutinefunction(test):
            raise TypeError(f"explore() takes an async def, got {test!r}")
        options = self._options

        @functools.wraps(test)
        def run_all(*args: P.args, **kwargs: P.kwargs) -> None:
            try:
                failure = Search(lambda: test(*args, **kwargs), options).explore().failure
            except NothingToCancel as refused:
                error: BaseException = refused
            else:
                if failure is None:
                    return
                error = failure.error
                error.add_note(failure.note)
            raise_at(test, error)

        vars(run_all)[_EXPLORED] = True
        return run_all


@overload
def explore(test: Callable[P, Coroutine[Any, Any, object]], /) -> Callable[P, None]: ...


@overload
def explore(
    *,
    schedules: int = 500,
    seed: int | str = 0,
    cancellations: bool | int = False,
    max_steps: int = MAX_STEPS,
    allow_pending: bool = False,
    start: datetime | float | None = None,
) -> Explored: ...


def explore(
    test: Callable[P, Coroutine[Any, Any, object]] | None = None,
    /,
    *,
    schedules: int = 500,
    seed: int | str = 0,
    cancellations: bool | int = False,
    max_steps: int = MAX_STEPS,
    allow_pending: bool = False,
    start: datetime | float | None = None,
) -> Callable[P, None] | Explored:
    """Run an asynchronous test under many schedules: in other orders of its tasks, with cancellations if you wish.

    >>> @explore(schedules=100)
    ... async def test_two_withdrawals() -> None:
    ...     balance = 100
    ...
    ...     async def withdraw(amount: int) -> None:
    ...         nonlocal balance
    ...         if balance >= amount:
    ...             await asyncio.sleep(0)  # others have their turn between the check and the act
    ...             balance -= amount
    ...
    ...     await asyncio.gather(withdraw(70), withdraw(70))
    ...     assert balance >= 0
    >>> test_two_withdrawals()
    Traceback (most recent call last):
        ...
    AssertionError
    explore: failed in schedule 1 of 100 (seed 0), asyncio's own order; ...

    The first schedule is asyncio's own order; then come all those that deviate from it once, and then a mix of random
    walks, random priorities with few changes, few deviations, and one task that always comes last. Time is virtual. An
    order that asyncio's documentation excludes is never tried: callbacks keep theirs. When a schedule fails it is
    shrunk, and the test's own exception is raised, with a note that tells the shortest schedule step by step and the
    seed that replays it.

    Besides what the test asserts, a run fails when everybody waits for somebody, when it takes too many steps, when
    tasks still wait after the test (those that it cancelled may end first), and when there is an exception that asyncio
    only logs: of a callback, or of a task that nobody looked at.

    What belongs to an event loop is made inside the test: arguments and fixtures are the same in all runs.

    Args:
        test: the test itself, where the decorator is used without arguments.
        schedules: how many schedules to run (a count); fewer if there is only one.
        seed: a number that random choices begin from, or the text that a failure printed, to run that schedule alone.
        cancellations: how many tasks to cancel at most in each run, each at any of its awaits; True is 1. Only tasks
            are cancelled that the test itself makes, which means: in the file where it is, by ``create_task``, of a
            ``TaskGroup`` as well, ``ensure_future`` or ``gather``; and those that are given to `may_cancel`. Never the
            test, nor a task that is given to `spare`.
        max_steps: how many steps of tasks and callbacks a run may take (a count).
        allow_pending: whether tasks may still wait when the test is over; they are cancelled then.
        start: date and time, or seconds since 1970, that the clock shows when a run begins; 0 by default.

    Raises:
        TypeError, ValueError: an argument is of another type or range.
        ValueError: when the test is run, there is nothing to cancel.
        RuntimeError: it is run where an event loop is running already.

    The ideas are those of CHESS, of PCT (probabilistic concurrency testing), Lincheck, and of loom and shuttle.
    """
    options = Options(
        schedules=schedules,
        seed=seed,
        cancellations=cancellations,
        max_steps=max_steps,
        allow_pending=allow_pending,
        start=start,
    )
    decorator = Explored(options)
    return decorator if test is None else decorator(test)


def is_explored(function: object) -> bool:
    """Whether a function is what `explore` makes of a test, perhaps inside of other decorators."""
    return hasattr(function, _EXPLORED)


def explore_schedules(
    test: Callable[[], Coroutine[Any, Any, object]],
    /,
    *,
    schedules: int = 500,
    seed: int | str = 0,
    cancellations: bool | int = False,
    max_steps: int = MAX_STEPS,
    allow_pending: bool = False,
    start: datetime | float | None = None,
) -> Exploration:
    """As `explore`, but a function that says what came of it, and raises nothing that the test raises.

    >>> async def main() -> None:
    ...     await asyncio.gather(asyncio.sleep(1), asyncio.sleep(1))
    >>> found = explore_schedules(main, schedules=50)
    >>> found.failure, found.schedules
    (None, 50)

    Args:
        test: function of no arguments that makes the coroutine to run, as an ``async def`` does.
        schedules: how many schedules to run (a count), and all else as that of `explore`.
        seed: where random choices begin, or one schedule.
        cancellations: how many tasks to cancel at most in each run.
        max_steps: how many steps a run may take (a count).
        allow_pending: whether tasks may still wait when the test is over.
        start: what the clock shows when a run begins.

    Raises:
        TypeError, ValueError, RuntimeError: as `explore`, and at once.
    """
    options = Options(
        schedules=schedules,
        seed=seed,
        cancellations=cancellations,
        max_steps=max_steps,
        allow_pending=allow_pending,
        start=start,
    )
    return Search(test, options).explore()


def spare(task: asyncio.Task[T], /) -> asyncio.Task[T]:
    """Have the explorer never cancel a task; give it back.

    Without an explorer it does nothing. To be called where the task is made: ``spare(asyncio.create_task(read()))``.
    """
    loop = task.get_loop()
    if isinstance(loop, ExploredLoop):
        loop.spare(task)
    return task


def may_cancel(task: asyncio.Task[T], /) -> asyncio.Task[T]:
    """Let the explorer cancel a task that is not made in the file of the test, but by a helper of it; give it back.

    To be called where the test gets it: ``job = may_cancel(pool.start(work))``.
    Without an explorer, or where it is to cancel nothing, it does nothing. The test itself is never cancelled.
    """
    loop = task.get_loop()
    if isinstance(loop, ExploredLoop):
        loop.expose(task)
    return task


def cancelled_by_explorer() -> tuple[asyncio.Task[Any], ...]:
    """The tasks that the explorer has cancelled in this run so far, in that order; without an explorer none.

    >>> @explore(schedules=50, cancellations=True)
    ... async def test_a_nap_ends_early_only_if_it_is_cancelled() -> None:
    ...     nap = asyncio.create_task(asyncio.sleep(1))
    ...     await asyncio.wait([nap])
    ...     assert nap.cancelled() == (nap in cancelled_by_explorer())
    >>> test_a_nap_ends_early_only_if_it_is_cancelled()

    Raises:
        RuntimeError: no event loop is running.
    """
    loop = asyncio.get_running_loop()
    return tuple(loop.cancelled) if isinstance(loop, ExploredLoop) else ()
