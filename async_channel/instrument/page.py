"""A page: the numbers of the channels of one name at one moment, and of their consumers by name."""

from __future__ import annotations

from dataclasses import dataclass, field

from async_channel.stats import ConsumerStats


@dataclass(slots=True)
class Figures:
    """The numbers of the consumers of one name."""

    delivered: int = 0
    dropped: int = 0
    filtered: int = 0
    waits: int = 0
    pending: int = 0
    lag_peak: int = 0
    present: int = 0
    """How many of them there are now; what is above but for the counts is about these."""

    def count(self, stats: ConsumerStats, sign: int = 1) -> None:
        """Add what one consumer has counted."""
        self.delivered += sign * stats.delivered
        self.dropped += sign * stats.dropped
        self.filtered += sign * stats.filtered
        self.waits += sign * stats.waits

    def look(self, stats: ConsumerStats) -> None:
        """Add one consumer that is there now."""
        self.count(stats)
        self.pending += stats.pending
        self.lag_peak = max(self.lag_peak, stats.lag_peak)
        self.present += 1

    def add(self, other: Figures) -> None:
        """Add those of another page."""
        self.delivered += other.delivered
        self.dropped += other.dropped
        self.filtered += other.filtered
        self.waits += other.waits
        self.pending += other.pending
        self.lag_peak = max(self.lag_peak, other.lag_peak)
        self.present += other.present


@dataclass(slots=True)
class Page:
    """What is written down is never changed: a page that was published is only read, and copied by adding it."""

    sent: int = 0
    unseen: int = 0
    waits: int = 0
    backlog: int = 0
    failures: dict[str, int] = field(default_factory=dict[str, int])
    """By the class of the exception."""
    consumers: dict[str, Figures] = field(default_factory=dict[str, Figures])

    def of(self, consumer: str) -> Figures:
        """The numbers of the consumers of a name, begun if they are new."""
        return self.consumers.setdefault(consumer, Figures())

    def add(self, other: Page) -> None:
        """Add those of another channel of the name."""
        self.sent += other.sent
        self.unseen += other.unseen
        self.waits += other.waits
        self.backlog += other.backlog
        for error_type, count in other.failures.items():
            self.failures[error_type] = self.failures.get(error_type, 0) + count
        for name, figures in other.consumers.items():
            self.of(name).add(figures)

    def keep_counts(self) -> None:
        """Forget what is of the moment: there is nobody any more."""
        self.backlog = 0
        for figures in self.consumers.values():
            figures.pending = figures.lag_peak = figures.present = 0
