"""Promise 5: after the end a consumer still gets what is pending, then the end; no task is left behind."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given, settings

from async_channel import Channel, ChannelClosed, Consumer, ConsumerClosed
from tests.promises.models import Model
from tests.promises.play import play
from tests.promises.trace import Ended, Finished, Raised, Remains, Returned
from tests.promises.worlds import World, worlds
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


@pytest.mark.parametrize("error", [None, ValueError("the feed broke")])
def test_a_consumer_gets_what_is_pending_then_the_end(error: Exception | None) -> None:
    async def main() -> None:
        channel: Channel[int] = Channel()
        consumer = Consumer(channel)
        await channel.send_many([1, 2])
        if error is None:
            await channel.stop()
        else:
            channel.on_error(error)
        assert [await consumer.get(), await consumer.get()] == [1, 2]
        for _ in range(2):
            with pytest.raises(ChannelClosed if error is None else ValueError):
                await consumer.get()
        with pytest.raises(ChannelClosed):
            await channel.send(3)

    run(main())


@settings(max_examples=150)
@pytest.mark.at_scale
@given(worlds(ends=4, late=True))
def test_readers_end_when_all_is_read_and_senders_at_once(world: World) -> None:
    model = Model(world)
    finished: set[tuple[int, int]] = set()
    trace = play(world)
    for step in trace:
        model.see(step)
        match step:
            case Finished():
                shelf = model.shelves[step.consumer]
                over, error = model.over(shelf), shelf.error
                assert not shelf.pending
                if shelf.closed:
                    assert isinstance(step.error, ConsumerClosed | StopAsyncIteration)
                elif shelf.finished or error is None:
                    assert over or shelf.finished
                    assert isinstance(step.error, ChannelClosed | StopAsyncIteration)
                else:
                    assert step.error is error
                finished.add((step.consumer, step.reader))
            case Returned():
                assert model.ended[model.calls[step.call].channel] is None
            case Raised(error=ChannelClosed() | None):
                assert model.ended[model.calls[step.call].channel] is not None
            case Ended():
                pass
            case _:
                pass
    assert isinstance(trace[-1], Remains)
    assert trace[-1].tasks == 0
    for number, shelf in model.shelves.items():
        if not shelf.spec.callback:
            assert all((number, reader) in finished for reader in range(-1, len(shelf.spec.readers)))
