"""`iter_in_thread`: a plain `for` in another thread reads what a consumer on a loop gets; nothing is lost."""

from __future__ import annotations

import asyncio
import gc
import logging
import threading
from collections.abc import Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from itertools import islice
from typing import Any

import pytest

from async_channel import (
    Channel,
    Consumer,
    ConsumerLagged,
    ConsumerStats,
    NotStarted,
    Overflow,
    WrongLoop,
    conflate_by,
)
from async_channel.util import thread_reads
from tests.rx_scripts import Boom
from tests.threads import LIMIT, settled

pytestmark = pytest.mark.real_time  # it is about threads


@pytest.fixture(params=[False, True], ids=["", "debug"])
def debug(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


def ledger(consumer: Consumer[Any]) -> tuple[int, int, int, int, int]:
    stats = consumer.stats()
    assert stats.balanced
    return stats.sent, stats.delivered, stats.dropped, stats.filtered, stats.pending


def has_sent(channel: Channel[int], count: int) -> bool:
    return channel.stats().sent == count


class Gate:
    """A thread that stops at each event until it is let on; the test sees what it has."""

    def __init__(self) -> None:
        self.has: list[int] = []
        self._came = threading.Semaphore(0)
        self._go = threading.Semaphore(0)

    def work(self, events: Iterator[int]) -> list[int]:
        for event in events:
            self.has.append(event)
            self._came.release()
            assert self._go.acquire(timeout=LIMIT)
        return self.has

    async def came(self) -> None:
        assert await asyncio.to_thread(self._came.acquire, timeout=LIMIT)

    def let_on(self, count: int = 1) -> None:
        self._go.release(count)


# ---- what it gets


@pytest.mark.parametrize("capacity", [1, 2, 7, 1024])
@pytest.mark.parametrize("piped", [False, True])
def test_every_event_once_and_in_order(capacity: int, piped: bool, debug: bool) -> None:
    async def main() -> None:
        async with Channel[int]("Numbers", capacity=capacity) as numbers:
            source = numbers.map(lambda number: number) if piped else numbers
            consumer = Consumer(source, capacity=capacity)
            working = asyncio.create_task(asyncio.to_thread(lambda: list(consumer.iter_in_thread(LIMIT))))
            peak = 0
            for number in range(700):
                await numbers.send(number)
                stats = consumer.stats()
                assert stats.balanced
                peak = max(peak, stats.pending)
            assert peak <= capacity
        assert await working == list(range(700))
        assert ledger(consumer) == (700, 700, 0, 0, 0)

    asyncio.run(main(), debug=debug)


def test_what_is_pending_crosses_in_few_hops(monkeypatch: pytest.MonkeyPatch) -> None:
    hops: list[int] = []
    lend = thread_reads.lend

    def counted(cursor: Any) -> Any:
        run = lend(cursor)
        hops.append(0)
        return run

    monkeypatch.setattr(thread_reads, "lend", counted)

    async def main() -> None:
        numbers: Channel[int] = Channel("Numbers", capacity=10_000)
        consumer = Consumer(numbers)
        await numbers.send_many(range(10_000))
        await numbers.stop()
        assert await asyncio.to_thread(lambda: list(consumer.iter_in_thread())) == list(range(10_000))

    asyncio.run(main())
    assert len(hops) == 10_000 // thread_reads.LOAN + 2  # one for the rest, one for the end


def test_senders_wait_for_a_slow_thread_and_go_on_with_each_event_it_takes() -> None:
    async def main() -> None:
        numbers: Channel[int] = Channel("Numbers", capacity=3)
        consumer = Consumer(numbers)
        await numbers.send_many(range(3))
        gate = Gate()
        events = asyncio.create_task(asyncio.to_thread(lambda: gate.work(consumer.iter_in_thread())))
        sending = asyncio.create_task(numbers.send_many(range(3, 9)))
        for number in range(6):
            await gate.came()
            # The thread has taken one more of its run, and keeps it: there is room for exactly one more.
            await settled(partial(has_sent, numbers, number + 4))
            assert ledger(consumer) == (number + 4, number + 1, 0, 0, 3)
            gate.let_on()
        await sending
        gate.let_on(9)
        await numbers.stop()
        assert await events == list(range(9))

    asyncio.run(main())


def test_a_sender_that_finds_it_full_just_as_the_thread_takes_one_is_not_forgotten() -> None:
    """The thread takes one between the look of the senders and their mark, and then nothing more."""

    async def main() -> None:
        numbers: Channel[int] = Channel("Numbers", capacity=2)
        consumer = Consumer(numbers)
        await numbers.start()
        await numbers.send_many([0, 1])
        events = await asyncio.to_thread(lambda: start_of(consumer))  # the run is lent, and 0 is taken
        await numbers.send(2)
        cursor = consumer._cursor
        lag = cursor.lag

        def slow_lag(next_seq: int) -> int:
            found = lag(next_seq)
            with ThreadPoolExecutor(1) as pool:
                assert pool.submit(next, events).result(LIMIT) == 1
            return found

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(type(cursor), "lag", lambda _, next_seq: slow_lag(next_seq))
            sending = asyncio.create_task(numbers.send(3))
            await asyncio.sleep(0)
            patch.undo()
            async with asyncio.timeout(LIMIT):
                await sending
        assert ledger(consumer) == (4, 2, 0, 0, 2)

    asyncio.run(main())


def start_of(consumer: Consumer[int]) -> Generator[int, None, None]:
    events = consumer.iter_in_thread(LIMIT)
    assert next(events) == 0
    return events


def test_senders_wait_until_a_backlog_beyond_the_capacity_is_read_down() -> None:
    async def main() -> None:
        numbers: Channel[int] = Channel("Numbers", capacity=10)
        await numbers.send_many(range(10))
        consumer = Consumer(numbers, capacity=2)  # it is given all of them
        gate = Gate()
        working = asyncio.create_task(asyncio.to_thread(lambda: gate.work(consumer.iter_in_thread())))
        sending = asyncio.create_task(numbers.send(10))
        for _ in range(8):
            await gate.came()
            await asyncio.sleep(0)
            assert numbers.stats().sent == 10
            gate.let_on()
        await gate.came()  # the ninth: one is left, and the thread holds on
        async with asyncio.timeout(LIMIT):
            await sending
        await numbers.stop()
        gate.let_on(9)
        assert await working == list(range(11))

    asyncio.run(main())


@pytest.mark.parametrize("leaving", ["break", "close", "collected", "raises"])
@pytest.mark.parametrize("piped", [False, True])
def test_what_it_leaves_is_there_for_the_next_reader(leaving: str, piped: bool, debug: bool) -> None:
    async def main() -> None:
        numbers: Channel[int] = Channel("Numbers", capacity=10)
        await numbers.start()
        consumer = Consumer(numbers.map(lambda number: number) if piped else numbers, capacity=10)
        await numbers.send_many(range(10))

        def work() -> None:
            events = consumer.iter_in_thread(LIMIT)
            assert list(islice(events, 3)) == [0, 1, 2]
            if leaving == "close":
                events.close()
            elif leaving == "raises":
                with pytest.raises(Boom):
                    events.throw(Boom("leave"))
            elif leaving == "collected":
                del events
                gc.collect()

        await asyncio.to_thread(work)
        assert ledger(consumer) == (10, 3, 0, 0, 7)
        async with asyncio.timeout(LIMIT):
            await numbers.send_many([10, 11, 12])  # there is room for those that it took
        assert await consumer.get() == 3
        assert await asyncio.to_thread(lambda: list(islice(consumer.iter_in_thread(), 2))) == [4, 5]
        assert await anext(aiter(consumer)) == 6
        assert await anext(consumer.batches(2)) == [7, 8]
        assert ledger(consumer) == (13, 9, 0, 0, 4)
        assert [consumer.get_nowait() for _ in range(4)] == [9, 10, 11, 12]
        consumer.close()
        assert ledger(consumer) == (13, 13, 0, 0, 0)

    asyncio.run(main(), debug=debug)


def test_a_reader_on_the_loop_that_takes_over_makes_room_with_each_event() -> None:
    async def main() -> None:
        numbers: Channel[int] = Channel("Numbers", capacity=4)
        consumer = Consumer(numbers)
        await numbers.send_many(range(4))
        await asyncio.to_thread(lambda: start_of(consumer).close())
        await numbers.send(4)
        sending = asyncio.create_task(numbers.send_many([5, 6]))
        await asyncio.sleep(0)
        assert numbers.stats().sent == 5
        assert consumer.get_nowait() == 1
        await settled(lambda: numbers.stats().sent == 6)
        assert consumer.get_nowait() == 2
        await sending
        assert [consumer.get_nowait() for _ in range(4)] == [3, 4, 5, 6]

    asyncio.run(main())


def test_closing_the_consumer_drops_what_was_lent_and_ends_the_iteration() -> None:
    async def main() -> None:
        numbers: Channel[int] = Channel("Numbers")
        consumer = Consumer(numbers)
        await numbers.send_many(range(5))
        gate = Gate()
        working = asyncio.create_task(asyncio.to_thread(lambda: gate.work(consumer.iter_in_thread())))
        await gate.came()
        consumer.close()
        assert ledger(consumer) == (5, 1, 4, 0, 0)
        gate.let_on()
        assert await working == [0]
        assert ledger(consumer) == (5, 1, 4, 0, 0)
        assert await asyncio.to_thread(lambda: list(consumer.iter_in_thread())) == []

    asyncio.run(main())


def test_closing_the_consumer_ends_a_thread_that_waits() -> None:
    async def main() -> None:
        numbers: Channel[int] = Channel("Numbers")
        async with Consumer(numbers) as consumer:
            working = asyncio.create_task(asyncio.to_thread(lambda: list(consumer.iter_in_thread())))
            await settled(lambda: consumer.stats().waits > 0)
        assert await working == []

    asyncio.run(main())


def test_threads_and_tasks_that_share_a_consumer_get_each_event_once() -> None:
    async def main() -> None:
        numbers: Channel[int] = Channel("Numbers", capacity=5)
        async with numbers:
            consumer = Consumer(numbers)
            threads = [
                asyncio.create_task(asyncio.to_thread(lambda: list(consumer.iter_in_thread(LIMIT)))) for _ in range(3)
            ]

            async def read() -> list[int]:
                got: list[int] = []
                async for number in consumer:
                    got.append(number)
                    await asyncio.sleep(0)
                return got

            tasks = [asyncio.create_task(read()) for _ in range(2)]
            for number in range(1500):
                await numbers.send(number)
                assert consumer.stats().balanced
        parts = await asyncio.gather(*threads, *tasks)
        assert sorted(number for part in parts for number in part) == list(range(1500))
        assert all(part == sorted(part) for part in parts)
        assert ledger(consumer) == (1500, 1500, 0, 0, 0)

    asyncio.run(main())


# ---- filters


def test_its_filter_is_called_in_the_thread_once_for_each_event_and_counted(caplog: pytest.LogCaptureFixture) -> None:
    places: list[int] = []

    def even(number: int) -> bool:
        places.append(threading.get_ident())
        if number == 5:
            raise Boom("5")
        return number % 2 == 0

    async def main() -> None:
        numbers: Channel[int] = Channel("Numbers")
        await numbers.start()
        failures = Consumer(numbers.errors)
        consumer = Consumer(numbers, filter_func=even)
        await numbers.send_many(range(10))

        def work() -> list[int]:
            return list(islice(consumer.iter_in_thread(), 4))

        assert await asyncio.to_thread(work) == [0, 2, 4, 6]
        await settled(lambda: ledger(consumer) == (10, 4, 0, 3, 3))
        failure = await failures.get(timeout=LIMIT)
        assert isinstance(failure.error, Boom)
        assert failure.event == 5
        assert failure.where == "filter_func of consumer 'Numbers#1'"
        await numbers.stop()
        assert await asyncio.to_thread(lambda: list(consumer.iter_in_thread())) == [8]
        assert ledger(consumer) == (10, 5, 0, 5, 0)

    asyncio.run(main())
    assert len(places) == 10
    assert threading.get_ident() not in places
    assert [record.levelno for record in caplog.records] == [logging.ERROR]


def test_events_that_the_filter_rejects_do_not_put_the_timeout_off() -> None:
    async def main() -> None:
        numbers: Channel[int] = Channel("Numbers")
        await numbers.start()
        consumer = Consumer(numbers, filter_func=lambda _: False)

        async def send_on() -> None:
            while True:
                await numbers.send(1)
                await asyncio.sleep(0.001)

        sending = asyncio.create_task(send_on())
        with pytest.raises(TimeoutError):
            await asyncio.to_thread(lambda: next(consumer.iter_in_thread(0.05)))
        sending.cancel()
        await settled(lambda: consumer.stats().delivered == 0)

    asyncio.run(main())


# ---- policies


def parity(number: int) -> int:
    return number % 2


POLICIES: dict[str, tuple[Any, list[int]]] = {
    "oldest": (Overflow.DROP_OLDEST, [0, 8, 9]),
    "newest": (Overflow.DROP_NEWEST, [0, 1, 2]),
    "latest": (Overflow.LATEST, [0, 9]),
    "conflate": (conflate_by(parity), [0, 9, 8]),
}


@pytest.mark.parametrize("name", POLICIES)
def test_while_the_thread_is_slow_the_policy_says_what_becomes_of_events(name: str) -> None:
    policy, expected = POLICIES[name]

    async def main() -> None:
        numbers: Channel[int] = Channel("Numbers")
        async with numbers, Consumer(numbers, capacity=2, overflow=policy) as consumer:
            gate = Gate()
            await numbers.send(0)
            working = asyncio.create_task(asyncio.to_thread(lambda: gate.work(consumer.iter_in_thread(LIMIT))))
            await gate.came()
            await numbers.send_many(range(1, 10))
            assert consumer.stats().balanced
            gate.let_on(9)
            await numbers.stop()
            assert await working == expected
            assert ledger(consumer) == (10, len(expected), 10 - len(expected), 0, 0)

    asyncio.run(main())


@pytest.mark.parametrize("name", ["oldest", "conflate"])
def test_what_is_pending_behind_the_event_that_the_thread_has_is_still_for_the_policy(name: str) -> None:
    async def main() -> None:
        numbers: Channel[int] = Channel("Numbers")
        async with numbers, Consumer(numbers, capacity=2, overflow=POLICIES[name][0]) as consumer:
            gate = Gate()
            await numbers.send_many([0, 1])
            working = asyncio.create_task(asyncio.to_thread(lambda: gate.work(consumer.iter_in_thread(LIMIT))))
            await gate.came()
            assert ledger(consumer) == (2, 1, 0, 0, 1)
            await numbers.send_many([2, 3])  # 1 gives way: it is the oldest, and 3 has the same key
            gate.let_on(9)
            await numbers.stop()
            assert sorted(await working) == [0, 2, 3]
            assert ledger(consumer) == (4, 3, 1, 0, 0)

    asyncio.run(main())


def test_an_event_that_is_being_handed_over_as_the_time_is_up_is_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    leaving = threading.Event()
    lend, cancel = thread_reads.lend, thread_reads._Ask.cancel

    def slow_lend(cursor: Any) -> Any:
        run = lend(cursor)
        assert leaving.wait(LIMIT)
        return run

    def watched_cancel(ask: Any) -> bool:
        cancelled = cancel(ask)
        leaving.set()
        return cancelled

    monkeypatch.setattr(thread_reads, "lend", slow_lend)
    monkeypatch.setattr(thread_reads._Ask, "cancel", watched_cancel)

    async def main() -> None:
        numbers: Channel[int] = Channel("Numbers")
        consumer = Consumer(numbers, overflow=Overflow.DROP_OLDEST)
        await numbers.start()
        events = await asyncio.to_thread(consumer.iter_in_thread, 1.0)
        working = asyncio.create_task(asyncio.to_thread(next, events))
        await settled(lambda: consumer.stats().waits > 0)
        await numbers.send(7)
        assert await working == 7

    asyncio.run(main())


def test_one_that_asked_to_be_told_is_told_and_reads_on_anew() -> None:
    async def main() -> None:
        numbers: Channel[int] = Channel("Numbers")
        consumer = Consumer(numbers, capacity=2, overflow=Overflow.FAIL)
        await numbers.send_many(range(5))
        await numbers.stop()

        def work() -> list[int]:
            with pytest.raises(ConsumerLagged, match="missed 3 events"):
                next(consumer.iter_in_thread())
            return list(consumer.iter_in_thread())

        assert await asyncio.to_thread(work) == [3, 4]

    asyncio.run(main())


# ---- the end


def test_the_error_of_the_channel_comes_after_what_is_pending() -> None:
    async def main() -> None:
        numbers: Channel[int] = Channel("Numbers")
        consumer = Consumer(numbers)
        await numbers.send_many([1, 2])
        numbers.on_error(Boom("end"))

        def work() -> None:
            events = consumer.iter_in_thread()
            assert [next(events), next(events)] == [1, 2]
            with pytest.raises(Boom, match="end"):
                next(events)

        await asyncio.to_thread(work)

    asyncio.run(main())


def test_an_error_of_the_channel_that_is_a_timeout_is_raised_as_it_is() -> None:
    async def main() -> None:
        numbers: Channel[int] = Channel("Numbers")
        consumer = Consumer(numbers)
        await numbers.start()
        numbers.on_error(TimeoutError("the feed is silent"))
        with pytest.raises(TimeoutError, match="the feed is silent"):
            await asyncio.to_thread(lambda: next(consumer.iter_in_thread()))

    asyncio.run(main())


@pytest.mark.parametrize("timeout", [0, 0.02])
def test_nothing_in_time_is_a_timeout_and_nothing_is_lost(timeout: float) -> None:
    async def main() -> None:
        numbers: Channel[int] = Channel("Numbers")
        await numbers.start()
        consumer = Consumer(numbers, name="reader")
        await numbers.send(1)

        def work() -> None:
            events = consumer.iter_in_thread(timeout or LIMIT)
            assert next(events) == 1
            with pytest.raises(TimeoutError, match=rf"'reader' got no event in {timeout} s"):
                next(consumer.iter_in_thread(timeout))

        await asyncio.to_thread(work)
        await settled(lambda: not numbers._log.sleepers)  # no waiter is left behind
        await numbers.send(2)
        assert ledger(consumer) == (2, 1, 0, 0, 1)
        assert await asyncio.to_thread(lambda: next(consumer.iter_in_thread(LIMIT))) == 2

    asyncio.run(main())


def test_the_timeout_is_for_each_event_and_not_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(thread_reads, "monotonic", lambda: now[0])

    async def main() -> None:
        numbers: Channel[int] = Channel("Numbers")
        await numbers.start()
        consumer = Consumer(numbers)
        await numbers.send(0)

        def work() -> list[int]:
            events = consumer.iter_in_thread(10)
            first = next(events)
            now[0] = 100.0  # it takes its time with the first
            return [first, next(events)]

        working = asyncio.create_task(asyncio.to_thread(work))
        await settled(lambda: consumer.stats().waits > 0 or working.done())
        await numbers.send(1)
        assert await working == [0, 1]

    asyncio.run(main())


def test_timeouts_that_race_with_events_lose_none() -> None:
    async def main() -> None:
        numbers: Channel[int] = Channel("Numbers", capacity=4)
        lossless, lossy = Consumer(numbers), Consumer(numbers, capacity=1000, overflow=Overflow.DROP_OLDEST)
        await numbers.start()

        def work(consumer: Consumer[int]) -> list[int]:
            got: list[int] = []
            while True:
                try:
                    for number in consumer.iter_in_thread(1e-4):
                        got.append(number)  # noqa: PERF402  each one counts, also before a timeout
                except TimeoutError:
                    continue
                return got

        working = [asyncio.create_task(asyncio.to_thread(work, each)) for each in (lossless, lossy)]
        for number in range(300):
            await numbers.send(number)
            await asyncio.sleep(0.0001 if number % 3 else 0)
        await numbers.stop()
        assert await asyncio.gather(*working) == [list(range(300))] * 2
        assert ledger(lossless) == ledger(lossy) == (300, 300, 0, 0, 0)

    asyncio.run(main())


# ---- where it can't be


def test_on_its_own_loop_it_raises_at_once() -> None:
    async def main() -> None:
        numbers: Channel[int] = Channel("Numbers")
        await numbers.start()
        consumer = Consumer(numbers, name="reader")
        with pytest.raises(WrongLoop, match=r"'reader' was called on its own event loop.*asyncio\.to_thread"):
            consumer.iter_in_thread()
        events = await asyncio.to_thread(consumer.iter_in_thread)
        with pytest.raises(WrongLoop, match="'reader'"):
            next(events)

    asyncio.run(main())


def test_without_a_loop_it_says_how_to_get_one() -> None:
    numbers: Channel[int] = Channel("Numbers")
    consumer = Consumer(numbers.map(str), name="reader")
    with pytest.raises(NotStarted, match=r"'reader' has no running event loop.*async with consumer:"):
        consumer.iter_in_thread()

    async def main() -> None:
        async with numbers, consumer:
            await numbers.send(1)
            assert await asyncio.to_thread(lambda: next(consumer.iter_in_thread())) == "1"

    asyncio.run(main())
    with pytest.raises(NotStarted, match="'reader'"):
        consumer.iter_in_thread()


def test_a_pipeline_of_a_channel_that_is_started_has_its_loop() -> None:
    async def main() -> None:
        async with Channel[int]("Numbers") as numbers:
            consumer = Consumer(numbers.map(str))
            events = await asyncio.to_thread(consumer.iter_in_thread)  # nothing was sent yet
            await numbers.send(1)
            assert await asyncio.to_thread(next, events) == "1"

    asyncio.run(main())


@pytest.mark.parametrize("wrong", ["1", True, -1, float("nan")])
def test_a_wrong_timeout_is_said_at_the_call(wrong: Any) -> None:
    with pytest.raises((TypeError, ValueError), match=r"iter_in_thread\(timeout"):
        Consumer(Channel[int]()).iter_in_thread(wrong)


class Waiting:
    """A thread of its own that reads until something is raised."""

    def __init__(self, consumer: Consumer[int]) -> None:
        self.end: Future[list[int]] = Future()
        self._consumer = consumer
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        try:
            self.end.set_result(list(self._consumer.iter_in_thread()))
        except BaseException as error:
            self.end.set_exception(error)


def test_when_the_loop_ends_the_thread_that_waits_is_told() -> None:
    async def main() -> tuple[Waiting, Consumer[int]]:
        numbers: Channel[int] = Channel("Numbers")
        await numbers.start()
        consumer = Consumer(numbers, name="reader")
        waiting = Waiting(consumer)
        await settled(lambda: consumer.stats().waits > 0)
        return waiting, consumer

    waiting, _ = asyncio.run(main())
    with pytest.raises(NotStarted, match="the event loop of consumer 'reader' has ended or stopped"):
        waiting.end.result(LIMIT)


def test_when_the_loop_ends_by_waiting_for_its_threads_they_end() -> None:
    """asyncio.run waits for the threads of to_thread, and they would wait for it."""

    async def main() -> tuple[asyncio.Task[list[int]], Consumer[int]]:
        numbers: Channel[int] = Channel("Numbers")
        await numbers.start()
        consumer = Consumer(numbers, name="reader")
        working = asyncio.create_task(asyncio.to_thread(lambda: list(consumer.iter_in_thread())))
        await settled(lambda: consumer.stats().waits > 0)
        return working, consumer

    working, _ = asyncio.run(main())
    assert working.cancelled()


def test_when_the_loop_stops_and_does_not_go_on_the_thread_is_told() -> None:
    loop = asyncio.new_event_loop()
    try:
        numbers: Channel[int] = Channel("Numbers")
        loop.run_until_complete(numbers.start())
        consumer = Consumer(numbers, name="reader")
        waiting = Waiting(consumer)
        loop.run_until_complete(settled(lambda: consumer.stats().waits > 0))
        with pytest.raises(NotStarted, match="'reader' has ended or stopped"):
            waiting.end.result(LIMIT)
        loop.run_until_complete(numbers.send(1))  # and nothing is lost by it
        assert consumer.get_nowait() == 1
    finally:
        loop.close()


def test_no_task_and_no_waiter_is_left() -> None:
    async def main() -> ConsumerStats:
        async with Channel[int]("Numbers") as numbers, Consumer(numbers) as consumer:
            await numbers.send_many(range(5))
            await asyncio.to_thread(lambda: list(islice(consumer.iter_in_thread(), 5)))
            assert asyncio.all_tasks() == {asyncio.current_task()}
            assert not numbers._log.sleepers
        return consumer.stats()

    assert asyncio.run(main()).delivered == 5
