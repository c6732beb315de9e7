"""Consumers that ended with an error, as their policy was: whoever stops the channel is told, once."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from async_channel import Channel, ChannelError, ChannelKey, Channels, ConsumersFailed, Subscription
from tests.support import run

NUMBERS = ChannelKey("Numbers", int)
OTHERS = ChannelKey("Others", int)


def failing(channel: Channel[int], error: Exception) -> Subscription[int]:
    """A consumer that ends with an error."""
    subscription = channel.consume(lambda _: None)
    subscription.failure = error
    subscription.close()
    channel._subscriptions.failed.append(subscription)
    return subscription


def errors_of(group: BaseException) -> list[Any]:
    assert isinstance(group, ConsumersFailed)
    return list(group.exceptions)


def test_stop_raises_what_consumers_ended_with_once_all_has_ended() -> None:
    async def main() -> None:
        channel: Channel[int] = Channel("Numbers")
        handled: list[int] = []

        async def slow(number: int) -> None:
            await asyncio.sleep(10)
            handled.append(number)

        channel.consume(slow)
        errors = [OSError("cable"), ValueError("price")]
        for error in errors:
            failing(channel, error)
        await channel.send(1)
        with pytest.raises(ExceptionGroup, match=r"^channel 'Numbers': 2 consumers ended with errors") as raised:
            await channel.stop()
        assert isinstance(raised.value, ChannelError)
        assert errors_of(raised.value) == errors
        assert handled == [1]
        assert await channel.stop() == ()

    run(main())


def test_what_was_left_is_returned_by_the_next_stop() -> None:
    async def main() -> None:
        channel: Channel[int] = Channel("Numbers")
        channel.consume(lambda _: asyncio.sleep(10), name="slow")
        failing(channel, OSError("cable"))
        await channel.send(1)
        with pytest.raises(ConsumersFailed, match="1 consumer ended with an error"):
            await channel.stop(timeout=5)
        assert [one.consumer for one in await channel.stop()] == ["slow"]

    run(main())


def test_one_of_those_who_stop_together_is_told() -> None:
    async def main() -> None:
        channel: Channel[int] = Channel("Numbers")
        failing(channel, OSError("cable"))
        channel.consume(lambda _: asyncio.sleep(10))
        await channel.send(1)
        ends = await asyncio.gather(channel.stop(), channel.stop(), return_exceptions=True)
        assert [type(end) for end in ends if end != ()] == [ConsumersFailed]

    run(main())


def test_a_stop_that_is_cancelled_leaves_it_to_the_next() -> None:
    async def main() -> None:
        channel: Channel[int] = Channel("Numbers")
        failing(channel, OSError("cable"))
        channel.consume(lambda _: asyncio.sleep(10))
        await channel.send(1)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(5):
                await channel.stop()
        with pytest.raises(ConsumersFailed):
            await channel.stop()

    run(main())


def test_leaving_the_block_raises_it() -> None:
    async def main() -> None:
        async with Channel[int]("Numbers") as channel:
            failing(channel, OSError("cable"))

    with pytest.raises(ConsumersFailed, match="channel 'Numbers': 1 consumer ended with an error"):
        run(main())


@pytest.mark.parametrize("many", [False, True])
def test_what_the_body_raised_goes_on_and_nothing_is_raised_later(many: bool) -> None:
    async def main() -> None:
        channels = Channels()
        channel = channels.open(NUMBERS)
        with pytest.raises(ZeroDivisionError) as raised:
            async with channels if many else channel:
                failing(channel, OSError("cable"))
                _ = 1 / 0
        assert raised.value.__context__ is None
        assert await channel.stop() == ()

    run(main())


@pytest.mark.parametrize("many", [False, True])
def test_a_block_that_is_cancelled_while_it_ends_is_cancelled(many: bool) -> None:
    async def main() -> None:
        channels = Channels()
        channel = channels.open(NUMBERS)

        async def block() -> None:
            async with channels if many else channel:
                failing(channel, OSError("cable"))
                channel.consume(lambda _: asyncio.sleep(10))
                await channel.send(1)

        task = asyncio.create_task(block())
        await asyncio.sleep(5)
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()
        assert asyncio.get_running_loop().time() == 5
        assert len(asyncio.all_tasks()) == 1

    run(main())


def test_a_drained_callback_that_stops_is_not_told_either() -> None:
    async def main() -> None:
        channel: Channel[int] = Channel("Numbers", synchronized=True)
        stopped: list[object] = []

        async def stop(_: int) -> None:
            stopped.append(await channel.stop())

        channel.consume(stop)
        failing(channel, OSError("cable"))
        await channel.send(1)
        await channel.drain()
        assert stopped == [()]
        with pytest.raises(ConsumersFailed):
            await channel.stop()

    run(main())


def test_a_callback_that_stops_is_not_told_for_it_has_yet_to_end() -> None:
    async def main() -> None:
        channels = Channels()
        channel = channels.open(NUMBERS)
        stopped: list[object] = []

        async def stop(_: int) -> None:
            stopped.append(await channel.stop())
            stopped.append(await channels.stop())

        channel.consume(stop)
        failing(channel, OSError("cable"))
        await channel.send(1)
        await asyncio.sleep(1)
        assert stopped == [(), ()]
        with pytest.raises(ConsumersFailed):
            await channel.stop()

    run(main())


def test_channels_raise_a_group_for_each_channel_in_one() -> None:
    async def main() -> None:
        channels = Channels()
        numbers, others = channels.open(NUMBERS), channels.open(OTHERS)
        first, second, third = OSError("cable"), ValueError("price"), KeyError("symbol")
        failing(numbers, first)
        failing(numbers, second)
        shared = failing(others, third)
        numbers._subscriptions.failed.append(shared)  # a pipeline hangs from both
        with pytest.raises(ConsumersFailed, match=r"^1 channel: 3 consumers ended with errors") as raised:
            await channels.stop()
        (group,) = errors_of(raised.value)
        assert errors_of(group) == [first, second, third]
        assert await channels.stop() == ()
        assert await numbers.stop() == ()

    run(main())


def test_channels_of_which_several_failed() -> None:
    async def main() -> None:
        async with Channels() as channels:
            for key in (NUMBERS, OTHERS):
                failing(channels.open(key), OSError(key.name))

    with pytest.raises(ConsumersFailed, match=r"^2 channels: 2 consumers ended with errors") as raised:
        run(main())
    assert [str(group) for group in raised.value.exceptions] == [
        "channel 'Numbers': 1 consumer ended with an error (1 sub-exception)",
        "channel 'Others': 1 consumer ended with an error (1 sub-exception)",
    ]
