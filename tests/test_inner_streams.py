"""Streams made of parts of a stream, keys and windows: who reads them slowly holds back those who send above."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

import pytest

from async_channel import Channel, ChannelFull, Consumer, Stream
from tests.rx_scripts import Boom
from tests.support import run


def test_the_pipelines_of_keys_reach_the_channels_they_use_with_backpressure() -> None:
    async def main() -> None:
        channel: Channel[int] = Channel("Numbers")
        extra: Channel[int] = Channel("Extra")
        consumer = Consumer(
            channel.key_by(lambda number: number % 2).each(
                lambda key, stream: stream.merge(extra.map(lambda n: n + key))
            ),
            capacity=3,
        )
        await channel.send_many([0, 1])
        await extra.send(100)  # for both keys: it is full, and one over
        with pytest.raises(ChannelFull):
            extra.send_nowait(200)
        with pytest.raises(ChannelFull):
            channel.send_nowait(2)
        assert [await consumer.get() for _ in range(4)] == [0, 1, 100, 101]
        extra.send_nowait(200)
        consumer.close()
        for source in (channel, extra):
            assert not source._fan_out._sinks
            assert not source._log.gates

    run(main())


@pytest.mark.parametrize("kind", ["each", "window", "switch_map", "each through a window"])
@pytest.mark.parametrize("plain", [False, True])
def test_coroutines_inside_inner_streams_lose_nothing_and_hold_the_senders_back(kind: str, plain: bool) -> None:
    """An inner stream is hot: whoever works on it slowly holds back those who send to the channel above."""

    async def slowly(number: int) -> int:
        await asyncio.sleep(1)
        return number

    streams: dict[str, Callable[[Channel[int]], Stream[int]]] = {
        "each": lambda c: c.key_by(lambda n: n % 3).each(lambda _, stream: stream.map_async(slowly)),
        "window": lambda c: c.window(count=6).flat_map(lambda window: window.map_async(slowly)),
        "switch_map": lambda c: c.window(count=100).switch_map(lambda window: window.map_async(slowly)),
        "each through a window": lambda c: c.key_by(lambda n: n % 2).each(
            lambda _, stream: stream.window(count=3).flat_map(lambda window: window.map_async(slowly))
        ),
    }

    async def main() -> None:
        channel: Channel[int] = Channel("Numbers", capacity=3)
        seen: list[int] = []
        consumer = Consumer(channel if plain else streams[kind](channel), capacity=3)
        if plain:
            consumer.close()
            streams[kind](channel).subscribe(seen.append)
        sending = asyncio.create_task(channel.send_many(range(30)))
        await asyncio.sleep(0.5)
        assert channel.stats().sent < 30
        if not plain:
            await asyncio.sleep(100)
            assert channel.stats().sent < 30
            seen = [await consumer.get() for _ in range(30)]
        await sending
        await asyncio.sleep(100)
        assert sorted(seen) == list(range(30))
        await channel.stop()

    run(main())


def test_a_consumer_of_two_keys_is_waited_for_when_one_of_them_was_let_go() -> None:
    async def main() -> None:
        channel: Channel[int] = Channel("Numbers")
        streams: dict[int, Stream[int]] = {}

        def build(key: int, stream: Stream[int]) -> Stream[int]:
            streams[key] = stream
            return stream

        channel.key_by(lambda number: number % 2).each(build, idle=2).subscribe(lambda _: None)
        await channel.send_many([0, 1])
        aside = Consumer(streams[0].merge(streams[1]), capacity=1)
        await asyncio.sleep(1)
        await channel.send(1)
        assert aside.get_nowait() == 1
        await asyncio.sleep(1.5)  # by now nobody reads the stream of 0
        await channel.send(1)
        with pytest.raises(ChannelFull):
            channel.send_nowait(1)
        aside.close()
        channel.send_nowait(1)

    run(main())


def test_inner_streams_that_end_late_are_waited_for() -> None:
    async def main() -> list[int]:
        channel: Channel[int] = Channel("Numbers")

        async def slowly(number: int) -> int:
            await asyncio.sleep(number)
            return number

        async with Consumer(channel.key_by(lambda n: n).each(lambda _, stream: stream.map_async(slowly))) as consumer:
            await channel.send_many([3, 1, 2])
            await channel.stop()
            return [number async for number in consumer]

    assert run(main()) == [1, 2, 3]


@pytest.mark.parametrize("seconds", [None, 10.0])
def test_an_observer_of_one_window_that_raises_disturbs_no_other(
    seconds: float | None, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> tuple[list[tuple[int, int]], list[object]]:
        channel: Channel[int] = Channel("Numbers")
        failures: list[object] = []
        channel.errors.subscribe(lambda failure: failures.append(failure.error))
        seen: list[tuple[int, int]] = []
        windows: list[Stream[int]] = []

        def look_into(window: Stream[int]) -> None:
            number = len(windows)
            windows.append(window)

            def observer(event: int) -> None:
                seen.append((number, event))
                if number == 0:
                    raise Boom("observer")

            window.subscribe(observer)

        cut = channel.window(count=2, skip=1) if seconds is None else channel.window(count=2, seconds=seconds)
        cut.subscribe(look_into)
        await channel.send_many(range(4))
        return seen, failures

    with caplog.at_level(logging.CRITICAL, "async_channel"):
        seen, failures = run(main())
    overlapping = [(0, 0), (0, 1), (1, 1), (1, 2), (2, 2), (2, 3), (3, 3)]
    assert seen == (overlapping if seconds is None else [(0, 0), (0, 1), (1, 2), (1, 3)])
    assert failures == [Boom("observer")] * 2
