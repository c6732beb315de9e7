"""What the pytest plugin asks of a test: whether it wants virtual time, from when on, and who runs it."""

from __future__ import annotations

import asyncio
import functools
import inspect
import math
import unittest
from collections.abc import Callable
from datetime import datetime
from typing import Final, Literal, TypeAlias
from weakref import WeakSet

import pytest

from async_channel import clock
from async_channel.testing._core import VirtualLoop
from async_channel.testing.explorer.decorator import is_explored

Owner: TypeAlias = Literal["us", "pytest-asyncio", "anyio", "nobody"]
"""Who runs the coroutine of a test; nobody we know of, or there is none."""
THEIRS: Final[frozenset[Owner]] = frozenset({"pytest-asyncio", "anyio"})
Start: TypeAlias = datetime | float | None

_MADE: Final[WeakSet[asyncio.AbstractEventLoop]] = WeakSet()
"""The loops that were made for tests that want virtual time, and are for no others."""
MARKER: Final = "virtual_time"
"""The name of the marker, and of the fixture that stands for it."""


def has_pytest_asyncio(config: pytest.Config) -> bool:
    """Whether pytest-asyncio is at work, however it was loaded."""
    return has_loop_factories(config) or config.pluginmanager.hasplugin("asyncio")


def has_loop_factories(config: pytest.Config) -> bool:
    """Whether pytest-asyncio lets others make its loops, as it does from 1.4 on."""
    return hasattr(config.hook, "pytest_asyncio_loop_factories")


def is_async(item: pytest.Item) -> bool:
    """Whether a test is a coroutine function, or one of hypothesis that has one inside."""
    return inspect.iscoroutinefunction(_function_of(item))


def _function_of(item: pytest.Item) -> object:
    """The function of a test, inside of hypothesis; None if it has none."""
    function: object = getattr(item, "obj", None)
    return getattr(getattr(function, "hypothesis", None), "inner_test", function)


def is_of_unittest(item: pytest.Item) -> bool:
    """Whether a test is a method of a `unittest.TestCase`."""
    case: object = getattr(item, "cls", None)
    return isinstance(case, type) and issubclass(case, unittest.TestCase)


def uses(item: pytest.Item, fixture: str) -> bool:
    """Whether a test uses a fixture, perhaps through another one."""
    names: list[str] = getattr(item, "fixturenames", [])
    return fixture in names


def wants_virtual_time(item: pytest.Item) -> bool:
    """Whether a test is asynchronous and asks for virtual time, with the marker or the fixture."""
    return is_async(item) and (item.get_closest_marker(MARKER) is not None or uses(item, MARKER))


def owner_of(item: pytest.Item) -> Owner:
    """Who runs the coroutine of a test."""
    if not is_async(item):
        return "nobody"
    if uses(item, "anyio_backend"):
        return "anyio"
    if item.get_closest_marker("asyncio") is not None and has_pytest_asyncio(item.config):
        return "pytest-asyncio"
    return "us" if wants_virtual_time(item) else "nobody"


def complaint_about(item: pytest.Item) -> str:
    """What is wrong with the marker of a test; nothing, as a rule."""
    if wants_virtual_time(item) and is_of_unittest(item):
        return "a unittest.TestCase makes its loop itself: use run_virtual() inside of it"
    marker = item.get_closest_marker(MARKER)
    if marker is None:
        return ""
    return _complaint_about_arguments(marker) or ("" if is_async(item) else _complaint_about_place(item, marker))


def _complaint_about_place(item: pytest.Item, marker: pytest.Mark) -> str:
    """What is wrong with a marker at this test, which is a plain one."""
    if is_explored(_function_of(item)):
        start: object = marker.kwargs.get("start")
        told = f"mark.virtual_time(start={start!r}) does nothing for a test that @explore runs on loops of its own"
        return f"{told}: say @explore(start={start!r})" if start is not None else ""
    own: list[pytest.Mark] = getattr(getattr(item, "obj", None), "pytestmark", [])
    if marker not in own or uses(item, MARKER):
        return ""  # that of a class or a module, or of all tests, is for those that are asynchronous
    instead = "run_virtual(main())" if is_of_unittest(item) else "the fixture virtual_time: virtual_time.run(main())"
    return f"mark.virtual_time does nothing for a plain def: make it an async def, or use {instead}"


def _complaint_about_arguments(marker: pytest.Mark) -> str:
    """What is wrong with how a marker is written."""
    if marker.args or marker.kwargs.keys() - {"start"}:
        given = ", ".join([*map(repr, marker.args), *(f"{name}={value!r}" for name, value in marker.kwargs.items())])
        return f"mark.virtual_time({given}) takes start= and nothing else"
    start: object = marker.kwargs.get("start")
    if start is None or isinstance(start, datetime) or (isinstance(start, int | float) and math.isfinite(start)):
        return ""
    return f"mark.virtual_time(start={start!r}) takes a datetime or seconds since 1970"


def start_of(item: pytest.Item) -> Start:
    """What the clock is to show when a test begins."""
    marker = item.get_closest_marker(MARKER)
    if marker is None or _complaint_about_arguments(marker):
        return None
    start: Start = marker.kwargs.get("start")
    return start


@functools.cache  # the same object for the same start, by which fixtures of a wider scope know that it is the same loop
def loop_factory(start: Start) -> Callable[[], asyncio.AbstractEventLoop]:
    """What makes a loop with virtual time."""

    def make() -> asyncio.AbstractEventLoop:
        loop = clock.new_event_loop(speed=math.inf, start=start)
        _MADE.add(loop)
        return loop

    return make


def complaint_about_nobody(item: pytest.Item) -> str:
    """What to say of a test that nobody runs although it asks for something of this plugin; nothing, as a rule."""
    if owner_of(item) != "nobody" or not is_async(item) or not uses(item, "channel_factory"):
        return ""
    return (
        "no plugin runs this async def, which uses channel_factory: mark it with @pytest.mark.virtual_time "
        "(or its module: pytestmark = pytest.mark.virtual_time)"
    )


def complaint_about_loop(loop: asyncio.AbstractEventLoop, owner: Owner, *, virtual: bool) -> str:
    """What is wrong with the loop that another plugin runs a test on; nothing, as a rule.

    Args:
        loop: the loop.
        owner: that plugin.
        virtual: whether the test wants virtual time.
    """
    why = "perhaps a fixture of a wider scope holds that loop, or the test has chosen it"
    if virtual:
        if not isinstance(loop, VirtualLoop):
            return f"the test wants virtual time, and {owner} runs it on {loop!r}: {why}"
    elif loop in _MADE:
        return f"the test does not want virtual time, and {owner} runs it on the loop of one that does: {why}"
    return ""
