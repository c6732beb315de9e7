"""Folding: what is shown where there is not room for all: the busiest channels, and who is most behind in each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from async_channel.monitoring.history import ChannelState, ConsumerState, lagging

FEW: Final = 3
"""So many consumers of each channel are shown at least, where there is not room for all (a count)."""
LEAST: Final = 4
"""Into so many rows anything can be folded (a count)."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A channel that is shown, with some of its consumers."""

    channel: ChannelState
    consumers: Sequence[ConsumerState]
    hidden: Sequence[ConsumerState] = ()
    """The others: a row says how many."""

    @property
    def rows(self) -> int:
        """How many rows it takes (a count)."""
        return 1 + len(self.consumers) + bool(self.hidden)


@dataclass(frozen=True, slots=True)
class Folded:
    """What is shown, and what is only counted."""

    shown: Sequence[Shown]
    rest: Sequence[ChannelState] = ()
    """The channels that are not shown: a row says how many."""

    @property
    def rows(self) -> int:
        """How many rows it takes (a count)."""
        return sum(one.rows for one in self.shown) + bool(self.rest)


def fold(channels: Sequence[ChannelState], rows: int) -> Folded:
    """Find room for channels and their consumers.

    Args:
        channels: all of them. They keep their order if there is room for all; if not, the busiest come first.
        rows: for so many rows, `LEAST` or more.
    """
    everything = Folded([Shown(channel, channel.consumers) for channel in channels])
    if everything.rows <= rows:
        return everything
    ranked = sorted(channels, key=lambda channel: -channel.activity)
    fewest = [_few(channel, FEW) for channel in ranked]
    if sum(one.rows for one in fewest) > rows:
        fewest = _first(fewest, rows - 1)
    room = rows - sum(one.rows for one in fewest) - (len(fewest) < len(ranked))
    shown: list[Shown] = []
    for one in fewest:
        wider = _few(one.channel, len(one.consumers) + room)
        room -= wider.rows - one.rows
        shown.append(wider)
    return Folded(shown, ranked[len(shown) :])


def _first(fewest: Sequence[Shown], rows: int) -> list[Shown]:
    """As many as there is room for; at least the first, with fewer consumers if need be."""
    taken: list[Shown] = []
    for one in fewest:
        if one.rows > rows:
            return taken or [_few(one.channel, max(0, rows - 2))]
        taken.append(one)
        rows -= one.rows
    return taken


def _few(channel: ChannelState, count: int) -> Shown:
    """A channel with so many consumers; the one more that its last row would hide is shown in its place."""
    if len(channel.consumers) <= count + 1:
        return Shown(channel, channel.consumers)
    ranked = sorted(channel.consumers, key=lambda one: (one.ended, -one.share, -one.errors))
    return Shown(channel, ranked[:count], ranked[count:])


def hidden_text(hidden: Sequence[ConsumerState]) -> str:
    """The row for consumers that are not shown."""
    return f"and {len(hidden)} more" + _trouble(lagging(hidden), sum(one.errors for one in hidden))


def rest_text(rest: Sequence[ChannelState]) -> str:
    """The row for channels that are not shown."""
    behind = sum(lagging(channel.consumers) for channel in rest)
    return f"and {len(rest)} more" + _trouble(behind, sum(channel.errors for channel in rest))


def _trouble(behind: int, errors: int) -> str:
    lag = f", {behind:,} lag{'s' * (behind == 1)}" if behind else ""
    return lag + (f", {errors:,} error{'s' * (errors != 1)}" if errors else "")
