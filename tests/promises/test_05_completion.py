"""Promise 5: after the end a consumer still gets what is pending, then the end; no task is left behind."""

from __future__ import annotations

import asyncio

import pytest

from async_channel import Channel
from tests.support import run


@pytest.mark.parametrize("callbacks", [1, 2, 3])
def test_callbacks_may_stop_their_own_channel(callbacks: int) -> None:
    async def main() -> None:
        channel: Channel[int] = Channel()

        async def stop(_: int) -> None:
            await channel.stop()

        for _ in range(callbacks):
            channel.consume(stop)
        await channel.send(1)
        async with asyncio.timeout(60):
            await channel.stop()
        assert asyncio.all_tasks() == {asyncio.current_task()}

    run(main())


def test_cancelling_the_end_of_a_channel_block_leaves_no_task() -> None:
    async def main() -> None:
        async def never(_: int) -> None:
            await asyncio.Event().wait()

        async def block() -> None:
            async with Channel[int]() as channel:
                channel.consume(never)
                await channel.send(1)

        task = asyncio.create_task(block())
        await asyncio.sleep(1)
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()
        assert asyncio.all_tasks() == {asyncio.current_task()}

    run(main())
