"""Trees: scopes of channels, whose events rise to the same key in the scopes around."""

from __future__ import annotations

import asyncio
import gc
import math
import weakref
from functools import partial
from typing import Any

import pytest

from async_channel import (
    Channel,
    ChannelClosed,
    ChannelFull,
    ChannelKey,
    Channels,
    Consumer,
    EventTypeConflict,
    Scope,
    event,
)
from async_channel.recording import Recording, record
from async_channel.replay import replay
from tests.support import run
from tests.test_trees import pending, turns, unlinked


@event
class Tick:
    price: float


class Quote:
    pass


class Bid(Quote):
    pass


TICK = ChannelKey("Tick", Tick)
OTHER = ChannelKey("Tick", int)
NUMBER = ChannelKey("Number", int)


# ---- scopes


def test_a_scope_is_the_same_each_time_and_a_path_leads_through_scopes() -> None:
    channels = Channels()
    inner = channels.scope("binance").scope("BTC/USDT")
    assert isinstance(inner, Scope)
    assert inner is channels.scope("binance/BTC/USDT") is channels.scope("binance").scope("BTC").scope("USDT")
    assert (inner.path, channels.path) == ("binance/BTC/USDT", "")
    assert repr(inner) == "<Scope 'binance/BTC/USDT' of 0 channels>"


@pytest.mark.parametrize("name", ["", "/", "a//b", "/a", "a/", "*", "a/*/b", "a*", "a::b"])
def test_a_name_that_is_none_is_refused(name: str) -> None:
    channels = Channels()
    with pytest.raises(ValueError, match="scope"):
        channels.scope(name)
    assert not channels._scopes or name.startswith("a")


@pytest.mark.parametrize("name", [None, 1, ("a", "b")])
def test_a_name_that_is_no_string_is_refused(name: Any) -> None:
    with pytest.raises(TypeError, match="names with slashes"):
        Channels().scope(name)


def test_events_rise_to_the_nearest_scope_that_has_the_key() -> None:
    channels = Channels()
    root, inner = channels.open(NUMBER), channels.scope("a/b/c").open(NUMBER)
    other = channels.scope("a/x").open(NUMBER)
    inner.send_nowait(1)
    other.send_nowait(2)
    middle = channels.scope("a").open(NUMBER)  # between them: both rise to it from now on
    inner.send_nowait(3)
    other.send_nowait(4)
    middle.send_nowait(5)
    assert pending(Consumer(root)) == [1, 2, 3, 4, 5]
    assert pending(Consumer(middle)) == [3, 4, 5]
    assert pending(Consumer(inner)) == [1, 3]
    assert inner._branch.parent is other._branch.parent is middle._branch
    assert len(root._branch._children) == 1


def test_a_sender_that_waits_for_one_around_waits_on_when_another_comes_between() -> None:
    async def main() -> None:
        channels = Channels()
        root, inner = channels.open(NUMBER), channels.scope("a/b").open(NUMBER)
        slow = Consumer(root, capacity=1)
        await inner.send(1)
        waiting = asyncio.create_task(inner.send(2))
        await turns()
        middle = channels.scope("a").open(NUMBER)
        await turns()
        assert not waiting.done()
        with pytest.raises(ChannelFull, match="of 'Number' above"):
            middle.send_nowait(9)
        assert await slow.get() == 1
        await waiting
        assert pending(slow) == [2]
        assert pending(Consumer(middle)) == [2]

    run(main())


def test_channels_are_told_apart_by_name() -> None:
    channels = Channels()
    names = [channels.open(TICK).name, channels.scope("a/b").open(TICK).name]
    _ = channels.scope("a").open(NUMBER)
    assert names == ["Tick", "a/b::Tick"]
    assert list(channels) == ["Tick", "a::Number", "a/b::Tick"]
    assert [stats.name for stats in channels.stats()] == list(channels)
    assert list(channels.scope("a")) == ["a::Number", "a/b::Tick"]
    assert (len(channels), len(channels.scope("a")), len(channels.scope("a/b"))) == (3, 2, 1)
    assert TICK in channels
    assert TICK not in channels.scope("a")
    assert {"Tick", "a/b::Tick", "a::Number"} <= set(channels)
    assert "Tick" in channels.scope("a/b")
    assert "a/b::Tick" in channels
    assert "b" not in channels
    assert channels.scope("a/b").get(TICK) is channels.scope("a/b").open(TICK)
    with pytest.raises(KeyError, match="no channel 'Tick' is open in scope 'a'; open are: a::Number, a/b::Tick"):
        _ = channels.scope("a").get(TICK)
    with pytest.raises(ValueError, match="can't be opened in a scope"):
        _ = channels.scope("a").open(ChannelKey("x::y", int))
    assert channels.open(ChannelKey("x::y", int)).name == "x::y"


@pytest.mark.parametrize(("first", "second"), [("a", "a/b/c"), ("a/b/c", "a"), ("", "a"), ("a", ""), ("a", "a")])
def test_one_name_with_two_classes_on_one_line_is_an_error_that_names_both(first: str, second: str) -> None:
    channels = Channels()

    def at(path: str) -> Scope:
        return channels.scope(path) if path else channels

    _ = at(first).open(TICK)
    with pytest.raises(EventTypeConflict) as raised:
        _ = at(second).open(OTHER)
    said = str(raised.value)
    assert "Tick" in said
    assert "int" in said
    for path in {first, second} if first != second else set():
        assert (f"scope {path!r}" if path else "the registry itself") in said
    assert len(channels) == 1
    if first and second:
        _ = channels.scope("b").open(OTHER)  # elsewhere it is no conflict


def test_a_scope_around_may_carry_a_superclass() -> None:
    quote, bid = ChannelKey("Quote", Quote), ChannelKey("Quote", Bid)
    channels = Channels()
    _ = channels.open(quote)
    inner = channels.scope("a/b").open(bid)
    _ = channels.scope("a").open(quote)
    one = Bid()
    inner.send_nowait(one)
    assert pending(Consumer(channels.get(quote))) == [one]
    with pytest.raises(EventTypeConflict):
        _ = channels.scope("a/b/c").open(quote)
    with pytest.raises(EventTypeConflict, match="carries Quote"):
        _ = channels.scope("a").open(bid)


# ---- select


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("*/BTC/USDT", ["binance/BTC/USDT", "kraken/BTC/USDT"]),
        ("*/*/USDT", ["binance/BTC/USDT", "binance/ETH/USDT", "kraken/BTC/USDT"]),
        ("**", ["", "binance", "binance/BTC/USDT", "binance/ETH/USDT", "kraken/BTC/USDT"]),
        ("**/USDT", ["binance/BTC/USDT", "binance/ETH/USDT", "kraken/BTC/USDT"]),
        ("binance/**", ["binance", "binance/BTC/USDT", "binance/ETH/USDT"]),
        ("**/BTC/**", ["binance/BTC/USDT", "kraken/BTC/USDT"]),
        ("bin*/BTC/USD?", ["binance/BTC/USDT"]),
        ("*", ["binance"]),
        ("*/*", []),
        ("binance/**/BTC/**/USDT/**", ["binance/BTC/USDT"]),
    ],
)
@pytest.mark.parametrize("when", ["before", "after", "between"])
def test_select_reads_the_scopes_that_match_whenever_they_are_opened(pattern: str, found: list[str], when: str) -> None:
    async def main() -> None:
        paths = ["", "binance", "binance/BTC/USDT", "binance/ETH/USDT", "kraken/BTC/USDT"]
        channels = Channels()

        def open_all(some: list[str]) -> None:
            for path in some:
                _ = (channels.scope(path) if path else channels).open(NUMBER)
                _ = (channels.scope(path) if path else channels).open(ChannelKey("Another", int))

        cut = {"before": 5, "after": 0, "between": 2}[when]
        open_all(paths[:cut])
        consumer = Consumer(channels.select(pattern, NUMBER))
        seen: list[int] = []
        channels.select(pattern, NUMBER).subscribe(seen.append)
        open_all(paths[cut:])
        for number, path in enumerate(paths):  # each is alone while it sends: what rises is not the matter here
            channel = (channels.scope(path) if path else channels).get(NUMBER)
            channel._branch.rise_to(None)
            await channel.send(number)
        expected = [number for number, path in enumerate(paths) if path in found]
        assert pending(consumer) == seen == expected
        await channels.stop()
        with pytest.raises(ChannelClosed):
            await consumer.get()

    run(main())


def test_who_reads_a_selection_holds_back_the_senders_of_each_and_wants_their_events() -> None:
    async def main() -> None:
        channels = Channels()
        a = channels.scope("a/x").open(NUMBER)
        slow = Consumer(channels.select("*/x", NUMBER), capacity=1)
        b = channels.scope("b/x").open(NUMBER)
        apart = channels.scope("b/y").open(NUMBER)
        assert [one.has_demand for one in (a, b, apart)] == [True, True, False]
        await a.send(1)
        waiting = asyncio.create_task(b.send(2))
        await turns()
        assert not waiting.done()
        await apart.send(0)
        assert await slow.get() == 1
        await waiting
        assert pending(slow) == [2]
        slow.close()
        assert [one.has_demand for one in (a, b)] == [False, False]
        assert not channels._openings._sinks
        _ = channels.scope("c/x").open(NUMBER)

    run(main())


def test_an_event_that_rises_from_one_selected_channel_to_another_comes_twice() -> None:
    channels = Channels()
    _ = channels.open(NUMBER)
    inner = channels.scope("a").open(NUMBER)
    consumer = Consumer(channels.select("**", NUMBER))
    inner.send_nowait(1)
    assert pending(consumer) == [1, 1]


def test_a_selection_of_a_scope_is_of_what_is_inside_it_and_ends_with_it() -> None:
    async def main() -> None:
        async with Channels() as channels:
            scope = channels.scope("a")
            consumer = Consumer(scope.select("b", NUMBER))
            await channels.scope("b").open(NUMBER).send(1)
            inner = scope.scope("b").open(NUMBER)
            await inner.send(2)
            await scope.stop()
            assert [number async for number in consumer] == [2]
            ended = Consumer(scope.select("b", NUMBER))
            assert [number async for number in ended] == []
            await channels.scope("b").open(NUMBER).send(3)

    run(main())


def test_a_selection_has_events_of_its_class_and_its_subclasses_only() -> None:
    quote, bid = ChannelKey("Quote", Quote), ChannelKey("Quote", Bid)
    channels = Channels()
    quotes, bids = Consumer(channels.select("*", quote)), Consumer(channels.select("*", bid))
    one, two = Quote(), Bid()
    channels.scope("a").open(quote).send_nowait(one)
    channels.scope("b").open(bid).send_nowait(two)
    channels.scope("c").open(ChannelKey("Quote", int)).send_nowait(3)
    assert pending(quotes) == [one, two]
    assert pending(bids) == [two]
    assert channels.select("*", bid).event_type is Bid


@pytest.mark.parametrize(("pattern", "key"), [("", TICK), ("a//b", TICK), (1, TICK), ("*", "Tick"), ("*", None)])
def test_what_cannot_be_selected_is_refused(pattern: Any, key: Any) -> None:
    with pytest.raises(ValueError if pattern in {"", "a//b"} else TypeError, match="select"):
        _ = Channels().select(pattern, key)


# ---- life


def test_stop_goes_from_the_innermost_scopes_outwards() -> None:
    async def main() -> None:
        channels = Channels()
        order: list[str] = []
        for path in ("", "a", "a/b", "c"):
            channel = (channels.scope(path) if path else channels).open(NUMBER)
            channel.subscribe(on_completed=partial(order.append, path))

            async def slow(number: int) -> None:
                await asyncio.sleep(1)

            channel.consume(slow)
        await channels.start()
        await channels.scope("a/b").get(NUMBER).send(1)
        await channels.stop()
        assert order == ["a/b", "a", "c", ""]
        assert asyncio.get_running_loop().time() == 1.0
        assert [channel.delivered for channel in channels.stats()] == [1, 1, 1, 0]
        await channels.stop()
        for scope in (channels, channels.scope("a")):
            with pytest.raises(ChannelClosed, match="are stopped"):
                _ = scope.open(TICK)
            with pytest.raises(ChannelClosed, match="scope 'new' can't be opened"):
                scope.scope("new")

    run(main())


def test_the_timeout_is_one_for_all() -> None:
    async def main() -> None:
        channels = Channels()
        for path in ("a/b/c", "a/b", "a"):

            async def stuck(number: int) -> None:
                await asyncio.sleep(100)

            channel = channels.scope(path).open(NUMBER)
            channel.consume(stuck)
            channel.send_nowait(1)
        await channels.start()
        await turns()
        await channels.stop(timeout=3)
        assert asyncio.get_running_loop().time() == 3.0
        assert asyncio.all_tasks() == {asyncio.current_task()}

    run(main())


def test_a_scope_that_is_stopped_is_forgotten_and_those_around_go_on() -> None:
    async def main() -> None:
        async with Channels() as channels:
            root = channels.open(NUMBER)
            consumer = Consumer(root, capacity=1)
            async with channels.scope("a") as scope:
                inner = scope.scope("b").open(NUMBER)
                await inner.send(1)
            assert unlinked(inner)
            assert pending(consumer) == [1]
            assert list(channels) == ["Number"]
            again = channels.scope("a")
            assert again is not scope
            await again.scope("b").open(NUMBER).send(2)
            assert pending(consumer) == [2]
            gone = weakref.ref(scope)
            del scope, inner
            gc.collect()
            assert gone() is None

    run(main())


def test_leaving_the_block_leaves_nothing_behind() -> None:
    async def main() -> None:
        channels = Channels()
        with pytest.raises(ValueError, match="enough"):
            async with channels:
                for path in ("a/b", "a", "c"):
                    channel = channels.scope(path).open(NUMBER)
                    channel.consume(lambda number: asyncio.sleep(1000))
                    await channel.send(1)
                await turns()
                raise ValueError("enough")
        assert asyncio.all_tasks() == {asyncio.current_task()}
        assert asyncio.get_running_loop().time() == 0
        assert all(unlinked(channel) for channel in channels._every())

    run(main())


def test_start_starts_the_channels_of_every_scope() -> None:
    channels = Channels()
    inner = channels.scope("a/b").open(NUMBER)
    got: list[int] = []
    inner.consume(got.append)

    async def main() -> None:
        async with channels:
            await inner.send(1)
        assert got == [1]

    run(main())


# ---- recording


def test_a_whole_tree_is_recorded_and_replayed_by_full_names() -> None:
    async def main() -> None:
        channels = Channels()
        _ = channels.open(NUMBER)
        inner = channels.scope("binance/BTC/USDT:USDT").open(NUMBER)
        middle = channels.scope("binance").open(NUMBER)
        async with record(channels) as recording:
            await inner.send(1)
            await middle.send(2)
            await channels.get(NUMBER).send(3)
        names = ["binance/BTC/USDT:USDT::Number", "binance::Number", "Number"]
        assert [name for name, _, _ in recording] == names
        again = Channels()
        consumer = Consumer(again.open(NUMBER))
        assert await replay(recording, again, speed=math.inf) == 3
        assert pending(consumer) == [1, 2, 3]
        assert {stats.name: stats.sent for stats in again.stats()} == dict(zip(names, [1, 2, 3], strict=True))
        assert pending(Consumer(again.scope("binance").get(NUMBER))) == [1, 2]
        unknown = Recording([ChannelKey(name, object) for name in names], list(recording))
        await replay(unknown, again, speed=math.inf)
        assert pending(consumer) == [1, 2, 3]

    run(main())


def test_names_with_the_sign_between_scopes_are_found_in_a_registry_that_has_them() -> None:
    async def main() -> None:
        key = ChannelKey("x::y", int)
        channels = Channels()
        odd: Channel[int] = channels.open(key)
        await replay(Recording([key], [("x::y", 0.0, 1)]), channels)
        assert odd.stats().sent == 1
        assert list(channels) == ["x::y"]

    run(main())


@pytest.mark.parametrize("timeout", [None, 1.0])
@pytest.mark.parametrize("way", ["plain", "task", "key"])
def test_a_callback_on_a_selection_goes_on_when_one_of_its_channels_stops(way: str, timeout: float | None) -> None:
    async def main() -> None:
        got: list[int] = []

        async def itself(number: int) -> int:
            return number

        async with Channels() as channels:
            key = ChannelKey("Number", int)
            first = channels.scope("a").open(key)
            selected = channels.select("**", key)
            if way == "task":
                selected = selected.map_async(itself)
            elif way == "key":
                selected = selected.key_by(lambda number: number % 2)[1]
            subscription = selected.consume(got.append)
            await first.send(1)
            assert await first.stop(timeout) == ()
            await channels.scope("b").open(key).send(3)
            await asyncio.sleep(1)
            assert got == [1, 3]
            ended = [subscription.ended]
        assert [*ended, subscription.ended] == [False, True]
        assert len(asyncio.all_tasks()) == 1

    run(main())
