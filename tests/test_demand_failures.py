"""Sources on demand that fail: each is reported once, by name, and harms no other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from async_channel import Channel, ChannelClosed, Consumer
from async_channel.stats import Failure
from tests.feeds import Feed
from tests.support import run


@pytest.mark.parametrize("when", ["at once", "between events", "as it is closed", "is made"])
def test_a_source_that_raises_is_reported_once_and_harms_no_other(when: str, caplog: pytest.LogCaptureFixture) -> None:
    async def failing() -> AsyncIterator[int]:
        if when == "at once":
            raise OSError(when)
        try:
            yield 100
            await asyncio.sleep(2)
            if when == "between events":
                raise OSError(when)
            yield 101
            await asyncio.sleep(100)
        finally:
            if when == "as it is closed":
                raise OSError(when)

    def refusing() -> AsyncIterator[int]:
        raise OSError(when)

    async def main() -> None:
        feed = Feed()
        failures: list[Failure] = []
        async with Channel[int]("Numbers") as channel:
            channel.errors.subscribe(failures.append)
            channel.source(refusing if when == "is made" else failing, name="bad")
            channel.source(feed.numbers)
            async with Consumer(channel):
                await asyncio.sleep(5)
            await asyncio.sleep(5)
            async with Consumer(channel) as consumer:
                await asyncio.sleep(5)
                assert consumer.stats().pending > 3
            await asyncio.sleep(5)
        assert [(failure.where, str(failure.error), failure.channel) for failure in failures] == [
            ("source 'bad'", when, "Numbers")
        ]
        assert len(feed.opened) == 2

    run(main())
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert "channel 'Numbers': source 'bad' raised" in caplog.text


def test_something_else_that_was_cancelled_is_a_failure_of_the_source() -> None:
    async def main() -> None:
        async def astray() -> AsyncIterator[int]:
            yield 1
            other = asyncio.get_running_loop().create_future()
            other.cancel()
            await other

        channel: Channel[int] = Channel()
        channel.source(astray)
        failures: list[Failure] = []
        channel.errors.subscribe(failures.append)
        async with Consumer(channel):
            await asyncio.sleep(1)
        assert [str(failure.error) for failure in failures] == [
            "it used something that was cancelled: CancelledError()"
        ]
        await channel.stop()

    run(main())


def test_the_end_of_another_channel_is_a_failure_of_the_source_that_did_not_expect_it() -> None:
    async def main() -> None:
        other: Channel[int] = Channel("Other")

        async def from_other() -> AsyncIterator[int]:
            async with Consumer(other) as consumer:
                while True:
                    yield await consumer.get()

        channel: Channel[int] = Channel()
        channel.source(from_other)
        failures: list[Failure] = []
        channel.errors.subscribe(failures.append)
        async with Consumer(channel) as consumer:
            await asyncio.sleep(0)
            await other.send(1)
            await other.stop()
            assert await consumer.get() == 1
            await asyncio.sleep(0)
        assert [type(failure.error) for failure in failures] == [ChannelClosed]
        await channel.stop()

    run(main())
