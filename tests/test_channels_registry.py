"""Channels and ChannelKey: each name opened once, found again by its key, all stopped together."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from async_channel import (
    Channel,
    ChannelClosed,
    ChannelError,
    ChannelKey,
    Channels,
    Consumer,
    EventTypeConflict,
    Producer,
    event,
)
from async_channel import channels as package
from tests.support import run


@event
class Tick:
    price: float


@event
class Order:
    id: int


TICK = ChannelKey("Tick", Tick)
ORDER = ChannelKey("Order", Order)


# ---- keys


def test_a_key_is_its_name_and_its_class() -> None:
    assert ChannelKey("Tick", Tick) == TICK
    assert hash(ChannelKey("Tick", Tick)) == hash(TICK)
    assert len({TICK, ChannelKey("Tick", Tick), ORDER}) == 2
    different: list[object] = [ChannelKey("Ticks", Tick), ChannelKey("Tick", Order), "Tick", None]
    assert all(other != TICK for other in different)
    assert repr(TICK) == "ChannelKey('Tick', Tick)"
    assert (TICK.name, TICK.event_type) == ("Tick", Tick)


# ---- the registry


def test_a_channel_is_opened_once_and_found_again() -> None:
    channels = Channels()
    ticks = channels.open(TICK, capacity=8, replay=2)
    assert isinstance(ticks, Channel)
    assert (ticks.name, ticks.capacity, ticks.event_type) == ("Tick", 8, Tick)
    assert channels.open(ChannelKey("Tick", Tick)) is ticks
    assert channels.open(TICK, capacity=8) is channels.open(TICK, replay=2) is channels.get(TICK) is ticks


def test_a_new_channel_has_the_sizes_of_any_channel() -> None:
    channels = Channels()
    assert channels.open(TICK).capacity == Channel(Tick).capacity
    assert channels.open(TICK, replay=0) is channels.open(TICK)  # none is replayed


def test_a_channel_of_a_registry_replays_as_many_as_it_was_opened_with() -> None:
    ticks = Channels().open(TICK, replay=2)
    Consumer(ticks).close()
    for price in range(3):
        ticks.send_nowait(Tick(price))
    late = Consumer(ticks)
    assert [late.get_nowait(), late.get_nowait()] == [Tick(1), Tick(2)]
    assert late.stats().pending == 0


def test_it_can_be_searched_iterated_and_counted() -> None:
    channels = Channels()
    assert len(channels) == 0
    assert list(channels) == []
    opened = [channels.open(ORDER), channels.open(TICK), channels.open(ORDER)]
    assert len(channels) == 2
    assert list(channels) == ["Order", "Tick"]
    assert TICK in channels
    assert "Tick" in channels
    assert ChannelKey("Tick", Order) not in channels
    assert ChannelKey("Trade", Tick) not in channels
    assert "Trade" not in channels
    assert 7 not in channels
    opened.extend(channels.open(ChannelKey(f"{name} too", Order)) for name in channels)  # that is allowed
    assert list(channels) == ["Order", "Tick", "Order too", "Tick too"]


def test_what_is_missing_is_named_beside_what_there_is() -> None:
    channels = Channels()
    opened = channels.open(TICK), channels.open(ORDER)
    assert len(opened) == 2
    with pytest.raises(KeyError, match="no channel 'Trade' is open; open are: Tick, Order"):
        _ = channels.get(ChannelKey("Trade", Tick))


def test_a_conflict_is_a_channel_error_and_a_type_error() -> None:
    channels = Channels()
    ticks = channels.open(TICK)
    for kind in (EventTypeConflict, ChannelError, TypeError):
        with pytest.raises(kind, match="'Tick' carries Tick, not Order: one name has one class of events"):
            _ = channels.open(ChannelKey("Tick", Order))
    assert channels.get(TICK) is ticks


def test_two_classes_of_one_name_are_two() -> None:
    def another() -> type[Any]:
        class Tick: ...

        return Tick

    channels = Channels()
    assert channels.open(TICK).event_type is Tick
    with pytest.raises(EventTypeConflict):
        _ = channels.open(ChannelKey("Tick", another()))


def test_its_stats_are_those_of_its_channels_in_order() -> None:
    channels = Channels()
    channels.open(ORDER).send_nowait(Order(1))
    ticks = channels.open(TICK)
    consumer = Consumer(ticks)
    ticks.send_nowait(Tick(1.0))
    ticks.send_nowait(Tick(2.0))
    assert consumer.get_nowait() == Tick(1.0)
    orders, tick_stats = channels.stats()
    assert (orders.name, orders.sent, orders.pending) == ("Order", 1, 1)
    assert (tick_stats.name, tick_stats.sent, tick_stats.delivered, tick_stats.pending) == ("Tick", 2, 1, 1)
    assert tick_stats.balanced


def test_leaving_the_block_stops_every_channel_after_what_is_pending() -> None:
    async def main() -> None:
        seen: list[Order] = []

        async def slow(order: Order) -> None:
            await asyncio.sleep(1)
            seen.append(order)

        async with Channels() as channels:
            orders = channels.open(ORDER)
            orders.consume(slow)
            ticks = Consumer(channels.open(TICK))
            await Producer(channels.get(TICK)).send(Tick(1.0))
            await orders.send_many([Order(1), Order(2)])
        assert seen == [Order(1), Order(2)]
        assert [tick async for tick in ticks] == [Tick(1.0)]
        with pytest.raises(ChannelClosed):
            await orders.send(Order(3))
        with pytest.raises(ChannelClosed):
            _ = channels.open(TICK)
        assert channels.get(ORDER) is orders  # for its numbers
        await channels.stop()
        assert len(asyncio.all_tasks()) == 1

    run(main())


def test_an_exception_in_the_block_is_not_kept_waiting() -> None:
    async def main() -> None:
        async def forever(_: Order) -> None:
            await asyncio.Event().wait()

        with pytest.raises(LookupError, match="lost"):
            async with Channels() as channels:
                orders = channels.open(ORDER)
                orders.consume(forever)
                await orders.send(Order(1))
                await asyncio.sleep(0)
                raise LookupError("lost")
        assert asyncio.get_running_loop().time() == 0
        assert len(asyncio.all_tasks()) == 1

    run(main())


def test_all_are_stopped_at_once_within_the_time_out() -> None:
    async def main() -> None:
        async def forever(_: object) -> None:
            await asyncio.Event().wait()

        channels = Channels()
        for number in range(5):
            channel = channels.open(ChannelKey(f"Order {number}", Order))
            channel.consume(forever)
            await channel.send(Order(number))
        await asyncio.sleep(1)
        await channels.stop(timeout=10)
        assert asyncio.get_running_loop().time() == 11
        assert len(asyncio.all_tasks()) == 1

    run(main())


def test_being_cancelled_on_the_way_out_leaves_no_task() -> None:
    async def main() -> None:
        async def forever(_: Order) -> None:
            await asyncio.Event().wait()

        async def leave() -> None:
            async with Channels() as channels:
                orders = channels.open(ORDER)
                orders.consume(forever)
                await orders.send(Order(1))

        leaving = asyncio.create_task(leave())
        await asyncio.sleep(1)
        leaving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await leaving
        assert len(asyncio.all_tasks()) == 1

    run(main())


def test_start_ties_every_channel_to_the_loop() -> None:
    channels = Channels()
    seen: list[Tick] = []
    ticks = channels.open(TICK)
    ticks.consume(seen.append)
    ticks.send_nowait(Tick(1.0))

    async def main() -> None:
        await channels.start()
        await asyncio.sleep(1)
        assert seen == [Tick(1.0)]
        await asyncio.wrap_future(ticks.send_from_thread(Tick(2.0)))
        await channels.stop()
        assert seen == [Tick(1.0), Tick(2.0)]

    run(main())


def test_the_package_of_channels_has_them_too() -> None:
    assert package.Channels is Channels
    assert package.ChannelKey is ChannelKey
    assert package.Channel is Channel
