"""Promise 12: channels, streams and pure Rx subscriptions need no running loop; only await does."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from reactivex import operators as ops
from reactivex.testing import TestScheduler

from async_channel import (
    Channel,
    ChannelEmpty,
    ChannelFull,
    ChannelKey,
    Channels,
    Consumer,
    NotStarted,
    Overflow,
    Producer,
    Stream,
    conflate_by,
)
from tests.rx_scripts import at
from tests.support import run


@pytest.fixture(autouse=True)
def _no_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is none in these tests, and asking asyncio to make one is an error."""
    with pytest.raises(RuntimeError, match="no running event loop"):
        asyncio.get_running_loop()

    def forbidden() -> None:
        raise AssertionError("nothing may ask for an event loop that does not run")

    monkeypatch.setattr(asyncio, "get_event_loop", forbidden)


def test_channels_and_streams_are_built_and_subscribed_without_a_loop() -> None:
    channel: Channel[int] = Channel("Numbers", capacity=4, replay=2)
    seen: list[object] = []
    stream: Stream[tuple[int, int]] = channel.filter(lambda n: n > 1).map(lambda n: n * 10).pairwise()
    stream.subscribe(seen.append, None, lambda: seen.append("end"))
    channel.pipe(ops.sum()).subscribe(seen.append)
    producer = Producer(channel)
    for n in (1, 2, 3):
        producer.send_nowait(n)
    channel.on_next(4)
    channel.on_completed()
    assert seen == [(20, 30), (30, 40), "end", 10]
    assert channel.stats().sent == 4
    assert "Numbers" in repr(channel)


@pytest.mark.parametrize("overflow", [*Overflow, conflate_by(lambda n: n)])
def test_a_consumer_is_made_and_read_without_a_loop_as_long_as_it_need_not_wait(overflow: Any) -> None:
    channel: Channel[int] = Channel(capacity=2)
    direct = Consumer(channel, overflow=overflow)
    piped = Consumer(channel.map(lambda n: n * 10), overflow=overflow)
    channel.send_nowait(1)
    assert (direct.get_nowait(), piped.get_nowait()) == (1, 10)
    with pytest.raises(ChannelEmpty):
        direct.get_nowait()
    assert direct.stats().balanced
    direct.close()
    piped.close()
    channel.send_nowait(2)


def test_a_full_consumer_says_so_without_a_loop() -> None:
    channel: Channel[int] = Channel(capacity=1)
    consumer = Consumer(channel)
    channel.send_nowait(1)
    with pytest.raises(ChannelFull):
        channel.on_next(2)
    assert consumer.get_nowait() == 1
    channel.on_next(3)
    assert consumer.get_nowait() == 3


def test_a_registry_is_filled_without_a_loop() -> None:
    channels = Channels()
    key = ChannelKey("Price", float)
    prices = channels.open(key)
    prices.on_next(1.5)
    assert key in channels
    assert channels.get(key) is prices
    assert channels.stats()[0].sent == 1


def test_what_was_built_without_a_loop_goes_on_in_the_first_that_awaits_it() -> None:
    channel: Channel[int] = Channel("Numbers")
    called: list[int] = []
    consumer, piped = Consumer(channel), Consumer(channel.map(lambda n: n * 10))
    channel.consume(called.append)
    channel.send_nowait(1)

    async def main() -> None:
        await channel.start()
        await channel.send(2)
        assert [await consumer.get(), await consumer.get()] == [1, 2]
        assert [await piped.get(), await piped.get()] == [10, 20]
        await channel.stop()
        assert called == [1, 2]

    run(main())


def test_a_channel_outlives_its_loop() -> None:
    """After the loop is closed it is free to be awaited in another one."""
    channel: Channel[int] = Channel("Numbers")
    consumer = Consumer(channel)

    async def send(number: int) -> None:
        await channel.send(number)

    async def read() -> int:
        return await consumer.get()

    async def wait_in_vain() -> None:
        with pytest.raises(TimeoutError):
            await consumer.get(timeout=1)

    run(send(1))
    channel.send_nowait(2)
    assert run(read()) == 1
    assert run(read()) == 2
    run(wait_in_vain())
    run(send(3))
    assert run(read()) == 3


TIMED: dict[str, Callable[[Channel[int]], Stream[Any]]] = {
    "throttle": lambda c: c.throttle(1.0),
    "debounce": lambda c: c.debounce(1.0),
    "sample": lambda c: c.sample(1.0),
    "buffer": lambda c: c.buffer(seconds=1.0),
    "buffer both": lambda c: c.buffer(seconds=1.0, count=3),
}


@pytest.mark.parametrize("name", TIMED)
def test_timed_streams_are_built_without_a_loop_and_need_a_clock_only_when_subscribed(name: str) -> None:
    channel: Channel[int] = Channel()
    stream = TIMED[name](channel)
    with pytest.raises(NotStarted, match=r"needs a running event loop.*inside a coroutine"):
        Consumer(stream)
    problems: list[Exception] = []
    try:
        stream.subscribe(lambda _: None, problems.append)
    except NotStarted as error:  # in the way reactivex treats what a subscription raises
        problems.append(error)
    assert [type(problem) for problem in problems] == [NotStarted]
    assert channel.stats().consumers == ()
    channel.on_next(1)  # nothing of the failed attempts is left

    scheduler = TestScheduler()
    seen: list[object] = []
    stream.subscribe(seen.append, scheduler=scheduler)
    at(scheduler, 0.5, lambda: channel.on_next(2))
    at(scheduler, 5.25, channel.on_completed)
    scheduler.advance_to(10.0)
    assert seen
    assert 2 in seen or [2] in seen

    async def main() -> object:
        consumer = Consumer(TIMED[name](channel_on_loop))
        await channel_on_loop.send(7)
        return await consumer.get()

    channel_on_loop: Channel[int] = Channel()
    assert run(main()) in (7, [7])


@pytest.mark.parametrize("name", ["debounce", "sample"])
def test_an_operator_that_is_given_a_clock_needs_no_loop(name: str) -> None:
    scheduler = TestScheduler()
    channel: Channel[int] = Channel()
    seen: list[tuple[float, int]] = []
    stream = channel.debounce(1.0, scheduler) if name == "debounce" else channel.sample(1.0, scheduler)
    stream.map(lambda n: n * 10).subscribe(lambda n: seen.append((scheduler.clock, n)))
    at(scheduler, 0.5, lambda: channel.on_next(1))
    at(scheduler, 0.75, lambda: channel.on_next(2))
    scheduler.advance_to(5.0)
    assert seen == [(1.75 if name == "debounce" else 1.0, 20)]


def test_a_loop_is_needed_where_something_waits() -> None:
    channel: Channel[int] = Channel("Numbers")
    with pytest.raises(NotStarted, match=r"'Numbers'.*start\(\)"):
        channel.send_from_thread(1)
