"""Promise 10: under a Consumer all time is the running loop's, on its thread; on a virtual-time loop it is exact."""

from __future__ import annotations

import asyncio
import math
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, TypeAlias

import pytest
import reactivex
from hypothesis import given, settings
from hypothesis import strategies as st
from reactivex import Observable
from reactivex import operators as ops
from reactivex.subject import Subject
from reactivex.testing import TestScheduler

from async_channel import Channel, Consumer, clock
from tests.rx_scripts import Boom, at
from tests.support import run

Timed: TypeAlias = Callable[[Any], Observable[Any]]
"""Makes an operator of a Subject or a Channel. Any, as the same lambda is given both."""
Seen: TypeAlias = list[tuple[float, object]]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def started(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The threads that were started during a test: no operator may start one."""
    names: list[str] = []
    real = threading.Thread.start

    def start(self: threading.Thread) -> None:
        names.append(self.name)
        real(self)

    monkeypatch.setattr(threading.Thread, "start", start)
    yield names
    assert names == []


# Events come at odd quarters of a second. A period that begins at the subscription is a whole number of halves, one
# that begins at an event is a bit more: so no two things happen at one moment, and all times are exact in binary and
# in microseconds.
BIT = 1 / 64

OPERATORS: dict[str, Timed] = {
    "buffer_with_time": ops.buffer_with_time(1.5),
    "buffer_with_time_shift": ops.buffer_with_time(1.5, 1.0),
    "buffer_with_time_or_count": ops.buffer_with_time_or_count(2.0 + BIT, 3),
    "debounce": ops.debounce(1.0 + BIT),
    "delay": ops.delay(2.5 + BIT),
    "delay_subscription": ops.delay_subscription(1.0),
    "delay_with_mapper": ops.delay_with_mapper(lambda n: reactivex.timer(n * (0.5 + BIT))),
    "flat_map_timer": lambda source: source.flat_map(lambda n: reactivex.timer(n * (1 + BIT)).map(lambda _: n)),
    "interval": lambda source: reactivex.interval(1.0).pipe(ops.with_latest_from(source), ops.take(9)),
    "switch_map_interval": lambda source: source.switch_map(lambda n: reactivex.interval(0.5 + n + BIT)).take(9),
    "sample": ops.sample(1.0),
    "skip_last_with_time": ops.skip_last_with_time(1.5),
    "skip_until_with_time": ops.skip_until_with_time(EPOCH + timedelta(seconds=3)),
    "skip_with_time": ops.skip_with_time(3.0),
    "take_last_with_time": ops.take_last_with_time(2.0),
    "take_until_with_time": ops.take_until_with_time(EPOCH + timedelta(seconds=5)),
    "take_with_time": ops.take_with_time(4.0),
    "throttle_first": ops.throttle_first(1.5),
    "throttle_with_mapper": ops.throttle_with_mapper(lambda n: reactivex.timer(n * 0.5 + BIT)),
    "time_interval": lambda source: source.time_interval().map(lambda i: (i.value, i.interval)),
    "timeout": ops.timeout(3.0 + BIT, reactivex.of(-1)),
    "timestamp": lambda source: source.timestamp().map(lambda s: (s.value, s.timestamp)),
    "window_with_time": lambda source: source.window_with_time(1.5).flat_map(lambda window: window.to_list()),
    "group_by_until": lambda source: source.group_by_until(
        lambda n: n % 2, None, lambda _: reactivex.timer(2.5 + BIT)
    ).flat_map(lambda g: g.to_list()),
    "throttle (ours)": lambda source: source.throttle(1.5) if isinstance(source, Channel) else _throttled(source),
    "debounce (ours)": lambda source: source.debounce(1.0 + BIT),
    "sample (ours)": lambda source: source.sample(1.0),
    "buffer seconds (ours)": lambda source: (
        source.buffer(seconds=1.5) if isinstance(source, Channel) else source.pipe(ops.buffer_with_time(1.5))
    ),
    "buffer both (ours)": lambda source: (
        source.buffer(seconds=2.0 + BIT, count=3)
        if isinstance(source, Channel)
        else source.pipe(ops.buffer_with_time_or_count(2.0 + BIT, 3))
    ),
}
_throttled: Timed = ops.throttle_first(1.5)


@st.composite
def scripts(draw: st.DrawFn) -> tuple[list[tuple[float, int]], float, bool]:
    """Events with their times, the time of the end, and whether it is an error."""
    slots = draw(st.lists(st.integers(0, 20), max_size=15, unique=True))
    end = draw(st.integers(21, 30))
    return (
        [(0.25 + slot * 0.5, draw(st.integers(0, 4))) for slot in sorted(slots)],
        0.25 + end * 0.5,
        draw(st.booleans()),
    )


def on_test_scheduler(operator: Timed, events: list[tuple[float, int]], end: float, fails: bool) -> Seen:
    scheduler = TestScheduler()
    source: Subject[int] = Subject()
    seen: Seen = []
    operator(source).subscribe(
        lambda value: seen.append((scheduler.clock, value)),
        lambda error: seen.append((scheduler.clock, error)),
        lambda: seen.append((scheduler.clock, "end")),
        scheduler=scheduler,
    )
    for when, value in events:
        at(scheduler, when, partial(source.on_next, value))
    at(scheduler, end, (lambda: source.on_error(Boom("end"))) if fails else source.on_completed)
    at(scheduler, end + 50, scheduler.stop)
    scheduler.start()
    return seen


async def on_loop(operator: Timed, events: list[tuple[float, int]], end: float, fails: bool) -> Seen:
    loop = asyncio.get_running_loop()
    main_thread = threading.get_ident()
    channel: Channel[int] = Channel()
    Consumer(channel).close()  # what is sent from here on is not kept for a first consumer, as on a Subject
    seen: Seen = []

    def on_the_loop_thread(value: object) -> object:
        assert threading.get_ident() == main_thread
        return value

    consumer = Consumer(operator(channel).pipe(ops.map(on_the_loop_thread)))

    async def read() -> None:
        try:
            async for value in consumer:
                seen.append((loop.time(), value))
            seen.append((loop.time(), "end"))
        except Boom as error:
            seen.append((loop.time(), error))

    reading = asyncio.create_task(read())
    for when, value in events:
        await clock.sleep_until(when)
        await channel.send(value)
    await clock.sleep_until(end)
    channel.on_error(Boom("end")) if fails else channel.on_completed()
    await asyncio.wait([reading], timeout=50)
    reading.cancel()
    return seen


@pytest.mark.parametrize("name", OPERATORS)
@given(script=scripts())
@settings(max_examples=12)
def test_operators_are_exact_on_virtual_time(name: str, script: tuple[list[tuple[float, int]], float, bool]) -> None:
    assert run(on_loop(OPERATORS[name], *script)) == on_test_scheduler(OPERATORS[name], *script)


PERIODS: dict[str, tuple[Callable[[Channel[int]], Observable[Any]], list[float]]] = {
    "buffer": (lambda c: c.buffer(seconds=0.1), [0.1 * n for n in range(1, 1001)]),
    "sample": (lambda c: c.merge(reactivex.interval(0.001)).sample(0.1), [0.1 * n for n in range(1, 1001)]),
    "interval": (lambda c: c.merge(reactivex.interval(0.1)), [0.1 * n for n in range(1, 1001)]),
}


@pytest.mark.parametrize("name", PERIODS)
def test_a_period_never_drifts(name: str) -> None:
    build, due = PERIODS[name]

    async def main() -> list[float]:
        loop = asyncio.get_running_loop()
        consumer = Consumer(build(Channel()))
        times: list[float] = []
        async for _ in consumer:
            times.append(loop.time())
            if len(times) == len(due):
                break
        return times

    for time_seen, time_due in zip(run(main()), due, strict=True):
        assert time_seen == pytest.approx(time_due, abs=2e-6)  # dates have microseconds


def test_an_absolute_date_is_a_date_of_the_loop() -> None:
    start = datetime(2031, 5, 17, 12, tzinfo=UTC)

    async def main() -> tuple[float, datetime]:
        channel: Channel[int] = Channel()
        loop = asyncio.get_running_loop()
        consumer = Consumer(reactivex.timer(start + timedelta(hours=3)).pipe(ops.merge(channel), ops.timestamp()))
        stamped = await consumer.get()
        return loop.time(), stamped.timestamp

    assert clock.run(main(), speed=math.inf, start=start) == (
        3 * 3600,
        (start + timedelta(hours=3)),
    )


def test_what_is_due_at_one_moment_happens_in_the_order_it_was_asked_for() -> None:
    async def main() -> tuple[list[int], list[int]]:
        channel: Channel[int] = Channel()
        late = Consumer(channel.flat_map(lambda n: reactivex.timer(1.0).map(lambda _: n)))
        await channel.send_many(range(20))
        woken: list[int] = []

        async def sleep(number: int) -> None:
            await asyncio.sleep(1.0)
            woken.append(number)

        await asyncio.gather(*(sleep(number) for number in range(20)))
        return [late.get_nowait() for _ in range(20)], woken

    assert run(main()) == (list(range(20)), list(range(20)))


def test_timeouts_and_sleeps_follow_the_same_clock() -> None:
    async def main() -> list[float]:
        consumer = Consumer(Channel[int]().delay(1.0))
        times = [clock.now()]
        with pytest.raises(TimeoutError):
            await consumer.get(timeout=86_400)
        times.append(clock.now())
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.5):
                await asyncio.sleep(1)
        return [*times, clock.now()]

    began = time.perf_counter()
    assert clock.run(main(), speed=math.inf, start=1000) == [1000, 87_400, 87_400.5]
    assert time.perf_counter() - began < 30  # a day has not passed


def test_no_operator_starts_a_thread_on_a_real_loop() -> None:
    """Without a consumer's scheduler, each of reactivex's timers is a thread."""

    async def main() -> int:
        before = threading.active_count()
        channel: Channel[int] = Channel()
        async with (
            Consumer(channel.delay(0.001)) as delayed,
            Consumer(channel.throttle_with_timeout(0.001)) as debounced,
            Consumer(channel.buffer(seconds=0.001)) as buffered,
        ):
            await channel.send(1)
            assert (await delayed.get(), await debounced.get()) == (1, 1)
            batch: list[int] = []
            while not batch:  # a busy machine may beat any number of times before the event is sent
                batch = await buffered.get()
            assert batch == [1]
            return threading.active_count() - before

    assert asyncio.run(main()) == 0


@pytest.mark.parametrize("speed", [20.0, 1000.0])
def test_a_scaled_loop_runs_that_many_times_as_fast(speed: float) -> None:
    """Coarsely: a busy machine is late, but never early."""

    async def main() -> tuple[float, float, list[int]]:
        loop = asyncio.get_running_loop()
        began = loop.time()
        channel: Channel[int] = Channel()
        ticks = Consumer(channel.merge(reactivex.interval(speed / 100)).take(10))
        seen = [tick async for tick in ticks]
        return loop.time() - began, clock.now(), seen

    began, date = time.monotonic(), time.time()
    passed, now, seen = clock.run(main(), speed=speed)
    real = time.monotonic() - began
    assert seen == list(range(10))
    assert passed >= 0.1 * speed * 0.999
    assert real >= 0.0999  # ten ticks, each of a hundredth of a second
    assert passed <= real * speed
    assert date - 1 <= now - passed <= date + real * speed + 1


def test_two_runs_on_virtual_time_are_equal() -> None:
    async def main() -> Seen:
        channel: Channel[int] = Channel()
        board = Consumer(channel.throttle(0.3).timestamp().merge(channel.sample(0.7), channel.buffer(seconds=1)))

        async def send(pause: float) -> None:
            for number in range(50):
                await channel.send(number)
                await asyncio.sleep(pause)

        async with asyncio.TaskGroup() as group:
            for pause in (0.1, 0.17, 0.33):
                group.create_task(send(pause))
        await channel.stop()
        return [(clock.now(), str(item)) for batch in [b async for b in board.batches()] for item in batch]

    assert run(main()) == run(main())
