"""The events of the market example: what each channel carries, and nothing else.

All times are seconds since the epoch. `received` is the recorder's clock, `exchange_time` the exchange's;
differences between the two clocks mean nothing, so ages and minutes are taken from `exchange_time` alone.
"""

from __future__ import annotations

from enum import Enum
from typing import Literal

from async_channel import event

Action = Literal["created", "changed", "deleted"]
Side = Literal["bid", "ask"]


class Origin(Enum):
    """Who says so: the exchange, live, or the recorder, to give every order a beginning and an end."""

    SNAPSHOT = "snapshot"
    """Written for an order that already rested when the recording began. Its real beginning is unknown."""

    LIVE = "live"
    """A message of the exchange. Only these count as order flow."""

    CLOSING = "closing"
    """Written for an order that still rested when the recording ended. Nobody cancelled it."""


@event
class OrderEvent:
    """One step in the life of one order. `volume` is what is left of it after the step."""

    order_id: int
    received: float
    exchange_time: float
    price: float
    volume: float
    action: Action
    side: Side
    origin: Origin


@event
class Trade:
    """One match: the taker's order met the maker's, which had been resting in the book."""

    trade_id: int
    received: float
    exchange_time: float
    price: float
    amount: float
    maker_id: int
    taker_id: int
    taker_side: Side


@event
class BestPrice:
    """The top of the book after a live order event changed it."""

    time: float
    bid: float
    bid_size: float
    ask: float
    ask_size: float

    @property
    def mid(self) -> float:
        """Half-way between the two prices."""
        return (self.bid + self.ask) / 2

    @property
    def spread(self) -> float:
        """What it costs to buy and sell again."""
        return self.ask - self.bid


@event
class Candle:
    """The trades of one minute of the exchange's clock, `start` being its first second."""

    start: float
    open: float
    high: float
    low: float
    close: float
    volume: float
    trades: int


@event
class JoinedTrade:
    """A trade with the two orders that made it. An order that never turned up is None."""

    trade: Trade
    maker: OrderEvent | None
    taker: OrderEvent | None
    waited: bool
    """The trade was reported before one of its orders and had to wait for it."""

    @property
    def complete(self) -> bool:
        """Both orders were found."""
        return self.maker is not None and self.taker is not None

    @property
    def maker_age(self) -> float | None:
        """Seconds the maker had rested when it was hit; a lower bound if it is older than the recording."""
        return None if self.maker is None else self.trade.exchange_time - self.maker.exchange_time

    @property
    def taker_age(self) -> float | None:
        """Seconds from the taker's arrival to the trade: 0 for one that matched at once."""
        return None if self.taker is None else self.trade.exchange_time - self.taker.exchange_time


@event
class Flow:
    """How many live order events one second saw, `start` being when it began."""

    start: float
    created: int
    changed: int
    deleted: int

    @property
    def total(self) -> int:
        """All of them."""
        return self.created + self.changed + self.deleted
