"""Table: the view as lines of text, for a terminal and wherever pictures have no place."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from async_channel.monitoring import words
from async_channel.monitoring.folding import LEAST, fold, hidden_text, rest_text
from async_channel.monitoring.history import ChannelState, ConsumerState, State
from async_channel.pictures.svg import visible

Line: TypeAlias = "list[tuple[str, str]]"
"""Pieces of text, each with its look: nothing, strong, dim, good, warn or bad."""

BARS: Final = " ▁▂▃▄▅▆▇█"
NARROWEST: Final = 60
"""Lines are not made narrower than this; what is narrower cuts them (characters)."""
WIDEST: Final = 110
"""And no wider than this (characters)."""
_AROUND: Final = 3
"""Rows for the title, the header, and one to spare (a count)."""


@dataclass(frozen=True, slots=True)
class _Columns:
    """How wide each is (characters)."""

    name: int
    sent: int = 8
    delivered: int = 12
    lag: int = 16
    spark: int = 0
    dropped: int = 10
    errors: int = 9


def _columns(width: int) -> _Columns:
    room = max(NARROWEST, min(width, WIDEST)) - 55 if width >= 78 else 0
    if not room:  # the lag is drawn only
        rest = max(NARROWEST, width) - 8 - 12 - 9 - 8
        return _Columns(name=rest - rest // 3, lag=0, spark=rest // 3, dropped=9, errors=8)
    spark = min(30, max(8, room // 3)) + 1
    return _Columns(name=room - spark, spark=spark)


def lines(state: State, *, width: int = WIDEST, height: int | None = None) -> Iterator[Line]:
    """The lines of the view.

    Args:
        state: what is shown.
        width: how many characters a line may have.
        height: how many lines there may be; None for 40 rows of channels and consumers.
    """
    columns = _columns(width)
    total = sum((columns.name, columns.sent, columns.delivered, columns.lag))
    total += columns.spark + columns.dropped + columns.errors
    rows = 40 if height is None else height - _AROUND - len(state.troubles)
    title = cut(state.title, 40)
    yield [(title, "strong"), (cut(f"  {words.summary(state)}", total - cells(title)), "dim")]
    if not state.channels:
        yield [("no channels", "dim")]
        return
    heads = (("sent/s", columns.sent), ("delivered/s", columns.delivered), ("behind", columns.lag))
    line = " " * columns.name + "".join(head.rjust(wide) if wide else "" for head, wide in heads)
    line += " " * columns.spark + "dropped".rjust(columns.dropped) + "errors".rjust(columns.errors)
    yield [(line, "dim")]
    folded = fold(state.channels, max(rows, LEAST))
    for shown in folded.shown:
        yield _channel(shown.channel, columns)
        for consumer in shown.consumers:
            yield _consumer(consumer, columns)
        if shown.hidden:
            yield [(cut(f"  {hidden_text(shown.hidden)}", total), "dim")]
    if folded.rest:
        yield [(cut(rest_text(folded.rest), total), "dim")]
    for trouble in state.troubles:
        yield [(cut(f"! {words.trouble_text(trouble)}", total), "warn" if trouble.is_notice else "bad")]


def text(state: State, *, width: int = WIDEST) -> str:
    """The same without looks."""
    return "\n".join("".join(piece for piece, _ in line).rstrip() for line in lines(state, width=width))


def _channel(channel: ChannelState, columns: _Columns) -> Line:
    top = max(channel.sent_rates, default=0.0)
    return [
        *_name(channel.name, "strong", words.channel_mark(channel), columns.name),
        (words.rate_text(channel.sent_rate).rjust(columns.sent), ""),
        (words.rate_text(channel.delivered_rate if channel.consumers else None).rjust(columns.delivered), ""),
        (" " * columns.lag, ""),
        (_spark(words.scaled(channel.sent_rates, top), columns.spark), "good"),
        *_losses(channel.dropped, channel.errors, columns),
    ]


def _consumer(consumer: ConsumerState, columns: _Columns) -> Line:
    return [
        *_name(f"  {consumer.name}", "dim" if consumer.ended else "", words.consumer_mark(consumer), columns.name),
        (" " * columns.sent, ""),
        (words.rate_text(consumer.rate).rjust(columns.delivered), ""),
        (words.pending_text(consumer).rjust(columns.lag) if columns.lag else "", consumer.lag),
        (_spark(words.scaled(consumer.lags, consumer.capacity), columns.spark), consumer.lag),
        *_losses(consumer.dropped, consumer.errors, columns),
    ]


def _name(name: str, look: str, mark: tuple[str, str], width: int) -> Line:
    """A name and what stands beside it, which is cut first."""
    name = cut(name, width - 1)
    beside = cut(f" {mark[0]}", width - 1 - cells(name)) if mark[0] else ""
    return [(name, look), (beside, mark[1]), (" " * (width - cells(name) - cells(beside)), "")]


def _losses(dropped: int, errors: int, columns: _Columns) -> Line:
    return [
        (words.count_text(dropped).rjust(columns.dropped), "warn" if dropped else "dim"),
        (words.count_text(errors).rjust(columns.errors), "bad" if errors else "dim"),
    ]


def _spark(shares: Sequence[float], width: int) -> str:
    """A bar for each of the last shares; what is above 0 is seen."""
    last = shares[-(width - 1) :]
    return "".join(BARS[math.ceil(share * 8)] for share in last).rjust(width)


def cells(content: str) -> int:
    """How many columns of a terminal a text takes."""
    return sum(_cell(one) for one in content)


def _cell(one: str) -> int:
    if unicodedata.combining(one) or unicodedata.category(one) == "Cf":
        return 0
    return 2 if unicodedata.east_asian_width(one) in "WF" else 1


def cut(content: str, width: int) -> str:
    """A text in one line, or as much of it as there is room for."""
    line = visible(content[: 4 * max(width, 1)]).replace("\n", " ").replace("\t", " ")
    if cells(line) <= width:
        return line
    kept, room = "", width - 1
    for one in line:
        room -= _cell(one)
        if room < 0:
            break
        kept += one
    return f"{kept}…" if width > 0 else ""
