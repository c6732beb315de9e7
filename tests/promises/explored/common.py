"""What the scenarios share: tasks that may be cancelled, readers that read on afterwards, and what must be left."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeAlias

from async_channel.testing import may_cancel

Api: TypeAlias = Any
"""The package async_channel, or a copy of it under another name."""
Reading: TypeAlias = Callable[[], Coroutine[Any, Any, None]]


class Boom(Exception):
    """What is raised on purpose."""


def start(*work: Coroutine[Any, Any, object]) -> list[asyncio.Task[object]]:
    """Tasks that may be cancelled."""
    return [may_cancel(asyncio.create_task(one)) for one in work]


async def ended(tasks: list[asyncio.Task[object]]) -> None:
    """Wait until tasks have ended, and raise what one of them raised; being cancelled is no failure."""
    await asyncio.wait(tasks)
    for task in tasks:
        if not task.cancelled():
            task.result()


def reading(*readings: Reading) -> list[asyncio.Task[object]]:
    """Tasks that each have something read to the end, by one reader after another if those are cancelled."""
    return [asyncio.create_task(_read_on(read)) for read in readings]


async def _read_on(read: Reading) -> None:
    while True:
        (reader,) = start(read())
        await ended([reader])
        if not reader.cancelled():
            return


def by_iteration(consumer: Any, into: list[Any]) -> Reading:
    async def read() -> None:
        async for event in consumer:
            into.append(event)  # noqa: PERF401  a list that is being made is lost when its reader is cancelled

    return read


def by_get(api: Api, consumer: Any, into: list[Any]) -> Reading:
    async def read() -> None:
        while True:
            try:
                into.append(await consumer.get())
            except api.ChannelClosed:
                return

    return read


def by_batches(consumer: Any, into: list[Any]) -> Reading:
    async def read() -> None:
        async for batch in consumer.batches(2):
            into.extend(batch)

    return read


def slowly(read: Callable[[], Awaitable[Any]], into: list[Any], closed: type[Exception], turns: int = 2) -> Reading:
    """One event after another, and some turns of the loop after each."""

    async def go() -> None:
        while True:
            try:
                into.append(await read())
            except closed:
                return
            for _ in range(turns):
                await asyncio.sleep(0)

    return go


def check_ledger(channel: Any, *consumers: Any) -> None:
    """Every ledger adds up, and nobody is further behind than may be."""
    assert channel.stats().balanced
    for consumer in consumers:
        stats = consumer.stats()
        assert stats.balanced, stats
        assert min(stats.delivered, stats.dropped, stats.filtered, stats.pending) >= 0, stats


async def check_quiet(channel: Any, *consumers: Any) -> None:
    """Once nothing moves any more, nobody is in line who is no longer there."""
    logs = (channel._log, *(consumer._cursor.log for consumer in consumers))
    for _ in range(4):  # somebody may be cancelled at the very moment of the look, but not each time
        await asyncio.sleep(0.5)  # time stands still while anything can go on
        if not any(waiter.done() for log in logs for waiter in (*log.sleepers, *log.turns._line)):
            return
    raise AssertionError("somebody who no longer waits is still in line")


def check_nobody_waits(channel: Any, *consumers: Any) -> None:
    """No sender and no reader waits any more."""
    for log in (channel._log, *(consumer._cursor.log for consumer in consumers)):
        assert not log.sleepers
        assert not log._ranks
        assert not len(log.turns)


def check_nothing_left(channel: Any, *consumers: Any, callbacks: int = 0) -> None:
    """Once every consumer is closed nobody waits, and the channel knows none of them, but those of callbacks."""
    for consumer in consumers:
        consumer.close()
    check_nobody_waits(channel, *consumers)
    check_ledger(channel, *consumers)
    assert len(channel._log.cursors) == callbacks
    assert not channel._log.gates
    assert not channel._log.blockers
    assert len(channel._cursors) == callbacks
    assert not channel._fan_out._inboxes
    assert not channel._log.items
