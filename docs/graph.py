"""Draws graph.svg, the picture in pictures.md: run `python -m docs.graph` after a change of how graphs are drawn."""

from __future__ import annotations

import math
from pathlib import Path

from async_channel import ChannelKey, Channels, Consumer, Overflow, clock, event

PICTURE = Path(__file__).with_suffix(".svg")


@event
class Ticker:
    """A price at an exchange."""

    symbol: str
    price: float


@event
class Order:
    """What is to be bought."""

    symbol: str


def price_of(ticker: Ticker) -> float:
    """The price alone."""
    return ticker.price


async def decide(prices: list[float]) -> Order:
    """What to do about the last prices."""
    return Order(f"{prices[-1]:g}")


def place(order: Order) -> None:
    """Send an order away."""


async def _draw() -> str:
    tickers, orders = ChannelKey("Ticker", Ticker), ChannelKey("Order", Order)
    channels = Channels()
    everywhere = channels.open(tickers)
    binance, kraken = (channels.scope(name).open(tickers) for name in ("binance", "kraken"))
    buy = channels.open(orders, capacity=16)
    screen = Consumer(everywhere, name="screen", capacity=8, overflow=Overflow.DROP_OLDEST)
    archive = Consumer(everywhere.buffer(count=2), name="archive", capacity=10)
    spread = binance.combine_latest(kraken).throttle(1.0).subscribe(lambda _: None)
    everywhere.filter(lambda ticker: ticker.symbol == "BTC").map(price_of).buffer(count=3).map_async(decide).subscribe(
        buy
    )
    buy.consume(place, name="desk")
    for price in range(6):
        await binance.send(Ticker("BTC", float(price)))
        await kraken.send(Ticker("BTC", float(price)))
    picture = channels.graph().to_svg()
    spread.dispose()
    archive.close()
    screen.close()
    await channels.stop()
    return picture + "\n"


def draw() -> str:
    """The picture, the same each time."""
    return clock.run(_draw(), speed=math.inf)


if __name__ == "__main__":
    PICTURE.write_text(draw(), encoding="utf-8")
