"""Strips: a log drawn as its events one beside the other, and below it a line for each reader."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from async_channel.pictures.svg import element, text, title

Fate: TypeAlias = Literal["read", "pending", "lost", "none"]
"""What became of one event for one reader."""

CELL = 34.0
HIGH = 26.0
ROW = 26.0


def fates(*, read: int = 0, lost: int = 0, pending: int = 0) -> list[Fate]:
    """What became of so many events, in the order of the log."""
    counts: dict[Fate, int] = {"read": read, "lost": lost, "pending": pending}
    return [fate for fate, count in counts.items() for _ in range(count)]


@dataclass(frozen=True)
class Reader:
    """A line below the strip: what a consumer has read, what waits for it, what it lost."""

    name: str
    note: str
    fates: Sequence[Fate]
    looks: str = "good"
    """The class of what waits for it."""


@dataclass(frozen=True)
class Strip:
    """A log at one moment."""

    events: Sequence[str]
    """What is written in its cells, the oldest first."""
    gone: int = 0
    """How many of them, from the oldest, nobody needs any more."""
    room: int = 0
    """Free places behind them."""
    readers: Sequence[Reader] = ()
    sender: str = ""
    """What stands at its end, where senders append."""
    waits: bool = False
    """Whether senders wait."""
    captions: Sequence[str] = ()
    """Lines above it."""
    cell: float = CELL
    """How wide one is (pixels)."""

    @property
    def width(self) -> float:
        """Of its cells (pixels)."""
        return (len(self.events) + self.room) * self.cell

    @property
    def height(self) -> float:
        """With all that is above and below it (pixels)."""
        return _above(self) + HIGH + 10 + ROW * len(self.readers)


def drawn(strip: Strip, left: float, top: float) -> str:
    """A strip, its cells beginning at `left`; names of readers stand before that."""
    parts: list[str] = []
    for place, caption in enumerate(strip.captions):
        parts.append(text(caption, 12, top + 12 + 17 * place, class_="dim" if place else "strong"))
    top += _above(strip)
    places = range(len(strip.events) + strip.room)
    parts += [_cell(strip, place, left + place * strip.cell, top) for place in places]
    parts += _sender(strip, left, top + HIGH / 2)
    top += HIGH + 10
    for reader in strip.readers:
        parts.append(_line(reader, strip.cell, left, top))
        top += ROW
    return "".join(parts)


def _above(strip: Strip) -> float:
    return 17.0 * len(strip.captions) + (8 if strip.captions else 0)


def _cell(strip: Strip, place: int, x: float, y: float) -> str:
    is_event, is_gone = place < len(strip.events), place < strip.gone
    look = {"fill": "none", "class_": "line", "stroke_dasharray": "3 3", "opacity": 0.55 if is_gone else 0.8}
    if is_event and not is_gone:
        look = {"class_": "good"}
    rect = element("rect", x=x + 1, y=y, width=strip.cell - 2, height=HIGH, rx=3.0, **look)
    if not is_event:
        return rect
    return rect + text(
        strip.events[place],
        x + strip.cell / 2,
        y + HIGH / 2 + 4,
        text_anchor="middle",
        class_="dim" if is_gone else None,
    )


def _sender(strip: Strip, left: float, y: float) -> list[str]:
    if not strip.sender:
        return []
    x = left + strip.width + 8
    line = element("path", class_="bad-line" if strip.waits else "line", d=f"M{x + 5:g} {y:g}h24")
    look = "bad" if strip.waits else "head"
    head = element("path", class_=look, d=f"M{x - 1:g} {y:g}l7 -4v8z")
    return [line, head, text(strip.sender, x + 35, y + 4, class_="alarm" if strip.waits else None)]


def _line(reader: Reader, wide: float, left: float, y: float) -> str:
    middle = y + ROW / 2 - 3
    parts = [
        title(f"{reader.name}: {reader.note}"),
        text(reader.name, 12, middle + 4, class_="strong"),
        text(reader.note, left - 12, middle + 4, class_="dim", text_anchor="end"),
    ]
    for place, fate in enumerate(reader.fates):
        x = left + place * wide
        if fate == "read":
            parts.append(element("path", class_="line", d=f"M{x:g} {middle:g}h{wide:g}", opacity=0.5))
        elif fate == "pending":
            parts.append(
                element("rect", class_=reader.looks, x=x + 1, y=middle - 7, width=wide - 2, height=14.0, rx=3.0)
            )
        elif fate == "lost":
            parts.append(
                element(
                    "path",
                    class_="bad-line",
                    stroke_width=2,
                    d=f"M{x + wide / 2 - 4:g} {middle - 4:g}l8 8m0 -8l-8 8",
                )
            )
    at = next((place for place, fate in enumerate(reader.fates) if fate == "pending"), None)
    if at is None:
        at = len(reader.fates)
    x = left + at * wide
    parts.append(element("path", class_="head", d=f"M{x - 5:g} {middle - 9:g}h10l-5 9z"))
    parts.append(element("path", class_="line", d=f"M{x:g} {middle:g}v7"))
    return element("g", *parts)
