"""History: what two readings make known that one does not, rates and how lags went; plain arithmetic."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias

from async_channel.monitoring.readings import ChannelReading, ConsumerReading, Reading, Trouble

Lag: TypeAlias = Literal["", "warn", "bad"]

LENGTH: Final = 60
"""How many readings a sparkline shows (a count)."""
WINDOW: Final = 2.0
"""A rate is that of so many seconds before, or of the time since the last reading where that is more."""
LINGER: Final = 10.0
"""Who has gone is still shown for so long (seconds)."""
GONE: Final = 5
"""So many at most who have gone are shown for each channel, the last ones (a count)."""
TROUBLES: Final = 3
"""Of so many consumers the last failure is shown (a count)."""
WARN: Final = 0.5
BAD: Final = 0.9
"""The shares of its capacity from which on a consumer that is behind is shown as one that lags, and as one in need."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsumerState:
    """What is to be shown of a consumer."""

    name: str
    delivered: int
    """Events it has been handed (a count)."""
    rate: float | None
    """Events it is handed (a second); None until there are two readings."""
    pending: int
    capacity: int
    lags: tuple[int, ...]
    """How many were pending, at each of the last readings (a count)."""
    dropped: int
    errors: int
    ended: bool
    error: str

    @property
    def share(self) -> float:
        """How full it is: 1 or more where it is behind by its capacity."""
        return self.pending / self.capacity

    @property
    def lag(self) -> Lag:
        """Whether it is behind by half of its capacity ("warn"), or by nine tenths ("bad")."""
        if self.capacity == 1:
            return ""  # the latest event is pending, as it should be
        return "bad" if self.share >= BAD else "warn" if self.share >= WARN else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelState:
    """What is to be shown of a channel."""

    name: str
    sent: int
    """Events sent since it was made (a count)."""
    sent_rate: float | None
    """Events sent (a second); None until there are two readings."""
    sent_rates: tuple[float, ...]
    """The same, at each of the last readings."""
    delivered_rate: float | None
    """Events handed to all below it (a second)."""
    kept: int
    """Events that wait for a first consumer (a count)."""
    dropped: int
    """Events lost by all below it, those that have gone too, and before the first consumer (a count)."""
    errors: int
    stopped: bool
    error: str
    consumers: tuple[ConsumerState, ...]

    @property
    def activity(self) -> float:
        """Events that go in and out (a second)."""
        return (self.sent_rate or 0.0) + (self.delivered_rate or 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """All there is to be shown."""

    title: str = ""
    elapsed: float = 0.0
    """Seconds since the first reading."""
    span: float = 0.0
    """The time that sparklines show (seconds)."""
    channels: tuple[ChannelState, ...] = ()
    troubles: tuple[Trouble, ...] = ()
    """The last ones, with times since the first reading."""
    mode: Literal["looking", "live", "ended"] = "live"
    """Whether it is one look, goes on, or has ended."""


class _Rate:
    """How fast a count grows."""

    def __init__(self, time: float, count: int) -> None:
        self._marks = deque([(time, count)], maxlen=LENGTH)

    def add(self, time: float, count: int) -> None:
        self._marks.append((time, count))
        while len(self._marks) > 2 and time - self._marks[1][0] >= WINDOW:
            self._marks.popleft()

    @property
    def value(self) -> float | None:
        (first, had), (last, has) = self._marks[0], self._marks[-1]
        return (has - had) / (last - first) if last > first else None


class _Consumer:
    """One consumer, over time."""

    def __init__(self, since: float, reading: ConsumerReading, *, is_new: bool) -> None:
        self._rate = _Rate(since, 0 if is_new else reading.stats.delivered)
        self.reading = reading
        self.lags: deque[int] = deque(maxlen=LENGTH)
        self.gone_since: float | None = None

    def update(self, time: float, reading: ConsumerReading) -> None:
        self.reading = reading
        self.lags.append(reading.stats.pending)
        self._rate.add(time, reading.stats.delivered)
        if reading.ended and self.gone_since is None:
            self.gone_since = time

    def leave(self, time: float) -> None:
        """Nothing is known of it any more but its last numbers."""
        if self.gone_since is None:
            self.gone_since = time
        self.lags.append(0)
        self._rate.add(time, self.reading.stats.delivered)

    def state(self) -> ConsumerState:
        stats = self.reading.stats
        return ConsumerState(
            name=stats.name,
            delivered=stats.delivered,
            rate=self._rate.value,
            pending=stats.pending,
            capacity=self.reading.capacity,
            lags=tuple(self.lags),
            dropped=stats.dropped,
            errors=self.reading.errors,
            ended=self.gone_since is not None,
            error=self.reading.error,
        )


class _Channel:
    """One channel, over time."""

    def __init__(self, since: float, reading: ChannelReading, *, is_new: bool) -> None:
        self._sent = _Rate(since, 0 if is_new else reading.stats.sent)
        self._delivered = _Rate(since, 0 if is_new else sum(one.stats.delivered for one in reading.consumers))
        self._rates: deque[float] = deque(maxlen=LENGTH)
        self._consumers: dict[int, _Consumer] = {}
        self._past_delivered = 0  # by those that are no longer shown
        self._past_dropped = 0
        self.reading = reading
        self.gone_since: float | None = None

    def update(self, since: float, time: float, reading: ChannelReading, *, is_first: bool) -> None:
        self.reading = reading
        for one in reading.consumers:
            if one.id not in self._consumers:
                self._consumers[one.id] = _Consumer(since, one, is_new=not is_first)
            self._consumers[one.id].update(time, one)
        self._count(time, {one.id for one in reading.consumers})

    def leave(self, time: float) -> None:
        """Nothing is known of it any more but its last numbers."""
        if self.gone_since is None:
            self.gone_since = time
        self._count(time, set())

    def _count(self, time: float, present: set[int]) -> None:
        for id_, one in self._consumers.items():
            if id_ not in present:
                one.leave(time)
        self._forget(time)
        self._sent.add(time, self.reading.stats.sent)
        self._rates.append(self._sent.value or 0.0)
        delivered = sum(one.reading.stats.delivered for one in self._consumers.values())
        self._delivered.add(time, delivered + self._past_delivered)

    def _forget(self, time: float) -> None:
        gone = [(id_, one.gone_since) for id_, one in self._consumers.items() if one.gone_since is not None]
        gone.sort(key=lambda each: each[1])
        for place, (id_, since) in enumerate(gone):
            if time - since > LINGER or place < len(gone) - GONE:
                stats = self._consumers.pop(id_).reading.stats
                self._past_delivered += stats.delivered
                self._past_dropped += stats.dropped

    def state(self) -> ChannelState:
        reading = self.reading
        consumers = tuple(one.state() for one in self._consumers.values())
        return ChannelState(
            name=reading.stats.name,
            sent=reading.stats.sent,
            sent_rate=self._sent.value,
            sent_rates=tuple(self._rates),
            delivered_rate=self._delivered.value,
            kept=reading.kept,
            dropped=reading.unseen + self._past_dropped + sum(one.dropped for one in consumers),
            errors=reading.errors,
            stopped=reading.stopped or self.gone_since is not None,
            error=reading.error,
            consumers=consumers,
        )


class History:
    """The last readings, as far as they are needed; memory is bounded by who is there.

    >>> from async_channel.stats import ChannelStats
    >>> def reading(time: float, sent: int) -> Reading:
    ...     stats = ChannelStats.summing((), name="Ticks", sent=sent, unseen=0, unread=0, waits=0)
    ...     return Reading(time, [ChannelReading(id=1, stats=stats)])
    >>> history = History("channels", reading(time=100.0, sent=5))
    >>> history.update(reading(time=102.0, sent=25))
    >>> history.state().channels[0].sent_rate
    10.0

    Args:
        title: what is shown.
        reading: the first one.
    """

    def __init__(self, title: str, reading: Reading) -> None:
        self._title = title
        self._begun = self._time = reading.time
        self._times: deque[float] = deque(maxlen=LENGTH)
        self._channels: dict[int, _Channel] = {}
        self._troubles: dict[tuple[str, str, bool], Trouble] = {}
        self._is_first = True
        self.update(reading)

    def update(self, reading: Reading) -> None:
        """Add a reading, which is not older than the last."""
        since, time = self._time, reading.time
        for one in reading.channels:
            if one.id not in self._channels:
                self._channels[one.id] = _Channel(since, one, is_new=not self._is_first)
            self._channels[one.id].update(since, time, one, is_first=self._is_first)
        present = {one.id for one in reading.channels}
        for id_, channel in tuple(self._channels.items()):
            if id_ not in present:
                channel.leave(time)
                if channel.gone_since is not None and time - channel.gone_since > LINGER:
                    del self._channels[id_]
        self._note(reading.troubles)
        self._times.append(time)
        self._time, self._is_first = time, False

    def _note(self, troubles: Sequence[Trouble]) -> None:
        """Of each consumer the last failure is kept, and the last notice."""
        for trouble in troubles:
            key = trouble.channel, trouble.consumer, trouble.is_notice
            self._troubles.pop(key, None)  # for it to be the last one
            self._troubles[key] = trouble
        while len(self._troubles) > TROUBLES:
            del self._troubles[next(iter(self._troubles))]

    def state(self, mode: Literal["looking", "live", "ended"] = "live") -> State:
        """What is to be shown now."""
        return State(
            title=self._title,
            elapsed=self._time - self._begun,
            span=self._times[-1] - self._times[0],
            channels=tuple(channel.state() for channel in self._channels.values()),
            troubles=tuple(
                replace(trouble, time=max(0.0, trouble.time - self._begun)) for trouble in self._troubles.values()
            ),
            mode=mode,
        )


def lagging(consumers: Sequence[ConsumerState]) -> int:
    """How many of them lag (a count)."""
    return sum(bool(one.lag) and not one.ended for one in consumers)
