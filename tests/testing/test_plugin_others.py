"""The pytest plugin beside pytest-asyncio and anyio's plugin: one loop for a test and its fixtures, or an error."""

from __future__ import annotations

import pytest

from tests.testing.pytests import ANYIO, ASYNCIO, AUTO, OURS, STRICT, run_inner

pytest_plugins = ["pytester"]

UNDER_ASYNCIO = [OURS, ASYNCIO, STRICT]
UNDER_ANYIO = [OURS, ANYIO]

ASYNCIO_FIXTURES = """
import pytest_asyncio

@FIXTURE
async def loop_of_fixture():
    await asyncio.sleep(5)
    yield asyncio.get_running_loop()
    await asyncio.sleep(3600)

@FIXTURE
async def began():
    return clock.now()
"""


@pytest.mark.parametrize("mark", ["", "@pytest.mark.asyncio", "@pytest.mark.asyncio(loop_scope='module')"])
@pytest.mark.parametrize("auto", [False, True], ids=["strict", "auto"])
def test_fixtures_of_pytest_asyncio_are_on_the_loop_of_the_test(
    pytester: pytest.Pytester, mark: str, auto: bool
) -> None:
    options = "(loop_scope='module')" if "module" in mark else ""
    fixtures = ASYNCIO_FIXTURES.replace("FIXTURE", f"pytest_asyncio.fixture{options}")
    source = f"""
{fixtures}

@pytest.mark.virtual_time(start=100)
{mark}
async def test_marked(loop_of_fixture, began):
    assert loop_of_fixture is asyncio.get_running_loop()
    assert began in (100, 105)
    await asyncio.sleep(3600)
    assert clock.now() == 3705

{mark}
async def test_fixture(virtual_time, loop_of_fixture):
    assert loop_of_fixture is asyncio.get_running_loop()
    assert virtual_time.now == 5
"""
    result = run_inner(pytester, source, *UNDER_ASYNCIO, *([AUTO] if auto else []))
    result.assert_outcomes(passed=2)


def test_a_loop_that_tests_share_goes_on_and_those_that_do_not_ask_get_another(pytester: pytest.Pytester) -> None:
    result = run_inner(
        pytester,
        """
import pytest_asyncio
pytestmark = pytest.mark.asyncio(loop_scope="module")

@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared():
    return asyncio.get_running_loop()

@pytest.mark.virtual_time
async def test_first(shared):
    await asyncio.sleep(3600)
    assert shared is asyncio.get_running_loop()

@pytest.mark.virtual_time
async def test_second(shared):
    assert shared is asyncio.get_running_loop()
    assert clock.now() == 3600

async def test_real(shared):
    assert shared is asyncio.get_running_loop()
    assert clock.now() > 1e9

@pytest.mark.virtual_time(start=60)
async def test_other_start(shared):
    assert shared is asyncio.get_running_loop()
    assert clock.now() == 60
""",
        *UNDER_ASYNCIO,
    )
    result.assert_outcomes(passed=4)


def test_an_old_pytest_asyncio_is_told_to_be_too_old(pytester: pytest.Pytester) -> None:
    """As it was before 1.4: known by the name it registers under, and with no hook for factories."""
    pytester.makeconftest("""
def pytest_configure(config):
    config.addinivalue_line("markers", "asyncio")

def pytest_addoption(pluginmanager):
    pluginmanager.register(object(), "asyncio")
""")
    result = run_inner(
        pytester,
        """
@pytest.mark.virtual_time
async def test_virtual():
    pass

def test_plain():
    pass
""",
        OURS,
    )
    result.assert_outcomes(errors=1, passed=1)
    result.stdout.fnmatch_lines(["virtual time needs pytest-asyncio 1.4 or later, and this is *"])


def test_a_loop_that_the_test_chooses_otherwise_is_told(pytester: pytest.Pytester) -> None:
    result = run_inner(
        pytester,
        """
@pytest.mark.anyio
@pytest.mark.virtual_time
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_it():
    pass
""",
        *UNDER_ANYIO,
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["the test wants virtual time, and anyio runs it on <*Loop*: perhaps a fixture of a wider scope holds that*"]
    )


@pytest.mark.parametrize("mode", ["marked", "auto"])
def test_under_anyio_fixtures_are_on_the_loop_of_the_test(pytester: pytest.Pytester, mode: str) -> None:
    source = """
import anyio

@pytest.fixture
async def loop_of_fixture():
    await anyio.sleep(5)
    yield asyncio.get_running_loop()
    await anyio.sleep(3600)

MARK
@pytest.mark.virtual_time(start=100)
async def test_marked(loop_of_fixture, anyio_backend_name):
    assert loop_of_fixture is asyncio.get_running_loop()
    assert anyio_backend_name == "asyncio"
    await anyio.sleep(3600)
    assert clock.now() == 3705

MARK
async def test_fixture(virtual_time, loop_of_fixture):
    assert loop_of_fixture is asyncio.get_running_loop()
    assert virtual_time.now == 5

MARK
async def test_real():
    assert clock.now() > 1e9

def test_names(request):
    assert [item.name for item in request.session.items] == [
        "test_marked[asyncio]", "test_fixture[asyncio]", "test_real[asyncio]", "test_names"
    ]
"""
    marked = mode == "marked"
    options = [] if marked else ["-oanyio_mode=auto"]
    result = run_inner(pytester, source.replace("MARK", "@pytest.mark.anyio" if marked else ""), *UNDER_ANYIO, *options)
    result.assert_outcomes(passed=4)


@pytest.mark.parametrize(
    ("first", "message"),
    [
        (
            "@pytest.mark.virtual_time",
            "the test does not want virtual time, and anyio runs it on the loop of one that*",
        ),
        (
            "",
            "the test wants virtual time, and anyio runs it on <*Loop*: perhaps a fixture of a wider scope holds that*",
        ),
    ],
    ids=["virtual first", "real first"],
)
def test_a_fixture_that_anyio_carries_from_loop_to_loop_is_told(
    pytester: pytest.Pytester, first: str, message: str
) -> None:
    source = """
pytestmark = pytest.mark.anyio

@pytest.fixture(scope="module")
async def shared():
    return asyncio.get_running_loop()

FIRST
async def test_first(shared):
    assert shared is asyncio.get_running_loop()

SECOND
async def test_second(shared):
    pass

"""
    second = "" if first else "@pytest.mark.virtual_time"
    source = source.replace("FIRST", first).replace("SECOND", second)
    result = run_inner(pytester, source, *UNDER_ANYIO)
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines([message])


def test_a_fixture_of_anyio_may_serve_all_tests_of_a_module_on_virtual_time(pytester: pytest.Pytester) -> None:
    result = run_inner(
        pytester,
        """
pytestmark = [pytest.mark.anyio, pytest.mark.virtual_time]

@pytest.fixture(scope="module")
async def shared(anyio_backend):
    yield asyncio.get_running_loop()
    await asyncio.sleep(1)

made = []

@pytest.mark.parametrize("number", [1, 2])
async def test_it(shared, number):
    made.append(shared)
    assert shared is asyncio.get_running_loop() is made[0]
    await asyncio.sleep(1)
    assert clock.now() == number
""",
        *UNDER_ANYIO,
    )
    result.assert_outcomes(passed=2)


def test_a_backend_of_the_users_own_gives_way_to_virtual_time(pytester: pytest.Pytester) -> None:
    result = run_inner(
        pytester,
        """
pytestmark = pytest.mark.anyio

@pytest.fixture
def anyio_backend():
    return "asyncio", {"debug": True}

@pytest.mark.virtual_time
async def test_virtual():
    await asyncio.sleep(3600)
    assert clock.now() == 3600

async def test_real():
    assert asyncio.get_running_loop().get_debug()
""",
        *UNDER_ANYIO,
    )
    result.assert_outcomes(passed=2)


@pytest.mark.parametrize("plugins", [UNDER_ASYNCIO, UNDER_ANYIO], ids=["asyncio", "anyio"])
def test_the_fixture_runs_nothing_where_another_plugin_has_the_loop(
    pytester: pytest.Pytester, plugins: list[str]
) -> None:
    result = run_inner(
        pytester,
        """
@pytest.fixture
def early(virtual_time):
    with pytest.raises(RuntimeError, match="the loop of this test belongs to the plugin that runs it"):
        virtual_time.run(asyncio.sleep(1))

@pytest.mark.MARK
async def test_it(virtual_time, early):
    await asyncio.sleep(1)
    assert virtual_time.now == 1
""".replace("MARK", "asyncio" if ASYNCIO in plugins else "anyio"),
        *plugins,
    )
    result.assert_outcomes(passed=1)


@pytest.mark.parametrize("plugins", [[OURS], UNDER_ASYNCIO, UNDER_ANYIO], ids=["alone", "asyncio", "anyio"])
def test_examples_of_hypothesis_are_on_virtual_time(pytester: pytest.Pytester, plugins: list[str]) -> None:
    result = run_inner(
        pytester,
        """
from hypothesis import given, strategies as st

MARK
@pytest.mark.virtual_time
@given(st.integers(1, 1000))
async def test_it(seconds):
    before = clock.now()
    await asyncio.sleep(seconds)
    assert clock.now() == before + seconds
""".replace("MARK", "@pytest.mark.anyio" if ANYIO in plugins else ""),
        *plugins,
    )
    result.assert_outcomes(passed=1)
