"""Draws the pictures of concepts.md from runs of real channels: `python -m docs.concepts` after a change of either."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from async_channel import Channel, ChannelEmpty, Conflate, Consumer, ConsumerLagged, Overflow, clock, conflate_by
from async_channel.pictures.svg import document, element, number, text
from docs.strips import CELL, HIGH, Fate, Reader, Strip, drawn, fates

FOLDER = Path(__file__).parent
LEFT = 280.0
GAP = 22.0


def _reader(consumer: Consumer[int], capacity: int) -> Reader:
    """A line for a consumer that subscribed before the first event, as its ledger says."""
    stats = consumer.stats()
    done = stats.sent - stats.pending
    lag = stats.pending / capacity
    looks = "bad" if lag >= 0.9 else "warn" if lag >= 0.5 else "good"
    return Reader(stats.name, f"{stats.pending} of {capacity} pending", fates(read=done, pending=stats.pending), looks)


def _strip(channel: Channel[int], consumers: Sequence[Consumer[int]], *captions: str, waits: bool = False) -> Strip:
    """The log of a channel at this moment, as its numbers say."""
    sent = channel.stats().sent
    most = max(consumer.stats().pending for consumer in consumers)
    return Strip(
        events=[str(event) for event in range(sent)],
        gone=sent - most,
        room=channel.capacity - most,
        readers=[_reader(consumer, channel.capacity) for consumer in consumers],
        sender="await send(…) waits" if waits else "await send(…)",
        waits=waits,
        captions=captions,
    )


def _picture(strips: Sequence[Strip], label: str) -> str:
    parts: list[str] = []
    top = 12.0
    for strip in strips:
        parts.append(drawn(strip, LEFT, top))
        top += strip.height + GAP
    wide = max(LEFT + strip.width + (190 if strip.sender else 14) for strip in strips)
    return document(wide, top - GAP + 10, *parts, label=label) + "\n"


async def _fan_out() -> str:
    """One log, three readers."""
    async with Channel(int, "Ticks", capacity=8) as ticks:
        readers = [Consumer(ticks, name=name) for name in ("alerts", "screen", "archive")]
        await ticks.send_many(range(7))
        for consumer, count in zip(readers, (7, 5, 2), strict=True):
            for _ in range(count):
                await consumer.get()
        picture = _picture(
            [_strip(ticks, readers)], "one log, and three consumers that have come to different places in it"
        )
        _close(readers)
    return picture


async def _backpressure() -> str:
    """A full reader, and what happens when it reads."""
    async with Channel(int, "Ticks", capacity=5) as ticks:
        readers = [Consumer(ticks, name=name) for name in ("alerts", "archive")]
        await ticks.send_many(range(2))
        for _ in range(2):
            await readers[0].get()
            await readers[1].get()
        await ticks.send_many(range(2, 7))
        for _ in range(5):
            await readers[0].get()
        waiting = asyncio.ensure_future(ticks.send(7))
        await asyncio.sleep(0)
        full = _strip(
            ticks,
            readers,
            "1. archive is 5 events behind, its capacity",
            "Nothing is lost: whoever sends waits.",
            waits=True,
        )
        await readers[1].get()
        await waiting
        after = _strip(
            ticks, readers, "2. archive has read one", "The waiting send has gone on at once, and the next would wait."
        )
        picture = _picture([full, after], "a full consumer makes send wait; when it reads, send goes on")
        _close(readers)
    return picture


LETTERS = ("A1", "B1", "A2", "C1", "A3", "A4")

POLICIES: list[tuple[str, str, Overflow | Conflate[str]]] = [
    ("DROP_OLDEST", "the newest 3", Overflow.DROP_OLDEST),
    ("DROP_NEWEST", "the first 3", Overflow.DROP_NEWEST),
    ("LATEST", "the newest", Overflow.LATEST),
    ("conflate_by", "of each letter the newest", conflate_by(lambda event: event[0])),
    ("FAIL", "the newest 3, and is told", Overflow.FAIL),
]
"""Name, what is left in words, and the policy."""


async def _overflow() -> str:
    """What readers with room for 3 find after 6 events, read one by one."""
    async with Channel(str, "Quotes", capacity=3) as quotes:
        consumers = [
            (name, note, Consumer(quotes, name=name, capacity=3, overflow=policy)) for name, note, policy in POLICIES
        ]
        await quotes.send_many(LETTERS)
        readers: list[Reader] = []
        for name, note, consumer in consumers:
            left = _rest(consumer)
            found: list[Fate] = ["pending" if event in left else "lost" for event in LETTERS]
            readers.append(Reader(name, note, found))
        picture = _picture(
            [Strip(events=LETTERS, readers=readers)],
            "six events, and which of them consumers with room for three get, by policy",
        )
        _close([consumer for *_, consumer in consumers])
    return picture


def _rest(consumer: Consumer[str]) -> list[str]:
    """What a consumer still gets, behind the news that it missed something."""
    left: list[str] = []
    while True:
        try:
            left.append(consumer.get_nowait())
        except ConsumerLagged:
            continue
        except ChannelEmpty:
            return left


async def _pipeline() -> str:
    """A channel, operators, and the log of the consumer behind them."""
    async with Channel(int, "Ticks", capacity=6) as ticks:
        direct = Consumer(ticks, name="archive")
        behind = Consumer(ticks.filter(lambda tick: tick % 2 == 0), name="chart", capacity=3)
        await ticks.send_many(range(5))
        for _ in range(3):
            await direct.get()
        waiting = asyncio.ensure_future(ticks.send(5))
        await asyncio.sleep(0)
        above = _strip(ticks, [direct], "The log of the channel: 6 events fit", waits=True)
        stats = behind.stats()
        below = Strip(
            events=["0", "2", "4"][: stats.pending],
            readers=[Reader(stats.name, f"{stats.pending} of 3 pending", fates(pending=stats.pending), "bad")],
            captions=["The log of the consumer of the pipeline: 3 fit, and it is full"],
        )
        middle = 12 + above.height + 8
        box = element("rect", class_="box", x=LEFT, y=middle, width=6 * CELL, height=HIGH, rx=13)
        words = text("filter(even)", LEFT + 3 * CELL, middle + HIGH / 2 + 4, text_anchor="middle")
        beside = text("called by send, for each event", LEFT + 6 * CELL + 14, middle + HIGH / 2 + 4, class_="dim")
        arrows = "".join(
            element("path", class_="line", d=f"M{number(LEFT + 3 * CELL)} {number(y)}v10")
            for y in (middle - 12, middle + HIGH + 2)
        )
        top = middle + HIGH + 14
        picture = document(
            LEFT + above.width + 190,
            top + below.height + 10,
            drawn(above, LEFT, 12),
            arrows,
            box,
            words,
            beside,
            drawn(below, LEFT, top),
            label="a pipeline: a log above, operators, and a full log below that makes send wait",
        )
        direct.close()
        behind.close()
        await waiting
    return picture + "\n"


def _close(consumers: Sequence[Consumer[int]] | Sequence[Consumer[str]]) -> None:
    for consumer in consumers:
        consumer.close()


DRAWINGS: dict[str, Callable[[], Awaitable[str]]] = {
    "log-fan-out": _fan_out,
    "log-backpressure": _backpressure,
    "log-overflow": _overflow,
    "log-pipeline": _pipeline,
}


def draw() -> dict[Path, str]:
    """All pictures by their files, the same each time."""

    async def main() -> dict[Path, str]:
        return {FOLDER / f"{name}.svg": await make() for name, make in DRAWINGS.items()}

    return clock.run(main(), speed=math.inf)


if __name__ == "__main__":
    for file, picture in draw().items():
        file.write_text(picture, encoding="utf-8")
