"""Strategies: ways to choose who goes next. Each finds other bugs, so an exploration mixes them.

The sources of the ideas: few deviations from a fixed order are those of CHESS and of delay-bounded scheduling;
priorities with a few points of change are PCT (Burckhardt et al., "A Randomized Scheduler with Probabilistic Guarantees
of Finding Bugs", 2010), where whoever yields goes behind all others, as in shuttle.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from random import Random
from typing import Final

from typing_extensions import override

from async_channel.testing.explorer.schedule import Schedule

NEVER: Final = sys.maxsize
PATIENCE: Final = 64
"""How often in a row the one that is ready longest is passed over at most: asyncio starves nobody for ever."""


class Strategy:
    """Decides who goes first among those that are ready, and who is cancelled."""

    told: str
    """What its schedules are, in words."""
    next_strike: int = NEVER
    """From which step on `strike` wants to be asked."""

    def choose(self, step: int, tasks: Sequence[int]) -> int:
        """Whose step is next.

        Args:
            step: the number of the step.
            tasks: the tasks that may go, as numbers (0 is the next callback), the one that is ready longest first.

        Returns:
            A place in `tasks`.
        """
        raise NotImplementedError

    def strike(self, step: int, tasks: Sequence[int]) -> int:
        """The number of the task to cancel before this step, or 0 for none.

        Args:
            step: the number of the step.
            tasks: the tasks that may be cancelled, as numbers.
        """
        raise NotImplementedError


class Drawn(Strategy):
    """A strategy that is drawn at random.

    Args:
        random: the source of all choices.
        strikes: the steps at which to cancel a task, from the last to the first.
    """

    def __init__(self, random: Random, strikes: Sequence[int]) -> None:
        self.random = random
        self._strikes = list(strikes)
        self._next_strike()
        self._passed_over = 0

    @override
    def choose(self, step: int, tasks: Sequence[int]) -> int:
        place = self.prefer(step, tasks)
        if place:
            self._passed_over += 1
            if self._passed_over <= PATIENCE:
                return place
        self._passed_over = 0
        return 0

    def prefer(self, step: int, tasks: Sequence[int]) -> int:
        """As `choose`, but that somebody may be passed over for ever."""
        raise NotImplementedError

    @override
    def strike(self, step: int, tasks: Sequence[int]) -> int:
        if not tasks:
            return 0  # the next step, perhaps
        self._next_strike()
        return self.random.choice(tasks)

    def _next_strike(self) -> None:
        self.next_strike = self._strikes.pop() if self._strikes else NEVER


class Uniform(Drawn):
    """Whoever it hits, at every step."""

    told = "a random walk"

    @override
    def prefer(self, step: int, tasks: Sequence[int]) -> int:
        return int(self.random.random() * len(tasks))


class FewDeviations(Drawn):
    """asyncio's order but for a few steps.

    Args:
        random, strikes: as those of `Drawn`.
        turns: the steps at which somebody else goes first, from the last to the first.
    """

    told = "asyncio's order but for a few random steps"

    def __init__(self, random: Random, strikes: Sequence[int], turns: Sequence[int]) -> None:
        super().__init__(random, strikes)
        self._turns = list(turns)

    @override
    def prefer(self, step: int, tasks: Sequence[int]) -> int:
        if not self._turns or step < self._turns[-1]:
            return 0
        self._turns.pop()
        return 1 + int(self.random.random() * (len(tasks) - 1))


class Priorities(Drawn):
    """Who is more important goes first, always, until at a few steps somebody becomes the least important of all.

    Args:
        random, strikes: as those of `Drawn`.
        changes: the steps at which the most important one is set back, from the last to the first.
    """

    told = "an order of random priorities"

    def __init__(self, random: Random, strikes: Sequence[int], changes: Sequence[int]) -> None:
        super().__init__(random, strikes)
        self._changes = list(changes)
        self._priorities: dict[int, float] = {}
        self._lowest = 0.0
        self._last = -1
        self._last_step = -1

    @override
    def prefer(self, step: int, tasks: Sequence[int]) -> int:
        priorities = self._priorities
        for task in tasks:
            if task not in priorities:
                priorities[task] = self.random.random()
        if step == self._last_step + 1 and self._last in priorities and self._last in tasks:
            self._set_back(self._last)  # it ran and is ready again: it yielded, or spins
        first = max(tasks, key=priorities.__getitem__)
        if self._changes and step >= self._changes[-1]:
            self._changes.pop()
            self._set_back(first)
            first = max(tasks, key=priorities.__getitem__)
        self._last, self._last_step = first, step
        return tasks.index(first)

    def _set_back(self, task: int) -> None:
        self._lowest -= 1.0
        self._priorities[task] = self._lowest


class Starving(Drawn):
    """asyncio's order, but one task goes only when nobody else can.

    Args:
        random, strikes: as those of `Drawn`.
        victim: the number of that task; 0 starves the callbacks.
    """

    told = "asyncio's order but for one task that always comes last"

    def __init__(self, random: Random, strikes: Sequence[int], victim: int) -> None:
        super().__init__(random, strikes)
        self._victim = victim

    @override
    def prefer(self, step: int, tasks: Sequence[int]) -> int:
        return 1 if tasks[0] == self._victim else 0


class Fixed(Strategy):
    """What a schedule says, as far as it is possible; all else in asyncio's order."""

    def __init__(self, schedule: Schedule) -> None:
        self.told = _told_of(schedule)
        self._cancelled = {deviation.step: deviation.task for deviation in schedule if deviation.cancels}
        self._first = {deviation.step: deviation.task for deviation in schedule if not deviation.cancels}
        self.next_strike = min(self._cancelled, default=NEVER)

    @override
    def choose(self, step: int, tasks: Sequence[int]) -> int:
        wanted = self._first.get(step, -1)
        return tasks.index(wanted) if wanted in tasks else 0

    @override
    def strike(self, step: int, tasks: Sequence[int]) -> int:
        wanted = self._cancelled.pop(step, 0)
        self.next_strike = min(self._cancelled, default=NEVER)
        return wanted if wanted in tasks else 0


def _told_of(schedule: Schedule) -> str:
    match schedule:
        case []:
            return "asyncio's own order"
        case [deviation]:
            return f"asyncio's order but for one {'cancellation' if deviation.cancels else 'step'}"
        case _:
            return f"asyncio's order but for {len(schedule)} steps"


def random_strategy(random: Random, *, steps: int, tasks: int, cancellations: int) -> Drawn:
    """One strategy of the mix, drawn at random.

    Args:
        random: the source of all choices, the strategy's as well.
        steps: how many steps a run of the test takes, about.
        tasks: how many tasks it makes, itself with them.
        cancellations: how many tasks may be cancelled at most.
    """

    def some_steps(count: int) -> list[int]:
        return sorted((random.randrange(steps) for _ in range(count)), reverse=True)

    strikes = some_steps(random.randint(min(1, cancellations), cancellations)) if random.random() < 0.875 else []
    match random.randrange(8):
        case 0 | 1:
            return Uniform(random, strikes)
        case 2 | 3 | 4:
            return Priorities(random, strikes, some_steps(random.randrange(4)))
        case 5 | 6:
            return FewDeviations(random, strikes, some_steps(random.randint(1, 4)))
        case _:
            return Starving(random, strikes, random.randrange(tasks + 1))
