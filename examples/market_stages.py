"""The stateful steps of the example's pipelines: windows of recorded time, and trades joined with their orders."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Sequence
from operator import is_
from typing import TypeVar

from async_channel import Stream
from examples.market_events import Candle, Flow, JoinedTrade, OrderEvent, Origin, Trade

T = TypeVar("T")

SECOND = 1.0
MINUTE = 60.0
PATIENCE = 5.0
"""Seconds of recorded time that a trade waits for its orders (they are less than half a second late)."""
REMEMBERED = 20_000
"""How many ended orders are kept for trades that are yet to arrive: two minutes of a busy market."""


def windows(events: Stream[T], seconds: float, time_of: Callable[[T], float]) -> Stream[list[T]]:
    """The events of each window of recorded time as a list: the seconds, or the minutes, in which there were any.

    `buffer(seconds=...)` cuts by the loop's clock, as events arrive. This cuts by the time that the events tell, so the
    windows are the same at any speed. A list comes out with the first event of a later window; an event that is late
    for its own counts in the one that is open, so that none is lost.
    """

    def gather(window: list[T], event: T) -> list[T]:
        if not window or time_of(event) // seconds > time_of(window[0]) // seconds:
            return [event]
        window.append(event)
        return window

    nothing: list[T] = []
    begun = events.scan(gather, nothing).distinct_until_changed(comparer=is_)
    # A list is full when another one has begun, or when none will: the first of each two, and the last one, alone.
    return begun.buffer(count=2, skip=1).map(lambda lists: lists[0])


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
        self._waiting: list[Trade] = []

    def add(self, event: OrderEvent | Trade | None) -> Sequence[JoinedTrade]:
        """What comes out because of an event, or of the end, which is None."""
        if isinstance(event, Trade):
            if self._has_orders(event):
                return [self._join(event, waited=False)]
            self._waiting.append(event)
            return ()
        now = math.inf if event is None else self._remember(event)
        if not self._waiting:
            return ()
        done = [trade for trade in self._waiting if self._has_orders(trade) or trade.received < now - PATIENCE]
        self._waiting = [trade for trade in self._waiting if trade not in done]
        return [self._join(trade, waited=True) for trade in done]

    def _remember(self, order: OrderEvent) -> float:
        """Take an order in. Returns the time by its stamp, as far as that says anything."""
        if order.action == "created":
            self._orders[order.order_id] = order
            if any(order.order_id in (trade.maker_id, trade.taker_id) for trade in self._waiting):
                return -math.inf  # one that is waited for has come late itself
        elif order.action == "deleted":
            self._ended.append(order.order_id)
            if len(self._ended) > REMEMBERED:
                self._orders.pop(self._ended.popleft(), None)
        # The recorder's own rows have stamps of their own: only live ones say how late it is.
        return order.received if order.origin is Origin.LIVE else -math.inf

    def _has_orders(self, trade: Trade) -> bool:
        return trade.maker_id in self._orders and trade.taker_id in self._orders

    def _join(self, trade: Trade, *, waited: bool) -> JoinedTrade:
        return JoinedTrade(trade, self._orders.get(trade.maker_id), self._orders.get(trade.taker_id), waited)
