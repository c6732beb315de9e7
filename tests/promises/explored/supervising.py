"""Supervision as scenarios: each event is handled or among the dead letters, whoever is cancelled, and in any order."""

from __future__ import annotations

import asyncio
from typing import Any

from async_channel.testing import may_cancel
from tests.promises.explored.common import Api, Boom, by_iteration, check_ledger, ended, reading, start


async def dead_letters(api: Api) -> None:
    """Each event that was sent is handled, or a dead letter, or reported as lost or dropped: in one place, once."""
    letters = api.Channel("Letters", capacity=1)
    reader = api.Consumer(letters)
    channel = api.Channel(capacity=2)
    sent: list[int] = []
    handled: list[int] = []
    calls: dict[int, int] = {}
    told: list[Any] = []
    channel.errors.subscribe(told.append)

    async def call_back(event: int) -> None:
        calls[event] = calls.get(event, 0) + 1
        await asyncio.sleep(0)
        if event % 2 and calls[event] <= event % 5:
            raise Boom(event)
        handled.append(event)

    subscription = channel.consume(call_back, on_error=api.retry(2, backoff=0.5), dead_letters=letters)
    _ = may_cancel(subscription.task)

    async def produce(first: int) -> None:
        for event in range(first, first + 3):
            await channel.send(event)
            sent.append(event)

    buried: list[Any] = []
    collectors = reading(by_iteration(reader, buried))
    await ended(start(produce(1), produce(11)))
    await channel.stop()
    await letters.stop()
    await ended(collectors)
    lost = [failure.event for failure in told if "dead letters" in failure.where]
    stats = subscription.stats()
    places = [*handled, *(letter.event for letter in buried), *lost]
    assert len(places) == len(set(places)) == stats.delivered
    assert set(places) <= set(sent)
    assert stats.failed == len(buried) + len(lost)
    assert all(letter.attempts == calls[letter.event] <= 2 for letter in buried)
    assert subscription.task.cancelled() or len(places) == len(sent)
    check_ledger(channel, reader)


async def redelivery(api: Api) -> None:
    """A letter that is redelivered has its turn among the other events: one call at a time, and each handled once."""
    letters = api.Channel("Letters", capacity=8)
    reader = api.Consumer(letters)
    channel = api.Channel(capacity=2)
    online = False
    busy = False
    handled: list[int] = []

    async def call_back(event: int) -> None:
        nonlocal busy
        assert not busy
        busy = True
        try:
            await asyncio.sleep(0)
            if not online:
                raise Boom(event)
            handled.append(event)
        finally:
            busy = False

    subscription = channel.consume(call_back, dead_letters=letters)
    for event in range(3):
        await channel.send(event)
    found = [await reader.get() for _ in range(3)]
    online = True

    async def redeliver(letter: Any) -> None:
        assert await subscription.redeliver(letter)

    async def produce() -> None:
        for event in range(10, 13):
            await channel.send(event)

    tasks = start(*(redeliver(letter) for letter in found), produce())
    await ended(tasks)
    await channel.stop()
    assert len(handled) == len(set(handled))
    done = {letter.event for letter, task in zip(found, tasks[:3], strict=True) if not task.cancelled()}
    assert done <= set(handled)
    assert [event for event in handled if event >= 10] == list(range(10, 13))[: sum(e >= 10 for e in handled)]
    assert subscription.stats().failed == 3
    check_ledger(channel, reader)
