"""Words: how numbers and rows are written, in a picture and in text alike."""

from __future__ import annotations

from collections.abc import Sequence

from async_channel.monitoring.history import ChannelState, ConsumerState, State
from async_channel.monitoring.readings import Trouble


def count_text(count: int) -> str:
    """A count in ten characters at most.

    >>> [count_text(count) for count in (0, 999_999, 1_234_567, 5 * 10**12)]
    ['0', '999,999', '1.23M', '5,000G']
    """
    if abs(count) < 1_000_000:
        return f"{count:,}"
    if abs(count) < 1_000_000_000:
        return f"{count / 1e6:.2f}M"
    return f"{count / 1e9:.2f}G" if abs(count) < 1e12 else f"{count / 1e9:,.0f}G"


def rate_text(rate: float | None) -> str:
    """Events a second in words.

    >>> [rate_text(rate) for rate in (None, 0.0, 0.02, 1.25, 12.0, 123456.7)]
    ['-', '0', '0.02', '1.2', '12', '123,457']
    """
    if rate is None:
        return "-"
    if 0 < abs(rate) < 10:
        return f"{rate:.1g}" if abs(rate) < 0.1 else f"{rate:.1f}"
    return count_text(round(rate))


def pending_text(consumer: ConsumerState) -> str:
    """How far behind a consumer is."""
    return f"{count_text(consumer.pending)} of {count_text(consumer.capacity)}"


def seconds_text(seconds: float) -> str:
    """A time since the beginning."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}" if minutes >= 60 else f"{minutes}:{rest:02} min"


def channel_mark(channel: ChannelState) -> tuple[str, str]:
    """What stands beside a channel's name, and its look."""
    if channel.error:
        return f"failed: {channel.error}", "bad"
    if channel.stopped:
        return "stopped", "dim"
    return (f"{channel.kept:,} kept", "dim") if channel.kept else ("", "")


def consumer_mark(consumer: ConsumerState) -> tuple[str, str]:
    """What stands beside a consumer's name, and its look."""
    if consumer.error:
        return f"failed: {consumer.error}", "bad"
    return ("ended", "dim") if consumer.ended else ("", "")


def summary(state: State) -> str:
    """What stands beside the title."""
    consumers = sum(not one.ended for channel in state.channels for one in channel.consumers)
    told = f"{_many(len(state.channels), 'channel')}, {_many(consumers, 'consumer')}"
    if state.mode == "looking":
        return f"{told}, one look: await it, or use async with, to see them live"
    return f"{told}, {'ended after' if state.mode == 'ended' else 'for'} {seconds_text(state.elapsed)}"


def trouble_text(trouble: Trouble) -> str:
    """A failure in one line."""
    where = f"{trouble.channel} / {trouble.consumer}" if trouble.consumer else trouble.channel
    return f"{seconds_text(trouble.time)}  {where}: {trouble.text}"


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}{'s' * (count != 1)}"


def scaled(values: Sequence[float], top: float) -> list[float]:
    """Values as shares of what fills a sparkline, 1 at most."""
    return [min(1.0, value / top) if top > 0 else 0.0 for value in values]
