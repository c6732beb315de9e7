"""Promise 4: each event sent to a consumer is delivered, dropped, filtered or pending, at every moment."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings

from async_channel import Channel, ChannelStats, Consumer, ConsumerStats, conflate_by
from tests.promises.models import Model, Shelf
from tests.promises.play import play
from tests.promises.trace import Ledgers
from tests.promises.worlds import (
    ChannelSpec,
    ConsumerSpec,
    EndSpec,
    Moment,
    ProducerSpec,
    ReaderSpec,
    Step,
    World,
    worlds,
)
from tests.support import run


def test_an_event_whose_key_cannot_be_a_key_is_counted() -> None:
    async def main() -> None:
        channel: Channel[int] = Channel()
        consumer = Consumer(channel, overflow=conflate_by(lambda event: [event]))  # type: ignore[arg-type, return-value]  # unhashable
        await channel.send(1)
        stats = consumer.stats()
        assert (stats.sent, stats.dropped, stats.pending) == (1, 1, 0)

    run(main())


@pytest.mark.parametrize("wanted", [2, 5])
def test_the_ledger_of_a_consumer(wanted: int) -> None:
    async def main() -> None:
        channel: Channel[int] = Channel()
        consumer = Consumer(channel, filter_func=lambda n: n >= wanted)
        await channel.send_many(range(10))
        assert await consumer.get() == wanted
        stats = consumer.stats()
        assert (stats.sent, stats.delivered, stats.filtered, stats.pending) == (10, 1, wanted, 9 - wanted)
        consumer.close()
        assert consumer.stats().dropped == 9 - wanted
        assert consumer.stats().balanced

    run(main())


CUT_OFF = World(
    channels=(ChannelSpec(1, 3),),
    producers=(ProducerSpec(0, Moment(0, 0), (Step("send", 2, -1),)),),
    consumers=(ConsumerSpec((0,), (), "block", None, False, Moment(0, 0), None, True, (ReaderSpec("get", 1, 3),)),),
    observers=(),
    cancellations=(),
    ends=(EndSpec(0, "stop timeout", Moment(1, 0)),),
)
"""A callback that takes longer than the channel waits for it when it stops."""


@settings(max_examples=200)
@pytest.mark.at_scale
@given(worlds(late=True))
@example(CUT_OFF)
def test_every_number_is_right_after_every_step(world: World) -> None:
    model = Model(world)
    for step in play(world, inspect=True):
        model.see(step)
        if isinstance(step, Ledgers):
            for number, stats in enumerate(step.consumers):
                if stats is not None:
                    compare_consumer(stats, model.shelves[number])
            for number, summary in enumerate(step.channels):
                compare_channel(summary, model, number)


def compare_consumer(stats: ConsumerStats, shelf: Shelf) -> None:
    assert stats.balanced
    assert (stats.sent, stats.delivered, stats.dropped, stats.filtered, stats.pending) == (
        shelf.sent,
        shelf.delivered,
        shelf.dropped,
        shelf.filtered,
        len(shelf.pending),
    )
    assert stats.pending <= stats.lag_peak <= shelf.peak
    if not shelf.spec.callback:  # nobody sees when the task of a callback waits
        assert stats.waits == shelf.waits


def compare_channel(stats: ChannelStats, model: Model, number: int) -> None:
    shelves = [
        model.shelves[consumer]
        for consumer, spec in enumerate(model.world.consumers)
        if consumer in model.shelves and spec.direct and spec.sources[0] == number
    ]
    shelves = [shelf for shelf in shelves if not shelf.closed]
    sent = len(model.sent[number])
    kept = len(model.kept(number)) if model.warm[number] else 0
    unseen = sent - kept if model.warm[number] else model.unseen[number]
    assert stats.balanced
    assert stats.sent == sent
    assert stats.delivered == sum(shelf.delivered for shelf in shelves)
    assert stats.filtered == sum(shelf.filtered for shelf in shelves)
    assert stats.dropped == sum(shelf.dropped for shelf in shelves) + unseen
    assert stats.pending == sum(len(shelf.pending) for shelf in shelves) + kept
    assert stats.waits == model.sender_waits[number]
    assert len(stats.consumers) == len(shelves)
