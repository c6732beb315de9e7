"""Draws overview.svg, the picture of the README, from a run: `python -m docs.overview` after a change."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from async_channel import Channel, Consumer, Overflow, clock, event
from async_channel.pictures.svg import document, element, number, text, width
from docs.strips import CELL, HIGH, Fate, Reader, Strip, drawn, fates

PICTURE = Path(__file__).with_suffix(".svg")
LEFT = 270.0
BOX = 30.0


@event
class Ticker:
    """A price of a symbol."""

    symbol: str
    price: float


def price_of(ticker: Ticker) -> float:
    """The price alone."""
    return ticker.price


def _fates(consumer: Consumer[Ticker]) -> list[Fate]:
    stats = consumer.stats()
    return fates(read=stats.delivered, lost=stats.dropped, pending=stats.pending)


async def _draw() -> str:
    async with Channel(Ticker, "Ticker", capacity=8) as tickers:
        desk = Consumer(tickers, name="desk")
        disk = Consumer(tickers, name="disk")
        screen = Consumer(tickers, name="screen", overflow=Overflow.LATEST)
        prices = tickers.filter(lambda ticker: ticker.symbol == "BTC").map(price_of).buffer(count=2)
        chart = Consumer(prices, name="chart", capacity=4)
        for price in range(7):
            await tickers.send(Ticker("BTC", 64.0 + price))
        for _ in range(6):
            await desk.get()
        for _ in range(2):
            await disk.get()
        readers = [
            Reader("Consumer", "async for, nearly there", _fates(desk)),
            Reader("Consumer", "batches(), 5 behind", _fates(disk), "warn"),
            Reader("Consumer", "LATEST, slows nobody", _fates(screen)),
        ]
        channel = Strip([f"{64 + number}" for number in range(7)], gone=2, room=3, readers=readers)
        behind = Strip(
            [f"{64 + 2 * pair}, {65 + 2 * pair}" for pair in range(chart.stats().pending)],
            room=1,
            cell=2 * CELL,
            readers=[Reader("Consumer", "async for, 3 of 4 pending", fates(pending=chart.stats().pending), "warn")],
        )
        for consumer in (desk, disk, screen):
            consumer.close()
        chart.close()
    return _put_together(channel, behind)


def _put_together(channel: Strip, behind: Strip) -> str:
    parts: list[str] = []
    end = LEFT + len(channel.events) * CELL + CELL / 2
    parts += _boxes(["Producer[Ticker]"], end - 69, 12)
    parts.append(_arrow(end, 12 + BOX, 24, "await send(ticker): waits while a consumer is full"))
    top = 12 + BOX + 28
    parts += _named("Channel[Ticker]", "one bounded log", top)
    parts.append(drawn(channel, LEFT, top))
    top += channel.height + 8
    parts.append(_arrow(LEFT + CELL, top - 8, 18, ""))
    top += 12
    parts += _named("Stream[list[float]]", "fused operators", top + 2)
    parts += _boxes(["filter", "map", "buffer"], LEFT, top)
    parts.append(_arrow(LEFT + 173, top + BOX, 18, ""))
    parts.append(text("called by send; reactivex's operators too", LEFT + 225, top + BOX / 2 + 4, class_="dim"))
    top += BOX + 22
    parts += _named("", "what came out: a log of its own", top)
    parts.append(drawn(behind, LEFT, top))
    top += behind.height
    wide = end + 24 + width("await send(ticker): waits while a consumer is")
    label = "a channel is one log; consumers are places in it; operators lead to a log of their own"
    return document(wide, top + 8, *parts, label=label) + "\n"


def _boxes(names: Sequence[str], x: float, y: float) -> list[str]:
    parts: list[str] = []
    for name in names:
        wide = width(name) + 26
        parts.append(element("rect", class_="box", x=x, y=y, width=wide, height=BOX, rx=14.0))
        parts.append(text(name, x + wide / 2, y + BOX / 2 + 4, text_anchor="middle"))
        if name is not names[-1]:
            parts.append(element("path", class_="line", d=f"M{number(x + wide)} {number(y + BOX / 2)}h12"))
        x += wide + 12
    return parts


def _named(name: str, note: str, y: float) -> list[str]:
    return [
        text(name, 12, y + HIGH / 2 + 4, class_="strong"),
        text(note, LEFT - 12, y + HIGH / 2 + 4, class_="dim", text_anchor="end"),
    ]


def _arrow(x: float, y: float, long: float, said: str) -> str:
    line = element("path", class_="line", d=f"M{number(x)} {number(y)}v{number(long - 6)}")
    head = element("path", class_="head", d=f"M{number(x - 4)} {number(y + long - 7)}h8l-4 7z")
    return line + head + (text(said, x + 14, y + long / 2 + 4, class_="dim") if said else "")


def draw() -> str:
    """The picture, the same each time."""
    return clock.run(_draw(), speed=math.inf)


if __name__ == "__main__":
    PICTURE.write_text(draw(), encoding="utf-8")
