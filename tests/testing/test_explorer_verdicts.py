"""explore: what fails a run besides what the test asserts, and what the decorator makes of a test."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from typing import Any

import pytest

from async_channel import clock
from async_channel.testing import Deadlock, LeakedTasks, Livelock, NotDeterministic, explore, explore_schedules

# ---- what fails a run besides the test


def failure_of(test: Callable[[], Coroutine[Any, Any, object]], **options: Any) -> BaseException:
    found = explore_schedules(test, **options)
    assert found.failure is not None
    return found.failure.error


def test_a_deadlock_is_told_at_once_with_who_waits_where() -> None:
    async def main() -> None:
        first, second = asyncio.Event(), asyncio.Event()

        async def wait_for_me() -> None:
            await first.wait()
            second.set()

        task = asyncio.create_task(wait_for_me(), name="other")
        await second.wait()
        await task

    error = failure_of(main)
    assert isinstance(error, Deadlock)
    assert "the test: " in str(error)
    assert "await second.wait()" in str(error)
    assert "'other' (2): " in str(error)
    assert "await first.wait()" in str(error)


def test_a_livelock_is_told_after_so_many_steps() -> None:
    async def main() -> None:
        while True:  # noqa: ASYNC110  as above
            await asyncio.sleep(0)

    error = failure_of(main, max_steps=50)
    assert isinstance(error, Livelock)
    assert "after 50 steps" in str(error)


def test_tasks_that_still_wait_are_told_unless_they_may() -> None:
    ended: list[str] = []

    async def main() -> None:
        async def wait() -> None:
            try:
                await asyncio.sleep(1)
            finally:
                ended.append("cleaned up")

        task = asyncio.create_task(wait(), name="left")
        await asyncio.sleep(0)
        assert not task.done()

    error = failure_of(main)
    assert isinstance(error, LeakedTasks)
    assert "'left'" in str(error)
    assert ended
    assert explore_schedules(main, allow_pending=True).failure is None


def test_tasks_that_were_cancelled_may_end_after_the_test() -> None:
    async def main() -> None:
        task = asyncio.create_task(asyncio.sleep(1))
        await asyncio.sleep(0)
        task.cancel()

    assert explore_schedules(main).failure is None


def test_what_asyncio_only_logs_fails_the_run() -> None:
    async def in_a_callback() -> None:
        asyncio.get_running_loop().call_soon(lambda: 1 // 0)
        await asyncio.sleep(0)

    async def in_a_task() -> None:
        async def work() -> None:
            raise LookupError("gone")

        await asyncio.wait([asyncio.create_task(work())])

    assert isinstance(failure_of(in_a_callback), ZeroDivisionError)
    assert isinstance(failure_of(in_a_task), LookupError)


def test_a_handler_of_the_tests_own_is_told_instead() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        told: list[object] = []
        loop.set_exception_handler(lambda _, context: told.append(context["exception"]))
        loop.call_soon(lambda: 1 // 0)
        await asyncio.sleep(1)
        assert [type(error) for error in told] == [ZeroDivisionError]

    assert explore_schedules(main, schedules=5).failure is None


@pytest.mark.parametrize("where", ["before", "in"])
def test_a_test_that_is_not_deterministic_is_told_so(where: str) -> None:
    runs = 0

    async def main() -> None:
        nonlocal runs
        runs += 1
        tasks = [asyncio.create_task(asyncio.sleep(0)) for _ in range(2 + runs % 2 if where == "before" else 2)]
        await asyncio.wait(tasks)
        assert where == "before" or runs != 5

    found = explore_schedules(main, schedules=50)
    assert found.failure is not None
    assert isinstance(found.failure.error, NotDeterministic if where == "before" else AssertionError)
    assert "the test is not deterministic" in found.failure.note


def test_sets_of_tasks_are_gone_through_in_the_same_order_each_time() -> None:
    async def main() -> None:
        tasks = {asyncio.create_task(asyncio.sleep(1)) for _ in range(20)}
        await asyncio.sleep(0)
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)

    for _ in range(5):
        kept = [object() for _ in range(1000)]  # elsewhere in memory than last time
        assert explore_schedules(main, schedules=10).failure is None
        del kept[::2]


def test_threads_and_sockets_are_refused() -> None:
    async def in_a_thread() -> None:
        await asyncio.to_thread(int)

    async def on_a_socket() -> None:
        asyncio.get_running_loop().add_reader(0, int)

    for test in (in_a_thread, on_a_socket):
        with pytest.raises(RuntimeError, match="can't be explored"):
            raise failure_of(test)


# ---- the decorator


def test_the_decorator_keeps_the_signature_and_passes_arguments_on() -> None:
    calls: list[tuple[int, str]] = []

    @explore(schedules=3)
    async def test(number: int, *, text: str = "") -> None:
        """What it is for."""
        calls.append((number, text))

    assert str(inspect.signature(test)) == "(number: 'int', *, text: 'str' = '') -> 'None'"
    assert (test.__name__, test.__doc__) == ("test", "What it is for.")
    assert not inspect.iscoroutinefunction(test)
    test(1, text="one")
    assert set(calls) == {(1, "one")}


@pytest.fixture(params=[2, 3])
def count(request: pytest.FixtureRequest) -> int:
    number: int = request.param
    return number


@pytest.mark.parametrize("extra", [0, 1])
@explore(schedules=20)
async def test_fixtures_and_parameters_reach_an_explored_test(count: int, extra: int) -> None:
    assert await asyncio.gather(*(asyncio.sleep(0, n) for n in range(count + extra))) == list(range(count + extra))


class TestMethods:
    @explore
    async def test_a_method_is_explored_as_well(self, count: int) -> None:
        await asyncio.sleep(count)


def test_a_skip_is_no_failure_to_be_explored() -> None:
    runs = 0

    @explore
    async def test() -> None:
        nonlocal runs
        runs += 1
        await asyncio.sleep(0)
        pytest.skip("not here")

    with pytest.raises(pytest.skip.Exception):
        test()
    assert runs == 1


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"schedules": 0}, ValueError),
        ({"schedules": 1.5}, TypeError),
        ({"schedules": True}, TypeError),
        ({"max_steps": 0}, ValueError),
        ({"cancellations": -1}, ValueError),
        ({"cancellations": "all"}, TypeError),
        ({"seed": 1.0}, TypeError),
        ({"seed": True}, TypeError),
        ({"seed": "4>3,x"}, ValueError),
        ({"seed": ""}, ValueError),
        ({"allow_pending": 1}, TypeError),
        ({"start": "noon"}, TypeError),
        ({"start": float("nan")}, ValueError),
    ],
)
def test_bad_options_are_refused_where_they_are_given(options: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error, match=r"explore|seed|start is"):
        explore(**options)


@pytest.mark.parametrize("start", [60, 60.0, datetime(1970, 1, 1, 0, 1, tzinfo=UTC)])
def test_the_clock_of_each_run_begins_where_it_is_told_to(start: datetime | float) -> None:
    began: set[float] = set()

    @explore(schedules=3, start=start)
    async def test() -> None:
        began.add(clock.now())
        await asyncio.gather(asyncio.sleep(1), asyncio.sleep(1))
        assert clock.now() != 61

    with pytest.raises(AssertionError) as caught:
        test()
    assert began == {60}
    assert f", start={start!r})" in caught.value.__notes__[0]
    assert explore_schedules(test.__wrapped__, start=61).failure is None  # type: ignore[attr-defined]  # of functools.wraps


def test_what_is_no_coroutine_function_is_refused() -> None:
    function: Any = lambda: None  # noqa: E731  the plainest there is
    with pytest.raises(TypeError, match="async def"):
        explore(function)
    with pytest.raises(TypeError, match="makes a coroutine"):
        explore_schedules(function)


def test_it_is_not_called_from_a_running_loop() -> None:
    @explore
    async def test() -> None: ...

    async def main() -> None:
        with pytest.raises(RuntimeError, match="running event loop"):
            test()

    asyncio.run(main())
