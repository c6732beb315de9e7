"""Two small charts for the notebooks: values over time, and bars. Each shows itself in a notebook, as SVG.

They need no library, follow a light or a dark page, and are the same bytes for the same values.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby
from typing import Final, Literal, TypeAlias

Look: TypeAlias = Literal["one", "two", "three", "soft"]
"""The colour of a layer; soft is what stands behind the others."""
Point: TypeAlias = tuple[float, float]
"""A time (seconds) and a value."""

WIDTH: Final = 860
_LEFT: Final = 78
_RIGHT: Final = 16
_HEAD: Final = 56
_FOOT: Final = 34
_STYLE: Final = """
.chart { background: #fff; font: 12px ui-sans-serif, system-ui, "Segoe UI", "DejaVu Sans", Arial, sans-serif }
.chart text { fill: #1b1f24 }
.chart .dim { fill: #57606a }
.chart .title { font-size: 14px; font-weight: 600 }
.chart .grid { stroke: #d8dee4; fill: none }
.chart path { fill: none; stroke-linejoin: round }
.chart .one, .chart .key.one { stroke: #0969da }
.chart .two, .chart .key.two { stroke: #bc4c00 }
.chart .three, .chart .key.three { stroke: #8250df }
.chart .soft, .chart .key.soft { stroke: #8c959f }
.chart .up { fill: #1a7f37; stroke: #1a7f37 }
.chart .down { fill: #cf222e; stroke: #cf222e }
.chart .bar { fill: #afb8c1 }
.chart .bar.one { fill: #0969da; stroke: none }
@media (prefers-color-scheme: dark) {
  .chart { background: #0d1117 }
  .chart text { fill: #e6edf3 }
  .chart .dim { fill: #9198a1 }
  .chart .grid { stroke: #30363d }
  .chart .one, .chart .key.one { stroke: #58a6ff }
  .chart .two, .chart .key.two { stroke: #f0883e }
  .chart .three, .chart .key.three { stroke: #bc8cff }
  .chart .soft, .chart .key.soft { stroke: #6e7681 }
  .chart .up { fill: #3fb950; stroke: #3fb950 }
  .chart .down { fill: #f85149; stroke: #f85149 }
  .chart .bar { fill: #596370 }
  .chart .bar.one { fill: #4493f8 }
}
"""


@dataclass(frozen=True, slots=True)
class Line:
    """A value that holds until the next one."""

    name: str
    points: Sequence[Point]
    look: Look = "one"


@dataclass(frozen=True, slots=True)
class Candles:
    """From open to close a body, from low to high a wick: green where the price rose."""

    name: str
    rows: Sequence[tuple[float, float, float, float, float]]
    """When each began (seconds), its open, high, low and close."""
    seconds: float
    """How long each is."""


@dataclass(frozen=True, slots=True)
class Arrows:
    """Things that happened at a value: an arrow up from below, or down from above."""

    name: str
    points: Sequence[Point]
    way: Literal["up", "down"]


Layer: TypeAlias = Line | Candles | Arrows


class Chart:
    """Layers over one axis of time, the first one behind the others.

    Args:
        layers: what is drawn.
        title: what stands above.
        unit: what stands at the axis of values.
        start: the time that is 0:00 (seconds); that of the first of all points if None.
        height: of the plot (pixels).
    """

    def __init__(
        self, *layers: Layer, title: str, unit: str = "", start: float | None = None, height: int = 260
    ) -> None:
        spots = [spot for layer in layers for spot in _spots(layer)]
        times, values = [time for time, _ in spots] or [0.0], [value for _, value in spots] or [0.0]
        self._layers = layers
        self._title = title
        self._unit = unit
        self._height = height
        self._start = min(times) if start is None else start
        self._end = max([*times, self._start + 1e-9])
        low, high = min(values), max(values)
        margin = (high - low) * 0.06 or 1.0
        # What has always been above 0 is not drawn as if it could be below.
        self._low = low - margin if low < 0 or low - margin >= 0 else 0.0
        self._high = high + margin

    def to_svg(self) -> str:
        """The picture."""
        parts = [_text(_LEFT, 20, self._title, "title"), *self._legend(), *self._grid()]
        for layer in self._layers:
            if isinstance(layer, Line):
                parts.append(f'<path class="{layer.look}" stroke-width="1.4" d="{self._steps(layer.points)}"/>')
            elif isinstance(layer, Candles):
                parts += self._candles(layer)
            else:
                parts += [self._arrow(point, layer.way) for point in layer.points]
        return _document(_HEAD + self._height + _FOOT, parts, self._title)

    def _repr_svg_(self) -> str:
        return self.to_svg()

    def __repr__(self) -> str:
        return f"<Chart: {self._title}>"

    def _x(self, time: float) -> float:
        return _LEFT + (WIDTH - _LEFT - _RIGHT) * (time - self._start) / (self._end - self._start)

    def _y(self, value: float) -> float:
        return _HEAD + self._height * (self._high - value) / (self._high - self._low)

    def _steps(self, points: Iterable[Point]) -> str:
        """A stepped line; where several points share a pixel it is as high as they are."""
        path: list[str] = []
        for x, group in groupby(points, key=lambda point: round(self._x(point[0]))):
            heights = [self._y(value) for _, value in group]
            path.append(f"H{x}" if path else f"M{x} {heights[0]:.1f}")
            path += [f"V{y:.1f}" for y in dict.fromkeys((min(heights), max(heights), heights[-1]))]
        return "".join([*path, f"H{self._x(self._end):.1f}" if path else ""])

    def _candles(self, layer: Candles) -> Iterable[str]:
        wide = max(1.0, (self._x(layer.seconds) - self._x(0.0)) * 0.64)
        for start, opened, high, low, close in layer.rows:
            middle = self._x(start + layer.seconds / 2)
            top, bottom = self._y(max(opened, close)), self._y(min(opened, close))
            body = f'x="{middle - wide / 2:.1f}" y="{top:.1f}" width="{wide:.1f}" height="{max(bottom - top, 1):.1f}"'
            told = f"open {opened:,.2f}, high {high:,.2f}, low {low:,.2f}, close {close:,.2f}"
            yield (
                f'<g class="{"up" if close >= opened else "down"}"><title>{told}</title>'
                f'<path d="M{middle:.1f} {self._y(high):.1f}V{top:.1f}M{middle:.1f} {bottom:.1f}V{self._y(low):.1f}"/>'
                f'<rect {body} fill-opacity="0.55"/></g>'
            )

    def _arrow(self, point: Point, way: str) -> str:
        x, y = self._x(point[0]), self._y(point[1])
        shape = f"M{x:.1f} {y + 3:.1f}l5 11h-10z" if way == "up" else f"M{x:.1f} {y - 3:.1f}l5 -11h-10z"
        told = f"{point[1]:,.2f} at {_clock(point[0] - self._start)}"
        return f'<path class="{way}" d="{shape}"><title>{told}</title></path>'

    def _legend(self) -> Iterable[str]:
        x = float(_LEFT)
        for layer in self._layers:
            match layer:
                case Line():
                    yield f'<path class="key {layer.look}" stroke-width="2" d="M{x:.0f} 37h16"/>'
                case Candles():
                    yield f'<rect class="up" x="{x + 1:.0f}" y="33" width="5" height="9" fill-opacity="0.55"/>'
                    yield f'<rect class="down" x="{x + 9:.0f}" y="33" width="5" height="9" fill-opacity="0.55"/>'
                case Arrows():
                    shape = "M{:.0f} 32l5 10h-10z" if layer.way == "up" else "M{:.0f} 42l5 -10h-10z"
                    yield f'<path class="{layer.way}" d="{shape.format(x + 8)}"/>'
            yield _text(x + 22, 41, layer.name)
            x += 22 + 7.2 * len(layer.name) + 20

    def _grid(self) -> Iterable[str]:
        bottom, right = _HEAD + self._height, WIDTH - _RIGHT
        step = _round_step((self._high - self._low) / 5)
        digits = max(0, -math.floor(math.log10(step)))
        for index in range(math.ceil(self._low / step), math.floor(self._high / step) + 1):
            y = self._y(index * step)
            yield f'<path class="grid" d="M{_LEFT} {y:.1f}H{right}"/>'
            yield _text(_LEFT - 8, y + 4, f"{index * step:,.{digits}f}", "dim", anchor="end")
        yield _text(_LEFT - 8, _HEAD - 15, self._unit, "dim", anchor="end")
        seconds = _time_step((self._end - self._start) / 7)
        for index in range(math.floor((self._end - self._start) / seconds + 1e-9) + 1):
            x = self._x(self._start + index * seconds)
            yield f'<path class="grid" d="M{x:.1f} {bottom}v5"/>'
            anchor = "end" if x > right - 20 else "middle"
            yield _text(x, bottom + 20, _clock(index * seconds), "dim", anchor=anchor)
        yield f'<path class="grid" d="M{_LEFT} {bottom}H{right}"/>'


class Bars:
    """Horizontal bars, each with its value written beside it.

    Args:
        rows: the bars from top to bottom, by name.
        title: what stands above.
        show: puts a value in words.
        first: the name of the bar that is to be seen first.
    """

    def __init__(
        self, rows: Mapping[str, float], *, title: str, show: Callable[[float], str] = "{:,.0f}".format, first: str = ""
    ) -> None:
        self._rows = dict(rows)
        self._title = title
        self._show = show
        self._first = first

    def to_svg(self) -> str:
        """The picture."""
        left = 24 + 7.2 * max(map(len, self._rows), default=0)
        scale = (WIDTH - left - 110) / (max(self._rows.values(), default=0) or 1)
        parts = [_text(left, 22, self._title, "title")]
        for place, (name, value) in enumerate(self._rows.items()):
            y = 38 + 26 * place
            look = "bar one" if name == self._first else "bar"
            parts.append(_text(left - 8, y + 14, name, anchor="end"))
            parts.append(
                f'<rect class="{look}" x="{left:.1f}" y="{y}" width="{max(value * scale, 1):.1f}" height="18" rx="2"/>'
            )
            parts.append(_text(left + value * scale + 8, y + 14, self._show(value)))
        return _document(50 + 26 * len(self._rows), parts, self._title)

    def _repr_svg_(self) -> str:
        return self.to_svg()

    def __repr__(self) -> str:
        return f"<Bars: {self._title}>"


def _spots(layer: Layer) -> Iterable[Point]:
    """The points that a chart must have room for."""
    if isinstance(layer, Candles):
        for start, _, high, low, _ in layer.rows:
            yield start, low
            yield start + layer.seconds, high
    else:
        yield from layer.points


def _text(x: float, y: float, content: str, look: str = "", *, anchor: str = "start") -> str:
    kind = f' class="{look}"' if look else ""
    return f'<text{kind} x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(content)}</text>'


def _document(height: float, parts: Iterable[str], label: str) -> str:
    size = (
        f'width="{WIDTH}" height="{height:.0f}" viewBox="0 0 {WIDTH} {height:.0f}" style="max-width:100%;height:auto"'
    )
    head = f'<svg xmlns="http://www.w3.org/2000/svg" class="chart" role="img" aria-label="{escape(label)}" {size}>'
    return "\n".join([head, f"<style>{_STYLE}</style>", *parts, "</svg>"])


def _round_step(least: float) -> float:
    power = 10.0 ** math.floor(math.log10(least))
    return next(step for step in (power, 2 * power, 5 * power, 10 * power) if step >= least * (1 - 1e-9))


def _time_step(least: float) -> float:
    steps = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0)
    return next((step for step in steps if step >= least), math.ceil(least / 3600) * 3600.0)


def _clock(seconds: float) -> str:
    """Minutes and seconds, and tenths where there are any."""
    minutes, rest = divmod(round(seconds, 1), 60)
    return f"{minutes:.0f}:{rest:04.1f}" if rest % 1 else f"{minutes:.0f}:{rest:02.0f}"
