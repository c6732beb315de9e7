"""The small public values: events, errors, policies, statistics, producers, and the names that the package has."""

from __future__ import annotations

import asyncio
import dataclasses
import pickle
from collections.abc import AsyncIterator
from typing import Any

import pytest

import async_channel
from async_channel import (
    Channel,
    ChannelClosed,
    ChannelEmpty,
    ChannelError,
    ChannelFull,
    ChannelStats,
    Conflate,
    Consumer,
    ConsumerClosed,
    ConsumerLagged,
    ConsumerStats,
    EventTypeConflict,
    Failure,
    NotStarted,
    Overflow,
    Priority,
    Producer,
    WrongLoop,
    conflate_by,
    errors,
    event,
)
from tests.support import run


@event
class Tick:
    """A tick."""

    symbol: str
    price: float = 0.0

    @property
    def is_free(self) -> bool:
        return self.price == 0


# ---- events


def test_an_event_is_frozen_slotted_equal_by_value_and_hashable() -> None:
    tick = Tick("BTC", 1.0)
    assert tick == Tick("BTC", price=1.0)
    assert len({tick, Tick("BTC", 1.0), Tick("ETH")}) == 2
    assert repr(tick) == "Tick(symbol='BTC', price=1.0)"
    with pytest.raises(dataclasses.FrozenInstanceError):
        tick.price = 2.0  # type: ignore[misc]  # the type checker refuses it as well
    assert not hasattr(tick, "__dict__")
    with pytest.raises((AttributeError, TypeError)):
        tick.other = 1  # type: ignore[attr-defined]  # there is no such slot
    assert [field.name for field in dataclasses.fields(Tick)] == ["symbol", "price"]
    assert dataclasses.replace(tick, price=3.0) == Tick("BTC", 3.0)
    assert (Tick.__name__, Tick.__doc__, Tick("X").is_free) == ("Tick", "A tick.", True)


def test_an_event_can_be_pickled_matched_and_inherited() -> None:
    @event
    class Trade(Tick):
        amount: float = 1.0

    assert pickle.loads(pickle.dumps(Tick("BTC", 1.0))) == Tick("BTC", 1.0)
    match Trade("BTC", 1.0, 2.0):
        case Trade(symbol, price, amount):
            assert (symbol, price, amount) == ("BTC", 1.0, 2.0)


# ---- errors


def test_every_error_is_in_one_tree_and_is_what_its_field_calls_it() -> None:
    others: dict[type[ChannelError], tuple[type[Exception], ...]] = {
        ChannelClosed: (),
        ConsumerClosed: (),
        ChannelFull: (asyncio.QueueFull,),
        ChannelEmpty: (asyncio.QueueEmpty,),
        ConsumerLagged: (),
        errors.ConsumersFailed: (ExceptionGroup,),
        NotStarted: (RuntimeError,),
        WrongLoop: (RuntimeError,),
        EventTypeConflict: (TypeError,),
        errors.RecordingError: (),
    }
    for error, bases in others.items():
        assert issubclass(error, (ChannelError,))
        assert error.__bases__ == (ChannelError, *bases)
        assert error.__doc__
        assert errors.__doc__ is not None
        assert error.__name__ in errors.__doc__  # the tree drawn there
    defined = {value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, ChannelError)}
    assert defined == {ChannelError, *others}


def test_who_lagged_says_how_much() -> None:
    channel: Channel[int] = Channel("Numbers")
    consumer = Consumer(channel, overflow=Overflow.FAIL, capacity=2, name="screen")
    for number in range(5):
        channel.send_nowait(number)
    with pytest.raises(ConsumerLagged, match=r"'screen' missed 3 events: 2 were pending, its capacity") as caught:
        consumer.get_nowait()
    assert caught.value.missed == 3
    assert [consumer.get_nowait(), consumer.get_nowait()] == [3, 4]


# ---- policies


def test_the_policies_and_priorities_are_these() -> None:
    assert [policy.name for policy in Overflow] == ["BLOCK", "DROP_OLDEST", "DROP_NEWEST", "LATEST", "FAIL"]
    assert sorted(Priority) == [Priority.HIGH, Priority.MEDIUM, Priority.LOW, Priority.OPTIONAL]


def test_conflate_by_is_a_policy_with_a_key() -> None:
    for policy in (conflate_by(len), Overflow.conflate_by(len)):
        assert isinstance(policy, Conflate)
        assert policy.key is len
        assert repr(policy) == f"conflate_by({len!r})"


def test_a_key_that_cannot_be_hashed_loses_its_event_only() -> None:
    channel: Channel[list[int]] = Channel("Lists")
    failures: list[Failure] = []
    channel.errors.subscribe(failures.append)
    unhashable: Any = lambda numbers: numbers  # noqa: E731  a function that the type checker would refuse
    board = Consumer(channel, overflow=conflate_by(unhashable))
    plain = Consumer(channel)
    channel.send_nowait([1])
    assert plain.get_nowait() == [1]
    assert [type(failure.error) for failure in failures] == [TypeError]
    assert board.stats().balanced
    assert board.stats().dropped == 1


# ---- statistics


def ledger(**counts: int) -> ConsumerStats:
    zero = dict.fromkeys(("sent", "delivered", "dropped", "filtered", "pending", "lag_peak", "waits"), 0)
    return ConsumerStats(name="mine", **{**zero, **counts})


def test_a_ledger_is_frozen_and_says_whether_it_balances() -> None:
    assert ledger().balanced
    assert ledger(sent=10, delivered=4, dropped=3, filtered=2, pending=1).balanced
    for field in ("delivered", "dropped", "filtered", "pending"):
        assert not ledger(**{field: 1}).balanced
        assert ledger(sent=1, **{field: 1}).balanced
    assert ledger(lag_peak=5, waits=5).balanced
    with pytest.raises(dataclasses.FrozenInstanceError):
        ledger().sent = 1  # type: ignore[misc]  # the type checker refuses it as well


def test_a_channel_sums_up_its_consumers() -> None:
    one = ledger(sent=9, delivered=4, dropped=3, filtered=2, lag_peak=5, waits=2)
    other = ledger(sent=9, delivered=8, pending=1, lag_peak=7, waits=3)
    stats = ChannelStats.summing((one, other), name="Numbers", sent=11, unseen=2, unread=0, waits=4)
    assert (stats.name, stats.sent, stats.delivered, stats.dropped) == ("Numbers", 11, 12, 5)
    assert (stats.filtered, stats.pending, stats.lag_peak, stats.waits) == (2, 1, 7, 4)
    assert stats.consumers == (one, other)
    assert stats.balanced
    torn = ChannelStats.summing((one, ledger(sent=1)), name="Numbers", sent=9, unseen=0, unread=0, waits=0)
    assert not torn.balanced


def test_a_channel_without_consumers_counts_what_it_keeps_for_the_first() -> None:
    channel: Channel[int] = Channel(capacity=3)
    for number in range(5):
        channel.send_nowait(number)
    stats = channel.stats()
    assert (stats.sent, stats.pending, stats.dropped, stats.lag_peak, stats.consumers) == (5, 3, 2, 0, ())


# ---- producers


def test_a_producer_sends_in_every_way_and_says_what_of() -> None:
    async def numbers() -> AsyncIterator[int]:
        for number in (4, 5):
            await asyncio.sleep(1)
            yield number

    async def main() -> None:
        channel: Channel[int] = Channel("Numbers")
        producer, consumer = Producer(channel), Consumer(channel)
        await producer.send(0)
        producer.send_nowait(1)
        assert await producer.send_many([2, 3]) == 2
        assert await producer.send_many(numbers()) == 2
        await asyncio.wrap_future(producer.send_from_thread(6))
        assert [consumer.get_nowait() for _ in range(7)] == list(range(7))
        assert repr(producer) == f"<Producer of {channel!r}>"
        assert not hasattr(producer, "__dict__")

    run(main())


def test_a_producer_meets_what_its_channel_would() -> None:
    async def main() -> None:
        channel: Channel[int] = Channel("Numbers", capacity=1)
        producer, consumer = Producer(channel), Consumer(channel)
        await producer.send(0)
        with pytest.raises(ChannelFull, match="'Numbers'"):
            producer.send_nowait(1)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1):
                await producer.send(1)
        assert consumer.get_nowait() == 0
        await channel.stop()
        with pytest.raises(ChannelClosed):
            await producer.send(2)

    run(main())


# ---- names


def test_the_package_has_the_names_it_says_and_they_have_docstrings() -> None:
    assert sorted(async_channel.__all__) == async_channel.__all__
    for name in async_channel.__all__:
        assert getattr(async_channel, name).__doc__, name
    public = {name for name in vars(async_channel) if not name.startswith("_")}
    modules = {name for name in public if isinstance(getattr(async_channel, name), type(async_channel))}
    assert public - modules == set(async_channel.__all__)
