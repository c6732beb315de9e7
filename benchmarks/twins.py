"""Operator against operator: ours on a Channel, reactivex's on a Subject, with the same functions and subscriber.

The subscriber is a list's `append`: nothing is cheaper, and what it gathers proves that the two give the same.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from reactivex import Observable, Subject

from async_channel import Channel
from benchmarks.model import CAPACITY, BenchmarkFailed, Figures, Load, Round, Workload
from benchmarks.timing import ROUND_LIMIT, clock, no_collector

FAMILY = "operators"
EVENTS = 5_000

Operator: TypeAlias = Callable[[Any, Any], Observable[Any]]
"""Of a source, and of a second one for operators that take two: a fluent call, or a pipe of reactivex's."""

Send: TypeAlias = Callable[[Any], object]

_given: dict[tuple[str, int], list[object]] = {}
"""What came out the first time, by operator and number of events: it has to come out every time, on either side."""


def itself(event: Any) -> Any:
    """Nothing done to an event."""
    return event


@dataclass(frozen=True, slots=True)
class Twins:
    """An operator of ours and its twin.

    Args:
        name: how it is called here; up to the bracket, how it is called in the library.
        ours: ours.
        reactivex: the twin.
        events: how many events there are in a round; fewer where one of the two is very slow.
        stream: makes the events.
        two: whether they go to two sources, in turn.
        compared: what of an output has to be equal, where that is not all of it.
        nested: whether outputs are streams, each to be subscribed.
        ends: whether the end comes at once; else, seconds later, nobody waits for it.
    """

    name: str
    ours: Operator
    reactivex: Operator
    events: int = EVENTS
    stream: Callable[[int], Sequence[Any]] = range
    two: bool = False
    compared: Callable[[Any], object] = itself
    nested: bool = False
    ends: bool = True

    @property
    def method(self) -> str:
        """The name of the operator, without its arguments."""
        return self.name.partition("(")[0]

    @property
    def workload(self) -> Workload:
        """What the runner is given."""
        return Workload(
            name=f"{FAMILY}/{self.name}",
            family=FAMILY,
            title="Operators, one between a source and a plain subscriber",
            unit="ns per event",
            key="ns",
            load=Load(1, self.events),
            quick=Load(1, self.events // 10),
        )


def ours(twins: Twins) -> Round:
    """The round of our operator."""

    async def measure(load: Load) -> Figures:
        first, second = (Channel[Any]("bench", capacity=CAPACITY) for _ in range(2))
        sends = first.send_nowait, second.send_nowait
        return await _time(twins, load, twins.ours(first, second), (first, second), sends)

    return measure


def reactivexs(twins: Twins) -> Round:
    """The round of reactivex's."""

    async def measure(load: Load) -> Figures:
        first, second = Subject[Any](), Subject[Any]()
        sends = first.on_next, second.on_next
        return await _time(twins, load, twins.reactivex(first, second), (first, second), sends)

    return measure


class _Received:
    """The subscriber: all that came, and whether the end has come."""

    def __init__(self, twins: Twins, result: Observable[Any]) -> None:
        self.events: list[Any] = []
        self.ended = not twins.ends
        append = self.events.append

        def subscribe(stream: Observable[Any]) -> None:
            stream.subscribe(append)

        self.subscription = result.subscribe(subscribe if twins.nested else append, self._failed, self._completed)

    def _failed(self, error: Exception) -> None:
        self.events.append(type(error))
        self.ended = True

    def _completed(self) -> None:
        self.ended = True


async def _time(
    twins: Twins,
    load: Load,
    result: Observable[Any],
    sources: tuple[Subject[Any], Subject[Any]],
    sends: tuple[Send, Send],
) -> Figures:
    """Time from the first event until the subscriber has been told the end."""
    events = twins.stream(load.events)
    pairs = list(zip(events[::2], events[1::2], strict=True))
    received = _Received(twins, result)
    first, second = sends
    async with asyncio.timeout(ROUND_LIMIT):
        with no_collector():
            started = clock()
            if twins.two:
                for one, other in pairs:
                    first(one)
                    second(other)
            else:
                for event in events:
                    first(event)
            for source in sources:
                source.on_completed()
            while not received.ended:
                await asyncio.sleep(0)
            elapsed = clock() - started
    received.subscription.dispose()
    _check(twins, load, received.events)
    return {"ns": elapsed / load.events}


def _check(twins: Twins, load: Load, received: list[Any]) -> None:
    """Raise BenchmarkFailed if the two do not give the same."""
    outputs = [twins.compared(event) for event in received]
    expected = _given.setdefault((twins.name, load.events), outputs)
    if outputs != expected:
        raise BenchmarkFailed(f"{len(outputs)} events came out, not the same as the {len(expected)} of its twin")
