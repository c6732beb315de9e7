"""Settings of the whole suite."""

from __future__ import annotations

import gc
import logging
import selectors
import time
from collections.abc import Iterator
from importlib.util import find_spec

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = ["async_channel.testing.plugin"]

# They run on one Python, that of the extra `notebooks`: what they show need not be the same on another.
collect_ignore = [] if find_spec("jupytext") else ["notebook_shell.py", "test_notebooks.py"]

# Worlds are random in every run, CI's too, and a failure prints the blob that repeats it. A slow machine is no failure.
settings.register_profile(
    "worlds", deadline=None, print_blob=True, derandomize=False, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("worlds")

LONGEST = 0.01
"""How long a test may wait in real time unless it is about threads, processes or real loops, and says so (seconds)."""

LIMIT = 60.0
"""Seconds. What asks for more, as the end of an executor does, is a time limit and no sleep: no test lasts so long."""


@pytest.fixture(scope="module", name="silence")
def _silence() -> Iterator[None]:
    """The library logs nothing: of thousands of failures on purpose nobody reads."""
    logger = logging.getLogger("async_channel")
    logger.disabled = True
    yield
    logger.disabled = False


@pytest.fixture(autouse=True)
def _no_real_waiting(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fail a test that sleeps: what a loop asks its system to wait for counts, not how late a busy machine is."""
    if request.node.get_closest_marker("real_time"):
        yield
        return
    waited: list[float] = []
    select, sleep = selectors.DefaultSelector.select, time.sleep

    def watched_select(
        self: selectors.DefaultSelector, timeout: float | None = None
    ) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is not None and LONGEST < timeout < LIMIT:
            waited.append(timeout)
        return select(self, timeout)

    def watched_sleep(seconds: float) -> None:
        if seconds > LONGEST:
            waited.append(seconds)
        sleep(seconds)

    monkeypatch.setattr(selectors.DefaultSelector, "select", watched_select)
    monkeypatch.setattr(time, "sleep", watched_sleep)
    yield
    assert not waited, f"it waits in real time, for {waited[:3]} seconds: use virtual time, or mark it real_time"


@pytest.fixture(name="alone")
def _alone() -> Iterator[None]:
    """What other tests left to the collector stays with it until this one, which hears each warning, is over."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture(autouse=True)
def _runs_inside_are_alone(request: pytest.FixtureRequest) -> None:
    """A run inside of a test has settings of its own, by which a warning may be an error."""
    if "pytester" in request.fixturenames:
        request.getfixturevalue("alone")
