"""The tasks of coroutines in pipelines end with whoever reads, at whatever moment, and leave nothing behind."""

from __future__ import annotations

import asyncio
import gc
import logging
import weakref
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from async_channel import Channel, Consumer, OnError, Stream, from_async_iterable, from_iterable
from tests.rx_scripts import Boom
from tests.support import run


def others() -> set[asyncio.Task[Any]]:
    """The tasks that are left, but for the test's own."""
    return {task for task in asyncio.all_tasks() if task is not asyncio.current_task()}


class Worker:
    """Coroutines that count what they began and let go."""

    def __init__(self, cleanup: int = 0) -> None:
        self.began = 0
        self.ended = 0
        self.cleanup = cleanup
        """How long they take to end, in turns of the loop."""

    async def let_go(self) -> None:
        try:
            for _ in range(self.cleanup):
                await asyncio.sleep(0)
        finally:
            self.ended += 1

    async def one(self, number: int) -> int:
        self.began += 1
        try:
            await asyncio.sleep((number * 7 % 5) / 4)
            return number
        finally:
            await self.let_go()

    async def many(self, number: int) -> AsyncIterator[int]:
        self.began += 1
        try:
            for _ in range(3):
                await asyncio.sleep((number * 7 % 5) / 4)
                yield number
        finally:
            await self.let_go()


SHAPES: dict[str, Callable[[Stream[int], Worker], Stream[int]]] = {
    "ordered": lambda source, worker: source.map_async(worker.one, 3),
    "unordered": lambda source, worker: source.map_async(worker.one, 3, ordered=False),
    "by key": lambda source, worker: source.map_async(worker.one, 3, by_key=lambda number: number % 2),
    "filter": lambda source, worker: source.filter_async(worker.one, 2),
    "flat": lambda source, worker: source.flat_map_async(worker.many, 3),
    "flat by key": lambda source, worker: source.flat_map_async(worker.many, 3, by_key=lambda number: number % 2),
    "two in a row": lambda source, worker: source.map_async(worker.one, 2).map_async(worker.one, 3, ordered=False),
    "beside each other": lambda source, worker: source.map_async(worker.one, 2).merge(
        source.filter_async(worker.one, 2), from_iterable(range(20)).map_async(worker.one)
    ),
    "in each": lambda source, worker: source.key_by(lambda number: number % 3).each(
        lambda _, stream: stream.map_async(worker.one)
    ),
    "above keys": lambda source, worker: source.map_async(worker.one, 3).key_by(lambda number: number % 2)[1],
    "in flat_map": lambda source, worker: source.flat_map(
        lambda number: from_iterable(range(number)).map_async(worker.one, 2)
    ),
    "in switch_map": lambda source, worker: source.switch_map(
        lambda number: from_async_iterable(worker.many(number)).map_async(worker.one)
    ),
}

WAYS = ["close", "cancel the reader", "take", "dispose", "fail", "forget"]


async def end_it(
    way: str, channel: Channel[int], stream: Stream[int], capacity: int, some_time: Callable[[], Awaitable[None]]
) -> list[asyncio.Task[None]] | None:
    """Read a stream for some time, then end that in one of the ways. The readers, where leaving a block ended it."""
    if way == "dispose":
        subscription = stream.subscribe(lambda _: None)
        await some_time()
        subscription.dispose()
        return None
    if way == "forget":
        forgotten = Consumer(stream, capacity=capacity)
        await some_time()
        del forgotten
        return None
    async with Consumer(stream.take(2) if way == "take" else stream, capacity=capacity) as consumer:

        async def read() -> None:
            async for _ in consumer:
                pass

        reading = asyncio.create_task(read())
        await some_time()
        if way == "cancel the reader":
            reading.cancel()
        elif way == "fail":
            channel.on_error(Boom("end"))
        elif way == "close":
            consumer.close()
    return [reading]


@settings(max_examples=150)
@given(
    shape=st.sampled_from(sorted(SHAPES)),
    way=st.sampled_from(WAYS),
    turns=st.integers(0, 12),
    seconds=st.sampled_from([0.0, 0.0, 0.25, 0.5, 1.0, 1.25]),
    cleanup=st.integers(0, 3),
    capacity=st.integers(1, 3),
    count=st.integers(0, 12),
)
def test_at_whatever_moment_the_end_comes_all_tasks_end_and_let_go_of_what_they_hold(
    shape: str, way: str, turns: int, seconds: float, cleanup: int, capacity: int, count: int
) -> None:
    async def main() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: trouble.append(context))
        worker = Worker(cleanup)
        channel: Channel[int] = Channel("Numbers", capacity=capacity)
        sending = asyncio.create_task(channel.send_many(range(count)))

        async def some_time() -> None:
            await asyncio.sleep(seconds)
            for _ in range(turns):
                await asyncio.sleep(0)

        readers = await end_it(way, channel, SHAPES[shape](channel, worker), capacity, some_time)
        if readers is not None:  # leaving the block has waited for the workers
            assert others() <= {*readers, sending}
            assert worker.began == worker.ended
        for _ in range(200):
            await asyncio.sleep(0)  # without the block they end by themselves
        assert sending.done()
        await asyncio.gather(sending, *readers or (), return_exceptions=True)
        assert others() == set()
        assert worker.began == worker.ended
        assert not channel._fan_out._sinks
        assert not channel._log.gates

    trouble: list[dict[str, Any]] = []
    run(main())
    assert trouble == []


@pytest.mark.parametrize("policy", OnError)
@pytest.mark.parametrize("flat", [False, True])
@pytest.mark.parametrize("ordered", [True, False])
def test_a_coroutine_that_swallows_its_cancellation_once_delivers_nothing_more(
    policy: OnError, flat: bool, ordered: bool, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> None:
        swallowed = 0

        async def stubborn(number: int) -> int:
            nonlocal swallowed
            try:
                await asyncio.sleep(100)
            except asyncio.CancelledError:
                swallowed += 1
            return number

        async def items(number: int) -> AsyncIterator[int]:
            for _ in range(5):
                yield await stubborn(number)

        channel: Channel[int] = Channel("Numbers")
        stream = (
            channel.flat_map_async(items, 2, on_error=policy)
            if flat
            else channel.map_async(stubborn, 2, ordered=ordered, on_error=policy)
        )
        async with Consumer(stream) as consumer:
            await channel.send_many(range(4))
            await asyncio.sleep(1)
        assert swallowed == 2
        assert others() == set()
        assert consumer.stats().sent == 0

    run(main())
    assert not caplog.records


@pytest.mark.parametrize("policy", OnError)
def test_a_coroutine_that_awaits_something_cancelled_has_failed_and_is_not_the_end(
    policy: OnError, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> list[int]:
        async def unlucky(number: int) -> int:
            if number == 1:
                future = asyncio.get_running_loop().create_future()
                future.cancel()
                await future
            return number

        channel: Channel[int] = Channel("Numbers")
        async with Consumer(channel.map_async(unlucky, on_error=policy)) as consumer:
            await channel.send_many(range(3))
            channel.on_completed()
            return [number async for number in consumer]

    if policy is OnError.STOP:
        with pytest.raises(RuntimeError, match="used something that was cancelled"):
            run(main())
    else:
        with caplog.at_level(logging.CRITICAL, "async_channel"):
            assert run(main()) == [0, 2]


def test_when_one_coroutine_fails_the_others_are_cancelled_and_their_cleanup_is_waited_for() -> None:
    async def main() -> list[str]:
        log: list[str] = []

        async def work(number: int) -> int:
            try:
                await asyncio.sleep(1 + number)
                if number == 0:
                    raise Boom("zero")
            except asyncio.CancelledError:
                await asyncio.sleep(1)
                log.append(f"cancelled {number}")
                raise
            return number

        channel: Channel[int] = Channel("Numbers")
        async with Consumer(channel.map_async(work, 3)) as consumer:
            await channel.send_many(range(9))
            with pytest.raises(Boom, match="zero"):
                await consumer.get()
        assert others() == set()
        return sorted(log)

    assert run(main()) == ["cancelled 1", "cancelled 2"]


def test_a_generator_is_closed_when_take_has_had_enough() -> None:
    async def main() -> list[str]:
        log: list[str] = []

        async def endless(number: int) -> AsyncIterator[int]:
            try:
                while True:
                    yield number
                    await asyncio.sleep(1)
            finally:
                log.append(f"closed {number}")

        channel: Channel[int] = Channel("Numbers")
        async with Consumer(channel.flat_map_async(endless, 2).take(5)) as consumer:
            await channel.send_many([1, 2])
            assert [number async for number in consumer] == [1, 2, 1, 2, 1]
        assert others() == set()
        return sorted(log)

    assert run(main()) == ["closed 1", "closed 2"]


def test_a_consumer_that_is_closed_by_one_of_its_own_coroutines_ends_well() -> None:
    async def main() -> None:
        ended: list[int] = []

        async def closes(number: int) -> int:
            if number == 1:
                consumer.close()
            await asyncio.sleep(1)
            ended.append(number)
            return number

        channel: Channel[int] = Channel("Numbers")
        async with Consumer(channel.map_async(closes, 2)) as consumer:
            await channel.send_many(range(4))
            await asyncio.sleep(10)
        assert ended == [1]  # it ends by itself; the other was cancelled, and the rest never began
        assert others() == set()

    run(main())


def test_a_plain_subscription_works_and_its_end_ends_the_tasks() -> None:
    async def main() -> None:
        worker = Worker()
        channel: Channel[int] = Channel("Numbers")
        seen: list[int | str] = []
        subscription = channel.map_async(worker.one, 3).subscribe(seen.append, on_completed=lambda: seen.append("end"))
        await channel.send_many(range(5))
        channel.on_completed()
        await asyncio.sleep(10)
        assert seen == [0, 1, 2, 3, 4, "end"]
        subscription.dispose()
        assert others() == set()

    run(main())


def test_what_a_plain_observer_raises_is_reported_and_the_coroutines_go_on(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> list[object]:
        worker = Worker()
        channel: Channel[int] = Channel("Numbers")
        failures: list[object] = []
        channel.errors.subscribe(lambda failure: failures.append(failure.error))
        seen: list[int] = []

        def observer(number: int) -> None:
            seen.append(number)
            if number == 1:
                raise Boom("observer")

        channel.map_async(worker.one, 2).subscribe(observer)
        await channel.send_many(range(3))
        await asyncio.sleep(10)
        assert worker.ended == 3
        assert seen[:2] == [0, 1]
        assert others() == set()
        return failures

    with caplog.at_level(logging.CRITICAL, "async_channel"):
        assert run(main()) == [Boom("observer")]


@pytest.mark.parametrize("shape", sorted(SHAPES))
def test_in_debug_mode_of_asyncio_nothing_is_found(shape: str, caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> int:
        loop = asyncio.get_running_loop()
        loop.set_debug(True)
        loop.slow_callback_duration = 60
        loop.set_exception_handler(lambda _, context: trouble.append(context))
        worker = Worker()
        channel: Channel[int] = Channel("Numbers", capacity=2)
        async with Consumer(SHAPES[shape](channel, worker), capacity=2) as consumer:
            sending = asyncio.create_task(channel.send_many(range(8)))
            count = 0
            while not (sending.done() and not consumer.stats().pending):
                try:
                    await consumer.get(timeout=5)
                    count += 1
                except TimeoutError:
                    break
            sending.cancel()
        return count

    trouble: list[dict[str, Any]] = []
    assert run(main()) > 0
    gc.collect()
    assert trouble == []
    assert not [record for record in caplog.records if record.name != "asyncio" or record.levelno > logging.DEBUG]


def test_nothing_of_a_consumer_is_left_when_its_tasks_have_ended() -> None:
    class Payload:
        """An event that one can watch."""

    async def main() -> None:
        kept: weakref.WeakSet[Payload] = weakref.WeakSet()

        async def slowly(payload: Payload) -> Payload:
            await asyncio.sleep(1)
            return payload

        channel: Channel[Payload] = Channel("Payloads")
        async with Consumer(channel.map_async(slowly, 2).map_async(slowly, by_key=lambda _: 0)) as consumer:
            sending = [Payload() for _ in range(10)]
            kept.update(sending)
            while sending:
                await channel.send(sending.pop())
            assert await consumer.get() in kept
        await asyncio.sleep(0)
        gc.collect()
        assert len(kept) == 0

    run(main())
