"""replay: recorded events at their recorded times, in their order, on whatever clock the loop has."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from async_channel import Channel, ChannelClosed, Consumer, Overflow, Producer, clock
from async_channel.replay import replay
from tests.support import run

Seen = list[tuple[float, int]]
START = datetime(2026, 5, 2, tzinfo=UTC)


def watch(channel: Channel[int]) -> Seen:
    """What is sent, with the loop's time at which it is."""
    seen: Seen = []
    channel.subscribe(lambda number: seen.append((asyncio.get_running_loop().time(), number)))
    return seen


async def streamed(events: Iterable[tuple[float, int]], pause: float = 0) -> AsyncIterator[tuple[float, int]]:
    for event in events:
        await asyncio.sleep(pause)
        yield event


@given(st.lists(st.tuples(st.floats(-1e6, 1e6), st.integers()), max_size=30))
def test_on_virtual_time_each_is_sent_at_exactly_its_time(events: list[tuple[float, int]]) -> None:
    events = sorted(events, key=lambda timed: timed[0])

    async def main() -> Seen:
        channel: Channel[int] = Channel()
        seen = watch(channel)
        assert await replay(channel, events) == len(events)
        return seen

    assert run(main()) == [(when - events[0][0], number) for when, number in events]


@given(
    gaps=st.lists(st.floats(0, 100), min_size=1, max_size=20),
    capacity=st.integers(1, 5),
    overflow=st.sampled_from([Overflow.BLOCK, Overflow.DROP_OLDEST]),
)
def test_live_accelerated_and_back_test_give_the_same_events_in_the_same_order(
    gaps: list[float], capacity: int, overflow: Overflow
) -> None:
    times = [sum(gaps[:n]) for n in range(len(gaps))]
    events = [(when, number) for number, when in enumerate(times)]

    async def main() -> list[int]:
        channel: Channel[int] = Channel(capacity=capacity)
        seen: list[int] = []
        channel.consume(seen.append)
        Consumer(channel, overflow=overflow, capacity=100).close()
        sent = await replay(channel, events)
        await channel.stop()
        assert sent == len(seen)
        return seen

    whole = max(times[-1], 1.0)
    live = clock.run(main(), speed=whole / 0.002)  # as long as a blink
    assert live == clock.run(main(), speed=whole / 0.0005) == run(main()) == list(range(len(events)))


def test_the_same_pipeline_gives_the_same_candles_accelerated_and_as_a_back_test() -> None:
    events = [(float(second), second) for second in range(60)]

    async def main() -> list[list[int]]:
        channel: Channel[int] = Channel()
        minutes = Consumer(channel.map(lambda n: n // 10).distinct_until_changed().buffer(count=2))
        await replay(channel, events)
        await channel.stop()
        return [candle async for candle in minutes]

    assert run(main()) == clock.run(main(), speed=3000) == [[0, 1], [2, 3], [4, 5]]


def test_it_is_relative_to_the_first_event_or_the_origin() -> None:
    events = [(105.0, 1), (110.0, 2)]

    async def main(origin: float | datetime | None) -> Seen:
        await asyncio.sleep(7)  # a replay begins when it is called
        channel: Channel[int] = Channel()
        seen = watch(channel)
        await replay(channel, events, origin=origin)
        return seen

    assert run(main(None)) == [(7, 1), (12, 2)]
    assert run(main(100.0)) == [(12, 1), (17, 2)]
    assert run(main(datetime.fromtimestamp(100, tz=UTC))) == [(12, 1), (17, 2)]
    assert run(main(107.0)) == [(7, 1), (10, 2)]  # what lies before the origin is sent at once
    assert run(main(1000)) == [(7, 1), (7, 2)]


def test_replays_with_one_origin_keep_step() -> None:
    async def main() -> Seen:
        channel: Channel[int] = Channel()
        seen = watch(channel)
        await asyncio.gather(
            replay(channel, [(1.0, 1), (3.0, 3), (5.0, 5)], origin=0.0),
            replay(Producer(channel), streamed([(2.0, 2), (4.0, 4)]), origin=0.0),
        )
        return seen

    assert run(main()) == [(float(n), n) for n in range(1, 6)]


def test_times_may_be_dates() -> None:
    events = [(START + timedelta(hours=n), n) for n in range(3)]

    async def main() -> Seen:
        channel: Channel[int] = Channel()
        seen = watch(channel)
        await replay(channel, events, origin=START - timedelta(minutes=1))
        return seen

    assert run(main()) == [(60.0 + 3600 * n, n) for n in range(3)]


def test_dates_can_be_the_clock_s_own() -> None:
    async def main() -> list[datetime]:
        channel: Channel[int] = Channel()
        seen: list[datetime] = []
        channel.subscribe(lambda _: seen.append(datetime.fromtimestamp(clock.now(), tz=UTC)))
        await replay(channel, [(START + timedelta(seconds=n), n) for n in range(3)], origin=START)
        return seen

    assert clock.run(main(), speed=math.inf, start=START) == [START + timedelta(seconds=n) for n in range(3)]


def test_an_event_that_is_late_is_sent_at_once_and_the_next_on_time() -> None:
    async def main() -> Seen:
        channel: Channel[int] = Channel(capacity=1)
        seen = watch(channel)

        async def slow(number: int) -> None:
            if number == 0:
                await asyncio.sleep(10)

        channel.consume(slow)
        await replay(channel, [(0.0, 0), (1.0, 1), (2.0, 2), (3.0, 3), (20.0, 4)])
        return seen

    # One is with the callback, one in the log: the third waits until the callback is back.
    assert run(main()) == [(0, 0), (1, 1), (10, 2), (10, 3), (20, 4)]


def test_an_event_out_of_order_is_not_reordered() -> None:
    async def main() -> Seen:
        channel: Channel[int] = Channel()
        seen = watch(channel)
        assert await replay(channel, [(10.0, 1), (5.0, 2), (12.0, 3)]) == 3
        return seen

    assert run(main()) == [(0, 1), (0, 2), (2, 3)]


def test_an_async_source_may_be_slower_than_its_recording() -> None:
    async def main() -> Seen:
        channel: Channel[int] = Channel()
        seen = watch(channel)
        await replay(channel, streamed([(0.0, 1), (1.0, 2), (9.0, 3)], pause=2.0))
        return seen

    assert run(main()) == [(0 + 2, 1), (4, 2), (9, 3)]


def test_a_lazy_source_is_read_as_it_is_sent() -> None:
    read: list[int] = []

    def lazy() -> Iterable[tuple[float, int]]:
        for number in range(3):
            read.append(number)
            yield float(number), number

    async def main() -> None:
        channel: Channel[int] = Channel()
        channel.subscribe(lambda number: read.append(-number))
        await replay(channel, lazy())

    run(main())
    assert read == [0, 0, 1, -1, 2, -2]


def test_nothing_is_nothing() -> None:
    async def main() -> float:
        assert await replay(Channel[int](), []) == 0
        assert await replay(Channel[int](), streamed([]), origin=5.0) == 0
        return asyncio.get_running_loop().time()

    assert run(main()) == 0


def test_a_stopped_channel_ends_it() -> None:
    async def main() -> None:
        channel: Channel[int] = Channel("Numbers")
        replaying = asyncio.create_task(replay(channel, [(0.0, 1), (10.0, 2), (20.0, 3)]))
        await asyncio.sleep(5)
        await channel.stop()
        with pytest.raises(ChannelClosed, match="'Numbers'"):
            await replaying
        assert channel.stats().sent == 1
        assert asyncio.get_running_loop().time() == 10

    run(main())


def test_cancelling_it_leaves_no_timer() -> None:
    async def main() -> None:
        channel: Channel[int] = Channel()
        replaying = asyncio.create_task(replay(channel, [(0.0, 1), (10.0, 2)]))
        await asyncio.sleep(5)
        replaying.cancel()
        await asyncio.wait([replaying])
        await asyncio.sleep(100)
        assert channel.stats().sent == 1

    run(main())


def test_what_the_source_raises_is_raised() -> None:
    def broken() -> Iterable[tuple[float, int]]:
        yield 0.0, 1
        raise OSError("disk")

    async def main() -> None:
        channel: Channel[int] = Channel()
        with pytest.raises(OSError, match="disk"):
            await replay(channel, broken())
        assert channel.stats().sent == 1

    run(main())


def test_a_generator_is_closed_when_the_replay_is_cancelled() -> None:
    async def main() -> None:
        closed = False

        async def recorded() -> AsyncIterator[tuple[float, int]]:
            nonlocal closed
            try:
                yield 0.0, 1
                yield 60.0, 2
            finally:
                closed = True

        source = recorded()  # held, so that nobody but the replay closes it
        task = asyncio.create_task(replay(Channel[int](), source))
        await asyncio.sleep(1)
        task.cancel()
        await asyncio.wait([task])
        assert closed

    run(main())
