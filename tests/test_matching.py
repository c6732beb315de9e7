"""`matching`: the truth table of filters by field, one shared subscription, and names that no event has."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, make_dataclass
from types import SimpleNamespace
from typing import Any, Generic, NamedTuple, TypedDict, TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from async_channel import Channel, ChannelFull, ChannelKey, Channels, Consumer, Stream, event
from tests.rx_scripts import Boom

T = TypeVar("T")


@event
class Ticker:
    symbol: str
    exchange: str
    price: float = 0.0

    @property
    def pair(self) -> str:
        return f"{self.symbol}@{self.exchange}"


@dataclass
class Order:
    symbol: str
    side: str


class Trade(NamedTuple):
    symbol: str
    size: float


class Balance(TypedDict, total=False):
    asset: str
    free: float


class Margin(Balance):
    debt: float


class TickerChannel(Channel[Ticker]): ...


class FastTickerChannel(TickerChannel): ...


class Labelled(Generic[T]):
    """A mixin that is generic in something else than events."""


class LabelledOrderChannel(Labelled[int], Channel[Order]): ...


# ---- the truth table


def same(mine: object, wanted: object) -> bool:
    """Equal, and not one of them True where the other is 1."""
    return mine == wanted and isinstance(mine, bool) == isinstance(wanted, bool)


def matches(found: dict[str, object], filters: dict[str, object]) -> bool:
    """What `matching` means, said directly."""
    for name, wanted in filters.items():
        values = list(wanted) if isinstance(wanted, (list, set, frozenset)) else [wanted]
        if "*" in values:
            continue
        if name not in found or not values:
            return False
        mine = found[name]
        if mine != "*" and not any(same(mine, value) for value in values):
            return False
    return True


SCALARS: list[Any] = [0, 1, 1.0, True, False, "a", "b", "", "*", None, (1, 2), 2]
scalars = st.sampled_from(SCALARS)
fields = st.sampled_from(["a", "b", "c"])
wanted = st.one_of(
    scalars,
    st.lists(scalars, max_size=3),
    st.lists(scalars, max_size=3).map(set),
    st.lists(scalars, max_size=2).map(frozenset),
)
filters = st.dictionaries(fields, wanted, max_size=3)
events = st.dictionaries(fields, st.one_of(scalars, st.just([1]), st.just({"a"})), max_size=3)

FORMS: dict[str, Callable[[dict[str, object]], object]] = {
    "dict": dict,
    "object": lambda found: SimpleNamespace(**found),
    "dataclass": lambda found: make_dataclass("Found", found)(**found),
}


@settings(max_examples=200)
@given(
    asked=st.lists(filters, min_size=1, max_size=5), sent=st.lists(events, max_size=8), form=st.sampled_from([*FORMS])
)
def test_an_event_comes_where_the_direct_comparison_says_and_once(
    asked: list[dict[str, object]], sent: list[dict[str, object]], form: str
) -> None:
    channel: Channel[object] = Channel("Anything")
    made = [FORMS[form](found) for found in sent]
    plain: list[list[object]] = [[] for _ in asked]
    for one, seen in zip(asked, plain, strict=True):
        channel.matching(**one).subscribe(seen.append)
    consumers = [Consumer(channel.matching(**one)) for one in asked]
    for each in made:
        channel.send_nowait(each)
    for one, seen, consumer in zip(asked, plain, consumers, strict=True):
        expected = [each for each, found in zip(made, sent, strict=True) if matches(found, one)]
        assert seen == expected
        assert [consumer.get_nowait() for _ in range(consumer.stats().pending)] == expected


TABLE: list[tuple[object, object, bool]] = [
    ("BTC", "BTC", True),
    ("BTC", "ETH", False),
    (["BTC", "ETH"], "ETH", True),
    ({"BTC", "ETH"}, "ETH", True),
    (["BTC", "ETH"], "XRP", False),
    ([], "BTC", False),
    ([], "*", False),
    ("*", "BTC", True),
    (["BTC", "*"], "XRP", True),
    ("BTC", "*", True),
    (["BTC", "ETH"], "*", True),
    (1, True, False),
    (True, 1, False),
    (True, True, True),
    (0, False, False),
    (1, 1.0, True),
    ([True, 1], 1, True),
    ([True, 0], 1, False),
    (None, None, True),
    ("a", ["a"], False),
    (1, {1: 1}, False),
    ((1, 2), (1, 2), True),
    ((1, 2), 1, False),
]


@pytest.mark.parametrize(("wants", "has", "passes"), TABLE, ids=map(str, range(len(TABLE))))
def test_the_truth_table(wants: object, has: object, passes: bool) -> None:
    channel: Channel[dict[str, object]] = Channel("Anything")
    seen: list[object] = []
    channel.matching(field=wants).subscribe(seen.append)
    channel.matching(field=wants, other="x").subscribe(seen.append)
    channel.send_nowait({"field": has})
    channel.send_nowait({"field": has, "other": "y"})
    channel.send_nowait({"field": has, "other": "x"})
    expected = [{"field": has}, {"field": has, "other": "y"}, *[{"field": has, "other": "x"}] * 2]
    assert seen == (expected if passes else [])


def test_an_event_that_lacks_a_field_matches_no_filter_that_asks_something_of_it() -> None:
    channel: Channel[dict[str, int]] = Channel("Anything")
    seen: list[dict[str, int]] = []
    channel.matching(a=1).subscribe(seen.append)
    channel.matching(a=1, b="*").subscribe(seen.append)
    channel.send_nowait({"b": 1})
    assert seen == []
    channel.send_nowait({"a": 1})
    assert seen == [{"a": 1}, {"a": 1}]


def test_a_property_is_a_field_too() -> None:
    channel = Channel(Ticker)
    seen: list[Ticker] = []
    channel.matching(pair="BTC@kraken").subscribe(seen.append)
    for exchange in ("binance", "kraken"):
        channel.send_nowait(Ticker("BTC", exchange))
    assert seen == [Ticker("BTC", "kraken")]


def test_a_value_without_a_hash_is_refused() -> None:
    channel: Channel[dict[str, object]] = Channel("Anything")
    for value in ({"a": 1}, [[1]], bytearray(b"a")):
        with pytest.raises(TypeError, match=r"matching\(a=\.\.\.\) takes a value, or a list of values"):
            _ = channel.matching(a=value)


# ---- one shared subscription


def subscribed(channel: Channel[Any]) -> int:
    return len(channel._fan_out._sinks)


def test_filters_on_the_same_fields_share_one_subscription() -> None:
    channel = Channel(Ticker)
    seen: list[Ticker] = []
    subscriptions = [
        channel.matching(symbol=symbol, exchange=["a", "b"]).subscribe(seen.append) for symbol in ("BTC", "ETH", "XRP")
    ]
    subscriptions.append(channel.matching(exchange="a", symbol="BTC").subscribe(seen.append))
    assert subscribed(channel) == 1
    other = channel.matching(symbol="BTC").subscribe(seen.append)
    assert subscribed(channel) == 2
    wild = channel.matching(symbol="BTC", exchange="*").subscribe(seen.append)  # asks of the symbol alone
    assert subscribed(channel) == 2
    channel.send_nowait(Ticker("BTC", "a"))
    assert len(seen) == 4
    for subscription in (*subscriptions, other, wild):
        subscription.dispose()
    assert subscribed(channel) == 0
    hubs: Any = channel._hubs
    assert not any(hub.readers for hub in hubs.values())


def test_an_observer_that_raises_on_an_event_for_all_disturbs_no_other(caplog: pytest.LogCaptureFixture) -> None:
    channel = Channel(Ticker)
    seen: list[Ticker] = []
    failures: list[object] = []
    channel.errors.subscribe(lambda failure: failures.append(failure.error))

    def raises(_: Ticker) -> None:
        raise Boom("observer")

    channel.matching(symbol="BTC").subscribe(raises)
    channel.matching(symbol="ETH").subscribe(seen.append)
    consumer = Consumer(channel.matching(symbol="XRP"))
    with caplog.at_level(logging.CRITICAL, "async_channel"):
        channel.send_nowait(Ticker("*", "a"))
    assert seen == [Ticker("*", "a")]
    assert consumer.get_nowait() == Ticker("*", "a")
    assert failures == [Boom("observer")]


def test_a_full_consumer_of_several_values_holds_the_senders_back() -> None:
    channel = Channel(Ticker)
    consumer = Consumer(channel.matching(symbol=["BTC", "ETH"]), capacity=2)
    for symbol in ("BTC", "XRP", "ETH"):
        channel.send_nowait(Ticker(symbol, "a"))
    with pytest.raises(ChannelFull):
        channel.send_nowait(Ticker("XRP", "a"))
    assert [consumer.get_nowait().symbol for _ in range(2)] == ["BTC", "ETH"]
    channel.send_nowait(Ticker("XRP", "a"))
    consumer.close()
    assert not channel._fan_out._sinks


def test_the_warm_up_is_filtered_too() -> None:
    channel = Channel(Ticker)
    for symbol in ("BTC", "XRP", "*", "ETH"):
        channel.send_nowait(Ticker(symbol, "a"))
    consumer = Consumer(channel.matching(symbol=["BTC", "ETH"]))
    assert [consumer.get_nowait().symbol for _ in range(consumer.stats().pending)] == ["BTC", "*", "ETH"]


# ---- names that no event has

KNOWN: dict[str, tuple[Callable[[], Stream[Any]], str]] = {
    "event": (lambda: Channel(Ticker), "Ticker has no field 'sybmol'; its fields are symbol, exchange, price"),
    "dataclass": (lambda: Channel(Order), "Order has no field 'sybmol'; its fields are symbol, side"),
    "named tuple": (lambda: Channel(Trade), "Trade has no field 'sybmol'; its fields are symbol, size"),
    "typed dict": (lambda: Channel(Balance), "Balance has no field 'sybmol'; its fields are asset, free"),
    "typed dict inherited": (lambda: Channel(Margin), "its fields are asset, free, debt"),
    "written": (lambda: Channel[Order]("orders"), "Order has no field 'sybmol'"),
    "declared": (TickerChannel, "Ticker has no field"),
    "declared and inherited": (FastTickerChannel, "Ticker has no field"),
    "declared beside a mixin": (LabelledOrderChannel, "Order has no field"),
    "opened by key": (lambda: Channels().open(ChannelKey("Ticker", Ticker)), "Ticker has no field"),
    "filter": (lambda: Channel(Ticker).filter(bool).take(3), "Ticker has no field"),
    "written and filter": (lambda: Channel[Order]("orders").filter(bool), "Order has no field"),
    "skip": (lambda: Channel(Ticker).skip(1).distinct_until_changed().take_while(bool), "Ticker has no field"),
    "timed": (lambda: Channel(Ticker).throttle(1).debounce(1).sample(1).delay(1), "Ticker has no field"),
    "of_type": (lambda: Channel[Order | Trade]("both").of_type(Trade), "Trade has no field"),
    "matching": (lambda: Channel(Ticker).matching(symbol="BTC"), "Ticker has no field"),
    "key": (lambda: Channel(Ticker).key_by(lambda ticker: ticker.symbol)["BTC"], "Ticker has no field"),
    "filter_async": (lambda: Channel(Ticker).filter_async(verdict), "Ticker has no field"),
}


async def verdict(_: object) -> bool:
    return True


@pytest.mark.parametrize("name", KNOWN)
def test_a_field_that_the_events_are_known_not_to_have_is_refused(name: str) -> None:
    make, message = KNOWN[name]
    with pytest.raises(TypeError) as caught:
        _ = make().matching(sybmol="BTC")
    assert str(caught.value).startswith("matching(sybmol=...): ")
    assert message in str(caught.value)


def test_it_is_refused_also_where_anything_is_asked_of_it() -> None:
    with pytest.raises(TypeError, match="has no field 'sybmol'"):
        _ = Channel(Ticker).matching(symbol="BTC", sybmol="*")


UNKNOWN: dict[str, Callable[[], Stream[Any]]] = {
    "untyped": Channel,
    "map": lambda: Channel(Ticker).map(lambda ticker: ticker),
    "several classes": lambda: Channel[Order | Trade]("both"),
    "dictionaries": lambda: Channel(dict),
    "merge": lambda: Channel(Ticker).merge(Channel(Trade)),
}


@pytest.mark.parametrize("name", UNKNOWN)
def test_any_field_may_be_asked_for_where_nobody_knows_the_events(name: str) -> None:
    assert isinstance(UNKNOWN[name]().matching(sybmol="BTC"), Stream)
