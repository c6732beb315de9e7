"""What the pytest plugin asks of a test: whether it wants virtual time, from when on, and who runs it."""

from __future__ import annotations

import asyncio
import functools
import inspect
import math
from collections.abc import Callable
from datetime import datetime
from typing import Final, Literal, TypeAlias
from weakref import WeakSet

import pytest

from async_channel import clock
from async_channel.testing._core import VirtualLoop

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
    function: object = getattr(item, "obj", None)
    return inspect.iscoroutinefunction(getattr(getattr(function, "hypothesis", None), "inner_test", function))


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
    """What is wrong with how the marker of a test is written; nothing, as a rule."""
    marker = item.get_closest_marker(MARKER)
    if marker is None:
        return ""
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
    if marker is None or complaint_about(item):
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
