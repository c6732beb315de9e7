"""Trace: what a recording knows besides its events, where it was made of live streams."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple


class End(NamedTuple):
    """How a stream ended."""

    time: float
    """When, on the loop's clock (seconds since 1970)."""
    error: Exception | None
    """None if it completed."""


class Notice(NamedTuple):
    """A failure that a channel reported, or that a consumer of it lags."""

    stream: str
    """The channel's name."""
    time: float
    """When, on the loop's clock (seconds since 1970)."""
    error: Exception


@dataclass(slots=True)
class Trace:
    """From when to when it was recorded, and what happened besides events."""

    begun: float
    """On the loop's clock (seconds since 1970), as are the others."""
    left: float | None = None
    """None while it goes on."""
    ends: dict[str, End] = field(default_factory=dict)
    """The streams that ended, by name."""
    notices: list[Notice] = field(default_factory=list)
    """What channels reported on their ``errors``."""
    dropped: dict[str, int] = field(default_factory=dict)
    """How many events consumers of each channel lost, where they did (a count)."""
