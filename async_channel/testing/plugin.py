"""The pytest plugin: tests on virtual time, and channels that are stopped and looked after when a test is over.

Nothing of it acts on a test that does not ask for it, with the marker ``virtual_time`` or one of the fixtures
``virtual_time`` and ``channel_factory``::

    @pytest.mark.virtual_time
    async def test_a_debounce(channel_factory: ChannelFactory) -> None:
        ticks: Channel[int] = channel_factory("Ticks")
        async with probe(ticks.debounce(60.0)) as p:
            ...

The coroutine of a test is run by anyio's plugin if that is asked for; else, where pytest-asyncio is at work, by that
(our marker stands for its own in its strict mode); else by this plugin itself. Their loop then is one with virtual
time, and so is that of their asynchronous fixtures.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import AsyncIterator, Callable, Coroutine, Generator, Iterator
from typing import Any

import pytest
from typing_extensions import override

from async_channel.testing.leaks import ChannelFactory
from async_channel.testing.plugin_items import (
    THEIRS,
    complaint_about,
    complaint_about_loop,
    complaint_about_nobody,
    has_pytest_asyncio,
    loop_factory,
    owner_of,
    start_of,
    uses,
    wants_virtual_time,
)
from async_channel.testing.plugin_report import FAILED, is_of_rules, lead_to_class, report_leaks
from async_channel.testing.virtual import VirtualTime, run_virtual

_TIME = pytest.StashKey[VirtualTime]()
_BESIDE = pytest.StashKey[bool]()


def pytest_configure(config: pytest.Config) -> None:
    """Tell of the marker, and bring what is needed beside pytest-asyncio if that is at work."""
    config.addinivalue_line(
        "markers",
        "virtual_time(start=None): run the asynchronous test on virtual time; start is what the clock shows when it "
        "begins, a datetime or seconds since 1970 (0 by default).",
    )
    if has_pytest_asyncio(config):
        from async_channel.testing import plugin_asyncio  # noqa: PLC0415  it is not installed everywhere

        config.pluginmanager.register(plugin_asyncio, "async_channel_asyncio")


# ---- anyio's plugin: the loop is an option of its backend


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_generate_tests(metafunc: pytest.Metafunc) -> Generator[None, None, None]:
    """A test of anyio's that wants virtual time runs on asyncio, with our loop, whatever its backends are otherwise."""
    test = metafunc.definition
    if wants_virtual_time(test) and uses(test, "anyio_backend"):
        chosen = any("anyio_backend" in str(mark.args[:1]) for mark in test.iter_markers("parametrize"))
        if not chosen:
            backend = pytest.param(("asyncio", {"loop_factory": loop_factory(start_of(test))}), id="asyncio")
            test.add_marker(pytest.mark.parametrize("anyio_backend", [backend], scope="module"))
    return (yield)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Remember whether tests on virtual time run beside others, whose loop is to be another."""
    session.stash[_BESIDE] = any(wants_virtual_time(item) and owner_of(item) in THEIRS for item in session.items)


# ---- running


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Refuse a marker that says something else, or says it where it does nothing."""
    complaint = complaint_about(item)
    if complaint:
        pytest.fail(complaint, pytrace=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    """Run a test that wants virtual time on it, or see to it that who runs it does."""
    try:
        if isinstance(item, pytest.Function) and wants_virtual_time(item):
            with _replaced(item, _run if owner_of(item) == "us" else _checked):
                return (yield)
        if isinstance(item, pytest.Function) and item.session.stash.get(_BESIDE, False) and owner_of(item) in THEIRS:
            with _replaced(item, _checked):
                return (yield)
        return (yield)
    except BaseException:
        item.stash[FAILED] = True
        raise


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """Where pytest itself is left with a coroutine function that wants our channels, say what is missing."""
    try:
        return (yield)
    except pytest.fail.Exception as failed:
        complaint = complaint_about_nobody(pyfuncitem)
        if not complaint or "async def functions are not natively supported" not in str(failed):
            raise
    pytest.fail(complaint, pytrace=False)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Say where the rules of conformance are inherited when one of them is skipped."""
    skipped = is_of_rules(call)  # now: pytest makes another error of it
    report = yield
    if skipped:
        lead_to_class(item, report)
    return report


class _replaced:  # noqa: N801  a context manager, used like a function
    """For as long as the block lasts, a test's function is another."""

    def __init__(
        self, item: pytest.Function, replace: Callable[[pytest.Function, Callable[..., Any]], Callable[..., Any]]
    ) -> None:
        hypothesis: object = getattr(item.obj, "hypothesis", None)
        self._place, self._name = (item, "obj") if hypothesis is None else (hypothesis, "inner_test")
        self._function: Callable[..., Any] = getattr(self._place, self._name)
        self._other = replace(item, self._function)

    def __enter__(self) -> None:
        setattr(self._place, self._name, self._other)

    def __exit__(self, *_: object) -> None:
        setattr(self._place, self._name, self._function)


def _run(item: pytest.Function, function: Callable[..., Coroutine[Any, Any, object]]) -> Callable[..., None]:
    """A function that runs a test's coroutine."""

    @functools.wraps(function)
    def run(*args: Any, **fixtures: Any) -> None:
        time = item.stash.get(_TIME, None)
        if time is None:
            run_virtual(function(*args, **fixtures), start=start_of(item))
        else:
            time.run(function(*args, **fixtures))

    return run


def _checked(
    item: pytest.Function, function: Callable[..., Coroutine[Any, Any, object]]
) -> Callable[..., Coroutine[Any, Any, None]]:
    """A test's coroutine function that another plugin runs, which first looks at its loop."""
    owner, virtual = owner_of(item), wants_virtual_time(item)  # now: they replace what is asked for it

    @functools.wraps(function)
    async def checked(*args: Any, **fixtures: Any) -> None:
        complaint = complaint_about_loop(asyncio.get_running_loop(), owner, virtual=virtual)
        if complaint:
            pytest.fail(complaint, pytrace=False)
        await function(*args, **fixtures)

    return checked


# ---- fixtures


class _TheirTime(VirtualTime):
    """The time of a test that another plugin runs."""

    @override
    def _running(self) -> asyncio.Runner:
        raise RuntimeError("the loop of this test belongs to the plugin that runs it: await, and look, inside the test")


@pytest.fixture
def virtual_time(request: pytest.FixtureRequest) -> Iterator[VirtualTime]:
    """Virtual time: ``virtual_time.run(coroutine)`` in a plain test; an asynchronous test runs on it by asking for it.

    ``virtual_time.now`` is what the clock shows (seconds since 1970, from 0 on, or from the marker's start).
    """
    item = request.node
    theirs = owner_of(item) in THEIRS
    with _TheirTime() if theirs else VirtualTime(start=start_of(item)) as time:
        item.stash[_TIME] = time
        yield time


@pytest.fixture
async def _async_channel_on_anyio_loop(
    request: pytest.FixtureRequest,
) -> AsyncIterator[tuple[ChannelFactory, asyncio.AbstractEventLoop]]:
    factory = ChannelFactory()
    yield factory, asyncio.get_running_loop()
    report_leaks(request.node, await factory.finish())


@pytest.fixture
def channel_factory(request: pytest.FixtureRequest) -> Iterator[ChannelFactory]:
    """Makes channels as `Channel` does: ``channel_factory("Ticks", capacity=16)``, ``channel_factory(Tick)``.

    When the test is over, on its loop, it stops them, and fails a test that left something open: consumers that were
    not closed, tasks, and whoever waits for an event, or for room, in one of the channels. A channel that the test
    stopped itself is not looked at, and callbacks given to `consume` are the channel's own. A test that has failed
    already is told no more.
    """
    owner = owner_of(request.node)
    if owner in THEIRS:
        # It is torn down after this one, and both after every fixture that uses this one.
        if owner == "anyio":
            name = "_async_channel_on_anyio_loop"
        else:
            from async_channel.testing.plugin_asyncio import factory_fixture  # noqa: PLC0415  as above

            name = factory_fixture(request.node)
        factory, loop = request.getfixturevalue(name)
        factory.begin(loop)
        yield factory
        factory.end(loop)
    else:
        time: VirtualTime = request.getfixturevalue("virtual_time")
        factory = ChannelFactory()
        yield factory
        factory.end(time.loop)
        report_leaks(request.node, time.run(factory.finish()))
