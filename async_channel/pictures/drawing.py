"""Drawing: the boxes of a graph, as wide as their text, and the edges between them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from unicodedata import east_asian_width

from async_channel.pictures.layout import Arranged, Point
from async_channel.pictures.svg import document, element, number, text, title

LINE: Final = 17.0
PADDING: Final = 10.0
MARGIN: Final = 12.0
WIDEST: Final = 240.0
"""How wide a line of text may be before it is cut (pixels); the whole is in the tooltip."""


@dataclass(frozen=True, slots=True)
class Box:
    """A box that has yet to get its place."""

    width: float
    height: float
    lines: tuple[tuple[str, str], ...]
    """Each line, and the class of its look."""
    looks: str
    round: bool
    tooltip: str


def box(name: str, below: tuple[str, ...], *, looks: str, loss: str, tooltip: str, round_: bool) -> Box:
    """A box as wide as its lines.

    Args:
        name: the first line.
        below: the lines below it.
        looks: the class of its colours.
        loss: a last line that is to be noticed; empty for none.
        tooltip: what is shown when the pointer rests on it.
        round_: whether its corners are round.
    """
    lines = [(name, "strong"), *((line, "dim") for line in below), *([(loss, "alarm")] if loss else [])]
    shown = tuple((cut(line), look) for line, look in lines)
    width = max(width_of(line) * (1.08 if look == "strong" else 1.0) for line, look in shown)
    return Box(width + 2 * PADDING, len(shown) * LINE + PADDING, shown, looks, round_, tooltip)


def picture(boxes: dict[str, Box], arranged: Arranged, dashed: set[tuple[str, str]]) -> str:
    """The whole picture: edges below, boxes above."""
    if not boxes:
        label = "no channels"
        return document(110, 40, text(label, 12, 24, class_="dim"), label=label)
    drawn = [_edge(points, dashed=edge in dashed, down=arranged.is_down) for edge, points in arranged.ways.items()]
    drawn += [_box(one, arranged.places[id].x, arranged.places[id].y) for id, one in boxes.items()]
    inner = element("g", *drawn, transform=f"translate({number(MARGIN)} {number(MARGIN)})")
    label = f"a graph of {len(boxes)} nodes and {len(arranged.ways)} edges"
    return document(arranged.width + 2 * MARGIN, arranged.height + 2 * MARGIN, inner, label=label)


def _box(one: Box, x: float, y: float) -> str:
    frame = element(
        "rect", x=x, y=y, width=one.width, height=one.height, rx=14.0 if one.round else 4.0, class_=one.looks
    )
    lines = [
        text(line, x + one.width / 2, y + PADDING / 2 + LINE * place + 12.5, text_anchor="middle", class_=look)
        for place, (line, look) in enumerate(one.lines)
    ]
    return element("g", title(printable(one.tooltip)), frame, *lines)


def _edge(points: list[Point], *, dashed: bool, down: bool) -> str:
    """A curve through all points, level where it leaves and comes in (upright if it leads down), with a head."""
    if down:
        points = [(y, x) for x, y in points]

    def at(x: float, y: float) -> str:
        return f"{number(y)} {number(x)}" if down else f"{number(x)} {number(y)}"

    x, y = points[0]
    path = [f"M{at(x, y)}"]
    for index, (to_x, to_y) in enumerate(points[1:]):
        if index % 2 == 0:  # straight through a column
            path.append(f"{'V' if down else 'H'}{number(to_x)}")
        else:
            middle = (x + to_x) / 2
            path.append(f"C{at(middle, y)} {at(middle, to_y)} {at(to_x, to_y)}")
        x, y = to_x, to_y
    back = 7 if x > points[-2][0] else -7
    head = f"M{at(x, y)}l-4 {-back}h8z" if down else f"M{at(x, y)}l{-back} -4v8z"
    return element("path", d="".join(path), class_="line", stroke_dasharray="5 4" if dashed else None) + element(
        "path", d=head, class_="head"
    )


# ---- text


def printable(content: str) -> str:
    """The text without what XML can't hold, or what would move the lines."""
    return "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in content)


def width_of(content: str) -> float:
    """About how wide a line is (pixels): rather too wide than too narrow, for the fonts of readers differ."""
    return sum(_width(one) for one in content)


def _width(one: str) -> float:
    if one in _NARROW:
        return 4.4
    if one in _WIDE or one.isupper():
        return 12.4 if one in _WIDE else 9.2
    if one in "wQO<>=+~":
        return 10.4
    return 13.0 if not one.isascii() and east_asian_width(one) in "WFA" else 7.2


_NARROW: Final = frozenset("fijlrtI.,:;'|!()[] ·-")
_WIDE: Final = frozenset("mMW@%—→…")


def cut(content: str) -> str:
    """The text, or as much of it as there is room for."""
    content = printable(content)
    room = WIDEST
    for place, one in enumerate(content):
        room -= _width(one)
        if room < 0:
            return content[: max(1, place - 2)] + "…"
    return content
