"""Marbles as SVG: one lane a stream on one axis of time, for what was recorded and for what is drawn as text.

Events that come less than a pixel after one another stand below each other. Where there are more than four of those, or
marbles of the least size would overlap, they are counted: a bar for each six pixels that hold any, as high as there are
events. Elsewhere in the same lane there are marbles still.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from async_channel.pictures.axis import ticks
from async_channel.pictures.diagrams import Diagram
from async_channel.pictures.lanes import Lane, Operator
from async_channel.pictures.row import RADIUS, Row, Scale
from async_channel.pictures.svg import document, element, fitted, text, title, width

_EDGE: Final = 10.0
_NAMES: Final = 180.0
"""The widest column of names."""
_LINE: Final = 15.0
"""How high a line of text is."""
_BOX: Final = 30.0
_FRAME: Final = 30.0
_WIDEST: Final = 900.0


def draw(
    rows: Sequence[Lane | Operator], *, span: float, plot: float = 640.0, has_axis: bool = True, label: str
) -> str:
    """A picture of lanes, one below the other.

    Args:
        rows: the lanes, and the operators between them.
        span: for how long they are drawn (seconds).
        plot: how wide that is (pixels).
        has_axis: whether the times are written below.
        label: what it shows, for those who can't see it.
    """
    names = max((_wide(row) for row in rows if isinstance(row, Lane)), default=0.0)
    left = _EDGE + (min(names, _NAMES) + 14 if names else 0) + RADIUS
    scale = Scale(left, plot, span)
    total = left + plot + 2 * RADIUS + _EDGE
    parts: list[str] = []
    top = _EDGE
    for row in rows:
        if isinstance(row, Operator):
            parts.append(_box(row, top, total))
            top += _BOX + _EDGE
        else:
            drawn = Row(row, scale)
            top += drawn.above
            parts += [_named(row, top), drawn.svg(top)]
            top += max(drawn.below, (_LINE * len(row.notes) + 4) if names else 0.0) + _EDGE
    grid: list[str] = []
    if has_axis:
        grid, foot = _axis(scale, top)
        parts += foot
        top += 26
    return document(total, top + _EDGE / 2, *grid, *parts, label=label)


def marbles_svg(
    *inputs: str,
    operator: str | None = None,
    output: str | None = None,
    values: Mapping[str, object] | None = None,
    unit: float = 1.0,
) -> str:
    """Diagrams in text marbles as one SVG: what comes in, an operator, what comes out.

    >>> marbles_svg("a-b-c|", operator="skip(1)", output="--b-c|").startswith("<svg")
    True

    Args:
        inputs: such as ``"a-b-(cd)-|"``, in the notation of `async_channel.testing.marbles`.
        operator: what is written in the box below them; None for no box.
        output: the diagram below the box; None for none.
        values: what letters and digits stand for, shown as their repr; the others are shown as they are.
        unit: seconds a frame, above 0.

    Raises:
        TypeError, ValueError: a diagram is no string, or says nothing that can happen; there is none.
    """
    texts = [*inputs] if output is None else [*inputs, output]
    if not texts:
        raise ValueError("marbles_svg() takes at least one diagram, such as 'a-b-|'")
    known = {} if values is None else values
    diagrams = [Diagram.parse(text, unit=unit) for text in texts]
    rows: list[Lane | Operator] = [
        Lane(diagram.marks, show=lambda symbol: repr(known[str(symbol)]) if symbol in known else str(symbol))
        for diagram in diagrams
    ]
    if operator is not None:
        rows.insert(len(inputs), Operator(operator))
    span = max(diagram.width for diagram in diagrams)
    told = f"marbles: {', '.join(inputs)}" + (f"; {operator}" if operator else "") + (f": {output}" if output else "")
    plot = min(max(span / unit * _FRAME, 4 * _FRAME), _WIDEST)
    return draw(rows, span=span, plot=plot, has_axis=False, label=told)


def _wide(lane: Lane) -> float:
    return max(1.1 * width(lane.name), *map(width, lane.notes), 0.0)  # the name is bold


def _named(lane: Lane, y: float) -> str:
    if not lane.name:
        return ""
    lines = [text(fitted(lane.name, _NAMES), _EDGE, y + 4, font_weight="bold")]
    lines += [
        text(fitted(note, _NAMES), _EDGE, y + 4 + _LINE * number, class_="dim", font_size=11)
        for number, note in enumerate(lane.notes, 1)
    ]
    return element("g", title("\n".join((lane.name, *lane.notes))), *lines)


def _box(operator: Operator, top: float, total: float) -> str:
    return element(
        "g",
        title(operator.text),
        element("rect", class_="box", x=_EDGE, y=top, width=total - 2 * _EDGE, height=_BOX, rx=5),
        text(fitted(operator.text, total - 4 * _EDGE), total / 2, top + _BOX / 2 + 4, text_anchor="middle"),
    )


def _axis(scale: Scale, y: float) -> tuple[list[str], list[str]]:
    """What stands behind the lanes, and what below them."""
    marks = ticks(scale.span, 8)
    grid = [
        element("path", class_="line", d=f"M{_at(scale, time)} {_EDGE:g}V{y:.2f}", opacity=0.2) for time, _ in marks
    ]
    names = [
        text(name, scale.x(time), y + 17, class_="dim", font_size=11, text_anchor="middle") for time, name in marks
    ]
    line = element("path", class_="line", d=f"M{_at(scale, 0)} {y:.2f}H{scale.left + scale.plot:.2f}")
    return grid, [line, *names]


def _at(scale: Scale, time: float) -> str:
    return f"{scale.x(time):.2f}"
