"""The pytest plugin's virtual time: alone, under pytest-asyncio, and under anyio's plugin."""

from __future__ import annotations

import asyncio
import time
from contextvars import ContextVar
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from async_channel import clock
from async_channel.testing import VirtualTime, run_virtual
from tests.testing.pytests import ANYIO, ASYNCIO, AUTO, OURS, STRICT, run_apart, run_inner

pytest_plugins = ["pytester"]

WORD: ContextVar[str] = ContextVar("WORD")

ALONE = [OURS]
UNDER_ASYNCIO = [OURS, ASYNCIO, STRICT]
UNDER_BOTH = [OURS, ASYNCIO, ANYIO, STRICT]

# ---- in this very run, where no other plugin runs coroutines


@pytest.mark.virtual_time
async def test_an_hour_is_over_at_once() -> None:
    began = time.monotonic()
    await asyncio.sleep(3600)
    assert clock.now() == 3600
    assert time.monotonic() - began < 10


@pytest.mark.virtual_time(start=datetime(2024, 2, 29, tzinfo=UTC))
async def test_the_clock_begins_at_a_date() -> None:
    await asyncio.sleep(86_400)
    assert datetime.fromtimestamp(clock.now(), tz=UTC) == datetime(2024, 3, 1, tzinfo=UTC)


@pytest.mark.virtual_time(start=60)
async def test_the_fixture_shows_the_time_of_an_asynchronous_test(virtual_time: VirtualTime) -> None:
    await asyncio.sleep(1)
    assert virtual_time.now == 61
    assert virtual_time.loop is asyncio.get_running_loop()
    with pytest.raises(RuntimeError, match="run\\(\\) can't be called from a running event loop: await the coroutine"):
        virtual_time.run(asyncio.sleep(1))


async def test_the_fixture_alone_is_enough(virtual_time: VirtualTime) -> None:
    await asyncio.sleep(3600)
    assert virtual_time.now == 3600


def test_in_a_plain_test_the_fixture_runs_coroutines_on_one_loop(virtual_time: VirtualTime) -> None:
    async def main() -> asyncio.Task[None]:
        await asyncio.sleep(1)
        return asyncio.create_task(asyncio.sleep(2))

    left = virtual_time.run(main())
    assert virtual_time.now == 1
    assert virtual_time.run(asyncio.sleep(3, "done")) == "done"
    assert virtual_time.now == 4
    assert left.done(), "a task that is left goes on in the next run"


def test_each_run_sees_the_context_variables_of_its_caller(virtual_time: VirtualTime) -> None:
    async def see() -> str:
        return WORD.get()

    for word in ("a", "b"):
        WORD.set(word)
        assert virtual_time.run(see()) == word


@pytest.mark.virtual_time(start=7)
def test_the_marker_leaves_a_plain_test_alone_but_for_its_clock(virtual_time: VirtualTime) -> None:
    assert virtual_time.now == 7


class TestMethods:
    """Methods are tests as well."""

    @pytest.mark.virtual_time
    @pytest.mark.parametrize("seconds", [1, 2])
    async def test_a_method_with_parameters(self, seconds: int) -> None:
        await asyncio.sleep(seconds)
        assert clock.now() == seconds


@pytest.mark.virtual_time
@given(seconds=st.integers(1, 1000))
async def test_each_example_of_hypothesis_has_a_loop_of_its_own(seconds: int) -> None:
    await asyncio.sleep(seconds)
    assert clock.now() == seconds


def test_virtual_time_refuses_what_is_no_coroutine_and_a_bad_start() -> None:
    with (
        VirtualTime() as virtual,
        pytest.raises(TypeError, match=r"run\(\) takes a coroutine, such as main\(\), got 3"),
    ):
        virtual.run(3)  # type: ignore[arg-type]  # as it should
    virtual.close()
    with VirtualTime(start=float("nan")) as virtual, pytest.raises(ValueError, match="start is a finite number"):
        virtual.run(asyncio.sleep(1))


def test_run_virtual_is_for_those_without_pytest() -> None:
    async def main() -> float:
        await asyncio.sleep(10)
        return clock.now()

    assert run_virtual(main()) == 10
    assert run_virtual(main(), start=datetime(1970, 1, 2, tzinfo=UTC)) == 86_410


# ---- alone

BASICS = """
@pytest.mark.virtual_time
async def test_marked():
    await asyncio.sleep(3600)
    assert clock.now() == 3600

async def test_fixture(virtual_time):
    await asyncio.sleep(3600)
    assert virtual_time.now == 3600

@pytest.mark.virtual_time(start=datetime(2024, 1, 1, tzinfo=UTC))
async def test_start():
    await asyncio.sleep(60)
    assert clock.now() == datetime(2024, 1, 1, 0, 1, tzinfo=UTC).timestamp()

@pytest.mark.virtual_time
class TestClass:
    async def test_method(self):
        await asyncio.sleep(1)
        assert clock.now() == 1

    def test_plain(self):
        with pytest.raises(RuntimeError):
            asyncio.get_running_loop()

@pytest.mark.virtual_time
async def test_fails():
    await asyncio.sleep(1)
    assert clock.now() == 2, "on virtual time"
"""


@pytest.mark.parametrize(
    "plugins",
    [ALONE, UNDER_ASYNCIO, [*UNDER_ASYNCIO, AUTO], UNDER_BOTH, [OURS, ANYIO]],
    ids=["alone", "strict", "auto", "both", "beside anyio"],
)
def test_marker_and_fixture_run_tests_on_virtual_time(pytester: pytest.Pytester, plugins: list[str]) -> None:
    result = run_inner(pytester, BASICS, *plugins)
    result.assert_outcomes(passed=5, failed=1)
    result.stdout.fnmatch_lines(["*AssertionError: on virtual time*", "*1.0 == 2*"])
    assert result.duration < 60, "no hour has passed"


def test_the_installed_plugin_is_found_by_its_entry_point(pytester: pytest.Pytester) -> None:
    others = ["-pno:asyncio", "-pno:anyio", "-pno:randomly", "-pno:xdist", "-pno:cov"]
    result = run_apart(pytester, BASICS, *others)
    result.assert_outcomes(passed=5, failed=1)


@pytest.mark.parametrize("plugins", [ALONE, UNDER_ASYNCIO, UNDER_BOTH], ids=["alone", "asyncio", "both"])
def test_a_marker_that_says_something_else_fails_its_test(pytester: pytest.Pytester, plugins: list[str]) -> None:
    marks = ("(3)", "(begin=3)", "(start='noon')", "(start=float('nan'))")
    source = "".join(
        f"@pytest.mark.virtual_time{mark}\nasync def test_{number}():\n    pass\n" for number, mark in enumerate(marks)
    )
    result = run_inner(pytester, source, *plugins)
    result.assert_outcomes(errors=4)
    result.stdout.fnmatch_lines(
        [
            "mark.virtual_time(3) takes start= and nothing else",
            "mark.virtual_time(begin=3) takes start= and nothing else",
            "mark.virtual_time(start='noon') takes a datetime or seconds since 1970",
            "mark.virtual_time(start=nan) takes a datetime or seconds since 1970",
        ]
    )


def test_a_unittest_case_is_refused_for_it_makes_its_loop_itself(pytester: pytest.Pytester) -> None:
    result = run_inner(
        pytester,
        """
import unittest

class Case(unittest.IsolatedAsyncioTestCase):
    @pytest.mark.virtual_time
    async def test_it(self):
        pass
""",
        *ALONE,
    )
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["a unittest.TestCase makes its loop itself: use run_virtual() inside of it"])


# ---- beside tests that did not ask


@pytest.mark.parametrize("plugins", [UNDER_ASYNCIO, [*UNDER_BOTH, AUTO]], ids=["strict", "auto"])
def test_tests_that_do_not_ask_are_left_alone(pytester: pytest.Pytester, plugins: list[str]) -> None:
    source = """
@pytest.mark.virtual_time
async def test_virtual():
    await asyncio.sleep(3600)

@pytest.mark.asyncio
async def test_real():
    assert "Virtual" not in repr(asyncio.get_running_loop())
    assert clock.now() > 1e9

def test_names(request):
    items = {item.name: item for item in request.session.items}
    assert list(items) == ["test_virtual", "test_real", "test_names"], "no variants show"
    assert not hasattr(items["test_real"], "callspec"), "it has no factory of loops"
"""
    run_inner(pytester, source, *plugins).assert_outcomes(passed=3)


def test_without_anything_a_coroutine_is_as_little_a_test_as_ever(pytester: pytest.Pytester) -> None:
    result = run_inner(pytester, "async def test_it():\n    pass\n", *ALONE)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*async def functions are not natively supported*"])
