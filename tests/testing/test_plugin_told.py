"""What the pytest plugin says of a test that is not written as it must be, and where a failure of the kit leads."""

from __future__ import annotations

import re

import pytest

from tests.testing.pytests import ANYIO, ASYNCIO, OURS, STRICT, run_inner

pytest_plugins = ["pytester"]

WITHOUT_MARKER = "no plugin runs this async def, which uses channel_factory: mark it with @pytest.mark.virtual_time *"


def told_of_failures(result: pytest.RunResult) -> list[str]:
    """What a run shows of its failures, from the first headline on."""
    lines = result.outlines
    first = next(number for number, line in enumerate(lines) if re.fullmatch("_+ .* _+", line))
    last = next(number for number, line in enumerate(lines) if "short test summary" in line)
    return [line for line in lines[first + 1 : last] if line.strip()]


# ---- the marker where it does nothing


@pytest.mark.parametrize(
    "test",
    ["def test_it():\n    pass", "@given(st.integers())\ndef test_it(number):\n    pass"],
    ids=["alone", "of hypothesis"],
)
def test_the_marker_of_a_plain_test_is_told_to_do_nothing(pytester: pytest.Pytester, test: str) -> None:
    source = f"""
from hypothesis import given, strategies as st

@pytest.mark.virtual_time
{test}
"""
    result = run_inner(pytester, source, OURS)
    result.assert_outcomes(errors=1)
    (told,) = told_of_failures(result)
    assert told == (
        "mark.virtual_time does nothing for a plain def: make it an async def, or use the fixture virtual_time: "
        "virtual_time.run(main())"
    )


def test_the_marker_of_a_plain_method_of_unittest_is_told_what_to_use_there(pytester: pytest.Pytester) -> None:
    source = """
import unittest

class Case(unittest.TestCase):
    @pytest.mark.virtual_time
    def test_it(self):
        pass
"""
    result = run_inner(pytester, source, OURS)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["mark.virtual_time does nothing for a plain def: *, or use run_virtual(main())"])


def test_the_marker_of_all_tests_of_a_module_or_class_or_beside_the_fixture_is_none_of_a_plain_tests(
    pytester: pytest.Pytester,
) -> None:
    pytester.makeconftest("""
import pytest

def pytest_collection_modifyitems(items):
    for item in items:
        item.add_marker(pytest.mark.virtual_time(start=7))
""")
    source = """
pytestmark = pytest.mark.virtual_time(start=60)

def test_of_the_module():
    pass

@pytest.mark.virtual_time
class TestClass:
    def test_it(self):
        pass

@pytest.mark.virtual_time(start=7)
def test_beside_the_fixture(virtual_time):
    assert virtual_time.now == 7
"""
    run_inner(pytester, source, OURS).assert_outcomes(passed=3)


def test_the_fixture_is_refused_to_unittest_as_well(pytester: pytest.Pytester) -> None:
    source = """
import unittest

@pytest.mark.usefixtures("virtual_time")
class Case(unittest.IsolatedAsyncioTestCase):
    async def test_it(self):
        pass
"""
    result = run_inner(pytester, source, OURS)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["a unittest.TestCase makes its loop itself: use run_virtual() inside of it"])


def test_the_start_of_the_marker_is_refused_at_an_explored_test_and_its_own_is_heeded(
    pytester: pytest.Pytester,
) -> None:
    source = """
import functools
from async_channel.testing import explore

@pytest.mark.virtual_time(start=60)
@explore(schedules=2)
async def test_start():
    pass

def logged(test):
    @functools.wraps(test)
    def run():
        test()
    return run

@pytest.mark.virtual_time(start=datetime(2026, 1, 5))
@logged
@explore
async def test_inside_of_another_decorator():
    pass

@pytest.mark.virtual_time
@explore(schedules=2, start=60)
async def test_own_start():
    assert clock.now() == 60
"""
    result = run_inner(pytester, source, OURS)
    result.assert_outcomes(passed=1, errors=2)
    result.stdout.fnmatch_lines(
        [
            "mark.virtual_time(start=60) does nothing for a test that @explore runs on loops of its own: say @explore*",
            "mark.virtual_time(start=datetime*) does nothing *: say @explore(start=datetime*",
        ]
    )


@pytest.mark.parametrize(
    "plugins",
    [[OURS], [OURS, ASYNCIO, STRICT], [OURS, ANYIO]],
    ids=["alone", "asyncio", "anyio"],
)
def test_a_marker_that_was_forgotten_is_named_where_nobody_runs_the_test(
    pytester: pytest.Pytester, plugins: list[str]
) -> None:
    source = """
async def test_it(channel_factory):
    pass
"""
    result = run_inner(pytester, source, *plugins)
    result.assert_outcomes(failed=1)
    assert len(told_of_failures(result)) == 1
    result.stdout.fnmatch_lines([WITHOUT_MARKER])


def test_who_runs_coroutines_in_a_way_of_its_own_is_told_nothing(pytester: pytest.Pytester) -> None:
    pytester.makeconftest("""
import asyncio
import pytest

@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem):
    arguments = {name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames}
    asyncio.run(pyfuncitem.obj(**arguments))
    return True
""")
    source = """
async def test_passes(channel_factory):
    channel_factory("Ticks")

async def test_fails(channel_factory):
    pytest.fail("as it was told to")
"""
    result = run_inner(pytester, source, OURS)
    result.assert_outcomes(passed=1, failed=1)
    assert "mark it with" not in result.stdout.str()


# ---- where a failure leads


def test_a_failed_drawing_stands_below_the_line_of_the_test(pytester: pytest.Pytester) -> None:
    source = """
from async_channel.testing import assert_marbles, marbles

def test_it():
    assert_marbles(marbles("ab|"), "a|")
"""
    result = run_inner(pytester, source, OURS)
    assert told_of_failures(result)[:8] == [
        "    def test_it():",
        '>       assert_marbles(marbles("ab|"), "a|")',
        "E       AssertionError: the completion was expected at 1 s, and 'b' came",
        "E       ",
        "E       expected  a|",
        "E       actual    ab|",
        "E                  ^",
        "test_a_failed_drawing_stands_below_the_line_of_the_test.py:8: AssertionError",
    ]


def test_what_the_explorer_finds_leads_to_the_test(pytester: pytest.Pytester) -> None:
    source = """
from async_channel.testing import explore

@explore(schedules=2)
async def test_left():
    asyncio.create_task(asyncio.sleep(5))
"""
    result = run_inner(pytester, source, OURS)
    told = told_of_failures(result)
    assert told[0] == ">   @explore(schedules=2)"
    assert told[1] == (
        "E   async_channel.testing.explorer.errors.LeakedTasks: the test is over, and these tasks still wait:"
    )
    assert told[-1] == "test_what_the_explorer_finds_leads_to_the_test.py:7: LeakedTasks"
    assert not [line for line in told if "plugin.py" in line or "loop.py" in line]


def test_that_there_is_nothing_to_cancel_leads_to_the_test(pytester: pytest.Pytester) -> None:
    source = """
from async_channel.testing import explore

@explore(cancellations=True)
async def test_it():
    await asyncio.sleep(1)
"""
    told = told_of_failures(run_inner(pytester, source, OURS))
    assert told[0] == ">   @explore(cancellations=True)"
    assert told[1].startswith("E   async_channel.testing.explorer.errors.NothingToCancel: explore: there is nothing to")
    assert told[2:] == ["test_that_there_is_nothing_to_cancel_leads_to_the_test.py:7: NothingToCancel"]


RULES = """
from async_channel.testing.conformance import Element, PublisherFactory, PublisherRules, Traits

class Empty:
    async def subscribe(self, capacity):
        return self

    async def run(self):
        pass

    async def get(self):
        raise StopAsyncIteration

    async def close(self):
        pass

class Empties(PublisherFactory):
    traits = Traits(multicast=False)

    def publisher(self, source):
        return Empty()

class TestEmpty(PublisherRules):
    @pytest.fixture
    def publishers(self):
        return Empties()
"""


def test_a_rule_that_has_no_say_is_skipped_by_number_at_the_class_that_inherits_it(pytester: pytest.Pytester) -> None:
    result = run_inner(pytester, RULES, OURS, "-rs", "-kspec110 or spec111")
    place = "test_a_rule_that_has_no_say_is_skipped_by_number_at_the_class_that_inherits_it.py:26"
    skipped = [line for line in result.outlines if line.startswith("SKIPPED")]
    assert skipped == [
        f"SKIPPED [1] {place}: TestEmpty, rule 1.10: one subscriber only",
        f"SKIPPED [3] {place}: TestEmpty, rule 1.11: one subscriber only",
    ]


def test_a_rule_that_is_broken_says_what_it_asks_for_below_the_line_that_looked(pytester: pytest.Pytester) -> None:
    result = run_inner(pytester, RULES, OURS, "-kspec104_a_failure_is_told_after")
    result.assert_outcomes(failed=1, deselected=18)
    told = told_of_failures(result)
    looked, broken, rule, place = (line.strip() for line in told[-4:])
    assert looked == ">               played.check_error(ended)"
    assert broken.endswith("failed with SourceFailed('as it was told to'), and the subscriber was told the end")
    assert rule.endswith(" rule 1.4: The error of the source is raised to every reader, after the events before it.")
    assert "publisher.py:" in place


def test_a_skip_of_unittests_own_stays_as_it_is(pytester: pytest.Pytester) -> None:
    source = """
import unittest

class TestIt:
    def test_it(self):
        raise unittest.SkipTest("not today")
"""
    result = run_inner(pytester, source, OURS, "-rs")
    result.assert_outcomes(skipped=1)
    result.stdout.fnmatch_lines(["SKIPPED*unittest.py:*not today"])
