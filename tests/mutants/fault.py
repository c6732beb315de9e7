"""What a fault is: an altered piece of the package, what it breaks, and what it takes to show it."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any, TypeAlias

import async_channel

Scenario: TypeAlias = Callable[[Any], Coroutine[Any, Any, None]]
"""A world of tasks, made of the package that it is given."""

PACKAGE = Path(async_channel.__file__).parent


class Needs(Enum):
    """What it takes for a fault to show."""

    NOTHING = "nothing"
    """It shows in asyncio's own order, though nobody is cancelled."""
    ORDER = "another order"
    """It shows in some other order of the tasks only."""
    CANCELLATION = "a cancellation"
    """It shows only if a task is cancelled, at the right await."""
    THREADS = "threads"
    """It shows only where there are threads, which the explorer has not."""


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One fault, as a text that takes the place of another in one file of the package."""

    name: str
    broken: str
    """What is wrong, in one sentence."""
    file: str
    """The file, from the folder of the package on."""
    old: str
    new: str
    promises: tuple[int, ...]
    """The numbers of the promises that it breaks."""
    needs: Needs
    killer: Scenario | str
    """The scenario that finds it, or the test that does, as pytest names it."""
    schedules: int = 200
    """In how many schedules it must be found, each with two cancellations if it needs one (a count)."""

    def alter(self, text: str) -> str:
        """The text of its file with the fault in it.

        Raises:
            LookupError: what it takes the place of is not there exactly once: the source has moved on.
        """
        count = text.count(self.old)
        if count != 1:
            raise LookupError(
                f"fault {self.name!r} alters what is {count} times in {self.file}, and should be there once: write the "
                f"fault anew for the source as it is now. It looks for\n{self.old}"
            )
        return text.replace(self.old, self.new)
