"""Marble diagrams: what happens in a stream, and when, drawn as a line of text.

::

    a-b-(cd)-|     a at 0, b at 2, c and d together at 4, the end at 9
    --a--#         an error at 5
    a 10s b-!      10 seconds between them, and the observer cancels

One character is one frame, ``unit`` seconds long:

- ``-`` nothing happens; a letter or a digit is an event; ``|`` completion; ``#`` an error; ``!`` cancellation: the
  observer disposes of its subscription, before anything else that is due then.
- ``(cd)`` all in it happens in the frame of its bracket; it takes as many frames as it has characters. ``(c!)``
  cancels after ``c``.
- Spaces are for alignment and take no time. A time that stands alone between spaces, or at either end, is so much time
  in which nothing happens: ``500ms``, ``10s``, ``1.5m``, ``1h``.

The notation is that of RxJS's TestScheduler.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final, Literal, NoReturn, TypeAlias

from typing_extensions import override

from async_channel.pictures.lines import TOLERANCE, draw
from async_channel.util.check import positive_seconds

__tracebackhide__ = True  # what pytest shows is the test

Kind: TypeAlias = Literal["event", "completion", "error", "cancellation"]

ENDS: Final[dict[str, Kind]] = {"|": "completion", "#": "error", "!": "cancellation"}

_SPAN = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h)(?=\s|$)")
_SECONDS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


class MarbleError(Exception):
    """The error that ``#`` stands for where no other is given."""


@dataclass(frozen=True)
class Mark:
    """What happens at one time."""

    time: float
    """Seconds since the stream was subscribed."""
    kind: Kind
    value: object = None
    """The event, or in a diagram the character that stands for it; the error."""


@dataclass(frozen=True)
class Diagram:
    """What happens in a stream, in order, and for how long it is drawn.

    >>> diagram = Diagram.parse("a-(bc) -- |", unit=0.5)
    >>> diagram.marks[1]
    Mark(time=1.0, kind='event', value='b')
    >>> diagram.width
    4.5
    >>> print(diagram)
    a-(bc)--|
    """

    marks: tuple[Mark, ...]
    width: float
    """Seconds."""
    unit: float = 1.0
    """Seconds a frame."""

    @classmethod
    def parse(cls, text: str, *, unit: float = 1.0, symbols: Collection[str] | None = None) -> Diagram:
        """Read a diagram.

        Args:
            text: the diagram.
            unit: seconds a frame, above 0.
            symbols: the characters that are known as events; None if any letter or digit is one.

        Raises:
            TypeError: the text is no string, unit no number.
            ValueError: it says nothing that can happen; a caret shows where.
        """
        if not isinstance(text, str):
            raise TypeError(f"a marble diagram is a string such as 'a-b-|', got {text!r}")
        positive_seconds("marbles", "unit", unit)
        return _Parser(text, unit, symbols).diagram()

    @property
    def end(self) -> Mark | None:
        """The completion, the error or the cancellation, if one is drawn."""
        return self.marks[-1] if self.marks and self.marks[-1].kind != "event" else None

    @override
    def __str__(self) -> str:
        return draw([self])[0][0]


class _Parser:
    """Reads one diagram from left to right."""

    def __init__(self, text: str, unit: float, symbols: Collection[str] | None) -> None:
        self._text = text
        self._unit = unit
        self._symbols = symbols
        self._at = 0
        self._frame = 0
        self._marks: list[Mark] = []
        self._ended = ""

    def diagram(self) -> Diagram:
        while self._at < len(self._text):
            letter = self._text[self._at]
            if letter.isspace() or self._span():
                pass
            elif letter == "(":
                self._group()
            else:
                if letter == "-":
                    self._refuse_behind_end()
                else:
                    self._mark(self._frame)
                self._frame += 1
            self._at += 1
        return Diagram(tuple(self._marks), self._frame * self._unit, self._unit)

    def _span(self) -> bool:
        """Whether a time stands here, alone."""
        if self._at and not self._text[self._at - 1].isspace():
            return False
        found = _SPAN.match(self._text, self._at)
        if not found:
            return False
        self._refuse_behind_end()
        frames = float(found[1]) * _SECONDS[found[2]] / self._unit
        if not math.isclose(frames, round(frames), rel_tol=0, abs_tol=TOLERANCE):
            self._refuse(f"{found[0]} is not a whole number of frames of {self._unit:g} s")
        self._frame += round(frames)
        self._at = found.end() - 1
        return True

    def _group(self) -> None:
        """What happens together; it ends at the closing bracket."""
        opened, before, width = self._at, len(self._marks), 1
        while True:
            self._at += 1
            width += 1
            letter = self._text[self._at : self._at + 1]
            if letter == ")":
                break
            if letter.isspace():
                width -= 1
            elif not letter:
                self._refuse("this group is not closed", opened)
            elif letter in "(-":
                self._refuse("a group holds what happens together, and no time or other group")
            else:
                self._mark(self._frame)
        if len(self._marks) == before:
            self._refuse("this group is empty", opened)
        self._frame += width

    def _mark(self, frame: int) -> None:
        letter = self._text[self._at]
        self._refuse_behind_end()
        if letter in ENDS:
            self._ended = letter
            self._marks.append(Mark(frame * self._unit, ENDS[letter]))
            return
        if letter == ")":
            self._refuse("no group is open here")
        if not letter.isalnum():
            self._refuse(
                f"{letter!r} means nothing here: letters and digits are events, '-' is a frame in which nothing "
                "happens, '(ab)' a group, '|' completion, '#' an error, '!' cancellation"
            )
        if self._symbols is not None and letter not in self._symbols:
            known = ", ".join(repr(symbol) for symbol in self._symbols) or "nothing"
            self._refuse(f"{letter!r} is not in values, which has {known}")
        self._marks.append(Mark(frame * self._unit, "event", letter))

    def _refuse_behind_end(self) -> None:
        if self._ended:
            self._refuse(f"nothing can happen behind {self._ended!r}")

    def _refuse(self, why: str, at: int | None = None) -> NoReturn:
        raise ValueError(pointing(why, self._text, self._at if at is None else at))


def pointing(why: str, text: str, at: int) -> str:
    """A message that shows where in a diagram something is wrong."""
    line = "".join(" " if letter.isspace() else letter for letter in text)
    return f"{why}\n    {line}\n    {' ' * at}^"
