"""Promise 2: a million events through a channel with a slow consumer never hold more than the capacities say."""

from __future__ import annotations

import asyncio

import pytest

from async_channel import Channel, Consumer, Overflow
from tests.support import run

EVENTS = 1_000_000
CAPACITY = 64


class Counted:
    """An event that knows how many of its kind are alive, and were at most."""

    alive = 0
    peak = 0

    def __init__(self) -> None:
        cls = Counted
        cls.alive += 1
        if cls.alive > cls.peak:
            cls.peak = cls.alive

    def __del__(self) -> None:
        Counted.alive -= 1


@pytest.fixture(autouse=True)
def _none_alive() -> None:
    Counted.alive = Counted.peak = 0


async def send_all(channel: Channel[Counted]) -> None:
    await channel.send_many(Counted() for _ in range(EVENTS))
    await channel.stop()


async def read_slowly(consumer: Consumer[Counted]) -> int:
    """Read a little at a time, and let senders run in between."""
    count = 0
    async for batch in consumer.batches(CAPACITY // 2):
        count += len(batch)
        del batch
        await asyncio.sleep(0)
    return count


def test_a_blocking_consumer() -> None:
    async def main() -> None:
        channel: Channel[Counted] = Channel(capacity=CAPACITY)
        consumer = Consumer(channel)
        reading = asyncio.create_task(read_slowly(consumer))
        await send_all(channel)
        assert await reading == EVENTS
        # What is pending, the one in the sender's hand, and the batch in the reader's.
        assert Counted.peak <= CAPACITY + 1 + CAPACITY // 2

    run(main())


@pytest.mark.parametrize("overflow", [Overflow.DROP_OLDEST, Overflow.DROP_NEWEST, Overflow.LATEST, Overflow.FAIL])
def test_a_lossy_consumer_that_never_reads(overflow: Overflow) -> None:
    async def main() -> None:
        channel: Channel[Counted] = Channel(capacity=CAPACITY)
        consumer = Consumer(channel, capacity=2 * CAPACITY, overflow=overflow)
        await channel.send_many(Counted() for _ in range(EVENTS // 4))
        assert consumer.stats().sent == EVENTS // 4
        assert Counted.peak <= channel.capacity + 2 * CAPACITY + 1

    run(main())


def test_a_consumer_of_a_pipeline() -> None:
    async def main() -> None:
        channel: Channel[Counted] = Channel(capacity=CAPACITY)
        consumer = Consumer(channel.filter(lambda _: True).map(lambda event: event), capacity=CAPACITY)
        reading = asyncio.create_task(read_slowly(consumer))
        await send_all(channel)
        assert await reading == EVENTS
        assert Counted.peak <= channel.capacity + CAPACITY + 1 + CAPACITY // 2

    run(main())
