"""Operators that make one event of many: lists and windows as they fill up, and what sums a whole stream up."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol, SupportsFloat, SupportsIndex, TypeVar, overload

from reactivex import Observable

from async_channel import util
from async_channel.operators.base import Operators
from async_channel.util import check
from async_channel.util.pipeline import NOTHING
from async_channel.util.stages import gather, pure

if TYPE_CHECKING:
    from decimal import Decimal

    from async_channel.stream import Stream


class Comparable(Protocol):
    """What `min` and `max` compare without a comparer."""

    def __gt__(self, other: Any, /) -> bool: ...


T_co = TypeVar("T_co", covariant=True)
T = TypeVar("T")
U = TypeVar("U")
N = TypeVar("N", int, float, "Decimal")


class Gathering(Operators[T_co]):
    """Gather events into lists or windows, or sum up a stream when it ends."""

    @overload
    def buffer(self, boundaries: Observable[Any]) -> Stream[list[T_co]]: ...

    @overload
    def buffer(self, *, count: int, skip: int | None = None) -> Stream[list[T_co]]: ...

    @overload
    def buffer(self, *, seconds: float, count: int | None = None) -> Stream[list[T_co]]: ...

    def buffer(
        self,
        boundaries: Observable[Any] | None = None,
        *,
        count: int | None = None,
        skip: int | None = None,
        seconds: float | None = None,
    ) -> Stream[list[T_co]]:
        """Gather events into lists, by number, by time, by both, or as another stream says.

        ::

            numbers             --1--2------3--4------5--|
            buffer(count=2)     -----[1,2]-----[3,4]-----[5]|
            buffer(seconds=7)   -------[1,2]--[3]----[4]-[5]|

        With ``count`` a shorter list is the last; with ``skip`` every list that had begun comes at the end, as in Rx.
        With ``seconds`` there is one list every so many seconds, an empty one if nothing came, and one at the end. With
        both a list goes when it is full or its time is over.

        Args:
            boundaries: an Observable; a list goes at each of its events.
            count: the most events in a list, 1 or more.
            skip: with count, how many events there are from the begin of one list to that of the next, 1 or more.
            seconds: the longest time a list covers, above 0, on the loop's clock.

        Raises:
            TypeError, ValueError: an argument is of another type or range, there is none, or two exclude each other.
        """
        if boundaries is not None:
            _alone("buffer", count, skip, seconds)
            _require_boundaries("buffer", boundaries)
            return self._over(Observable.buffer(self, boundaries))
        _check_size("buffer", count, skip, seconds)
        if seconds is not None:
            by_time = (
                util.timed.buffer_by_time(seconds)
                if count is None
                else util.timed.buffer_by_time_or_count(seconds, count)
            )
            return self._then(by_time)
        assert count is not None
        if skip is None or skip == count:
            return self._then(gather.buffer_by_count(count))
        return self._then(gather.buffer_by_count_and_skip(count, skip))

    @overload
    def window(self, boundaries: Observable[Any]) -> Stream[Stream[T_co]]: ...

    @overload
    def window(self, *, count: int, skip: int | None = None) -> Stream[Stream[T_co]]: ...

    @overload
    def window(self, *, seconds: float, count: int | None = None) -> Stream[Stream[T_co]]: ...

    def window(
        self,
        boundaries: Observable[Any] | None = None,
        *,
        count: int | None = None,
        skip: int | None = None,
        seconds: float | None = None,
    ) -> Stream[Stream[T_co]]:
        """As `buffer`, but each window is a stream, handed on as it opens, so that it can be read as it fills.

        ::

            numbers   --1--2------3--4------|
            window(count=2).flat_map(lambda w: w.sum())
                      -----3---------7------0|

        The last window may be empty. A window is hot: it gives what comes after it was subscribed, so subscribe it as
        it is handed on, as `flat_map` does. A consumer that reads the windows one by one comes too late for what was
        sent in one go; for that there is `buffer`. The source is let go when nobody reads this stream or a window.

        Args:
            boundaries: an Observable; a window closes and another opens at each of its events.
            count: the most events in a window, 1 or more.
            skip: with count, how many events there are from the begin of one window to that of the next, 1 or more.
            seconds: the longest time a window covers, above 0, on the loop's clock.

        Raises:
            TypeError, ValueError: an argument is of another type or range, there is none, or two exclude each other.
        """
        if boundaries is not None:
            _alone("window", count, skip, seconds)
            _require_boundaries("window", boundaries)
            return self._over(Observable.window(self, boundaries))._then(pure.map_with(self._over))
        _check_size("window", count, skip, seconds)
        return self._over(util.windows.Windows(self, self._over, count=count, skip=skip, seconds=seconds))

    # ---- at the end

    @overload
    def reduce(self: Gathering[T], accumulator: Callable[[T, T], T]) -> Stream[T]: ...

    @overload
    def reduce(self, accumulator: Callable[[U, T_co], U], seed: U) -> Stream[U]: ...

    def reduce(self, accumulator: Callable[[Any, Any], Any], seed: Any = NOTHING) -> Stream[Any]:
        """Let through, when the source completes, what the accumulator made of all events.

        ::

            numbers                         --1--2--3--|
            reduce(lambda a, n: a + n, 0)   -----------6|

        Args:
            accumulator: function from the state and an event to the new state.
            seed: the first state; without it the first event is, and a stream without one fails with
                ``SequenceContainsNoElementsError``.

        Raises:
            TypeError: accumulator is not callable, or a coroutine function.
        """
        check.require_function("reduce", "accumulator", accumulator)
        return self._then(gather.reduce_with(accumulator, seed))

    def count(self, predicate: Callable[[T_co], object] | None = None) -> Stream[int]:
        """Let through, when the source completes, how many events there were (for which the predicate holds).

        ::

            numbers   --5--6--7--|
            count()   -----------3|

        Raises:
            TypeError: predicate is not callable, or a coroutine function.
        """
        check.require_optional_function("count", "predicate", predicate)
        return self._then(gather.count_all(predicate), int)

    @overload
    def sum(self: Gathering[int], key_mapper: None = None) -> Stream[int]: ...

    @overload
    def sum(self: Gathering[float], key_mapper: None = None) -> Stream[float]: ...

    @overload
    def sum(self: Gathering[Decimal], key_mapper: None = None) -> Stream[Decimal | int]: ...

    @overload
    def sum(self, key_mapper: Callable[[T_co], N]) -> Stream[N | int]: ...

    def sum(self, key_mapper: Callable[[Any], Any] | None = None) -> Stream[Any]:
        """Let through, when the source completes, the sum of all events; the int 0 if there was none.

        ::

            numbers   --1--2--3--|
            sum()     -----------6|

        Args:
            key_mapper: function from an event to what is added up; the event itself by default.

        Raises:
            TypeError: key_mapper is not callable, or a coroutine function.
        """
        check.require_optional_function("sum", "key_mapper", key_mapper)
        return self._then(gather.reduce_with(_adding(key_mapper), 0))

    @overload
    def average(self: Gathering[str | SupportsFloat | SupportsIndex], key_mapper: None = None) -> Stream[float]: ...

    @overload
    def average(self, key_mapper: Callable[[T_co], float]) -> Stream[float]: ...

    def average(self, key_mapper: Callable[[Any], float] | None = None) -> Stream[float]:
        """Let through, when the source completes, the mean of all events.

        ::

            numbers     --1--2--6--|
            average()   -----------3.0|

        Without an event the stream fails with ``SequenceContainsNoElementsError``.

        Args:
            key_mapper: function from an event to a number; the event itself by default.

        Raises:
            TypeError: key_mapper is not callable, or a coroutine function.
        """
        check.require_optional_function("average", "key_mapper", key_mapper)
        return self._then(gather.average_of(float if key_mapper is None else key_mapper), float)

    @overload
    def min(self: Gathering[Comparable], comparer: None = None) -> Stream[T_co]: ...

    @overload
    def min(self, comparer: Callable[[T_co, T_co], float]) -> Stream[T_co]: ...

    def min(self, comparer: Callable[[Any, Any], float] | None = None) -> Stream[Any]:
        """Let through, when the source completes, the least event; of equal ones the first.

        ::

            numbers   --2--1--3--|
            min()     -----------1|

        Without an event the stream fails with ``SequenceContainsNoElementsError``.

        Args:
            comparer: function from two events to a number that is below 0 if the first is less, above if it is greater.

        Raises:
            TypeError: comparer is not callable, or a coroutine function.
        """
        check.require_optional_function("min", "comparer", comparer)
        better = _is_less if comparer is None else lambda event, best: comparer(event, best) < 0
        return self._then(gather.best_of(better), self.event_type)

    @overload
    def max(self: Gathering[Comparable], comparer: None = None) -> Stream[T_co]: ...

    @overload
    def max(self, comparer: Callable[[T_co, T_co], float]) -> Stream[T_co]: ...

    def max(self, comparer: Callable[[Any, Any], float] | None = None) -> Stream[Any]:
        """Let through, when the source completes, the greatest event; of equal ones the first.

        ::

            numbers   --2--3--1--|
            max()     -----------3|

        Without an event the stream fails with ``SequenceContainsNoElementsError``.

        Args:
            comparer: function from two events to a number that is below 0 if the first is less, above if it is greater.

        Raises:
            TypeError: comparer is not callable, or a coroutine function.
        """
        check.require_optional_function("max", "comparer", comparer)
        better = _is_greater if comparer is None else lambda event, best: comparer(event, best) > 0
        return self._then(gather.best_of(better), self.event_type)

    def all(self, predicate: Callable[[T_co], object]) -> Stream[bool]:
        """Let through whether the predicate holds for all events: False at once, True at the end.

        ::

            numbers              --1-----2-----|
            all(lambda n: n<2)   --------False|

        Raises:
            TypeError: predicate is not callable, or a coroutine function.
        """
        check.require_function("all", "predicate", predicate)
        return self._then(gather.decide(lambda event: not predicate(event), verdict=False), bool)

    def some(self, predicate: Callable[[T_co], object] | None = None) -> Stream[bool]:
        """Let through whether there is an event (for which the predicate holds): True at once, False at the end.

        ::

            numbers               --1-----2-----|
            some(lambda n: n>1)   --------True|

        Raises:
            TypeError: predicate is not callable, or a coroutine function.
        """
        check.require_optional_function("some", "predicate", predicate)
        return self._then(gather.decide(predicate, verdict=True), bool)

    def contains(self, value: U, comparer: Callable[[T_co, U], object] | None = None) -> Stream[bool]:
        """Let through whether an event equals the value: True at once, False at the end.

        ::

            numbers       --1-----2-----|
            contains(2)   --------True|

        Args:
            value: what is looked for.
            comparer: function that says whether an event equals the value; ``==`` by default.

        Raises:
            TypeError: comparer is not callable, or a coroutine function.
        """
        check.require_optional_function("contains", "comparer", comparer)
        if comparer is None:
            return self._then(gather.decide(lambda event: event == value, verdict=True), bool)
        return self._then(gather.decide(lambda event: comparer(event, value), verdict=True), bool)


def _alone(where: str, *others: object) -> None:
    if any(other is not None for other in others):
        raise _either(where)


def _require_boundaries(where: str, boundaries: object) -> None:
    if isinstance(boundaries, int | float):
        raise TypeError(
            f"{where}({boundaries}) is ambiguous: write {where}(count={boundaries}) or {where}(seconds=...)"
        )
    check.require_observable(where, boundaries)


def _either(where: str) -> TypeError:
    return TypeError(f"{where}() takes either boundaries (an Observable), or count= and seconds=, or one of these")


def _check_size(where: str, count: int | None, skip: int | None, seconds: float | None) -> None:
    if count is None and seconds is None:
        raise _either(where)
    if count is not None:
        check.positive_count(where, "count", count)
    if seconds is not None:
        check.positive_seconds(where, "seconds", seconds)
    if skip is not None:
        check.positive_count(where, "skip", skip)
        if count is None or seconds is not None:
            raise TypeError(f"{where}(skip=...) goes with count= alone")


def _adding(key: Callable[[Any], Any] | None) -> Callable[[Any, Any], Any]:
    if key is None:
        return lambda total, event: total + event
    return lambda total, event: total + key(event)


def _is_less(event: Any, best: Any) -> bool:
    return not (event > best or event == best)


def _is_greater(event: Any, best: Any) -> bool:
    return bool(event > best)
