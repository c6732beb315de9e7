"""Shrinking: from a schedule that fails to the shortest one found that fails in the same way.

The idea is delta debugging (Zeller), and hypothesis's rule that of two failures the one with less to read is better.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from async_channel.testing.explorer.run import Run
from async_channel.testing.explorer.schedule import Deviation, Schedule

_MOST_RUNS: Final = 600


class Shrinker:
    """Makes the schedule of a failing run shorter.

    Args:
        failed: the run.
        replay: runs the test under a schedule.
    """

    def __init__(self, failed: Run, replay: Callable[[Schedule], Run]) -> None:
        self.best = failed
        self._replay = replay
        self._seen: set[Schedule] = {failed.schedule}
        self._left = _MOST_RUNS

    def shrink(self) -> Run:
        """The failing run with the fewest deviations found, and of those the one with the fewest steps."""
        self._cut_tail()
        size = None
        while self._left > 0 and size != self.best.size:
            size = self.best.size
            self._leave_out()
            self._move_forward()
        return self.best

    def _fails(self, schedule: Schedule) -> bool:
        """Whether a schedule fails in the same way, with less to read; it is the best one then."""
        if schedule in self._seen or self._left <= 0:
            return False
        self._seen.add(schedule)
        self._left -= 1
        run = self._replay(schedule)
        if run.error is None or type(run.error) is not type(self.best.error) or run.size >= self.best.size:
            return False
        self.best = run
        return True

    def _cut_tail(self) -> None:
        length = 1
        while length < len(self.best.schedule) and not self._fails(self.best.schedule[:length]):
            length *= 2

    def _leave_out(self) -> None:
        """Leave out ever smaller parts, from the end: what comes later does not change what came before."""
        part = len(self.best.schedule) // 2
        while part:
            end = len(self.best.schedule)
            while end > 0:
                schedule = self.best.schedule
                if not self._fails(schedule[: max(0, end - part)] + schedule[end:]):
                    end -= part
                else:
                    end = min(end - part, len(self.best.schedule))
            part //= 2

    def _move_forward(self) -> None:
        """Do one thing earlier, for a run that is over sooner."""
        place = len(self.best.schedule) - 1
        while place >= 0:
            for earlier in _earlier(self.best.schedule, place):
                if self._fails(earlier):
                    break
            place = min(place, len(self.best.schedule)) - 1


def _earlier(schedule: Schedule, place: int) -> Iterator[Schedule]:
    step, task, cancels = schedule[place]
    first = schedule[place - 1].step + 1 if place else 0
    for sooner in range(max(first, step - 24), step):
        yield (*schedule[:place], Deviation(sooner, task, cancels), *schedule[place + 1 :])
