"""Demand that comes and goes: a thousand times, in many orders, and at random beside a model."""

from __future__ import annotations

import asyncio
import gc
import logging
import math
import weakref
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from async_channel import Channel, ChannelClosed, Consumer, Overflow, Priority, clock
from async_channel.testing import explore_schedules
from tests.feeds import Feed, tasks_beside_this
from tests.promises.explored.common import check_nothing_left, ended, start
from tests.support import run


@pytest.mark.parametrize("grace", [0.0, 1.0, 2.5])
@pytest.mark.parametrize("piped", [False, True], ids=["direct", "pipeline"])
def test_demand_may_come_and_go_a_thousand_times_and_every_event_is_seen_once_and_nothing_leaks(
    grace: float, piped: bool
) -> None:
    async def main() -> None:
        feed = Feed(pace=0.25)
        seen: list[int] = []
        gone: deque[weakref.ref[Consumer[int]]] = deque(maxlen=10)
        async with Channel[int](capacity=3) as channel:
            channel.source(feed.numbers, grace=grace)
            for turn in range(1000):
                waiting = asyncio.create_task(channel.demand())
                consumer = Consumer(channel.map(lambda n: n) if piped else channel)
                gone.append(weakref.ref(consumer))
                already = len(feed.yielded)
                got = [await consumer.get() for _ in range(1 + turn % 5)]
                assert got == list(range(already, already + len(got)))
                seen += got
                await waiting
                consumer.close()
                del consumer
                await asyncio.sleep(0.625 * (turn % 3 + 1))
            await asyncio.sleep(10)
            assert not feed.running
            assert not tasks_beside_this()
            assert not channel._audience._waiting
            assert len(channel._audience._watchers) == len(channel._sources) == 1
            assert len(channel._cursors) == len(channel._log.cursors) == len(channel._fan_out._inboxes) == 0
            assert channel.stats().sent == len(feed.yielded)
            gc.collect()
            assert not [ref for ref in gone if ref() is not None]
            assert not [
                left for left in gc.get_objects() if isinstance(left, asyncio.TimerHandle) and not left._cancelled
            ]
        assert len(seen) == len(set(seen)) == 3000
        assert len(feed.opened) == {0.0: 1000, 1.0: 667, 2.5: 1}[grace]

    run(main())


async def flapping_demand() -> None:
    """Readers come and go, and are cancelled: each sees every event that is sent while it is there, once, in order."""
    channel: Channel[int] = Channel(capacity=2)
    sent: list[int] = []
    failures: list[object] = []
    channel._fan_out.tap(sent.append)
    channel.errors.subscribe(failures.append)
    feeds = [Feed(pace=1.0), Feed(pace=0.5, closing=0.5), Feed(pace=0.0, last=5)]
    for grace, feed in enumerate(feeds):
        channel.source(feed.numbers, grace=grace)

    async def visit(beginning: float, piped: bool) -> None:
        await asyncio.sleep(beginning)
        for reads in (3, 2):
            already, got = len(sent), list[int]()
            async with Consumer(channel.map(lambda n: n) if piped else channel, capacity=1) as consumer:
                assert channel.has_demand or channel.is_stopped
                try:
                    for _ in range(reads):
                        got.append(await consumer.get())
                finally:
                    assert got == sent[already : already + len(got)]
            await asyncio.sleep(1)

    async def wait() -> None:
        while True:
            await channel.demand()
            await asyncio.sleep(1)

    waiting = start(wait(), wait())
    await ended(start(visit(0, False), visit(0, True), visit(2, False), visit(4, True)))
    for task in waiting:
        task.cancel()
    await ended(waiting)
    await asyncio.sleep(10)
    assert not channel.has_demand
    assert not any(feed.running for feed in feeds)
    assert sorted(sent) == sorted(event for feed in feeds for event in feed.yielded)
    assert not channel._audience._waiting
    check_nothing_left(channel)

    visiting = start(visit(0, False), visit(0.5, True))
    await asyncio.sleep(1)
    await ended(start(channel.stop()))
    await channel.stop()
    assert not any(feed.running for feed in feeds)
    for task in visiting:
        await asyncio.wait([task])
        assert task.cancelled() or isinstance(task.exception(), ChannelClosed | None)
    assert not failures


def test_every_event_is_seen_once_in_every_order_and_whoever_is_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logging.getLogger("async_channel"), "disabled", True)
    found = explore_schedules(flapping_demand, schedules=1000, cancellations=2)
    if found.failure is not None:
        pytest.fail(f"{found.failure.error!r}\n{found.failure.note}")
    assert found.distinct > 500
    assert found.cancellations > 500


# ---- a model of when a source runs


@dataclass
class Model:
    """When a source is opened and closed, going by who joins and leaves at which time."""

    grace: float
    closing: float
    opened: list[float] = field(default_factory=list)
    closed: list[float] = field(default_factory=list)
    wanting: int = 0
    pause_at: float = math.inf
    closed_at: float = math.inf

    def advance(self, now: float) -> None:
        """Whatever is due by now happens."""
        if self.pause_at <= now and self.pause_at < math.inf:
            self.close(self.pause_at)
        if self.is_closing and self.closed_at <= now:
            then, self.closed_at = self.closed_at, math.inf
            self.closed.append(then)
            if self.wanting:
                self.opened.append(then)

    def close(self, now: float) -> None:
        self.pause_at = math.inf
        if not self.idle and not self.is_closing:
            self.closed_at = now + self.closing

    @property
    def is_closing(self) -> bool:
        return self.closed_at < math.inf

    @property
    def idle(self) -> bool:
        return len(self.opened) == len(self.closed)

    def join(self, now: float) -> None:
        self.wanting += 1
        self.pause_at = math.inf
        if self.idle:
            self.opened.append(now)

    def leave(self, now: float) -> None:
        self.wanting -= 1
        if not self.wanting and not self.is_closing:
            self.pause_at = now + self.grace


VISITORS: list[Callable[[Channel[int]], Callable[[], None]]] = [
    lambda channel: Consumer(channel).close,
    lambda channel: Consumer(channel.map(str), priority=Priority.LOW).close,
    lambda channel: channel.merge(channel.key_by(bool)[True]).subscribe(lambda event: None).dispose,
    lambda channel: channel.consume(lambda event: None, overflow=Overflow.DROP_NEWEST).close,
    lambda channel: Consumer(channel, priority=Priority.OPTIONAL).close,
]
"""Each joins, and gives what leaves. The last one is no demand."""
OPTIONAL = len(VISITORS) - 1

# What is due never falls on the time at which somebody comes or goes, which is a whole second: no order is left open.
GRACES = st.sampled_from([0.0, 0.5, 1.5, 4.5])
CLOSINGS = st.sampled_from([0.0, 0.25, 2.25])
STEPS = st.lists(st.tuples(st.sampled_from(range(len(VISITORS))), st.sampled_from([0, 0, 1, 2, 7])), max_size=30)


@settings(max_examples=300)
@given(sources=st.lists(st.tuples(GRACES, CLOSINGS), min_size=1, max_size=3), steps=STEPS)
def test_a_source_runs_exactly_when_the_model_says(
    sources: list[tuple[float, float]], steps: list[tuple[int, int]]
) -> None:
    async def main() -> None:
        models = [Model(grace, closing) for grace, closing in sources]
        feeds = [Feed(pace=0.25, closing=closing) for _, closing in sources]
        channel: Channel[int] = Channel(capacity=100_000)
        for feed, (grace, _) in zip(feeds, sources, strict=True):
            channel.source(feed.numbers, grace=grace)
        there: dict[int, Callable[[], None]] = {}
        for visitor, pause in steps:
            if visitor in there:
                there.pop(visitor)()
            else:
                there[visitor] = VISITORS[visitor](channel)
            for model in models if visitor != OPTIONAL else []:
                (model.join if visitor in there else model.leave)(clock.now())
            assert channel.has_demand is any(other != OPTIONAL for other in there)
            if pause:
                await asyncio.sleep(pause)
                for model in models:
                    model.advance(clock.now())
        await asyncio.sleep(0.125)
        for model in models:
            model.advance(clock.now())
            model.wanting = 0
            model.close(clock.now())
        for leave in there.values():
            leave()
        await channel.stop()
        for feed, model in zip(feeds, models, strict=True):
            model.advance(math.inf)
            assert (feed.opened, feed.closed) == (model.opened, model.closed)
        assert channel.stats().sent == sum(len(feed.yielded) for feed in feeds)
        assert not tasks_beside_this()

    run(main())
