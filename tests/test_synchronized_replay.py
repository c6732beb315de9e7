"""A replay into synchronized channels: as a drain after each send, in one step where nobody else reads."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from async_channel import Channel, ChannelKey, Consumer, ConsumerStats, Overflow, Priority, Subscription, clock
from async_channel.recording import Recording
from async_channel.replay import replay
from tests.support import run

A, B = ChannelKey("A", int), ChannelKey("B", int)


def recorded(*events: tuple[str, int]) -> Recording:
    return Recording([A, B], [(name, float(place), event) for place, (name, event) in enumerate(events)])


async def by_hand(recording: Recording, channels: dict[str, Channel[int]]) -> None:
    for name, _, event in recording:
        await channels[name].send(event)
        await channels[name].drain()


async def by_replay(recording: Recording, channels: dict[str, Channel[int]]) -> None:
    assert await replay(recording, channels, speed=math.inf) == len(list(recording))


Way = Callable[[Recording, dict[str, Channel[int]]], Awaitable[None]]
WAYS: list[Way] = [by_hand, by_replay]


@dataclass(frozen=True)
class Handler:
    """A callback of A or B: what it does on each event."""

    reads: str
    priority: Priority
    does: str
    overflow: Overflow
    piped: bool
    filtered: bool = False


DOES = [
    "nothing",
    "sends",
    "sends now",
    "echoes",
    "awaits",
    "awaits and sends",
    "raises",
    "raises later",
    "closes",
    "stops",
]

handlers = st.builds(
    Handler,
    reads=st.sampled_from("AB"),
    priority=st.sampled_from(Priority),
    does=st.sampled_from(DOES),
    overflow=st.sampled_from([Overflow.BLOCK, Overflow.BLOCK, Overflow.LATEST, Overflow.DROP_NEWEST]),
    piped=st.booleans(),
    filtered=st.booleans(),
)
events = st.lists(st.tuples(st.sampled_from("AB"), st.integers(0, 3)), max_size=6)


Played = tuple[list[str], type[Exception] | None, list[ConsumerStats]]
"""Who was called with what, how the way ended, and the ledgers."""


def is_odd(event: int) -> bool:
    return event % 2 == 1


class World:
    """Two channels, and callbacks on them."""

    def __init__(self, plan: list[Handler], capacity: int) -> None:
        self.channels = {name: Channel[int](name, capacity=capacity, synchronized=True) for name in "AB"}
        self.trace: list[str] = []
        self.subscriptions: list[Subscription[int]] = []
        for number, handler in enumerate(plan):
            channel = self.channels[handler.reads]
            stream = channel.map(int) if handler.piped else channel
            self.subscriptions.append(
                stream.consume(
                    partial(self.handle, number, handler),
                    priority=handler.priority,
                    overflow=handler.overflow,
                    filter_func=is_odd if handler.filtered else None,
                )
            )

    def handle(self, number: int, handler: Handler, event: int) -> object:
        self.trace.append(f"{number} {event}")
        own = self.channels[handler.reads]
        if handler.does == "raises":
            raise ValueError(event)
        if handler.does == "closes":
            self.subscriptions[number].close()
        elif handler.does == "stops" and event == 3:
            own.on_completed()
        elif handler.does == "echoes" and event:
            own.send_nowait(event - 1)
        elif handler.reads == "A" and handler.does == "sends":
            return self.channels["B"].send(event)
        elif handler.reads == "A" and handler.does == "sends now":
            self.channels["B"].send_nowait(event)
        elif handler.does in {"awaits", "awaits and sends", "raises later"}:
            return self.later(handler, event)
        return None

    async def later(self, handler: Handler, event: int) -> None:
        await asyncio.sleep(0)
        if handler.does == "awaits and sends" and handler.reads == "A":
            await self.channels["B"].send(event)
        if handler.does == "raises later":
            raise ValueError(event)


async def play(way: Way, plan: list[Handler], recording: Recording, capacity: int) -> Played:
    world = World(plan, capacity)
    ended: type[Exception] | None = None
    try:
        await way(recording, world.channels)
    except Exception as error:
        ended = type(error)
    for channel in world.channels.values():
        assert channel.stats().balanced
        await channel.stop()
    return world.trace, ended, [one.stats() for one in world.subscriptions]


@given(st.lists(handlers, max_size=3), events, st.sampled_from([1, 2, 64]))
def test_it_is_as_a_drain_after_each_send(plan: list[Handler], sent: list[tuple[str, int]], capacity: int) -> None:
    assert run(play(by_replay, plan, recorded(*sent), capacity)) == run(play(by_hand, plan, recorded(*sent), capacity))


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("does", DOES)
@pytest.mark.parametrize("priority", [Priority.HIGH, Priority.LOW])
def test_what_a_lone_callback_does_is_done_alike(
    does: str, priority: Priority, way: Way, caplog: pytest.LogCaptureFixture
) -> None:
    plan = [
        Handler("A", priority, does, Overflow.BLOCK, piped=False),
        Handler("B", Priority.MEDIUM, "nothing", Overflow.BLOCK, piped=False),
    ]
    script = recorded(("A", 1), ("B", 7), ("A", 2))
    trace, ended, stats = run(play(way, plan, script, 64))
    assert ended is None
    assert trace == {
        "sends": ["0 1", "1 1", "1 7", "0 2", "1 2"],
        "sends now": ["0 1", "1 1", "1 7", "0 2", "1 2"],
        "awaits and sends": ["0 1", "1 1", "1 7", "0 2", "1 2"],
        "echoes": ["0 1", "0 0", "1 7", "0 2", "0 1", "0 0"],
        "closes": ["0 1", "1 7"],
    }.get(does, ["0 1", "1 7", "0 2"])
    assert stats[0].lag_peak == 1


def test_on_the_clock_each_event_is_handled_at_its_time() -> None:
    async def main() -> None:
        channel, seen = Channel[int]("A", synchronized=True), list[tuple[float, int]]()
        channel.consume(lambda event: seen.append((clock.now(), event)))
        await replay(recorded(("A", 1), ("A", 2)), {"A": channel})
        await replay(channel, [(0.0, 3), (5.0, 4)])
        assert seen == [(0, 1), (1, 2), (1, 3), (6, 4)]
        await channel.stop()

    run(main())


def test_a_channel_with_tasks_beside_it_is_sent_to_as_ever() -> None:
    async def main() -> None:
        drained, seen = Channel[int]("A", synchronized=True), list[str]()
        other = Channel[int]("B", capacity=1)
        drained.consume(lambda event: seen.append(f"A {event}"))
        other.consume(lambda event: seen.append(f"B {event}"))
        async with other, drained:
            await replay(recorded(("B", 1), ("A", 1), ("B", 2), ("B", 3)), {"A": drained, "B": other}, speed=math.inf)
        assert sorted(seen) == ["A 1", "B 1", "B 2", "B 3"]

    run(main())


def test_nobody_calls_a_second_time_while_a_callback_is_awaited() -> None:
    async def main() -> None:
        channel, seen = Channel[int]("A", capacity=2, synchronized=True), list[str]()

        async def handle(event: int) -> None:
            seen.append(f"begin {event}")
            await asyncio.sleep(1)
            seen.append(f"end {event}")

        channel.consume(handle)
        replaying = asyncio.create_task(replay(recorded(("A", 1), ("A", 2)), {"A": channel}, speed=math.inf))
        await asyncio.sleep(1.5)
        assert seen[-1] == "begin 2"
        sending = asyncio.create_task(channel.send_many([7, 8, 9]))  # more than there is room for
        await replaying
        await sending
        await channel.stop()
        assert seen == [f"{what} {event}" for event in (1, 2, 7, 8, 9) for what in ("begin", "end")]

    run(main())


def test_who_only_reads_gets_the_same_beside_a_callback() -> None:
    async def main() -> None:
        async with Channel[int]("A", synchronized=True) as channel, Consumer(channel) as consumer:
            seen = list[int]()
            channel.consume(seen.append)
            await replay(recorded(("A", 1), ("A", 2), ("A", 3)), {"A": channel}, speed=math.inf)
            assert seen == [1, 2, 3]
            assert [consumer.get_nowait() for _ in seen] == seen

    run(main())


def test_a_filter_keeps_events_from_a_lone_callback() -> None:
    async def main() -> None:
        async with Channel[int]("A", synchronized=True) as channel:
            seen = list[int]()
            subscription = channel.consume(seen.append, filter_func=is_odd)
            await replay(recorded(*(("A", event) for event in range(6))), {"A": channel}, speed=math.inf)
            assert seen == [1, 3, 5]
            assert (subscription.stats().delivered, subscription.stats().filtered) == (3, 3)

    run(main())
