"""The stateful steps of the example's pipelines: windows of recorded time, and trades joined with their orders.

A stage is a plain class that can be tested without a channel; `through` makes a pipeline operator of it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from itertools import count, takewhile
from typing import Generic, Protocol, TypeVar

from reactivex import Observable
from reactivex.abc import DisposableBase, ObserverBase, SchedulerBase

from examples.market_events import Candle, Flow, JoinedTrade, OrderEvent, Origin, Trade

T = TypeVar("T")
T_contra = TypeVar("T_contra", contravariant=True)
U = TypeVar("U")
U_co = TypeVar("U_co", covariant=True)

SECOND = 1.0
MINUTE = 60.0
PATIENCE = 5.0
"""Seconds of recorded time that a trade waits for its orders (they are less than half a second late)."""
REMEMBERED = 20_000
"""How many ended orders are kept for trades that are yet to arrive: two minutes of a busy market."""


class Stage(Protocol[T_contra, U_co]):
    """Takes events in one by one and says what comes out."""

    def add(self, event: T_contra, /) -> Iterable[U_co]:
        """What comes out because of this event."""
        ...

    def finish(self) -> Iterable[U_co]:
        """What is still inside when the source completes."""
        ...


def through(stage: Stage[T, U]) -> Callable[[Observable[T]], Observable[U]]:
    """A custom Rx operator that runs every event through a stage, for `stream.via(...)`.

    It hands the subscriber's scheduler up to its source. That is all an operator has to do for backpressure and the
    clock to reach through it.
    """

    def operator(source: Observable[T]) -> Observable[U]:
        def subscribe(observer: ObserverBase[U], scheduler: SchedulerBase | None = None) -> DisposableBase:
            def on_next(event: T) -> None:
                for result in stage.add(event):
                    observer.on_next(result)

            def on_completed() -> None:
                for result in stage.finish():
                    observer.on_next(result)
                observer.on_completed()

            return source.subscribe(on_next, observer.on_error, on_completed, scheduler=scheduler)

        return Observable(subscribe)

    return operator


class Windows(Generic[T]):
    """The events of each window of recorded time as a list: the seconds, or the minutes, in which there were any.

    `buffer(seconds=...)` cuts by the loop's clock, as events arrive. This cuts by the time that the events tell, so the
    windows are the same at any speed. A list comes out with the first event of a later window; an event that is late
    for its own counts in the one that is open, so that none is lost.
    """

    def __init__(self, seconds: float, time_of: Callable[[T], float]) -> None:
        self._seconds = seconds
        self._time_of = time_of
        self._number = 0.0
        self._open: list[T] = []

    def add(self, event: T) -> Iterable[list[T]]:
        number = self._time_of(event) // self._seconds
        if self._open and number <= self._number:
            self._open.append(event)
            return ()
        full = self.finish()
        self._number = number
        self._open = [event]
        return full

    def finish(self) -> Iterable[list[T]]:
        return (self._open,) if self._open else ()


def to_candle(trades: Sequence[Trade]) -> Candle:
    """The candle of one minute's trades."""
    prices = [trade.price for trade in trades]
    return Candle(
        start=trades[0].exchange_time // MINUTE * MINUTE,
        open=prices[0],
        high=max(prices),
        low=min(prices),
        close=prices[-1],
        volume=sum(trade.amount for trade in trades),
        trades=len(trades),
    )


def to_flow(orders: Sequence[OrderEvent]) -> Flow:
    """What one second's order events did."""
    actions = [order.action for order in orders]
    return Flow(
        start=orders[0].received // SECOND * SECOND,
        created=actions.count("created"),
        changed=actions.count("changed"),
        deleted=actions.count("deleted"),
    )


class TradeJoin:
    """Joins each trade with the `created` events of its maker and its taker.

    Trades and orders come through two channels and race: a trade may arrive before the orders that made it, or after
    they are deleted. So a trade waits until the orders are `PATIENCE` seconds past it, and the last `REMEMBERED` orders
    that ended are kept beside those that rest. Both bounds follow the orders, so the result is the same at any speed.
    """

    def __init__(self) -> None:
        self._orders: dict[int, OrderEvent] = {}
        self._ended: deque[int] = deque()
        self._arrivals = count()
        self._waiting: dict[int, Trade] = {}
        self._wanted: dict[int, list[int]] = {}

    def add(self, event: OrderEvent | Trade) -> Iterable[JoinedTrade]:
        return self._add_order(event) if isinstance(event, OrderEvent) else self._add_trade(event)

    def finish(self) -> Iterable[JoinedTrade]:
        return [self._release(arrival) for arrival in list(self._waiting)]

    def _add_trade(self, trade: Trade) -> Iterable[JoinedTrade]:
        missing = {trade.maker_id, trade.taker_id} - self._orders.keys()
        if not missing:
            return (self._join(trade, waited=False),)
        arrival = next(self._arrivals)
        self._waiting[arrival] = trade
        for order_id in missing:
            self._wanted.setdefault(order_id, []).append(arrival)
        return ()

    def _add_order(self, order: OrderEvent) -> Iterable[JoinedTrade]:
        if order.action == "created":
            self._orders[order.order_id] = order
            if order.order_id in self._wanted:
                return self._release_complete(self._wanted.pop(order.order_id))
        elif order.action == "deleted":
            self._ended.append(order.order_id)
            if len(self._ended) > REMEMBERED:
                self._orders.pop(self._ended.popleft(), None)
        # The recorder's own rows have stamps of their own: only live ones say how late it is.
        return self._give_up(order.received) if self._waiting and order.origin is Origin.LIVE else ()

    def _release_complete(self, arrivals: list[int]) -> Iterable[JoinedTrade]:
        complete = [
            arrival
            for arrival in arrivals
            if {self._waiting[arrival].maker_id, self._waiting[arrival].taker_id} <= self._orders.keys()
        ]
        return [self._release(arrival) for arrival in complete]

    def _give_up(self, now: float) -> Iterable[JoinedTrade]:
        late = takewhile(lambda arrival: self._waiting[arrival].received < now - PATIENCE, list(self._waiting))
        return [self._release(arrival) for arrival in late]

    def _release(self, arrival: int) -> JoinedTrade:
        trade = self._waiting.pop(arrival)
        for order_id in {trade.maker_id, trade.taker_id} & self._wanted.keys():
            self._wanted[order_id].remove(arrival)
            if not self._wanted[order_id]:
                del self._wanted[order_id]
        return self._join(trade, waited=True)

    def _join(self, trade: Trade, *, waited: bool) -> JoinedTrade:
        return JoinedTrade(trade, self._orders.get(trade.maker_id), self._orders.get(trade.taker_id), waited)
