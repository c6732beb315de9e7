"""Places: where a task is, in words."""

from __future__ import annotations

import asyncio
import linecache
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import CodeType, FrameType
from typing import Any, Final

_INNER = ("cr_await", "gi_yieldfrom", "ag_await")
_FRAMES = ("cr_frame", "gi_frame", "ag_frame")

_KNOWN: Final = {
    ("asyncio.futures", "_set_result_unless_cancelled"): "the timer of a sleep",
    ("asyncio.tasks", "_release_waiter"): "the timer of a wait()",
    ("asyncio.tasks", "_wait.<locals>._on_completion"): "wait() is told that a task is over",
    ("asyncio.tasks", "gather.<locals>._done_callback"): "gather() is told that a task is over",
    ("asyncio.taskgroups", "TaskGroup._on_task_done"): "a TaskGroup is told that a task is over",
    ("asyncio.timeouts", "Timeout._on_timeout"): "the timer of a timeout",
}
"""What asyncio's own callbacks are about, by module and name."""


def describe_place(task: asyncio.Task[Any], file: str) -> str:
    """Where a task is suspended: in the given file if it is there at all, otherwise in the coroutine it was made of."""
    frames = list(_frames(task))
    if not frames:
        return "over" if task.done() else "somewhere"
    inside = [frame for frame in frames if frame.f_code.co_filename == file]
    return _line(inside[-1] if inside else frames[0])


def describe_waiting(task: asyncio.Task[Any]) -> str:
    """Where a task waits, from the coroutine it was made of to the innermost that is known."""
    return " > ".join(_line(frame) for frame in _frames(task)) or "somewhere"


def describe_callback(callback: object, arguments: Sequence[object] | None) -> str:
    """A callback in words: what it is about, if it is one of asyncio's, else its name and the line it is defined in."""
    inner = getattr(callback, "func", callback)  # of a partial
    name = getattr(inner, "__qualname__", None) or repr(inner)
    known = _KNOWN.get((getattr(inner, "__module__", ""), name))
    if known is not None:
        return known
    code = getattr(inner, "__code__", None)
    told = f"callback {_local(name)}({', '.join(type(argument).__name__ for argument in arguments or ())})"
    return f"{told} of {_file(code)}:{code.co_firstlineno}" if isinstance(code, CodeType) else told


def _local(qualified_name: str) -> str:
    """The name of a function without those of the functions it is defined in."""
    return qualified_name.rpartition("<locals>.")[2]


def _frames(task: asyncio.Task[Any]) -> Iterator[FrameType]:
    coroutine: object = task.get_coro()
    while coroutine is not None:
        frame = next((frame for name in _FRAMES if (frame := getattr(coroutine, name, None)) is not None), None)
        if frame is None:
            return
        yield frame
        coroutine = next((inner for name in _INNER if (inner := getattr(coroutine, name, None)) is not None), None)


def _line(frame: FrameType) -> str:
    code = frame.f_code
    if frame.f_lasti <= 0 or frame.f_lineno == code.co_firstlineno:
        return f"start of {_local(code.co_qualname)}, {_file(code)}:{code.co_firstlineno}"
    source = linecache.getline(code.co_filename, frame.f_lineno).strip()
    return f"{_local(code.co_qualname)}, {_file(code)}:{frame.f_lineno}: {source}"


def _file(code: CodeType) -> str:
    return Path(code.co_filename).name
