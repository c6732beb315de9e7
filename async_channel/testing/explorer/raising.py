"""Raising what was found of a test, so that its traceback leads there."""

from __future__ import annotations

import ast
import inspect
import linecache
import traceback
from collections.abc import Callable
from types import CodeType
from typing import Final

from async_channel.testing.explorer.errors import Deadlock, LeakedTasks, Livelock, NotDeterministic, NothingToCancel

__tracebackhide__ = True  # what pytest shows is the test

_FOUND: Final = (Deadlock, LeakedTasks, Livelock, NotDeterministic, NothingToCancel)
"""What no line of the test raises."""


def raise_at(test: Callable[..., object], error: BaseException) -> None:
    """Raise an error so that its traceback leads to a test: to the line that raised it there, or else to its first one.

    Args:
        test: an ``async def``.
        error: what it raised, or what was found of it.
    """
    code: object = getattr(inspect.unwrap(test), "__code__", None)
    if isinstance(error, _FOUND):
        error.__traceback__ = None  # it leads into the explorer, and nowhere else
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    if not isinstance(code, CodeType) or any(frame.f_code.co_filename == code.co_filename for frame in frames):
        raise error
    line = linecache.getline(code.co_filename, code.co_firstlineno).rstrip()
    program = ast.parse("raise error")
    program.body[0].col_offset = len(line) - len(line.lstrip())
    program.body[0].end_col_offset = len(line.encode())  # all of the line, so that nothing in it is underlined
    raising = compile(program, code.co_filename, "exec")
    raising = raising.replace(co_name=code.co_name, co_qualname=code.co_qualname, co_firstlineno=code.co_firstlineno)
    exec(raising, {"error": error})  # noqa: S102  it is a line of ours
