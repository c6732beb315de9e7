"""The stages every contender's pipeline runs: keep the even events, add one, make lists of 100, sum each.

They are as cheap as functions get, so that what is timed is the library between them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Coroutine
from typing import Any

from benchmarks.model import ONE, BenchmarkFailed, Figures, Load
from benchmarks.timing import time_readers

BUFFER = 100


def keep(event: int) -> bool:
    """The filter: every other event."""
    return event % 2 == 0


def change(event: int) -> int:
    """The first map."""
    return event + 1


def finish(events: list[int]) -> float:
    """The second map, over a full buffer: its sum, and the mark that counts the lists."""
    return ONE + sum(events)


def stream(load: Load) -> list[int]:
    """The events, made before the clock starts: small, so that the stages cost little."""
    return list(range(load.events))


def outputs(load: Load) -> int:
    """How many lists come out. Loads are chosen so that the last one is full."""
    return load.events // 2 // BUFFER


def check(load: Load, total: float) -> None:
    """Raise BenchmarkFailed unless `total` proves the sum and the number of all lists that had to come out."""
    expected = outputs(load) * ONE + sum(change(event) for event in stream(load) if keep(event))
    if total != expected:
        raise BenchmarkFailed(f"the pipeline's sum is {total}, not {expected}")


async def time_pipeline(load: Load, produce: Awaitable[None], reader: Coroutine[Any, Any, float]) -> Figures:
    """Time from the first send until the reader has returned the sum of what came out."""
    if load.events % (2 * BUFFER):
        raise BenchmarkFailed("the load does not fill the last buffer")
    result = 0.0

    async def read() -> float:
        nonlocal result
        result = await reader
        return load.expected  # The pipeline has its own check.

    figures = await time_readers(load, produce, [read()])
    check(load, result)
    return figures
