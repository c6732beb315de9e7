"""Promise 7: cancelling any await loses no event, and nobody waits in vain afterwards."""

from __future__ import annotations

import asyncio

import pytest

from async_channel import Channel, Consumer
from tests.support import run


@pytest.mark.parametrize("room_first", [False, True])
def test_a_sender_that_is_cancelled_as_room_comes_passes_its_turn_on(room_first: bool) -> None:
    async def main() -> None:
        channel: Channel[int] = Channel(capacity=4)
        consumer = Consumer(channel, capacity=2)
        await channel.send_many([0, 1])
        first = asyncio.create_task(channel.send(2))
        await asyncio.sleep(1)
        second = asyncio.create_task(channel.send(3))
        await asyncio.sleep(1)
        if room_first:
            assert consumer.get_nowait() == 0
            first.cancel()
        else:
            first.cancel()
            assert consumer.get_nowait() == 0
        async with asyncio.timeout(1):
            await second
        assert first.cancelled()
        assert [consumer.get_nowait(), consumer.get_nowait()] == [1, 3]

    run(main())
