"""The order of a drain on random graphs of five channels: priorities hold, and the same input gives the same trace."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from async_channel import Channel, Priority, Subscription
from async_channel.testing.explorer import explore
from tests.support import run

CHANNELS = 5


@dataclass(frozen=True)
class Handler:
    """A callback of one channel: what it sends where on each event, and how often it lets the loop run."""

    reads: int
    priority: Priority
    sends: tuple[int, ...]
    pauses: int
    through_map: bool


@dataclass(frozen=True)
class Graph:
    handlers: tuple[Handler, ...]
    inputs: tuple[tuple[int, bool], ...]
    """The channels that events are sent to, and whether a drain follows."""
    capacity: int


@dataclass
class Run:
    """What happened."""

    trace: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)


def handlers() -> st.SearchStrategy[Handler]:
    # They send downstream only, so that each input has an end.
    return st.integers(0, CHANNELS - 1).flatmap(
        lambda reads: st.builds(
            Handler,
            reads=st.just(reads),
            priority=st.sampled_from(Priority),
            sends=st.lists(st.sampled_from(range(reads + 1, CHANNELS)), max_size=2).map(tuple)
            if reads < CHANNELS - 1
            else st.just(()),
            pauses=st.integers(0, 2),
            through_map=st.booleans(),
        )
    )


graphs = st.builds(
    Graph,
    handlers=st.lists(handlers(), min_size=1, max_size=6).map(tuple),
    inputs=st.lists(st.tuples(st.integers(0, CHANNELS - 1), st.booleans()), min_size=1, max_size=6).map(tuple),
    capacity=st.sampled_from([1, 2, 64]),
)


async def play(graph: Graph) -> Run:
    done = Run()
    channels = [Channel[str](f"c{n}", capacity=graph.capacity, synchronized=True) for n in range(CHANNELS)]
    known: list[tuple[Priority, Subscription[str]]] = []
    busy: list[int] = []

    def callback(number: int, handler: Handler) -> Callable[[str], Awaitable[None]]:
        async def handle(event: str) -> None:
            for other, (priority, subscription) in enumerate(known):
                if priority < handler.priority and other not in busy and subscription.stats().pending:
                    done.broken.append(f"handler {number} ({handler.priority.name}) before {other} ({priority.name})")
            done.trace.append(f"{number} {event}")
            busy.append(number)
            try:
                for _ in range(handler.pauses):
                    await asyncio.sleep(0)
                for place, target in enumerate(handler.sends):
                    await channels[target].send(f"{event}.{number}{'ab'[place]}")
            finally:
                busy.remove(number)

        return handle

    for number, handler in enumerate(graph.handlers):
        channel = channels[handler.reads]
        stream = channel.map(str) if handler.through_map else channel
        known.append(
            (handler.priority, stream.consume(callback(number, handler), priority=handler.priority, name=f"h{number}"))
        )
    for number, (channel_number, drains) in enumerate(graph.inputs):
        await channels[channel_number].send(str(number))
        if drains:
            await channels[channel_number].drain()
    await channels[0].drain()
    for channel in channels:
        assert channel.stats().balanced
        await channel.stop()
    assert all(subscription.stats().pending == 0 for _, subscription in known)
    return done


@given(graphs)
def test_all_of_a_priority_is_done_before_any_of_a_lower_one_starts(graph: Graph) -> None:
    # With room for all: who makes room for a sender does so by doing what is pending, in the middle of a callback.
    assert run(play(Graph(graph.handlers, graph.inputs, 4096))).broken == []


@given(graphs)
def test_every_event_reaches_every_callback_once(graph: Graph) -> None:
    trace = run(play(graph)).trace
    assert len(trace) == len(set(trace))
    below = [0] * CHANNELS
    for number in reversed(range(CHANNELS)):  # how many calls one event of a channel leads to
        below[number] = sum(
            1 + sum(below[target] for target in handler.sends) for handler in graph.handlers if handler.reads == number
        )
    expected = sum(below[number] for number, _ in graph.inputs)
    assert len(trace) == expected


@given(graphs)
def test_the_same_input_gives_the_same_trace(graph: Graph) -> None:
    assert run(play(graph)).trace == run(play(graph)).trace


def test_the_schedule_of_tasks_makes_no_difference() -> None:
    graph = Graph(
        handlers=(
            Handler(0, Priority.LOW, (1, 2), 1, through_map=False),
            Handler(1, Priority.HIGH, (3,), 2, through_map=True),
            Handler(2, Priority.MEDIUM, (3, 4), 1, through_map=False),
            Handler(3, Priority.HIGH, (4,), 0, through_map=False),
            Handler(4, Priority.OPTIONAL, (), 1, through_map=True),
        ),
        inputs=((0, False), (2, False), (0, True)),
        capacity=64,
    )
    expected = run(play(graph)).trace
    assert len(expected) == 20

    @explore(schedules=200)
    async def among_other_tasks() -> None:
        others = [asyncio.create_task(asyncio.sleep(0)) for _ in range(3)]
        done = await play(graph)
        await asyncio.gather(*others)
        assert done.trace == expected
        assert not done.broken

    among_other_tasks()
