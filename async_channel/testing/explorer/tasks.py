"""Tasks as the explorer knows them: by number, and by whose step a handle is."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from types import BuiltinMethodType, FrameType, FunctionType, MethodType
from typing import Any, Final

from typing_extensions import override

_C_STEP: Final = "TaskStepMethWrapper"  # the type of the step of the C task; its wake-up is a method
_STEPS: Final = {"task_wakeup", "__step", "__wakeup"}  # the last two are those of the task written in Python
_TASKS: Final = (asyncio.Task, asyncio.tasks._PyTask)  # type: ignore[attr-defined]  # the same where there is no C

_MAKERS: Final = {"create_task", "ensure_future", "_ensure_future", "gather"}


class ExploredTask(asyncio.Task[Any]):
    """A task that knows its number, and by which sets of tasks have the same order in each run."""

    __slots__ = ("number",)

    def __init__(self, coro: Coroutine[Any, Any, Any], *, number: int, **options: Any) -> None:
        self.number = number  # before it is a task: asyncio keeps all tasks in a set
        super().__init__(coro, **options)

    @override
    def __hash__(self) -> int:
        return self.number


class Ready(asyncio.Handle):
    """What is ready to be called, with the number of the task whose step it is; 0 if it is a callback."""

    __slots__ = ("number",)

    number: int


def task_stepped_by(callback: object) -> asyncio.Task[Any] | None:
    """The task of which a callback is the first step, the next step or the wake-up; None for any other callback."""
    kind = type(callback)
    if kind is FunctionType:
        return None
    if kind is BuiltinMethodType or kind is MethodType:
        if getattr(callback, "__name__", "") not in _STEPS:
            return None
    elif kind.__name__ != _C_STEP:
        return None
    owner = getattr(callback, "__self__", None)
    if type(owner) is ExploredTask or isinstance(owner, _TASKS):
        return owner
    return None


def file_that_makes_task(frame: FrameType | None) -> str:
    """The file of the code that has a task made, by one of asyncio's functions that are there to make tasks.

    Args:
        frame: who calls the loop's `create_task`.

    Returns:
        The file; empty if the task is made for the purposes of another function, such as `wait_for` or `shield`.
    """
    while frame is not None and frame.f_globals.get("__name__", "").startswith("asyncio."):
        if frame.f_code.co_name not in _MAKERS:
            return ""
        frame = frame.f_back
    return "" if frame is None else frame.f_code.co_filename
