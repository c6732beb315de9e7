"""The marbles of the docstrings: the kit's diagrams in another notation, where events are Python literals.

::

    numbers                 --1--2--3-----|
    filter(lambda n: n>1)   -----2--3-----|
    take_last(2)            --------------2,3|

- A column is a second. ``-`` nothing happens in it; ``|`` the stream completes; ``#`` it fails.
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

from async_channel.pictures.diagrams import Kind
from async_channel.testing import Diagram, Mark

ENDS: dict[str, Kind] = {"|": "completion", "#": "error"}
BLOCK = re.compile(r"^::\n\n((?: +.*\n|\n)+)", re.MULTILINE)
BRACKETS = {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}


class DrawingError(ValueError):
    """A drawing that says nothing, or something that can't be drawn."""


@dataclass(frozen=True)
class Block:
    """Sources by their name, and expressions over them with what they give.

    An event's value is its repr: 1, 1.0 and True are equal, and are not the same.
    """

    sources: dict[str, Diagram]
    results: list[tuple[str, Diagram]]


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
            raise DrawingError(f"{line.strip()!r} is not what belongs behind {pending or 'nothing'!r}")
        if not lane:
            pending = label
            continue
        if column not in (-1, line.rindex(lane)):
            raise DrawingError(f"the lane of {line.strip()!r} begins in another column than the one above")
        label, pending, column = label or pending, "", line.rindex(lane)
        if not label.isidentifier():
            block.results.append((label, read_lane(lane)))
        elif block.results or label in block.sources:
            raise DrawingError(f"the source {label!r} comes behind an expression, or twice")
        else:
            block.sources[label] = read_lane(lane)
    if pending or not block.results:
        raise DrawingError(f"there is no lane of {pending or 'an expression'!r}")
    return block


def _split(line: str) -> tuple[str, str]:
    """The label of a line and its lane, which are two spaces apart or more. Either may be missing."""
    label, gap, lane = line.rstrip().rpartition("  ")
    return (label.strip(), lane.strip()) if gap else (lane, "")


def read_lane(text: str) -> Diagram:
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
                raise DrawingError(f"something is drawn behind the end of {text!r}")
    return Diagram(tuple(marks), len(text))


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
        raise DrawingError(f"{token!r} is neither a literal nor a word") from None


def _is_word(text: str) -> bool:
    return text.isidentifier() and text not in ("True", "False", "None")


def draw_lane(lane: Diagram) -> str:
    """The text that says this.

    Raises:
        DrawingError: something happens between two columns, or where an event is still being written.
    """
    text, moment = "", -1.0
    for mark in lane.marks:
        if mark.time != moment:
            if mark.time != int(mark.time) or mark.time < len(text):
                raise DrawingError(f"there is no place for {mark} behind {text!r}")
            text, joint = text.ljust(int(mark.time), "-"), ""
        else:
            joint = ","
        moment = mark.time
        if mark.kind == "event":
            value = str(mark.value)
            word = value[1:-1]
            text += joint + (word if _is_word(word) and value == repr(word) else value)
        else:
            text += "|" if mark.kind == "completion" else "#"
    return text if lane.end is not None else text.ljust(int(lane.width), "-")
