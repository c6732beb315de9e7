"""Keys: `keyed[k]` is `filter(key == k)` in all that can be seen, over one shared subscription."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from hypothesis import given, settings
from hypothesis import strategies as st
from reactivex import abc
from reactivex.disposable import SerialDisposable

from async_channel import (
    Channel,
    ChannelError,
    Consumer,
    Overflow,
    Stream,
    conflate_by,
)
from async_channel.policy import Conflate
from tests.rx_scripts import Boom
from tests.support import run

Pick: TypeAlias = Callable[[int], Stream[int]]
Seen: TypeAlias = list[object]

KEYS = 3


def key_of(number: int) -> int:
    """A key, or trouble."""
    if number == 99:
        raise Boom("key")
    return number % KEYS


POLICIES: dict[str, Overflow | Conflate[int]] = {
    "block": Overflow.BLOCK,
    "oldest": Overflow.DROP_OLDEST,
    "newest": Overflow.DROP_NEWEST,
    "latest": Overflow.LATEST,
    "fail": Overflow.FAIL,
    "conflate": conflate_by(lambda number: number // 10),
}

# What stands between the channel and its keys. Nothing that remembers: a shared subscription would remember for all.
ABOVE: dict[str, Callable[[Channel[int]], Stream[int]]] = {
    "nothing": lambda channel: channel,
    "map": lambda channel: channel.map(lambda number: number + 1 if number != 98 else 98),
    "flat_map": lambda channel: channel.flat_map(lambda number: [number, number + 1] if number < 98 else [number]),
    "two channels": lambda channel: channel.merge(channel.map(lambda number: number + 30)),
    "keys of keys": lambda channel: channel.key_by(lambda number: number % 2)[0],
}

SPLITTING = ("flat_map", "two channels")
"""Where one event becomes several: with keys they come to all readers in that order, with filters reader by reader."""


@dataclass(frozen=True)
class Step:
    """One thing that is done: open, watch, leave, end or take, send, spawn, settle, stop, fail."""

    what: str
    keys: tuple[int, ...] = ()
    numbers: tuple[int, ...] = ()
    who: int = 0
    capacity: int = 1
    policy: str = "block"


@st.composite
def steps(draw: st.DrawFn) -> Step:
    what = draw(
        st.sampled_from(
            ["open"] * 3
            + ["watch", "leave", "close", "settle"]
            + ["take"] * 3
            + ["send"] * 3
            + ["spawn"] * 2
            + ["rare"]
        )
    )
    if what == "rare":
        what = draw(st.sampled_from(["stop", "fail", "trouble"]))
    return Step(
        what,
        keys=tuple(draw(st.lists(st.integers(0, KEYS - 1), min_size=1, max_size=2))),
        numbers=tuple(draw(st.lists(st.integers(0, 30), min_size=1, max_size=5))),
        who=draw(st.integers(0, 5)),
        capacity=draw(st.integers(1, 3)),
        policy=draw(st.sampled_from(sorted(POLICIES))),
    )


# Not a mixture of them: a reader that comes while an event sent from inside an observer waits its turn sees it or not.
REACTIONS = ["nothing", "leave", "leave others", "close", "watch", "leave and watch", "open", "send", "raise"]


def joined(pick: Pick, keys: tuple[int, ...]) -> Stream[int]:
    stream = pick(keys[0])
    for key in keys[1:]:
        stream = stream.merge(pick(key))
    return stream


class Play:
    """Plays a script with the streams of keys made in one way or another, and writes down all that can be seen."""

    def __init__(self, channel: Channel[int], pick: Pick, reaction: str) -> None:
        self.channel = channel
        self.pick = pick
        self.reaction = reaction
        """What plain observers do from inside their first event."""
        self.reacted: set[int] = set()
        self.watched: list[Seen] = []
        self.seen: Seen = []
        self.consumers: list[Consumer[int]] = []
        self.watchers: list[abc.DisposableBase] = []
        self.senders: list[asyncio.Task[int]] = []

    async def do(self, step: Step) -> None:
        seen = self.seen
        match step.what:
            case "open":
                self.consumers.append(
                    Consumer(joined(self.pick, step.keys), capacity=step.capacity, overflow=POLICIES[step.policy])
                )
            case "watch":
                self.watch(step.keys)
            case "leave" if self.watchers:
                self.watchers[step.who % len(self.watchers)].dispose()
            case "close" if self.consumers:
                self.consumers[step.who % len(self.consumers)].close()
            case "take" if self.consumers:
                seen.append(self.take(self.consumers[step.who % len(self.consumers)]))
            case "send" | "trouble":
                self.send(99 if step.what == "trouble" else step.numbers[0])
            case "spawn":
                self.senders.append(asyncio.create_task(self.channel.send_many(step.numbers)))
            case "stop":
                self.channel.on_completed()
            case "fail":
                self.channel.on_error(Boom("end"))
            case _:
                pass
        for _ in range(5):
            await asyncio.sleep(0)
        seen.append(
            (
                [consumer.stats() for consumer in self.consumers],
                [task.done() for task in self.senders],
                self.channel.stats(),
                [seen.copy() for seen in self.watched],
            )
        )

    def send(self, number: int) -> None:
        try:
            self.channel.send_nowait(number)
            self.seen.append("sent")
        except ChannelError as error:
            self.seen.append(type(error))

    def watch(self, keys: tuple[int, ...]) -> None:
        """A plain subscription, whose observer may do something from inside its first `on_next`."""
        seen: Seen = []
        number = len(self.watchers)
        self.watched.append(seen)
        subscription = SerialDisposable()
        self.watchers.append(subscription)

        def on_next(event: int) -> None:
            seen.append(event)
            if number not in self.reacted:
                self.reacted.add(number)
                self.react(subscription, event)

        subscription.disposable = joined(self.pick, keys).subscribe(on_next, seen.append, lambda: seen.append("end"))

    def react(self, mine: abc.DisposableBase, event: int) -> None:
        match self.reaction:
            case "leave":
                mine.dispose()
            case "leave others":
                for watcher in self.watchers:
                    watcher.dispose()
            case "close":
                for consumer in self.consumers:
                    consumer.close()
            case "watch" if len(self.watchers) < 6:
                self.watch((event % KEYS, (event + 1) % KEYS))
            case "leave and watch" if len(self.watchers) < 6:
                mine.dispose()
                self.watch((event % KEYS,))
            case "open" if len(self.consumers) < 6:
                self.consumers.append(Consumer(self.pick(event % KEYS), capacity=1))
            case "send" if event < 40:
                self.send(event + 1)
            case "raise":
                raise Boom("observer")
            case _:
                pass

    @staticmethod
    def take(consumer: Consumer[int]) -> object:
        try:
            return consumer.get_nowait()
        except (ChannelError, Boom) as error:
            return type(error), str(error)

    async def finish(self) -> Seen:
        """Read all that is pending: whoever waits for room goes on, and nobody waits for ever."""
        for _ in range(60):
            for consumer in self.consumers:
                while not isinstance(taken := self.take(consumer), tuple):
                    self.seen.append(taken)
            await asyncio.sleep(0)
        for consumer in self.consumers:
            consumer.close()
        for watcher in self.watchers:
            watcher.dispose()
        self.seen += [self.watched, await asyncio.gather(*self.senders, return_exceptions=True)]
        assert left_behind(self.channel) == []
        return self.seen


def left_behind(channel: Channel[int]) -> list[object]:
    """What is still attached to a channel."""
    log: Any = channel._log
    return [*channel._fan_out._sinks, *channel._fan_out._inboxes, *log.gates, *log.cursors, *channel.observers]


@settings(max_examples=150)
@given(
    script=st.lists(steps(), max_size=25),
    reaction=st.sampled_from(REACTIONS),
    above=st.sampled_from(sorted(ABOVE)),
    capacity=st.integers(1, 4),
    replay=st.integers(0, 3),
)
def test_the_stream_of_a_key_is_the_filter_by_that_key(
    script: list[Step], reaction: str, above: str, capacity: int, replay: int
) -> None:
    async def play(keyed: bool) -> str:
        channel: Channel[int] = Channel("Numbers", capacity=capacity, replay=replay)
        source = ABOVE[above](channel)
        streams = source.key_by(key_of)
        splits = above in SPLITTING
        playing = Play(
            channel,
            streams.__getitem__ if keyed else lambda key: source.filter(lambda number: key_of(number) == key),
            reaction if not splits or reaction in ("leave", "raise") else "nothing",
        )
        for step in script:
            await playing.do(replace(step, keys=step.keys[:1]) if splits else step)
        seen = await playing.finish()
        assert not streams._hub.readers
        assert not streams._hub._relay._members
        return "\n".join(map(str, seen))

    assert run(play(keyed=True)) == run(play(keyed=False))
