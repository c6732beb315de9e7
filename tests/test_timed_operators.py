"""Timed operators on virtual time: exact to the tick, also where two things are due at one moment."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from async_channel import Channel, Consumer, Stream, clock, from_iterable, interval, timer
from tests.support import run

Seen: TypeAlias = list[tuple[float, Any]]
Build: TypeAlias = Callable[[Channel[int]], Stream[Any]]


async def played(build: Build, events: Iterable[tuple[float, int]], end: float | None) -> Seen:
    """What a consumer is given when. After each event its sender goes to sleep until the next one: so what an operator
    is due to do at that very moment comes first, since it was asked for first."""
    channel: Channel[int] = Channel("Numbers")
    seen: Seen = []
    async with Consumer(build(channel)) as consumer:

        async def read() -> None:
            try:
                async for out in consumer:
                    seen.append((clock.now(), out))
                seen.append((clock.now(), "end"))
            except TimeoutError:
                seen.append((clock.now(), "late"))

        reading = asyncio.create_task(read())
        await asyncio.sleep(0)
        for when, number in events:
            await clock.sleep_until(when)
            await channel.send(number)
        if end is not None:
            await clock.sleep_until(end)
            await channel.stop()
        await asyncio.wait([reading], timeout=30)
        reading.cancel()
    return seen


BIT = 1 / 1024
EVENTS = [(1.0, 1), (2.0, 2), (3.0, 3), (4.0, 4), (8.0, 5)]

CASES: dict[str, tuple[Build, list[tuple[float, int]], float | None, Seen]] = {
    "throttle, the next at its very end passes": (
        lambda c: c.throttle(2),
        EVENTS,
        9.0,
        [(1.0, 1), (3.0, 3), (8.0, 5), (9.0, "end")],
    ),
    "throttle, the next a bit earlier does not": (
        lambda c: c.throttle(2),
        [(1.0, 1), (3.0 - BIT, 2), (3.0, 3)],
        9.0,
        [(1.0, 1), (3.0, 3), (9.0, "end")],
    ),
    "debounce, exactly as long as it waits": (
        lambda c: c.debounce(1),
        EVENTS,
        8.5,
        [(2.0, 1), (3.0, 2), (4.0, 3), (5.0, 4), (8.5, 5), (8.5, "end")],
    ),
    "debounce, a bit longer than the events are apart": (
        lambda c: c.debounce(1 + BIT),
        EVENTS,
        20.0,
        [(5.0 + BIT, 4), (9.0 + BIT, 5), (20.0, "end")],
    ),
    "sample, an event at the beat belongs to the next, the end waits for a beat": (
        lambda c: c.sample(2),
        [(1.0, 1), (2.0, 2), (3.0, 3), (4.5, 4), (8.25, 5)],
        9.0,
        [(2.0, 1), (4.0, 3), (6.0, 4), (10.0, 5), (10.0, "end")],
    ),
    "buffer seconds, empty ones too": (
        lambda c: c.buffer(seconds=2),
        [(1.0, 1), (3.0, 2), (3.5, 3), (7.0, 4)],
        7.5,
        [(2.0, [1]), (4.0, [2, 3]), (6.0, []), (7.5, [4]), (7.5, "end")],
    ),
    "buffer seconds and count, the time begins anew with each": (
        lambda c: c.buffer(seconds=2, count=2),
        [(1.0, 1), (1.5, 2), (2.0, 3), (3.5 + BIT, 4), (4.0, 5)],
        6.0,
        [(1.5, [1, 2]), (3.5, [3]), (4.0, [4, 5]), (6.0, []), (6.0, []), (6.0, "end")],
    ),
    "window seconds": (
        lambda c: c.window(seconds=2).flat_map(lambda window: window.to_list()),
        [(1.0, 1), (3.0, 2), (3.5, 3), (7.0, 4)],
        7.5,
        [(2.0, [1]), (4.0, [2, 3]), (6.0, []), (7.5, [4]), (7.5, "end")],
    ),
    "window seconds and count": (
        lambda c: c.window(seconds=2, count=2).flat_map(lambda window: window.to_list()),
        [(1.0, 1), (1.5, 2), (2.0, 3), (3.5 + BIT, 4), (4.0, 5)],
        5.0,
        [(1.5, [1, 2]), (3.5, [3]), (4.0, [4, 5]), (5.0, []), (5.0, "end")],
    ),
    "delay, events and the end": (
        lambda c: c.delay(2.5),
        [(1.0, 1), (1.0, 2), (3.5, 3)],
        4.0,
        [(3.5, 1), (3.5, 2), (6.0, 3), (6.5, "end")],
    ),
    "delay of nothing": (lambda c: c.delay(0), [(1.0, 1), (2.0, 2)], 3.0, [(1.0, 1), (2.0, 2), (3.0, "end")]),
    "timeout, at its very end it is too late": (
        lambda c: c.timeout(2),
        [(1.0, 1), (2.5, 2), (4.5, 3)],
        None,
        [(1.0, 1), (2.5, 2), (4.5, "late")],
    ),
    "timeout, a bit before it is not": (
        lambda c: c.timeout(2),
        [(2.0 - BIT, 1), (4.0 - 2 * BIT, 2)],
        5.0,
        [(2.0 - BIT, 1), (4.0 - 2 * BIT, 2), (5.0, "end")],
    ),
    "timeout, on with another": (
        lambda c: c.timeout(2, interval(1).take(2)),
        [(1.0, 1), (10.0, 2)],
        11.0,
        [(1.0, 1), (4.0, 0), (5.0, 1), (5.0, "end")],
    ),
    "timeout, and the first event is waited for from the subscription": (
        lambda c: c.timeout(2),
        [],
        None,
        [(2.0, "late")],
    ),
    "each idle": (
        lambda c: c.key_by(lambda n: n % 2).each(lambda _, s: s.to_list(), idle=2),
        [(1.0, 1), (2.0, 2), (3.0, 3), (3.0, 5), (4.5, 2)],
        6.0,
        [(3.0, [1]), (4.0, [2]), (5.0, [3, 5]), (6.0, [2]), (6.0, "end")],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_what_comes_when(name: str) -> None:
    build, events, end, expected = CASES[name]
    assert run(played(build, events, end)) == expected


def test_a_pair_is_joined_at_the_very_end_of_its_time_and_not_later() -> None:
    async def main() -> Seen:
        left: Channel[str] = Channel("Left")
        right: Channel[str] = Channel("Right")
        seen: Seen = []
        left.join(right, on=lambda name: name[0], within=2).subscribe(lambda pair: seen.append((clock.now(), pair)))
        for when, channel, name in [
            (0.0, left, "a1"),
            (1.0, right, "b1"),
            (2.0, right, "a2"),  # exactly within
            (2.0 + BIT, right, "a3"),  # a1 is gone
            (3.0, left, "b2"),  # exactly within
            (3.0 + BIT, left, "b3"),  # b1 is gone
            (4.0, left, "a4"),  # a2 just, and a3
            (9.0, right, "a5"),
        ]:
            await clock.sleep_until(when)
            await channel.send(name)
        return seen

    assert run(main()) == [
        (2.0, ("a1", "a2")),
        (3.0, ("b2", "b1")),
        (4.0, ("a4", "a2")),
        (4.0, ("a4", "a3")),
    ]


@settings(max_examples=120)
@given(
    script=st.lists(
        st.tuples(st.sampled_from([0.0, 0.25, 0.5, 1.0, 2.0, 2.25]), st.booleans(), st.integers(0, 2)), max_size=20
    ),
    within=st.sampled_from([0.5, 1.0, 2.0]),
)
def test_a_join_gives_every_pair_of_a_key_within_its_time(script: list[tuple[float, bool, int]], within: float) -> None:
    async def main() -> tuple[Seen, Seen]:
        sides: tuple[Channel[tuple[int, int]], Channel[tuple[int, int]]] = Channel("Left"), Channel("Right")
        seen: Seen = []
        expected: Seen = []
        sent: list[tuple[float, bool, tuple[int, int]]] = []
        sides[0].join(sides[1], on=lambda event: event[0], within=within).subscribe(
            lambda pair: seen.append((clock.now(), pair))
        )
        for number, (gap, right, key) in enumerate(script):
            await asyncio.sleep(gap)
            event = (key, number)
            for when, from_right, other in sent:
                if from_right != right and other[0] == key and clock.now() - when <= within:
                    expected.append((clock.now(), (other, event) if right else (event, other)))
            sent.append((clock.now(), right, event))
            await sides[right].send(event)
        return seen, expected

    seen, expected = run(main())
    assert seen == expected


def test_a_join_lets_go_of_what_can_pair_no_more_and_of_its_timer() -> None:
    async def main() -> None:
        left: Channel[int] = Channel("Left")
        right: Channel[int] = Channel("Right")
        loop: Any = asyncio.get_running_loop()
        async with Consumer(left.join(right, on=lambda number: number, within=2)) as pairs:
            for number in range(1000):
                await left.send(number)
            timers = [timer for timer in loop._scheduled if not timer.cancelled()]
            assert len(timers) == 1
            await asyncio.sleep(3)
            assert not [timer for timer in loop._scheduled if not timer.cancelled()]
            await right.send(5)
            assert pairs.stats().sent == 0

    run(main())


BEATS: dict[str, Build] = {
    "interval": lambda _: interval(1.0),
    "timer": lambda _: timer(1.0, 1.0),
    "buffer": lambda c: c.buffer(seconds=1.0),
    "window": lambda c: c.window(seconds=1.0).skip(1),
    "sample": lambda c: c.merge(interval(1 / 64)).sample(1.0),
}


@pytest.mark.parametrize("name", BEATS)
def test_a_loop_that_is_late_makes_up_for_beats_without_drift(name: str) -> None:
    async def main() -> list[float]:
        loop: Any = asyncio.get_running_loop()
        async with Consumer(BEATS[name](Channel("Numbers")).take(8)) as beats:
            times = [(await beats.get(), loop.time())[1] for _ in range(2)]
            loop._now += 3.5  # something blocked the loop for that long
            times += [(await beats.get(), loop.time())[1] for _ in range(6)]
        return times

    if name == "sample":  # of the beats that come at once, only the first finds an event
        assert run(main()) == [1.0, 2.0, 5.5, 6.0, 7.0, 8.0, 9.0, 10.0]
    else:
        assert run(main()) == [1.0, 2.0, 5.5, 5.5, 5.5, 6.0, 7.0, 8.0]


def test_nothing_is_due_any_more_when_a_consumer_of_timed_operators_is_closed() -> None:
    builds: list[Build] = [build for build, *_ in CASES.values()]

    async def main() -> None:
        loop: Any = asyncio.get_running_loop()
        for build in builds:
            channel: Channel[int] = Channel("Numbers")
            consumer = Consumer(build(channel))
            await channel.send_many([1, 2])
            consumer.close()
            assert not [timer for timer in loop._scheduled if not timer.cancelled()]
            assert not channel._fan_out._sinks

    run(main())


def test_a_timed_operator_under_another_reads_the_same_clock() -> None:
    async def main() -> Seen:
        seen: Seen = []
        stream = from_iterable([1, 2, 3]).delay(1).merge(interval(0.5).take(3).delay(0.25)).timestamp()
        async with Consumer(stream) as consumer:
            async for stamped in consumer:
                assert stamped.timestamp.timestamp() == clock.now()
                seen.append((clock.now(), stamped.value))
        return seen

    assert run(main()) == [(0.75, 0), (1.0, 1), (1.0, 2), (1.0, 3), (1.25, 1), (1.75, 2)]
