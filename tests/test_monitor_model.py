"""What the live view makes of readings: rates, curves, who is shown where there is not room for all."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from async_channel import ChannelStats, ConsumerStats
from async_channel.monitoring.folding import LEAST, fold
from async_channel.monitoring.history import (
    GONE,
    LENGTH,
    LINGER,
    TROUBLES,
    WINDOW,
    ChannelState,
    ConsumerState,
    History,
)
from async_channel.monitoring.readings import ChannelReading, ConsumerReading, Reading, Trouble


def consumer_stats(name: str, delivered: int = 0, dropped: int = 0, pending: int = 0) -> ConsumerStats:
    return ConsumerStats(
        name=name,
        sent=delivered + dropped + pending,
        delivered=delivered,
        dropped=dropped,
        filtered=0,
        pending=pending,
        lag_peak=pending,
        waits=0,
        failed=0,
    )


def channel_reading(id_: int, sent: int, *consumers: ConsumerReading, **more: Any) -> ChannelReading:
    stats = ChannelStats.summing(
        tuple(one.stats for one in consumers), name=f"c{id_}", sent=sent, unseen=0, unread=0, waits=0
    )
    return ChannelReading(id=id_, stats=stats, consumers=consumers, **more)


@dataclass
class Someone:
    """A consumer of the random world, and all that it counted."""

    id: int
    born: float
    delivered: int = 0
    dropped: int = 0
    pendings: list[int] = field(default_factory=list)
    marks: list[tuple[float, int]] = field(default_factory=list)
    gone: float | None = None

    def reading(self, *, ended: bool = False) -> ConsumerReading:
        stats = consumer_stats(f"k{self.id}", self.delivered, self.dropped, 0 if ended else self.pendings[-1])
        return ConsumerReading(id=self.id, stats=stats, capacity=8, ended=ended)


counts = st.integers(0, 50)
steps = st.lists(
    st.tuples(
        st.sampled_from([0.25, 0.5, 1.0, 3.0, 20.0]),  # the time that passes
        st.lists(
            st.tuples(counts, counts, counts), min_size=9, max_size=9
        ),  # what each is handed, loses, and waits for
        st.sampled_from(["", "", "comes", "ends", "vanishes"]),
    ),
    max_size=30,
)


def rate_of(marks: list[tuple[float, int]]) -> float | None:
    """By the book: since the last mark that is at least the window old, or else since the first."""
    last, has = marks[-1]
    recent = marks[-LENGTH:]
    old = [mark for mark in recent[:-1] if last - mark[0] >= WINDOW]
    first, had = old[-1] if old else recent[0]
    return (has - had) / (last - first) if last > first else None


@given(steps)
def test_rates_curves_and_losses_are_those_of_the_counts(world: list[Any]) -> None:
    time = 100.0
    first = Someone(1, time, delivered=7, dropped=2, pendings=[3], marks=[(time, 7)] * 2)
    everybody = [first]
    history = History("world", Reading(time, [channel_reading(1, 0, first.reading())]))
    sent, ids = 0, 1
    for passes, gains, event in world:
        before, time = time, time + passes
        sent += gains[0][0]
        if event == "comes" and len(everybody) < 9:
            ids += 1
            everybody.append(Someone(ids, before, marks=[(before, 0)]))
        present = [one for one in everybody if one.gone is None]
        leaving = present[gains[0][1] % len(present)] if present else None
        ending, vanishing = (leaving if event == how else None for how in ("ends", "vanishes"))
        for one, (handed, lost, waiting) in zip(everybody, gains, strict=False):
            if one.gone is None and one is not vanishing:
                one.delivered, one.dropped = one.delivered + handed, one.dropped + lost
                one.pendings.append(0 if one is ending else waiting)
            else:
                one.pendings.append(0)
            one.marks.append((time, one.delivered))
        rows = [one.reading(ended=one is ending) for one in present if one is not vanishing]
        if leaving is not None and event in {"ends", "vanishes"}:
            leaving.gone = time
        history.update(Reading(time, [channel_reading(1, sent, *rows)]))
        state = history.state()
        shown = {consumer.name: consumer for consumer in state.channels[0].consumers}
        expected = [one for one in everybody if one.gone is None]
        gone = [one for one in everybody if one.gone is not None and time - one.gone <= LINGER]
        expected += sorted(gone, key=lambda one: one.gone or 0)[-GONE:]
        assert set(shown) == {f"k{one.id}" for one in expected}
        for one in expected:
            consumer = shown[f"k{one.id}"]
            assert consumer.rate == rate_of(one.marks)
            assert (consumer.rate or 0) >= 0
            assert consumer.lags == tuple(one.pendings[-LENGTH:])
            assert consumer.ended == (one.gone is not None)
        assert state.channels[0].dropped == sum(one.dropped for one in everybody)
        assert state.channels[0].sent == sent
        assert (state.channels[0].delivered_rate or 0) >= 0
        assert state.elapsed == time - 100.0


def test_what_is_handed_to_those_who_have_gone_counts_while_it_is_recent() -> None:
    history = History("x", Reading(0.0, [channel_reading(1, 0)]))
    for number in range(1, 41):  # each is there for one reading, and handed ten events
        one = ConsumerReading(id=number + 1, stats=consumer_stats(f"k{number}", 10), capacity=8, ended=True)
        history.update(Reading(number * 0.5, [channel_reading(1, 0, one)]))
    (channel,) = history.state().channels
    assert channel.delivered_rate == 20.0
    assert len(channel.consumers) == GONE


def test_one_reading_makes_no_rate_and_two_at_one_time_make_none() -> None:
    history = History("x", Reading(5.0, [channel_reading(1, 9)]))
    assert history.state().channels[0].sent_rate is None
    history.update(Reading(5.0, [channel_reading(1, 9)]))
    assert history.state().channels[0].sent_rate is None
    history.update(Reading(6.0, [channel_reading(1, 11)]))
    assert history.state().channels[0].sent_rate == 2.0


def test_a_channel_that_is_opened_later_began_at_nothing() -> None:
    history = History("x", Reading(0.0, []))
    one = ConsumerReading(id=2, stats=consumer_stats("k", 8), capacity=8)
    history.update(Reading(1.0, [channel_reading(1, 10, one)]))
    assert history.state().channels[0].sent_rate == 10.0
    assert history.state().channels[0].delivered_rate == 8.0


def test_a_channel_that_has_gone_is_stopped_and_then_forgotten() -> None:
    history = History("x", Reading(0.0, [channel_reading(1, 10), channel_reading(2, 5)]))
    history.update(Reading(1.0, [channel_reading(2, 5)]))
    assert [(one.name, one.stopped) for one in history.state().channels] == [("c1", True), ("c2", False)]
    history.update(Reading(1.0 + LINGER, [channel_reading(2, 5)]))
    assert len(history.state().channels) == 2
    history.update(Reading(1.5 + LINGER, [channel_reading(2, 5)]))
    assert [one.name for one in history.state().channels] == ["c2"]


def test_of_each_consumer_the_last_failure_is_kept_and_the_last_notice() -> None:
    history = History("x", Reading(10.0))

    def trouble(time: float, consumer: str, text: str, *, is_notice: bool = False) -> Trouble:
        return Trouble(time=time, channel="c", consumer=consumer, text=text, is_notice=is_notice)

    history.update(Reading(11.0, [], [trouble(10.5, "a", "1"), trouble(10.6, "b", "2"), trouble(10.7, "a", "3")]))
    assert [(one.time, one.text) for one in history.state().troubles] == [(10.6 - 10, "2"), (10.7 - 10, "3")]
    history.update(Reading(12.0, [], [trouble(11.5, "b", "4", is_notice=True), trouble(11.6, "c", "5")]))
    assert [one.text for one in history.state().troubles] == ["3", "4", "5"]
    assert len(history.state().troubles) == TROUBLES


# ---- folding


def consumer(
    number: int, pending: int = 0, *, ended: bool = False, errors: int = 0, capacity: int = 100
) -> ConsumerState:
    return ConsumerState(
        name=f"k{number}",
        delivered=0,
        rate=0.0,
        pending=pending,
        capacity=capacity,
        lags=(pending,),
        dropped=0,
        errors=errors,
        ended=ended,
        error="",
    )


def channel(name: str, rate: float | None, *consumers: ConsumerState, errors: int = 0) -> ChannelState:
    return ChannelState(
        name=name,
        sent=0,
        sent_rate=rate,
        sent_rates=(),
        delivered_rate=None,
        kept=0,
        dropped=0,
        errors=errors,
        stopped=False,
        error="",
        consumers=consumers,
    )


worlds = st.lists(st.tuples(st.none() | st.floats(0, 100), st.lists(st.integers(0, 100), max_size=12)), max_size=30)


@given(worlds, st.integers(LEAST, 60))
def test_whatever_is_there_fits_and_nothing_is_lost(world: list[Any], rows: int) -> None:
    channels = [
        channel(f"c{place}", rate, *(consumer(number, pending) for number, pending in enumerate(pendings)))
        for place, (rate, pendings) in enumerate(world)
    ]
    folded = fold(channels, rows)
    assert folded.rows <= rows
    names = [one.channel.name for one in folded.shown] + [one.name for one in folded.rest]
    assert sorted(names) == sorted(one.name for one in channels)
    for shown in folded.shown:
        assert len(shown.hidden) != 1  # its row would be as long as the one that says that it is hidden
        found = sorted(one.name for one in (*shown.consumers, *shown.hidden))
        assert found == sorted(one.name for one in shown.channel.consumers)
        most = max((one.pending for one in shown.hidden), default=0)
        assert all(one.pending >= most for one in shown.consumers)
    least = min((one.channel.activity for one in folded.shown), default=0.0)
    assert all(one.activity <= least for one in folded.rest)
    assert folded.shown or not channels
    if sum(1 + len(one.consumers) for one in channels) <= rows:
        assert names == [one.name for one in channels]
        assert not folded.rest


def test_two_hundred_channels_fold_to_the_busiest() -> None:
    channels = [channel(f"c{rate}", float(rate), consumer(1, 95), errors=rate == 3) for rate in range(200)]
    folded = fold(channels, 41)
    assert [one.channel.name for one in folded.shown] == [f"c{rate}" for rate in range(199, 179, -1)]
    assert len(folded.rest) == 180


def test_a_crowded_channel_shows_who_is_most_behind_and_still_there() -> None:
    crowd = [consumer(number, pending=number) for number in range(50)] + [consumer(50, 99, ended=True)]
    (shown,) = fold([channel("c", 1.0, *crowd)], 12).shown
    assert [one.name for one in shown.consumers] == [f"k{number}" for number in range(49, 39, -1)]
    assert shown.rows == 12


def test_who_keeps_the_latest_only_does_not_lag() -> None:
    assert consumer(1, 1, capacity=1).lag == ""
    assert [consumer(1, pending).lag for pending in (49, 50, 89, 90, 200)] == ["", "warn", "warn", "bad", "bad"]
