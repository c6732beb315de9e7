"""How the pytest plugin tells of what a test left open, and of rules that have no say in what is tested."""

from __future__ import annotations

import os
import unittest
from typing import Final

import pytest

FAILED: Final = pytest.StashKey[bool]()
"""Whether the test has not come to its end: what it left open then is no fault of its own."""


def report_leaks(item: pytest.Item, left: list[str]) -> None:
    """Fail a test that left something open, unless it has failed already."""
    if left and not item.stash.get(FAILED, False):
        listed = "".join(f"\n  {line}" for line in left)
        pytest.fail(f"the test is over, and it left open:{listed}", pytrace=False)


def is_of_rules(call: pytest.CallInfo[None]) -> bool:
    """Whether a test ended because the rule of conformance that it is about has no say there."""
    if call.excinfo is None or not call.excinfo.errisinstance(unittest.SkipTest):
        return False
    from async_channel.testing.conformance.running import DoesNotConcern  # noqa: PLC0415  most tests do without it

    return call.excinfo.errisinstance(DoesNotConcern)


def lead_to_class(item: pytest.Item, report: pytest.TestReport) -> None:
    """Have a skip lead to the class that inherits the test, and not to where pytest makes a skip of unittest's."""
    inherits = item.getparent(pytest.Class)
    if inherits is not None and isinstance(report.longrepr, tuple):
        path, line, _ = inherits.reportinfo()
        report.longrepr = (os.fspath(path), 1 + (line or 0), report.longrepr[2])
