"""What the pytest plugin brings where pytest-asyncio is at work: its loops on virtual time, and fixtures on its loops.

It asks for loop factories as soon as any plug-in knows of some, and takes no answer for an error. So ours are there
only while the variants of a test are made that wants them.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Generator, Mapping
from typing import Literal, TypeAlias

import pytest
import pytest_asyncio

from async_channel.testing.leaks import ChannelFactory
from async_channel.testing.plugin_items import (
    has_loop_factories,
    loop_factory,
    owner_of,
    start_of,
    uses,
    wants_virtual_time,
)
from async_channel.testing.plugin_report import report_leaks

Scope: TypeAlias = Literal["session", "package", "module", "class", "function"]


class _VirtualLoops:
    """Gives pytest-asyncio the one factory of a loop with virtual time."""

    @pytest.hookimpl(tryfirst=True, optionalhook=True)
    def pytest_asyncio_loop_factories(self, item: pytest.Item) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
        return {"virtual_time": loop_factory(start_of(item))}


_LOOPS = _VirtualLoops()


def _is_ours(item: pytest.Item) -> bool:
    return wants_virtual_time(item) and not uses(item, "anyio_backend")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_generate_tests(metafunc: pytest.Metafunc) -> Generator[None, None, None]:
    """A test that wants virtual time is one of pytest-asyncio's, with our loop."""
    test, plugins = metafunc.definition, metafunc.config.pluginmanager
    if not _is_ours(test) or not has_loop_factories(metafunc.config):
        return (yield)
    if test.get_closest_marker("asyncio") is None:
        test.add_marker("asyncio")
    plugins.register(_LOOPS)
    try:
        return (yield)
    finally:
        plugins.unregister(_LOOPS)


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_pycollect_makeitem() -> Generator[None, object, object]:
    """The same for the tests that are made of it: inside of pytest-asyncio's wrapper, which is to know them by that."""
    made = yield
    for node in made if isinstance(made, list) else [made]:
        if isinstance(node, pytest.Function) and _is_ours(node) and node.get_closest_marker("asyncio") is None:
            node.add_marker("asyncio")
    return made


def pytest_collection_finish(session: pytest.Session) -> None:
    """Stay, now that nobody is asked: where there are factories, each test first sees whether the loop changes.

    Without that a fixture of a wider scope would be handed on from a test on another loop.
    """
    if has_loop_factories(session.config) and any(map(_is_ours, session.items)):
        session.config.pluginmanager.register(_LOOPS)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Refuse what can't be done with an old pytest-asyncio, whose fixtures would be on another loop."""
    if _is_ours(item) and not has_loop_factories(item.config):
        version = getattr(pytest_asyncio, "__version__", "unknown")
        pytest.fail(f"virtual time needs pytest-asyncio 1.4 or later, and this is {version}", pytrace=False)


# ---- channel_factory on pytest-asyncio's loops


def factory_fixture(item: pytest.Item) -> str:
    """The name of the fixture that looks after channels on the loop of a test."""
    assert owner_of(item) == "pytest-asyncio"
    marker = item.get_closest_marker("asyncio")
    assert marker is not None
    scope = marker.kwargs.get("loop_scope") or marker.kwargs.get("scope")
    return f"_async_channel_on_{scope or item.config.getini('asyncio_default_test_loop_scope')}_loop"


def _on_loop(scope: Scope) -> object:
    @pytest_asyncio.fixture(loop_scope=scope, name=f"_async_channel_on_{scope}_loop")
    async def watched_channels(
        request: pytest.FixtureRequest,
    ) -> AsyncIterator[tuple[ChannelFactory, asyncio.AbstractEventLoop]]:
        factory = ChannelFactory()
        yield factory, asyncio.get_running_loop()
        report_leaks(request.node, await factory.finish())

    return watched_channels


on_session_loop = _on_loop("session")
on_package_loop = _on_loop("package")
on_module_loop = _on_loop("module")
on_class_loop = _on_loop("class")
on_function_loop = _on_loop("function")
