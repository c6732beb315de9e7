"""Trees: what may be a parent, and what a selection is."""

from typing import reveal_type

from async_channel import Channel, ChannelKey, Channels, Producer, Scope, Stream
from tests.typing.cases._events import Order, Tick

TICK = ChannelKey("Tick", Tick)


class Trade(Tick):
    pass


def parents(
    ticks: Channel[Tick], either: Channel[Tick | Order], trades: Channel[Trade], orders: Channel[Order]
) -> None:
    reveal_type(Channel(Tick, parent=ticks))  # expect: Channel[Tick]
    reveal_type(Channel(Trade, "Trades", parent=ticks))  # expect: Channel[Trade]
    reveal_type(Channel(Tick, parent=either))  # expect: Channel[Tick]
    reveal_type(Channel(Trade, parent=None, capacity=8))  # expect: Channel[Trade]
    named: Channel[Trade] = Channel("Trades", parent=ticks)
    by_keyword: Channel[Trade] = Channel(name="Trades", parent=either)
    subscripted = Channel[Trade]("Trades", parent=either)
    _ = named, by_keyword, subscripted

    Channel(Tick, parent=orders)  # error: misc  # pyright-error: reportArgumentType, reportCallIssue
    Channel(Tick, parent=trades)  # error: misc  # pyright-error: reportArgumentType, reportCallIssue
    Channel[Tick]("Ticks", parent=trades)  # error: arg-type  # pyright-error: reportArgumentType, reportCallIssue
    Channel(Tick, parent=Producer(ticks))  # error: call-overload  # pyright-error: reportArgumentType, reportCallIssue
    Channel(Tick, parent="Ticks")  # error: call-overload  # pyright-error: reportArgumentType, reportCallIssue
    Channel(Tick, parent=ticks.map(str))  # error: call-overload  # pyright-error: reportArgumentType, reportCallIssue
    wrong: Channel[Tick] = Channel("Ticks", parent=trades)  # error: arg-type  # pyright-error: reportAssignmentType
    _ = wrong


async def scopes(channels: Channels) -> None:
    binance = channels.scope("binance")
    reveal_type(binance)  # expect: Scope
    reveal_type(binance.scope("BTC/USDT").open(TICK))  # expect: Channel[Tick]
    reveal_type(binance.get(TICK))  # expect: Channel[Tick]
    reveal_type(channels.select("*/BTC/USDT", TICK))  # expect: Stream[Tick]
    reveal_type(binance.select("**", TICK).map(lambda tick: tick.price))  # expect: Stream[float]
    reveal_type(binance.path)  # expect: str
    reveal_type(await binance.stop(1.5))  # expect: tuple[Leftover, ...]
    outer: Scope = channels
    _ = outer
    orders: Stream[Order] = channels.select("*", TICK)  # error: arg-type  # pyright-error: reportAssignmentType
    _ = orders
    channels.select("*", "Tick")  # error: arg-type  # pyright-error: reportArgumentType
    channels.select(TICK)  # error: call-arg, arg-type  # pyright-error: reportCallIssue
    channels.scope(1)  # error: arg-type  # pyright-error: reportArgumentType
