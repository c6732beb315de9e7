"""explore: the test keeps its arguments, and becomes a function that is called."""

import asyncio
from datetime import UTC, datetime
from typing import reveal_type

from async_channel.testing import Exploration, cancelled_by_explorer, explore, explore_schedules, may_cancel, spare
from tests.typing.cases._events import Tick


@explore(schedules=2000, cancellations=True, seed=7)
async def with_arguments(count: int, *, name: str = "") -> None: ...


@explore(seed="4>3,9!2#c0de", max_steps=100, allow_pending=True)
async def replayed(tick: Tick) -> None: ...


@explore(start=datetime(2026, 1, 5, tzinfo=UTC))
async def on_a_date() -> None: ...


@explore
async def plain() -> None: ...


def function(count: int) -> None: ...


async def takes_one(count: int) -> None: ...


reveal_type(with_arguments(1, name="x"))  # expect: None
reveal_type(plain())  # expect: None
reveal_type(on_a_date())  # expect: None
replayed(1)  # error: arg-type  # pyright-error: reportArgumentType
with_arguments("1")  # error: arg-type  # pyright-error: reportArgumentType
with_arguments(1, nope=2)  # error: call-arg  # pyright-error: reportCallIssue
plain(1)  # error: call-arg  # pyright-error: reportCallIssue

explore(function)  # error: arg-type  # pyright-error: reportArgumentType
explore(schedules=10)(function)  # error: arg-type  # pyright-error: reportArgumentType
explore(schedules="many")  # error: call-overload  # pyright-error: reportArgumentType
explore(seed=1.5)  # error: call-overload  # pyright-error: reportArgumentType
explore(start="noon")  # error: call-overload  # pyright-error: reportArgumentType
explore(nope=1)  # error: call-overload  # pyright-error: reportCallIssue
explore_schedules(takes_one)  # error: arg-type  # pyright-error: reportArgumentType


def report() -> None:
    found = explore_schedules(lambda: takes_one(1), schedules=10, start=60.0)
    reveal_type(found)  # expect: Exploration
    reveal_type(found.distinct)  # expect: int
    found.failure.seed  # error: union-attr  # pyright-error: reportOptionalMemberAccess
    if found.failure is not None:
        reveal_type(found.failure.error)  # expect: BaseException
        reveal_type(found.failure.seed)  # expect: str
    _: Exploration = found


async def tasks(tick: Tick) -> None:
    task = asyncio.create_task(asyncio.sleep(1, tick))
    reveal_type(spare(task))  # expect: Task[Tick]
    reveal_type(may_cancel(task))  # expect: Task[Tick]
    reveal_type(cancelled_by_explorer())  # expect: tuple[Task[Any], ...]
    spare(takes_one(1))  # error: arg-type  # pyright-error: reportArgumentType
