"""The order book: resting orders by price, and the best price of each side after every event."""

from __future__ import annotations

from heapq import heappop, heappush

from examples.market_events import BestPrice, OrderEvent, Origin, Side

AT_MARKET = 999_999_999.0
"""A bid priced so, like an ask priced 0, is a market order: it takes any price and never rests."""

SETTLED = 0.5
"""Seconds after which an order that crosses the book is no taker on its way any more (those take some 20 ms)."""


class Book:
    """Resting orders, and the best bid and ask.

    What a recorded book has to live with:

    - *Crossed moments.* An order that meets the other side is reported as created before it is matched or refused.
      While the best bid is not below the best ask, the exchange is at work and there is no price to quote.
    - *Stale orders.* Those cancelled between the REST snapshot and the first live message are never reported as
      deleted. When a settled order crosses one, it proves that the older one is gone: it is evicted.
    - *Unknown orders.* Those created in that same gap are first heard of when they are changed or deleted.
    - *Unpriced orders.* Market orders, and bids the recorder rounded down to 0, have no place among the prices.
    """

    def __init__(self) -> None:
        self.events = 0
        self.quotes = 0
        self.crossed = 0
        self.unknown = 0
        self.unpriced = 0
        self.evicted = 0
        self._resting: dict[int, OrderEvent] = {}
        self._bids = _Levels(sign=-1)
        self._asks = _Levels(sign=1)
        self._best: tuple[float, float, float, float] | None = None
        self._left_out: set[int] = set()
        """Ids that are known but not in the book: unpriced or evicted."""

    def __len__(self) -> int:
        return len(self._resting)

    @property
    def odd(self) -> int:
        """Orders that could not be kept by the rules: unknown, unpriced or stale."""
        return self.unknown + self.unpriced + self.evicted

    def apply(self, event: OrderEvent) -> BestPrice | None:
        """Take one event in. Returns the new best price if a live event changed it."""
        self.events += 1
        resting = self._resting.get(event.order_id)
        if event.action == "created":
            if resting is not None:
                self._remove(resting)
            self._add(event)
        elif resting is None:
            self._miss(event)
        elif event.action == "changed":
            # A taker's `changed` rows quote the price of each fill; what is left rests at its own price.
            self._side(resting.side).put(resting.price, resting.order_id, event.volume)
        else:
            self._remove(resting)
        # The recorder's own rows are state: half a snapshot has no best price, nor has a book being put away.
        return self._quote(event.received) if event.origin is Origin.LIVE else None

    def _quote(self, now: float) -> BestPrice | None:
        top = self._top()
        if top is not None and top[0] >= top[1]:
            self._evict_stale(now)
            top = self._top()
            if top is not None and top[0] >= top[1]:
                self.crossed += 1
                return None
        if top is None:
            return None
        bid, ask = top
        best = (bid, self._bids.size(bid), ask, self._asks.size(ask))
        if best == self._best:
            return None
        self._best = best
        self.quotes += 1
        return BestPrice(now, *best)

    def _top(self) -> tuple[float, float] | None:
        bid, ask = self._bids.best(), self._asks.best()
        return None if bid is None or ask is None else (bid, ask)

    def _evict_stale(self, now: float) -> None:
        """Remove snapshot orders that a settled younger order of the other side has proved gone."""
        while (top := self._top()) is not None and top[0] >= top[1]:
            bids = [self._resting[order_id] for order_id in self._bids.ids(top[0])]
            asks = [self._resting[order_id] for order_id in self._asks.ids(top[1])]
            older, younger = sorted((bids, asks), key=lambda level: max(order.exchange_time for order in level))
            stale = [order for order in older if order.origin is Origin.SNAPSHOT]
            if not stale or now - max(order.received for order in younger) < SETTLED:
                return
            for order in stale:
                self._remove(order)
                self._left_out.add(order.order_id)
                self.evicted += 1

    def _add(self, order: OrderEvent) -> None:
        if 0 < order.price < AT_MARKET:
            self._resting[order.order_id] = order
            self._side(order.side).put(order.price, order.order_id, order.volume)
        else:
            self._left_out.add(order.order_id)
            self.unpriced += 1

    def _remove(self, order: OrderEvent) -> None:
        del self._resting[order.order_id]
        self._side(order.side).remove(order.price, order.order_id)

    def _miss(self, event: OrderEvent) -> None:
        if event.order_id not in self._left_out:
            self.unknown += 1
        elif event.action == "deleted":
            self._left_out.discard(event.order_id)

    def _side(self, side: Side) -> _Levels:
        return self._bids if side == "bid" else self._asks


class _Levels:
    """One side of the book: the volume of each order by price, and the best price from a heap.

    A price that lost its last order stays in the heap until it comes up as the best, or until such leftovers are the
    majority and the heap is made anew. So every change costs O(log levels), and the heap stays in proportion.
    """

    def __init__(self, sign: int) -> None:
        self._sign = sign
        self._levels: dict[float, dict[int, float]] = {}
        self._heap: list[float] = []

    def put(self, price: float, order_id: int, volume: float) -> None:
        level = self._levels.get(price)
        if level is None:
            level = self._levels[price] = {}
            if len(self._heap) > 2 * len(self._levels) + 64:
                self._heap = sorted(self._sign * known for known in self._levels)
            else:
                heappush(self._heap, self._sign * price)
        level[order_id] = volume

    def remove(self, price: float, order_id: int) -> None:
        level = self._levels[price]
        del level[order_id]
        if not level:
            del self._levels[price]

    def best(self) -> float | None:
        while self._heap:
            price = self._sign * self._heap[0]
            if price in self._levels:
                return price
            heappop(self._heap)
        return None

    def size(self, price: float) -> float:
        # Summed anew, not kept up to date: adding and taking away floats leaves crumbs.
        return sum(self._levels[price].values())

    def ids(self, price: float) -> list[int]:
        return list(self._levels[price])
