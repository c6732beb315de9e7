"""Draws monitor.svg, the picture in monitor.md: run `python -m docs.monitor` after a change of the view."""

from __future__ import annotations

import asyncio
import logging
import math
from contextlib import suppress
from pathlib import Path

from async_channel import ChannelKey, Channels, ConsumersFailed, OnError, Overflow, clock, event

PICTURE = Path(__file__).with_suffix(".svg")


@event
class Ticker:
    """A price at an exchange."""

    symbol: str
    price: float


TICKER = ChannelKey("Ticker", Ticker)


async def store(_: Ticker) -> None:
    """Write to a disk that is too slow for all of it."""
    await asyncio.sleep(0.09)


async def plot(_: list[Ticker]) -> None:
    """Draw a candle."""
    await asyncio.sleep(0.5)


def check(ticker: Ticker) -> None:
    """Complain of some."""
    if ticker.price % 40 == 0:
        raise ValueError(f"no price for {ticker.symbol}")


def guess(ticker: Ticker) -> None:
    """Give up on the first that it can't explain."""
    if ticker.price > 300:
        raise LookupError("no model for this")


async def _draw() -> str:
    async with Channels() as channels:
        everywhere = channels.open(TICKER)
        exchanges = [channels.scope(name).open(TICKER, capacity=64) for name in ("binance", "kraken")]
        everywhere.consume(store, name="disk", capacity=128, overflow=Overflow.DROP_OLDEST)
        exchanges[0].consume(check, name="checks")
        everywhere.buffer(count=10).consume(plot, name="candles", capacity=48)
        exchanges[1].consume(guess, name="guesses", on_error=OnError.STOP)
        async with channels.monitor(screen="none") as view:
            for number in range(480):
                await exchanges[0].send(Ticker("BTC", float(number)))
                if number % 3 == 0:
                    await exchanges[1].send(Ticker("BTC", float(number)))
                await asyncio.sleep(0.03 + 0.02 * math.sin(number / 30))
            picture = view.to_svg()
        with suppress(ConsumersFailed):  # the guesses
            await channels.stop(timeout=0)
    return picture + "\n"


def draw() -> str:
    """The picture, the same each time."""
    logger = logging.getLogger("async_channel")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        return clock.run(_draw(), speed=math.inf)
    finally:
        logger.setLevel(level)


if __name__ == "__main__":
    PICTURE.write_text(draw(), encoding="utf-8")
