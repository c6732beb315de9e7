"""Promise 11: send_from_thread is the only way in from other threads; asyncio's debug mode says so of any other."""

from __future__ import annotations

import asyncio
import gc
import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeAlias, TypeVar

import pytest
from reactivex import Observable

from async_channel import Channel, ChannelClosed, Consumer, NotStarted, Overflow, Producer, WrongLoop
from tests.support import run

R = TypeVar("R")


def in_thread(function: Callable[[], R]) -> R:
    """Call a function in a new thread, and give or raise what it does."""
    result: Future[R] = Future()

    def call() -> None:
        try:
            result.set_result(function())
        except BaseException as error:
            result.set_exception(error)

    thread = threading.Thread(target=call)
    thread.start()
    thread.join(20)
    return result.result(0)


# ---- the way in


@pytest.mark.parametrize("threads", [1, 4])
def test_events_of_each_thread_arrive_once_and_in_its_order(threads: int) -> None:
    async def main() -> None:
        channel: Channel[tuple[int, int]] = Channel(capacity=8)
        consumer = Consumer(channel)
        await channel.start()

        def work(thread: int) -> None:
            for number in range(100):
                channel.send_from_thread((thread, number)).result(20)

        with ThreadPoolExecutor(threads) as pool:
            working = [asyncio.get_running_loop().run_in_executor(pool, work, thread) for thread in range(threads)]
            seen = [await consumer.get() for _ in range(threads * 100)]
            await asyncio.gather(*working)
        assert Counter(seen).most_common(1)[0][1] == 1
        for thread in range(threads):
            assert [number for who, number in seen if who == thread] == list(range(100))
        assert channel.stats().sent == threads * 100

    asyncio.run(main())


def test_unawaited_sends_of_one_thread_keep_their_order_under_backpressure() -> None:
    async def main() -> None:
        channel: Channel[int] = Channel(capacity=2)
        consumer = Consumer(channel)
        await channel.start()
        producer = Producer(channel)
        futures = await asyncio.to_thread(lambda: [producer.send_from_thread(number) for number in range(50)])
        assert [await consumer.get() for _ in range(50)] == list(range(50))
        for future in futures:
            await asyncio.wrap_future(future)

    asyncio.run(main())


def test_its_future_waits_for_room_and_its_cancel_takes_the_event_back() -> None:
    async def main() -> None:
        channel: Channel[int] = Channel(capacity=1)
        consumer = Consumer(channel)
        await channel.send(0)

        def work() -> tuple[Future[None], Future[None]]:
            waiting, cancelled = channel.send_from_thread(1), channel.send_from_thread(2)
            with pytest.raises(TimeoutError):
                waiting.result(0.05)
            assert cancelled.cancel()
            return waiting, cancelled

        waiting, cancelled = await asyncio.to_thread(work)
        assert await consumer.get() == 0
        await asyncio.wrap_future(waiting)
        assert await consumer.get() == 1
        await channel.send(3)
        assert await consumer.get() == 3
        assert cancelled.cancelled()

    asyncio.run(main())


def test_its_future_raises_what_send_would() -> None:
    async def main() -> None:
        channel: Channel[int] = Channel("Numbers")
        await channel.start()
        await channel.stop()
        with pytest.raises(ChannelClosed, match="'Numbers' is stopped"):
            await asyncio.to_thread(lambda: channel.send_from_thread(1).result(20))

    asyncio.run(main())


def test_without_a_loop_it_says_how_to_get_one() -> None:
    channel: Channel[int] = Channel("Numbers")
    with pytest.raises(NotStarted, match=r"'Numbers'.*await channel\.start\(\)"):
        in_thread(lambda: channel.send_from_thread(1))
    run(channel.start())
    with pytest.raises(NotStarted, match="'Numbers'"):  # that loop is closed
        in_thread(lambda: channel.send_from_thread(1))


def test_it_works_from_the_loop_thread_too() -> None:
    async def main() -> None:
        channel: Channel[int] = Channel()
        await channel.start()
        await asyncio.wrap_future(channel.send_from_thread(1))
        assert await Consumer(channel).get() == 1

    asyncio.run(main())


def test_it_works_in_debug_mode_and_under_virtual_time() -> None:
    async def main() -> None:
        channel: Channel[int] = Channel()
        consumer = Consumer(channel)
        await channel.start()
        await asyncio.to_thread(lambda: channel.send_from_thread(1).result(20))
        assert await consumer.get() == 1

    asyncio.run(main(), debug=True)
    run(main())


def test_a_consumer_that_another_thread_lets_go_of_holds_nobody_back() -> None:
    async def main() -> None:
        channel: Channel[int] = Channel(capacity=1)
        await channel.start()
        consumers = [Consumer(channel)]
        await channel.send(1)

        def let_go() -> None:
            consumers.clear()
            gc.collect()

        await asyncio.to_thread(let_go)
        async with asyncio.timeout(20):
            await channel.send(2)
        assert channel.stats().consumers == ()

    asyncio.run(main())


# ---- every other way, in debug mode

Use: TypeAlias = Callable[[Channel[int], Consumer[int], Consumer[int]], object]


async def _one() -> AsyncIterator[int]:
    yield 1


def _drive(coroutine: Coroutine[Any, Any, Any]) -> None:
    asyncio.run(coroutine)


async def _next(events: AsyncIterator[Any]) -> object:
    return await anext(events)


USES: dict[str, Use] = {
    "send": lambda channel, direct, piped: _drive(channel.send(1)),
    "send_many": lambda channel, direct, piped: _drive(channel.send_many([1])),
    "send_many async": lambda channel, direct, piped: _drive(channel.send_many(_one())),
    "producer send": lambda channel, direct, piped: _drive(Producer(channel).send(1)),
    "send_nowait": lambda channel, direct, piped: channel.send_nowait(1),
    "on_next": lambda channel, direct, piped: channel.on_next(1),
    "on_completed": lambda channel, direct, piped: channel.on_completed(),
    "on_error": lambda channel, direct, piped: channel.on_error(ValueError()),
    "dispose": lambda channel, direct, piped: channel.dispose(),
    "start": lambda channel, direct, piped: _drive(channel.start()),
    "run": lambda channel, direct, piped: _drive(channel.run()),
    "stop": lambda channel, direct, piped: _drive(channel.stop()),
    "subscribe": lambda channel, direct, piped: channel.subscribe(_ignore, _raise),
    "subscribe pipeline": lambda channel, direct, piped: channel.map(str).subscribe(_ignore, _raise),
    "consume": lambda channel, direct, piped: channel.consume(_ignore),
    "Consumer": lambda channel, direct, piped: Consumer(channel),
    "Consumer of a pipeline": lambda channel, direct, piped: Consumer(channel.map(str)),
    "Consumer that conflates": lambda channel, direct, piped: Consumer(channel, overflow=Overflow.DROP_NEWEST),
    "get_nowait": lambda channel, direct, piped: direct.get_nowait(),
    "get": lambda channel, direct, piped: _drive(direct.get()),
    "async for": lambda channel, direct, piped: _drive(_next(aiter(direct))),
    "batches": lambda channel, direct, piped: _drive(_next(direct.batches())),
    "close": lambda channel, direct, piped: direct.close(),
    "pipeline get_nowait": lambda channel, direct, piped: piped.get_nowait(),
    "pipeline get": lambda channel, direct, piped: _drive(piped.get()),
    "pipeline async for": lambda channel, direct, piped: _drive(_next(aiter(piped))),
    "pipeline batches": lambda channel, direct, piped: _drive(_next(piped.batches())),
    "pipeline close": lambda channel, direct, piped: piped.close(),
}


def _ignore(_: object) -> None: ...


def _raise(error: Exception) -> None:
    raise error


def _everything(channel: Channel[int]) -> tuple[Consumer[int], Consumer[int]]:
    source: Observable[int] = channel.map(lambda n: n * 10)
    return Consumer(channel), Consumer(source)


@pytest.mark.parametrize("name", USES)
def test_in_debug_mode_any_other_use_from_another_thread_raises(name: str) -> None:
    async def main() -> None:
        channel: Channel[int] = Channel("Numbers", capacity=8)
        direct, piped = _everything(channel)
        await channel.start()
        await channel.send_many([1, 2, 3, 4])
        assert (await direct.get(), await piped.get()) == (1, 10)
        with pytest.raises(TimeoutError):  # so that each knows its loop
            await Consumer(channel).get(timeout=0)
        piped_waits = asyncio.create_task(Consumer(channel.map(str)).get())
        await asyncio.sleep(0)
        piped_waits.cancel()

        with pytest.raises(WrongLoop, match=r"(channel or consumer|channel|consumer) '\w+"):
            in_thread(lambda: USES[name](channel, direct, piped))

        # and nothing has happened
        assert channel.stats().sent == 4
        assert [direct.get_nowait() for _ in range(3)] == [2, 3, 4]
        assert [piped.get_nowait() for _ in range(3)] == [20, 30, 40]
        await channel.send(5)
        assert (await direct.get(), await piped.get()) == (5, 50)

    asyncio.run(main(), debug=True)


@pytest.mark.parametrize("name", ["send when full", "get when empty", "async for when empty", "start"])
def test_waiting_in_another_loop_is_always_an_error(name: str) -> None:
    """With or without debug mode: a waiter of one loop can't be woken from another."""

    async def main() -> None:
        channel: Channel[int] = Channel("Numbers", capacity=1)
        consumer, empty = Consumer(channel), Consumer(Channel[int]("Empty"))
        await channel.send(1)
        with pytest.raises(TimeoutError):
            await empty.get(timeout=0)

        uses: dict[str, Callable[[], Coroutine[Any, Any, Any]]] = {
            "send when full": lambda: channel.send(2),
            "get when empty": empty.get,
            "async for when empty": lambda: _next(aiter(empty)),
            "start": channel.start,
        }
        with pytest.raises(WrongLoop, match=r"belongs to another event loop.*send_from_thread\(\)"):
            await asyncio.to_thread(lambda: asyncio.run(uses[name]()))
        assert await consumer.get() == 1

    asyncio.run(main())


def test_in_debug_mode_use_from_another_loop_of_the_same_thread_raises() -> None:
    channel: Channel[int] = Channel("Numbers")

    async def use() -> None:
        channel.send_nowait(1)

    own, other = asyncio.new_event_loop(), asyncio.new_event_loop()
    try:
        own.set_debug(True)
        own.run_until_complete(channel.start())
        with pytest.raises(WrongLoop, match="'Numbers' was used from another event loop than its own"):
            other.run_until_complete(use())
        assert channel.stats().sent == 0
        channel.send_nowait(2)  # between two runs of its own loop, on its thread
    finally:
        own.close()
        other.close()
