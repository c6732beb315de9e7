"""The border between a loop and other threads: what a thread may ask of a loop, and what becomes of it at its end."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncGenerator, Callable, Coroutine
from typing import Any, Final
from weakref import WeakKeyDictionary, WeakSet

LOOK: Final = 0.5
"""How often a thread that waits for a loop looks whether that is still there (seconds)."""

_Watch = AsyncGenerator[None, None]

_at_work: WeakKeyDictionary[asyncio.AbstractEventLoop, tuple[WeakSet[asyncio.Task[None]], _Watch]] = WeakKeyDictionary()
"""The tasks that work for threads, by loop."""


def is_ending(loop: asyncio.AbstractEventLoop) -> bool:
    """Whether a loop has ended, or is ending: `asyncio.run` cancels all tasks, and then waits for threads to end."""
    return loop.is_closed() or bool(getattr(loop, "_asyncgens_shutdown_called", False))


def post(loop: asyncio.AbstractEventLoop, action: Callable[[], object]) -> None:
    """Have a loop do something soon, unless it is closed: then there is nobody left whom it would concern."""
    try:
        loop.call_soon_threadsafe(action)
    except RuntimeError:
        if not loop.is_closed():
            raise


def spawn(loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
    """Work for a thread in a task of the loop, which is the running one, and is not ending.

    A thread may ask for it when `asyncio.run` has cancelled the tasks there were, and nothing would end this one any
    more. But it closes asynchronous generators after that; so one of them watches, and cancels what came late.
    """
    task = loop.create_task(work, name=f"async_channel {name}")
    if loop not in _at_work:
        tasks = WeakSet[asyncio.Task[None]]()
        watch = _cancel_at_the_end(tasks)
        hooks = sys.get_asyncgen_hooks()
        sys.set_asyncgen_hooks(finalizer=None)  # it would hold the loop, and there is nothing to await at its end
        try:
            watch.__anext__().send(None)
        except StopIteration:
            _at_work[loop] = tasks, watch
        finally:
            sys.set_asyncgen_hooks(*hooks)
    _at_work[loop][0].add(task)
    return task


async def _cancel_at_the_end(tasks: WeakSet[asyncio.Task[None]]) -> _Watch:
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
