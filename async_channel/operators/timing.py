"""Operators that have to do with time, always that of the running loop's clock. None of them starts a thread."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar, overload

from reactivex import Observable, abc
from reactivex.internal.utils import is_future

from async_channel import util
from async_channel.operators.base import FutureOf, Operators
from async_channel.util import check

if TYPE_CHECKING:
    from async_channel.stream import Stream

T_co = TypeVar("T_co", covariant=True)
U = TypeVar("U")


class Timing(Operators[T_co]):
    """Thin events out in time, put them off, or mind that they come."""

    def throttle(self, seconds: float) -> Stream[T_co]:
        """Let an event through, then none for some seconds (Rx's throttle_first).

        ::

            numbers       --1-2-3-----4-5--|
            throttle(5)   --1---------4----|

        Args:
            seconds: above 0, on the loop's clock.

        Raises:
            TypeError, ValueError: seconds is not a number, or not above 0.
        """
        check.positive_seconds("throttle", "seconds", seconds)
        return self._then(util.timed.throttle_first(seconds), self.event_type)

    def debounce(self, duetime: float | timedelta, scheduler: abc.SchedulerBase | None = None) -> Stream[T_co]:
        """Let an event through once none has followed it for some seconds.

        ::

            numbers       --1-2-3-------4-----|
            debounce(3)   ---------3-------4--|

        Args:
            duetime: seconds above 0, or a timedelta, on the loop's clock.
            scheduler: another clock, as in Rx; not needed.

        Raises:
            TypeError, ValueError: duetime is not a number, or not above 0.
        """
        seconds = check.seconds_of(duetime)
        check.positive_seconds("debounce", "duetime", seconds)
        if scheduler is not None:
            return self._over(Observable.debounce(self, seconds, scheduler), self.event_type)
        return self._then(util.timed.debounce_by(seconds), self.event_type)

    def sample(
        self, sampler: float | timedelta | Observable[Any], scheduler: abc.SchedulerBase | None = None
    ) -> Stream[T_co]:
        """Every so many seconds, let the newest event through if there is a new one.

        ::

            numbers     --1-2-3---------4--|
            sample(5)   -----2----3---------4|

        Args:
            sampler: seconds above 0, or a timedelta, on the loop's clock; or an Observable, at each of whose events it
                happens.
            scheduler: another clock, as in Rx; not needed.

        Raises:
            TypeError, ValueError: sampler is not a number, or not above 0.
        """
        if isinstance(sampler, Observable):
            return self._over(Observable.sample(self, sampler), self.event_type)
        seconds = check.seconds_of(sampler)
        check.positive_seconds("sample", "sampler", seconds)
        if scheduler is not None:
            return self._over(Observable.sample(self, seconds, scheduler), self.event_type)
        return self._then(util.timed.sample_every(seconds), self.event_type)

    def delay(self, duetime: float | timedelta, scheduler: abc.SchedulerBase | None = None) -> Stream[T_co]:
        """Let each event, and the end, through some seconds later; an error at once.

        ::

            numbers    --1--2--3--|
            delay(4)   ------1--2--3--|

        Args:
            duetime: seconds, 0 or more, or a timedelta, on the loop's clock.
            scheduler: another clock, as in Rx; not needed.

        Raises:
            TypeError, ValueError: duetime is not a number, or negative.
        """
        seconds = check.seconds_of(duetime)
        check.positive_seconds("delay", "duetime", seconds, or_zero=True)
        if scheduler is not None:
            return self._over(Observable.delay(self, seconds, scheduler), self.event_type)
        return self._then(util.timed.delay_by(seconds), self.event_type)

    @overload
    def timeout(
        self, duetime: float | timedelta | datetime, other: None = None, scheduler: abc.SchedulerBase | None = None
    ) -> Stream[T_co]: ...

    @overload
    def timeout(
        self,
        duetime: float | timedelta | datetime,
        other: Observable[U] | FutureOf[U],
        scheduler: abc.SchedulerBase | None = None,
    ) -> Stream[T_co | U]: ...

    def timeout(
        self, duetime: float | timedelta | datetime, other: Any = None, scheduler: abc.SchedulerBase | None = None
    ) -> Stream[Any]:
        """Fail with TimeoutError, or go on with another stream, once no event has come for some seconds.

        ::

            numbers      --1--2-----------3--|
            timeout(5)   --1--2----#

        Args:
            duetime: seconds above 0, or a timedelta, on the loop's clock; or a date and time, as in Rx.
            other: an Observable, or a Future, to go on with; without it the stream fails.
            scheduler: another clock, as in Rx; not needed.

        Raises:
            TypeError, ValueError: duetime is not a number, or not above 0; other is no Observable.
        """
        if other is not None and not is_future(other):
            check.require_observable("timeout", other)
        if isinstance(duetime, datetime) or scheduler is not None:
            return self._over(Observable.timeout(self, duetime, other, scheduler))
        seconds = check.seconds_of(duetime)
        check.positive_seconds("timeout", "duetime", seconds)
        expire = util.dynamic.fail_late(seconds) if other is None else util.dynamic.go_on_with(other)
        return self._then(util.timed.time_limit(seconds, expire), self.event_type if other is None else None)
