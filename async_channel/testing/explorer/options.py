"""What an exploration is asked for, checked when it is asked."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime

from async_channel.testing._core import clock_beginning
from async_channel.testing.explorer.run import Limits
from async_channel.testing.explorer.schedule import parse

MAX_STEPS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How to explore a test; what each means is told at `explore`.

    Raises:
        TypeError, ValueError: one is of another type or range.
    """

    schedules: int = 500
    seed: int | str = 0
    cancellations: bool | int = False
    max_steps: int = MAX_STEPS
    allow_pending: bool = False
    start: datetime | float | None = None

    def __post_init__(self) -> None:
        _require_count("schedules", self.schedules, 1)
        _require_count("max_steps", self.max_steps, 1)
        if not isinstance(self.cancellations, int):
            raise TypeError(f"explore: cancellations is True, or how many at most in a run, got {self.cancellations!r}")
        if self.cancellations < 0:
            raise ValueError(f"explore: cancellations is 0 or more, got {self.cancellations!r}")
        if isinstance(self.seed, bool) or not isinstance(self.seed, int | str):
            raise TypeError(f"explore: seed is a number, or the text that a failure printed, got {self.seed!r}")
        if isinstance(self.seed, str):
            parse(self.seed)
        if not isinstance(self.allow_pending, bool):
            raise TypeError(f"explore: allow_pending is True or False, got {self.allow_pending!r}")
        clock_beginning(math.inf, self.start)

    @property
    def limits(self) -> Limits:
        """What each run may do."""
        return Limits(
            max_steps=self.max_steps, allow_pending=self.allow_pending, start=clock_beginning(math.inf, self.start)
        )

    def replaying(self, seed: str) -> str:
        """The decorator that replays a schedule of a test with these options."""
        others = f", max_steps={self.max_steps}" if self.max_steps != MAX_STEPS else ""
        others += ", allow_pending=True" if self.allow_pending else ""
        others += f", start={self.start!r}" if self.start is not None else ""
        return f'@explore(seed="{seed}"{others})'


def _require_count(name: str, value: object, least: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"explore: {name} is a whole number, got {value!r}")
    if value < least:
        raise ValueError(f"explore: {name} is {least} or more, got {value!r}")
