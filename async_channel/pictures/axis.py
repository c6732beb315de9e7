"""Axis: round times to write below a picture, and times in words."""

from __future__ import annotations

import math
from typing import Final

_STEPS: Final = (60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400)
"""What is round in minutes, hours and days (seconds)."""

_DAY: Final = 86400


def ticks(span: float, count: int) -> list[tuple[float, str]]:
    """Round times from 0 to a span with their names, about as many as are wanted and never more.

    >>> ticks(9.0, 4)
    [(0.0, '0 s'), (5.0, '5 s')]
    >>> [name for _, name in ticks(7200, 5)]
    ['0:00:00', '0:30:00', '1:00:00', '1:30:00', '2:00:00']
    """
    step = _step(span / max(count - 1, 1)) if span > 0 else 1.0
    return [(step * index, _name(index, step)) for index in range(math.floor(span / step + 1e-9) + 1)]


def _step(least: float) -> float:
    if least > _STEPS[-1]:
        return math.ceil(least / _DAY) * float(_DAY)
    if least > 30:
        return float(next(step for step in _STEPS if step >= least))
    power = 10.0 ** math.floor(math.log10(least))
    return next(
        step for step in (power, 2 * power, 5 * power, 10 * power, *map(float, _STEPS)) if step >= least * (1 - 1e-9)
    )


def _name(index: int, step: float) -> str:
    if step >= 60:
        return clock_text(index * step)
    unit, size = next(
        (unit, size)
        for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6), ("ns", 1e-9), ("s", 0.0))
        if step >= size
    )
    return f"{index * step / (size or 1.0):.6g} {unit}"


def clock_text(seconds: float) -> str:
    """Hours, minutes and seconds, and days before them."""
    whole = round(seconds)
    days, rest = divmod(whole, _DAY)
    return f"{f'{days}d ' if days else ''}{rest // 3600}:{rest // 60 % 60:02}:{rest % 60:02}"
