"""Promise 3: what happens on overflow is the consumer's choice, and one slow lossy consumer slows nobody else."""

from __future__ import annotations

import asyncio

import pytest
import reactivex
from hypothesis import given, settings
from reactivex import operators as ops

from async_channel import Channel, ChannelFull, Consumer, ConsumerLagged, Overflow, conflate_by
from async_channel.policy import Conflate
from tests.promises.models import Model
from tests.promises.play import play
from tests.promises.trace import Raised, Suspended
from tests.promises.worlds import LOSSY, World, worlds
from tests.support import run


@pytest.mark.parametrize("how", ["get", "async for", "batches", "get_nowait"])
def test_what_a_source_that_cannot_wait_loses_is_told(how: str) -> None:
    async def main() -> None:
        consumer = Consumer(reactivex.interval(1.0), capacity=2)
        await asyncio.sleep(5.5)
        with pytest.raises(ConsumerLagged) as lagged:
            async with asyncio.timeout(0.1):
                while True:
                    match how:
                        case "get":
                            await consumer.get()
                        case "get_nowait":
                            consumer.get_nowait()
                        case "batches":
                            async for _ in consumer.batches():
                                pass
                        case _:
                            async for _ in consumer:
                                pass
        assert lagged.value.missed == 3
        consumer.close()

    run(main())


def parity(number: int) -> int:
    return number % 2


@pytest.mark.parametrize(
    ("overflow", "left"),
    [
        (Overflow.DROP_OLDEST, [3, 4, 5]),
        (Overflow.DROP_NEWEST, [1, 2, 3]),
        (Overflow.LATEST, [5]),
        (conflate_by(parity), [5, 4]),
    ],
)
def test_what_each_policy_keeps_of_five_events_where_three_fit(
    overflow: Overflow | Conflate[int], left: list[int]
) -> None:
    async def main() -> None:
        channel: Channel[int] = Channel()
        consumer = Consumer(channel, capacity=3, overflow=overflow)
        await channel.send_many([1, 2, 3, 4, 5])
        await channel.stop()
        assert [event async for event in consumer] == left
        assert consumer.stats().dropped == 5 - len(left)

    run(main())


def test_who_asked_to_be_told_is_told_once_and_reads_on() -> None:
    async def main() -> None:
        channel: Channel[int] = Channel()
        consumer = Consumer(channel, capacity=3, overflow=Overflow.FAIL)
        await channel.send_many([1, 2, 3, 4, 5])
        with pytest.raises(ConsumerLagged) as lagged:
            await consumer.get()
        assert lagged.value.missed == 2
        assert [await consumer.get() for _ in range(3)] == [3, 4, 5]

    run(main())


def test_a_backlog_that_is_delayed_is_not_lost() -> None:
    async def main() -> None:
        channel: Channel[int] = Channel()
        await channel.send_many(range(5))
        consumer = Consumer(channel.via(ops.delay(1.0)), capacity=2)
        await asyncio.sleep(2)
        assert [await consumer.get() for _ in range(5)] == [0, 1, 2, 3, 4]

    run(main())


@settings(max_examples=150)
@pytest.mark.at_scale
@given(worlds(policies=(*LOSSY, *LOSSY, "block")))
def test_each_policy_delivers_exactly_what_its_model_does(world: World) -> None:
    model = Model(world)
    for step in play(world):
        model.see(step)  # fails when a reader gets another event than the model has for it
    assert not model.unread()


@settings(max_examples=100)
@pytest.mark.at_scale
@given(worlds(policies=LOSSY, ends=0, cancellations=0))
def test_lossy_consumers_never_make_a_sender_wait(world: World) -> None:
    trace = play(world)
    model = Model(world)
    for step in trace:
        model.see(step)
        assert not isinstance(step, Raised) or not isinstance(step.error, ChannelFull)
    # Senders only let the loop run, and some of them came while another did.
    breaths = sum(isinstance(step, Suspended) for step in trace)
    sent = sum(len(events) for events in model.sent)
    assert breaths <= sent // min(channel.capacity for channel in world.channels) + sum(model.sender_waits)
