"""Promise 6: an exception in one observer, operator, filter or callback reaches nobody else, and is never silent."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reactivex import Observable, Observer
from reactivex.subject import Subject

from async_channel import Channel, ChannelClosed, Consumer, Failure, Overflow, Producer, conflate_by, from_observable
from tests.support import run


class Boom(Exception):
    """What the broken parts raise."""


@pytest.fixture(autouse=True)
def _caught(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR, logger="async_channel")


def boom(*_: object) -> Any:
    raise Boom("broken")


def failures_of(channel: Channel[Any]) -> list[Failure]:
    failures: list[Failure] = []
    channel.errors.subscribe(failures.append)
    return failures


def logged(caplog: pytest.LogCaptureFixture) -> list[BaseException | None]:
    return [record.exc_info[1] for record in caplog.records if record.exc_info and record.name == "async_channel"]


def test_an_observer_that_raises_harms_neither_the_sender_nor_the_others(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        channel: Channel[int] = Channel("Numbers")
        failures = failures_of(channel)
        before, behind = list[int](), list[int]()
        channel.subscribe(before.append)
        channel.subscribe(boom)
        channel.subscribe(behind.append)
        consumer, pipeline = Consumer(channel), Consumer(channel.map(lambda n: n * 10))
        await Producer(channel).send(1)
        channel.send_nowait(2)
        channel.on_next(3)
        assert await channel.send_many([4, 5]) == 2
        assert before == behind == [1, 2, 3, 4, 5]
        assert [consumer.get_nowait() for _ in range(5)] == [1, 2, 3, 4, 5]
        assert [pipeline.get_nowait() for _ in range(5)] == [10, 20, 30, 40, 50]
        assert [(f.channel, f.event, type(f.error)) for f in failures] == [("Numbers", n, Boom) for n in range(1, 6)]
        assert [type(error) for error in logged(caplog)] == [Boom] * 5
        assert "subscriber" in failures[0].where

    run(main())


PIPELINES: dict[str, Callable[[Channel[int]], Observable[Any]]] = {
    "filter": lambda c: c.filter(boom),
    "map": lambda c: c.map(boom),
    "starmap": lambda c: c.map(lambda n: (n, n)).starmap(boom),
    "scan": lambda c: c.scan(boom, 0),
    "take_while": lambda c: c.take_while(boom),
    "skip_while": lambda c: c.skip_while(boom),
    "distinct_until_changed": lambda c: c.distinct_until_changed(boom),
    "deep in a chain": lambda c: c.filter(lambda n: n > 0).map(boom).take(3).pairwise(),
    "reactivex": lambda c: c.map_indexed(boom),
    "reactivex below ours": lambda c: c.map(lambda n: n).map_indexed(boom),
    "ours below reactivex": lambda c: from_observable(c.map_indexed(lambda n, _: n)).map(boom),
    "merge": lambda c: c.merge(c.map(boom)),
    "flat_map": lambda c: c.flat_map(boom),
}


@pytest.mark.parametrize("name", PIPELINES)
def test_an_operator_that_raises_ends_its_own_pipeline_with_the_error(name: str) -> None:
    async def main() -> None:
        channel: Channel[int] = Channel("Numbers")
        plain = Consumer(channel)
        broken = Consumer(PIPELINES[name](channel))
        sound = Consumer(channel.map(lambda n: n * 10))
        await channel.send_many([1, 2, 3])
        assert [plain.get_nowait() for _ in range(3)] == [1, 2, 3]
        assert [sound.get_nowait() for _ in range(3)] == [10, 20, 30]
        with pytest.raises(Boom):
            while True:  # merge gives the event of its sound half before
                broken.get_nowait()
        with pytest.raises(Boom):
            await broken.get()
        with pytest.raises(Boom):
            async for _ in broken:
                pass
        with pytest.raises(Boom):
            async for _ in broken.batches():
                pass

    run(main())


@pytest.mark.parametrize("name", PIPELINES)
def test_a_broken_pipeline_holds_nobody_back(name: str) -> None:
    """It is over, so its unread inbox is no reason for senders to wait."""

    async def main() -> None:
        channel: Channel[int] = Channel("Numbers")
        _broken = Consumer(PIPELINES[name](channel), capacity=1)
        async with asyncio.timeout(1):
            await channel.send_many(range(1, 50))

    run(main())


@pytest.mark.parametrize("name", PIPELINES)
def test_an_operator_error_that_nobody_handles_is_reported(name: str, caplog: pytest.LogCaptureFixture) -> None:
    channel: Channel[int] = Channel("Numbers")
    failures = failures_of(channel)
    PIPELINES[name](channel).subscribe(lambda _: None)
    channel.on_next(1)
    assert [(f.channel, type(f.error)) for f in failures] == [("Numbers", Boom)]
    assert [type(error) for error in logged(caplog)] == [Boom]


@pytest.mark.parametrize("name", PIPELINES)
def test_an_operator_error_that_is_handled_is_not_reported(name: str, caplog: pytest.LogCaptureFixture) -> None:
    channel: Channel[int] = Channel("Numbers")
    failures, handled = failures_of(channel), list[Exception]()
    PIPELINES[name](channel).subscribe(lambda _: None, handled.append)
    channel.on_next(1)
    channel.on_next(2)
    assert [type(error) for error in handled] == [Boom]
    assert failures == []
    assert logged(caplog) == []


def test_a_filter_that_raises_lets_nothing_through_and_is_reported(caplog: pytest.LogCaptureFixture) -> None:
    def even_or_boom(number: int) -> bool:
        if number == 3:
            raise Boom("three")
        return number % 2 == 0

    async def main() -> None:
        channel: Channel[int] = Channel("Numbers")
        failures = failures_of(channel)
        picky = Consumer(channel, filter_func=even_or_boom, name="picky")
        piped = Consumer(channel.map(lambda n: n), filter_func=even_or_boom, name="piped")
        plain = Consumer(channel)
        await channel.send_many([1, 2, 3, 4])
        assert [await picky.get(), await picky.get()] == [2, 4]
        assert await anext(piped.batches()) == [2, 4]
        assert [plain.get_nowait() for _ in range(4)] == [1, 2, 3, 4]
        assert picky.stats().filtered == piped.stats().filtered == 2
        assert picky.stats().balanced
        assert [(f.event, str(f.error)) for f in failures] == [(3, "three")] * 2
        assert "'picky'" in failures[0].where
        assert "'piped'" in failures[1].where

    run(main())
    assert [str(error) for error in logged(caplog)] == ["three"] * 2


@pytest.mark.parametrize("asynchronous", [False, True])
def test_a_callback_that_raises_is_reported_and_called_again(
    asynchronous: bool, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> None:
        channel: Channel[int] = Channel("Numbers")
        failures, sound, called = failures_of(channel), list[int](), list[int]()

        def broken(number: int) -> None:
            called.append(number)
            raise Boom("broken")

        async def later(number: int) -> None:
            await asyncio.sleep(1)
            broken(number)

        channel.consume(later if asynchronous else broken, name="broken")
        channel.consume(sound.append)
        await channel.send_many([1, 2])
        await channel.stop()
        assert called == sound == [1, 2]
        assert [f.event for f in failures] == [1, 2]
        assert "'broken'" in failures[0].where

    run(main())
    assert [type(error) for error in logged(caplog)] == [Boom] * 2


def test_a_key_that_raises_loses_its_event_only_and_is_reported(caplog: pytest.LogCaptureFixture) -> None:
    def key(number: int) -> int:
        if number == 2:
            raise Boom("two")
        return number

    async def main() -> None:
        channel: Channel[int] = Channel("Numbers")
        failures = failures_of(channel)
        board, plain = Consumer(channel, overflow=conflate_by(key), name="board"), Consumer(channel)
        await channel.send_many([1, 2, 3])
        assert (board.get_nowait(), board.get_nowait()) == (1, 3)
        assert [plain.get_nowait() for _ in range(3)] == [1, 2, 3]
        assert board.stats().dropped == 1
        assert board.stats().balanced
        assert [str(f.error) for f in failures] == ["two"]
        assert "'board'" in failures[0].where

    run(main())
    assert [str(error) for error in logged(caplog)] == ["two"]


@pytest.mark.parametrize("error", [None, Boom("end")])
def test_an_observer_that_raises_at_the_end_keeps_no_other_from_it(
    error: Boom | None, caplog: pytest.LogCaptureFixture
) -> None:
    channel: Channel[int] = Channel("Numbers")
    failures, told = failures_of(channel), list[Exception | None]()
    channel.subscribe(Observer(lambda _: None, boom, boom))
    channel.map(lambda n: n).subscribe(lambda _: None, boom, boom)
    channel.subscribe(lambda _: None, told.append, lambda: told.append(None))
    if error is None:
        channel.on_completed()
    else:
        channel.on_error(error)
    assert told == [error]
    assert [type(f.error) for f in failures] == [Boom, Boom]
    assert [type(reason) for reason in logged(caplog)] == [Boom, Boom]


def test_a_filter_that_raises_after_the_end_is_still_logged(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        channel: Channel[int] = Channel("Numbers")
        direct = Consumer(channel, filter_func=boom)
        piped = Consumer(channel.map(lambda n: n), filter_func=boom)
        await channel.send(1)
        await channel.stop()
        assert [n async for n in direct] == [n async for n in piped] == []

    run(main())
    assert [type(error) for error in logged(caplog)] == [Boom, Boom]


def test_the_end_does_not_raise_where_nobody_handles_the_error() -> None:
    """A plain subscriber with no on_error: reactivex would raise into whoever ended the channel."""
    channel: Channel[int] = Channel("Numbers")
    failures, late = failures_of(channel), list[Exception]()
    channel.subscribe(lambda _: None)
    channel.subscribe(lambda _: None, late.append)
    channel.on_error(Boom("end"))
    assert [str(error) for error in late] == ["end"]
    assert [str(f.error) for f in failures] == ["end"]


def test_a_subscriber_of_errors_that_raises_is_logged_and_nothing_more(caplog: pytest.LogCaptureFixture) -> None:
    channel: Channel[int] = Channel("Numbers")
    channel.errors.subscribe(boom)
    channel.subscribe(boom)
    seen: list[int] = []
    channel.subscribe(seen.append)
    channel.on_next(1)
    assert seen == [1]
    assert len(logged(caplog)) == 2


@pytest.mark.parametrize("overflow", [*Overflow, conflate_by(lambda n: n)])
def test_a_source_that_is_no_channel_may_fail_a_consumer_and_nobody_else(overflow: Any) -> None:
    async def main() -> None:
        subject: Subject[int] = Subject()
        channel: Channel[int] = Channel()
        mixed = Consumer(channel.merge(subject), overflow=overflow)
        plain = Consumer(channel)
        await channel.send(1)
        subject.on_error(Boom("subject"))
        await channel.send(2)
        assert mixed.get_nowait() == 1
        with pytest.raises(Boom, match="subject"):
            mixed.get_nowait()
        assert [plain.get_nowait(), plain.get_nowait()] == [1, 2]

    run(main())


PARTS = ["observer", "filter_func", "operator", "callback", "key"]


@given(
    parts=st.lists(st.tuples(st.sampled_from(PARTS), st.sets(st.integers(0, 19))), max_size=6),
    capacity=st.integers(1, 8),
)
@settings(max_examples=60)
def test_whatever_breaks_a_sound_consumer_gets_everything(parts: list[tuple[str, set[int]]], capacity: int) -> None:
    async def main() -> None:
        channel: Channel[int] = Channel("Numbers", capacity=capacity)
        failures = failures_of(channel)
        sound, expected = list[int](), 0
        channel.consume(sound.append)
        operators: list[tuple[Consumer[int], set[int]]] = []
        for part, breaks in parts:

            def check(number: int, breaks: set[int] = breaks) -> None:
                if number in breaks:
                    raise Boom(number)

            def keep(number: int, breaks: set[int] = breaks) -> bool:
                return number not in breaks or boom()

            if part == "operator":
                operators.append((Consumer(channel.filter(keep), capacity=100), breaks))
                continue
            expected += len(breaks)
            if part == "observer":
                channel.subscribe(check)
            elif part == "filter_func":
                channel.consume(lambda _: None, filter_func=keep)
            elif part == "callback":
                channel.consume(check)
            else:
                channel.consume(lambda _: None, overflow=conflate_by(keep))
        await channel.send_many(range(20))
        await asyncio.sleep(1)
        assert len(failures) == expected
        await channel.stop()
        assert sound == list(range(20))
        for consumer, breaks in operators:
            first = min(breaks, default=20)
            assert [consumer.get_nowait() for _ in range(first)] == list(range(first))
            with pytest.raises(Boom if breaks else ChannelClosed):
                consumer.get_nowait()

    run(main())
