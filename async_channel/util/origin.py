"""Where something was made, for those who leave it open."""

from __future__ import annotations

import sys
import typing
import warnings
from typing import Final, TypeAlias

Origin: TypeAlias = tuple[str, int]
"""A file and a line."""

_PACKAGE: Final = __file__.removesuffix("origin.py").removesuffix("util/").removesuffix("util\\")
_TYPING: Final = typing.__file__  # it makes what is written Channel[int]()


def made_at() -> Origin:
    """The line that made what is just being made: the innermost one outside of this package."""
    frame = sys._getframe(2)
    name = frame.f_code.co_filename
    while (name.startswith(_PACKAGE) or name == _TYPING) and frame.f_back is not None:
        frame = frame.f_back
        name = frame.f_code.co_filename
    return name, frame.f_lineno


def warn_left_open(what: str, made: Origin, advice: str, source: object) -> None:
    """Warn that something was left open, at the line that made it.

    Args:
        what: which it is.
        made: where.
        advice: what to do instead.
        source: the thing itself, for whoever traces allocations.
    """
    file, line = made
    message = f"{what} was left open, made at {file}:{line}: {advice}, or use 'async with'"
    warnings.warn_explicit(message, ResourceWarning, file, line, source=source)
