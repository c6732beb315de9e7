"""The narrator: writes down what a run meets and does at each step, for a run that is to be told or compared."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import zip_longest
from zlib import crc32

_MOST_LINES = 48


@dataclass(slots=True)
class Narrator:
    """What was ready at each step, who could be cancelled, and what was done, in words."""

    ready: list[tuple[int, ...]] = field(default_factory=list)
    """The candidates before each step, as numbers of tasks, the one that was ready longest first."""
    cancellable: list[tuple[int, ...]] = field(default_factory=list)
    """The tasks that could be cancelled before each step, as numbers."""
    _told: list[tuple[bool, str]] = field(default_factory=list)

    def tell(self, line: str, *, deviates: bool) -> None:
        """Add what a step does, in words.

        Args:
            line: the words.
            deviates: whether asyncio would have done something else.
        """
        self._told.append((deviates, line))

    @property
    def fingerprint(self) -> str:
        """Four hexadecimal digits that depend on everything that was ready, in order."""
        return f"{crc32(repr(self.ready).encode()) & 0xFFFF:04x}"

    def difference(self, other: Narrator) -> str:
        """Where another run that made the same choices met something else, in words; empty if it did not."""
        for step, (mine, others) in enumerate(zip_longest(self.ready, other.ready)):
            if mine != others:
                return f"before step {step} there were ready {_names(mine)} in one run and {_names(others)} in another"
        return ""

    def story(self) -> str:
        """All steps, one a line, those that deviate marked; of a long run only those, and the end."""
        lines = [(">" if deviates else " ") + f"{step:5}  {line}" for step, (deviates, line) in enumerate(self._told)]
        if len(lines) <= _MOST_LINES:
            return "\n".join(lines)
        kept = [step for step, (deviates, _) in enumerate(self._told) if deviates or step >= len(lines) - 8]
        short: list[str] = []
        last = -1
        for step in kept:
            if step != last + 1:
                short.append(f"        ({step - last - 1} in asyncio's order)")
            short.append(lines[step])
            last = step
        return "\n".join(short)


def _names(tasks: tuple[int, ...] | None) -> str:
    if tasks is None:
        return "nothing, for it was over"
    return ", ".join(f"task {task}" if task else "a callback" for task in tasks)
