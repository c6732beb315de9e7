"""The part of the chart that shows the operators: for each a bar of ours, and below it one of its twin."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from benchmarks import operators
from benchmarks.contenders import OURS, RX
from benchmarks.runner import Outcome
from benchmarks.scale import Scale, time_text

_COLUMNS, _LABEL, _BARS, _TEXT = 2, 150, 190, 110
_ROW, _BAR, _HEAD = 18, 6, 42


def operator_part(outcomes: Mapping[str, Outcome], y: int) -> tuple[list[str], int]:
    """The part from a height on, and the height where it ends."""
    shown = [outcomes[one.name] for one in operators.WORKLOADS if one.name in outcomes]
    if not shown:
        return [], y
    title = "Operators, one between a source and a plain subscriber: time an event"
    note = "above ours, below its twin in reactivex; x: how many times what ours takes"
    parts = [
        f'<text class="group" x="{_LABEL}" y="{y + 14}">{title}</text>',
        f'<text class="soft" x="{_LABEL}" y="{y + 31}">{note}</text>',
    ]
    y += _HEAD
    rows = -(-len(shown) // _COLUMNS)
    times = [one.medians[name][one.workload.key] for one in shown for name in (OURS, RX)]
    for number, outcome in enumerate(shown):
        column, row = divmod(number, rows)
        left = column * (_LABEL + _BARS + _TEXT) + _LABEL
        parts += _row(outcome, Scale(times, left, left + _BARS), left, y + row * _ROW)
    return parts, y + rows * _ROW


def _row(outcome: Outcome, scale: Scale, left: int, y: int) -> list[str]:
    ours, twin = (outcome.medians[name][outcome.workload.key] for name in (OURS, RX))
    text, right = y + 11, scale.x(max(ours, twin)) + 6
    ratio = outcome.ratio(RX, OURS)
    times = "" if ratio is None else f'<tspan class="soft" dx="6">{ratio:.1f} x</tspan>'
    return [
        f'<text class="end" x="{left - 8}" y="{text}">{escape(operators.short_name(outcome.workload))}</text>',
        f'<rect class="ours" x="{left}" y="{y}" width="{scale.x(ours) - left:.1f}" height="{_BAR}" rx="1"/>',
        f'<rect class="peer" x="{left}" y="{y + _BAR}" width="{scale.x(twin) - left:.1f}" height="{_BAR}" rx="1"/>',
        f'<text x="{right:.1f}" y="{text}">{time_text(ours)}{times}</text>',
    ]
