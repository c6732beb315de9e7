"""A real half-hour of the BTC/USD market through typed channels: the main example of async_channel.

Run it::

    python -m examples.market                 # 30 minutes in about 15 seconds, live on the terminal
    python -m examples.market --speed inf     # as fast as this machine goes
    python -m examples.market --plain         # lines for a log
    python -m examples.market --data FOLDER   # another capture: orders.csv(.gz) and trades.csv

What happens::

    OrderEvent --+--> book ------------------> BestPrice ----+--> screen (LATEST)
                 +--> order flow a second                    +--> mid price, at most one a second
                 +--> archive (BLOCK: it gets every event)
                 +--> slow audit (DROP_OLDEST)
                 +--> join with the orders --> JoinedTrade -----> trades and their ages
    Trade -------+
                 +--> minutes ---------------> Candle ----------> candles

The replay sends each event at its recorded time on the loop's clock, so the same pipelines run live, accelerated, and
as a back-test. Nothing is lost that nobody asked to lose: at the end each ledger says where every event went.

Ctrl-C and SIGTERM end it early, and well: no more is sent, what is pending is handled, the summary says how far it got.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import reactivex
from reactivex import Observable

from async_channel import Channel, ChannelKey, Channels, Consumer, Overflow, clock, stop_on_signal
from async_channel.replay import replay
from examples.market_data import Capture, CaptureError, read_capture
from examples.market_desk import Desk, Ledger
from examples.market_events import BestPrice, Candle, JoinedTrade, OrderEvent, Origin, Trade
from examples.market_report import duration, summary
from examples.market_stages import MINUTE, SECOND, TradeJoin, to_candle, to_flow, windows
from examples.market_view import Screen, choose_screen

T = TypeVar("T")
E = TypeVar("E", OrderEvent, Trade)

DATA = Path(__file__).parents[1] / ".demo-data" / "ob_analytics" / "_sample_data"
SPEED = 120.0
LEAD = 1.0
"""Seconds on the clock before the first live event, for the snapshot to be sent."""

ORDERS = ChannelKey("OrderEvent", OrderEvent)
TRADES = ChannelKey("Trade", Trade)
BEST_PRICES = ChannelKey("BestPrice", BestPrice)
CANDLES = ChannelKey("Candle", Candle)
JOINED_TRADES = ChannelKey("JoinedTrade", JoinedTrade)


class Market:
    """One replay of a capture: its channels, the pipelines between them, and who consumes them."""

    def __init__(self, capture: Capture, screen: Screen) -> None:
        self.desk = Desk(capture)
        self.screen = screen
        self.channels = Channels()
        self.consumers: list[tuple[Overflow, Consumer[object]]] = []
        self.received: Counter[str] = Counter()
        self.ended_by: signal.Signals | None = None
        """The signal that ended it early, if one did."""

    async def run(self) -> None:
        """Replay the capture, and return when everybody has seen everything."""
        desk = self.desk
        async with self.channels as channels:
            orders = channels.open(ORDERS, capacity=2048)
            trades = channels.open(TRADES)
            best_prices = channels.open(BEST_PRICES)
            candles = channels.open(CANDLES)
            joined_trades = channels.open(JOINED_TRADES)

            # Pipelines. They do nothing until they are consumed, and then push back on the channels they come from.
            quotes = orders.map(desk.book.apply).of_type(BestPrice)
            minutes = windows(trades, MINUTE, lambda trade: trade.exchange_time).map(to_candle)
            joins = orders.merge(trades).concat(reactivex.of(None)).flat_map(TradeJoin().add)  # None is the end
            live = orders.matching(origin=Origin.LIVE)
            flow = windows(live, SECOND, lambda order: order.received).map(to_flow)
            mids = best_prices.map(lambda best: best.mid).throttle(1.0)

            # Consumers. All subscribe before the first event is sent, so each ledger counts from the beginning.
            jobs = [
                self.publish(self.consume(quotes, "book"), best_prices),
                self.publish(self.consume(minutes, "minutes"), candles),
                self.publish(self.consume(joins, "join"), joined_trades),
                self.for_each(self.consume(flow, "flow"), desk.see_flow),
                self.for_each(self.consume(mids, "mid prices"), desk.see_mid),
                self.for_each(self.consume(candles, "candles"), desk.see_candle),
                self.for_each(self.consume(joined_trades, "joined trades"), desk.see_trade),
                self.archive(self.consume(orders, "archive")),
                self.for_each(
                    self.consume(best_prices, "screen", overflow=Overflow.LATEST), self.draw, pause=self.screen.pause
                ),
                self.for_each(
                    self.consume(
                        orders, "slow audit", overflow=Overflow.DROP_OLDEST, capacity=100, filter_func=is_deletion
                    ),
                    desk.see_deletion,
                    pause=0.05,
                ),
            ]
            async with asyncio.TaskGroup() as tasks:
                for job in jobs:
                    tasks.create_task(job)
                # A signal ends the sending, and so the sources; the jobs then come to the end of what is pending.
                async with stop_on_signal(orders, trades) as ending:
                    await self.play(orders, trades)
                self.ended_by = ending.signal

    def consume(
        self,
        source: Observable[T],
        name: str,
        *,
        overflow: Overflow = Overflow.BLOCK,
        capacity: int | None = None,
        filter_func: Callable[[T], bool] | None = None,
    ) -> Consumer[T]:
        """A consumer whose ledger will be in the summary."""
        consumer = Consumer(source, name=name, overflow=overflow, capacity=capacity, filter_func=filter_func)
        self.consumers.append((overflow, consumer))
        return consumer

    async def play(self, orders: Channel[OrderEvent], trades: Channel[Trade]) -> None:
        """Send the snapshot at once, what is live at its recorded time, and the closing rows last."""
        capture = self.desk.capture
        # The archive is slower than this burst and must lose nothing, so it holds send_many back: that is backpressure.
        await orders.send_many(capture.snapshot)
        await clock.sleep_until(capture.start)
        present = clock.now()
        async with asyncio.TaskGroup() as both:
            both.create_task(replay(orders, recorded(capture.live), origin=present))
            both.create_task(replay(trades, recorded(capture.trades), origin=present))
        await orders.send_many(capture.closing)
        # Stopping the sources, as a signal does too, completes the pipelines, whose publishers stop the channels after
        # them, and so on.
        await orders.stop()
        await trades.stop()

    async def publish(self, source: Consumer[T], target: Channel[T]) -> None:
        """Send what a pipeline makes on through a channel, and stop that when the pipeline is complete."""
        async with source:
            async for event in source:
                self.received[source.name] += 1
                await target.send(event)
        await target.stop()

    async def for_each(self, source: Consumer[T], see: Callable[[T], None], *, pause: float = 0.0) -> None:
        """Hand every event to a function, which is busy with it for some seconds."""
        async with source:
            async for event in source:
                self.received[source.name] += 1
                see(event)
                if pause:
                    await asyncio.sleep(pause)

    async def archive(self, orders: Consumer[OrderEvent]) -> None:
        """Take whatever is pending, and be busy with it for 20 ms, as a disk would. It gets every event."""
        async with orders:
            async for batch in orders.batches():
                self.received[orders.name] += len(batch)
                self.desk.archived += len(batch)
                await asyncio.sleep(0.02)

    def draw(self, best: BestPrice) -> None:
        """Show the latest price: a slow consumer that is content with it holds nobody up, and is never behind."""
        self.desk.best = best
        self.screen.show(self.desk, self.ledger(), clock.now())

    def ledger(self) -> Ledger:
        """Where every event is now."""
        return Ledger(
            channels=self.channels.stats(),
            consumers=tuple((overflow.name, consumer.stats()) for overflow, consumer in self.consumers),
            received=self.received.copy(),
        )


def is_deletion(order: OrderEvent) -> bool:
    """The exchange says that an order is gone."""
    return order.action == "deleted" and order.origin is Origin.LIVE


def recorded(events: Iterable[E]) -> Iterator[tuple[float, E]]:
    """The events with the times at which they were recorded."""
    return ((event.received, event) for event in events)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the example. Returns the exit code: 0, after a signal too, 1 (something did not add up) or 2 (bad input)."""
    options = parse(arguments)
    begun = time.monotonic()
    try:
        capture = read_capture(options.data or DATA)
    except CaptureError as error:
        hint = "" if options.data else " (`make demo` installs it; --data takes another)"
        print(f"market: {error}{hint}", file=sys.stderr)
        return 2
    print(
        f"Read {capture.order_events:,} order events and {len(capture.trades):,} trades, {duration(capture.seconds)}"
        f" of market, in {time.monotonic() - begun:.1f} s",
        flush=True,
    )
    market = Market(capture, choose_screen(plain=options.plain, speed=options.speed))
    begun = time.monotonic()
    with market.screen.running():
        clock.run(market.run(), speed=options.speed, start=capture.start - LEAD)
    ledger = market.ledger()
    print(summary(market.desk, ledger, seconds=time.monotonic() - begun, ended_by=market.ended_by))
    if not ledger.balanced:
        return 1
    complete = market.desk.hits == len(capture.trades) and not market.desk.misses
    return 0 if complete or market.ended_by else 1


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="market", description="Replay a recorded market through typed channels.")
    parser.add_argument("--data", type=Path, help="orders.csv(.gz) with trades.csv beside it, or their folder")
    parser.add_argument("--speed", type=speed, default=SPEED, help=f"market seconds a second, or inf ({SPEED:g})")
    parser.add_argument("--plain", action="store_true", help="lines for a log instead of a live picture")
    return parser.parse_args(arguments)


def speed(text: str) -> float:
    """A number above 0, or inf."""
    number = float(text)
    if not number > 0:
        raise ValueError
    return number


if __name__ == "__main__":
    if hasattr(signal, "SIGPIPE"):
        # When nobody reads the output any more, as under `| head`, end without a word.
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
