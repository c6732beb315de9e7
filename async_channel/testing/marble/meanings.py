"""What the characters of a diagram stand for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from async_channel.pictures.diagrams import Diagram, MarbleError

__tracebackhide__ = True  # what pytest shows is the test

ErrorLike: TypeAlias = Exception | type[Exception]
"""An exception; or a class of exceptions: as an expectation any of it, as a source one made without arguments."""


def read(
    where: str, diagram: str, values: Mapping[str, object] | None, unit: float, error: ErrorLike | None
) -> tuple[Diagram, Mapping[str, object], ErrorLike]:
    """A diagram and what its characters stand for."""
    if values is not None:
        if not isinstance(values, Mapping):
            raise TypeError(f"{where}(values=...) takes a mapping of characters to events, got {values!r}")
        for symbol in values:
            if not isinstance(symbol, str):
                raise TypeError(f"{where}(values=...) has a key that is no string: {symbol!r}")
            if len(symbol) != 1 or not symbol.isalnum():
                raise ValueError(f"{where}(values=...) has the key {symbol!r}, which is not one letter or digit")
    if error is None:
        error = MarbleError
    elif not isinstance(error, Exception) and not (isinstance(error, type) and issubclass(error, Exception)):
        raise TypeError(f"{where}(error=...) takes an exception or a class of exceptions, got {error!r}")
    parsed = Diagram.parse(diagram, unit=unit, symbols=values)
    if not parsed.width:
        raise ValueError(f"{where}() takes a diagram such as 'a-b-|', and {diagram!r} has no frame")
    return parsed, {} if values is None else values, error
