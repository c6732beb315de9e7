"""explore finds the bugs that hide in other orders and in cancellations, and the schedule that it tells is short."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from async_channel import Channel, Consumer
from async_channel.testing import Deadlock, explore, explore_schedules, spare


async def lost_update() -> None:
    """Reads, lets others run, and writes what it read, one more."""
    count = 0

    async def add_one(turns: int) -> None:
        nonlocal count
        for _ in range(turns):
            await asyncio.sleep(0)
        seen = count
        await asyncio.sleep(0)
        count = seen + 1

    await asyncio.gather(add_one(0), add_one(2))  # in asyncio's own order the first is done before the second begins
    assert count == 2


async def lock_order() -> None:
    """Two locks, taken in two orders."""
    left, right = asyncio.Lock(), asyncio.Lock()

    async def both(first: asyncio.Lock, second: asyncio.Lock, turns: int) -> None:
        for _ in range(turns):
            await asyncio.sleep(0)
        async with first:
            await asyncio.sleep(0)
            async with second:
                pass

    await asyncio.gather(both(left, right, 0), both(right, left, 2))


class NaiveEvent:
    """An event that forgets to look whether it was set between the look and the wait."""

    def __init__(self) -> None:
        self.is_set = False
        self.waiters: list[asyncio.Future[None]] = []

    def set(self) -> None:
        self.is_set = True
        for waiter in self.waiters:
            waiter.set_result(None)
        self.waiters.clear()

    async def wait(self) -> None:
        if not self.is_set:
            await asyncio.sleep(0)  # whatever it does here, the wake-up may be lost meanwhile
            waiter = asyncio.get_running_loop().create_future()
            self.waiters.append(waiter)
            await waiter


async def lost_wake_up() -> None:
    event = NaiveEvent()

    async def set_later() -> None:
        for _ in range(2):
            await asyncio.sleep(0)
        event.set()

    await asyncio.gather(event.wait(), set_later())


async def wake_up_lost_with_the_one_who_was_woken() -> None:
    """Hands one permit to one waiter, who may be cancelled after he was given it and before he runs."""
    permits = 0
    line: list[asyncio.Future[None]] = []

    async def acquire() -> None:
        nonlocal permits
        if not permits:
            turn = asyncio.get_running_loop().create_future()
            line.append(turn)
            await turn
        permits -= 1

    def release() -> None:
        nonlocal permits
        permits += 1
        while line:
            turn = line.pop(0)
            if not turn.done():
                turn.set_result(None)
                return

    async def use() -> None:
        await acquire()
        release()

    users = [asyncio.create_task(use()) for _ in range(2)]
    await asyncio.sleep(0)
    release()
    await asyncio.wait(users)


@pytest.mark.parametrize(
    ("test", "error", "cancellations", "most_deviations"),
    [
        (lost_update, AssertionError, 0, 2),
        (lock_order, Deadlock, 0, 2),
        (lost_wake_up, Deadlock, 0, 2),
        (wake_up_lost_with_the_one_who_was_woken, Deadlock, 1, 1),
    ],
)
def test_a_classic_is_found_and_told_briefly(
    test: Callable[[], Coroutine[Any, Any, None]], error: type[BaseException], cancellations: int, most_deviations: int
) -> None:
    asyncio.run(test())  # which does not find it
    found = explore_schedules(test, schedules=500, cancellations=cancellations)
    assert found.failure is not None
    assert type(found.failure.error) is error
    assert len(found.failure.schedule) <= most_deviations
    assert all(deviation.cancels for deviation in found.failure.schedule) == bool(cancellations)


@pytest.mark.parametrize("seed", range(8))
def test_whatever_it_is_found_with_a_short_schedule_is_told(seed: int) -> None:
    async def overtaken_twice() -> None:
        """Fails when of seven tasks the sixth is first, and the third second."""
        done: list[int] = []

        async def work(number: int) -> None:
            for _ in range(3):
                await asyncio.sleep(0)
            done.append(number)

        await asyncio.gather(*(work(number) for number in range(7)))
        assert done[:2] != [5, 2]

    found = explore_schedules(overtaken_twice, schedules=3_000, seed=seed)
    assert found.failure is not None
    assert len(found.failure.schedule) <= 7  # 2 is what there is at least: 4 steps each and two more


# ---- asyncio.Queue, and ours


class QueueFanOut:
    """Sends to several consumers the way asyncio has it: one bounded queue each, in turn."""

    def __init__(self, consumers: int) -> None:
        self.queues: list[asyncio.Queue[int]] = [asyncio.Queue(maxsize=1) for _ in range(consumers)]

    async def send(self, event: int) -> None:
        for queue in self.queues:
            await queue.put(event)

    async def get(self, consumer: int) -> int:
        return await self.queues[consumer].get()


class ChannelFanOut:
    """The same with a channel."""

    def __init__(self, consumers: int) -> None:
        self.channel: Channel[int] = Channel(capacity=1)
        self.consumers = [Consumer(self.channel) for _ in range(consumers)]

    async def send(self, event: int) -> None:
        await self.channel.send(event)

    async def get(self, consumer: int) -> int:
        return await self.consumers[consumer].get()


async def all_or_nobody(fan_out: QueueFanOut | ChannelFanOut) -> None:
    """Two consumers, the second a little slower; whatever is cancelled, both got the same events."""
    got: list[list[int]] = [[], []]

    async def read(consumer: int) -> None:
        while True:
            got[consumer].append(await fan_out.get(consumer))
            await asyncio.sleep(consumer)

    async def send() -> None:
        for event in range(3):
            await fan_out.send(event)

    readers = [spare(asyncio.create_task(read(consumer), name=f"reader {consumer}")) for consumer in (0, 1)]
    await asyncio.wait([asyncio.create_task(send(), name="sender")])
    await asyncio.sleep(10)
    for reader in readers:
        reader.cancel()
    assert got[0] == got[1]


def test_a_cancelled_send_to_several_queues_reaches_some_of_them() -> None:
    found = explore_schedules(lambda: all_or_nobody(QueueFanOut(2)), cancellations=True)
    assert found.failure is not None
    assert [deviation.cancels for deviation in found.failure.schedule] == [True]  # no other order is needed
    assert "'sender' (4) is cancelled at QueueFanOut.send, test_explorer_finds.py:" in found.failure.note
    assert "await queue.put(event)" in found.failure.note


def test_a_cancelled_send_to_a_channel_reaches_nobody() -> None:
    found = explore_schedules(lambda: all_or_nobody(ChannelFanOut(2)), schedules=2_000, cancellations=True)
    assert found.failure is None
    assert found.cancellations > 500


# ---- what is told


def test_the_exception_of_the_test_is_raised_with_a_note_that_tells_everything() -> None:
    @explore(schedules=50)
    async def test() -> None:
        done: list[str] = []

        async def work(name: str) -> None:
            await asyncio.sleep(0)
            done.append(name)

        await asyncio.gather(
            asyncio.create_task(work("a"), name="first"), asyncio.create_task(work("b"), name="second")
        )
        if done != ["a", "b"]:
            raise LookupError(done)

    with pytest.raises(LookupError) as caught:
        test()
    (note,) = caught.value.__notes__
    first, replay, *steps = note.splitlines()
    assert first.startswith("explore: failed in schedule ")
    assert " of 50 (seed 0), asyncio's order but for one step; the shortest schedule found that fails so has " in first
    assert first.endswith(" steps, 1 of them not in asyncio's order")
    assert replay.startswith('replay it: @explore(seed="')
    (deviating,) = [line for line in steps if line.startswith(">")]
    assert deviating.endswith("await asyncio.sleep(0)  (rather than 'first' (2))")
    assert "'second' (3) runs from " in deviating
    assert "work, test_explorer_finds.py:" in deviating


def test_of_a_long_run_only_what_deviates_and_the_end_are_told() -> None:
    async def main() -> None:
        done: list[int] = []

        async def work(number: int) -> None:
            for _ in range(40):
                await asyncio.sleep(0)
            done.append(number)

        await asyncio.gather(work(0), work(1))
        assert done == [0, 1]

    failure = explore_schedules(main).failure
    assert failure is not None
    lines = failure.note.splitlines()
    assert len(lines) < 20
    assert sum(line.startswith(">") for line in lines) == len(failure.schedule) == 1
    assert any("in asyncio's order)" in line for line in lines[2:])
