"""Every promise in thousands of the orders that asyncio permits, with a task cancelled at any of its awaits."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

import pytest

import async_channel
from async_channel.testing import explore_schedules
from tests.promises.explored import clockwork, endings, flow, pipelines, supervising, trees

SCENARIOS: list[Callable[[Any], Coroutine[Any, Any, None]]] = [
    flow.atomic_fan_out,
    flow.fan_out_of_many_ways_to_send,
    flow.backpressure,
    flow.a_send_with_room_returns_at_once,
    flow.overflow,
    flow.a_lossy_consumer_slows_nobody,
    flow.ledger,
    endings.completion,
    endings.failure,
    endings.isolation,
    endings.cancellation,
    endings.shared_consumer,
    endings.closing_while_others_wait,
    endings.warm_up,
    clockwork.rx_exactness,
    clockwork.reentrance,
    clockwork.one_clock,
    clockwork.get_in_time,
    clockwork.threads,
    clockwork.no_loop_needed,
    pipelines.in_order_through_coroutines,
    pipelines.by_key_and_unordered,
    pipelines.several_sources,
    pipelines.fed_through,
    trees.atomic_at_every_level,
    trees.everybody_gets_a_turn,
    trees.ends_in_a_tree,
]

SUPERVISED = [supervising.dead_letters, supervising.redelivery]
"""What is promised of callbacks that fail, beyond the twelve."""


# What the core does in an order of tasks depends on no version of Python: one sees them all, the others a sample.
SCHEDULES = 2_000 if sys.version_info[:2] == (3, 11) else 400


@pytest.mark.at_scale
@pytest.mark.parametrize("scenario", [*SCENARIOS, *SUPERVISED], ids=lambda scenario: scenario.__name__)
def test_the_promise_is_kept_in_every_order_and_whoever_is_cancelled(
    scenario: Callable[[Any], Coroutine[Any, Any, None]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.getLogger("async_channel"), "disabled", True)
    found = explore_schedules(partial(scenario, async_channel), schedules=SCHEDULES, cancellations=2)
    if found.failure is not None:
        pytest.fail(f"{found.failure.error!r}\n{found.failure.note}")
    assert found.schedules == SCHEDULES
    assert found.distinct > SCHEDULES // 2
    assert found.cancellations > SCHEDULES // 2
