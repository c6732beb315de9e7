"""What the tests share: running a coroutine on virtual time, where sleeping costs nothing."""

from __future__ import annotations

import math
from collections.abc import Coroutine
from typing import Any, TypeVar

from async_channel import clock

T = TypeVar("T")


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine on a new event loop with virtual time, from 0."""
    return clock.run(main, speed=math.inf)
