"""Two loops in two threads, and channels between them: in order, without loss, bounded, and with an end."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from functools import partial

import pytest

from async_channel import Channel, ChannelClosed, Consumer, NotStarted, Subscription
from tests.threads import LIMIT, Loop, settled

pytestmark = pytest.mark.real_time  # it is about threads


@pytest.fixture(params=[False, True], ids=["", "debug"])
def far(request: pytest.FixtureRequest) -> Iterator[Loop]:
    """The other loop; the test's own is that of asyncio.run."""
    loop = Loop(debug=bool(request.param))
    yield loop
    if not loop.loop.is_closed():
        loop.end()


async def hand_on(event: int, target: Channel[int]) -> None:
    await asyncio.wrap_future(target.send_from_thread(event))


def mirrored(source: Channel[int], target: Channel[int], capacity: int | None = None) -> Subscription[int]:
    """Every event of a channel of this loop, sent through a channel of another; this waits while that is full."""
    return source.consume(lambda event: hand_on(event, target), capacity=capacity, name="mirror")


async def started(name: str, capacity: int) -> tuple[Channel[int], Consumer[int]]:
    channel: Channel[int] = Channel(name, capacity=capacity)
    consumer = Consumer(channel)
    await channel.start()
    return channel, consumer


def has_sent(channel: Channel[int], count: int) -> bool:
    return channel.stats().sent == count


async def take(consumer: Consumer[int], count: int) -> list[int]:
    return [await consumer.get(LIMIT) for _ in range(count)]


# ---- sends


@pytest.mark.parametrize("capacity", [1, 3, 1024])
def test_a_loop_sends_into_a_channel_of_another_in_order(far: Loop, capacity: int) -> None:
    async def main() -> None:
        async with Channel[int]("Near", capacity=capacity) as near:
            consumer = Consumer(near)

            async def send() -> None:
                for number in range(300):
                    await hand_on(number, near)

            sending = asyncio.create_task(far.awaits(send()))
            got: list[int] = []
            while len(got) < 300:
                assert consumer.stats().balanced
                assert consumer.stats().pending <= capacity
                got.append(await consumer.get(LIMIT))
            await sending
            assert got == list(range(300))

    asyncio.run(main())


def test_several_tasks_there_keep_their_own_order(far: Loop) -> None:
    async def main() -> None:
        async with Channel[int]("Near", capacity=2) as near:
            consumer = Consumer(near)

            async def send(begin: int) -> None:
                for number in range(begin, begin + 50):
                    await hand_on(number, near)

            async def send_all() -> None:
                async with asyncio.TaskGroup() as tasks:
                    for begin in (0, 100, 200):
                        tasks.create_task(send(begin))

            sending = asyncio.create_task(far.awaits(send_all()))
            got = await take(consumer, 150)
            await sending
            for begin in (0, 100, 200):
                assert [number for number in got if begin <= number < begin + 100] == list(range(begin, begin + 50))

    asyncio.run(main())


def test_who_is_cancelled_there_has_sent_it_or_not_and_the_future_says_which(far: Loop) -> None:
    async def main() -> None:
        async with Channel[int]("Near", capacity=2) as near:
            consumer = Consumer(near)
            handed: dict[int, Future[None]] = {}

            async def one(number: int) -> None:
                sending = near.send_from_thread(number)
                handed[number] = sending
                await asyncio.wrap_future(sending)

            async def send() -> None:
                for number in range(200):
                    task = asyncio.create_task(one(number))
                    for _ in range(number % 5):
                        await asyncio.sleep(0)
                    if number % 3:
                        task.cancel()
                    await asyncio.wait([task])

            sending = asyncio.create_task(far.awaits(send()))
            got: list[int] = []
            while not sending.done() or consumer.stats().pending:
                try:
                    got.append(await consumer.get(0.001))
                except TimeoutError:
                    continue
            await sending
            assert got == [number for number, future in handed.items() if not future.cancelled()]
            assert near.stats().sent == len(got)
            assert set(range(0, 200, 3)) <= set(got)

    asyncio.run(main())


# ---- mirrors


@pytest.mark.parametrize("capacities", [(1, 1), (1, 4), (4, 1), (64, 64)])
@pytest.mark.parametrize("inwards", [False, True], ids=["out", "in"])
def test_a_mirror_loses_nothing_and_is_bounded(far: Loop, capacities: tuple[int, int], inwards: bool) -> None:
    count = 200

    async def main() -> None:
        near, near_reader = await started("Near", capacities[0])
        there, there_reader = await far.awaits(started("Far", capacities[1]))

        async def mirror(source: Channel[int], reader: Consumer[int], target: Channel[int]) -> None:
            reader.close()  # so that the mirror is its only reader
            mirrored(source, target)

        if inwards:
            await far.awaits(mirror(there, there_reader, near))
            sending = asyncio.create_task(far.awaits(there.send_many(range(count))))
            reading = asyncio.create_task(take(near_reader, count))
        else:
            await mirror(near, near_reader, there)
            sending = asyncio.create_task(near.send_many(range(count)))
            reading = asyncio.create_task(far.awaits(take(there_reader, count)))
        assert await sending == count
        assert await reading == list(range(count))
        await near.stop(LIMIT)
        await far.awaits(there.stop(LIMIT))
        assert near.stats().sent == there._log.next_seq == count

    asyncio.run(main())


@pytest.mark.parametrize("capacity", [1, 3])
def test_a_slow_reader_there_holds_back_the_senders_here(far: Loop, capacity: int) -> None:
    async def main() -> None:
        there, reader = await far.awaits(started("Far", capacity))
        async with Channel[int]("Near", capacity=capacity) as near:
            mirror = mirrored(near, there)
            sending = asyncio.create_task(near.send_many(range(50)))
            most = 2 * capacity + 1  # what waits at both, and what the mirror has in its hand
            for number in range(50):
                # As much as there is room for, and no more: then the sender waits, and so does the mirror.
                await settled(partial(has_sent, near, min(50, most + number)))
                if number < 49 - 2 * capacity:
                    await settled(lambda: mirror.stats().pending == capacity)
                    assert near.stats().sent == most + number
                assert await far.awaits(take(reader, 1)) == [number]
            assert await sending == 50

    asyncio.run(main())


def test_there_and_back_again(far: Loop) -> None:
    """Two mirrors, one each way: requests and answers."""

    async def main() -> None:
        asked, asked_reader = await started("Asked", 2)
        asked_reader.close()
        answered, answers = await started("Answered", 2)
        there, there_reader = await far.awaits(started("Far", 2))

        async def answer() -> Subscription[int]:
            there_reader.close()
            return there.consume(lambda number: hand_on(number * 10, answered))

        await far.awaits(answer())
        mirrored(asked, there)
        sending = asyncio.create_task(asked.send_many(range(100)))
        assert await take(answers, 100) == [number * 10 for number in range(100)]
        await sending
        await asked.stop(LIMIT)
        await far.awaits(there.stop(LIMIT))

    asyncio.run(main())


def test_a_mirror_that_is_closed_in_mid_send_leaves_both_channels_in_order(far: Loop) -> None:
    async def main() -> None:
        there, reader = await far.awaits(started("Far", 1))
        async with Channel[int]("Near", capacity=10) as near:
            mirror = mirrored(near, there)
            await near.send_many(range(5))
            await settled(lambda: len(there._log.turns) == 1)  # 0 is there, 1 is in its hand
            mirror.close()
            assert mirror.task is not None
            await asyncio.wait([mirror.task])
            await settled(lambda: len(there._log.turns) == 0)  # it was taken back
            await near.send(5)
            assert mirror.stats().balanced
        assert await far.awaits(take(reader, 1)) == [0]
        await far.awaits(there.send(7))
        assert await far.awaits(take(reader, 1)) == [7]

    asyncio.run(main())


# ---- ends


def test_the_end_of_the_one_is_told_to_who_sends_from_the_other(far: Loop) -> None:
    async def main() -> None:
        there, _ = await far.awaits(started("Far", 1))
        async with Channel[int]("Near") as near:
            failures = Consumer(near.errors)
            mirrored(near, there)
            await near.send_many([0, 1])
            await settled(lambda: len(there._log.turns) == 1)
            await far.awaits(there.stop())
            failure = await failures.get(LIMIT)
            assert isinstance(failure.error, ChannelClosed)
            assert failure.event == 1

    asyncio.run(main())


@pytest.mark.parametrize("far", [False], indirect=True)
def test_a_loop_that_dies_is_told_to_who_waits_in_the_other(far: Loop, caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        there, reader = await far.awaits(started("Far", 1))
        async with Channel[int]("Near", capacity=4) as near:
            failures = Consumer(near.errors)
            mirror = mirrored(near, there)
            await near.send_many([0, 1])
            await settled(lambda: len(there._log.turns) == 1)
            await asyncio.to_thread(far.end)
            failure = await failures.get(LIMIT)
            assert isinstance(failure.error, NotStarted)  # and no cancellation, which would end the mirror in silence
            assert failure.event == 1
            await near.send(2)
            failure = await failures.get(LIMIT)
            assert isinstance(failure.error, NotStarted)
            assert failure.event == 2
            assert mirror.stats().delivered == 3
        assert there._log.next_seq == 1
        assert reader.get_nowait() == 0

    asyncio.run(main())
    assert len(caplog.records) == 2


def test_a_loop_that_dies_while_others_send_leaves_nobody_waiting() -> None:
    """Whenever it dies: each send is done, and what was said to be sent is what was sent."""
    for moment in range(20):
        far = Loop()
        there, reader = far.call(started("Far", 3))
        handed: list[Future[None]] = []
        begun = threading.Event()

        def work(there: Channel[int], handed: list[Future[None]], begun: threading.Event, moment: int) -> None:
            for number in range(200):
                try:
                    handed.append(there.send_from_thread(number))
                except NotStarted:
                    break
                if number == moment:
                    begun.set()
            begun.set()

        thread = threading.Thread(target=work, args=(there, handed, begun, moment))
        thread.start()
        assert begun.wait(LIMIT)
        far.end()
        thread.join(LIMIT)
        failed = [future for future in handed if isinstance(future.exception(LIMIT), NotStarted)]
        assert there.stats().sent == len(handed) - len(failed) <= 3
        assert handed[len(handed) - len(failed) :] == failed
        assert [reader.get_nowait() for _ in range(there.stats().sent)] == list(range(there.stats().sent))
