"""Random worlds: channels, producers, consumers, cancellations and ends, drawn by hypothesis.

A world only says what will be tried and when; `tests.promises.play` lives through it and writes down what happened.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from hypothesis import strategies as st

Sending: TypeAlias = Literal["send", "send_nowait", "on_next", "send_many", "send_many async"]
Reading: TypeAlias = Literal["get", "get timeout", "get_nowait", "async for", "batches"]
Policy: TypeAlias = Literal["block", "drop_oldest", "drop_newest", "latest", "fail", "conflate"]
StageName: TypeAlias = Literal["even", "map", "rx map", "buffer", "pairwise", "twice", "delay", "take"]
Ending: TypeAlias = Literal["stop", "stop timeout", "on_completed", "on_error"]

LAST_MOMENT = 9
"""Actors begin within the first so many seconds."""
HORIZON = 24
"""Then all producers are cancelled, and all channels stopped (seconds)."""
NO_PAUSE = -1
"""A pause of 0 lets the loop run once, one of 1 or more takes that many seconds; this is none at all."""

LOSSY: tuple[Policy, ...] = ("drop_oldest", "drop_newest", "latest", "fail", "conflate")
POLICIES: tuple[Policy, ...] = ("block", *LOSSY)


@dataclass(frozen=True)
class Moment:
    """A second, and how often the loop has run since it began: the finest difference there is."""

    second: int
    turns: int


@dataclass(frozen=True)
class ChannelSpec:
    capacity: int
    replay: int


@dataclass(frozen=True)
class Step:
    """Some events sent one after another in one way, then a pause."""

    how: Sending
    count: int
    pause: int


@dataclass(frozen=True)
class ProducerSpec:
    channel: int
    begins: Moment
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class ReaderSpec:
    """One task that reads: how, how many events before it begins its loop anew, and its pause after each read."""

    how: Reading
    size: int
    pause: int


@dataclass(frozen=True)
class ConsumerSpec:
    sources: tuple[int, ...]
    """The channels it reads; several, or the same one twice, are merged."""
    stages: tuple[StageName, ...]
    policy: Policy
    capacity: int | None
    filtered: bool
    opens: Moment
    closes: Moment | None
    callback: bool
    """Whether it is a callback of `channel.consume`, which pauses as its first reader would."""
    readers: tuple[ReaderSpec, ...]

    @property
    def direct(self) -> bool:
        return len(self.sources) == 1 and not self.stages

    @property
    def lossless(self) -> bool:
        return self.policy == "block" and not self.filtered


@dataclass(frozen=True)
class ObserverSpec:
    """A plain Rx subscription."""

    channel: int
    opens: Moment


@dataclass(frozen=True)
class Cancellation:
    """One task is cancelled, and goes on with its next step; the number counts those of its kind round and round."""

    kind: Literal["producer", "reader", "end"]
    number: int
    when: Moment


@dataclass(frozen=True)
class EndSpec:
    channel: int
    how: Ending
    when: Moment


@dataclass(frozen=True)
class World:
    channels: tuple[ChannelSpec, ...]
    producers: tuple[ProducerSpec, ...]
    consumers: tuple[ConsumerSpec, ...]
    observers: tuple[ObserverSpec, ...]
    cancellations: tuple[Cancellation, ...]
    ends: tuple[EndSpec, ...]


def moments(last: int = LAST_MOMENT) -> st.SearchStrategy[Moment]:
    return st.builds(Moment, st.integers(0, last), st.integers(0, 4))


PAUSES = st.sampled_from((NO_PAUSE, NO_PAUSE, 0, 1, 2, 3))
STEPS = st.builds(
    Step,
    st.sampled_from(("send", "send", "send", "send_nowait", "on_next", "send_many", "send_many async")),
    st.integers(1, 7),
    PAUSES,
)
READERS = st.builds(
    ReaderSpec, st.sampled_from(("get", "get timeout", "get_nowait", "async for", "batches")), st.integers(1, 4), PAUSES
)
STAGES: st.SearchStrategy[tuple[StageName, ...]] = st.sampled_from(
    (
        (),
        (),
        (),
        ("even",),
        ("map",),
        ("rx map",),
        ("buffer",),
        ("pairwise",),
        ("twice",),
        ("delay",),
        ("take",),
        ("even", "map"),
        ("map", "buffer"),
        ("twice", "even"),
        ("buffer", "rx map", "pairwise"),
        ("even", "delay"),
    )
)


@st.composite
def consumers(draw: st.DrawFn, channels: int, policies: tuple[Policy, ...], late: bool) -> ConsumerSpec:
    several = [(source, other) for source in range(channels) for other in range(channels)]
    sources = draw(st.sampled_from([*((source,) for source in range(channels)), *((0,),) * 4, *several]))
    stages = draw(STAGES)
    direct = len(sources) == 1 and not stages
    return ConsumerSpec(
        sources=sources,
        stages=stages,
        policy=draw(st.sampled_from(policies)),
        capacity=draw(st.sampled_from((None, 1, 1, 2, 3, 5))) if direct else draw(st.integers(1, 4)),
        filtered=draw(st.integers(0, 3)) == 0,
        opens=draw(moments() if late else st.sampled_from((Moment(0, 0), Moment(0, 0), Moment(0, 1), Moment(2, 0)))),
        closes=draw(moments()) if draw(st.integers(0, 3)) == 0 else None,
        callback=direct and draw(st.integers(0, 4)) == 0,
        readers=tuple(draw(st.lists(READERS, min_size=draw(st.sampled_from((0, 1, 1, 1, 1))), max_size=3))),
    )


@st.composite
def worlds(
    draw: st.DrawFn,
    *,
    policies: tuple[Policy, ...] = POLICIES,
    cancellations: int = 2,
    ends: int = 2,
    late: bool = False,
) -> World:
    """Worlds, with what a promise is about drawn more often.

    Args:
        policies: what consumers choose from.
        cancellations: the most cancellations.
        ends: the most ends; a channel that has none is stopped at the horizon.
        late: whether consumers subscribe at any time, not mostly at the beginning.
    """
    channels: list[Any] = draw(
        st.lists(st.builds(ChannelSpec, st.integers(1, 5), st.sampled_from((0, 0, 1, 3, 7))), min_size=1, max_size=2)
    )
    channel = st.integers(0, len(channels) - 1)
    producer = st.builds(ProducerSpec, channel, moments(3), st.lists(STEPS, min_size=1, max_size=4).map(tuple))
    cancellation = st.builds(
        Cancellation, st.sampled_from(("producer", "reader", "reader", "end")), st.integers(0, 5), moments()
    )
    end = st.builds(
        EndSpec, channel, st.sampled_from(("stop", "stop timeout", "on_completed", "on_error")), moments(HORIZON - 4)
    )
    return World(
        channels=tuple(channels),
        producers=tuple(draw(st.lists(producer, min_size=1, max_size=4))),
        consumers=tuple(draw(st.lists(consumers(len(channels), policies, late), min_size=1, max_size=5))),
        observers=tuple(draw(st.lists(st.builds(ObserverSpec, channel, moments(4)), max_size=1))),
        cancellations=tuple(draw(st.lists(cancellation, max_size=cancellations))),
        ends=tuple(draw(st.lists(end, max_size=ends))),
    )
