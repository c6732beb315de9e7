"""Stream: an Observable whose daily operators are precisely typed and fused into one call per stage.

Each operator returns a `Stream` again. A chain of them is one subscription with one guard, however long it is; all other
operators of reactivex work as well and give an Observable, which `from_observable` makes a Stream again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, overload

import reactivex
from reactivex import Observable, abc
from reactivex.disposable import CompositeDisposable
from typing_extensions import TypeVarTuple, Unpack

from async_channel.util import stages, timed
from async_channel.util.check import positive_count, positive_seconds, require_callable, whole_count
from async_channel.util.pipeline import Pipeline, Sink, Stage, sink_of

T_co = TypeVar("T_co", covariant=True)
T = TypeVar("T")
U = TypeVar("U")
K = TypeVar("K")
Ts = TypeVarTuple("Ts")


class Stream(Observable[T_co]):
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

    def __init__(self, source: Observable[Any] | None = None, fused: tuple[Stage, ...] = ()) -> None:
        super().__init__()
        self._source: Observable[Any] = self if source is None else source
        self._stages = fused

    # ---- subscribing

    def _subscribe_core(
        self, observer: abc.ObserverBase[T_co], scheduler: abc.SchedulerBase | None = None
    ) -> abc.DisposableBase:
        return self._attach(sink_of(observer), scheduler)

    def _attach(self, sink: Sink, scheduler: abc.SchedulerBase | None) -> abc.DisposableBase:
        """Subscribe a sink: the short way in, with no observer object between the source and the stages."""
        pipeline = Pipeline(sink, self._stages, scheduler)
        source = self._source
        if isinstance(source, Stream):
            ours = Sink(pipeline.next, pipeline.error, pipeline.completed, pipeline.failed)
            return pipeline.connect(source._attach(ours, scheduler))
        return pipeline.connect(
            source.subscribe(pipeline.guarded_next, pipeline.error, pipeline.completed, scheduler=scheduler)
        )

    def _then(self, stage: Stage) -> Stream[Any]:
        """This stream with one more stage."""
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
        require_callable("filter", "predicate", predicate)
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
        whole_count("take", "count", count)
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
        require_callable("take_while", "predicate", predicate)
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
        whole_count("skip", "count", count)
        return self._then(stages.skip_first(count))

    def skip_while(self, predicate: Callable[[T_co], bool]) -> Stream[T_co]:
        """Hold events back while the predicate holds; from the first for which it does not, let all through.

        ::

            numbers                     --1--2--3--1--|
            skip_while(lambda n: n<3)   --------3--1--|

        Raises:
            TypeError: predicate is not callable.
        """
        require_callable("skip_while", "predicate", predicate)
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
        if key_mapper is not None:
            require_callable("distinct_until_changed", "key_mapper", key_mapper)
        if comparer is not None:
            require_callable("distinct_until_changed", "comparer", comparer)
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
        require_callable("map", "mapper", mapper)
        return self._then(stages.map_with(mapper))

    def starmap(self: Stream[tuple[Unpack[Ts]]], mapper: Callable[[Unpack[Ts]], U]) -> Stream[U]:  # type: ignore[override]  # reactivex also takes no mapper, which does nothing
        """Replace each tuple by what the mapper makes of its parts.

        ::

            pairs                         --(1,2)--(3,4)--|
            starmap(lambda a, b: a + b)   --3------7------|

        Raises:
            TypeError: mapper is not callable.
        """
        require_callable("starmap", "mapper", mapper)
        return self._then(stages.starmap_with(mapper))

    @overload
    def scan(self: Stream[T], accumulator: Callable[[T, T], T]) -> Stream[T]: ...

    @overload
    def scan(self, accumulator: Callable[[U, T_co], U], seed: U) -> Stream[U]: ...

    def scan(self, accumulator: Callable[[Any, Any], Any], *seed: Any, **named: Any) -> Stream[Any]:
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
        require_callable("scan", "accumulator", accumulator)
        if unknown := named.keys() - {"seed"}:
            raise TypeError(f"scan() has no argument {sorted(unknown)[0]!r}")
        given = (*seed, *named.values())
        if len(given) > 1:
            raise TypeError("scan() takes an accumulator and at most one seed")
        return self._then(stages.scan_with(accumulator, *given))

    def pairwise(self) -> Stream[tuple[T_co, T_co]]:
        """Let through each event together with the one before it.

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

        With ``count`` a shorter list is the last. With ``seconds`` there is one list every so many seconds, an empty one
        if nothing came, and one at the end. With both a list goes when it is full or its time is over.

        Args:
            boundaries: an Observable; a list goes at each of its events.
            count: the most events in a list, 1 or more.
            seconds: the longest time a list covers, above 0, on the loop's clock.

        Raises:
            TypeError, ValueError: an argument is of another type or range, or there is none, or boundaries and another.
        """
        if boundaries is not None:
            if count is not None or seconds is not None:
                raise TypeError("buffer() takes boundaries, or count and seconds, not both")
            if not isinstance(boundaries, abc.ObservableBase):
                raise TypeError(f"buffer(boundaries) takes an Observable, got {boundaries!r}; by number it is buffer(count=...)")
            return from_observable(super().buffer(boundaries))
        if count is None and seconds is None:
            raise TypeError("buffer() needs count=, seconds= or boundaries")
        if count is not None:
            positive_count("buffer", "count", count)
        if seconds is not None:
            positive_seconds("buffer", "seconds", seconds)
        if seconds is None:
            assert count is not None
            return self._then(stages.buffer_by_count(count))
        if count is None:
            return self._then(timed.buffer_by_time(seconds))
        return self._then(timed.buffer_by_time_or_count(seconds, count))

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
        positive_seconds("throttle", "seconds", seconds)
        return self._then(timed.throttle_first(seconds))

    def debounce(self, seconds: float) -> Stream[T_co]:  # type: ignore[override]  # the clock is the loop's, not an argument
        """Let an event through once none has followed it for some seconds.

        ::

            numbers         --1-2-3-------4-----|
            debounce(1.0)   ---------3-------4--|

        Args:
            seconds: above 0, on the loop's clock.

        Raises:
            TypeError, ValueError: seconds is not a number, or not above 0.
        """
        positive_seconds("debounce", "seconds", seconds)
        return self._then(timed.debounce_by(seconds))

    def sample(self, seconds: float | Observable[Any]) -> Stream[T_co]:  # type: ignore[override]  # as above
        """Every so many seconds, let the newest event through if there is a new one.

        ::

            numbers       --1-2-3-------4-----|
            sample(1.0)   ----2----3----4-----|

        Args:
            seconds: above 0, on the loop's clock; or an Observable, at each of whose events it happens.

        Raises:
            TypeError, ValueError: seconds is not a number, or not above 0.
        """
        if isinstance(seconds, Observable):
            return from_observable(super().sample(seconds))
        positive_seconds("sample", "seconds", seconds)
        return self._then(timed.sample_every(seconds))

    # ---- several streams, and other operators

    def merge(self, *sources: Observable[U]) -> Stream[T_co | U]:  # type: ignore[override]  # wider: of any types
        """Let the events of all these streams through as they come; complete when all have.

        ::

            numbers          --1-----2----|
            letters          ----a-----b--|
            numbers.merge(letters)
                             --1-a---2-b--|

        Raises:
            TypeError: a source is no Observable.
        """
        for source in sources:
            _require_observable("merge", source)
        return _Merged((self, *sources))

    def via(self, operator: Callable[[Observable[T_co]], Observable[U]]) -> Stream[U]:
        """Go on through any reactivex operator, or one of your own: ``stream.via(ops.delay(1.0))``.

        Args:
            operator: function from an Observable to an Observable.

        Raises:
            TypeError: operator is not callable, or does not give an Observable.
        """
        require_callable("via", "operator", operator)
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
    _require_observable("from_observable", observable)
    return Stream(observable)


def _require_observable(where: str, value: object) -> None:
    if not isinstance(value, Observable):
        raise TypeError(f"{where}() takes an Observable (a Channel, a Stream, or reactivex's own), got {value!r}")


class _Merged(Stream[Any]):
    """The common source of a merge: it attaches its sink to each of its sources, with nothing between."""

    def __init__(self, sources: tuple[Observable[Any], ...]) -> None:
        super().__init__()
        self._sources = sources

    def _attach(self, sink: Sink, scheduler: abc.SchedulerBase | None) -> abc.DisposableBase:
        running = len(self._sources)

        def completed() -> None:
            nonlocal running
            running -= 1
            if running == 0:
                sink.completed()

        subscriptions = CompositeDisposable()
        for source in self._sources:
            shared = Sink(sink.next, sink.error, completed, sink.failed)
            subscriptions.add(from_observable(source)._attach(shared, scheduler))
        return subscriptions
