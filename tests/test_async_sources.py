"""Sources: read only as far as there is room below, begun anew by each subscription, let go with the last event."""

from __future__ import annotations

import asyncio
import itertools
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from async_channel import (
    Channel,
    Consumer,
    NotStarted,
    Overflow,
    Stream,
    clock,
    from_async_iterable,
    from_iterable,
    interval,
    timer,
)
from tests.rx_scripts import Boom
from tests.support import run


class Pulled:
    """Endless numbers that count how many were taken, and whether they were let go."""

    def __init__(self, fail_at: int | None = None) -> None:
        self.count = 0
        self.closed = 0
        self.fail_at = fail_at

    def __iter__(self) -> Iterator[int]:
        for number in itertools.count():
            if number == self.fail_at:
                raise Boom(str(number))
            self.count += 1
            yield number

    async def __aiter__(self) -> AsyncIterator[int]:
        try:
            for number in self:
                yield number
        finally:
            self.closed += 1


Make = Callable[[Any], Stream[int]]
BOTH: dict[str, Make] = {"from_iterable": from_iterable, "from_async_iterable": from_async_iterable}
both = pytest.mark.parametrize("make", BOTH.values(), ids=BOTH)


@both
@settings(max_examples=60)
@given(capacity=st.integers(1, 5), reads=st.lists(st.integers(1, 4), max_size=8), keep=st.integers(1, 3))
def test_no_more_is_read_than_there_is_room_for(make: Make, capacity: int, reads: list[int], keep: int) -> None:
    async def main() -> None:
        pulled = Pulled()
        stream = make(pulled).filter(lambda number: number % keep == 0)
        async with Consumer(stream, capacity=capacity) as consumer:
            taken = 0
            for read in [0, *reads]:
                for _ in range(read):
                    assert await consumer.get() == taken * keep
                    taken += 1
                await asyncio.sleep(1)
                assert consumer.stats().pending == capacity
                # The one that filled it, and one more that waits for room in its hand.
                filled = (taken + capacity - 1) * keep + 1
                assert filled <= pulled.count <= filled + 1
        await asyncio.sleep(0)
        assert asyncio.all_tasks() == {asyncio.current_task()}

    run(main())


@both
def test_the_loop_runs_though_the_source_never_waits_and_nothing_is_let_through(make: Make) -> None:
    async def main() -> int:
        pulled = Pulled()
        turns = 0
        async with Consumer(make(pulled).filter(lambda _: False)):
            while pulled.count < 20_000:
                await asyncio.sleep(0)
                turns += 1
        return turns

    assert 10 <= run(main()) <= 20_000


@both
def test_an_error_of_the_source_comes_after_its_items(make: Make) -> None:
    async def main() -> list[int]:
        async with Consumer(make(Pulled(fail_at=3)), capacity=1) as consumer:
            seen = [await consumer.get() for _ in range(3)]
            with pytest.raises(Boom, match="3"):
                await consumer.get()
        return seen

    assert run(main()) == [0, 1, 2]


@both
def test_each_subscription_begins_anew_and_take_lets_the_source_go(make: Make) -> None:
    async def main() -> None:
        pulled = Pulled()
        stream = make(pulled).take(3)
        for _ in range(3):
            async with Consumer(stream) as consumer:
                assert [number async for number in consumer] == [0, 1, 2]
        assert pulled.count == 9
        assert pulled.closed == (0 if make is from_iterable else 3)
        assert asyncio.all_tasks() == {asyncio.current_task()}

    run(main())


def test_a_generator_function_is_called_by_each_subscription() -> None:
    async def main() -> None:
        closed = 0

        async def numbers() -> AsyncIterator[int]:
            nonlocal closed
            try:
                for number in itertools.count():
                    yield number
            finally:
                closed += 1

        stream = from_async_iterable(numbers).take(2)
        for _ in range(3):
            async with Consumer(stream) as consumer:
                assert [number async for number in consumer] == [0, 1]
        assert closed == 3

    run(main())


def test_a_generator_itself_is_read_once_and_the_second_subscription_is_told() -> None:
    async def main() -> None:
        stream = from_async_iterable(aiter(Pulled())).take(2)
        async with Consumer(stream) as consumer:
            assert [number async for number in consumer] == [0, 1]
        with pytest.raises(RuntimeError, match="can be read but once"):
            Consumer(stream)

    run(main())


def test_a_function_that_raises_or_gives_something_else_fails_the_stream() -> None:
    def raises() -> Any:
        raise Boom("function")

    def lists() -> Any:
        return [1, 2]

    async def main() -> None:
        async with Consumer(from_async_iterable(raises)) as consumer:
            with pytest.raises(Boom, match="function"):
                await consumer.get()
        async with Consumer(from_async_iterable(lists)) as consumer:
            with pytest.raises(TypeError, match="from_async_iterable"):
                await consumer.get()

    run(main())


def test_a_source_that_can_not_be_iterated_when_its_time_comes_fails_the_stream() -> None:
    class Broken:
        def __iter__(self) -> Iterator[int]:
            raise Boom("iter")

    async def main() -> None:
        async with Consumer(from_iterable(Broken())) as consumer:
            with pytest.raises(Boom, match="iter"):
                await consumer.get()

    run(main())
    errors: list[Exception] = []
    from_iterable(Broken()).subscribe(on_error=errors.append)
    assert errors == [Boom("iter")]


def test_a_plain_subscription_gets_an_iterable_at_once_without_a_loop() -> None:
    seen: list[int | str] = []
    from_iterable(range(3)).map(lambda number: number * 2).subscribe(
        seen.append, on_completed=lambda: seen.append("end")
    )
    assert seen == [0, 2, 4, "end"]
    pulled = Pulled()
    from_iterable(pulled).take(2).subscribe(seen.append)
    assert seen[4:] == [0, 1]
    assert pulled.count <= 3


def test_a_plain_subscription_of_an_asynchronous_iterable_reads_it_in_a_task_that_ends_with_it() -> None:
    async def main() -> None:
        pulled = Pulled()
        seen: list[int] = []

        async def slowly() -> AsyncIterator[int]:
            try:
                for number in itertools.count():
                    yield number
                    await asyncio.sleep(1)
            finally:
                pulled.closed += 1

        subscription = from_async_iterable(slowly()).subscribe(seen.append)
        await asyncio.sleep(2.5)
        subscription.dispose()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert (seen, pulled.closed) == ([0, 1, 2], 1)
        assert asyncio.all_tasks() == {asyncio.current_task()}

    run(main())


@pytest.mark.parametrize("waiting", [False, True])
def test_a_generator_is_closed_and_waited_for_when_its_consumer_is_left(waiting: bool) -> None:
    async def main() -> list[str]:
        log: list[str] = []

        async def source() -> AsyncIterator[int]:
            try:
                for number in itertools.count():
                    if waiting:
                        await asyncio.sleep(1)
                    yield number
            finally:
                await asyncio.sleep(5)
                log.append("closed")

        async with Consumer(from_async_iterable(source()), capacity=1) as consumer:
            assert await consumer.get() == 0
        assert asyncio.all_tasks() == {asyncio.current_task()}
        return log

    assert run(main()) == ["closed"]


def test_sources_beside_a_channel_wait_their_turn_and_nothing_is_lost() -> None:
    async def main() -> None:
        channel: Channel[int] = Channel("Numbers", capacity=2)
        merged = channel.merge(from_iterable(range(100, 120)), from_async_iterable(Pulled()).take(20))
        async with Consumer(merged, capacity=1) as consumer:
            sending = asyncio.create_task(channel.send_many(range(200, 220)))
            seen = [await consumer.get() for _ in range(60)]
            await sending
        assert sorted(seen) == [*range(20), *range(100, 120), *range(200, 220)]
        for begin in (0, 100, 200):
            assert [n for n in seen if begin <= n < begin + 100] == list(range(begin, begin + 20))
        assert len(set(seen[:6])) == 6
        assert {number // 100 for number in seen[:9]} == {0, 1, 2}  # none of the three starves

    run(main())


# ---- timers


async def times_of(stream: Stream[int], until: float) -> list[tuple[float, int | str]]:
    seen: list[tuple[float, int | str]] = []
    stream.subscribe(
        lambda number: seen.append((clock.now(), number)), on_completed=lambda: seen.append((clock.now(), "end"))
    )
    consumer = Consumer(stream)
    await asyncio.sleep(until)
    consumed = [consumer.get_nowait() for _ in range(consumer.stats().pending)]
    assert consumed == [number for _, number in seen if number != "end"]
    consumer.close()
    return seen


TIMERS: dict[str, tuple[Callable[[], Stream[int]], float, list[tuple[float, int | str]]]] = {
    "timer": (lambda: timer(4), 10.0, [(4.0, 0), (4.0, "end")]),
    "timer 0": (lambda: timer(0), 10.0, [(0.0, 0), (0.0, "end")]),
    "timer timedelta": (lambda: timer(timedelta(seconds=1.5)), 10.0, [(1.5, 0), (1.5, "end")]),
    "timer period": (lambda: timer(4, 2).take(3), 10.0, [(4.0, 0), (6.0, 1), (8.0, 2), (8.0, "end")]),
    "timer 0 period": (lambda: timer(0, 0.25).take(3), 10.0, [(0.0, 0), (0.25, 1), (0.5, 2), (0.5, "end")]),
    "interval": (lambda: interval(2.5), 10.0, [(2.5, 0), (5.0, 1), (7.5, 2), (10.0, 3)]),
    "interval timedelta": (lambda: interval(timedelta(seconds=5)).take(1), 9.0, [(5.0, 0), (5.0, "end")]),
}


@pytest.mark.parametrize("name", TIMERS)
def test_timers_are_exact(name: str) -> None:
    make, until, expected = TIMERS[name]
    assert run(times_of(make(), until)) == expected


@pytest.mark.parametrize("make", [lambda: interval(0.1), lambda: timer(0.1, 0.1)], ids=["interval", "timer"])
def test_beats_never_drift(make: Callable[[], Stream[int]]) -> None:
    async def main() -> list[float]:
        async with Consumer(make().take(1000)) as consumer:
            return [clock.now() async for _ in consumer]

    for beat, when in enumerate(run(main())):
        assert when == pytest.approx(0.1 * (beat + 1), abs=2e-6)


@pytest.mark.parametrize("make", [lambda: interval(1), lambda: timer(1), lambda: from_async_iterable(Pulled())])
def test_without_a_loop_a_clock_or_a_task_is_refused(make: Callable[[], Stream[int]]) -> None:
    stream = make()
    with pytest.raises(NotStarted, match="running event loop"):
        Consumer(stream)
    errors: list[Exception] = []
    stream.subscribe(on_error=errors.append)
    assert [type(error) for error in errors] == [NotStarted]


REAL: dict[str, Callable[[Channel[int]], Stream[Any]]] = {
    "interval": lambda _: interval(0.002),
    "timer": lambda _: timer(0.002, 0.002),
    "from_iterable": lambda _: from_iterable(itertools.count()),
    "from_async_iterable": lambda _: from_async_iterable(Pulled()),
    "throttle": lambda channel: channel.throttle(0.001),
    "debounce": lambda channel: channel.debounce(0.001),
    "sample": lambda channel: channel.sample(0.001),
    "delay": lambda channel: channel.delay(0.001),
    "timeout": lambda channel: channel.filter(lambda _: False).timeout(0.002, from_iterable([1])),
    "buffer": lambda channel: channel.buffer(seconds=0.001),
    "buffer both": lambda channel: channel.buffer(seconds=0.001, count=10),
    "window": lambda channel: channel.window(seconds=0.001).flat_map(lambda window: window.start_with(-1)),
    "window both": lambda channel: channel.window(seconds=0.001, count=9).flat_map(lambda window: window),
    "join": lambda channel: channel.join(channel, on=lambda number: number, within=0.01),
    "each": lambda channel: channel.key_by(lambda n: n).each(lambda _, s: s.take_last(1), idle=0.002),
    "map_async": lambda channel: channel.map_async(soon, 2),
    "switch_map": lambda channel: channel.switch_map(lambda _: interval(0.001)),
}


async def soon(number: int) -> int:
    await asyncio.sleep(0.001)
    return number


def test_no_timed_or_asynchronous_operator_starts_a_thread_on_a_real_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[str] = []
    monkeypatch.setattr(threading.Thread, "start", lambda self: started.append(self.name))

    async def main() -> None:
        channel: Channel[int] = Channel("Numbers")
        before = threading.active_count()

        async def first(name: str) -> None:
            lossy = Overflow.DROP_OLDEST  # a clock does not wait for a busy machine
            consumer = Consumer(REAL[name](channel), capacity=4, overflow=lossy, name=name)
            async with asyncio.timeout(20), consumer:  # however busy the machine is
                await consumer.get()

        async def beat() -> None:
            for number in itertools.count():
                await channel.send(number)
                await asyncio.sleep(0.004)

        beating = asyncio.create_task(beat())
        await asyncio.gather(*map(first, REAL))
        beating.cancel()
        assert threading.active_count() == before

    asyncio.run(main())
    assert started == []
