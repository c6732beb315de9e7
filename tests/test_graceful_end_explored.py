"""Stops, with time-outs and without, in thousands of the orders that asyncio permits, and whoever is cancelled."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

import pytest

import async_channel
from async_channel.testing import explore_schedules
from tests.promises.explored.common import Api, check_ledger, check_nobody_waits, ended, start

SCHEDULES = 2_000 if sys.version_info[:2] == (3, 11) else 400


async def every_event_is_handled_or_left(api: Api) -> None:
    """Whoever stops, how often, and whoever of them is cancelled: what was sent was handled, or is in each report."""
    channel = api.Channel("Numbers", capacity=4)
    sent: list[int] = []
    handled: dict[str, list[int]] = {"quick": [], "slow": [], "piped": []}

    def taking(name: str, turns: int) -> Callable[[int], Coroutine[Any, Any, None]]:
        async def handle(event: int) -> None:
            for _ in range(turns):
                await asyncio.sleep(0)
            if name != "quick":
                await asyncio.sleep(1)
            handled[name].append(event)

        return handle

    channel.consume(taking("quick", 1), name="quick")
    channel.consume(taking("slow", 2), name="slow")
    channel.map(int).consume(taking("piped", 0), name="piped")

    async def produce(first: int) -> None:
        for event in range(first, first + 2):
            try:
                await channel.send(event)
            except api.ChannelClosed:
                return
            sent.append(event)

    async def stop(timeout: float | None) -> None:
        await asyncio.sleep(1)
        reports.append(await channel.stop(timeout))

    reports: list[tuple[Any, ...]] = []
    await ended(start(produce(0), produce(10), stop(2.0), stop(None), stop(1.0)))
    report = await channel.stop(3.0)
    assert all(set(one) == set(report) for one in reports)
    left = {one.consumer: one for one in report}
    assert len(left) == len(report)
    for name, events in handled.items():
        assert events == sent[: len(events)]
        unhandled = sent[len(events) :]
        if name in left:
            assert left[name].events == len(unhandled) > 0
            assert left[name].event == (unhandled[0] if left[name].in_flight else None)
        else:
            assert not unhandled
    assert len([task for task in asyncio.all_tasks() if task.get_name().startswith("async_channel")]) == 0
    check_nobody_waits(channel)
    check_ledger(channel)


async def a_drain_loses_nothing_either(api: Api) -> None:
    """The same where callbacks are called by whoever stops: who is cancelled takes one call along, and that is told."""
    channel = api.Channel("Numbers", capacity=8, synchronized=True)
    handled: list[int] = []

    async def handle(event: int) -> None:
        await asyncio.sleep(1)
        handled.append(event)

    channel.consume(handle, name="mine")
    for event in range(4):
        await channel.send(event)

    async def stop(timeout: float) -> None:
        await channel.stop(timeout)

    (first,) = start(stop(5.0))
    await ended([first])
    report = await channel.stop(5.0)
    lost = [one.event for one in report if one.in_flight]
    assert sorted([*handled, *lost]) == list(range(4))
    assert sum(one.pending for one in report) == 0
    assert lost == [] or first.cancelled()


@pytest.mark.at_scale
@pytest.mark.parametrize("scenario", [every_event_is_handled_or_left, a_drain_loses_nothing_either])
def test_in_every_order_and_whoever_is_cancelled(
    scenario: Callable[[Any], Coroutine[Any, Any, None]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.getLogger("async_channel"), "disabled", True)
    found = explore_schedules(partial(scenario, async_channel), schedules=SCHEDULES, cancellations=2)
    if found.failure is not None:
        pytest.fail(f"{found.failure.error!r}\n{found.failure.note}")
    assert found.cancellations > SCHEDULES // 2
