"""How the pytest plugin tells of what a test left open."""

from __future__ import annotations

from typing import Final

import pytest

FAILED: Final = pytest.StashKey[bool]()
"""Whether the test has not come to its end: what it left open then is no fault of its own."""


def report_leaks(item: pytest.Item, left: list[str]) -> None:
    """Fail a test that left something open, unless it has failed already."""
    if left and not item.stash.get(FAILED, False):
        listed = "".join(f"\n  {line}" for line in left)
        pytest.fail(f"the test is over, and it left open:{listed}", pytrace=False)
