"""Bad use: what is done at the wrong moment, or in the wrong place, is refused by an error that says what to do."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from async_channel import (
    Channel,
    ChannelClosed,
    ChannelEmpty,
    ChannelKey,
    Channels,
    Consumer,
    ConsumerClosed,
    EventTypeConflict,
    NotStarted,
    Overflow,
    Priority,
    Producer,
    WrongLoop,
    conflate_by,
)
from tests.support import run

key = ChannelKey("Price", float)


def test_one_name_has_one_class_and_one_size() -> None:
    channels = Channels()
    prices = channels.open(key, capacity=8, replay=1)
    assert prices is channels.open(key, capacity=8, replay=1) is channels.open(key)
    with pytest.raises(EventTypeConflict, match="'Price' carries float, not int: one name has one class"):
        _ = channels.open(ChannelKey("Price", int))
    with pytest.raises(EventTypeConflict, match="'Price' carries float, not int"):
        _ = channels.get(ChannelKey("Price", int))
    with pytest.raises(ValueError, match="'Price' is open with capacity=8, not 9: open it alike everywhere"):
        _ = channels.open(key, capacity=9)
    with pytest.raises(ValueError, match="'Price' is open with replay=1, not 0"):
        _ = channels.open(key, replay=0)


def test_sending_after_stop_says_that_it_is_stopped() -> None:
    async def main() -> None:
        channel: Channel[int] = Channel("Numbers")
        producer = Producer(channel)
        await channel.stop()
        for send in (channel.send, producer.send):
            with pytest.raises(
                ChannelClosed, match=r"channel 'Numbers' is stopped: nothing can be sent after stop\(\)"
            ):
                await send(1)
        for send_nowait in (channel.send_nowait, producer.send_nowait):
            with pytest.raises(ChannelClosed, match="channel 'Numbers' is stopped"):
                send_nowait(1)
        with pytest.raises(ChannelClosed, match="channel 'Numbers' is stopped"):
            await channel.send_many([1])
        assert channel.stats().sent == 0

    run(main())


def test_sending_after_an_error_says_which() -> None:
    channel: Channel[int] = Channel("Numbers")
    channel.on_error(OSError("cable"))
    with pytest.raises(ChannelClosed, match=r"'Numbers' failed with OSError\('cable'\): nothing can be sent") as caught:
        channel.send_nowait(1)
    assert isinstance(caught.value.__cause__, OSError)


def test_starting_twice_does_nothing_more() -> None:
    async def main() -> None:
        channel: Channel[int] = Channel("Numbers")
        called: list[int] = []
        channel.consume(called.append)
        for start in (channel.start, channel.run, channel.start, channel.run):
            await start()
        await channel.send(1)
        for _ in range(2):
            await channel.stop()
        assert called == [1]

    run(main())


def test_starting_after_stop_is_refused() -> None:
    async def main() -> None:
        channel: Channel[int] = Channel("Numbers")
        await channel.stop()
        for start in (channel.start, channel.run):
            with pytest.raises(ChannelClosed, match="'Numbers' is stopped and can't be started again: make a new one"):
                await start()
        with pytest.raises(ChannelClosed, match="'Numbers' is stopped: it can't be consumed by a callback any more"):
            channel.consume(print)
        with pytest.raises(ChannelClosed, match="'Numbers'"):
            async with channel:
                pass
        channels = Channels()
        await channels.stop()
        with pytest.raises(ChannelClosed, match=r"ChannelKey\('Price', float\) can't be opened any more"):
            _ = channels.open(key)

    run(main())


def test_a_closed_consumer_says_so() -> None:
    async def main() -> None:
        channel: Channel[int] = Channel("Numbers")
        for source in (channel, channel.map(lambda n: n)):
            consumer = Consumer(source, name="mine")
            await channel.send(1)
            consumer.close()
            consumer.close()
            message = "consumer 'mine' is closed: make a new one to read on"
            with pytest.raises(ConsumerClosed, match=message):
                consumer.get_nowait()
            with pytest.raises(ConsumerClosed, match=message):
                await consumer.get()
            with pytest.raises(ConsumerClosed, match=message):
                await consumer.get(timeout=1)
            assert [n async for n in consumer] == []
            assert [batch async for batch in consumer.batches()] == []
            assert consumer.stats().pending == 0
            assert consumer.stats().balanced

    run(main())


def test_reading_what_is_not_there_says_so() -> None:
    async def main() -> None:
        channel: Channel[int] = Channel("Numbers")
        consumer = Consumer(channel, name="mine")
        with pytest.raises(ChannelEmpty, match=r"'mine' has nothing pending: await get\(\) waits for the next event"):
            consumer.get_nowait()
        with pytest.raises(TimeoutError):
            await consumer.get(timeout=3)
        await channel.stop()
        with pytest.raises(ChannelClosed, match="'Numbers' is stopped, and consumer 'mine' has read all of it"):
            await consumer.get()

    run(main())


@pytest.mark.parametrize("debug", [False, True])
def test_a_get_that_would_wait_in_another_loop_is_refused(debug: bool) -> None:
    async def main() -> None:
        channel: Channel[int] = Channel("Numbers")
        consumer, piped = Consumer(channel), Consumer(channel.map(str), name="piped")
        readers: list[Consumer[Any]] = [consumer, piped]
        for reader in readers:
            waiting = asyncio.create_task(reader.get())
            await asyncio.sleep(0)
            waiting.cancel()
            with pytest.raises(WrongLoop, match=r"'(Numbers|piped)'.*event loop"):
                await asyncio.to_thread(asyncio.run, reader.get())

    asyncio.run(main(), debug=debug)


def test_in_debug_mode_sending_and_reading_from_another_thread_is_refused() -> None:
    async def main() -> None:
        channel: Channel[int] = Channel("Numbers")
        consumer = Consumer(channel)
        await channel.send(1)
        for use in (lambda: channel.send_nowait(2), lambda: channel.on_next(2), consumer.get_nowait):
            with pytest.raises(WrongLoop, match=r"'Numbers' was used from a thread.*send_from_thread\(\) is the only"):
                await asyncio.to_thread(use)
        assert await consumer.get() == 1

    asyncio.run(main(), debug=True)


def test_what_needs_a_loop_says_so() -> None:
    with pytest.raises(NotStarted, match=r"'Numbers' has no running event loop: await channel.start\(\) on it first"):
        Channel[int]("Numbers").send_from_thread(1)
    with pytest.raises(NotStarted, match="a timed operator needs a running event loop: make the Consumer"):
        Consumer(Channel[int]("Numbers").sample(1.0))


def test_priority_and_overflow_are_accepted_as_members() -> None:
    channel: Channel[int] = Channel()
    for overflow in (*Overflow, conflate_by(abs), Overflow.conflate_by(abs)):
        for priority in Priority:
            Consumer(channel, overflow=overflow, priority=priority).close()
