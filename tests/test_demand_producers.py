"""Producers that perform: a subclass whose coroutine runs while somebody wants the channel's events."""

from __future__ import annotations

import asyncio
from typing import ClassVar

import pytest

from async_channel import Channel, Consumer, Priority, Producer, clock
from async_channel.stats import Failure
from tests.feeds import tasks_beside_this
from tests.support import run


class Ticker(Producer[int]):
    """Sends a number a second, and writes down what is done with it."""

    def __init__(self, channel: Channel[int] | Producer[int], fails: str = "") -> None:
        super().__init__(channel)
        self.fails = fails
        self.done: list[str] = []
        self.sent = 0

    async def _do(self, what: str) -> None:
        self.done.append(f"{what} {clock.now():g}")
        await asyncio.sleep(0.5)
        self.done.append(f"{what}d")
        if self.fails == what:
            raise OSError(what)

    async def perform(self) -> None:
        self.done.append(f"perform {clock.now():g}")
        while self.fails != "perform":
            await self.send(self.sent)
            self.sent += 1
            await asyncio.sleep(1)
        raise OSError("perform")

    async def on_pause(self) -> None:
        await self._do("pause")

    async def on_resume(self) -> None:
        await self._do("resume")


def test_a_producer_performs_while_somebody_wants_events_and_its_hooks_come_in_between() -> None:
    async def main() -> None:
        async with Channel[int]() as channel:
            ticker = Ticker(channel)
            await asyncio.sleep(10)
            assert not ticker.done
            async with Consumer(channel) as consumer:
                assert [await consumer.get() for _ in range(3)] == [0, 1, 2]
                await asyncio.sleep(0.25)
            await asyncio.sleep(10)
            assert ticker.done == ["perform 10", "pause 13.25", "paused"]
            async with Consumer(channel) as consumer:
                assert await consumer.get() == 4
            await asyncio.sleep(10)
            assert ticker.done[3:] == ["resume 22.25", "resumed", "perform 22.75", "pause 23.75", "paused"]
            assert not tasks_beside_this()

    run(main())


def test_without_demand_that_lasts_nothing_is_resumed() -> None:
    async def main() -> None:
        async with Channel[int]() as channel, Consumer(channel, priority=Priority.OPTIONAL):
            ticker = Ticker(channel)
            await asyncio.sleep(10)
            assert not ticker.done

    run(main())


def test_who_comes_while_it_pauses_has_it_resumed_when_that_is_done() -> None:
    async def main() -> None:
        async with Channel[int]() as channel:
            ticker = Ticker(channel)
            async with Consumer(channel):
                await asyncio.sleep(5)
            await asyncio.sleep(1.25)
            async with Consumer(channel):
                await asyncio.sleep(5)
            assert ticker.done == ["perform 0", "pause 6", "paused", "resume 6.5", "resumed", "perform 7"]

    run(main())


def test_a_resume_that_was_not_finished_when_everybody_left_again_is_done_anew() -> None:
    class Quick(Ticker):
        grace: ClassVar[float] = 0

    async def main() -> None:
        async with Channel[int]() as channel:
            ticker = Quick(channel)
            async with Consumer(channel):
                await asyncio.sleep(5)
            await asyncio.sleep(5)
            for stay in (0.25, 5):
                async with Consumer(channel):
                    await asyncio.sleep(stay)
                await asyncio.sleep(0.5)
            assert ticker.done[3:7] == ["resume 10", "resume 10.75", "resumed", "perform 11.25"]

    run(main())


def test_the_time_of_grace_is_that_of_the_class() -> None:
    class Patient(Ticker):
        grace: ClassVar[float] = 20

    async def main() -> None:
        async with Channel[int]() as channel:
            ticker = Patient(channel)
            async with Consumer(channel):
                await asyncio.sleep(5)
            await asyncio.sleep(19)
            assert ticker.done == ["perform 0"]
            await asyncio.sleep(2)
            assert ticker.done[1] == "pause 25"

    run(main())


def test_stopping_the_channel_cancels_it_without_the_hooks() -> None:
    async def main() -> None:
        channel: Channel[int] = Channel()
        ticker = Ticker(channel)
        async with Consumer(channel):
            await asyncio.sleep(0.5)
            await channel.stop()
        assert clock.now() == 0.5
        assert ticker.done == ["perform 0"]
        assert not tasks_beside_this()

    run(main())


def test_stopping_the_channel_lets_a_pause_finish() -> None:
    async def main() -> None:
        channel: Channel[int] = Channel()
        ticker = Ticker(channel)
        async with Consumer(channel):
            await asyncio.sleep(0.5)
        await asyncio.sleep(1.25)
        await channel.stop()
        assert ticker.done == ["perform 0", "pause 1.5", "paused"]
        assert clock.now() == 2

    run(main())


def test_one_that_ends_by_itself_has_no_more_to_give() -> None:
    class Twice(Ticker):
        async def perform(self) -> None:
            self.done.append("perform")
            await self.send_many([1, 2])

    async def main() -> None:
        async with Channel[int]() as channel:
            twice = Twice(channel)
            for _ in range(3):
                async with Consumer(channel):
                    await asyncio.sleep(5)
                await asyncio.sleep(5)
            assert twice.done == ["perform"]

    run(main())


def test_one_that_ends_tidily_when_it_is_cancelled_is_paused_all_the_same() -> None:
    class Tidy(Ticker):
        async def perform(self) -> None:
            try:
                await super().perform()
            except asyncio.CancelledError:
                self.done.append("tidied")

    async def main() -> None:
        async with Channel[int]() as channel:
            tidy = Tidy(channel)
            for _ in range(2):
                async with Consumer(channel):
                    await asyncio.sleep(5)
                await asyncio.sleep(5)
            assert tidy.done[:6] == ["perform 0", "tidied", "pause 6", "paused", "resume 10", "resumed"]
            assert len(tidy.done) == 10

    run(main())


@pytest.mark.parametrize(
    ("fails", "done"),
    [
        ("perform", ["perform 0"]),
        ("pause", ["perform 0", "pause 6", "paused"]),
        ("resume", ["perform 0", "pause 6", "paused", "resume 10", "resumed"]),
    ],
)
def test_what_it_raises_is_reported_once_and_it_does_not_begin_again(
    fails: str, done: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> None:
        failures: list[Failure] = []
        async with Channel[int]("Numbers") as channel:
            channel.errors.subscribe(failures.append)
            ticker, sibling = Ticker(channel, fails), Ticker(channel)
            for _ in range(3):
                async with Consumer(channel):
                    await asyncio.sleep(5)
                await asyncio.sleep(5)
            assert ticker.done == done
            assert len(sibling.done) == 3 + 5 + 5
        assert [(failure.where, str(failure.error)) for failure in failures] == [("source 'Ticker'", fails)]

    run(main())
    assert len(caplog.records) == 1


def test_a_producer_of_a_producer_performs_for_the_channel_at_the_root_and_each_for_itself() -> None:
    class Doubling(Ticker):
        async def perform(self) -> None:
            await self.send_many([100, 200])

    async def main() -> None:
        async with Channel[int]() as channel:
            ticker = Ticker(Producer(Producer(channel)))
            Doubling(ticker)
            async with Consumer(channel) as consumer:
                assert sorted([await consumer.get() for _ in range(4)]) == [0, 1, 100, 200]

    run(main())


def test_a_subclass_may_change_how_it_sends() -> None:
    class Tenfold(Ticker):
        async def send(self, event: int) -> None:
            await super().send(event * 10)

    async def main() -> None:
        async with Channel[int]() as channel, Consumer(channel) as consumer:
            Tenfold(channel)
            assert [await consumer.get() for _ in range(3)] == [0, 10, 20]

    run(main())


def test_a_send_that_waits_for_room_when_everybody_leaves_reaches_nobody() -> None:
    async def main() -> None:
        async with Channel[int](capacity=2) as channel:
            ticker = Ticker(channel)
            async with Consumer(channel, priority=Priority.OPTIONAL) as slow:
                async with Consumer(channel):
                    await asyncio.sleep(10)
                await asyncio.sleep(10)
                assert ticker.done[1] == "pause 11"
                assert [slow.get_nowait(), slow.get_nowait()] == [0, 1]
                assert slow.stats().pending == 0
                assert ticker.sent == 2

    run(main())


def test_what_was_made_before_a_loop_runs_begins_with_start() -> None:
    channel: Channel[int] = Channel()
    ticker = Ticker(channel)
    consumer = Consumer(channel)

    async def main() -> None:
        await asyncio.sleep(5)
        assert not ticker.done
        async with channel:
            assert await consumer.get() == 0
            assert ticker.done == ["perform 5"]

    run(main())


def test_a_plain_producer_makes_nothing_run() -> None:
    class Named(Producer[int]):
        name = "of its own"

        async def on_pause(self) -> None:
            raise AssertionError("it has no perform")

    async def main() -> None:
        async with Channel[int]() as channel:
            for producer in (Producer(channel), Named(channel), Producer(Named(channel))):
                async with Consumer(channel) as consumer:
                    assert not tasks_beside_this()
                    await producer.send(1)
                    producer.send_nowait(2)
                    assert await producer.send_many([3]) == 1
                    assert [consumer.get_nowait() for _ in range(3)] == [1, 2, 3]
                await asyncio.sleep(5)
            assert not channel._sources
            assert await Producer(channel).perform() is None  # type: ignore[func-returns-value]  # it does nothing at all

    run(main())
