"""Tapes: a recording as lanes of marbles, in SVG and in text."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import chain
from string import ascii_letters, digits
from typing import Any, Final, Self

from async_channel.channels.keys import ChannelKey
from async_channel.errors import HighLag
from async_channel.pictures.diagrams import Diagram, Kind, Mark
from async_channel.pictures.lanes import Lane, Sign, words
from async_channel.pictures.lines import TOLERANCE, draw, frame_of, seconds_text
from async_channel.pictures.marbles import draw as draw_svg
from async_channel.recording.recording import Recording
from async_channel.util import check

_UNITS: Final = tuple(float(f"{digit}e{power}") for power in range(0, -7, -1) for digit in (5, 2, 1))[2:]
"""1, 0.5, 0.2, 0.1, ... down to a microsecond."""

_REAL: Final = 365 * 86400.0
"""Of clocks that show a later time than this, it is worth saying when it was (seconds since 1970)."""

_LEGEND: Final = 20
"""So many letters are explained in a text (a count)."""


class Marbles(str):
    """A text marble diagram, with what its characters stand for.

    A test takes it apart: ``assert_marbles(stream, drawn, drawn.values, unit=drawn.unit, error=drawn.error)``.
    """

    __slots__ = ("error", "unit", "values")

    values: dict[str, Any]
    """What letters and digits stand for."""
    unit: float
    """Seconds a frame."""
    error: Exception | None
    """What ``#`` stands for, if it is there."""

    def __new__(cls, diagram: str, values: Mapping[str, Any], unit: float, error: Exception | None) -> Self:
        """A diagram with its meaning."""
        made = super().__new__(cls, diagram)
        made.values = dict(values)
        made.unit = unit
        made.error = error
        return made


class _Tape:
    """A recording, taken apart by streams; times are seconds since its beginning."""

    def __init__(self, recording: Recording) -> None:
        rows = list(recording)
        trace = recording.trace
        self.types = {key.name: key.event_type for key in recording.keys}
        ends = {} if trace is None else {name: end for name, end in trace.ends.items() if name in self.types}
        times = [time for _, time, _ in rows] + [end.time for end in ends.values()]
        self.begun = trace.begun if trace is not None else min(times, default=0.0)
        left = trace.left if trace is not None and trace.left is not None else self.begun
        self.span = max([left, *times]) - self.begun
        self.blur = 4 * math.ulp(max(abs(self.begun), abs(left)))
        """How far from what was meant a time may be by rounding (seconds)."""
        self.marks: dict[str, list[Mark]] = {name: [] for name in self.types}
        for name, time, event in rows:
            self.marks[name].append(Mark(time - self.begun, "event", event))
        for marks in self.marks.values():
            marks.sort(key=lambda mark: mark.time)  # as they were sent, but for times that somebody made up
        for name, end in ends.items():
            kind: Kind = "completion" if end.error is None else "error"
            self.marks[name].append(Mark(end.time - self.begun, kind, end.error))
        self.trace = trace

    def lanes(self) -> Iterator[Lane]:
        for name, marks in self.marks.items():
            yield Lane(marks, name, tuple(self._notes(name, marks)), self._signs(name))

    def _notes(self, name: str, marks: Sequence[Mark]) -> Iterator[str]:
        if self.types[name] is not object:
            yield self.types[name].__name__
        count = sum(mark.kind == "event" for mark in marks)
        dropped = 0 if self.trace is None else self.trace.dropped.get(name, 0)
        yield f"{count:,} event{'s' * (count != 1)}"
        if dropped:
            yield f"{dropped:,} dropped"

    def _signs(self, name: str) -> list[Sign]:
        notices = [] if self.trace is None else self.trace.notices
        return [
            Sign(
                notice.time - self.begun,
                str(notice.error) if isinstance(notice.error, HighLag) else words(repr, notice.error),
                is_bad=not isinstance(notice.error, HighLag),
            )
            for notice in notices
            if notice.stream == name
        ]

    def diagram(self, name: str, symbols: _Symbols, unit: float | None) -> Diagram:
        """One stream as what can be written in the notation."""
        marks = self.marks[name]
        if unit is None:
            found = next((unit for unit in _UNITS if unit > 8 * self.blur and self._fits(marks, unit)), None)
            if found is None:
                raise ValueError(
                    f"what {name!r} did comes at times between any frames, or too soon after what came at one time: "
                    f"give unit=..., the seconds of a frame, and each event is put in the nearest one"
                )
            unit = found
        elif not self._fits(rounded := [_snapped(mark, unit) for mark in marks], unit):
            raise ValueError(
                f"what {name!r} did can't be drawn in frames of {unit:g} s: in a group each "
                "character takes a frame, and there something else follows: give a smaller unit"
            )
        else:
            marks = rounded
        drawn = [
            Mark(frame_of(round(mark.time / unit) * unit, unit) * unit, mark.kind, symbols.of(mark.value))
            if mark.kind == "event"
            else Mark(round(mark.time / unit) * unit, mark.kind, mark.value)
            for mark in marks
        ]
        is_ended = bool(drawn) and drawn[-1].kind != "event"
        span = 0.0 if is_ended else math.ceil((self.span - self.blur) / unit - TOLERANCE) * unit
        return Diagram(tuple(drawn), max(span, drawn[-1].time + unit if drawn else unit), unit)

    def _fits(self, marks: Sequence[Mark], unit: float) -> bool:
        """Whether each is in a frame, and nothing where the text of a group stands."""
        frame, together = -1, 0
        for mark in marks:
            at = round(mark.time / unit)
            if abs(mark.time - at * unit) > max(self.blur, unit * TOLERANCE / 2):
                return False
            if at == frame:
                together += 1
                continue
            if together > 1 and at < frame + together + 2:
                return False
            frame, together = at, 1
        return True


def _snapped(mark: Mark, unit: float) -> Mark:
    return Mark(round(mark.time / unit) * unit, mark.kind, mark.value)


class _Symbols:
    """A character for each event: itself if it is one, and for equal ones the same."""

    def __init__(self, values: Sequence[object]) -> None:
        own = {value for value in values if _is_symbol(value)}
        self._free = (
            symbol
            for symbol in chain(ascii_letters[26:], ascii_letters[:26], digits, map(chr, range(0xC0, 0x110000)))
            if symbol not in own and symbol.isalnum()
        )
        self.values: dict[str, Any] = {}
        self._known: dict[Hashable, str] = {}

    def of(self, value: object) -> str:
        """The character of an event."""
        if _is_symbol(value):
            symbol = str(value)
            self.values[symbol] = value
            return symbol
        try:
            known = self._known.get(value)
        except Exception:
            known = next((symbol for symbol, other in self.values.items() if _is_equal(value, other)), None)
        if known is not None:
            return known
        symbol = next(self._free)
        self.values[symbol] = value
        if _has_hash(value):
            self._known[value] = symbol
        return symbol


def _is_symbol(value: object) -> bool:
    return type(value) is str and len(value) == 1 and value.isalnum()


def _has_hash(value: object) -> bool:
    try:
        hash(value)
    except Exception:
        return False
    return True


def _is_equal(one: object, other: object) -> bool:
    try:
        return bool(one == other)
    except Exception:
        return False


def tape_svg(recording: Recording) -> str:
    """A recording as a marble diagram."""
    tape = _Tape(recording)
    when = f", from {datetime.fromtimestamp(tape.begun, UTC):%Y-%m-%d %H:%M:%S} UTC" if tape.begun >= _REAL else ""
    label = f"marbles of {', '.join(tape.types)}: {seconds_text(tape.span)} s{when}"
    return draw_svg(list(tape.lanes()), span=tape.span, label=label)


def tape_marbles(recording: Recording, stream: str | ChannelKey[Any] | None, unit: float | None) -> Marbles:
    """One stream of a recording as a diagram that a test can expect."""
    if unit is not None:
        check.positive_seconds("marbles", "unit", unit)
    names = [key.name for key in recording.keys]
    if stream is None and len(names) > 1:
        raise ValueError(f"marbles() draws one stream, and there are {', '.join(map(repr, names))}: name one")
    only = recording.only(names[0] if stream is None else stream)
    tape = _Tape(only)
    [(name, marks)] = tape.marks.items()
    symbols = _Symbols([mark.value for mark in marks if mark.kind == "event"])
    diagram = tape.diagram(name, symbols, unit)
    error = diagram.end.value if diagram.end is not None and diagram.end.kind == "error" else None
    return Marbles(str(diagram), symbols.values, diagram.unit, error if isinstance(error, Exception) else None)


def tape_text(recording: Recording) -> str:
    """All streams of a recording as diagrams in columns of one time."""
    tape = _Tape(recording)
    symbols = _Symbols([mark.value for marks in tape.marks.values() for mark in marks if mark.kind == "event"])
    unit = min(tape.diagram(name, _Symbols([]), None).unit for name in tape.marks)
    diagrams = [tape.diagram(name, symbols, unit) for name in tape.marks]
    lines, _ = draw(diagrams)
    wide = max(len(name) for name in tape.marks)
    told = [f"{name.ljust(wide)}  {line}" for name, line in zip(tape.marks, lines, strict=True)]
    legend = [f"{symbol} = {words(repr, value)}" for symbol, value in symbols.values.items() if symbol != value]
    more = [f"... and {len(legend) - _LEGEND} more"] * (len(legend) > _LEGEND)
    return "\n".join([*told, f"{'':{wide}}  one character is {unit:g} s", *legend[:_LEGEND], *more])
