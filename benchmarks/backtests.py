"""Back-tests: recorded events through synchronized channels, each handled by all before the next is sent.

It is held against a plain loop over the same rows that calls the same handlers. They are those of a small strategy: a
candle and two averages of the price are kept up with each event, and when these cross, an order goes to a broker.
What is between the handlers is all that channels add, so figures for handlers that do nothing are beside it.
"""

from __future__ import annotations

import functools
import math
import random
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from async_channel import ChannelKey, Channels, event
from async_channel.recording import Recording
from async_channel.replay import replay
from benchmarks.model import BenchmarkFailed, Figures, Load, Round, Workload
from benchmarks.timing import clock, no_collector

FAMILY = "backtest"
WORKLOAD = Workload(
    FAMILY,
    FAMILY,
    "Back-test: recorded events through synchronized channels",
    "ns per event",
    "ns",
    Load(1, 1_000_000),
    Load(1, 4_000),
    rounds=3,
)
STRATEGY, AWAITED, BARE = "ns", "awaited", "bare"
"""The figures: functions as handlers; coroutine functions; a function that does nothing."""


@event
class Tick:
    """A price."""

    symbol: str
    price: float
    time: float


@event
class Order:
    """What the strategy wants."""

    symbol: str
    size: float
    price: float


TICKS = ChannelKey("Tick", Tick)
ORDERS = ChannelKey("Order", Order)


class Strategy:
    """Keeps a candle and two averages, and wants to be long while the fast one is above the slow one."""

    def __init__(self) -> None:
        self.minute = -1
        self.open = self.high = self.low = self.close = 0.0
        self.candles = 0
        self.fast = self.slow = 0.0
        self.long = False

    def see(self, tick: Tick) -> Order | None:
        """Take a price in; what is to be ordered, if anything."""
        price = tick.price
        minute = int(tick.time // 60)
        if minute != self.minute:
            self.minute = minute
            self.candles += 1
            self.open = self.high = self.low = price
            self.fast = self.fast or price
            self.slow = self.slow or price
        self.high = max(self.high, price)
        self.low = min(self.low, price)
        self.close = price
        self.fast += 0.05 * (price - self.fast)
        self.slow += 0.01 * (price - self.slow)
        if (self.fast > self.slow) is self.long:
            return None
        self.long = not self.long
        return Order(tick.symbol, 1.0 if self.long else -1.0, price)


class Broker:
    """Fills every order at its price."""

    def __init__(self) -> None:
        self.cash = 0.0
        self.fills = 0

    def fill(self, order: Order) -> None:
        """Take an order in."""
        self.cash -= order.size * order.price
        self.fills += 1


@functools.cache
def _rows(count: int) -> Sequence[tuple[str, float, Tick]]:
    dice = random.Random(7)  # noqa: S311  prices, no secrets
    price = 64_000.0
    rows: list[tuple[str, float, Tick]] = []
    for number in range(count):
        price += dice.gauss(0.0, 1.0)
        rows.append(("Tick", number / 4, Tick("BTC/USDT", price, number / 4)))
    return rows


@functools.cache
def _fills(count: int) -> int:
    strategy = Strategy()
    return sum(strategy.see(tick) is not None for _, _, tick in _rows(count))


def _check(broker: Broker, count: int) -> None:
    if broker.fills != _fills(count):
        raise BenchmarkFailed(f"{broker.fills} orders were filled, of {_fills(count)}")


async def _replayed(count: int, put: Callable[[Channels, Strategy, Broker], None]) -> tuple[float, Broker]:
    strategy, broker = Strategy(), Broker()
    recording = Recording([TICKS], _rows(count))
    async with Channels(synchronized=True) as channels:
        put(channels, strategy, broker)
        with no_collector():
            started = clock()
            await replay(recording, channels, speed=math.inf)
            elapsed = clock() - started
    return elapsed / count, broker


def _functions(channels: Channels, strategy: Strategy, broker: Broker) -> None:
    orders = channels.open(ORDERS)

    def see(tick: Tick) -> None:
        order = strategy.see(tick)
        if order is not None:
            orders.send_nowait(order)

    channels.open(TICKS).consume(see)
    orders.consume(broker.fill)


def _coroutines(channels: Channels, strategy: Strategy, broker: Broker) -> None:
    orders = channels.open(ORDERS)

    async def see(tick: Tick) -> None:
        order = strategy.see(tick)
        if order is not None:
            await orders.send(order)

    async def fill(order: Order) -> None:
        broker.fill(order)

    channels.open(TICKS).consume(see)
    orders.consume(fill)


def _nothing(_: Tick) -> None: ...


async def _ours(load: Load) -> Figures:
    figures: dict[str, float] = {}
    for figure, put in ((STRATEGY, _functions), (AWAITED, _coroutines)):
        figures[figure], broker = await _replayed(load.events, put)
        _check(broker, load.events)
    figures[BARE], _ = await _replayed(load.events, lambda channels, *_: _consumed(channels))
    return figures


def _consumed(channels: Channels) -> None:
    channels.open(TICKS).consume(_nothing)


async def _by_hand(load: Load) -> Figures:
    rows, count = _rows(load.events), load.events
    strategy, broker = Strategy(), Broker()

    def see(tick: Tick) -> None:
        order = strategy.see(tick)
        if order is not None:
            broker.fill(order)

    handlers: dict[str, Callable[[Tick], None]] = {"Tick": see}
    with no_collector():
        started = clock()
        for name, _, tick in rows:
            handlers[name](tick)
        plain = (clock() - started) / count
    _check(broker, count)
    awaited = await _awaited_by_hand(rows, count)
    handlers["Tick"] = _nothing
    with no_collector():
        started = clock()
        for name, _, tick in rows:
            handlers[name](tick)
        bare = (clock() - started) / count
    return {STRATEGY: plain, AWAITED: awaited, BARE: bare}


async def _awaited_by_hand(rows: Sequence[tuple[str, float, Tick]], count: int) -> float:
    strategy, broker = Strategy(), Broker()

    async def fill(order: Order) -> None:
        broker.fill(order)

    async def see(tick: Tick) -> None:
        order = strategy.see(tick)
        if order is not None:
            await fill(order)

    handlers: dict[str, Callable[[Tick], Coroutine[Any, Any, None]]] = {"Tick": see}
    with no_collector():
        started = clock()
        for name, _, tick in rows:
            await handlers[name](tick)
        elapsed = clock() - started
    _check(broker, count)
    return elapsed / count


REPLAYED: Round = _ours
LOOP: Round = _by_hand
