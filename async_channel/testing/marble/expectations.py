"""Expectations that are drawn."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping

from reactivex import Observable

from async_channel import Consumer, clock
from async_channel.pictures.diagrams import Diagram
from async_channel.testing._core import VirtualLoop
from async_channel.testing.marble.differences import difference
from async_channel.testing.marble.meanings import ErrorLike, read
from async_channel.testing.marble.watching import Watch

__tracebackhide__ = True  # what pytest shows is the test


def assert_marbles(
    actual: Observable[object] | Consumer[object],
    diagram: str,
    values: Mapping[str, object] | None = None,
    *,
    unit: float = 1.0,
    error: ErrorLike | None = None,
) -> None:
    """Fail unless exactly that happens which is drawn, in a run of its own on virtual time.

    >>> from async_channel.testing import assert_marbles, marbles
    >>> assert_marbles(marbles("ab--c---|").debounce(2.0), "---b--c-|")
    >>> assert_marbles(marbles("ab--c---|").debounce(1.0), "---b--c-|")
    Traceback (most recent call last):
    AssertionError: 'b' was expected at 3 s, and came at 2 s, 1 s early
    <BLANKLINE>
    expected  ---b--c-|
    actual    --b--c--|
                ^

    Args:
        actual: a Stream, a Channel or any other reactivex Observable, which gets a consumer of its own; or a Consumer,
            which is read as it is.
        diagram: such as ``"a-b-(cd)-|"``. The stream is watched until its end; when no end is drawn, for as long as the
            diagram is wide. At ``!`` the subscription is disposed of (a Consumer is closed).
        values: what each letter or digit stands for; None if each stands for itself. Events are compared by ``==``.
        unit: seconds a frame, above 0.
        error: what ``#`` stands for: an exception, to be equal in class and arguments; or a class, of which it is to be
            an instance. By default `MarbleError`, as with `marbles`.

    Raises:
        AssertionError: something else happens; it shows both diagrams, and says where they first differ.
        TypeError, ValueError: an argument is of another type, or the diagram says nothing that can happen.
        RuntimeError: an event loop is running: await `expect_marbles` there.

    The idea is that of RxJS's ``expectObservable(...).toBe``.
    """
    _check_actual("assert_marbles", actual)
    expected, values, error = read("assert_marbles", diagram, values, unit, error)
    if _is_running():
        raise RuntimeError(
            "assert_marbles() can't be called from a running event loop: it starts its own; "
            "use `await expect_marbles(...)` there"
        )
    failure = clock.run(_failure(actual, expected, values, error), speed=math.inf)
    if failure is not None:
        raise failure  # here, and not in the loop, which would have much to show


async def expect_marbles(
    actual: Observable[object] | Consumer[object],
    diagram: str,
    values: Mapping[str, object] | None = None,
    *,
    unit: float = 1.0,
    error: ErrorLike | None = None,
) -> None:
    """Fail unless exactly that happens which is drawn, from now on: `assert_marbles` for a test that is a coroutine.

    >>> import math
    >>> from async_channel import clock
    >>> from async_channel.testing import expect_marbles, marbles
    >>> async def test() -> None:
    ...     await expect_marbles(marbles("a-b-c|").skip(1).take(1), "--b|")
    >>> clock.run(test(), speed=math.inf)
    Traceback (most recent call last):
    AssertionError: the completion was expected at 3 s, and came at 2 s, 1 s early
    <BLANKLINE>
    expected  --b|
    actual    --(b|)
                  ^

    Args:
        actual: as that of `assert_marbles`, and so are the others.
        diagram: what is to happen.
        values: what each letter or digit stands for.
        unit: seconds a frame, above 0.
        error: what ``#`` stands for.

    Raises:
        AssertionError, TypeError, ValueError: as `assert_marbles`.
        RuntimeError: the running loop's time is not virtual: use `clock.run` with ``speed=math.inf``.
    """
    _check_actual("expect_marbles", actual)
    expected, values, error = read("expect_marbles", diagram, values, unit, error)
    if not isinstance(asyncio.get_running_loop(), VirtualLoop):
        raise RuntimeError(  # noqa: TRY004  # nothing that was given is of a wrong type
            "expect_marbles() needs virtual time, or no time is exact: "
            "run the test by async_channel.clock.run(main(), speed=math.inf)"
        )
    failure = await _failure(actual, expected, values, error)
    if failure is not None:
        raise failure


async def _failure(
    actual: Observable[object] | Consumer[object], expected: Diagram, values: Mapping[str, object], error: ErrorLike
) -> AssertionError | None:
    """Watch what happens from now on, and say where it is not what is drawn; None if it is."""
    watch = Watch(expected)
    marks = await watch.record(actual)
    told = difference(expected, values, error, marks, watched=watch.seconds, is_cut=watch.is_cut)
    if told is None:
        return None
    failure = AssertionError(told)
    cause = marks[-1].value if marks and marks[-1].kind == "error" else None
    failure.__cause__ = cause if isinstance(cause, Exception) else None
    return failure


def _is_running() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _check_actual(where: str, actual: object) -> None:
    if not isinstance(actual, Observable | Consumer):
        raise TypeError(f"{where}() takes a Stream, a Channel, another Observable or a Consumer, got {actual!r}")
