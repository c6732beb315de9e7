"""explore: which orders are tried and which never, and what is cancelled."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from async_channel import clock
from async_channel.testing import (
    cancelled_by_explorer,
    explore_schedules,
    may_cancel,
    spare,
)

Orders = set[tuple[object, ...]]


def orders_of(
    test: Callable[[list[object]], Coroutine[Any, Any, None]], schedules: int = 400, cancellations: int = 0
) -> tuple[Orders, list[tuple[object, ...]]]:
    """All the orders in which a test did things, and the same as a list, in the order of the runs."""
    runs: list[tuple[object, ...]] = []

    async def noting() -> None:
        done: list[object] = []
        await test(done)
        runs.append(tuple(done))

    found = explore_schedules(noting, schedules=schedules, cancellations=cancellations)
    assert found.failure is None, found.failure.note
    return set(runs), runs


def test_steps_of_tasks_go_in_every_order_and_first_in_that_of_asyncio() -> None:
    async def main(done: list[object]) -> None:
        async def work(name: str) -> None:
            done.append(name)
            await asyncio.sleep(0)
            done.append(name.upper())

        await asyncio.gather(work("a"), work("b"), work("c"))

    found, runs = orders_of(main, schedules=4_000)
    assert runs[0] == ("a", "b", "c", "A", "B", "C")
    assert len(found) == 90  # all there are: 6! orders, each pair in one order only


def test_callbacks_keep_their_order_among_themselves_and_not_with_tasks() -> None:
    async def main(done: list[object]) -> None:
        loop = asyncio.get_running_loop()

        async def work() -> None:
            done.append("task")

        loop.call_soon(done.append, 1)
        task = asyncio.create_task(work())
        loop.call_soon_threadsafe(done.append, 2)
        loop.call_later(0, done.append, 3)
        await task
        await asyncio.sleep(1)

    found, _ = orders_of(main)
    assert {tuple(step for step in order if step != "task") for order in found} == {(1, 2, 3)}
    assert {order.index("task") for order in found} == {0, 1, 2, 3}


def test_bound_methods_of_tasks_that_are_no_steps_are_callbacks() -> None:
    async def main(done: list[object]) -> None:
        loop = asyncio.get_running_loop()
        waiting = asyncio.create_task(asyncio.sleep(5))
        await asyncio.sleep(1)
        loop.call_soon(done.append, 1)
        loop.call_soon(waiting.cancel)
        loop.call_soon(lambda: done.append(waiting.cancelling()))
        await asyncio.wait([waiting])

    assert orders_of(main)[0] == {(1, 1)}


def test_timers_come_in_the_order_of_their_times_and_of_their_making() -> None:
    async def main(done: list[object]) -> None:
        loop = asyncio.get_running_loop()

        async def sleep(seconds: float) -> None:
            await asyncio.sleep(seconds)
            done.append(loop.time())

        for name in ("first", "second"):
            loop.call_later(2, done.append, name)
        await asyncio.gather(sleep(3), sleep(1), sleep(2))

    found, _ = orders_of(main)
    for order in found:
        assert [step for step in order if isinstance(step, float)] == [1.0, 2.0, 3.0]
        assert order.index("first") < order.index("second")


def test_time_is_virtual_and_begins_at_0() -> None:
    times: list[float] = []

    async def main() -> None:
        times.append(clock.now())
        await asyncio.sleep(3600)
        times.append(clock.now())

    assert explore_schedules(main, schedules=3).failure is None
    assert set(times) == {0.0, 3600.0}


def test_tasks_written_in_python_and_those_of_a_factory_are_explored_as_well() -> None:
    async def main(done: list[object]) -> None:
        loop = asyncio.get_running_loop()
        loop.set_task_factory(lambda loop, coro, **options: asyncio.tasks._PyTask(coro, loop=loop, **options))  # type: ignore[attr-defined]  # the one in Python

        async def work(name: str) -> None:
            done.append(name)
            await asyncio.sleep(0)
            done.append(name.upper())

        await asyncio.gather(work("a"), work("b"))

    assert len(orders_of(main)[0]) == 6


@pytest.mark.skipif(sys.version_info < (3, 12), reason="eager tasks came with Python 3.12")
def test_eager_tasks_are_explored_from_their_first_await_on() -> None:
    async def main(done: list[object]) -> None:
        asyncio.get_running_loop().set_task_factory(asyncio.eager_task_factory)  # type: ignore[attr-defined,unused-ignore]  # since 3.12

        async def work(name: str) -> None:
            done.append(name)
            await asyncio.sleep(0)
            done.append(name.upper())

        await asyncio.gather(work("a"), work("b"))

    assert orders_of(main)[0] == {("a", "b", "A", "B"), ("a", "b", "B", "A")}


def test_who_polls_does_not_keep_others_from_ever_running() -> None:
    async def main() -> None:
        ready = False

        async def prepare() -> None:
            nonlocal ready
            await asyncio.sleep(0)
            ready = True

        task = asyncio.create_task(prepare())
        while not ready:  # noqa: ASYNC110  to poll is the point
            await asyncio.sleep(0)
        await task

    assert explore_schedules(main, max_steps=1_000).failure is None


# ---- cancellation


def test_a_task_is_cancelled_at_each_of_its_awaits_and_before_it_begins() -> None:
    async def main(done: list[object]) -> None:
        async def work() -> None:
            try:
                done.append("begun")
                await asyncio.sleep(1)
                done.append("woken")
                await asyncio.sleep(0)
                done.append("ended")
            except asyncio.CancelledError:
                done.append("cancelled")
                raise

        task = asyncio.create_task(work())
        await asyncio.wait([task])
        assert (task in cancelled_by_explorer()) == task.cancelled()

    found, runs = orders_of(main, cancellations=1)
    assert runs[0] == ("begun", "woken", "ended")
    assert found == {
        (),
        ("begun", "cancelled"),
        ("begun", "woken", "cancelled"),
        ("begun", "woken", "ended"),
    }


def test_no_more_tasks_are_cancelled_than_asked_for() -> None:
    async def main(done: list[object]) -> None:
        tasks = [asyncio.create_task(asyncio.sleep(1)) for _ in range(4)]
        await asyncio.wait(tasks)
        assert len(cancelled_by_explorer()) == sum(task.cancelled() for task in tasks)
        done.append(len(cancelled_by_explorer()))

    assert {count for (count,) in orders_of(main, cancellations=2)[0]} == {0, 1, 2}
    assert {count for (count,) in orders_of(main)[0]} == {0}


def test_neither_the_test_nor_what_it_spares_nor_what_others_make_is_cancelled() -> None:
    async def main(done: list[object]) -> None:
        async def inner() -> None:
            await asyncio.shield(asyncio.sleep(1))
            async with asyncio.timeout(5):
                await asyncio.wait_for(asyncio.sleep(1), timeout=3)

        spared = spare(asyncio.create_task(inner()))
        exposed = may_cancel(spare(asyncio.create_task(asyncio.sleep(1))))
        helper: Callable[..., asyncio.Task[None]] = eval(
            "lambda coro: create_task(coro)", {"create_task": asyncio.create_task}
        )
        of_another_file = helper(asyncio.sleep(2))
        async with asyncio.TaskGroup() as group:
            grouped = group.create_task(asyncio.sleep(1))
        await asyncio.wait([spared, exposed, of_another_file])
        assert not spared.cancelled()
        assert not of_another_file.cancelled()
        done.append((exposed.cancelled(), grouped.cancelled()))

    assert orders_of(main, cancellations=1)[0] == {((False, False),), ((True, False),), ((False, True),)}


def test_asking_for_cancellations_where_nothing_can_be_cancelled_is_an_error() -> None:
    async def main() -> None:
        await spare(asyncio.create_task(asyncio.sleep(1)))

    with pytest.raises(ValueError, match="nothing to cancel"):
        explore_schedules(main, cancellations=True)


def test_without_an_explorer_the_helpers_do_nothing() -> None:
    async def main() -> None:
        task = spare(may_cancel(asyncio.create_task(asyncio.sleep(0))))
        await task
        assert cancelled_by_explorer() == ()

    asyncio.run(main())
