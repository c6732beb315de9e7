"""Promise 7: cancelling any await loses no event, and nobody waits in vain afterwards."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given, settings

from async_channel import Channel, Consumer
from tests.promises.models import Model
from tests.promises.play import play
from tests.promises.trace import Quiet, Remains
from tests.promises.worlds import World, worlds
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


def test_a_cancelled_get_leaves_its_event_to_the_next() -> None:
    async def main() -> None:
        channel: Channel[int] = Channel()
        consumer = Consumer(channel)
        reader = asyncio.create_task(consumer.get())
        await asyncio.sleep(1)
        await channel.send(1)
        reader.cancel()
        await asyncio.wait([reader])
        assert reader.cancelled()
        assert consumer.get_nowait() == 1

    run(main())


@settings(max_examples=200)
@pytest.mark.at_scale
@given(worlds(cancellations=16))
def test_cancelling_anything_loses_nothing_and_leaves_nobody_waiting(world: World) -> None:
    model = Model(world)
    trace = play(world)
    for step in trace:
        model.see(step)  # fails when an event is lost, or one whose send was cancelled is read
        if isinstance(step, Quiet):
            for channel, waiting in enumerate(model.waiting):
                assert not waiting or not model.room(channel)
            for consumer, _ in model.readers:
                assert not model.shelves[consumer].pending
    assert not model.unread()
    assert not any(shelf.in_hand for shelf in model.shelves.values())
    assert trace[-1] == Remains(sleepers=0, senders=0, tasks=0)
