"""Promise 8: the first consumer is given what came before it, later ones the replay, plain subscribers nothing."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from async_channel import Channel, Consumer, Stream
from tests.promises.models import Model
from tests.promises.play import play
from tests.promises.trace import Ledgers, Observed, Returned, Subscribed
from tests.promises.worlds import World, worlds
from tests.support import run


@pytest.mark.parametrize("through_a_pipeline", [False, True])
def test_the_first_consumer_is_given_the_newest_and_later_ones_the_replay(through_a_pipeline: bool) -> None:
    async def main() -> None:
        channel: Channel[int] = Channel(capacity=4, replay=2)
        source: Stream[int] = channel.map(lambda n: n) if through_a_pipeline else channel
        observed: list[int] = []
        await channel.send_many(range(6))
        channel.subscribe(observed.append)
        assert (channel.stats().dropped, channel.stats().pending) == (2, 4)
        first, second = Consumer(source), Consumer(source)
        await channel.stop()
        assert [event async for event in first] == [2, 3, 4, 5]
        assert [event async for event in second] == [4, 5]
        assert observed == []
        assert channel.stats().dropped == 2

    run(main())


@settings(max_examples=150)
@pytest.mark.at_scale
@given(worlds(late=True))
def test_who_comes_late_is_given_what_it_is_entitled_to(world: World) -> None:
    model = Model(world)
    for step in play(world, inspect=True):
        model.see(step)  # its shelves begin with the warm-up or the replay, and readers get just that
        if isinstance(step, Ledgers):
            for channel, stats in enumerate(step.channels):
                direct = [shelf for shelf in model.below(channel) if shelf.spec.direct and not shelf.closed]
                let_go = stats.dropped - sum(shelf.dropped for shelf in direct)
                sent = len(model.sent[channel])
                spec = world.channels[channel]
                if model.warm[channel]:
                    assert let_go == max(0, sent - max(spec.capacity, spec.replay))
                else:
                    assert let_go == model.unseen[channel]
    assert not model.unread()


@settings(max_examples=100)
@pytest.mark.at_scale
@given(worlds(late=True))
def test_plain_subscribers_get_what_is_sent_from_then_on(world: World) -> None:
    model = Model(world)
    since: dict[int, int] = {}
    observed: dict[int, list[int]] = {}
    for step in play(world):
        model.see(step)
        match step:
            case Subscribed():
                since[step.observer] = len(model.sent[world.observers[step.observer].channel])
                observed[step.observer] = []
            case Observed():
                observed[step.observer].append(step.event)
            case Returned():
                for number, start in since.items():
                    assert observed[number] == model.sent[world.observers[number].channel][start:]
            case _:
                pass
