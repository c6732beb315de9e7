"""Promise 2: senders wait for room and for nothing else, first come, first served; memory is bounded by capacities."""

from __future__ import annotations

import asyncio

import pytest
import reactivex
from hypothesis import given, settings
from reactivex import operators as ops

from async_channel import Channel, ChannelFull, Consumer, Overflow
from tests.promises.models import Model
from tests.promises.play import play
from tests.promises.trace import Called, Paused, Quiet, Raised, Resumed, Returned, Suspended
from tests.promises.worlds import World, worlds
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


def test_a_pipeline_that_makes_several_of_one_is_bounded() -> None:
    async def main() -> None:
        channel: Channel[int] = Channel(capacity=4)
        consumer = Consumer(channel.via(ops.flat_map(lambda n: reactivex.of(n, n, n))), capacity=2)

        async def produce() -> None:
            while True:
                await channel.send(1)

        producer = asyncio.create_task(produce())
        for _ in range(100):
            await consumer.get()
            await asyncio.sleep(0)
            assert consumer.stats().pending < 2 + 3
        producer.cancel()

    run(main())


def test_a_sender_held_back_by_a_pipeline_goes_on_when_that_has_room() -> None:
    async def main() -> None:
        channel: Channel[int] = Channel()
        direct = Consumer(channel, capacity=2)
        pipeline = Consumer(channel.map(lambda n: n), capacity=1)
        await channel.send(1)
        async with asyncio.TaskGroup() as senders:
            for event in (2, 3):
                senders.create_task(channel.send(event))
            await asyncio.sleep(1)
            assert [direct.get_nowait(), pipeline.get_nowait()] == [1, 1]
            await asyncio.sleep(1)
            assert [direct.stats().pending, pipeline.get_nowait()] == [1, 2]
            async with asyncio.timeout(1):
                assert await pipeline.get() == 3

    run(main())


def test_a_tight_loop_of_all_ways_to_send_lets_the_loop_run() -> None:
    async def main() -> None:
        channel: Channel[int] = Channel(capacity=4)
        consumer = Consumer(channel, overflow=Overflow.LATEST)
        sent = 0
        gaps: list[int] = []

        async def produce() -> None:
            nonlocal sent
            while sent < 10_000:  # a loop that never let go would not end by itself
                channel.send_nowait(0)
                for _ in range(3):
                    await channel.send(0)
                    sent += 1

        producer = asyncio.create_task(produce())
        for _ in range(200):
            before = sent
            await asyncio.sleep(0)
            gaps.append(sent - before)
        producer.cancel()
        consumer.close()
        assert max(gaps) < 200

    run(main())


@settings(max_examples=150)
@pytest.mark.at_scale
@given(worlds())
def test_senders_wait_for_room_and_nothing_else_in_the_order_they_came(world: World) -> None:
    model = Model(world)
    may_send: dict[int, bool] = {}
    since_breath = [0 for _ in world.channels]
    suspended: set[int] = set()
    for step in play(world):
        match step:
            case Called():
                in_line = model.waiting[step.channel] and step.how not in {"send_nowait", "on_next"}
                may_send[step.call] = model.room(step.channel) and not in_line
            case Resumed():
                channel = model.calls[step.call].channel
                may_send[step.call] = model.room(channel) and model.waiting[channel][0] == step.call
            case Suspended() if step.call not in suspended:
                channel = model.calls[step.call].channel
                # Either there was no room, or it lets the loop run, as it does once per `capacity` sends.
                assert not may_send[step.call] or since_breath[channel] >= world.channels[channel].capacity
                suspended.add(step.call)
            case Returned():
                channel = model.calls[step.call].channel
                assert may_send[step.call]
                since_breath[channel] = 1 if step.call in suspended else since_breath[channel] + 1
            case Raised(error=ChannelFull()):
                assert not may_send[step.call]
            case Quiet():
                for channel, waiting in enumerate(model.waiting):
                    assert not waiting or not model.room(channel)
            case _:
                pass
        model.see(step)


@settings(max_examples=100)
@pytest.mark.at_scale
@given(worlds(ends=0))
def test_no_task_sends_more_than_capacity_events_without_a_breath(world: World) -> None:
    calls: dict[int, Called] = {}
    in_a_row = [0 for _ in world.producers]
    for step in play(world):
        match step:
            case Called():
                calls[step.call] = step
            case Suspended():
                in_a_row[calls[step.call].producer] = 0
            case Paused():
                in_a_row[step.producer] = 0
            case Returned() if calls[step.call].how not in {"send_nowait", "on_next"}:
                call = calls[step.call]
                in_a_row[call.producer] += 1
                assert in_a_row[call.producer] <= world.channels[call.channel].capacity
            case _:
                pass
