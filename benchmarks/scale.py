"""What the parts of the chart share: a logarithmic scale, and how times are written."""

from __future__ import annotations

import math
from collections.abc import Sequence


def time_text(nanoseconds: float) -> str:
    """Three digits that matter, with the unit."""
    if nanoseconds < 1_000:
        return f"{nanoseconds:.0f} ns"
    if nanoseconds < 1_000_000:
        return f"{nanoseconds / 1_000:.3g} µs"
    return f"{nanoseconds / 1_000_000:.3g} ms"


class Scale:
    """Time to x, logarithmic, from the decade below the smallest figure to the one above the largest."""

    def __init__(self, figures: Sequence[float], left: float, right: float) -> None:
        self.low = math.floor(math.log10(min(figures)))
        self.high = max(math.ceil(math.log10(max(figures))), self.low + 1)
        self._left = left
        self._width = right - left

    def x(self, value: float) -> float:
        """Where a bar of that time ends."""
        return self._left + (math.log10(value) - self.low) / (self.high - self.low) * self._width
