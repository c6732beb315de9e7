"""Promise 2: senders wait for room and for nothing else, first come, first served; memory is bounded by capacities."""

from __future__ import annotations

import asyncio

from async_channel import Channel, Consumer
from tests.support import run


def test_waiting_senders_go_in_the_order_they_called() -> None:
    async def main() -> None:
        channel: Channel[int] = Channel(capacity=1)
        consumer = Consumer(channel)
        await channel.send(0)
        async with asyncio.TaskGroup() as senders:
            for event in (1, 2, 3):
                senders.create_task(channel.send(event))
            await asyncio.sleep(1)
            assert [await consumer.get() for _ in range(4)] == [0, 1, 2, 3]

    run(main())


def test_a_pipeline_of_two_channels_starves_neither() -> None:
    async def main() -> None:
        left: Channel[str] = Channel("left")
        right: Channel[str] = Channel("right")
        consumer = Consumer(left.merge(right), capacity=1)

        async def produce(channel: Channel[str]) -> None:
            while True:
                await channel.send(channel.name)

        producers = [asyncio.create_task(produce(channel)) for channel in (left, right)]
        got = [await consumer.get() for _ in range(100)]
        for producer in producers:
            producer.cancel()
        assert min(got.count("left"), got.count("right")) >= 40

    run(main())
