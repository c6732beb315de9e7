"""Marbles: streams drawn as text, a column a second.

::

    numbers                 --1--2--3-----|
    filter(lambda n: n>1)   -----2--3-----|
    take_last(2)            --------------2,3|

- ``-`` nothing happens in this second; ``|`` the stream completes; ``#`` it fails.
- Anything else is an event, at the time of its first column, and takes its width: a Python literal (``12``, ``True``,
  ``(1,'a')``), or a word, which is a string. Commas outside of brackets join events of one moment: ``2,3``.
- An end right behind an event is of the same moment: ``2|``.

In a block the lanes begin in one column. A name is a source, anything else is an expression over them; its lane may
stand on a line of its own below it.
"""

from __future__ import annotations

import ast
import re
import textwrap
from dataclasses import dataclass
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal["event", "end", "error"]

ENDS: dict[str, Kind] = {"|": "end", "#": "error"}
BLOCK = re.compile(r"^::\n\n((?: +.*\n|\n)+)", re.MULTILINE)
BRACKETS = {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}


class MarbleError(ValueError):
    """A drawing that says nothing, or something that can't be drawn."""


@dataclass(frozen=True)
class Mark:
    """What happens at one time (seconds)."""

    time: float
    kind: Kind
    value: str = ""
    """An event's repr: 1, 1.0 and True are equal, and are not the same."""


@dataclass(frozen=True)
class Lane:
    """What happens in one stream, and how long it is drawn (seconds)."""

    marks: tuple[Mark, ...]
    width: float

    @property
    def ended(self) -> bool:
        """Whether its end is drawn."""
        return bool(self.marks) and self.marks[-1].kind != "event"


@dataclass(frozen=True)
class Block:
    """Sources by their name, and expressions over them with what they give."""

    sources: dict[str, Lane]
    results: list[tuple[str, Lane]]


def blocks_of(docstring: str) -> list[Block]:
    """The marbles of a docstring, as `inspect.getdoc` gives it."""
    return [read_block(found[1]) for found in BLOCK.finditer(docstring + "\n")]


def read_block(text: str) -> Block:
    """What a block of lanes says."""
    block = Block({}, [])
    pending, column = "", -1
    for line in textwrap.dedent(text).strip("\n").splitlines():
        label, lane = _split(line)
        if bool(label) is bool(pending):
            raise MarbleError(f"{line.strip()!r} is not what belongs behind {pending or 'nothing'!r}")
        if not lane:
            pending = label
            continue
        if column not in (-1, line.rindex(lane)):
            raise MarbleError(f"the lane of {line.strip()!r} begins in another column than the one above")
        label, pending, column = label or pending, "", line.rindex(lane)
        if not label.isidentifier():
            block.results.append((label, read_lane(lane)))
        elif block.results or label in block.sources:
            raise MarbleError(f"the source {label!r} comes behind an expression, or twice")
        else:
            block.sources[label] = read_lane(lane)
    if pending or not block.results:
        raise MarbleError(f"there is no lane of {pending or 'an expression'!r}")
    return block


def _split(line: str) -> tuple[str, str]:
    """The label of a line and its lane, which are two spaces apart or more. Either may be missing."""
    label, gap, lane = line.rstrip().rpartition("  ")
    return (label.strip(), lane.strip()) if gap else (lane, "")


def read_lane(text: str) -> Lane:
    """What a lane says."""
    marks: list[Mark] = []
    at = 0
    while at < len(text):
        moment = at
        if text[at] == "-":
            at += 1
            continue
        if text[at] not in ENDS:
            tokens, at = _tokens(text, at)
            marks += [Mark(moment, "event", repr(_value_of(token))) for token in tokens]
        if at < len(text) and text[at] in ENDS:
            marks.append(Mark(moment, ENDS[text[at]]))
            at += 1
            if at < len(text):
                raise MarbleError(f"something is drawn behind the end of {text!r}")
    return Lane(tuple(marks), len(text))


def _tokens(text: str, start: int) -> tuple[list[str], int]:
    """The events of one moment, as they are written, and where the text goes on."""
    tokens, depth, quote = [""], 0, ""
    for at in range(start, len(text)):
        letter = text[at]
        if not depth and not quote:
            if letter == "-" or letter in ENDS:
                return tokens, at
            if letter == ",":
                tokens.append("")
                continue
        if quote or letter in "'\"":
            quote = "" if letter == quote else quote or letter
        else:
            depth += BRACKETS.get(letter, 0)
        tokens[-1] += letter
    return tokens, len(text)


def _value_of(token: str) -> object:
    if _is_word(token):
        return token
    try:
        return ast.literal_eval(token)
    except (ValueError, SyntaxError):
        raise MarbleError(f"{token!r} is neither a literal nor a word") from None


def _is_word(text: str) -> bool:
    return text.isidentifier() and text not in ("True", "False", "None")


def draw_lane(lane: Lane) -> str:
    """The text that says this.

    Raises:
        MarbleError: something happens between two columns, or where an event is still being written.
    """
    text, moment = "", -1.0
    for mark in lane.marks:
        if mark.time != moment:
            if mark.time != int(mark.time) or mark.time < len(text):
                raise MarbleError(f"there is no place for {mark} behind {text!r}")
            text, joint = text.ljust(int(mark.time), "-"), ""
        else:
            joint = ","
        moment = mark.time
        if mark.kind == "event":
            word = mark.value[1:-1]
            text += joint + (word if _is_word(word) and mark.value == repr(word) else mark.value)
        else:
            text += "|" if mark.kind == "end" else "#"
    return text if lane.ended else text.ljust(int(lane.width), "-")
