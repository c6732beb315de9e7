"""clock: scaled and virtual time, exact over years, at rest while something outside of the loop is waited for."""

from __future__ import annotations

import asyncio
import contextvars
import math
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from async_channel import clock
from tests.support import run

YEAR = 365.25 * 86_400.0


def test_it_returns_and_raises_what_the_coroutine_does() -> None:
    async def answer() -> int:
        return 42

    async def fail() -> None:
        raise LookupError("lost")

    for speed in (1.0, 50, math.inf):
        assert clock.run(answer(), speed=speed) == 42
        with pytest.raises(LookupError, match="lost"):
            clock.run(fail(), speed=speed)


def test_it_refuses_to_run_inside_a_running_loop() -> None:
    async def main() -> None:
        with pytest.raises(RuntimeError, match="running event loop"):
            clock.run(asyncio.sleep(0))

    run(main())


def test_tasks_that_are_left_are_cancelled_and_the_loop_is_closed() -> None:
    ended: list[str] = []

    async def forever() -> None:
        try:
            await asyncio.sleep(math.inf)
        finally:
            ended.append("cancelled")

    async def main() -> tuple[asyncio.AbstractEventLoop, asyncio.Task[None]]:
        task = asyncio.create_task(forever())
        await asyncio.sleep(0)
        return asyncio.get_running_loop(), task

    loop, _task = run(main())
    assert ended == ["cancelled"]
    assert loop.is_closed()
    with pytest.raises(RuntimeError, match="closed"):
        loop.call_later(1, print)


# ---- virtual time


@pytest.mark.parametrize("base", [0.0, 1.0, YEAR, 50 * YEAR, 1e12, 1e15])
def test_virtual_time_is_exact_over_years(base: float) -> None:
    """Far out the numbers themselves are coarse; what can be written down is met to the last bit, and nothing hangs."""

    async def main() -> None:
        loop = asyncio.get_running_loop()
        for offset in (0.1, 0.25, 1.0, 1.0000001, 3.3):
            due = base + offset
            await clock.sleep_until_loop_time(due)
            assert loop.time() == due
        before = loop.time()
        await asyncio.sleep(0.5)
        assert loop.time() == before + 0.5
        async with asyncio.timeout(5 * max(1.0, math.ulp(before))):
            await asyncio.sleep(1)

    run(main())


@given(st.lists(st.floats(0, 1e9), min_size=1, max_size=20))
def test_every_timer_goes_off_at_its_time_and_in_order(times: list[float]) -> None:
    async def main() -> list[tuple[float, float]]:
        loop = asyncio.get_running_loop()
        seen: list[tuple[float, float]] = []

        def goes_off(due: float) -> None:
            seen.append((due, loop.time()))

        for due in times:
            loop.call_at(due, goes_off, due)
        await clock.sleep_until_loop_time(max(times) + 1)
        return seen

    assert run(main()) == [(due, due) for due in sorted(times)]


def test_timers_a_moment_apart_each_see_their_own_time() -> None:
    async def main() -> list[float]:
        loop = asyncio.get_running_loop()
        seen: list[float] = []
        for due in (1.0, 1.0 + 1e-10, 0.1 + 0.2, 0.3):
            loop.call_at(due, lambda: seen.append(loop.time()))
        await asyncio.sleep(2)
        return seen

    assert run(main()) == [0.3, 0.1 + 0.2, 1.0, 1.0 + 1e-10]


def test_timers_of_one_moment_go_in_the_order_they_were_set() -> None:
    async def main() -> list[int]:
        loop = asyncio.get_running_loop()
        seen: list[int] = []
        for number in range(100):
            loop.call_at(1.0 + number % 3, seen.append, number)
        cancelled = [loop.call_at(1.0, seen.append, -1) for _ in range(200)]
        for handle in cancelled:
            handle.cancel()
        await asyncio.sleep(5)
        return seen

    assert run(main()) == [*range(0, 100, 3), *range(1, 100, 3), *range(2, 100, 3)]


def test_timers_keep_their_context() -> None:
    variable: contextvars.ContextVar[int] = contextvars.ContextVar("variable", default=0)

    async def main() -> list[int]:
        loop = asyncio.get_running_loop()
        seen: list[int] = []
        variable.set(1)
        loop.call_later(1, lambda: seen.append(variable.get()))
        context = contextvars.copy_context()
        context.run(variable.set, 2)
        loop.call_later(2, lambda: seen.append(variable.get()), context=context)
        await asyncio.sleep(3)
        return seen

    assert run(main()) == [1, 2]


def test_time_stands_still_while_anything_is_ready() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        for _ in range(1000):
            await asyncio.sleep(0)
            assert loop.time() == 0

    run(main())


def test_a_long_wait_costs_nothing() -> None:
    async def main() -> None:
        for _ in range(100):
            await asyncio.sleep(YEAR)

    began = time.perf_counter()
    run(main())
    assert time.perf_counter() - began < 20


def test_threads_are_waited_for_in_real_time_while_no_virtual_time_passes() -> None:
    def work() -> str:
        released.wait(20)
        return "done"

    released = threading.Event()

    async def main() -> None:
        loop = asyncio.get_running_loop()
        timer_went_off: list[float] = []
        loop.call_later(3600, lambda: timer_went_off.append(loop.time()))
        working = asyncio.create_task(asyncio.to_thread(work))
        threading.Timer(0.05, released.set).start()
        async with asyncio.timeout(1800):
            assert await working == "done"
        assert loop.time() == 0
        assert timer_went_off == []
        await asyncio.sleep(3600)
        assert timer_went_off == [3600]

    run(main())


def test_threads_of_an_executor_of_ones_own_are_waited_for_as_well() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(2) as pool:
            futures = [loop.run_in_executor(pool, time.sleep, 0.01) for _ in range(4)]
            async with asyncio.timeout(0.001):
                await asyncio.gather(*futures)
            assert loop.time() == 0
            with pytest.raises(ZeroDivisionError):
                await loop.run_in_executor(pool, lambda: 1 / 0)
        await asyncio.sleep(10)
        assert loop.time() == 10

    run(main())


def test_what_a_thread_calls_in_is_heard_while_nothing_else_is_to_do() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        heard = loop.create_future()
        thread = threading.Timer(0.02, loop.call_soon_threadsafe, [heard.set_result, "heard"])
        thread.start()
        assert await heard == "heard"
        thread.join()

    run(main())


def test_sockets_work() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        one, other = socket.socketpair()
        with one, other:
            one.setblocking(False)
            other.setblocking(False)
            await loop.sock_sendall(one, b"ping")
            assert await loop.sock_recv(other, 4) == b"ping"
            reader, writer = await asyncio.open_connection(sock=one)
            other.send(b"line\n")
            assert await reader.readline() == b"line\n"
            writer.close()
            await writer.wait_closed()
        assert loop.time() == 0

    run(main())


# ---- dates


@pytest.mark.parametrize(
    "start",
    [
        0,
        1_000_000.5,
        -86_400,
        datetime(2026, 5, 2, 12, 30, tzinfo=UTC),
        datetime(2026, 5, 2, 12, 30, tzinfo=timezone(timedelta(hours=9))),
        datetime(1969, 12, 31, tzinfo=UTC),
    ],
)
@pytest.mark.parametrize("speed", [math.inf, 10_000.0])
def test_the_clock_begins_where_it_is_told(start: Any, speed: float) -> None:
    seconds = start.timestamp() if isinstance(start, datetime) else start

    async def main() -> tuple[float, float]:
        first = clock.now()
        await clock.sleep_until(start if isinstance(start, datetime) else seconds)  # that is past: at once
        await clock.sleep_until(seconds + 30)
        return first, clock.now()

    first, last = clock.run(main(), speed=speed, start=start)
    if speed == math.inf:
        assert (first, last) == (seconds, seconds + 30)
    else:
        assert seconds <= first <= seconds + 10 * speed
        assert last >= seconds + 30 - 1e-6


def test_virtual_time_begins_at_nought_and_real_time_at_the_present() -> None:
    async def main() -> float:
        return clock.now()

    assert run(main()) == 0
    for real in (clock.run(main()), clock.run(main(), speed=100), asyncio.run(main())):
        assert abs(real - time.time()) < 60


def test_a_loop_of_somebody_else_has_a_clock_that_never_jumps(monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        first = clock.now()
        monkeypatch.setattr(time, "time", lambda: 0.0)
        assert 0 <= clock.now() - first < 60
        await clock.sleep_until(first + 0.01)
        assert clock.now() >= first + 0.01

    asyncio.run(main())


def test_there_is_no_now_without_a_loop() -> None:
    with pytest.raises(RuntimeError, match="no running event loop"):
        clock.now()


def test_sleep_until_takes_dates_and_can_be_cancelled() -> None:
    async def main() -> None:
        begin = datetime.fromtimestamp(clock.now(), tz=UTC)
        await clock.sleep_until(begin + timedelta(days=1))
        assert clock.now() == 86_400
        sleeping = asyncio.create_task(clock.sleep_until(2 * YEAR))
        await asyncio.sleep(1)
        sleeping.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sleeping
        await asyncio.sleep(3 * YEAR)  # the timer is gone with it

    run(main())


# ---- scaled time


def test_scaled_time_passes_as_many_times_as_fast() -> None:
    async def main() -> tuple[float, float]:
        loop = asyncio.get_running_loop()
        began, real = loop.time(), time.monotonic()
        await asyncio.sleep(60)
        return loop.time() - began, time.monotonic() - real

    for speed in (6_000.0, 60_000):
        passed, real = clock.run(main(), speed=speed)
        assert passed >= 59.999
        assert real >= 59.99 / speed
        assert passed / speed <= real + 0.1


def test_a_slow_loop_is_slow() -> None:
    async def main() -> float:
        real = time.monotonic()
        await asyncio.sleep(0.002)
        return time.monotonic() - real

    assert clock.run(main(), speed=0.25) >= 0.0079
