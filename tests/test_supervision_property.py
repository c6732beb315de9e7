"""Supervision: whatever fails and whoever is cancelled, each event is handled or among the dead letters, once."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from async_channel import (
    Channel,
    ChannelClosed,
    Consumer,
    ConsumerClosed,
    ConsumersFailed,
    DeadLetter,
    Failure,
    OnError,
    Retry,
    Subscription,
    retry,
)
from tests.support import run

pytestmark = pytest.mark.usefixtures("silence")


class Boom(Exception):
    """What is raised on purpose."""


@dataclass(frozen=True)
class Plan:
    """One run: what each event does, how the callback is put there, and when it is disturbed."""

    failing: tuple[int, ...]
    """How often the callback fails on each event, before it succeeds."""
    waiting: tuple[float, ...]
    """How long it waits on each event; 0 is in no await at all."""
    policy: OnError | Retry
    pipeline: bool
    drained: bool
    capacity: int
    letters_capacity: int
    closed_at: float | None
    stopped_at: float | None
    redelivers: bool


plans = st.builds(
    Plan,
    failing=st.lists(st.sampled_from([0, 0, 0, 1, 2, 3, 99]), min_size=1, max_size=15).map(tuple),
    waiting=st.lists(st.sampled_from([0.0, 0.0, 0.5, 1.0]), min_size=15, max_size=15).map(tuple),
    policy=st.sampled_from(
        [
            OnError.LOG,
            OnError.STOP,
            retry(2, backoff=0.5),
            retry(3, backoff=0),
            retry(3, backoff=1.0, then=OnError.STOP),
        ]
    ),
    pipeline=st.booleans(),
    drained=st.booleans(),
    capacity=st.integers(1, 4),
    letters_capacity=st.integers(1, 20),
    closed_at=st.none() | st.sampled_from([0.0, 0.25, 1.0, 2.5, 4.0]),
    stopped_at=st.none() | st.sampled_from([0.0, 1.25, 3.0]),
    redelivers=st.booleans(),
)


class Run:
    """What is seen of one run."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.calls: Counter[int] = Counter()
        self.handled: list[int] = []
        self.letters: list[DeadLetter[int]] = []
        self.told: list[Failure] = []
        self.again: set[int] = set()
        self.redelivering: list[asyncio.Task[None]] = []
        self.busy = False

    async def callback_awaiting(self, event: int) -> None:
        assert not self.busy
        self.busy = True
        try:
            await asyncio.sleep(self.plan.waiting[event])
            self.finish(event)
        finally:
            self.busy = False

    def callback(self, event: int) -> Any:
        self.calls[event] += 1
        if self.plan.waiting[event]:
            return self.callback_awaiting(event)
        assert not self.busy
        return self.finish(event)

    def finish(self, event: int) -> None:
        if self.calls[event] <= self.plan.failing[event]:
            raise Boom(event)
        self.handled.append(event)

    async def main(self) -> None:
        plan = self.plan
        letters: Channel[DeadLetter[int]] = Channel("Letters", capacity=32)
        reader = Consumer(letters, capacity=plan.letters_capacity)
        channel: Channel[int] = Channel("Numbers", capacity=plan.capacity, synchronized=plan.drained)
        channel.errors.subscribe(self.told.append)
        source = channel.map(lambda n: n) if plan.pipeline else channel
        subscription = source.consume(self.callback, on_error=plan.policy, dead_letters=letters, capacity=plan.capacity)
        tasks = [
            asyncio.create_task(self.collect(reader, subscription)),
            asyncio.create_task(self.disturb(subscription)),
        ]
        sending = asyncio.create_task(self.send(channel))
        if plan.stopped_at is not None:
            await asyncio.sleep(plan.stopped_at)
            with suppress(ConsumersFailed):
                await channel.stop(timeout=None if plan.drained else 1.0)  # it cancels tasks, and no drain
        await sending
        with suppress(ConsumersFailed):
            await channel.stop()
        await tasks[1]
        await asyncio.sleep(1)  # the last letters are found
        await asyncio.gather(*self.redelivering)
        await letters.stop()
        await tasks[0]
        assert len(asyncio.all_tasks()) == 1
        self.check(subscription)

    async def send(self, channel: Channel[int]) -> None:
        try:
            for event in range(len(self.plan.failing)):
                await channel.send(event)
                if channel.synchronized:
                    await channel.drain()
        except ChannelClosed:
            return

    async def collect(self, reader: Consumer[DeadLetter[int]], subscription: Subscription[int]) -> None:
        async for letter in reader:
            self.letters.append(letter)
            if self.plan.redelivers and letter.event not in self.again:
                self.again.add(letter.event)
                self.redelivering.append(asyncio.create_task(self.redeliver(letter, subscription)))

    async def redeliver(self, letter: DeadLetter[int], subscription: Subscription[int]) -> None:
        await asyncio.sleep(0.1)
        try:
            await subscription.redeliver(letter)
        except ConsumerClosed:
            return
        self.letters.remove(letter)

    async def disturb(self, subscription: Subscription[int]) -> None:
        if self.plan.closed_at is not None:
            await asyncio.sleep(self.plan.closed_at)
            subscription.close()

    def check(self, subscription: Subscription[int]) -> None:
        stats = subscription.stats()
        assert stats.balanced
        lost = [failure.event for failure in self.told if "dead letters" in failure.where]
        places = Counter([*self.handled, *(letter.event for letter in self.letters), *lost])
        assert not [event for event, times in places.items() if times > 1]
        assert len(places) == stats.delivered
        assert not stats.pending or self.plan.stopped_at is not None  # what it was too late for
        for letter in self.letters:
            assert letter.attempts == self.calls[letter.event]
        assert set(self.calls) <= set(places)
        failed_once = {failure.event for failure in self.told if "callback" in failure.where}
        if not self.plan.drained:  # a drain goes on when the errors of a channel that is stopped meanwhile have ended
            assert len(failed_once) == stats.failed
        if subscription.failure is not None:
            assert subscription.ended
            assert isinstance(subscription.failure, Boom)


@settings(max_examples=400)
@given(plans)
def test_each_event_is_handled_or_a_dead_letter_once(plan: Plan) -> None:
    run(Run(plan).main())


def test_with_a_callback_that_raises_on_every_seventh_event() -> None:
    """Once in full: a thousand events, of which some succeed when they are tried again."""
    count = 1000
    failing = tuple((0 if event % 7 else 1 + event % 3) for event in range(count))
    plan = Plan(failing, (0.0,) * count, retry(2, backoff=0), False, False, 16, 1000, None, None, False)
    world = Run(plan)
    run(world.main())
    assert [letter.event for letter in world.letters] == [event for event in range(count) if failing[event] > 1]
    assert world.handled == [event for event in range(count) if failing[event] <= 1]
