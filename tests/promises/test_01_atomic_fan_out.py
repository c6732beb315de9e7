"""Promise 1: an event whose send returned reaches every consumer once, in one order for all."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from async_channel import Channel, Consumer, Overflow, Stream
from tests.promises.models import Model, through
from tests.promises.play import play
from tests.promises.trace import Called, Closed, Event, Got, Happening, Opened, Pushed, Raised, Returned
from tests.promises.worlds import World, worlds
from tests.support import run


@pytest.mark.parametrize("replay", [0, 1, 2])
@pytest.mark.parametrize("overflow", [Overflow.BLOCK, Overflow.DROP_NEWEST])
@pytest.mark.parametrize("through_a_pipeline", [False, True])
def test_who_subscribes_inside_an_observer_gets_no_event_twice(
    replay: int, overflow: Overflow, through_a_pipeline: bool
) -> None:
    async def main() -> None:
        channel: Channel[int] = Channel(replay=replay)
        first = Consumer(channel)
        late: list[Consumer[int]] = []

        def observer(event: int) -> None:
            if event == 1:
                channel.send_nowait(2)
                source: Stream[int] = channel.map(lambda n: n) if through_a_pipeline else channel
                late.append(Consumer(source, overflow=overflow))

        channel.subscribe(observer)
        await channel.send(1)
        await channel.send(3)
        await channel.stop()
        assert [event async for event in first] == [1, 2, 3]
        # 1 and 2 were sent before it subscribed: they are its replay, or none of its business.
        assert [event async for event in late[0]] == [*[1, 2][2 - replay :], 3]

    run(main())


def numbers_in(event: Event) -> list[int]:
    return [number for part in event for number in numbers_in(part)] if isinstance(event, tuple) else [event]


@settings(max_examples=150)
@pytest.mark.at_scale
@given(worlds(cancellations=4))
def test_a_sent_event_reaches_every_consumer_once_in_one_order(world: World) -> None:
    trace = play(world)
    calls = {step.call: step for step in trace if isinstance(step, Called)}
    sent = [calls[step.call] for step in trace if isinstance(step, Returned)]
    for producer in range(len(world.producers)):
        by_it = [call.call for call in sent if call.producer == producer]
        assert by_it == sorted(by_it)

    place = {call.event: at for at, call in enumerate(sent)}
    for number, spec in enumerate(world.consumers):
        got = [event for step in trace if isinstance(step, Got) and step.consumer == number for event in step.events]
        if spec.direct:
            places = [place[event] for event in got]  # an event whose send raised or was cancelled has none
            assert len(places) == len(set(places))
            # Where a newer event takes the place of an older one of its key, it is read in that place.
            assert spec.policy == "conflate" or places == sorted(places)
        if spec.direct and spec.lossless:
            ought = sent_while_open(trace, calls, number, spec.sources[0])
            closed = any(isinstance(step, Closed) and step.consumer == number for step in trace)
            of_these = [event for event in got if event in set(ought)]  # before them comes what was kept for it
            assert of_these == (ought[: len(of_these)] if closed else ought)


def sent_while_open(trace: list[Happening], calls: dict[int, Called], consumer: int, channel: int) -> list[Event]:
    sent: list[Event] = []
    is_open = False
    for step in trace:
        match step:
            case Opened() | Closed() if step.consumer == consumer:
                is_open = isinstance(step, Opened)
            case Returned() if is_open and calls[step.call].channel == channel:
                sent.append(calls[step.call].event)
            case _:
                pass
    return sent


@settings(max_examples=150)
@pytest.mark.at_scale
@given(worlds(cancellations=4))
def test_a_pipeline_is_pushed_every_event_that_was_sent_and_no_other(world: World) -> None:
    trace = play(world)
    model = Model(world)
    refused: set[int] = set()
    for step in trace:
        model.see(step)
        if isinstance(step, Raised):
            refused.add(model.calls[step.call].event)
    for number, shelf in model.shelves.items():
        spec = shelf.spec
        pushed = [step.event for step in trace if isinstance(step, Pushed) and step.consumer == number]
        assert not refused.intersection(numbers_in(tuple(pushed)))
        if spec.direct:
            continue
        completed = model.over(shelf) and shelf.error is None and not shelf.cut
        ought = through(spec.stages, model.came[number], completed)
        # What is delayed when it is closed or fails goes nowhere, nor do the inner streams that an error overtakes.
        loose = ("delay" in spec.stages and (shelf.closed or not completed)) or ("twice" in spec.stages and shelf.error)
        assert pushed == (ought[: len(pushed)] if loose else ought)
