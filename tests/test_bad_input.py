"""Bad input: each wrong argument or use is refused at once, by an error that says what was wrong and what is right."""

from __future__ import annotations

import asyncio
import math
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from async_channel import (
    Channel,
    ChannelKey,
    Channels,
    Consumer,
    Overflow,
    Producer,
    clock,
    conflate_by,
    event,
    from_observable,
)
from async_channel.replay import replay
from tests.support import run

# Any throughout: what is passed here is what the type checker would refuse.
new_channel: Any = Channel
new_consumer: Any = Consumer
new_producer: Any = Producer
new_key: Any = ChannelKey
any_event: Any = event
any_conflate: Any = conflate_by
any_from: Any = from_observable
any_run: Any = clock.run
any_replay: Any = replay
key = ChannelKey("Price", float)


def consumes(**options: Any) -> Callable[[], object]:
    return lambda: new_consumer(Channel("Numbers"), **options)


def calls_back(**options: Any) -> Callable[[], object]:
    channel: Any = Channel("Numbers")
    return lambda: channel.consume(**{"callback": print, **options})


def stream(name: str, *args: Any, **options: Any) -> Callable[[], object]:
    return lambda: getattr(Channel("Numbers"), name)(*args, **options)


def opens(*args: Any, **options: Any) -> Callable[[], object]:
    channels: Any = Channels()
    return lambda: channels.open(*args, **options)


def runs(*args: Any, **options: Any) -> Callable[[], object]:
    async def main() -> None: ...

    return lambda: any_run(*(args or (main(),)), **options)


# what is called, the exception, and what its message says
CASES: dict[str, tuple[Callable[[], object], type[Exception], str]] = {
    "Channel name": (lambda: new_channel(7), TypeError, "Channel(...) takes a name or a class of events first, got 7"),
    "Channel none": (lambda: new_channel(None), TypeError, "takes a name or a class of events first, got None"),
    "Channel second name": (lambda: new_channel(int, 7), TypeError, "Channel(name=...) takes a string, got 7"),
    "Channel keyword name": (lambda: new_channel(name=b"x"), TypeError, "Channel(name=...) takes a string, got b'x'"),
    "Channel capacity 0": (
        lambda: new_channel(capacity=0),
        ValueError,
        "Channel(capacity=...) takes at least 1, got 0",
    ),
    "Channel capacity -1": (lambda: new_channel(capacity=-1), ValueError, "takes at least 1, got -1"),
    "Channel capacity bool": (
        lambda: new_channel(capacity=True),
        TypeError,
        "takes a number of events (int), got True",
    ),
    "Channel capacity float": (lambda: new_channel(capacity=8.0), TypeError, "Channel(capacity=...) takes a number"),
    "Channel capacity inf": (lambda: new_channel(capacity=math.inf), TypeError, "(int), got inf"),
    "Channel capacity str": (lambda: new_channel(capacity="8"), TypeError, "(int), got '8'"),
    "Channel capacity None": (lambda: new_channel(capacity=None), TypeError, "(int), got None"),
    "Channel replay -1": (lambda: new_channel(replay=-1), ValueError, "Channel(replay=...) takes at least 0, got -1"),
    "Channel replay float": (lambda: new_channel(replay=1.0), TypeError, "Channel(replay=...) takes a number"),
    "Channel replay bool": (lambda: new_channel(replay=False), TypeError, "(int), got False"),
    "Producer": (lambda: new_producer("Orders"), TypeError, "Producer(...) takes a Channel, got 'Orders'"),
    "Producer class": (lambda: new_producer(Channel), TypeError, "takes a Channel, got <class"),
    "Producer stream": (lambda: new_producer(Channel().map(str)), TypeError, "Producer(...) takes a Channel"),
    "Consumer source": (lambda: new_consumer([1, 2]), TypeError, "Consumer(...) takes a Channel, a Stream or another"),
    "Consumer None": (lambda: new_consumer(None), TypeError, "reactivex Observable, got None"),
    "Consumer class": (lambda: new_consumer(Channel), TypeError, "reactivex Observable, got <class"),
    "Consumer queue": (lambda: new_consumer(asyncio.Queue()), TypeError, "reactivex Observable, got <Queue"),
    "Consumer filter": (consumes(filter_func="x"), TypeError, "Consumer(filter_func=...) takes a function, got 'x'"),
    "Consumer capacity 0": (consumes(capacity=0), ValueError, "Consumer(capacity=...) takes at least 1, got 0"),
    "Consumer capacity -3": (consumes(capacity=-3), ValueError, "takes at least 1, got -3"),
    "Consumer capacity bool": (consumes(capacity=True), TypeError, "(int), got True"),
    "Consumer capacity float": (consumes(capacity=2.5), TypeError, "(int), got 2.5"),
    "Consumer overflow": (
        consumes(overflow="block"),
        TypeError,
        "a member of Overflow or conflate_by(key), got 'block'",
    ),
    "Consumer overflow class": (consumes(overflow=Overflow), TypeError, "a member of Overflow or conflate_by(key)"),
    "Consumer overflow function": (consumes(overflow=conflate_by), TypeError, "or conflate_by(key), got <function"),
    "Consumer priority": (consumes(priority=2), TypeError, "Consumer(priority=...) takes a member of Priority, got 2"),
    "Consumer priority none": (consumes(priority=None), TypeError, "takes a member of Priority, got None"),
    "Consumer name": (consumes(name=None), TypeError, "Consumer(name=...) takes a string, got None"),
    "consume callback": (calls_back(callback=None), TypeError, "consume(callback=...) takes a function, got None"),
    "consume filter": (calls_back(filter_func=1), TypeError, "consume(filter_func=...) takes a function, got 1"),
    "consume capacity": (calls_back(capacity=0), ValueError, "consume(capacity=...) takes at least 1, got 0"),
    "consume capacity type": (calls_back(capacity="1"), TypeError, "consume(capacity=...) takes a number"),
    "consume overflow": (calls_back(overflow=None), TypeError, "consume(overflow=...) takes a member of Overflow"),
    "consume priority": (calls_back(priority="HIGH"), TypeError, "consume(priority=...) takes a member of Priority"),
    "consume name": (calls_back(name=3), TypeError, "consume(name=...) takes a string, got 3"),
    "ChannelKey name": (lambda: new_key(1, int), TypeError, "ChannelKey(name=...) takes a string, got 1"),
    "ChannelKey empty": (lambda: new_key("", int), ValueError, "ChannelKey needs a name that is not empty"),
    "ChannelKey type": (lambda: new_key("A", "int"), TypeError, "ChannelKey('A', ...) takes a class of events"),
    "ChannelKey generic": (lambda: new_key("A", list[int]), TypeError, "takes a class of events, got list[int]"),
    "open str": (opens("Price"), TypeError, "by a ChannelKey(name, event class), got 'Price'"),
    "open class": (opens(float), TypeError, "by a ChannelKey(name, event class), got <class 'float'>"),
    "open capacity": (opens(key, capacity=0), ValueError, "takes at least 1, got 0"),
    "open capacity type": (opens(key, capacity="3"), TypeError, "(int), got '3'"),
    "open capacity bool": (opens(key, capacity=True), TypeError, "(int), got True"),
    "open replay": (opens(key, replay=-1), ValueError, "takes at least 0, got -1"),
    "open replay type": (opens(key, replay=0.0), TypeError, "Channel(replay=...) takes a number"),
    "open replay bool": (opens(key, replay=False), TypeError, "(int), got False"),
    "Channels.get str": (lambda: Channels().get(any_event), TypeError, "ChannelKey(name, event class)"),
    "Channels.get unknown": (lambda: Channels().get(key), KeyError, "no channel 'Price' is open; open are: none"),
    "conflate_by": (
        lambda: any_conflate("symbol"),
        TypeError,
        "takes a function from an event to its key, got 'symbol'",
    ),
    "Overflow.conflate_by": (lambda: Overflow.conflate_by(any_from(Channel())), TypeError, "to its key, got <Channel"),
    "event": (lambda: any_event("Ticker"), TypeError, "@event decorates a class, got 'Ticker'"),
    "event called": (lambda: any_event(print), TypeError, "@event decorates a class, got <built-in"),
    "from_observable": (lambda: any_from([1]), TypeError, "from_observable(...) takes a Channel, a Stream or another"),
    "run function": (runs(print), TypeError, "run() takes a coroutine, such as main(), got <built-in function print>"),
    "run None": (runs(None), TypeError, "run() takes a coroutine"),
    "run speed 0": (runs(speed=0), ValueError, "speed is above 0 (math.inf for virtual time), got 0"),
    "run speed -1": (runs(speed=-1.0), ValueError, "speed is above 0"),
    "run speed nan": (runs(speed=math.nan), ValueError, "speed is above 0"),
    "run speed str": (runs(speed="inf"), TypeError, "speed is a number of loop seconds a real second, got 'inf'"),
    "run speed bool": (runs(speed=True), TypeError, "got True"),
    "run start str": (runs(start="2026-01-01"), TypeError, "start is a datetime or seconds since 1970"),
    "run start bool": (runs(start=True), TypeError, "start is a datetime or seconds since 1970, got True"),
    "run start inf": (runs(start=math.inf), ValueError, "start is a finite number of seconds since 1970, got inf"),
    "run start nan": (runs(start=math.nan), ValueError, "start is a finite number"),
    "filter": (stream("filter", None), TypeError, "filter(predicate=...) takes a function, got None"),
    "of_type": (stream("of_type", "int"), TypeError, "of_type() takes a class, got 'int'"),
    "of_type instance": (stream("of_type", 1), TypeError, "of_type() takes a class, got 1"),
    "take": (stream("take", "3"), TypeError, "take(count=...) takes a number of events (int), got '3'"),
    "take float": (stream("take", 3.0), TypeError, "take(count=...) takes a number of events (int), got 3.0"),
    "take bool": (stream("take", True), TypeError, "(int), got True"),
    "take -1": (stream("take", -1), ValueError, "take(count=...) takes at least 0, got -1"),
    "skip": (stream("skip", None), TypeError, "skip(count=...) takes a number of events (int), got None"),
    "skip -1": (stream("skip", -1), ValueError, "skip(count=...) takes at least 0, got -1"),
    "take_while": (stream("take_while", 1), TypeError, "take_while(predicate=...) takes a function, got 1"),
    "skip_while": (stream("skip_while", 1), TypeError, "skip_while(predicate=...) takes a function, got 1"),
    "distinct key": (stream("distinct_until_changed", 1), TypeError, "distinct_until_changed(key_mapper=...) takes"),
    "distinct comparer": (
        stream("distinct_until_changed", None, 1),
        TypeError,
        "(comparer=...) takes a function, got 1",
    ),
    "map": (stream("map", 1), TypeError, "map(mapper=...) takes a function, got 1"),
    "starmap": (stream("starmap", 1), TypeError, "starmap(mapper=...) takes a function, got 1"),
    "scan": (stream("scan", 0), TypeError, "scan(accumulator=...) takes a function, got 0"),
    "buffer nothing": (stream("buffer"), TypeError, "either boundaries (an Observable), or count= and seconds="),
    "buffer all": (stream("buffer", Channel(), count=1), TypeError, "either boundaries (an Observable), or count="),
    "buffer number": (stream("buffer", 3), TypeError, "buffer(3) is ambiguous: write buffer(count=3) or"),
    "buffer text": (stream("buffer", "3"), TypeError, "buffer(...) takes a Channel, a Stream or another"),
    "buffer count 0": (stream("buffer", count=0), ValueError, "buffer(count=...) takes at least 1, got 0"),
    "buffer count type": (stream("buffer", count=2.0), TypeError, "buffer(count=...) takes a number of events (int)"),
    "buffer count bool": (stream("buffer", count=True), TypeError, "(int), got True"),
    "buffer seconds 0": (
        stream("buffer", seconds=0),
        ValueError,
        "buffer(seconds=...) takes a finite number of seconds",
    ),
    "buffer seconds type": (stream("buffer", seconds="1"), TypeError, "buffer(seconds=...) takes seconds (a number)"),
    "throttle 0": (stream("throttle", 0), ValueError, "throttle(seconds=...) takes a finite number of seconds above 0"),
    "throttle inf": (stream("throttle", math.inf), ValueError, "a finite number of seconds above 0, got inf"),
    "throttle bool": (stream("throttle", True), TypeError, "throttle(seconds=...) takes seconds (a number), got True"),
    "debounce -1": (
        stream("debounce", -1),
        ValueError,
        "debounce(duetime=...) takes a finite number of seconds above 0",
    ),
    "debounce timedelta": (stream("debounce", timedelta(0)), ValueError, "seconds above 0, got 0.0"),
    "debounce type": (stream("debounce", "1"), TypeError, "debounce(duetime=...) takes seconds (a number), got '1'"),
    "sample nan": (
        stream("sample", math.nan),
        ValueError,
        "sample(sampler=...) takes a finite number of seconds above 0",
    ),
    "sample type": (stream("sample", None), TypeError, "sample(sampler=...) takes seconds (a number), got None"),
    "merge": (stream("merge", 1), TypeError, "merge(...) takes a Channel, a Stream or another"),
    "merge list": (stream("merge", [1]), TypeError, "takes streams one by one, got [1]: unpack it, merge(*streams)"),
    "via": (stream("via", 1), TypeError, "via(operator=...) takes a function, got 1"),
    "via result": (stream("via", lambda _: 1), TypeError, "takes a Channel, a Stream or another reactivex Observable"),
    "batches 0": (lambda: Consumer(Channel()).batches(0), ValueError, "batches(max_size=...) takes at least 1, got 0"),
    "batches type": (
        lambda: new_consumer(Channel()).batches("3"),
        TypeError,
        "batches(max_size=...) takes a number of events (int), got '3'",
    ),
    "batches bool": (
        lambda: Consumer(Channel()).batches(True),
        TypeError,
        "batches(max_size=...) takes a number of events (int), got True",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_wrong_argument_is_refused_with_what_is_right(name: str) -> None:
    call, expected, message = CASES[name]
    with pytest.raises(expected, match=re.escape(message)) as caught:
        call()
    assert type(caught.value) is expected


AWAITED: dict[str, tuple[Callable[[Any], Any], type[Exception], str]] = {
    "get timeout": (
        lambda c: Consumer(c).get(timeout=-1),
        ValueError,
        "get(timeout=...) is in seconds, 0 or more, got -1",
    ),
    "get nan": (
        lambda c: Consumer(c).get(timeout=math.nan),
        ValueError,
        "get(timeout=...) is in seconds, 0 or more, got nan",
    ),
    "get type": (lambda c: new_consumer(c).get(timeout="1"), TypeError, "get(timeout=...)"),
    "stop timeout": (
        lambda c: c.stop(timeout=-0.5),
        ValueError,
        "stop(timeout=...) is in seconds, 0 or more, got -0.5",
    ),
    "stop nan": (lambda c: c.stop(timeout=math.nan), ValueError, "0 or more, got nan"),
    "stop type": (lambda c: c.stop(timeout="1"), TypeError, "stop(timeout=...)"),
    "Channels.stop": (lambda c: stopped_with(-1), ValueError, "0 or more, got -1"),
    "send_many": (lambda c: c.send_many(7), TypeError, "takes an iterable or an async iterable of events, got 7"),
    "producer send_many": (
        lambda c: new_producer(c).send_many(None),
        TypeError,
        "takes an iterable or an async iterable",
    ),
    "replay target": (lambda c: any_replay([], []), TypeError, "replay() sends to a Channel or a Producer, got []"),
    "replay events": (lambda c: any_replay(c, 5), TypeError, "replay() takes an iterable of (time, event), got 5"),
    "replay time": (lambda c: any_replay(c, [("now", 1)]), ValueError, "as a datetime or seconds, got 'now'"),
    "replay nan": (lambda c: replay(c, [(math.nan, 1)]), ValueError, "as a datetime or seconds, got nan"),
    "replay pair": (lambda c: any_replay(c, [1]), TypeError, "(time, event)"),
    "replay origin": (lambda c: any_replay(c, [], origin="0"), ValueError, "as a datetime or seconds, got '0'"),
    "sleep_until": (lambda c: clock.sleep_until(math.nan), ValueError, "nan"),
}


async def stopped_with(timeout: float) -> None:
    await Channels().stop(timeout)


@pytest.mark.parametrize("name", AWAITED)
def test_a_wrong_argument_of_a_coroutine_is_refused_with_what_is_right(name: str) -> None:
    call, expected, message = AWAITED[name]

    async def main() -> None:
        channel: Channel[int] = Channel("Numbers")
        with pytest.raises(expected, match=re.escape(message)):
            async with asyncio.timeout(5):
                await call(channel)
        assert channel.stats().sent == 0
        await channel.send(1)  # and nothing has happened

    run(main())


def test_a_refused_consumer_leaves_nothing_behind() -> None:
    channel: Channel[int] = Channel("Numbers", capacity=1)
    for options in ({"capacity": 0}, {"overflow": 1}, {"priority": 1}, {"name": 1}, {"filter_func": 1}):
        with pytest.raises((TypeError, ValueError)):
            new_consumer(channel, **options)
        with pytest.raises((TypeError, ValueError)):
            new_consumer(channel.map(str), **options)
    assert channel.stats().consumers == ()
    channel.send_nowait(1)
    channel.send_nowait(2)
    assert Consumer(channel).get_nowait() == 2
