"""What the example's consumers have learnt so far. They write it; the screens and the summary read it."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from statistics import median

from async_channel import ChannelStats, ConsumerStats
from examples.market_book import Book
from examples.market_data import Capture
from examples.market_events import BestPrice, Candle, Flow, JoinedTrade, OrderEvent


@dataclass(frozen=True)
class Ledger:
    """Where every event went, at one moment: for each channel, and for each consumer with its policy."""

    channels: tuple[ChannelStats, ...]
    consumers: tuple[tuple[str, ConsumerStats], ...]
    received: Mapping[str, int]
    """What each consumer's own loop counted, by name."""

    @property
    def sent(self) -> int:
        """Events sent through all channels."""
        return sum(channel.sent for channel in self.channels)

    @property
    def balanced(self) -> bool:
        """Nobody lost an event without counting it."""
        return all(self.adds_up(stats) for _, stats in self.consumers)

    def adds_up(self, stats: ConsumerStats) -> bool:
        """Whether a ledger is complete, and its consumer really received what it says was delivered."""
        return stats.balanced and stats.delivered == self.received[stats.name]


@dataclass
class Desk:
    """The newest of everything, and the counts. The deques are bounded: a desk does not grow with the replay."""

    capture: Capture
    book: Book = field(default_factory=Book)
    best: BestPrice | None = None
    mid: float | None = None
    mids: int = 0
    candles: deque[Candle] = field(default_factory=lambda: deque(maxlen=8))
    candle_count: int = 0
    flow: deque[Flow] = field(default_factory=lambda: deque(maxlen=45))
    flow_events: int = 0
    flow_peak: int = 0
    joined: deque[JoinedTrade] = field(default_factory=lambda: deque(maxlen=8))
    hits: int = 0
    misses: int = 0
    waited: int = 0
    maker_ages: deque[float] = field(default_factory=lambda: deque(maxlen=10_000))
    archived: int = 0
    audited: int = 0

    def see_mid(self, mid: float) -> None:
        """A mid price came, at most one a second."""
        self.mid = mid
        self.mids += 1

    def see_candle(self, candle: Candle) -> None:
        """A minute is over."""
        self.candles.append(candle)
        self.candle_count += 1

    def see_flow(self, flow: Flow) -> None:
        """A second is over."""
        self.flow.append(flow)
        self.flow_events += flow.total
        self.flow_peak = max(self.flow_peak, flow.total)

    def see_trade(self, joined: JoinedTrade) -> None:
        """A trade found its orders, or had to go without."""
        self.joined.append(joined)
        self.waited += joined.waited
        if joined.complete:
            self.hits += 1
        else:
            self.misses += 1
        if joined.maker_age is not None:
            self.maker_ages.append(joined.maker_age)

    def see_deletion(self, _: OrderEvent) -> None:
        """A deletion came, one of those that were not dropped: 80 come a second where 20 are looked at."""
        self.audited += 1

    @property
    def maker_age(self) -> float | None:
        """Median age of the maker order at the trade, in seconds."""
        return median(self.maker_ages) if self.maker_ages else None
