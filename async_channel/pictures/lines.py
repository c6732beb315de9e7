"""Drawing diagrams below each other, so that what happens at one time stands in one column.

Where each can be drawn in the notation itself, it is. Where it can't (an event between two frames, one that comes while
the text of a group before it still goes on) the others are given spaces, which mean nothing in the notation.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from async_channel.pictures.diagrams import Diagram

LONG: Final = 24
"""From so many frames on in which nothing happens, they are drawn as a time (a count)."""

TOLERANCE: Final = 1e-6
"""Times nearer to each other than this part of a frame are one: 3 * 0.1 is not quite 0.3."""

_SIGNS: Final = {"completion": "|", "error": "#", "cancellation": "!"}


def frame_of(time: float, unit: float) -> float:
    """The frame of a time: a whole number, where it is one but for rounding."""
    frame = time / unit
    return round(frame) if abs(frame - round(frame)) < TOLERANCE else round(frame, 6)


def seconds_text(seconds: float) -> str:
    """Some seconds as a number, without the noise of rounding."""
    return f"{round(seconds, 9):.12g}"


class _Lane:
    """The line of one diagram, as it grows."""

    def __init__(self, diagram: Diagram) -> None:
        self.cells: dict[float, str] = {}
        for frame, marks in groupby(diagram.marks, key=lambda mark: frame_of(mark.time, diagram.unit)):
            signs = [_SIGNS.get(mark.kind) or str(mark.value) for mark in marks]
            self.cells[frame] = signs[0] if len(signs) == 1 else f"({''.join(signs)})"
        self.line = ""
        self.covered = 0
        """Up to this frame (exclusive) the text of a group stands where frames would be."""
        ends_at = [frame_of(diagram.end.time, diagram.unit) + 1] if diagram.end is not None else []
        self.drawn_to = math.floor(min([frame_of(diagram.width, diagram.unit), *ends_at]))
        """Up to this frame (exclusive) there are dashes."""

    def put(self, column: int, text: str) -> None:
        """Write at a column, or behind what is written there already."""
        self.line = self.line.ljust(column)
        self.line += text[len(self.line) - column :]

    def begin(self, frame: float, column: int) -> None:
        """What happens in a frame."""
        cell = self.cells.get(frame)
        if cell is not None:
            self.put(column, cell)
            self.covered = math.floor(frame) + len(cell)
        elif isinstance(frame, int):
            self.silence(frame, column, "-")

    def silence(self, frame: int, column: int, text: str) -> None:
        """Nothing happens, from this frame on."""
        if self.covered <= frame < self.drawn_to:
            self.put(column, text)


def draw(diagrams: Sequence[Diagram]) -> tuple[list[str], Mapping[float, int]]:
    """Draw diagrams of one unit.

    Returns:
        The lines, and the column of each frame in which something happens in any of them.
    """
    unit = diagrams[0].unit
    lanes = [_Lane(diagram) for diagram in diagrams]
    frames = sorted({0, *(frame for lane in lanes for frame in lane.cells)})
    end = max(frames[-1] + 1, *(frame_of(diagram.width, unit) for diagram in diagrams))
    columns: dict[float, int] = {}
    column = 0
    for frame, following in pairwise([*frames, end]):
        columns[frame] = column = max([column, *(len(lane.line) for lane in lanes if frame in lane.cells)])
        for lane in lanes:
            lane.begin(frame, column)
        column += 1
        first, last = math.floor(frame) + 1, math.ceil(following)
        stops = {first, last, *(lane.covered for lane in lanes), *(lane.drawn_to for lane in lanes)}
        for start, stop in pairwise(sorted(stop for stop in stops if first <= stop <= last)):
            column += _draw_silence(lanes, range(start, stop), column, unit)
    return [lane.line.rstrip() for lane in lanes], columns


def _draw_silence(lanes: Sequence[_Lane], frames: range, column: int, unit: float) -> int:
    """Draw frames in which nothing happens in any, as dashes or as a time; gives how many columns they took."""
    is_long = len(frames) >= LONG and all(lane.covered <= frames[0] for lane in lanes)
    text = _pause_text(len(frames) * unit) if is_long else "-" * len(frames)
    for lane in lanes:
        lane.silence(frames[0], column, text)
    return len(text)


def _pause_text(seconds: float) -> str:
    return f" {seconds_text(seconds)}s " if seconds >= 1 else f" {seconds_text(seconds * 1000)}ms "
