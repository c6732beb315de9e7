"""Pytest runs of their own, for the tests of the plugin."""

from __future__ import annotations

import pytest

OURS = "-pasync_channel.testing.plugin"
ASYNCIO = "-ppytest_asyncio.plugin"
ANYIO = "-panyio.pytest_plugin"
STRICT = "-oasyncio_default_fixture_loop_scope=function"
AUTO = "-oasyncio_mode=auto"

_OPTIONS = ["-Werror", "--strict-markers", "-pno:cacheprovider"]
_IMPORTS = """
import asyncio, time, pytest
from datetime import UTC, datetime
from async_channel import Channel, Consumer, clock
"""


def run_inner(pytester: pytest.Pytester, source: str, *arguments: str) -> pytest.RunResult:
    """Run a test module in a pytest of its own in this process, with warnings as errors and the plugins that are named.

    Args:
        pytester: the fixture of that name.
        source: the module, for which what it needs is imported.
        arguments: of its command line.
    """
    pytester.makepyfile(_IMPORTS + source)
    known = "-Wignore:Module already imported:pytest.PytestAssertRewriteWarning"  # our plugin is at work out here too
    return pytester.runpytest_inprocess(*_OPTIONS, known, "--disable-plugin-autoload", *arguments)


def run_apart(pytester: pytest.Pytester, source: str, *arguments: str) -> pytest.RunResult:
    """The same in a process of its own, where whatever is installed is loaded, but for what is named."""
    pytester.makepyfile(_IMPORTS + source)
    return pytester.runpytest_subprocess(*_OPTIONS, *arguments)
