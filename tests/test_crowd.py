"""A crowd: a hundred who send and a hundred who read, all of them cancelled now and then; the ledgers are exact."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Iterator
from itertools import count

import pytest

from async_channel import (
    Channel,
    ChannelClosed,
    ChannelEmpty,
    ChannelFull,
    Consumer,
    ConsumerLagged,
    Overflow,
    Subscription,
)
from tests.support import EVERY, run

PRODUCERS, CONSUMERS, EVENTS = 100, 100, 200_000 // EVERY
PAUSE = 997
"""Who has got every so many events, by their number, takes a while."""
LOSSY = [one for one in Overflow if one is not Overflow.BLOCK]


class Member:
    """One who reads, and what it got; whose task is cancelled at random, and begun anew."""

    def __init__(self, number: int, channel: Channel[int], chance: random.Random) -> None:
        self.chance = chance
        self.kind = ("get", "each", "batches", "callback")[number % 4]
        self.blocking = number % 5 != 0
        self.got: list[int] = []
        self.missed = 0
        self.before = channel.stats().sent
        self.task: asyncio.Task[None] | None = None
        self.cancelled = 0
        source = channel.map(int) if number % 3 == 0 else channel
        overflow = Overflow.BLOCK if self.blocking else LOSSY[number // 5 % len(LOSSY)]
        self.reader: Consumer[int] | Subscription[int]
        capacity = chance.randint(8, 256)
        if self.kind == "callback":
            self.reader = source.consume(self.call, capacity=capacity, overflow=overflow)
        else:
            self.reader = Consumer(source, capacity=capacity, overflow=overflow)
            self.begin()

    def call(self, event: int) -> Awaitable[None] | None:
        self.got.append(event)
        return asyncio.sleep(self.chance.random()) if event % PAUSE == 0 else None

    def begin(self) -> None:
        self.task = asyncio.create_task(self.read())

    async def read(self) -> None:  # noqa: C901  one loop over the ways to read
        consumer = self.reader
        assert isinstance(consumer, Consumer)
        while not consumer.exhausted or consumer.stats().pending:
            try:
                if self.kind == "batches":
                    async for batch in consumer.batches(self.chance.randint(1, 50)):
                        self.got += batch
                        if batch[-1] % 10 == 0:
                            await asyncio.sleep(self.chance.random())
                elif self.kind == "each":
                    async for event in consumer:
                        self.got.append(event)
                        if event % PAUSE == 0:
                            await asyncio.sleep(self.chance.random())
                else:
                    self.got.append(await consumer.get(timeout=0.5))
                    while True:
                        self.got.append(consumer.get_nowait())
            except ConsumerLagged as error:
                self.missed += error.missed
            except ChannelEmpty:
                if self.chance.random() < 0.1:
                    await asyncio.sleep(self.chance.random())
            except (TimeoutError, ChannelClosed):
                continue

    async def disturb(self) -> None:
        """Cancel it, wherever it is; who reads goes on with a new task."""
        if self.task is not None and not self.task.done():
            self.task.cancel()
            await asyncio.wait([self.task])
            self.cancelled += self.task.cancelled()
            self.begin()

    def check(self, sent: list[int], total: int) -> None:
        stats = self.reader.stats()
        due = sent[self.before :]
        assert stats.balanced
        assert (stats.sent, stats.delivered, stats.pending, stats.filtered) == (
            total - self.before,
            len(self.got),
            0,
            0,
        )
        assert stats.sent == len(due)
        if self.blocking:
            assert self.got == due
        else:
            assert stats.dropped == len(due) - len(self.got)
            following = iter(due)
            assert all(event in following for event in self.got), "out of order, or twice"
        assert self.missed in (0, stats.dropped)


class Crowd:
    """All of them, and the list of what was sent, in order."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.channel: Channel[int] = Channel("Crowd", capacity=64)
        self.numbers = count()
        self.sent: list[int] = []
        self.taken_back = 0

    def some(self, most: int) -> Iterator[int]:
        """Events to be sent; each was sent when the next one is asked for."""
        for _ in range(most):
            event = next(self.numbers)
            yield event
            self.sent.append(event)

    async def send(self) -> None:
        while len(self.sent) < EVENTS:
            how = self.chance.random()
            try:
                if how < 0.3:
                    await self.channel.send_many(self.some(self.chance.randint(1, 40)))
                elif how < 0.4:
                    event = next(self.numbers)
                    self.channel.send_nowait(event)
                    self.sent.append(event)
                elif how < 0.5:
                    event = next(self.numbers)
                    async with asyncio.timeout(self.chance.random() / 100):
                        await self.channel.send(event)
                        self.sent.append(event)
                else:
                    event = next(self.numbers)
                    await self.channel.send(event)
                    self.sent.append(event)
            except (ChannelFull, TimeoutError):
                self.taken_back += 1
                await asyncio.sleep(self.chance.random() / 100)

    async def main(self) -> None:
        chance = self.chance
        Consumer(self.channel).close()  # what was sent before the first comes is told elsewhere
        members = [Member(number, self.channel, chance) for number in range(CONSUMERS // 4)]
        senders = [asyncio.create_task(self.send()) for _ in range(PRODUCERS)]
        cancelled = 0
        while len(self.sent) < EVENTS:
            await asyncio.sleep(chance.random() / 10)
            if len(members) < CONSUMERS and len(self.sent) > EVENTS * len(members) // CONSUMERS:
                members.append(Member(len(members), self.channel, chance))
            await chance.choice(members).disturb()
            place = chance.randrange(PRODUCERS)
            senders[place].cancel()
            await asyncio.wait([senders[place]])
            cancelled += senders[place].cancelled()
            senders[place] = asyncio.create_task(self.send())
        await asyncio.gather(*senders)
        assert len(members) == CONSUMERS
        assert cancelled > 100
        assert self.taken_back > 100
        assert sum(member.cancelled for member in members) > 100
        assert await self.channel.stop() == ()
        await asyncio.gather(*(member.task for member in members if member.task is not None))
        for member in members:
            member.check(self.sent, self.channel.stats().sent)
            if isinstance(member.reader, Consumer):
                with pytest.raises(Exception, match="is stopped"):
                    member.reader.get_nowait()
        assert len(asyncio.all_tasks()) == 1
        assert not self.channel._log.gates
        assert not self.channel._log.sleepers
        assert not len(self.channel._log.turns)


@pytest.mark.at_scale
def test_a_hundred_send_and_a_hundred_read_and_all_are_cancelled_now_and_then() -> None:
    seed = random.randrange(1 << 32)
    print(f"the seed is {seed}")  # noqa: T201  pytest shows it with a failure
    run(Crowd(seed).main())
