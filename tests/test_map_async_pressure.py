"""Coroutines in pipelines hold back whoever sends above, and all goes on when there is room."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Hashable

import pytest

from async_channel import Channel, ChannelFull, Consumer, Stream, clock, from_iterable
from tests.support import run


async def instantly(number: int) -> int:
    return number


SHAPES = [(ordered, by_key) for ordered in (True, False) for by_key in (None, "one", "three")]
KEY_OF: dict[str, Callable[[int], Hashable]] = {"one": lambda _: 0, "three": lambda number: number % 3}


@pytest.mark.parametrize(("ordered", "key"), SHAPES)
@pytest.mark.parametrize("concurrency", [1, 2, 3, 8])
def test_how_many_events_are_taken_in_ahead_of_the_reader(ordered: bool, key: str | None, concurrency: int) -> None:
    """In flight; taken for the workers; waiting above that; and unordered, with keys, behind a busy key."""

    async def main() -> int:
        channel: Channel[int] = Channel("Numbers", capacity=1)
        most = 0
        read = 0

        async def slowly(number: int) -> int:
            nonlocal most
            await asyncio.sleep((number * 7 % 5 + 1) / 8)
            most = max(most, channel.stats().sent - read)
            return number

        by_key = None if key is None else KEY_OF[key]
        async with Consumer(channel.map_async(slowly, concurrency, ordered=ordered, by_key=by_key)) as consumer:
            sending = asyncio.create_task(channel.send_many(range(200)))
            while read < 200:
                await consumer.get()
                read += 1
                most = max(most, channel.stats().sent - read)
            await sending
        return most

    bound = 4 if key is not None and not ordered else 3
    most = run(main())
    assert most < bound * concurrency + (concurrency == 1)


@pytest.mark.parametrize("concurrency", [1, 3])
@pytest.mark.parametrize("stages", [1, 2])
def test_while_coroutines_are_stuck_senders_wait_and_go_on_when_they_are_not(concurrency: int, stages: int) -> None:
    async def main() -> None:
        channel: Channel[int] = Channel("Numbers", capacity=1)
        free = asyncio.Event()

        async def stuck(number: int) -> int:
            await free.wait()
            return number

        stream: Stream[int] = channel
        for _ in range(stages - 1):
            stream = stream.map_async(instantly, concurrency)
        async with Consumer(stream.map_async(stuck, concurrency)) as consumer:
            sending = asyncio.create_task(channel.send_many(range(100)))
            await asyncio.sleep(100)
            sent = channel.stats().sent
            assert sent < 3 * concurrency * stages + stages
            with pytest.raises(ChannelFull):
                channel.send_nowait(-1)
            await asyncio.sleep(100)
            assert channel.stats().sent == sent
            free.set()
            assert await sending == 100
            assert [await consumer.get() for _ in range(100)] == list(range(100))

    run(main())


@pytest.mark.parametrize("ordered", [True, False])
@pytest.mark.parametrize("by_key", [None, lambda number: number % 2])
@pytest.mark.parametrize("flat", [False, True])
def test_while_the_consumer_below_is_full_senders_wait_and_go_on_when_it_is_not(
    ordered: bool, by_key: Callable[[int], int] | None, flat: bool
) -> None:
    async def main() -> None:
        channel: Channel[int] = Channel("Numbers", capacity=1)

        async def twice(number: int) -> AsyncIterator[int]:
            yield number
            yield number

        stream = (
            channel.flat_map_async(twice, 3, by_key=by_key)
            if flat
            else channel.map_async(instantly, 3, ordered=ordered, by_key=by_key)
        )
        async with Consumer(stream, capacity=2) as consumer:
            sending = asyncio.create_task(channel.send_many(range(50)))
            await asyncio.sleep(100)
            assert consumer.stats().pending == 2
            assert channel.stats().sent <= 2 + 4 * 3
            seen = [await consumer.get() for _ in range(100 if flat else 50)]
            assert await sending == 50
            assert sorted(seen) == sorted([*range(50)] * (2 if flat else 1))

    run(main())


def test_another_channel_that_hangs_above_the_same_consumer_is_held_back_with_it() -> None:
    async def main() -> None:
        numbers: Channel[int] = Channel("Numbers")
        others: Channel[int] = Channel("Others")
        async with Consumer(numbers.map_async(instantly).merge(others), capacity=2) as consumer:
            await others.send_many([10, 20])
            with pytest.raises(ChannelFull):
                others.send_nowait(30)
            numbers.send_nowait(1)  # there is room in front of its coroutines
            await asyncio.sleep(1)
            assert consumer.stats().pending == 2
            assert [await consumer.get() for _ in range(3)] == [10, 20, 1]

    run(main())


def test_a_coroutine_may_send_to_its_own_channel_and_to_another_above_the_same_consumer() -> None:
    async def main() -> None:
        numbers: Channel[int] = Channel("Numbers")
        others: Channel[int] = Channel("Others")

        async def sends(number: int) -> int:
            await others.send(number * 100)
            if number < 4:
                await numbers.send(number + 1)
            return number

        async with Consumer(numbers.map_async(sends, 2).merge(others), capacity=20) as consumer:
            async with asyncio.timeout(10):
                await numbers.send(0)
                seen = sorted([await consumer.get() for _ in range(10)])
            assert seen == [0, 0, 1, 2, 3, 4, 100, 200, 300, 400]

    run(main())


def test_coroutines_of_the_streams_of_keys_run_side_by_side() -> None:
    async def main() -> tuple[list[int], float]:
        channel: Channel[int] = Channel("Numbers")

        async def slowly(number: int) -> int:
            await asyncio.sleep(1)
            return number

        keyed = channel.key_by(lambda number: number % 3)
        merged = keyed[0].map_async(slowly).merge(keyed[1].map_async(slowly), keyed[2].map_async(slowly))
        async with Consumer(merged, capacity=1) as consumer:
            sending = asyncio.create_task(channel.send_many(range(12)))
            seen = [await consumer.get() for _ in range(12)]
            await sending
        return sorted(seen), clock.now()

    assert run(main()) == (list(range(12)), 4.0)


def test_streams_made_by_flat_map_have_coroutines_of_their_own() -> None:
    async def main() -> list[int]:
        channel: Channel[int] = Channel("Numbers", capacity=1)

        async def slowly(number: int) -> int:
            await asyncio.sleep(1)
            return number

        made = channel.flat_map(lambda number: from_iterable(range(number)).map_async(slowly, 2))
        async with Consumer(made, capacity=1) as consumer:
            await channel.send_many([3, 1, 2])
            await channel.stop()
            return sorted([number async for number in consumer])

    assert run(main()) == [0, 0, 0, 1, 1, 2]
