"""SVG: elements as strings, escaped, with colours that follow a light or a dark page and read well on paper."""

from __future__ import annotations

import re
import unicodedata
from html import escape
from typing import Final

STYLE: Final = """
svg.ac { font: 12px ui-sans-serif, system-ui, "Segoe UI", Helvetica, Arial, sans-serif; background: #fff }
.ac text { fill: #1b1f24 }
.ac .dim { fill: #57606a }
.ac .line { stroke: #57606a; fill: none }
.ac .head { fill: #57606a }
.ac .strong { font-weight: 600 }
.ac .alarm { fill: #cf222e; font-weight: 600 }
.ac .box { fill: #f6f8fa; stroke: #8c959f }
.ac .good { fill: #ddf4ff; stroke: #0969da }
.ac .warn { fill: #fff8c5; stroke: #9a6700 }
.ac .bad { fill: #ffebe9; stroke: #cf222e }
.ac .bad-line { stroke: #cf222e; fill: none }
@media (prefers-color-scheme: dark) {
  svg.ac { background: #0d1117 }
  .ac text { fill: #e6edf3 }
  .ac .dim { fill: #9198a1 }
  .ac .line { stroke: #9198a1 }
  .ac .head { fill: #9198a1 }
  .ac .alarm { fill: #ff7b72 }
  .ac .box { fill: #21262d; stroke: #6e7681 }
  .ac .good { fill: #0c2d6b; stroke: #58a6ff }
  .ac .warn { fill: #4b3600; stroke: #d29922 }
  .ac .bad { fill: #5d1214; stroke: #f85149 }
  .ac .bad-line { stroke: #f85149 }
}
@media print {
  .ac text { fill: #000 }
  .ac .box, .ac .good, .ac .warn, .ac .bad { fill: #fff }
}
"""
"""One style for all pictures; classes, not colours, are what drawing code names.

They have a ground of their own: a notebook may be light where the system is dark, and light text is to be on dark.
"""


def number(value: float) -> str:
    """A coordinate, in as few characters as it needs: the same on every machine."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


_UNSEEN: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
"""What no XML may hold, what shows as nothing, and what would turn the text around it."""


def visible(content: str) -> str:
    """Any string as one that can be shown: control characters are named, as repr does."""
    return _UNSEEN.sub(lambda found: ascii(found[0])[1:-1], content)


def width(content: str) -> float:
    """About how many pixels a text takes, whatever the font is."""
    return sum(13.0 if unicodedata.east_asian_width(letter) in "WF" else 7.0 for letter in content)


def fitted(content: str, room: float) -> str:
    """A text on one line, cut so that it takes no more than so many pixels."""
    line = " ".join(visible(content[: int(room)]).split())
    if width(line) <= room and len(content) <= room:
        return line
    while line and width(line) + 7 > room:
        line = line[:-1]
    return f"{line}…"


def element(tag: str, *children: str, **attributes: object) -> str:
    """An element of elements. Names of attributes have ``_`` for ``-``; None leaves one out, floats are coordinates."""
    written = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{escape(number(value) if isinstance(value, float) else str(value))}"'
        for name, value in attributes.items()
        if value is not None
    )
    return f"<{tag}{written}>{''.join(children)}</{tag}>" if children else f"<{tag}{written}/>"


def text(content: str, x: float, y: float, **attributes: object) -> str:
    """A line of text, whatever it holds."""
    return element("text", escape(visible(content)), x=float(x), y=float(y), **attributes)


def title(content: str) -> str:
    """What is shown when the pointer rests on the element around it."""
    return element("title", escape(visible(content)))


def document(width: float, height: float, *children: str, label: str) -> str:
    """A whole picture, as wide as its page allows.

    Args:
        width: its natural width (pixels).
        height: its natural height (pixels).
        children: what is in it.
        label: what it shows, for those who can't see it.
    """
    return element(
        "svg",
        element("style", STYLE),
        *children,
        xmlns="http://www.w3.org/2000/svg",
        class_="ac",
        role="img",
        aria_label=visible(label),
        viewBox=f"0 0 {number(width)} {number(height)}",
        width=float(width),
        height=float(height),
        style="max-width:100%;height:auto",
    )
