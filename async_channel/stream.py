"""Stream: an Observable whose daily operators are precisely typed and fused into one call per stage.

Each operator returns a `Stream` again. A chain of them is one subscription with one guard, however long it is; all
other operators of reactivex work as well and give an Observable, which `from_observable` makes a Stream again.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar, TypeVarTuple, overload

import reactivex
from reactivex import Observable, abc

from async_channel.util import check, stages, timed
from async_channel.util.fused import Fused, Merged
from async_channel.util.pipeline import Stage

T_co = TypeVar("T_co", covariant=True)
T = TypeVar("T")
U = TypeVar("U")
K = TypeVar("K")
Ts = TypeVarTuple("Ts")


class Stream(Fused[T_co]):
    """A typed stream of events: a source and the fused stages on top of it.

    A Stream does nothing until it is subscribed or consumed, and then does it anew for each subscriber. What a stage
    raises ends that subscription with the error, as in Rx.

    >>> from async_channel import Channel
    >>> numbers: Channel[int] = Channel("Numbers")
    >>> subscription = numbers.filter(lambda n: n % 2 == 1).map(lambda n: n * 10).subscribe(print)
    >>> for n in range(4):
    ...     numbers.send_nowait(n)
    10
    30
    """

    def _then(self, stage: Stage) -> Stream[Any]:
        return Stream(self._source, (*self._stages, stage))

    # ---- choosing events

    def filter(self, predicate: Callable[[T_co], object]) -> Stream[T_co]:
        """Let an event through if the predicate holds.

        ::

            numbers                 --1--2--3--4--|
            filter(lambda n: n>2)   --------3--4--|

        Args:
            predicate: function from an event to something true or false.

        Raises:
            TypeError: predicate is not callable.
        """
        check.require_callable("filter", "predicate", predicate)
        return self._then(stages.keep_if(predicate))

    def of_type(self, cls: type[U]) -> Stream[U]:
        """Let the events of one class through, and know it: from ``Stream[Tick | Order]`` to ``Stream[Tick]``.

        ::

            events        --tick--order--tick--|
            of_type(Tick) --tick---------tick--|

        Raises:
            TypeError: cls is not a class.
        """
        if not isinstance(cls, type):
            raise TypeError(f"of_type() takes a class, got {cls!r}")
        return self._then(stages.keep_if(lambda event: isinstance(event, cls)))

    def take(self, count: int) -> Stream[T_co]:
        """Let the first events through, then complete.

        ::

            numbers   --1--2--3--4--|
            take(2)   --1--2|

        Args:
            count: number of events, 0 or more.

        Raises:
            TypeError, ValueError: count is not an int, or negative.
        """
        check.whole_count("take", "count", count)
        return self._then(stages.take_first(count)) if count else Stream(reactivex.empty())

    def take_while(self, predicate: Callable[[T_co], bool], inclusive: bool = False) -> Stream[T_co]:
        """Let events through while the predicate holds, then complete.

        ::

            numbers                     --1--2--3--1--|
            take_while(lambda n: n<3)   --1--2--|

        Args:
            predicate: function from an event to something true or false.
            inclusive: whether the first event for which it does not hold is let through as well.

        Raises:
            TypeError: predicate is not callable.
        """
        check.require_callable("take_while", "predicate", predicate)
        return self._then(stages.take_while_true(predicate, inclusive))

    def skip(self, count: int) -> Stream[T_co]:
        """Hold the first events back.

        ::

            numbers   --1--2--3--4--|
            skip(2)   --------3--4--|

        Args:
            count: number of events, 0 or more.

        Raises:
            TypeError, ValueError: count is not an int, or negative.
        """
        check.whole_count("skip", "count", count)
        return self._then(stages.skip_first(count))

    def skip_while(self, predicate: Callable[[T_co], bool]) -> Stream[T_co]:
        """Hold events back while the predicate holds; from the first for which it does not, let all through.

        ::

            numbers                     --1--2--3--1--|
            skip_while(lambda n: n<3)   --------3--1--|

        Raises:
            TypeError: predicate is not callable.
        """
        check.require_callable("skip_while", "predicate", predicate)
        return self._then(stages.skip_while_true(predicate))

    def distinct_until_changed(
        self,
        key_mapper: Callable[[T_co], K] | None = None,
        comparer: Callable[[K, K], bool] | None = None,
    ) -> Stream[T_co]:
        """Hold an event back if it equals the one before.

        ::

            numbers                    --1--1--2--1--|
            distinct_until_changed()   --1-----2--1--|

        Args:
            key_mapper: function from an event to what is compared; the event itself by default.
            comparer: function that says whether two keys are equal; ``==`` by default.

        Raises:
            TypeError: an argument is not callable.
        """
        check.require_optional_callable("distinct_until_changed", "key_mapper", key_mapper)
        check.require_optional_callable("distinct_until_changed", "comparer", comparer)
        return self._then(stages.skip_repeated(key_mapper, comparer))

    # ---- changing events

    def map(self, mapper: Callable[[T_co], U]) -> Stream[U]:
        """Replace each event by what the mapper makes of it.

        ::

            numbers                 --1---2---3---|
            map(lambda n: n * 10)   --10--20--30--|

        Raises:
            TypeError: mapper is not callable.
        """
        check.require_callable("map", "mapper", mapper)
        return self._then(stages.map_with(mapper))

    @overload
    def starmap(self, mapper: None = None) -> Stream[T_co]: ...

    @overload
    def starmap(self: Stream[tuple[*Ts]], mapper: Callable[[*Ts], U]) -> Stream[U]: ...

    def starmap(self, mapper: Callable[..., Any] | None = None) -> Stream[Any]:
        """Replace each tuple by what the mapper makes of its parts; without a mapper, change nothing.

        ::

            pairs                         --(1,2)--(3,4)--|
            starmap(lambda a, b: a + b)   --3------7------|

        Raises:
            TypeError: mapper is not callable.
        """
        if mapper is None:
            return self
        check.require_callable("starmap", "mapper", mapper)
        return self._then(stages.starmap_with(mapper))

    @overload
    def scan(self: Stream[T], accumulator: Callable[[T, T], T]) -> Stream[T]: ...

    @overload
    def scan(self, accumulator: Callable[[U, T_co], U], seed: U) -> Stream[U]: ...

    def scan(self, accumulator: Callable[[Any, Any], Any], seed: Any = stages.NOTHING) -> Stream[Any]:
        """Let through what the accumulator makes of the state so far and each event.

        ::

            numbers                       --1--2--3--|
            scan(lambda a, n: a + n, 0)   --1--3--6--|

        Args:
            accumulator: function from the state and an event to the new state.
            seed: the first state; without it the first event is, and is let through as it is.

        Raises:
            TypeError: accumulator is not callable.
        """
        check.require_callable("scan", "accumulator", accumulator)
        return self._then(stages.scan_with(accumulator, seed))

    def pairwise(self) -> Stream[tuple[T_co, T_co]]:
        """Let through each event with the one before it.

        ::

            numbers      --1--2------3------|
            pairwise()   -----(1,2)--(2,3)--|
        """
        return self._then(stages.in_pairs())

    @overload
    def buffer(self, boundaries: Observable[Any]) -> Stream[list[T_co]]: ...

    @overload
    def buffer(self, *, count: int, seconds: float | None = None) -> Stream[list[T_co]]: ...

    @overload
    def buffer(self, *, seconds: float) -> Stream[list[T_co]]: ...

    def buffer(
        self, boundaries: Observable[Any] | None = None, *, count: int | None = None, seconds: float | None = None
    ) -> Stream[list[T_co]]:
        """Gather events into lists, by number, by time, by both, or as another stream says.

        ::

            numbers           --1--2--3--4--5|
            buffer(count=2)   -----[1,2]-[3,4]-[5]|

        With ``count`` a shorter list is the last. With ``seconds`` there is one list every so many seconds, an empty
        one if nothing came, and one at the end. With both a list goes when it is full or its time is over.

        Args:
            boundaries: an Observable; a list goes at each of its events.
            count: the most events in a list, 1 or more.
            seconds: the longest time a list covers, above 0, on the loop's clock.

        Raises:
            TypeError, ValueError: an argument is of another type or range, or there is none, or boundaries and another.
        """
        if (boundaries is None) == (count is None and seconds is None):
            raise TypeError("buffer() takes either boundaries (an Observable), or count= and seconds=, or one of these")
        if boundaries is not None:
            check.require_observable("buffer", boundaries)
            return from_observable(super().buffer(boundaries))
        if count is not None:
            check.positive_count("buffer", "count", count)
        if seconds is not None:
            check.positive_seconds("buffer", "seconds", seconds)
        return self._then(timed.buffer_by(count, seconds))

    # ---- time

    def throttle(self, seconds: float) -> Stream[T_co]:
        """Let an event through, then none for some seconds (Rx's throttle_first).

        ::

            numbers         --1-2-3-----4-5--|
            throttle(1.0)   --1---------4----|

        Args:
            seconds: above 0, on the loop's clock.

        Raises:
            TypeError, ValueError: seconds is not a number, or not above 0.
        """
        check.positive_seconds("throttle", "seconds", seconds)
        return self._then(timed.throttle_first(seconds))

    def debounce(self, duetime: float | timedelta, scheduler: abc.SchedulerBase | None = None) -> Stream[T_co]:
        """Let an event through once none has followed it for some seconds.

        ::

            numbers         --1-2-3-------4-----|
            debounce(1.0)   ---------3-------4--|

        Args:
            duetime: seconds above 0, or a timedelta, on the loop's clock.
            scheduler: another clock, as in Rx; not needed.

        Raises:
            TypeError, ValueError: duetime is not a number, or not above 0.
        """
        seconds = check.seconds_of(duetime)
        check.positive_seconds("debounce", "duetime", seconds)
        if scheduler is not None:
            return from_observable(super().debounce(seconds, scheduler))
        return self._then(timed.debounce_by(seconds))

    def sample(
        self, sampler: float | timedelta | Observable[Any], scheduler: abc.SchedulerBase | None = None
    ) -> Stream[T_co]:
        """Every so many seconds, let the newest event through if there is a new one.

        ::

            numbers       --1-2-3-------4-----|
            sample(1.0)   ----2----3----4-----|

        Args:
            sampler: seconds above 0, or a timedelta, on the loop's clock; or an Observable, at each of whose events it
                happens.
            scheduler: another clock, as in Rx; not needed.

        Raises:
            TypeError, ValueError: sampler is not a number, or not above 0.
        """
        if isinstance(sampler, Observable):
            return from_observable(super().sample(sampler))
        seconds = check.seconds_of(sampler)
        check.positive_seconds("sample", "sampler", seconds)
        if scheduler is not None:
            return from_observable(super().sample(seconds, scheduler))
        return self._then(timed.sample_every(seconds))

    # ---- several streams, and other operators

    def merge(self, *sources: Observable[U], max_concurrent: int | None = None) -> Stream[T_co | U]:
        """Let the events of all these streams through as they come; complete when all have.

        ::

            numbers          --1-----2----|
            letters          ----a-----b--|
            numbers.merge(letters)
                             --1-a---2-b--|

        Args:
            sources: any Observables.
            max_concurrent: for a stream of streams, as in Rx: how many of them are subscribed at once.

        Raises:
            TypeError: a source is no Observable.
        """
        if max_concurrent is not None:
            inner: Observable[Any] = self
            return from_observable(Observable.merge(inner, *sources, max_concurrent=max_concurrent))
        for source in sources:
            check.require_observable("merge", source)
        return Stream(Merged((self, *sources)))

    def via(self, operator: Callable[[Observable[T_co]], Observable[U]]) -> Stream[U]:
        """Go on through any reactivex operator, or one of your own: ``stream.via(ops.delay(1.0))``.

        Args:
            operator: function from an Observable to an Observable.

        Raises:
            TypeError: operator is not callable, or does not give an Observable.
        """
        check.require_callable("via", "operator", operator)
        return from_observable(operator(self))


def from_observable(observable: Observable[T]) -> Stream[T]:
    """Make any Observable a Stream: typed, and fused from there on.

    >>> import reactivex
    >>> from_observable(reactivex.of(1, 2, 3)).map(lambda n: n * n).pairwise().subscribe(print).dispose()
    (1, 4)
    (4, 9)

    Raises:
        TypeError: it is no Observable.
    """
    if isinstance(observable, Stream):
        return observable
    check.require_observable("from_observable", observable)
    return Stream(observable)
