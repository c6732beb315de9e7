"""Schedules: where a run leaves the order of a plain asyncio loop, and the short text that says so.

A schedule lists deviations only: whatever it does not mention happens in the order in which asyncio would do it. Steps
are counted from 0; the test is task 1, and those it makes have numbers in the order they are made.

>>> schedule, fingerprint = parse("4>3,9!2#c0de")
>>> schedule
(Deviation(step=4, task=3, cancels=False), Deviation(step=9, task=2, cancels=True))
>>> print(write(schedule, fingerprint))
4>3,9!2#c0de
"""

from __future__ import annotations

import re
from typing import NamedTuple, TypeAlias


class Deviation(NamedTuple):
    """One place where a run leaves asyncio's order."""

    step: int
    """Before which step of the run (a count from 0)."""
    task: int
    """The number of the task that goes first or is cancelled; 0 is the callback that is next."""
    cancels: bool = False
    """Whether the task is cancelled there, and not run."""


Schedule: TypeAlias = tuple[Deviation, ...]

_FIFO = "fifo"
_DEVIATION = re.compile(r"(\d+)([>!])(\d+)")


def write(schedule: Schedule, fingerprint: str = "") -> str:
    """A schedule as text: ``4>3`` lets task 3 go first in step 4, ``9!2`` cancels task 2 before step 9.

    Args:
        schedule: the deviations.
        fingerprint: what the run met, in four hexadecimal digits, so that a later run can tell whether it still does.
    """
    text = ",".join(f"{step}{'!' if cancels else '>'}{task}" for step, task, cancels in schedule) or _FIFO
    return f"{text}#{fingerprint}" if fingerprint else text


def parse(text: str) -> tuple[Schedule, str]:
    """Read what `write` wrote: the schedule and the fingerprint, which may be missing.

    Raises:
        ValueError: the text is no schedule.
    """
    body, _, fingerprint = text.strip().partition("#")
    deviations: list[Deviation] = []
    for part in [] if body == _FIFO else body.split(","):
        match = _DEVIATION.fullmatch(part)
        if match is None:
            raise ValueError(
                f"a seed is a number, or the text that a failure printed, such as '4>3,9!2#c0de'; got {text!r}"
            )
        deviations.append(Deviation(int(match[1]), int(match[3]), match[2] == "!"))
    return tuple(sorted(deviations)), fingerprint
