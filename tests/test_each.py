"""`each`: a pipeline for each key, let go to the tick when its key has been idle, and nothing of it is left."""

from __future__ import annotations

import asyncio
import gc
import logging
import weakref
from collections.abc import Callable
from typing import Any, TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from async_channel import Channel, Consumer, Stream, clock, from_iterable
from tests.rx_scripts import Boom
from tests.support import run

Seen: TypeAlias = list[tuple[float, object]]

IDLE = 2.0


class Model:
    """A pipeline a key, as simply as can be: what one event, and the end, of a key makes of its state."""

    def next(self, number: int) -> list[object]:
        return [number]

    def end(self) -> list[object]:
        return []


class Sums(Model):
    def __init__(self) -> None:
        self.total = 0

    def next(self, number: int) -> list[object]:
        self.total += number
        return [self.total]


class Pairs(Model):
    def __init__(self) -> None:
        self.held: list[int] = []

    def next(self, number: int) -> list[object]:
        self.held.append(number)
        full, self.held = (self.held, []) if len(self.held) == 2 else ([], self.held)
        return [full] if full else []

    def end(self) -> list[object]:
        return [self.held] if self.held else []


class FirstTwo(Model):
    def __init__(self) -> None:
        self.left = 2

    def next(self, number: int) -> list[object]:
        self.left -= 1
        return [number] if self.left >= 0 else []


class Last(Model):
    def __init__(self) -> None:
        self.last: list[object] = []

    def next(self, number: int) -> list[object]:
        self.last = [number]
        return []

    def end(self) -> list[object]:
        return self.last


BUILDS: dict[str, tuple[type[Model], Callable[[int, Stream[int]], Stream[Any]]]] = {
    "as it is": (Model, lambda _, stream: stream),
    "sums": (Sums, lambda _, stream: stream.scan(lambda total, number: total + number)),
    "pairs": (Pairs, lambda _, stream: stream.buffer(count=2)),
    "first two": (FirstTwo, lambda _, stream: stream.take(2)),
    "last": (Last, lambda _, stream: stream.take_last(1)),
}


def expected(
    events: list[tuple[float, int]], end: float, model: type[Model], idle: float | None
) -> tuple[Seen, list[tuple[float, int]]]:
    """What comes out when, and when which pipeline is built."""
    seen: Seen = []
    built: list[tuple[float, int]] = []
    states: dict[int, Model] = {}
    last: dict[int, float] = {}

    def let_go(until: float) -> None:
        if idle is not None:
            for key in sorted(states, key=lambda key: last[key]):
                if last[key] + idle <= until:
                    seen.extend((last[key] + idle, out) for out in states.pop(key).end())

    for now, number in events:
        key = number % 3
        let_go(now)
        if key not in states:
            states[key] = model()
            built.append((now, key))
        elif key in states:
            states[key] = states.pop(key) if idle is not None else states[key]  # the newest comes last
        last[key] = now
        seen.extend((now, out) for out in states[key].next(number))
    let_go(end)
    for state in states.values():
        seen.extend((end, out) for out in state.end())
    return seen, built


@settings(max_examples=150)
@given(
    gaps=st.lists(st.tuples(st.sampled_from([0.0, 0.25, 0.5, 1.0, 1.75, 2.0, 2.25, 5.0]), st.integers(0, 9))),
    rest=st.sampled_from([0.0, 1.0, 2.0, 3.0]),
    name=st.sampled_from(sorted(BUILDS)),
    idle=st.sampled_from([None, IDLE]),
)
def test_each_is_a_pipeline_a_key_let_go_exactly_when_its_key_was_idle(
    gaps: list[tuple[float, int]], rest: float, name: str, idle: float | None
) -> None:
    model, make = BUILDS[name]

    async def main() -> tuple[Seen, list[tuple[float, int]]]:
        channel: Channel[int] = Channel("Numbers")
        built: list[tuple[float, int]] = []
        seen: Seen = []

        def build(key: int, stream: Stream[int]) -> Stream[Any]:
            built.append((clock.now(), key))
            return make(key, stream)

        channel.key_by(lambda number: number % 3).each(build, idle=idle).subscribe(
            lambda out: seen.append((clock.now(), out))
        )
        for gap, number in gaps:
            await asyncio.sleep(gap)
            await channel.send(number)
        await asyncio.sleep(rest)
        await channel.stop()
        return seen, built

    now, events = 0.0, []
    for gap, number in gaps:
        now += gap
        events.append((now, number))
    assert run(main()) == expected(events, now + rest, model, idle)


def test_a_key_is_let_go_at_its_time_not_earlier_nor_later_and_built_anew() -> None:
    async def main() -> list[tuple[float, str]]:
        channel: Channel[str] = Channel("Letters")
        log: list[tuple[float, str]] = []

        def build(key: str, stream: Stream[str]) -> Stream[str]:
            log.append((clock.now(), f"built {key}"))
            return stream.do(on_completed=lambda: log.append((clock.now(), f"end {key}")))

        consumer = Consumer(channel.key_by(lambda letter: letter).each(build, idle=IDLE))
        for when, letter in [(0.0, "a"), (1.5, "b"), (1.9375, "a"), (3.5, "b"), (3.953125, "a"), (20.0, "a")]:
            await clock.sleep_until(when)
            await channel.send(letter)
        await clock.sleep_until(40.0)
        assert consumer.stats().sent == 6
        return log

    assert run(main()) == [
        (0.0, "built a"),
        (1.5, "built b"),
        (3.5, "end b"),  # the event at the very moment comes to a new pipeline
        (3.5, "built b"),
        (3.9375, "end a"),
        (3.953125, "built a"),
        (5.5, "end b"),
        (5.953125, "end a"),
        (20.0, "built a"),
        (22.0, "end a"),
    ]


@pytest.mark.at_scale
def test_ten_thousand_idle_keys_leave_nothing_behind() -> None:
    class Kept:
        """Something that a pipeline holds."""

    async def main() -> None:
        channel: Channel[int] = Channel("Numbers")
        kept: weakref.WeakSet[Kept] = weakref.WeakSet()
        ends = 0

        def ended() -> None:
            nonlocal ends
            ends += 1

        def build(_: int, stream: Stream[int]) -> Stream[int]:
            holds = Kept()
            kept.add(holds)
            return stream.map(lambda number: (number, holds)[0]).do(on_completed=ended)

        async with Consumer(channel.key_by(lambda number: number).each(build, idle=IDLE), capacity=20_000) as consumer:
            loop: Any = asyncio.get_running_loop()
            for number in range(10_000):
                channel.send_nowait(number)
            assert len(kept) == 10_000
            assert len(loop._scheduled) < 10  # one timer for all of them
            await asyncio.sleep(IDLE)
            assert ends == 10_000
            gc.collect()
            assert len(kept) == 0
            assert not [timer for timer in loop._scheduled if not timer.cancelled()]
            assert consumer.stats().pending == 10_000

    run(main())


def test_a_build_that_raises_ends_the_stream_with_its_error() -> None:
    channel: Channel[int] = Channel("Numbers")
    seen: list[object] = []

    def build(key: int, stream: Stream[int]) -> Stream[int]:
        if key == 2:
            raise Boom("build")
        return stream

    channel.key_by(lambda number: number).each(build).subscribe(seen.append, seen.append)
    for number in (1, 2, 3):
        channel.send_nowait(number)
    assert seen == [1, Boom("build")]
    assert not channel._fan_out._sinks


def test_a_build_that_gives_no_stream_ends_the_stream_with_an_error() -> None:
    channel: Channel[int] = Channel("Numbers")
    seen: list[object] = []
    build: Any = lambda key, stream: 7  # noqa: E731  what the type checker would refuse
    channel.key_by(lambda number: number).each(build).subscribe(seen.append, seen.append)
    channel.send_nowait(1)
    assert [isinstance(error, Exception) for error in seen] == [True]
    assert not channel._fan_out._sinks


def test_an_error_within_one_key_ends_the_stream_and_lets_go_of_all() -> None:
    async def main() -> None:
        channel: Channel[int] = Channel("Numbers")
        other: Channel[int] = Channel("Other")
        consumer = Consumer(
            channel.key_by(lambda number: number % 2).each(lambda _, stream: stream.map(lambda n: 6 // n).merge(other))
        )
        await channel.send_many([1, 2, 0, 3])
        assert [await consumer.get(), await consumer.get()] == [6, 3]
        with pytest.raises(ZeroDivisionError):
            await consumer.get()
        assert not channel._fan_out._sinks
        assert not other._fan_out._sinks

    run(main())


def test_a_cold_source_has_its_keys_built_at_once_without_a_loop() -> None:
    seen: list[tuple[int, int]] = []
    from_iterable(range(5)).key_by(lambda n: n % 2).each(
        lambda key, stream: stream.scan(lambda a, b: a + b).map(lambda total: (key, total))
    ).subscribe(seen.append)
    assert seen == [(0, 0), (1, 1), (0, 2), (1, 4), (0, 6)]


def test_an_event_sent_as_a_key_is_let_go_comes_to_a_new_pipeline() -> None:
    async def main() -> list[object]:
        channel: Channel[int] = Channel("Numbers")
        seen: list[object] = []

        def resend(batch: list[int]) -> None:
            seen.append((clock.now(), batch))
            if len(seen) < 3:
                channel.send_nowait(batch[-1] + 2)

        channel.key_by(lambda n: n % 2).each(lambda _, stream: stream.buffer(count=9), idle=IDLE).subscribe(resend)
        channel.send_nowait(0)
        await asyncio.sleep(10)
        return seen

    assert run(main()) == [(2.0, [0]), (4.0, [2]), (6.0, [4])]


def test_an_observer_of_a_key_that_raises_disturbs_no_other(caplog: pytest.LogCaptureFixture) -> None:
    channel: Channel[int] = Channel("Numbers")
    failures: list[object] = []
    channel.errors.subscribe(lambda failure: failures.append(failure.error))
    aside: list[int] = []

    def raises(_: int) -> None:
        raise Boom("aside")

    def build(key: int, stream: Stream[int]) -> Stream[int]:
        stream.subscribe(raises if key else aside.append)
        return stream

    consumer = Consumer(channel.flat_map(lambda n: [n, n + 1]).key_by(lambda n: n % 2).each(build))
    with caplog.at_level(logging.CRITICAL, "async_channel"):
        for number in (1, 3):
            channel.send_nowait(number)
    assert [consumer.get_nowait() for _ in range(consumer.stats().pending)] == [1, 2, 3, 4]
    assert aside == [2, 4]
    assert failures == [Boom("aside")] * 2
