"""The search: runs a test under many schedules, and reports the first failure as the shortest schedule found."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from itertools import chain
from random import Random
from typing import Any

from async_channel.testing.explorer.errors import NotDeterministic, NothingToCancel
from async_channel.testing.explorer.narrator import Narrator
from async_channel.testing.explorer.options import Options
from async_channel.testing.explorer.run import Run, run_schedule
from async_channel.testing.explorer.schedule import Deviation, Schedule, parse, write
from async_channel.testing.explorer.shrink import Shrinker
from async_channel.testing.explorer.strategies import Fixed, Strategy, random_strategy

__tracebackhide__ = True  # what pytest shows is the test

_NOT_DETERMINISTIC = (
    "the test is not deterministic: {}. What makes such a difference: state that an earlier run left, chance, the wall "
    "clock, the order of a set of objects"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleFailure:
    """A schedule under which a test failed."""

    error: BaseException
    """What the test raised, or what the explorer found."""
    seed: str
    """What replays it: ``@explore(seed=...)``."""
    schedule: Schedule
    """Where it leaves asyncio's order."""
    steps: int
    """How many steps the run took (a count)."""
    note: str
    """What there is to say of it: how it was found, how to replay it, and what happens step by step."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exploration:
    """What came of running a test under many schedules."""

    failure: ScheduleFailure | None
    """The first failure, shrunk; None if there was none."""
    schedules: int
    """How many schedules were run, those for shrinking aside (a count)."""
    distinct: int
    """How many of them were different (a count)."""
    cancellations: int
    """How many tasks were cancelled in all of them (a count)."""


class Search:
    """One exploration of one test.

    Args:
        test: makes the coroutine to run.
        options: how to explore it.
    """

    def __init__(self, test: Callable[[], Coroutine[Any, Any, object]], options: Options) -> None:
        self._test = test
        self._options = options
        self._limits = options.limits
        self._traces: set[int] = set()
        self._schedules = 0
        self._cancellations = 0

    def explore(self) -> Exploration:
        """Run schedules until one fails, or there have been enough."""
        if isinstance(self._options.seed, str):
            failure = self._replay(self._options.seed)
        else:
            failure = self._search(Random(self._options.seed))  # noqa: S311  repeatable is what it is to be
        return Exploration(
            failure=failure,
            schedules=self._schedules,
            distinct=len(self._traces),
            cancellations=self._cancellations,
        )

    def _search(self, random: Random) -> ScheduleFailure | None:
        first, narrator = self._tell(())
        self._count(first)
        if first.error is not None:
            return self._explain(first, Fixed(()))
        again = self._run(Fixed(()))
        if again.trace != first.trace or again.error is not None:
            return self._doubt(first, again)
        cancellations = int(self._options.cancellations)
        if cancellations and not first.may_cancel:
            raise NothingToCancel(
                "explore: there is nothing to cancel. It cancels tasks that are made in the file of the test, by "
                "create_task(), ensure_future() or gather(), and that the test did not spare()"
            )
        for strategy in self._plan(first, narrator, cancellations, random):
            run = self._run(strategy)
            self._count(run)
            if run.error is not None:
                return self._explain(run, strategy)
            if self._schedules == self._options.schedules:
                break
        return None

    def _plan(self, first: Run, narrator: Narrator, cancellations: int, random: Random) -> Iterator[Strategy]:
        """What comes after asyncio's order: what deviates from it once, up to half of all there may be; then a mix."""
        single = [Deviation(step, task) for step, ready in enumerate(narrator.ready) for task in ready[1:]]
        if cancellations:
            single += [
                Deviation(step, task, cancels=True) for step, tasks in enumerate(narrator.cancellable) for task in tasks
            ]
        if not single:
            return iter(())  # there is one schedule only
        random.shuffle(single)
        steps = len(first.trace)
        mixed = iter(lambda: random_strategy(random, steps=steps, tasks=first.tasks, cancellations=cancellations), None)
        return chain((Fixed((deviation,)) for deviation in single[: self._options.schedules // 2]), mixed)

    # ---- one failure

    def _replay(self, seed: str) -> ScheduleFailure | None:
        schedule, fingerprint = parse(seed)
        run, narrator = self._tell(schedule)
        self._count(run)
        again, other = self._tell(schedule)
        if again.trace != run.trace or type(again.error) is not type(run.error):
            return self._doubt(run, again)
        changed = ""
        if fingerprint not in {"", narrator.fingerprint}:
            changed = f"the seed {seed!r} no longer meets what it met: the test, what it tests or Python has changed"
        if run.error is not None:
            return self._failure(again, other, "failed in a replay of", changed)
        if changed:
            warnings.warn(f"explore: {changed}. It passes now; explore schedules anew", stacklevel=2)
        return None

    def _explain(self, failed: Run, strategy: Strategy) -> ScheduleFailure:
        found = f"failed in schedule {self._schedules} of {self._options.schedules} (seed {self._options.seed}), "
        found += f"{strategy.told}; the shortest schedule found that fails so has"
        again = self._run(Fixed(failed.schedule))
        if again.trace != failed.trace or type(again.error) is not type(failed.error):
            return self._doubt(failed, again)
        best = Shrinker(again, lambda schedule: self._run(Fixed(schedule))).shrink()
        told, narrator = self._tell(best.schedule)
        if told.trace != best.trace or told.error is None:
            return self._doubt(best, told)
        return self._failure(told, narrator, found)

    def _failure(self, run: Run, narrator: Narrator, found: str, remark: str = "") -> ScheduleFailure:
        assert run.error is not None
        seed = write(run.schedule, narrator.fingerprint)
        note = [
            f"explore: {found} {_steps_of(run)}",
            f"replay it: {self._options.replaying(seed)}",
            *filter(None, [run.remark, remark]),
            narrator.story(),
        ]
        return ScheduleFailure(
            error=run.error, seed=seed, schedule=run.schedule, steps=len(run.trace), note="\n".join(note)
        )

    def _doubt(self, run: Run, again: Run) -> ScheduleFailure:
        """The same choices led elsewhere: say where, and fail with what was found, if anything was."""
        _, narrator = self._tell(run.schedule)
        _, other = self._tell(run.schedule)
        where = narrator.difference(other) or _difference(run, again)
        told = _NOT_DETERMINISTIC.format(where)
        error = run.error or again.error or NotDeterministic(told)
        seed = write(run.schedule, narrator.fingerprint)
        note = f"explore: {told}\nthe seed {seed!r} may replay it or not"
        return ScheduleFailure(error=error, seed=seed, schedule=run.schedule, steps=len(run.trace), note=note)

    # ---- running

    def _run(self, strategy: Strategy, narrator: Narrator | None = None) -> Run:
        return run_schedule(self._test, strategy, self._limits, narrator)

    def _tell(self, schedule: Schedule) -> tuple[Run, Narrator]:
        narrator = Narrator()
        return self._run(Fixed(schedule), narrator), narrator

    def _count(self, run: Run) -> None:
        self._schedules += 1
        self._traces.add(hash(run.trace))
        self._cancellations += sum(deviation.cancels for deviation in run.schedule)


def _steps_of(run: Run) -> str:
    """How many steps a run has, and how many of them leave asyncio's order, in words."""
    steps = "1 step" if len(run.trace) == 1 else f"{len(run.trace)} steps"
    return f"{steps}, {f'{len(run.schedule)} of them not ' if run.schedule else ''}in asyncio's order"


def _difference(run: Run, again: Run) -> str:
    """Where two runs that made the same choices parted, in words."""
    if run.trace == again.trace:
        return f"the same steps ended with {run.error!r} in one run and with {again.error!r} in another"
    step = next(
        (step for step, (one, other) in enumerate(zip(run.trace, again.trace, strict=False)) if one != other),
        min(len(run.trace), len(again.trace)),
    )
    return f"from step {step} on the same choices led to other steps in two runs"
