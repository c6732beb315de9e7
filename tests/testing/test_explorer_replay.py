"""A seed that explore prints replays the failure each time; what no longer fits is said."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from async_channel.testing import Deadlock, explore, explore_schedules
from async_channel.testing.explorer.schedule import Deviation, parse, write


async def two_locks() -> None:
    left, right = asyncio.Lock(), asyncio.Lock()

    async def both(first: asyncio.Lock, second: asyncio.Lock) -> None:
        for _ in range(3 * (first is right)):
            await asyncio.sleep(0)
        async with first:
            await asyncio.sleep(0)
            async with second:
                await asyncio.sleep(1)

    async with asyncio.TaskGroup() as group:
        for locks in ((left, right), (right, left)):
            group.create_task(both(*locks))


async def half_done() -> None:
    done: list[int] = []

    async def work() -> None:
        for step in range(3):
            await asyncio.sleep(1)
            done.append(step)

    tasks = [asyncio.create_task(work()) for _ in range(3)]
    await asyncio.wait(tasks)
    assert sum(task.cancelled() for task in tasks) < 2 or done.count(2) == done.count(1)


def seed_in(note: str) -> str:
    match = re.search(r'@explore\(seed="([^"]*)"', note)
    assert match is not None
    return match[1]


@pytest.mark.parametrize(("test", "error", "cancellations"), [(two_locks, Deadlock, 0), (half_done, AssertionError, 2)])
def test_the_seed_replays_the_failure_a_hundred_times_of_a_hundred(
    test: Any, error: type[BaseException], cancellations: int
) -> None:
    with pytest.raises(error) as caught:
        explore(schedules=1_000, cancellations=cancellations)(test)()
    (note,) = caught.value.__notes__
    seed = seed_in(note)
    story = note.splitlines()[2:]
    replayed = explore(seed=seed)(test)
    assert note.startswith("explore: failed in schedule ")
    for _ in range(100):
        with pytest.raises(error) as again:
            replayed()
        (told,) = again.value.__notes__
        assert seed_in(told) == seed
        assert re.match(r"explore: failed in a replay of \d+ steps, \d of them not in asyncio's order\n", told)
        assert told.splitlines()[2:] == story


def test_a_replay_runs_that_schedule_and_no_other() -> None:
    orders: set[tuple[int, ...]] = set()

    @explore(seed="2>3")
    async def test() -> None:
        done: list[int] = []

        async def work(number: int) -> None:
            done.append(number)

        await asyncio.gather(work(2), work(3))
        orders.add(tuple(done))

    test()
    assert orders == {(2, 3)}  # before step 2 task 2 was over: nothing to choose

    orders.clear()
    assert explore_schedules(test.__wrapped__, seed="1>3").schedules == 1  # type: ignore[attr-defined]  # of functools.wraps
    assert orders == {(3, 2)}


def test_the_same_number_gives_the_same_exploration_and_another_one_another() -> None:
    def orders(seed: int) -> list[tuple[int, ...]]:
        runs: list[tuple[int, ...]] = []

        async def main() -> None:
            done: list[int] = []

            async def work(number: int) -> None:
                await asyncio.sleep(0)
                done.append(number)

            await asyncio.gather(*(work(number) for number in range(5)))
            runs.append(tuple(done))

        assert explore_schedules(main, schedules=100, seed=seed).distinct > 50
        return runs

    assert orders(1) == orders(1)
    assert orders(1) != orders(2)


def test_options_that_the_failure_depends_on_are_part_of_what_is_told() -> None:
    @explore(max_steps=30, allow_pending=True)
    async def test() -> None:
        for _ in range(100):
            await asyncio.sleep(0)

    with pytest.raises(AssertionError) as caught:
        test()
    assert ", max_steps=30, allow_pending=True)" in caught.value.__notes__[0]


def test_a_seed_that_meets_something_else_is_said_to() -> None:
    async def main() -> None:
        await asyncio.gather(asyncio.sleep(0), asyncio.sleep(0))

    with pytest.warns(UserWarning, match="no longer meets what it met"):
        assert explore_schedules(main, seed="1>3#0000").failure is None

    async def failing() -> None:
        await main()
        raise LookupError

    failure = explore_schedules(failing, seed="1>3#0000").failure
    assert failure is not None
    assert "no longer meets what it met" in failure.note


def test_a_replay_that_is_not_deterministic_is_said_to_be() -> None:
    runs = 0

    async def main() -> None:
        nonlocal runs
        runs += 1
        await asyncio.gather(*(asyncio.sleep(0) for _ in range(2 + runs % 3)))

    failure = explore_schedules(main, seed="1>3").failure
    assert failure is not None
    assert "the test is not deterministic: before step " in failure.note


@given(
    st.lists(st.builds(Deviation, st.integers(0, 999), st.integers(0, 99), st.booleans()), unique=True).map(sorted),
    st.sampled_from(["", "c0de", "0000"]),
)
def test_a_seed_is_read_as_it_was_written(deviations: list[Deviation], fingerprint: str) -> None:
    assert parse(write(tuple(deviations), fingerprint)) == (tuple(deviations), fingerprint)


@pytest.mark.parametrize("text", ["", "4", "4>", ">3", "4>3,", "4>3;5>2", "4?3", "fifo,4>3", "-1>2"])
def test_what_is_no_seed_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="a seed is a number, or the text that a failure printed"):
        explore(seed=text)
