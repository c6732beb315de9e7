"""What the tests share: virtual time, and samples of what would be the same on each version of Python."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import TypeVar

from async_channel.testing import run_virtual as run

__all__ = ["EVERY", "run", "sampled"]

C = TypeVar("C")

EVERY = 1 if sys.version_info[:2] == (3, 11) else 6
"""What is done in full on one version of Python is done to this part on the others."""


def sampled(cases: Iterable[C]) -> list[C]:
    """All cases on one version of Python, every sixth on the others: for what would be the same on each."""
    return list(cases)[::EVERY]
