"""Callbacks on pipelines: they belong to the channels that the pipeline hangs from, and end with the last of them."""

from __future__ import annotations

import asyncio

import pytest
import reactivex

from async_channel import (
    Channel,
    ChannelKey,
    Channels,
    NotStarted,
    Overflow,
    Priority,
    from_iterable,
    from_observable,
    interval,
)
from tests.support import run


def test_a_callback_gets_what_a_pipeline_makes() -> None:
    async def main() -> None:
        seen = list[int]()
        async with Channel[int]("numbers") as numbers:
            subscription = numbers.filter(lambda n: n % 2 == 0).map(lambda n: n * 10).consume(seen.append, name="even")
            await numbers.send_many(range(5))
            assert subscription.name == "even"
        assert seen == [0, 20, 40]
        assert subscription.stats().delivered == 3
        assert subscription.ended

    run(main())


def test_stop_waits_for_the_callback_that_is_behind() -> None:
    async def main() -> None:
        seen = list[int]()

        async def slowly(n: int) -> None:
            await asyncio.sleep(1)
            seen.append(n)

        numbers: Channel[int] = Channel("numbers")
        numbers.map(lambda n: n).consume(slowly)
        await numbers.send_many(range(3))
        await numbers.stop()
        assert seen == [0, 1, 2]
        assert asyncio.all_tasks() == {asyncio.current_task()}

    run(main())


def test_stop_cancels_it_when_it_is_late() -> None:
    async def main() -> None:
        numbers: Channel[int] = Channel("numbers")
        subscription = numbers.map(lambda n: n).consume(lambda _: asyncio.sleep(10))
        await numbers.send_many(range(3))
        await numbers.stop(timeout=1)
        assert asyncio.get_running_loop().time() == 1
        assert subscription.stats().delivered == 1
        assert subscription.stats().balanced
        assert asyncio.all_tasks() == {asyncio.current_task()}

    run(main())


def test_it_ends_with_the_last_of_its_channels() -> None:
    async def main() -> None:
        seen = list[int]()

        async def slowly(n: int) -> None:
            await asyncio.sleep(1)
            seen.append(n)

        one, other = Channel[int]("one"), Channel[int]("other")
        subscription = one.merge(other).consume(slowly)
        await one.send(1)
        await one.stop()
        assert not subscription.ended
        await other.send(2)
        await other.stop()
        assert seen == [1, 2]
        assert subscription.ended

    run(main())


def test_a_registry_that_stops_waits_for_what_merges_its_channels() -> None:
    async def main() -> None:
        seen = list[int]()

        async def slowly(n: int) -> None:
            await asyncio.sleep(1)
            seen.append(n)

        async with Channels() as channels:
            one, other = channels.open(ChannelKey("one", int)), channels.open(ChannelKey("other", int))
            one.merge(other).consume(slowly)
            await one.send(1)
            await other.send(2)
        assert seen == [1, 2]

    run(main())


def test_stop_waits_for_coroutines_between_the_channel_and_the_callback() -> None:
    async def main() -> None:
        seen = list[int]()

        async def later(n: int) -> int:
            await asyncio.sleep(1)
            return n * 2

        async with Channel[int]("numbers") as numbers:
            numbers.map_async(later, concurrency=2).consume(seen.append)
            await numbers.send_many([1, 2, 3])
        assert seen == [2, 4, 6]
        assert asyncio.all_tasks() == {asyncio.current_task()}

    run(main())


@pytest.mark.parametrize("key", [0, 1])
def test_stop_waits_for_callbacks_on_one_key(key: int) -> None:
    async def main() -> None:
        seen = list[int]()

        async def slowly(n: int) -> None:
            await asyncio.sleep(1)
            seen.append(n)

        async with Channel[int]("numbers") as numbers:
            keyed = numbers.key_by(lambda n: n % 2)
            keyed[1 - key].consume(lambda _: None)
            keyed[key].consume(slowly)
            await numbers.send_many(range(6))
        assert seen == [n for n in range(6) if n % 2 == key]

    run(main())


def test_without_a_loop_it_begins_when_the_channel_starts() -> None:
    numbers, seen = Channel[int]("numbers"), list[int]()
    subscription = numbers.map(lambda n: n + 1).consume(seen.append)
    numbers.send_nowait(1)
    assert subscription.task is None

    async def main() -> None:
        async with numbers:
            await numbers.send(2)

    run(main())
    assert seen == [2, 3]


def test_without_a_loop_and_without_a_channel_it_can_not_begin() -> None:
    with pytest.raises(NotStarted, match="inside a coroutine"):
        from_observable(reactivex.of(1)).consume(print)


def test_a_source_that_is_no_channel_is_consumed_to_its_end() -> None:
    async def main() -> None:
        seen = list[int]()
        subscription = from_iterable(range(3)).consume(seen.append)
        assert subscription.task is not None
        await subscription.task
        assert seen == [0, 1, 2]
        assert subscription.ended

    run(main())


def test_a_timer_beside_a_channel_goes_on_until_it_is_closed() -> None:
    async def main() -> None:
        seen = list[int]()
        numbers: Channel[int] = Channel("numbers")
        subscription = interval(1).consume(seen.append)
        await asyncio.sleep(2.5)
        await numbers.stop()
        ended = [subscription.ended]
        subscription.close()
        await asyncio.sleep(2)
        assert seen == [0, 1]
        assert [*ended, subscription.ended] == [False, True]
        assert asyncio.all_tasks() == {asyncio.current_task()}

    run(main())


def test_closing_lets_the_senders_go() -> None:
    async def main() -> None:
        numbers: Channel[int] = Channel("numbers")
        subscription = numbers.map(lambda n: n).consume(lambda _: asyncio.sleep(100), capacity=1)
        sending = asyncio.create_task(numbers.send_many(range(5)))
        await asyncio.sleep(1)
        assert not sending.done()
        subscription.close()
        assert await sending == 5
        await numbers.stop()

    run(main())


def test_a_slow_one_holds_the_senders_back_and_a_lossy_one_does_not() -> None:
    async def main() -> None:
        seen = list[int]()

        async def slowly(n: int) -> None:
            await asyncio.sleep(1)
            seen.append(n)

        async with Channel[int]("numbers") as numbers:
            numbers.map(lambda n: n).consume(slowly, overflow=Overflow.LATEST)
            await numbers.send_many(range(5))
            assert asyncio.get_running_loop().time() == 0
            numbers.map(lambda n: n).consume(slowly, capacity=1, priority=Priority.LOW)
            await numbers.send_many(range(5, 10))
            assert asyncio.get_running_loop().time() >= 3

    run(main())


def test_the_error_of_a_stage_is_reported_by_the_channel(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        failed = list[str]()
        async with Channel[int]("numbers") as numbers:
            numbers.errors.subscribe(lambda failure: failed.append(failure.where))
            subscription = numbers.map(lambda n: 1 // n).consume(print)
            await numbers.send(0)
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            assert subscription.ended
        assert failed == ["end of consumer 'pipeline'"]

    run(main())
    assert "ZeroDivisionError" in caplog.text
