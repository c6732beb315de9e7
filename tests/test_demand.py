"""Demand: who counts as wanting a channel's events, and waiting until somebody does."""

from __future__ import annotations

import asyncio
import gc
import math
import weakref
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest
from reactivex import Observable
from reactivex import operators as ops

from async_channel import (
    Channel,
    ChannelClosed,
    Consumer,
    Overflow,
    Priority,
    Producer,
    Stream,
    conflate_by,
)
from tests.feeds import tasks_beside_this
from tests.support import run

WANTING = [Priority.HIGH, Priority.MEDIUM, Priority.LOW]
POLICIES = [*Overflow, conflate_by(lambda event: event)]
POLICY_NAMES = [*(policy.name for policy in Overflow), "conflate"]


def wanted(channel: Channel[int]) -> bool:
    """What `has_demand` says; a type checker takes a property for what it was at the last look."""
    return channel.has_demand


async def later(event: int) -> int:
    return event


# a pipeline of two channels, both of which it hangs from
PIPELINES: dict[str, Callable[[Channel[int], Channel[int]], Stream[Any]]] = {
    "merge": lambda a, b: a.merge(b),
    "merge of chains": lambda a, b: a.map(lambda n: n + 1).filter(bool).merge(b.map(str)),
    "zip": lambda a, b: a.zip(b),
    "combine_latest": lambda a, b: a.combine_latest(b),
    "with_latest_from": lambda a, b: a.with_latest_from(b),
    "join": lambda a, b: a.join(b, on=lambda n: n, within=5.0),
    "map_async": lambda a, b: a.map_async(later).merge(b.map_async(later, concurrency=3)),
    "map_async below a merge": lambda a, b: a.merge(b).map_async(later),
    "key_by": lambda a, b: a.merge(b).key_by(lambda n: n)[1],
    "each": lambda a, b: a.merge(b).key_by(lambda n: n).each(lambda key, events: events),
    "matching": lambda a, b: a.matching(real=[1]).merge(b.matching(real=[1])),
    "window": lambda a, b: a.merge(b).window(seconds=3.0),
    "buffer": lambda a, b: a.buffer(seconds=3.0).merge(b.buffer(count=2)),
    "buffer until": lambda a, b: a.buffer(b),
    "debounce": lambda a, b: a.merge(b).debounce(1.0),
    "reactivex's own operator": lambda a, b: a.merge(b).via(ops.skip_last(1)),
}


@pytest.mark.parametrize("build", PIPELINES.values(), ids=PIPELINES)
def test_a_pipeline_is_demand_for_every_channel_that_it_hangs_from(
    build: Callable[[Channel[int], Channel[int]], Stream[Any]],
) -> None:
    async def main() -> None:
        a, b = Channel[int]("a"), Channel[int]("b")
        stream = build(a, b)
        assert (a.has_demand, b.has_demand) == (False, False)
        async with Consumer(stream), Consumer(stream):
            assert (a.has_demand, b.has_demand) == (True, True)
        assert (a.has_demand, b.has_demand) == (False, False)
        subscription = stream.subscribe(lambda event: None)
        assert (a.has_demand, b.has_demand) == (True, True)
        subscription.dispose()
        assert (a.has_demand, b.has_demand) == (False, False)

    run(main())


def test_a_pipeline_that_has_enough_wants_no_more() -> None:
    async def main() -> None:
        channel: Channel[int] = Channel()
        async with Consumer(channel.take(1)) as consumer:
            assert wanted(channel)
            await channel.send(1)
            assert not wanted(channel)
            assert await consumer.get() == 1
        assert not wanted(channel)

    run(main())


def test_the_inner_stream_that_was_switched_away_from_is_wanted_no_more() -> None:
    async def main() -> None:
        names, first, second = Channel[str](), Channel[int](), Channel[int]()
        inner = {"first": first, "second": second}
        async with Consumer(names.switch_map(lambda name: inner[name])):
            await names.send("first")
            assert (first.has_demand, second.has_demand) == (True, False)
            await names.send("second")
            assert (first.has_demand, second.has_demand) == (False, True)
        assert not any(channel.has_demand for channel in (names, first, second))

    run(main())


@pytest.mark.parametrize("priority", WANTING, ids=lambda priority: priority.name)
@pytest.mark.parametrize("overflow", POLICIES, ids=POLICY_NAMES)
def test_a_consumer_is_demand_from_when_it_is_made_until_it_is_closed(priority: Priority, overflow: Any) -> None:
    channel: Channel[int] = Channel()
    assert not wanted(channel)
    consumer = Consumer(channel, overflow=overflow, priority=priority)
    below = Consumer(channel.map(str), overflow=overflow, priority=priority)
    assert wanted(channel)
    consumer.close()
    consumer.close()
    assert wanted(channel)
    below.close()
    below.close()
    assert not wanted(channel)


# what is read with a priority of OPTIONAL
OPTIONAL: dict[str, Callable[[Channel[int]], Observable[Any]]] = {
    "direct": lambda channel: channel,
    "pipeline": lambda channel: channel.map(str).filter(bool),
    "merge": lambda channel: channel.merge(channel),
    "map_async": lambda channel: channel.map_async(later),
    "filter_async below map_async": lambda channel: channel.map_async(later).filter_async(later),
    "below map_async": lambda channel: channel.map(abs).map_async(later).scan(max),
    "buffer": lambda channel: channel.buffer(seconds=3.0),
    "reactivex's own operator": lambda channel: channel.via(ops.skip_last(1)),
}


@pytest.mark.parametrize("overflow", POLICIES, ids=POLICY_NAMES)
@pytest.mark.parametrize("build", OPTIONAL.values(), ids=OPTIONAL)
def test_an_optional_consumer_is_no_demand(build: Callable[[Channel[int]], Observable[Any]], overflow: Any) -> None:
    async def main() -> None:
        channel: Channel[int] = Channel()
        async with Consumer(build(channel), overflow=overflow, priority=Priority.OPTIONAL):
            assert not wanted(channel)
            async with Consumer(build(channel), overflow=overflow, priority=Priority.LOW):
                assert wanted(channel)
            assert not wanted(channel)
        assert not wanted(channel)

    run(main())


def test_an_optional_consumer_below_windows_or_a_pipeline_a_key_is_no_demand() -> None:
    async def main() -> None:
        channel: Channel[int] = Channel()
        for stream in (channel.window(seconds=3.0), channel.key_by(lambda n: n).each(lambda key, events: events)):
            async with Consumer(stream, priority=Priority.OPTIONAL):
                assert not wanted(channel)

    run(main())


@pytest.mark.parametrize("priority", Priority, ids=lambda priority: priority.name)
def test_a_callback_is_demand_until_it_is_closed_unless_it_is_optional(priority: Priority) -> None:
    async def main() -> None:
        channel: Channel[int] = Channel()
        subscription = channel.consume(lambda event: None, priority=priority)
        assert channel.has_demand is (priority is not Priority.OPTIONAL)
        subscription.close()
        assert not wanted(channel)
        await channel.stop()

    run(main())


def test_plain_subscribers_are_demand() -> None:
    channel: Channel[int] = Channel()
    first, second = channel.subscribe(lambda event: None), channel.map(str).subscribe(lambda event: None)
    first.dispose()
    first.dispose()
    assert wanted(channel)
    second.dispose()
    assert not wanted(channel)


def test_feeding_another_channel_is_demand() -> None:
    async def main() -> None:
        upper, lower = Channel[int](), Channel[int]()
        feeding = asyncio.create_task(lower.feed(upper))
        await asyncio.sleep(0)
        assert (upper.has_demand, lower.has_demand) == (True, False)
        feeding.cancel()
        await asyncio.wait([feeding])
        assert not upper.has_demand

    run(main())


@pytest.mark.parametrize("overflow", [Overflow.BLOCK, Overflow.DROP_NEWEST], ids=str)
def test_a_consumer_that_nobody_holds_any_more_is_no_demand(overflow: Overflow) -> None:
    async def main() -> None:
        channel: Channel[int] = Channel()
        made: list[Consumer[Any]] = [Consumer(channel, overflow=overflow), Consumer(channel.map(str))]
        gone = [weakref.ref(consumer) for consumer in made]
        assert wanted(channel)
        made.clear()
        gc.collect()
        await asyncio.sleep(0)
        assert [ref() for ref in gone] == [None, None]
        assert not wanted(channel)

    run(main())


@pytest.mark.parametrize("end", [lambda c: c.on_completed(), lambda c: c.on_error(OSError()), lambda c: c.dispose()])
def test_nobody_wants_events_of_a_channel_that_has_ended(end: Callable[[Channel[int]], None]) -> None:
    channel: Channel[int] = Channel()
    consumers = [Consumer(channel), Consumer(channel.map(lambda n: n)), Consumer(channel, priority=Priority.OPTIONAL)]
    channel.subscribe(lambda event: None, lambda error: None)
    channel.send_nowait(1)
    end(channel)
    assert not wanted(channel)
    for consumer in consumers:
        consumer.close()
    assert not wanted(channel)


def test_demand_returns_at_once_where_there_is_some() -> None:
    async def main() -> None:
        channel: Channel[int] = Channel()
        async with Consumer(channel):
            waiting = channel.demand()
            with pytest.raises(StopIteration):
                waiting.send(None)

    run(main())


def test_demand_waits_for_somebody_who_wants_events_and_all_who_wait_are_told() -> None:
    async def main() -> None:
        channel: Channel[int] = Channel()
        waiting = [asyncio.create_task(channel.demand()) for _ in range(3)]
        optional = Consumer(channel, priority=Priority.OPTIONAL)
        await asyncio.sleep(100)
        assert not any(task.done() for task in waiting)
        async with Consumer(channel):
            await asyncio.wait(waiting)
            assert all(task.exception() is None for task in waiting)
        optional.close()

    run(main())


def test_demand_goes_on_waiting_when_whoever_came_has_left_before_it_could_look() -> None:
    async def main() -> None:
        channel: Channel[int] = Channel()
        waiting = asyncio.create_task(channel.demand())
        await asyncio.sleep(0)
        Consumer(channel).close()
        await asyncio.sleep(100)
        assert not waiting.done()
        async with Consumer(channel):
            await waiting

    run(main())


@pytest.mark.parametrize("end", [lambda c: c.on_completed(), lambda c: c.on_error(OSError()), lambda c: c.dispose()])
def test_demand_says_that_there_will_be_none_when_the_channel_has_ended(end: Callable[[Channel[int]], None]) -> None:
    async def main() -> None:
        channel: Channel[int] = Channel("Numbers")
        waiting = asyncio.create_task(channel.demand())
        await asyncio.sleep(0)
        end(channel)
        with pytest.raises(ChannelClosed, match="channel 'Numbers' is stopped: nobody will ask"):
            await waiting
        with pytest.raises(ChannelClosed):
            await channel.demand()

    run(main())


def test_demand_of_a_stopped_channel_is_none_although_a_consumer_has_yet_to_read_the_rest() -> None:
    async def main() -> None:
        channel: Channel[int] = Channel()
        async with Consumer(channel) as consumer:
            await channel.send(1)
            await channel.stop()
            with pytest.raises(ChannelClosed):
                await channel.demand()
            assert await consumer.get() == 1

    run(main())


def test_a_demand_that_is_cancelled_leaves_nobody_in_line() -> None:
    async def main() -> None:
        channel: Channel[int] = Channel()
        for _ in range(100):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(1):
                    await channel.demand()
        assert not channel._audience._waiting
        assert not tasks_beside_this()

    run(main())


# ---- bad input

anything: Any = Channel("Numbers")


async def coroutine_function() -> int:
    return 1


def generator_function() -> Iterator[int]:
    yield 1


async def fine() -> AsyncIterator[int]:
    yield 1


async def performing(self: Any) -> AsyncIterator[int]:
    yield 1


def producer(**attributes: Any) -> Callable[[], object]:
    async def perform(self: Any) -> None: ...

    return lambda: type("Clock", (Producer,), {"perform": perform, **attributes})(Channel("Numbers"))


def stopped() -> Channel[int]:
    channel: Channel[int] = Channel("Numbers")
    channel.on_completed()
    return channel


BAD: dict[str, tuple[Callable[[], object], type[Exception], str]] = {
    "no function": (lambda: anything.source(7), TypeError, "source(fn=...) takes a function, got 7"),
    "a generator": (lambda: anything.source(fine()), TypeError, "takes a function, got <async_generator object"),
    "a coroutine function": (lambda: anything.source(coroutine_function), TypeError, "one that yields, got <function"),
    "a generator function": (lambda: anything.source(generator_function), TypeError, "asynchronous generator function"),
    "decorated": (lambda: anything.source(grace=1)(coroutine_function), TypeError, "one that yields, got <function"),
    "decorated no function": (lambda: anything.source()(None), TypeError, "takes a function, got None"),
    "grace by place": (lambda: anything.source(fine, 1.0), TypeError, "positional argument"),
    "grace -1": (lambda: anything.source(fine, grace=-1), ValueError, "source(grace=...) takes a finite number of"),
    "grace -1, decorator": (lambda: anything.source(grace=-1), ValueError, "seconds, 0 or more, got -1"),
    "grace inf": (lambda: anything.source(fine, grace=math.inf), ValueError, "0 or more, got inf"),
    "grace nan": (lambda: anything.source(fine, grace=math.nan), ValueError, "0 or more, got nan"),
    "grace str": (lambda: anything.source(fine, grace="1"), TypeError, "takes seconds (a number), got '1'"),
    "grace bool": (lambda: anything.source(fine, grace=True), TypeError, "takes seconds (a number), got True"),
    "grace None": (lambda: anything.source(fine, grace=None), TypeError, "takes seconds (a number), got None"),
    "name": (lambda: anything.source(fine, name=7), TypeError, "source(name=...) takes a string, got 7"),
    "stopped": (lambda: stopped().source(fine), ChannelClosed, "channel 'Numbers' is stopped: it can't have a source"),
    "Producer grace -1": (producer(grace=-1), ValueError, "Clock(grace=...) takes a finite number of seconds, 0 or"),
    "Producer grace str": (producer(grace="1"), TypeError, "Clock(grace=...) takes seconds (a number), got '1'"),
    "Producer that yields": (
        producer(perform=performing),
        TypeError,
        "Clock.perform yields events: it is to await send",
    ),
    "Producer on a stopped channel": (
        lambda: type("Clock", (Producer,), {"perform": coroutine_function})(stopped()),
        ChannelClosed,
        "channel 'Numbers' is stopped: it can't have a source",
    ),
}


@pytest.mark.parametrize(("call", "error", "message"), BAD.values(), ids=BAD)
def test_bad_input_is_refused_at_once(call: Callable[[], object], error: type[Exception], message: str) -> None:
    with pytest.raises(error) as refused:
        call()
    assert message in str(refused.value)
    assert not anything._sources
