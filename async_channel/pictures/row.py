"""Row: one lane as SVG, on its line: marbles, bars where they would overlap, the end, signs above."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from async_channel.pictures.diagrams import Mark
from async_channel.pictures.lanes import Lane, brief, words
from async_channel.pictures.lines import seconds_text
from async_channel.pictures.svg import element, fitted, text, title, width

RADIUS: Final = 11.0
LEAST: Final = 4.0
"""The radius of the smallest marble: those that have no room for it are counted in bars."""
STACK: Final = 4
"""How many events at one time stand below each other; more are counted."""
BAR: Final = 6.0
"""How wide a bar is (pixels)."""

_HIGH: Final = 22.0
_LABEL: Final = 110.0
_LINE: Final = 14.0


@dataclass(frozen=True, slots=True)
class Scale:
    """Where a time is."""

    left: float
    plot: float
    span: float

    def x(self, time: float) -> float:
        """The pixel of a time since the beginning (seconds)."""
        return self.left + (self.plot * min(time / self.span, 1.0) if self.span > 0 else 0.0)


@dataclass(slots=True)
class _Moment:
    """Events that come less than a pixel after the first of them."""

    x: float
    marks: list[Mark] = field(default_factory=list)
    radius: float = RADIUS

    @property
    def depth(self) -> float:
        """How far below the line its last marble ends (pixels)."""
        return self.radius + (len(self.marks) - 1) * (2 * self.radius + 1)


class _Box(NamedTuple):
    """Where something is, below the line."""

    left: float
    right: float
    bottom: float
    top: float = 0.0

    def meets(self, other: _Box) -> bool:
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )


class Row:
    """One lane, drawn.

    Args:
        lane: what it shows.
        scale: where times are.
    """

    def __init__(self, lane: Lane, scale: Scale) -> None:
        self._lane = lane
        self._scale = scale
        self._y = 0.0
        self._moments = _moments(lane, scale)
        self._single, self._crowds = _apart(self._moments)
        self._labels: list[tuple[_Moment, str]] = []
        self.above = 30.0 if lane.signs else 26.0 if self._crowds else 15.0
        """How much it needs above its line (pixels)."""
        self.below = 15.0
        """How much it needs below its line (pixels), when it is drawn."""

    def svg(self, y: float) -> str:
        """Draw it, with its line at a height."""
        self._y = y
        bars = list(self._bars())
        marbles = [part for moment in self._single for part in self._marbles(moment)]
        end = list(self._end())
        return element("g", *end, *bars, *marbles, *self._placed(), *self._signs())

    # ---- events one by one

    def _marbles(self, moment: _Moment) -> Iterator[str]:
        outside: list[str] = []
        for place, mark in enumerate(moment.marks):
            y = self._y + place * (2 * moment.radius + 1)
            parts = [title(f"{words(self._lane.show, mark.value)}\nat {seconds_text(mark.time)} s")]
            parts.append(element("circle", class_="good", cx=moment.x, cy=y, r=moment.radius))
            told = brief(self._lane.show, mark.value)
            if len(told) <= 3 and width(told) <= 2 * moment.radius - 1:
                parts.append(text(told, moment.x, y + 4, text_anchor="middle", font_size=12 - len(told) // 2))
            else:
                outside.append(told[: int(_LABEL)])
            yield element("g", *parts)
        if outside:
            self._labels.append((moment, fitted(", ".join(outside), _LABEL)))
        self.below = max(self.below, moment.depth + 4)

    def _placed(self) -> Iterator[str]:
        """Texts below the marbles, on the first of two lines where nothing else is; the others are on hover alone."""
        least, most = self._scale.left - RADIUS, self._scale.left + self._scale.plot + 2 * RADIUS
        taken = [_Box(one.x - one.radius, one.x + one.radius, one.depth) for one in self._single]
        for moment, label in self._labels:
            half = width(label) / 2
            x = max(least + half, min(moment.x, most - half))
            for line in (1, 2):
                below = moment.depth + _LINE * line
                box = _Box(x - half - 3, x + half + 3, below + 3, below - _LINE + 3)
                if not any(box.meets(other) for other in taken):
                    taken.append(box)
                    self.below = max(self.below, below + 4)
                    yield text(label, x, self._y + below, text_anchor="middle", font_size=11)
                    break

    # ---- events by their number

    def _bars(self) -> Iterator[str]:
        bins: dict[int, list[Mark]] = {}
        for moment in self._crowds:
            for mark in moment.marks:
                bins.setdefault(int((self._scale.x(mark.time) - self._scale.left) / BAR), []).append(mark)
        most = max((len(marks) for marks in bins.values()), default=0)
        for number, marks in bins.items():
            high = max(2.0, _HIGH * len(marks) / most)
            told = f"{len(marks):,} event{'s' * (len(marks) != 1)}"
            if len(marks) > 1:
                told += f", {seconds_text(marks[0].time)} s to {seconds_text(marks[-1].time)} s\nthe first: "
            else:
                told += f" at {seconds_text(marks[0].time)} s: "
            told += words(self._lane.show, marks[0].value)
            told += f"\nthe last: {words(self._lane.show, marks[-1].value)}" * (len(marks) > 1)
            told += f"\nthe highest bar of this lane is {most:,}"
            bar = element(
                "rect",
                class_="good",
                x=self._scale.left + number * BAR,
                y=self._y - high,
                width=BAR,
                height=high,
                stroke_width=0.5,
            )
            yield element("g", title(told), bar)

    # ---- all else

    def _end(self) -> Iterator[str]:
        """The line of time, up to the end if there is one."""
        begin = self._scale.left - RADIUS
        marks = self._lane.marks
        mark = marks[-1] if marks and marks[-1].kind != "event" else None
        if mark is None:
            stop = self._scale.left + self._scale.plot + 2 * RADIUS - 2
            yield element("path", class_="line", d=f"M{begin:.2f} {self._y:.2f}H{stop:.2f}")
            yield element("path", class_="line", d=f"M{stop - 6:.2f} {self._y - 4:.2f}l6 4l-6 4")
            return
        x = self._scale.x(mark.time)
        last = self._moments[-1] if self._moments else None
        if last is not None:  # beside it, where it would be hidden
            is_marble = bool(self._single) and self._single[-1] is last
            x = max(x, last.x + (last.radius if is_marble else BAR) + (8 if mark.kind == "error" else 4))
        yield element("path", class_="line", d=f"M{begin:.2f} {self._y:.2f}H{x:.2f}")
        when = f"at {seconds_text(mark.time)} s"
        if mark.kind == "error":
            error = mark.value
            told = "error" if error is None else words(_name, error)
            cross = element(
                "path",
                class_="bad-line",
                stroke_width=2.5,
                d=f"M{x - 7:.2f} {self._y - 7:.2f}l14 14m0 -14l-14 14",
            )
            yield element("g", title(f"{told}\n{when}"), cross)
            if error is not None:
                self._labels.append((_Moment(x, [mark]), fitted(told, _LABEL)))
            return
        dash = "3 3" if mark.kind == "cancellation" else None
        bar = element(
            "path",
            class_="line",
            stroke_width=2.5,
            stroke_dasharray=dash,
            d=f"M{x:.2f} {self._y - 13:.2f}v26",
        )
        yield element("g", title(f"{mark.kind} {when}"), bar)

    def _signs(self) -> Iterator[str]:
        """Triangles above the line; those that would overlap are one."""
        bins: dict[tuple[int, bool], list[str]] = {}
        for sign in self._lane.signs:
            place = int((self._scale.x(sign.time) - self._scale.left) / (2 * BAR)), sign.is_bad
            bins.setdefault(place, []).append(f"{sign.text}\nat {seconds_text(sign.time)} s")
        for (number, is_bad), told in bins.items():
            x = self._scale.left + number * 2 * BAR + (6 if is_bad else 0)
            more = f"\n… and {len(told) - 20} more" * (len(told) > 20)
            shape = element(
                "path",
                class_="bad" if is_bad else "warn",
                d=f"M{x - 5:.2f} {self._y - 17:.2f}h10l-5 -9z"
                if not is_bad
                else f"M{x - 5:.2f} {self._y - 26:.2f}h10l-5 9z",
            )
            yield element("g", title("\n".join(told[:20]) + more), shape)


def _name(error: object) -> str:
    return error.__name__ if isinstance(error, type) else repr(error)


def _moments(lane: Lane, scale: Scale) -> list[_Moment]:
    moments: list[_Moment] = []
    for mark in lane.marks:
        if mark.kind == "event":
            x = scale.x(mark.time)
            if not moments or x - moments[-1].x >= 1:
                moments.append(_Moment(x))
            moments[-1].marks.append(mark)
    return moments


def _apart(moments: Sequence[_Moment]) -> tuple[list[_Moment], list[_Moment]]:
    """Those whose events are drawn one by one, with the size they have room for; and those that are counted."""
    single: list[_Moment] = []
    crowds: list[_Moment] = []
    for place, moment in enumerate(moments):
        before = moment.x - moments[place - 1].x if place else 2 * RADIUS + 1
        after = moments[place + 1].x - moment.x if place + 1 < len(moments) else 2 * RADIUS + 1
        moment.radius = min(RADIUS, (min(before, after) - 1) / 2)
        (single if moment.radius >= LEAST and len(moment.marks) <= STACK else crowds).append(moment)
    return single, crowds
