"""The readers of all keys share one subscription: when it begins and ends, whom it holds back, who suffers for whom."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import reactivex
from reactivex import abc
from reactivex.disposable import CompositeDisposable, Disposable
from reactivex.subject import Subject

from async_channel import Channel, ChannelFull, Consumer, Stream, from_iterable, from_observable
from tests.rx_scripts import Boom
from tests.support import run


def parity(number: int) -> int:
    return number % 2


class Counted:
    """A source of numbers that counts its subscriptions."""

    def __init__(self) -> None:
        self.subject: Subject[int] = Subject()
        self.made = 0
        self.live = 0

    @property
    def stream(self) -> Stream[int]:
        def subscribe(
            observer: abc.ObserverBase[int], scheduler: abc.SchedulerBase | None = None
        ) -> abc.DisposableBase:
            self.made += 1
            self.live += 1
            inner = self.subject.subscribe(observer, scheduler=scheduler)

            def let_go() -> None:
                self.live -= 1
                inner.dispose()

            return Disposable(let_go)

        return from_observable(reactivex.create(subscribe))


def test_all_keys_share_one_subscription_which_the_last_lets_go_and_the_next_makes_anew() -> None:
    source = Counted()
    keyed = source.stream.key_by(parity)
    assert source.made == 0  # nobody reads yet
    seen: list[int] = []
    first = keyed[0].subscribe(seen.append)
    second = keyed[1].subscribe(seen.append)
    third = keyed[1].map(lambda number: -number).subscribe(seen.append)
    assert (source.made, source.live) == (1, 1)
    for number in range(3):
        source.subject.on_next(number)
    assert seen == [0, 1, -1, 2]
    first.dispose()
    third.dispose()
    assert (source.made, source.live) == (1, 1)
    source.subject.on_next(4)
    source.subject.on_next(5)
    second.dispose()
    second.dispose()
    assert (source.made, source.live) == (1, 0)
    source.subject.on_next(7)
    again = keyed[0].subscribe(seen.append)
    assert (source.made, source.live) == (2, 1)
    source.subject.on_next(8)
    again.dispose()
    assert seen == [0, 1, -1, 2, 5, 8]
    assert source.live == 0


def test_consumers_and_subscriptions_share_it_too() -> None:
    source = Counted()
    keyed = source.stream.key_by(parity)
    consumers = [Consumer(keyed[0]), Consumer(keyed[1]), Consumer(keyed[1].merge(keyed[0]))]
    plain = keyed[1].subscribe(lambda _: None)
    assert (source.made, source.live) == (1, 1)
    source.subject.on_next(1)
    assert [consumer.stats().pending for consumer in consumers] == [0, 1, 1]
    for consumer in consumers:
        consumer.close()
    assert source.live == 1
    plain.dispose()
    assert source.live == 0


def test_a_key_of_a_key_is_one_subscription_of_each() -> None:
    source = Counted()
    outer = source.stream.key_by(parity)
    inner = outer[1].key_by(lambda number: number % 3)
    consumers = [Consumer(inner[key]) for key in (0, 1, 2, 0)]
    assert (source.made, len(outer._hub.readers)) == (1, 1)
    for number in range(12):
        source.subject.on_next(number)
    assert [[c.get_nowait() for _ in range(c.stats().pending)] for c in consumers] == [[3, 9], [1, 7], [5, 11], [3, 9]]
    for consumer in consumers:
        consumer.close()
    assert (source.live, outer._hub.readers, inner._hub.readers) == (0, {}, {})


def test_a_full_consumer_of_one_key_holds_the_senders_back_and_closing_it_lets_them_go() -> None:
    async def main() -> None:
        channel: Channel[int] = Channel("Numbers")
        keyed = channel.key_by(parity)
        board = Consumer(keyed[0], capacity=100)
        slow = Consumer(keyed[1], capacity=2, name="slow")
        sending = asyncio.create_task(channel.send_many(range(20)))
        await asyncio.sleep(1)
        assert channel.stats().sent == 4  # the fourth filled it
        with pytest.raises(ChannelFull, match="'slow' below"):
            channel.send_nowait(0)
        assert await slow.get() == 1
        await asyncio.sleep(1)
        assert channel.stats().sent == 6
        slow.close()
        assert await sending == 20
        assert board.stats().pending == 10

    run(main())


def test_the_first_consumer_of_any_key_is_given_the_warm_up_also_in_parts() -> None:
    channel: Channel[int] = Channel("Numbers", capacity=6)
    for number in range(10):
        channel.send_nowait(number)
    keyed = channel.key_by(parity)
    plain: list[int] = []
    keyed[0].subscribe(plain.append)
    both = Consumer(keyed[1].merge(keyed[0]))
    late = Consumer(keyed[0])
    assert [both.get_nowait() for _ in range(both.stats().pending)] == [5, 7, 9, 4, 6, 8]
    assert (late.stats().sent, plain) == (0, [])


def test_later_consumers_of_a_key_are_given_what_of_the_replay_has_that_key() -> None:
    channel: Channel[int] = Channel("Numbers", replay=5)
    keyed = channel.map(lambda number: number * 10).key_by(lambda number: number % 20)
    first = Consumer(keyed[0])
    for number in range(10):
        channel.send_nowait(number)
    second, third, both = Consumer(keyed[10]), Consumer(keyed[0]), Consumer(keyed[0].merge(keyed[10]))
    counted = [consumer.stats().pending for consumer in (first, second, third, both)]
    assert counted == [5, 3, 2, 5]
    assert [both.get_nowait() for _ in range(5)] == [60, 80, 50, 70, 90]
    channel.send_nowait(10)
    assert [third.get_nowait() for _ in range(3)] == [60, 80, 100]


def test_what_the_key_function_raises_on_the_replay_ends_that_reader_alone() -> None:
    def fussy(number: int) -> int:
        if number == 2 and angry:
            raise Boom("key")
        return parity(number)

    angry = False
    channel: Channel[int] = Channel("Numbers", replay=5)
    keyed = channel.key_by(fussy)
    first = Consumer(keyed[0])
    for number in range(4):
        channel.send_nowait(number)
    angry = True
    second = Consumer(keyed[0])
    assert second.get_nowait() == 0
    with pytest.raises(Boom, match="key"):
        second.get_nowait()
    channel.send_nowait(4)
    assert [first.get_nowait() for _ in range(3)] == [0, 2, 4]


@pytest.mark.parametrize("error", [None, Boom("end")])
def test_the_end_reaches_the_readers_of_all_keys(error: Exception | None) -> None:
    channel: Channel[int] = Channel("Numbers")
    keyed = channel.key_by(parity)
    ends: list[object] = []
    for key in (0, 1, 1, 2):
        keyed[key].subscribe(lambda _: None, ends.append, lambda: ends.append(None))
    channel.on_completed() if error is None else channel.on_error(error)
    assert ends == [error] * 4
    keyed[0].subscribe(lambda _: None, ends.append, lambda: ends.append(None))  # and whoever comes later
    assert ends == [error] * 5
    assert not keyed._hub.readers


def test_whoever_subscribes_from_inside_the_end_is_told_the_end_and_leaves_nothing() -> None:
    channel: Channel[int] = Channel("Numbers")
    keyed = channel.key_by(parity)
    ends: list[str] = []

    def again() -> None:
        ends.append("end")
        if len(ends) < 6:
            keyed[len(ends) % 2].subscribe(on_completed=again)

    keyed[0].subscribe(on_completed=again)
    keyed[1].subscribe(on_completed=again)
    channel.on_completed()
    assert len(ends) == 7  # the last two begin no more
    assert not keyed._hub.readers


def test_a_key_function_that_raises_ends_all_with_that_error_and_new_readers_begin_anew() -> None:
    channel: Channel[int] = Channel("Numbers")

    def fussy(number: int) -> int:
        if number == 7:
            raise Boom("seven")
        return parity(number)

    keyed = channel.key_by(fussy)
    ends: list[object] = []
    keyed[0].subscribe(lambda _: None, ends.append)
    consumer = Consumer(keyed[1])
    channel.send_nowait(7)
    assert ends == [Boom("seven")]
    with pytest.raises(Boom, match="seven"):
        consumer.get_nowait()
    fresh = Consumer(keyed[1])
    channel.send_nowait(9)
    assert fresh.get_nowait() == 9


def test_an_event_whose_key_has_no_hash_ends_all_with_the_error() -> None:
    channel: Channel[list[int]] = Channel("Lists")
    ends: list[object] = []
    no_key: Any = lambda event: event  # noqa: E731  what the type checker would refuse
    channel.key_by(no_key)[1].subscribe(lambda _: None, ends.append)
    channel.send_nowait([1])
    assert [type(end) for end in ends] == [TypeError]


def test_a_key_that_has_no_hash_is_refused_and_leaves_nothing_behind() -> None:
    channel: Channel[int] = Channel("Numbers")
    keyed = channel.key_by(parity)
    plain = keyed[0].subscribe(lambda _: None)
    for _ in range(3):
        with pytest.raises(TypeError, match="unhashable"):
            Consumer(keyed[[1]])  # type: ignore[index]  # just what the type checker would refuse
    assert not keyed._hub._relay._members
    plain.dispose()
    assert not keyed._hub.readers
    assert not channel._fan_out._sinks


@pytest.mark.parametrize("split", [False, True])
def test_an_observer_of_one_key_that_raises_disturbs_no_other(split: bool, caplog: pytest.LogCaptureFixture) -> None:
    channel: Channel[int] = Channel("Numbers")
    failures: list[object] = []
    channel.errors.subscribe(lambda failure: failures.append(failure.error))
    source = channel.flat_map(lambda number: [number, number + 1]) if split else channel
    keyed = source.key_by(parity)

    def raises(_: int) -> None:
        raise Boom("observer")

    plain: list[int] = []
    keyed[0].subscribe(raises)
    keyed[0].subscribe(plain.append)
    consumers = [Consumer(keyed[key], name="reader") for key in (0, 1)]
    with caplog.at_level(logging.CRITICAL, "async_channel"):
        for number in range(0, 6, 2):
            channel.send_nowait(number)
    assert plain == [0, 2, 4]
    assert [consumer.stats().pending for consumer in consumers] == [3, 3 if split else 0]
    assert failures == [Boom("observer")] * 3  # and each is told, once


def test_events_sent_from_inside_an_observer_come_in_order_to_all_keys() -> None:
    channel: Channel[int] = Channel("Numbers")
    keyed = channel.key_by(parity)
    order: list[tuple[str, int]] = []

    def echo(number: int) -> None:
        order.append(("even", number))
        if number < 4:
            channel.send_nowait(number + 1)
            channel.send_nowait(number + 2)

    keyed[0].subscribe(echo)
    keyed[1].subscribe(lambda number: order.append(("odd", number)))
    consumer = Consumer(keyed[1])
    channel.send_nowait(0)
    assert order == [("even", 0), ("odd", 1), ("even", 2), ("odd", 3), ("even", 4)]
    assert consumer.stats().pending == 2


def tag(who: int, number: int) -> tuple[int, int]:
    return who, number


REACTIONS: dict[str, Callable[[list[abc.DisposableBase]], None]] = {
    "the one after": lambda readers: readers[1].dispose(),
    "itself": lambda readers: readers[0].dispose(),
    "all": lambda readers: CompositeDisposable(readers).dispose(),
}


@pytest.mark.parametrize("name", REACTIONS)
def test_readers_are_let_go_from_inside_an_observer(name: str) -> None:
    channel: Channel[int] = Channel("Numbers")
    keyed = channel.key_by(parity)
    seen: list[tuple[int, int]] = []
    readers: list[abc.DisposableBase] = []

    def first(number: int) -> None:
        seen.append((0, number))
        REACTIONS[name](readers)

    readers.append(keyed[1].subscribe(first))
    for who, key in ((1, 1), (2, 0), (3, 1)):
        readers.append(keyed[key].map(partial(tag, who)).subscribe(seen.append))
    for number in (1, 2, 3):
        channel.send_nowait(number)
    expected = {
        "the one after": [(0, 1), (3, 1), (2, 2), (0, 3), (3, 3)],
        "itself": [(0, 1), (1, 1), (3, 1), (2, 2), (1, 3), (3, 3)],
        "all": [(0, 1)],
    }
    assert seen == expected[name]
    assert (not channel._fan_out._sinks) == (name == "all")


def test_a_cold_source_without_a_loop_gives_its_keys_at_once_as_a_filter_does() -> None:
    seen: list[int] = []
    from_iterable(range(6)).key_by(parity)[1].subscribe(seen.append)
    assert seen == [1, 3, 5]


def test_the_tasks_above_the_keys_have_ended_when_the_last_consumer_has() -> None:
    async def main() -> list[int]:
        ended: list[int] = []

        async def slow(number: int) -> int:
            try:
                await asyncio.sleep(10)
            finally:
                await asyncio.sleep(1)
                ended.append(number)
            return number

        channel: Channel[int] = Channel("Numbers")
        keyed = channel.map_async(slow, 2).key_by(parity)
        async with Consumer(keyed[1]):
            async with Consumer(keyed[0]):
                await channel.send_many([1, 2])
                await asyncio.sleep(1)
            assert ended == []  # they work for the other one still
        assert asyncio.all_tasks() == {asyncio.current_task()}
        return sorted(ended)

    assert run(main()) == [1, 2]


def test_a_consumer_opened_while_another_subscription_is_given_its_backlog_is_held_back_like_any() -> None:
    """It joins in the middle of a beginning, and hears of its end."""

    async def main() -> None:
        gate: Channel[int] = Channel("Gate")
        numbers: Channel[int] = Channel("Numbers", replay=2)
        Consumer(numbers).close()
        numbers.send_nowait(1)
        keyed = gate.flat_map(lambda _: numbers).key_by(parity)
        late: list[Consumer[int]] = []

        def open_one(_: int) -> None:
            if not late:
                late.append(Consumer(keyed[0], capacity=1))

        first = Consumer(keyed[1].do(open_one))
        gate.send_nowait(0)
        assert first.get_nowait() == 1
        numbers.send_nowait(2)
        with pytest.raises(ChannelFull):
            numbers.send_nowait(4)
        assert late[0].stats().pending == 1
        inboxes: Any = keyed._hub._relay._members
        assert [inbox._opening for inbox in inboxes] == [0, 0]  # what nobody sent is bounded for it again

    run(main())


@pytest.mark.parametrize("staged", [False, True])
def test_whoever_takes_the_place_of_a_reader_that_goes_and_raises_is_not_blamed(
    staged: bool, caplog: pytest.LogCaptureFixture
) -> None:
    source = Counted()
    keyed = source.stream.key_by(parity)
    kept = keyed[1].subscribe(lambda _: None)  # so that the one subscription stays
    seen: list[int] = []
    ended: list[Exception] = []

    def leave(number: int) -> int:
        first.dispose()
        keyed[0].map(abs).subscribe(seen.append, ended.append)
        raise Boom(number)

    def see(number: int) -> None:
        leave(number)

    first = keyed[0].map(leave).subscribe(on_error=ended.append) if staged else keyed[0].subscribe(see, ended.append)
    with caplog.at_level(logging.ERROR, "async_channel"):
        for number in (2, 4):
            source.subject.on_next(number)
    assert (seen, ended) == ([4], [])
    (said,) = caplog.records
    assert said.exc_info is not None
    assert isinstance(said.exc_info[1], Boom)
    kept.dispose()


def test_one_that_reads_a_key_alone_and_then_with_others_and_alone_again_gets_each_event_once() -> None:
    source = Counted()
    keyed = source.stream.key_by(parity)
    first, second, both = list[int](), list[int](), list[int]()
    keyed[0].subscribe(first.append)
    source.subject.on_next(2)
    other = keyed[0].subscribe(second.append)
    pair = keyed[0].map(lambda number: -number).subscribe(both.append)
    source.subject.on_next(4)
    other.dispose()
    source.subject.on_next(6)
    pair.dispose()
    source.subject.on_next(8)
    assert (first, second, both) == ([2, 4, 6, 8], [4], [-4, -6])


def test_a_reader_that_ends_while_its_cold_source_begins_gets_no_more_of_it() -> None:
    keyed = from_iterable([2, 4, 1, 6]).key_by(parity)
    seen: list[int] = []
    keyed[0].take(1).subscribe(seen.append)
    assert seen == [2]


def test_an_observer_that_is_alone_and_raises_is_called_with_the_next_event_all_the_same(
    caplog: pytest.LogCaptureFixture,
) -> None:
    source = Counted()
    seen: list[int] = []
    ended: list[Exception] = []

    def fail(number: int) -> None:
        seen.append(number)
        raise asyncio.CancelledError if number == 6 else Boom(number)

    source.stream.key_by(parity)[0].subscribe(fail, ended.append)
    with caplog.at_level(logging.ERROR, "async_channel"):
        for number in (2, 4):
            source.subject.on_next(number)
        assert (seen, ended) == ([2, 4], [])
        assert len(caplog.records) == 2
        source.subject.on_next(6)  # no exception of an observer's: as anywhere, it is the end of the stream
    source.subject.on_next(8)
    assert seen == [2, 4, 6]
    (error,) = ended
    assert isinstance(error, RuntimeError)
