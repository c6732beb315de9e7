"""Panel: the view as SVG, a row for each channel and below it one for each of its consumers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from async_channel.monitoring import words
from async_channel.monitoring.folding import Shown, fold, hidden_text, rest_text
from async_channel.monitoring.history import LENGTH, ChannelState, ConsumerState, State
from async_channel.pictures.svg import document, element, fitted, number, text, title, width

ROWS: Final = 40
"""So many channels and consumers have rows of their own at most (a count)."""

WIDTH: Final = 900.0
_EDGE: Final = 12.0
_ROW: Final = 24.0
_NAME: Final = 285.0
_SENT, _DELIVERED, _BEHIND, _DROPPED, _ERRORS = 355.0, 445.0, 580.0, 815.0, WIDTH - _EDGE
"""Where columns of numbers end (pixels)."""
_SPARK, _SPARKS = 596.0, 144.0
"""Where sparklines begin, and how long they are (pixels)."""
_HIGH: Final = 16.0
_LOOKS: Final = {"": "box", "warn": "warn", "bad": "bad"}


def panel(state: State) -> str:
    """The whole picture: the same bytes for the same state."""
    parts = [*_head(state)]
    y = 34.0
    if state.channels:
        parts += _header(y, state.span)
        y += _ROW
    folded = fold(state.channels, ROWS)
    for shown in folded.shown:
        parts += _group(shown, y)
        y += shown.rows * _ROW + 4
    if folded.rest:
        parts.append(text(rest_text(folded.rest), _EDGE, y + 16, class_="dim"))
        y += _ROW
    for trouble in state.troubles:
        line = words.trouble_text(trouble)
        sign = element(
            "path", class_="warn" if trouble.is_notice else "bad", d=f"M{number(_EDGE)} {number(y + 17)}h10l-5 -9z"
        )
        told = text(fitted(line, WIDTH - 3 * _EDGE - 10), _EDGE + 18, y + 16, class_=None)
        parts.append(element("g", title(line), sign, told))
        y += _ROW
    return document(WIDTH, y + 8, *parts, label=f"{state.title}: {words.summary(state)}")


def _head(state: State) -> Iterator[str]:
    name = fitted(state.title, 400)
    yield element("g", title(state.title), text(name, _EDGE, 22, class_="strong", font_size=14))
    after = _EDGE + width(name) * 1.25 + 14
    yield text(words.summary(state), after, 22, class_="dim")
    if not state.channels:
        yield text("no channels", WIDTH - _EDGE, 22, class_="dim", text_anchor="end")


def _header(y: float, span: float) -> Iterator[str]:
    heads = (("sent/s", _SENT), ("delivered/s", _DELIVERED), ("behind", _BEHIND))
    for name, x in (*heads, ("dropped", _DROPPED), ("errors", _ERRORS)):
        yield text(name, x, y + 16, class_="dim", text_anchor="end", font_size=11)
    if span > 0:
        last = f"last {words.seconds_text(span)}"
        yield text(last, _SPARK + _SPARKS, y + 16, class_="dim", text_anchor="end", font_size=11)


def _group(shown: Shown, y: float) -> Iterator[str]:
    yield _channel(shown.channel, y)
    for consumer in shown.consumers:
        y += _ROW
        yield _consumer(consumer, y)
    if shown.hidden:
        yield text(hidden_text(shown.hidden), _EDGE + 18, y + _ROW + 16, class_="dim")


def _channel(channel: ChannelState, y: float) -> str:
    mark = words.channel_mark(channel)
    told = [channel.name, *([mark[0]] if mark[0] else []), f"{channel.sent:,} sent", f"{channel.dropped:,} dropped"]
    delivered = words.rate_text(channel.delivered_rate if channel.consumers else None)
    return element(
        "g",
        title("\n".join([*told, f"{channel.errors:,} errors"])),
        element("rect", class_="box", x=_EDGE / 2, y=y + 1, width=WIDTH - _EDGE, height=_ROW - 2, rx=4),
        *_name(channel.name, _EDGE, y, "strong", mark),
        _number(words.rate_text(channel.sent_rate), _SENT, y),
        _number(delivered, _DELIVERED, y),
        _spark(words.scaled(channel.sent_rates, max(channel.sent_rates, default=0.0)), y, "good"),
        *_losses(channel.dropped, channel.errors, y),
    )


def _consumer(consumer: ConsumerState, y: float) -> str:
    mark = words.consumer_mark(consumer)
    told = [consumer.name, *([mark[0]] if mark[0] else []), f"{consumer.delivered:,} delivered"]
    told += [f"{consumer.pending:,} of {consumer.capacity:,} pending", f"{consumer.dropped:,} dropped"]
    behind = "alarm" if consumer.lag == "bad" else "strong" if consumer.lag else None
    return element(
        "g",
        title("\n".join([*told, f"{consumer.errors:,} errors"])),
        *_name(consumer.name, _EDGE + 18, y, "dim" if consumer.ended else None, mark),
        _number(words.rate_text(consumer.rate), _DELIVERED, y),
        _number(words.pending_text(consumer), _BEHIND, y, behind),
        _spark(words.scaled(consumer.lags, consumer.capacity), y, _LOOKS[consumer.lag]),
        *_losses(consumer.dropped, consumer.errors, y),
    )


def _name(name: str, x: float, y: float, look: str | None, mark: tuple[str, str]) -> Iterator[str]:
    """A name and what stands beside it, which is cut first."""
    room = _NAME - x
    shown = fitted(name, room)
    yield text(shown, x, y + 16, class_=look)
    left = room - width(shown) - 8
    if mark[0] and left > 30:
        class_ = "alarm" if mark[1] == "bad" else "dim"
        yield text(fitted(mark[0], left), x + width(shown) + 8, y + 16, class_=class_, font_size=11)


def _number(content: str, x: float, y: float, look: str | None = None) -> str:
    return text(content, x, y + 16, class_=look, text_anchor="end")


def _losses(dropped: int, errors: int, y: float) -> Iterator[str]:
    yield _number(words.count_text(dropped), _DROPPED, y, "strong" if dropped else "dim")
    yield _number(words.count_text(errors), _ERRORS, y, "alarm" if errors else "dim")


def _spark(shares: Sequence[float], y: float, look: str) -> str:
    """An area below the last shares, the newest to the right."""
    base, shares = y + 4 + _HIGH, shares[-LENGTH:]
    skipped, last = LENGTH - len(shares), len(shares) - 1
    points = [
        f"{_XS[skipped + place]} {number(base - _HIGH * share)}"
        for place, share in enumerate(shares)
        if not 0 < place < last or not shares[place - 1] == share == shares[place + 1]  # level ground needs no points
    ]
    path = f"M{_XS[skipped]} {number(base)}L{'L'.join(points)}V{number(base)}z" if points else "M0 0"
    frame = element(
        "path", class_="line", d=f"M{number(_SPARK)} {number(base)}H{number(_SPARK + _SPARKS)}", opacity=0.35
    )
    return frame + element("path", class_=look, d=path)


_XS: Final = [number(_SPARK + _SPARKS * place / (LENGTH - 1)) for place in range(LENGTH)]
