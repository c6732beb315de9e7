"""An exact back-test of a small strategy on the recorded half-hour of the BTC/USD market: the same calls each time.

Run it::

    python -m examples.backtest                   # what it earned, and the fingerprint of the run
    python -m examples.backtest --trace FILE      # every call of every callback, a line each: two runs are equal

The channels are synchronised: no callback has a task. Each recorded event is sent, and everything that follows from it
is done before the next one is: first the book and the broker, which are the market (HIGH), then the strategy, which
trades on it (MEDIUM), then the records (LOW).
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import heapq
import math
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from async_channel import ChannelKey, Channels, Priority, event
from async_channel.recording import Recording
from async_channel.replay import replay
from examples.market import BEST_PRICES, DATA, ORDERS, TRADES
from examples.market_book import Book
from examples.market_data import Capture, CaptureError, read_capture
from examples.market_events import BestPrice, OrderEvent, Trade

HALF_LIVES = 3, 12
"""After how many trades a price counts half, in the fast and in the slow average."""


@event
class Signal:
    """What the strategy wants to hold."""

    time: float
    position: int


@event
class Fill:
    """What the broker did for it."""

    time: float
    size: int
    price: float


SIGNALS = ChannelKey("Signal", Signal)
FILLS = ChannelKey("Fill", Fill)


class Average:
    """A price, smoothed."""

    def __init__(self, half_life: int) -> None:
        self.weight = 1 - 0.5 ** (1 / half_life)
        self.value = math.nan

    def add(self, price: float) -> float:
        """Take one more price in."""
        self.value = price if math.isnan(self.value) else self.value + self.weight * (price - self.value)
        return self.value


class Backtest:
    """One run: its channels, who is called with their events, and what came of it."""

    def __init__(self) -> None:
        self.channels = channels = Channels(synchronized=True)
        orders, trades = channels.open(ORDERS), channels.open(TRADES)
        quotes, signals, self.fills = channels.open(BEST_PRICES), channels.open(SIGNALS), channels.open(FILLS)
        self.signals = signals
        self.book = Book()
        self.fast, self.slow = map(Average, HALF_LIVES)
        self.best: BestPrice | None = None
        self.wanted = self.position = 0
        self.cash = 0.0
        self.trace: list[str] = []

        # The market: the book makes quotes of orders, and the broker fills what is wanted at the best price.
        orders.map(self.book.apply).of_type(BestPrice).consume(quotes.send, name="book")
        quotes.consume(self.on_quote, name="broker's quotes")
        signals.consume(self.on_signal, name="broker")
        # The strategy: it holds one bitcoin while the fast average of the trades is above the slow one.
        trades.map(lambda trade: (trade.received, self.fast.add(trade.price), self.slow.add(trade.price))).consume(
            self.on_averages, name="strategy", priority=Priority.MEDIUM
        )
        # The records.
        for channel in (trades, quotes, signals, self.fills):
            channel.consume(lambda one: self.trace.append(repr(one)), name="trace", priority=Priority.LOW)

    def on_quote(self, best: BestPrice) -> None:
        """The broker looks at the book."""
        self.best = best

    async def on_signal(self, signal: Signal) -> None:
        """The broker buys at the best ask, or sells at the best bid."""
        if self.best is not None and signal.position != self.position:
            size = signal.position - self.position
            price = self.best.ask if size > 0 else self.best.bid
            self.position, self.cash = signal.position, self.cash - size * price
            await self.fills.send(Fill(signal.time, size, price))

    async def on_averages(self, averages: tuple[float, float, float]) -> None:
        """The strategy looks at the trend."""
        time, fast, slow = averages
        wanted = 1 if fast > slow else 0
        if wanted != self.wanted:
            self.wanted = wanted
            await self.signals.send(Signal(time, wanted))

    async def run(self, capture: Capture) -> None:
        """Send the recorded events one by one, and have each handled by all before the next."""
        async with self.channels:
            await replay(Recording([ORDERS, TRADES], rows(capture)), self.channels, speed=math.inf)

    @property
    def worth(self) -> float:
        """What it has earned, in dollars: the cash, and the position at the best bid."""
        return self.cash + self.position * (self.best.bid if self.best is not None else 0.0)

    def summary(self) -> str:
        """The result in a few lines."""
        fingerprint = hashlib.sha256("\n".join(self.trace).encode()).hexdigest()[:16]
        stats = self.channels.stats()
        sent = ", ".join(f"{each.sent:,} of {each.name}" for each in stats)
        return (
            f"sent      {sent}\n"
            f"ledgers   {'all balanced' if all(each.balanced for each in stats) else 'NOT BALANCED'}\n"
            f"earned    {self.worth:.2f} USD with {stats[-1].sent} fills, before fees\n"
            f"trace     {len(self.trace):,} calls, fingerprint {fingerprint}"
        )


def rows(capture: Capture) -> Iterator[tuple[str, float, OrderEvent | Trade]]:
    """All events in the one order in which they were recorded."""
    orders = (("OrderEvent", order.received, order) for order in (*capture.snapshot, *capture.live, *capture.closing))
    trades = (("Trade", trade.received, trade) for trade in capture.trades)
    return heapq.merge(orders, trades, key=lambda row: row[1])


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the example. Returns the exit code: 0, or 2 for bad input."""
    parser = argparse.ArgumentParser(prog="python -m examples.backtest", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, default=DATA, metavar="FOLDER", help="another capture")
    parser.add_argument("--trace", type=Path, metavar="FILE", help="write every call of every callback")
    options = parser.parse_args(arguments)
    try:
        capture = read_capture(options.data)
    except CaptureError as error:
        print(f"backtest: {error}", file=sys.stderr)
        return 2
    backtest = Backtest()
    asyncio.run(backtest.run(capture))
    if options.trace is not None:
        options.trace.write_text("".join(f"{line}\n" for line in backtest.trace))
    print(backtest.summary())
    return 0


if __name__ == "__main__":
    sys.exit(main())
