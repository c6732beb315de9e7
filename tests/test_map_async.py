"""Coroutines in pipelines: so many at a time, in order, exactly once, with backpressure, errors by policy."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Callable, Generator, Hashable
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from async_channel import Channel, Consumer, NotStarted, OnError, Stream, clock, from_iterable
from tests.rx_scripts import Boom
from tests.support import run


@dataclass(frozen=True)
class Work:
    """An event: how long its coroutine takes, its key, and whether that raises."""

    number: int
    seconds: float
    key: int
    raises: bool = False


@dataclass
class Log:
    """What the coroutines did."""

    live: int = 0
    peak: int = 0
    live_keys: Counter[Hashable] = field(default_factory=Counter[Hashable])
    began: list[Work] = field(default_factory=list[Work])
    ended: list[Work] = field(default_factory=list[Work])
    at: dict[int, float] = field(default_factory=dict[int, float])

    async def do(self, work: Work) -> Work:
        self.live += 1
        self.peak = max(self.peak, self.live)
        self.live_keys[work.key] += 1
        self.began.append(work)
        self.at[work.number] = clock.now()
        try:
            for _ in range(int(work.seconds)):  # some suspend often
                await asyncio.sleep(work.seconds / int(work.seconds))
            if work.raises:
                raise Boom(str(work.number))
            return work
        finally:
            self.live -= 1
            self.live_keys[work.key] -= 1
            self.ended.append(work)


@dataclass(frozen=True)
class Plan:
    """A stage, what is sent, and how fast it is read."""

    events: tuple[Work, ...]
    gaps: tuple[float, ...]
    operator: str
    concurrency: int
    ordered: bool
    by_key: bool
    skips: bool
    capacity: int
    room: int
    read_every: float
    fails: bool

    def stage(self, source: Stream[Work], log: Log) -> Stream[Work]:
        by_key: Callable[[Work], Hashable] | None = (lambda work: work.key) if self.by_key else None
        on_error = OnError.LOG if self.skips else OnError.STOP
        if self.operator == "map_async":
            return source.map_async(log.do, self.concurrency, ordered=self.ordered, by_key=by_key, on_error=on_error)
        if self.operator == "filter_async":
            return source.filter_async(log.do, self.concurrency, ordered=self.ordered, by_key=by_key, on_error=on_error)

        async def items(work: Work) -> AsyncIterator[Work]:
            yield await log.do(work)

        return source.flat_map_async(items, self.concurrency, by_key=by_key, on_error=on_error)

    @property
    def keeps_order(self) -> bool:
        return (self.ordered and self.operator != "flat_map_async") or self.concurrency == 1


@st.composite
def plans(draw: st.DrawFn, *, fails: bool = False) -> Plan:
    count = draw(st.integers(0, 25))
    seconds = st.sampled_from([0.0, 0.0, 1.0, 1.0, 2.0, 3.0, 0.5])
    events = tuple(
        Work(number, draw(seconds), draw(st.integers(0, 3)), fails and draw(st.integers(0, 5)) == 0)
        for number in range(count)
    )
    return Plan(
        events,
        tuple(draw(st.lists(st.sampled_from([0.0, 0.0, 0.0, 0.5, 2.0]), min_size=count, max_size=count))),
        draw(st.sampled_from(["map_async", "map_async", "filter_async", "flat_map_async"])),
        draw(st.integers(1, 5)),
        draw(st.booleans()),
        draw(st.booleans()),
        fails and draw(st.booleans()),
        draw(st.integers(1, 4)),
        draw(st.integers(1, 4)),
        draw(st.sampled_from([0.0, 0.0, 1.0])),
        draw(st.booleans()),
    )


async def played(plan: Plan, log: Log) -> tuple[list[Work], Exception | None, list[object]]:
    """What comes out, what it ends with, and the failures that are reported."""
    channel: Channel[Work] = Channel("Work", capacity=plan.capacity)
    reported: list[object] = []
    channel.errors.subscribe(lambda failure: reported.append((failure.error, failure.event)))
    out: list[Work] = []
    end: Exception | None = None

    async def send() -> None:
        for work, gap in zip(plan.events, plan.gaps, strict=True):
            if gap:
                await asyncio.sleep(gap)
            await channel.send(work)
        channel.on_error(Boom("end")) if plan.fails else channel.on_completed()

    async with Consumer(plan.stage(channel, log), capacity=plan.room) as consumer:
        sending = asyncio.create_task(send())
        try:
            async for work in consumer:
                out.append(work)
                if plan.read_every:
                    await asyncio.sleep(plan.read_every)
        except Boom as error:
            end = error
        await sending
    assert log.live == 0
    assert asyncio.all_tasks() == {asyncio.current_task()}
    assert not channel._fan_out._sinks
    return out, end, reported


@contextmanager
def quiet() -> Generator[None]:
    """What is skipped is logged as well: here nobody looks at that."""
    logger = logging.getLogger("async_channel")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(level)


@settings(max_examples=120)
@given(plans())
def test_every_event_exactly_once_in_order_never_too_many_and_then_the_end(plan: Plan) -> None:
    log = Log()
    out, end, reported = run(played(plan, log))
    assert log.peak <= plan.concurrency
    assert sorted(out, key=lambda work: work.number) == list(plan.events)  # nothing lost, also at the end
    assert len(log.began) == len(plan.events)
    assert end == (Boom("end") if plan.fails else None)
    assert reported == []
    if plan.keeps_order:
        assert out == list(plan.events)
    if plan.by_key:
        for key in range(4):
            mine = [work for work in plan.events if work.key == key]
            assert [work for work in log.began if work.key == key] == mine
            assert [work for work in log.ended if work.key == key] == mine
            assert [work for work in out if work.key == key] == mine


@settings(max_examples=120)
@given(plans(fails=True))
def test_an_event_whose_coroutine_raises_ends_the_stream_or_is_left_out(plan: Plan) -> None:
    log = Log()
    with quiet():
        out, end, reported = run(played(plan, log))
    failing = [work for work in plan.events if work.raises]
    fine = [work for work in plan.events if not work.raises]
    if plan.skips or not failing:
        assert sorted(out, key=lambda work: work.number) == fine
        assert end == (Boom("end") if plan.fails else None)
        assert sorted(reported, key=str) == sorted(((Boom(str(work.number)), work) for work in failing), key=str)
        if plan.keeps_order:
            assert out == fine
    else:
        assert reported == []
        assert isinstance(end, Boom)
        if plan.keeps_order:  # the results of the events before come first, and then the error of the first that failed
            assert out == list(plan.events[: failing[0].number])
            assert end == Boom(str(failing[0].number))
        else:
            assert end in [Boom(str(work.number)) for work in failing]
            assert len(set(out)) == len(out)
    assert log.peak <= plan.concurrency


def test_as_many_run_at_once_as_may() -> None:
    async def main() -> tuple[int, float]:
        log = Log()
        channel: Channel[Work] = Channel("Work", capacity=2)
        async with Consumer(channel.map_async(log.do, 5)) as consumer:
            sending = asyncio.create_task(channel.send_many(Work(number, 1.0, 0) for number in range(50)))
            for _ in range(50):
                await consumer.get()
            await sending
        return log.peak, clock.now()

    assert run(main()) == (5, 10.0)


@pytest.mark.parametrize("ordered", [True, False])
def test_of_one_key_one_at_a_time_while_other_keys_run_beside_it(ordered: bool) -> None:
    async def main() -> tuple[dict[int, float], int]:
        log = Log()
        channel: Channel[Work] = Channel("Work")
        keys = [0, 0, 0, 1, 2, 3]
        async with Consumer(channel.map_async(log.do, 4, ordered=ordered, by_key=lambda work: work.key)) as consumer:
            await channel.send_many(Work(number, 1.0, key) for number, key in enumerate(keys))
            await channel.stop()
            assert len([work async for work in consumer]) == 6
        return log.at, log.peak

    began, peak = run(main())
    assert [began[number] for number in (0, 1, 2)] == [0.0, 1.0, 2.0]
    assert peak == (4 if not ordered else peak)
    if not ordered:
        assert [began[number] for number in (3, 4, 5)] == [0.0, 0.0, 0.0]


def test_keys_that_wait_behind_a_busy_one_all_begin_when_there_is_room() -> None:
    async def main() -> list[tuple[float, str]]:
        began: list[tuple[float, str]] = []

        async def work(name: str) -> str:
            began.append((clock.now(), name))
            await asyncio.sleep(1)
            return name

        channel: Channel[str] = Channel("Names")
        async with Consumer(channel.map_async(work, 4, ordered=False, by_key=lambda name: name[0])) as consumer:
            await channel.send_many(["A0", "A1", "A2", "A3", "A4", "B", "C", "D"])
            await channel.stop()
            assert len([name async for name in consumer]) == 8
        return began

    began = run(main())
    # Behind the four that wait for their key nobody looks; then there are three places, and three to take them.
    assert [name for when, name in began if when == 1.0] == ["A1", "B", "C", "D"]


def test_the_error_of_the_source_comes_after_what_is_pending() -> None:
    async def main() -> tuple[list[int], float]:
        channel: Channel[int] = Channel("Numbers")

        async def slowly(number: int) -> int:
            await asyncio.sleep(1)
            return number

        consumer = Consumer(channel.map_async(slowly, 2))
        await channel.send_many(range(5))
        channel.on_error(Boom("end"))
        seen = [await consumer.get() for _ in range(5)]
        with pytest.raises(Boom, match="end"):
            await consumer.get()
        return seen, clock.now()

    assert run(main()) == ([0, 1, 2, 3, 4], 3.0)


def test_a_skipped_error_is_told_to_the_channel_and_the_logger_with_its_event(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> list[int]:
        channel: Channel[int] = Channel("Numbers")
        failures: list[object] = []
        channel.errors.subscribe(lambda failure: failures.append((failure.where, failure.error, failure.event)))

        async def fussy(number: int) -> int:
            if number == 1:
                raise Boom("one")
            return number

        async with Consumer(channel.map_async(fussy, on_error=OnError.LOG)) as consumer:
            await channel.send_many(range(3))
            channel.on_completed()  # what is pending is told as well
            seen = [number async for number in consumer]
        assert failures == [("map_async()", Boom("one"), 1)]
        return seen

    assert run(main()) == [0, 2]
    assert [record.getMessage() for record in caplog.records] == ["channel 'Numbers': map_async() raised on 1"]


def test_a_predicate_that_awaits_lets_through_what_it_says() -> None:
    async def main() -> list[int]:
        async def odd(number: int) -> int:
            await asyncio.sleep(5 - number)
            return number % 2

        async with Consumer(from_iterable(range(5)).filter_async(odd, 5)) as consumer:
            return [number async for number in consumer]

    assert run(main()) == [1, 3]


def test_results_may_be_anything_also_none_and_exceptions() -> None:
    async def main() -> list[object]:
        results: list[object] = [None, Boom("value"), 0, (), NotImplemented]

        async def at(index: int) -> object:
            return results[index]

        async with Consumer(from_iterable(range(5)).map_async(at, 2)) as consumer:
            return [result async for result in consumer]

    assert run(main()) == [None, Boom("value"), 0, (), NotImplemented]


async def instantly(number: int) -> int:
    return number


def test_a_key_function_that_raises_is_the_failure_of_its_event(caplog: pytest.LogCaptureFixture) -> None:
    def fussy(number: int) -> object:
        return [number] if number == 1 else number  # which has no hash

    async def main(policy: OnError) -> list[int]:
        channel: Channel[int] = Channel("Numbers")
        by_key: Any = fussy
        async with Consumer(channel.map_async(instantly, 2, by_key=by_key, on_error=policy)) as consumer:
            await channel.send_many(range(3))
            await channel.stop()
            return [number async for number in consumer]

    with pytest.raises(TypeError, match="unhashable"):
        run(main(OnError.STOP))
    with caplog.at_level(logging.CRITICAL, "async_channel"):
        assert run(main(OnError.LOG)) == [0, 2]


WRONG: dict[str, tuple[Callable[[Stream[Any]], Stream[Any]], str]] = {
    "map_async": (lambda stream: stream.map_async(str), "use map"),  # type: ignore[arg-type]  # no coroutine function
    "filter_async": (lambda stream: stream.filter_async(bool), "use filter"),  # type: ignore[arg-type]  # no coroutine
    "flat_map_async": (
        lambda stream: stream.flat_map_async(lambda number: [number]),  # type: ignore[arg-type,return-value]  # no
        "takes an asynchronous generator function",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_function_of_the_wrong_kind_ends_the_stream_and_says_what_is_right(name: str) -> None:
    build, message = WRONG[name]

    async def main() -> None:
        channel: Channel[int] = Channel("Numbers")
        async with Consumer(build(channel)) as consumer:
            await channel.send(1)
            with pytest.raises(TypeError, match=message):
                await consumer.get()

    run(main())


@pytest.mark.parametrize("name", ["map_async", "filter_async", "flat_map_async"])
def test_without_a_running_loop_the_subscription_is_refused(name: str) -> None:
    channel: Channel[int] = Channel("Numbers")
    operator: Any = getattr(channel, name)
    stream: Stream[Any] = operator(instantly)  # building it needs none
    for refused in (stream, channel.merge(stream), channel.key_by(lambda n: n)[1].merge(stream.key_by(lambda n: n)[1])):
        with pytest.raises(NotStarted, match=rf"{name}\(\) needs a running event loop"):
            Consumer(refused)
        assert not channel._fan_out._sinks
        assert not channel._fan_out._inboxes
