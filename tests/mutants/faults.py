"""The catalogue of faults, all of which must be found, and how each is looked for."""

from __future__ import annotations

import gc
import logging
import sys
import warnings
from collections.abc import Generator
from contextlib import contextmanager
from functools import partial
from typing import Any

from async_channel.testing import Exploration, explore_schedules
from tests.mutants import in_log, in_readers
from tests.mutants.fault import Fault, Needs, Scenario
from tests.promises.explored import clockwork
from tests.promises.test_explored import SCENARIOS

FAULTS: list[Fault] = [*in_log.FAULTS, *in_readers.FAULTS]

PLAIN: list[Scenario] = [
    scenario
    for scenario in SCENARIOS
    if scenario not in {clockwork.threads, clockwork.get_in_time}  # they cancel by themselves
]
"""The scenarios of the promises in which nobody is cancelled but by the explorer."""


def explored(fault: Fault, api: Any, needs: Needs | None = None) -> Exploration:
    """What the explorer finds in the scenario that a fault is for.

    Args:
        fault: the fault.
        api: a copy of the package.
        needs: what to give it; by default all that it needs.
    """
    assert callable(fault.killer)
    cancellations = 2 if (needs or fault.needs) is Needs.CANCELLATION else 0
    return explore_schedules(partial(fault.killer, api), schedules=fault.schedules, cancellations=cancellations)


def replayed(scenario: Scenario, api: Any, seed: str) -> Exploration:
    """What comes of one schedule of a scenario; asyncio's own is called fifo."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="explore: the seed .* no longer meets what it met")
        return explore_schedules(partial(scenario, api), seed=seed)


@contextmanager
def unheard() -> Generator[None, None, None]:
    """Let nobody hear what broken code says to the logger, or when it is collected."""
    logger, hook = logging.getLogger("async_channel"), sys.unraisablehook
    disabled, logger.disabled = logger.disabled, True
    sys.unraisablehook = lambda _: None
    try:
        yield
        gc.collect()
    finally:
        logger.disabled = disabled
        sys.unraisablehook = hook
