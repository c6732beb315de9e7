"""explore: what is told of a failure: what kind of schedule it was, and step by step what went."""

from __future__ import annotations

import asyncio
import re
import traceback
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from async_channel.testing import LeakedTasks, explore, explore_schedules


def note_of(test: Callable[[], Coroutine[Any, Any, object]], **options: Any) -> str:
    failure = explore_schedules(test, **options).failure
    assert failure is not None
    return failure.note


def kind_of(note: str) -> str:
    found = re.match(r"explore: failed in schedule \d+ of 300 \(seed \d+\), (.*); the shortest schedule found ", note)
    assert found is not None
    return found[1]


# ---- what kind of schedule it was


async def fails() -> None:
    raise LookupError


async def fails_in_another_order() -> None:
    done: list[int] = []

    async def work(number: int) -> None:
        done.append(number)

    await asyncio.gather(work(0), work(1))
    assert done == [0, 1]


async def fails_when_cancelled() -> None:
    task = asyncio.create_task(asyncio.sleep(1))
    await asyncio.wait([task])
    assert not task.cancelled()


async def fails_in_reverse() -> None:
    done: list[int] = []

    async def work(number: int) -> None:
        await asyncio.sleep(0)
        done.append(number)

    await asyncio.gather(*(work(number) for number in range(4)))
    assert done != [3, 2, 1, 0]


async def fails_when_two_pairs_change_places() -> None:
    done: list[int] = []

    async def work(number: int) -> None:
        done.append(number)

    await asyncio.gather(work(0), work(1))
    await asyncio.gather(work(2), work(3))
    assert done != [1, 0, 3, 2]


async def fails_when_the_first_comes_last() -> None:
    done: list[int] = []

    async def work(number: int) -> None:
        for _ in range(6):
            await asyncio.sleep(0)
        done.append(number)

    await asyncio.gather(*(work(number) for number in range(4)))
    assert done != [1, 2, 3, 0]


@pytest.mark.parametrize(
    ("test", "options", "kind"),
    [
        (fails, {}, "asyncio's own order"),
        (fails_in_another_order, {}, "asyncio's order but for one step"),
        (fails_when_cancelled, {"cancellations": True}, "asyncio's order but for one cancellation"),
    ],
)
def test_a_schedule_that_was_not_drawn_is_told_to_be_what_it_is(
    test: Callable[[], Coroutine[Any, Any, object]], options: dict[str, Any], kind: str
) -> None:
    assert kind_of(note_of(test, schedules=300, **options)) == kind


def test_a_schedule_that_was_drawn_is_told_with_how() -> None:
    tests = (fails_in_reverse, fails_when_two_pairs_change_places, fails_when_the_first_comes_last)
    assert {kind_of(note_of(test, schedules=300, seed=seed)) for test in tests for seed in range(12)} == {
        "a random walk",
        "an order of random priorities",
        "asyncio's order but for a few random steps",
        "asyncio's order but for one task that always comes last",
    }


def test_one_step_is_one_step() -> None:
    note = note_of(fails)
    assert "the shortest schedule found that fails so has 1 step, in asyncio's order\n" in note


# ---- step by step


class Worker:
    async def run(self) -> None:
        async with asyncio.timeout(5):
            await asyncio.sleep(1)


async def waits() -> None:
    async def nap() -> None:
        await asyncio.sleep(1)

    async with asyncio.TaskGroup() as group:
        group.create_task(nap())
    await asyncio.gather(nap(), Worker().run())
    await asyncio.wait([asyncio.create_task(nap())], timeout=0.5)
    asyncio.get_running_loop().call_soon(lambda: None)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await asyncio.sleep(1)
    raise LookupError


def test_callbacks_of_asyncio_are_told_by_what_they_are_about() -> None:
    steps = [line[8:] for line in note_of(waits, allow_pending=True).splitlines()[2:]]
    callbacks = [re.sub(r":\d+$", "", step) for step in steps if "runs from" not in step]
    assert list(dict.fromkeys(callbacks)) == [
        "the timer of a sleep",
        "a TaskGroup is told that a task is over",
        "gather() is told that a task is over",
        "the timer of a wait()",
        "callback <lambda>() of test_explorer_told.py",
        "the timer of a timeout",
    ]


def test_names_are_told_without_the_functions_they_are_defined_in() -> None:
    note = note_of(waits, allow_pending=True)
    assert "<locals>" not in note
    assert "'Task-2' (2) runs from start of nap, test_explorer_told.py:" in note
    assert "runs from Worker.run, test_explorer_told.py:" in note


# ---- where it leads


def test_what_no_line_of_the_test_has_raised_leads_to_its_first_line() -> None:
    @explore(schedules=2)
    async def leaves_a_task() -> None:
        left = asyncio.create_task(asyncio.sleep(1))
        assert not left.done()

    with pytest.raises(LeakedTasks) as caught:
        leaves_a_task()
    last = traceback.extract_tb(caught.value.__traceback__)[-1]
    assert (last.filename, last.name, last.line) == (__file__, "leaves_a_task", "@explore(schedules=2)")


def test_what_a_line_of_the_test_has_raised_leads_to_that_line() -> None:
    with pytest.raises(LookupError) as caught:
        explore(fails)()
    last = traceback.extract_tb(caught.value.__traceback__)[-1]
    assert (last.name, last.line) == ("fails", "raise LookupError")


def test_what_the_library_has_raised_leads_from_the_test_to_there() -> None:
    @explore
    async def reads_no_number() -> None:
        asyncio.get_running_loop().call_soon(re.compile, "(")
        await asyncio.sleep(0)

    with pytest.raises(re.error) as caught:
        reads_no_number()
    shown = [entry.name for entry in caught.traceback if not entry.ishidden(caught)]
    assert shown[1] == "reads_no_number"
    assert "compile" in shown
