"""Promise 9: with no consumer attached, a Channel is reactivex's Subject; re-entrant sends keep FIFO order."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial

import pytest
from reactivex import Observer
from reactivex.internal import DisposedException
from reactivex.scheduler import VirtualTimeScheduler
from reactivex.subject import Subject
from reactivex.testing import ReactiveTest, TestScheduler

from async_channel import Channel, ChannelClosed
from tests.rx_scripts import Boom, Record, at, described

SOURCES: list[Callable[[], Subject[int]]] = [Subject, Channel]


def recording(log: list[str], name: str) -> Observer[int]:
    return Observer(
        lambda value: log.append(f"{name}:{value}"),
        lambda error: log.append(f"{name}!{error}"),
        lambda: log.append(f"{name}|"),
    )


# Each of these runs on a Subject as well: what it says of a Channel is then what reactivex says.


@pytest.mark.parametrize("make", SOURCES)
def test_subscribers_get_what_is_sent_while_they_are_subscribed(make: Callable[[], Subject[int]]) -> None:
    scheduler = TestScheduler()
    source = make()
    observers = [scheduler.create_observer() for _ in range(3)]
    spans = [(150, 400), (200, 600), (420, 480)]
    for observer, (start, end) in zip(observers, spans, strict=True):
        subscribe_between(scheduler, source, observer.on_next, start, end)
    for number, time in enumerate((70, 210, 340, 410, 450, 590, 700)):
        at(scheduler, time, partial(source.on_next, number))
    scheduler.start()
    records = [[(message.time, *described(message.value)) for message in o.messages] for o in observers]
    assert records == [
        [(210.0, "next", 1), (340.0, "next", 2)],
        [(210.0, "next", 1), (340.0, "next", 2), (410.0, "next", 3), (450.0, "next", 4), (590.0, "next", 5)],
        [(450.0, "next", 4)],
    ]


def subscribe_between(
    scheduler: VirtualTimeScheduler, source: Subject[int], on_next: Callable[[int], None], start: float, end: float
) -> None:
    def subscribe() -> None:
        subscription = source.subscribe(on_next)
        at(scheduler, end, subscription.dispose)

    at(scheduler, start, subscribe)


@pytest.mark.parametrize("make", SOURCES)
@pytest.mark.parametrize("end", ["completed", "error", None])
def test_a_hot_source_played_through_it_arrives_at_the_same_times(
    make: Callable[[], Subject[int]], end: str | None
) -> None:
    scheduler = TestScheduler()
    messages = [ReactiveTest.on_next(time, time // 10) for time in (70, 110, 220, 270, 340)]
    if end == "completed":
        messages.append(ReactiveTest.on_completed(630))
    elif end == "error":
        messages.append(ReactiveTest.on_error(630, Boom("end")))
    hot = scheduler.create_hot_observable([*messages, ReactiveTest.on_next(640, 9), ReactiveTest.on_completed(650)])
    source = make()
    seen: list[Record] = []
    late: list[Record] = []

    def record(into: list[Record]) -> Observer[int]:
        return Observer(
            lambda value: into.append((scheduler.clock, "next", value)),
            lambda error: into.append((scheduler.clock, "error", error)),
            lambda: into.append((scheduler.clock, "completed", None)),
        )

    at(scheduler, 200, lambda: hot.subscribe(source))
    at(scheduler, 210, lambda: source.subscribe(record(seen)))
    at(scheduler, 900, lambda: source.subscribe(record(late)))
    scheduler.start()
    expected: list[Record] = [(time, "next", time // 10) for time in (220, 270, 340)]
    last: list[Record] = {
        "completed": [(630, "completed", None)],
        "error": [(630, "error", Boom("end"))],
        None: [(640, "next", 9), (650, "completed", None)],
    }[end]  # type: ignore[assignment]  # a literal of these tuples is narrower than Record
    assert seen == [*expected, *last]
    assert late == [(900, *last[-1][1:])]


@pytest.mark.parametrize("make", SOURCES)
def test_all_subscribers_are_called_in_the_order_they_subscribed(make: Callable[[], Subject[int]]) -> None:
    source, log = make(), list[str]()
    for name in "ABC":
        source.subscribe(recording(log, name))
    source.on_next(1)
    source.on_next(2)
    source.on_completed()
    assert log == ["A:1", "B:1", "C:1", "A:2", "B:2", "C:2", "A|", "B|", "C|"]


@pytest.mark.parametrize("make", SOURCES)
@pytest.mark.parametrize("error", [None, Boom("over")])
def test_after_the_end_nothing_passes_and_late_subscribers_are_told(
    make: Callable[[], Subject[int]], error: Boom | None
) -> None:
    source, log = make(), list[str]()
    source.subscribe(recording(log, "early"))
    source.on_error(error) if error else source.on_completed()
    source.on_next(1)
    source.on_completed()
    source.on_error(Boom("again"))
    source.subscribe(recording(log, "late"))
    mark = "!over" if error else "|"
    assert log == [f"early{mark}", f"late{mark}"]
    assert source.is_stopped
    assert source.exception is error
    assert source.observers == []


@pytest.mark.parametrize("make", SOURCES)
def test_dispose_silences_all_and_every_use_raises(make: Callable[[], Subject[int]]) -> None:
    source, log = make(), list[str]()
    subscription = source.subscribe(recording(log, "A"))
    source.on_next(1)
    source.dispose()
    source.dispose()
    subscription.dispose()
    assert source.is_disposed
    assert source.observers == []
    uses: list[Callable[[], object]] = [
        lambda: source.on_next(2),
        source.on_completed,
        lambda: source.on_error(Boom("late")),
        lambda: source.subscribe(on_error=_raise),
    ]
    for use in uses:
        with pytest.raises(DisposedException):
            use()
    assert log == ["A:1"]


def _raise(error: Exception) -> None:
    raise error


@pytest.mark.parametrize("make", SOURCES)
def test_dispose_after_the_end_still_disposes(make: Callable[[], Subject[int]]) -> None:
    source = make()
    source.on_error(Boom("over"))
    source.dispose()
    assert source.exception is None
    with pytest.raises(DisposedException):
        source.on_next(1)


@pytest.mark.parametrize("make", SOURCES)
def test_a_subscription_is_disposed_once_and_alone(make: Callable[[], Subject[int]]) -> None:
    source, log = make(), list[str]()
    shared = recording(log, "S")
    first, second = source.subscribe(shared), source.subscribe(shared)
    other = source.subscribe(recording(log, "O"))
    source.on_next(1)
    first.dispose()
    first.dispose()
    source.on_next(2)
    assert len(source.observers) == 2
    second.dispose()
    other.dispose()
    source.on_next(3)
    assert log == ["S:1", "S:1", "O:1", "S:2", "O:2"]
    assert source.observers == []


@pytest.mark.parametrize("make", SOURCES)
def test_a_subscriber_may_leave_while_it_is_called(make: Callable[[], Subject[int]]) -> None:
    source, log = make(), list[str]()

    def once(value: int) -> None:
        log.append(f"once:{value}")
        subscription.dispose()

    subscription = source.subscribe(once)
    source.subscribe(recording(log, "B"))
    source.on_next(1)
    source.on_next(2)
    assert log == ["once:1", "B:1", "B:2"]


@pytest.mark.parametrize("make", SOURCES)
def test_who_subscribes_during_an_event_gets_the_next_one(make: Callable[[], Subject[int]]) -> None:
    source, log = make(), list[str]()

    def invite(value: int) -> None:
        log.append(f"A:{value}")
        if value == 1:
            source.subscribe(recording(log, "late"))

    source.subscribe(invite)
    source.on_next(1)
    source.on_next(2)
    assert log == ["A:1", "A:2", "late:2"]


@pytest.mark.parametrize("make", SOURCES)
def test_it_is_an_observer_that_another_observable_can_be_subscribed_with(make: Callable[[], Subject[int]]) -> None:
    upstream, source, log = Subject[int](), make(), list[str]()
    source.subscribe(recording(log, "A"))
    upstream.subscribe(source)
    upstream.on_next(1)
    upstream.on_completed()
    assert log == ["A:1", "A|"]
    assert source.is_stopped


def test_send_nowait_tells_what_on_next_keeps_silent() -> None:
    channel: Channel[int] = Channel("Numbers")
    channel.on_completed()
    channel.on_next(1)
    with pytest.raises(ChannelClosed, match="'Numbers' is stopped"):
        channel.send_nowait(1)


# Re-entrance: here a Subject recurses depth first, and a Channel is better by promise.


def test_events_sent_from_inside_a_subscriber_reach_all_in_fifo_order() -> None:
    channel: Channel[str] = Channel()
    log: list[str] = []

    def first(event: str) -> None:
        log.append(f"A{event}")
        if len(event) < 3:
            channel.send_nowait(event + "l")
            channel.on_next(event + "r")

    channel.subscribe(first)
    channel.subscribe(lambda event: log.append(f"B{event}"))
    channel.send_nowait("0")
    order = ["0", "0l", "0r", "0ll", "0lr", "0rl", "0rr"]
    assert log == [f"{who}{event}" for event in order for who in "AB"]


@pytest.mark.parametrize("through", ["plain", "fused", "reactivex"])
def test_ten_thousand_nested_sends_do_not_recurse(through: str) -> None:
    channel: Channel[int] = Channel()
    seen: list[int] = []
    source = {
        "plain": channel,
        "fused": channel.map(lambda n: n).filter(lambda _: True),
        "reactivex": channel.map_indexed(lambda n, _: n).do_action(lambda _: None),
    }[through]

    def again(number: int) -> None:
        seen.append(number)
        if number < 10_000:
            channel.on_next(number + 1)

    source.subscribe(again)
    other: list[int] = []
    channel.subscribe(other.append)
    channel.on_next(0)
    assert seen == other == list(range(10_001))


def test_an_end_from_inside_a_subscriber_comes_behind_the_events_before_it() -> None:
    channel: Channel[int] = Channel()
    log: list[str] = []

    def first(event: int) -> None:
        log.append(f"A:{event}")
        if event == 1:
            channel.on_next(2)
            channel.on_completed()
            channel.on_next(3)

    channel.subscribe(Observer(first, None, lambda: log.append("A|")))
    channel.subscribe(recording(log, "B"))
    channel.on_next(1)
    assert log == ["A:1", "B:1", "A:2", "B:2", "A|", "B|"]


def test_a_subscriber_that_comes_from_inside_gets_what_is_sent_after_it_came() -> None:
    channel: Channel[int] = Channel()
    log: list[str] = []

    def first(event: int) -> None:
        if event == 1:
            channel.on_next(2)
            channel.subscribe(recording(log, "late"))
            channel.on_next(3)

    channel.subscribe(first)
    channel.on_next(1)
    channel.on_completed()
    assert log == ["late:3", "late|"]


def test_nested_sends_go_on_after_a_subscriber_that_raises(caplog: pytest.LogCaptureFixture) -> None:
    channel: Channel[int] = Channel()
    seen: list[int] = []

    def first(event: int) -> None:
        if event < 5:
            channel.on_next(event + 1)
        raise Boom(str(event))

    channel.subscribe(first)
    channel.subscribe(seen.append)
    with caplog.at_level(logging.CRITICAL + 1, logger="async_channel"):
        channel.on_next(1)
    assert seen == [1, 2, 3, 4, 5]
