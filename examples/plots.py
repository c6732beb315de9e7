"""Small plots for notebooks: what changes over time, as an SVG that reads well on light and dark pages.

A notebook shows it by itself, the same bytes for the same numbers, and nothing has to be installed for it.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from html import escape
from typing import TypeAlias

Points: TypeAlias = Iterable[tuple[float, float]]
"""Time (seconds) and value of each."""

_LEFT, _WIDTH, _RIGHT, _TOP, _GAP, _FOOT = 190.0, 640.0, 20.0, 12.0, 16.0, 30.0
_COLOURS = (
    ("#0969da", "#58a6ff"),
    ("#bc4c00", "#f0883e"),
    ("#1a7f37", "#3fb950"),
    ("#8250df", "#bc8cff"),
    ("#cf222e", "#ff7b72"),
    ("#59636e", "#9198a1"),
)
"""Of each series in turn: on a light page, and on a dark one."""
_STEPS = (1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400)
"""Between the times on the axis (seconds)."""


def _inks(mode: int) -> str:
    return "\n".join(
        f".plot .s{number} .line {{ stroke: {inks[mode]} }} .plot .s{number} .ink {{ fill: {inks[mode]} }}"
        for number, inks in enumerate(_COLOURS)
    )


_STYLE = f"""
svg.plot {{ font: 12px ui-sans-serif, system-ui, "Segoe UI", Helvetica, Arial, sans-serif; background: #fff }}
.plot text {{ fill: #1b1f24 }}
.plot .dim {{ fill: #57606a; font-size: 11px }}
.plot .grid {{ stroke: #8c959f; opacity: 0.35 }}
.plot .line {{ fill: none; stroke-width: 1.6; stroke-linejoin: round }}
{_inks(0)}
@media (prefers-color-scheme: dark) {{
svg.plot {{ background: #0d1117 }}
.plot text {{ fill: #e6edf3 }}
.plot .dim {{ fill: #9198a1 }}
{_inks(1)}
}}
"""


@dataclass(frozen=True)
class Plot:
    """A plot, as a notebook shows it."""

    label: str
    svg: str

    def __repr__(self) -> str:
        return f"<Plot of {self.label}>"

    def _repr_svg_(self) -> str:
        return self.svg


def plot(
    *panels: Mapping[str, Points],
    steps: bool = False,
    dots: Collection[str] = (),
    height: float = 80.0,
    values: tuple[float, float] | None = None,
) -> Plot:
    """Draw panels one below the other, on one axis of time; the series of a panel share its scale.

    >>> plot({"lag": [(0, 0), (1, 4), (2, 1)]}, steps=True)
    <Plot of lag>

    Args:
        panels: of each its series by name.
        steps: whether a value holds until the next, where lines would otherwise be drawn from one to the other.
        dots: the names of series that are drawn as dots.
        height: of a panel (pixels).
        values: the least and the greatest value of each panel; without them each has those of its own.
    """
    known = [{name: list(points) for name, points in panel.items()} for panel in panels]
    times = [time for panel in known for points in panel.values() for time, _ in points] or [0.0]
    begin, span = min(times), max(times) - min(times) or 1.0
    parts, top, colour = [f"<style>{_STYLE}</style>"], _TOP, 0
    bottom = _TOP + len(known) * (height + _GAP) - _GAP
    for second, name in _times(span):
        x = _number(_LEFT + second / span * _WIDTH)
        parts.append(f'<line class="grid" x1="{x}" x2="{x}" y1="{_number(_TOP)}" y2="{_number(bottom + 4)}"/>')
        parts.append(f'<text class="dim" x="{x}" y="{_number(bottom + 18)}" text-anchor="middle">{name}</text>')
    for panel in known:
        shown = [value for points in panel.values() for _, value in points] or [0.0]
        least, most = values or (min(shown), max(shown))
        scale = _Scale(begin, span, least, most, top, height)
        parts += scale.axis()
        for number, (name, points) in enumerate(panel.items()):
            drawn = scale.dots(points) if name in dots else scale.line(points, steps=steps)
            named = f'<text class="ink" x="10" y="{_number(top + 12 + 17 * number)}" font-weight="bold">'
            parts.append(f'<g class="s{colour % len(_COLOURS)}">{named}{escape(name)}</text>{drawn}</g>')
            colour += 1
        top += height + _GAP
    label = ", ".join(name for panel in known for name in panel)
    return Plot(label, _document(_LEFT + _WIDTH + _RIGHT, bottom + _FOOT, label, parts))


@dataclass(frozen=True)
class _Scale:
    """Where in a panel a point is."""

    begin: float
    span: float
    low: float
    high: float
    top: float
    height: float

    def x(self, time: float) -> str:
        return _number(_LEFT + (time - self.begin) / self.span * _WIDTH)

    def y(self, value: float) -> str:
        return _number(self.top + self.height * (self.high - value) / (self.high - self.low or 1.0))

    def axis(self) -> list[str]:
        """The least and the greatest value."""
        parts: list[str] = []
        for value in dict.fromkeys((self.low, self.high)):
            y = self.y(value)
            parts.append(f'<line class="grid" x1="{_number(_LEFT)}" x2="{_number(_LEFT + _WIDTH)}" y1="{y}" y2="{y}"/>')
            at = _number(float(y) + 4)
            parts.append(f'<text class="dim" x="{_number(_LEFT - 6)}" y="{at}" text-anchor="end">{value:,.6g}</text>')
        return parts

    def line(self, points: list[tuple[float, float]], *, steps: bool) -> str:
        if not points:
            return ""
        (time, value), *others = points
        drawn = [f"M{self.x(time)} {self.y(value)}"]
        for time, value in others:
            drawn.append(f"H{self.x(time)}V{self.y(value)}" if steps else f"L{self.x(time)} {self.y(value)}")
        return f'<path class="line" d="{"".join(drawn)}"/>'

    def dots(self, points: list[tuple[float, float]]) -> str:
        return "".join(f'<circle class="ink" cx="{self.x(time)}" cy="{self.y(y)}" r="3.5"/>' for time, y in points)


def _times(span: float) -> list[tuple[float, str]]:
    least = span / 8
    if least > 1:
        step = float(next((step for step in _STEPS if step >= least), _STEPS[-1]))
    else:
        power = 10.0 ** math.floor(math.log10(least))
        step = next(step for step in (power, 2 * power, 5 * power, 10 * power) if step >= least * (1 - 1e-9))
    size, unit = (60.0, "min") if step >= 60 else (1.0, "s")
    return [(step * index, f"{step * index / size:.6g} {unit}") for index in range(math.floor(span / step + 1e-9) + 1)]


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _document(width: float, height: float, label: str, parts: list[str]) -> str:
    size = f'viewBox="0 0 {_number(width)} {_number(height)}" width="{_number(width)}" height="{_number(height)}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="plot" role="img" aria-label="{escape(label)}" {size} '
        f'style="max-width:100%;height:auto">{"".join(parts)}</svg>'
    )
