"""Random scripts of Rx notifications, played into two sources at once, and what an operator makes of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias

from hypothesis import strategies as st
from reactivex import Observable, abc
from reactivex.notification import Notification, OnCompleted, OnError, OnNext
from reactivex.scheduler import VirtualTimeScheduler
from reactivex.subject import Subject
from reactivex.testing import TestScheduler

Record: TypeAlias = tuple[float, str, object]
Build: TypeAlias = Callable[[Any, Any], Observable[Any]]
"""Makes an operator of a source and a second one. Any, as the same lambda is given Subjects and Channels."""

SUBSCRIBED = 200.0
LAST = 260.0


class Boom(Exception):
    """What scripts and functions in them raise; two of the same text are equal."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Boom) and self.args == other.args

    def __hash__(self) -> int:
        return hash(self.args)


@dataclass(frozen=True)
class Script:
    """When what is pushed into which source, and when the subscription is disposed."""

    first: tuple[tuple[float, Notification[int]], ...]
    second: tuple[tuple[float, Notification[int]], ...]
    disposed: float


def fussy(number: int) -> bool:
    """A predicate that is true, false, or raises."""
    if number == 7:
        raise Boom("seven")
    return number % 3 != 0


def doubled(number: int) -> int:
    """A mapper that may raise."""
    if number == 7:
        raise Boom("seven")
    return number * 2


def added(total: int, number: int) -> int:
    """An accumulator that may raise."""
    if number == 7:
        raise Boom("seven")
    return total + number


_next: st.SearchStrategy[Notification[int]] = st.integers(0, 7).map(OnNext)
_end: st.SearchStrategy[Notification[int]] = st.sampled_from([OnCompleted(), OnError(Boom("script"))])


def _timeline(step: float) -> st.SearchStrategy[tuple[tuple[float, Notification[int]], ...]]:
    times = st.integers(int((SUBSCRIBED - 10) / step), int(LAST / step)).map(lambda n: n * step)
    events = st.lists(st.tuples(times, _next), max_size=14)
    ends = st.lists(st.tuples(times, _end), max_size=2)  # a second end, and events behind an end, must do nothing
    return st.tuples(events, ends).map(lambda both: tuple(sorted([*both[0], *both[1]], key=lambda timed: timed[0])))


def scripts(step: float = 1.0) -> st.SearchStrategy[Script]:
    """Scripts whose times are multiples of `step`, with and without an end, with and without an early dispose."""
    disposed = st.one_of(st.just(1000.0), st.integers(int(SUBSCRIBED) + 1, int(LAST)).map(float))
    return st.builds(Script, _timeline(step), _timeline(step), disposed)


def play(make: Callable[[], Subject[int]], build: Build, script: Script) -> list[Record]:
    """What an operator gives, with the virtual times, when the script is played into two new sources."""
    scheduler = TestScheduler()
    first, second = make(), make()
    for source, timeline in ((first, script.first), (second, script.second)):
        for time, notification in timeline:
            at(scheduler, time, partial(notification.accept, source))
    observer = scheduler.start(lambda: build(first, second), subscribed=SUBSCRIBED, disposed=script.disposed)
    return [(message.time, *described(message.value)) for message in observer.messages]


def at(scheduler: VirtualTimeScheduler, time: float, action: Callable[[], object]) -> None:
    """Have something called at a virtual time."""

    def call(_: abc.SchedulerBase, __: object = None) -> None:
        action()

    scheduler.schedule_absolute(time, call)


def described(notification: object) -> tuple[str, object]:
    """A notification as something to compare and to print."""
    if isinstance(notification, OnNext):
        return "next", notification.value
    if isinstance(notification, OnError):
        error = notification.exception
        return "error", error if isinstance(error, Boom) else f"{type(error).__name__}: {error}"
    return "completed", None
