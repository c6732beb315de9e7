"""Readings: the numbers of channels and their consumers at one moment, as plain data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from async_channel.stats import ChannelStats, ConsumerStats


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """A failure or a notice that a channel reported."""

    time: float
    """When (seconds)."""
    channel: str
    """The channel's name."""
    text: str
    """What is wrong, in words."""
    consumer: str = ""
    """The name of the consumer to which it happened; empty where it happened to none."""
    is_notice: bool = False
    """Whether nobody raised it: somebody lags, or keeps the event loop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsumerReading:
    """A consumer of a channel, or of a pipeline that hangs from it."""

    id: int
    """The same as long as it is there, and no other consumer's."""
    stats: ConsumerStats
    capacity: int
    """How many events it may be behind (a count)."""
    errors: int = 0
    """Failures on its account (a count)."""
    ended: bool = False
    """Whether it reads no more: these are its last numbers."""
    error: str = ""
    """What it ended with, in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelReading:
    """A channel."""

    id: int
    """The same as long as it is there, and no other channel's."""
    stats: ChannelStats
    consumers: Sequence[ConsumerReading] = ()
    """Those that read it, and after them those at the ends of pipelines; each under one channel."""
    errors: int = 0
    """Failures that it reported (a count)."""
    stopped: bool = False
    error: str = ""
    """What it was ended with, in words."""

    @property
    def unseen(self) -> int:
        """Events let go before the first consumer came (a count)."""
        return self.stats.dropped - sum(consumer.dropped for consumer in self.stats.consumers)

    @property
    def kept(self) -> int:
        """Events that wait for the first consumer to come (a count)."""
        return self.stats.pending - sum(consumer.pending for consumer in self.stats.consumers)


@dataclass(frozen=True, slots=True)
class Reading:
    """All of them."""

    time: float
    """When (seconds), on the clock that the troubles have."""
    channels: Sequence[ChannelReading] = ()
    """In the order in which they were opened."""
    troubles: Sequence[Trouble] = field(default=())
    """The last ones since the reading before."""
