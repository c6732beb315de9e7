"""Operators over several streams. Backpressure reaches the roots of all of them."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING, Any, TypeVar, cast, overload

from reactivex import Observable

from async_channel import util
from async_channel.operators.base import FutureOf, Operators
from async_channel.util import check

if TYPE_CHECKING:
    from async_channel.stream import Stream

T_co = TypeVar("T_co", covariant=True)
U = TypeVar("U")
A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")
D = TypeVar("D")


class Combining(Operators[T_co]):
    """Put streams side by side, one after another, or together by order, time or key."""

    @overload
    def merge(self, a: Observable[A], /) -> Stream[T_co | A]: ...

    @overload
    def merge(self, a: Observable[A], b: Observable[B], /) -> Stream[T_co | A | B]: ...

    @overload
    def merge(self, a: Observable[A], b: Observable[B], c: Observable[C], /) -> Stream[T_co | A | B | C]: ...

    @overload
    def merge(
        self, a: Observable[A], b: Observable[B], c: Observable[C], d: Observable[D], /
    ) -> Stream[T_co | A | B | C | D]: ...

    @overload
    def merge(
        self,
        a: Observable[A],
        b: Observable[A],
        c: Observable[A],
        d: Observable[A],
        e: Observable[A],
        /,
        *sources: Observable[A],
        max_concurrent: None = None,
    ) -> Stream[T_co | A]: ...

    @overload
    def merge(self: Combining[Observable[A]], *, max_concurrent: int) -> Stream[A]: ...

    def merge(self, *sources: Observable[Any], max_concurrent: int | None = None) -> Stream[Any]:
        """Let the events of all these streams through as they come; complete when all have.

        ::

            numbers   --1-----2----|
            letters   ----a-----b--|
            numbers.merge(letters)
                      --1-a---2-b--|

        Args:
            sources: any Observables.
            max_concurrent: for a stream of streams, as in Rx: how many of them are subscribed at once.

        Raises:
            TypeError: a source is no Observable.
        """
        if max_concurrent is not None:
            streams = cast("Observable[Observable[Any]]", self)
            most = check.positive_count("merge", "max_concurrent", max_concurrent)
            return self._over(Observable.merge(streams, max_concurrent=most))
        return self._over(util.combine.Merged(self._with("merge", sources)))

    @overload
    def concat(self, a: Observable[A], /) -> Stream[T_co | A]: ...

    @overload
    def concat(self, a: Observable[A], b: Observable[B], /) -> Stream[T_co | A | B]: ...

    @overload
    def concat(self, a: Observable[A], b: Observable[B], c: Observable[C], /) -> Stream[T_co | A | B | C]: ...

    @overload
    def concat(
        self, a: Observable[A], b: Observable[B], c: Observable[C], d: Observable[D], /
    ) -> Stream[T_co | A | B | C | D]: ...

    @overload
    def concat(
        self,
        a: Observable[A],
        b: Observable[A],
        c: Observable[A],
        d: Observable[A],
        e: Observable[A],
        /,
        *sources: Observable[A],
    ) -> Stream[T_co | A]: ...

    def concat(self, *sources: Observable[Any]) -> Stream[Any]:
        """Let the events of this stream through, then, when it has completed, those of the next.

        ::

            numbers   --1--2--|
            letters   ----a------b--|
            numbers.concat(letters)
                      --1--2-----b--|

        A channel among the others is hot: what is sent while it is not yet its turn is not for this stream, unless a
        consumer reads it that is the channel's first.

        Raises:
            TypeError: a source is no Observable.
        """
        return self._over(util.combine.Concatenated(self._with("concat", sources)))

    @overload
    def zip(self, a: Observable[A], /) -> Stream[tuple[T_co, A]]: ...

    @overload
    def zip(self, a: Observable[A], b: Observable[B], /) -> Stream[tuple[T_co, A, B]]: ...

    @overload
    def zip(self, a: Observable[A], b: Observable[B], c: Observable[C], /) -> Stream[tuple[T_co, A, B, C]]: ...

    @overload
    def zip(
        self, a: Observable[A], b: Observable[B], c: Observable[C], d: Observable[D], /
    ) -> Stream[tuple[T_co, A, B, C, D]]: ...

    @overload
    def zip(self, *sources: Observable[A]) -> Stream[tuple[T_co | A, ...]]: ...

    def zip(self, *sources: Observable[Any]) -> Stream[Any]:
        """Pair the first event of each stream, the second of each, and so on.

        ::

            numbers   --1--2--------3------|
            letters   ------a--------b--------|
            numbers.zip(letters)
                      ------(1,'a')--(2,'b')--|

        It completes when a stream has completed whose events are used up. What one stream is ahead is kept until the
        others follow.

        Raises:
            TypeError: a source is no Observable.
        """
        return self._over(util.combine.Zipped(self._with("zip", sources)))

    @overload
    def combine_latest(self, a: Observable[A], /) -> Stream[tuple[T_co, A]]: ...

    @overload
    def combine_latest(self, a: Observable[A], b: Observable[B], /) -> Stream[tuple[T_co, A, B]]: ...

    @overload
    def combine_latest(
        self, a: Observable[A], b: Observable[B], c: Observable[C], /
    ) -> Stream[tuple[T_co, A, B, C]]: ...

    @overload
    def combine_latest(
        self, a: Observable[A], b: Observable[B], c: Observable[C], d: Observable[D], /
    ) -> Stream[tuple[T_co, A, B, C, D]]: ...

    @overload
    def combine_latest(self, *sources: Observable[A]) -> Stream[tuple[T_co | A, ...]]: ...

    def combine_latest(self, *sources: Observable[Any]) -> Stream[Any]:
        """With each event of any stream, the newest of all of them, once each has had one; complete when all have.

        ::

            numbers   --1-----------2-----|
            letters   -----a-----------------b--------|
            numbers.combine_latest(letters)
                      -----(1,'a')--(2,'a')--(2,'b')--|

        Raises:
            TypeError: a source is no Observable.
        """
        return self._over(util.combine.Latest(self._with("combine_latest", sources)))

    @overload
    def with_latest_from(self, a: Observable[A], /) -> Stream[tuple[T_co, A]]: ...

    @overload
    def with_latest_from(self, a: Observable[A], b: Observable[B], /) -> Stream[tuple[T_co, A, B]]: ...

    @overload
    def with_latest_from(
        self, a: Observable[A], b: Observable[B], c: Observable[C], /
    ) -> Stream[tuple[T_co, A, B, C]]: ...

    @overload
    def with_latest_from(
        self, a: Observable[A], b: Observable[B], c: Observable[C], d: Observable[D], /
    ) -> Stream[tuple[T_co, A, B, C, D]]: ...

    @overload
    def with_latest_from(self, *sources: Observable[A]) -> Stream[tuple[T_co | A, ...]]: ...

    def with_latest_from(self, *sources: Observable[Any]) -> Stream[Any]:
        """With each event of this stream, the newest of the others, once each of these has had one.

        ::

            numbers   --1-----2--------3--------|
            letters   ----a-------b--|
            numbers.with_latest_from(letters)
                      --------(2,'a')--(3,'b')--|

        Raises:
            TypeError: a source is no Observable.
        """
        first, *others = self._with("with_latest_from", sources)
        return self._over(util.combine.WithLatest((*others, first)))

    def switch_map(self, project: Callable[[T_co], Observable[U] | FutureOf[U]]) -> Stream[U]:
        """Follow the stream that is made of the newest event, and let go of the one before.

        ::

            numbers   --1----2--------|
            switch_map(lambda n: interval(2).take(3).map(lambda i: n))
                      ----1-1--2-2-2--|

        Args:
            project: function from an event to an Observable or a Future.

        Raises:
            TypeError: project is not callable, or a coroutine function.
        """
        check.require_function("switch_map", "project", project)
        return self._then(util.dynamic.follow(project))

    def switch_latest(self: Combining[Observable[U] | FutureOf[U]]) -> Stream[U]:
        """Of a stream of streams, follow the newest, and let go of the one before: `switch_map` with nothing to map.

        ::

            numbers   --1----2--------|
            map(lambda n: interval(2).take(3).map(lambda i: n)).switch_latest()
                      ----1-1--2-2-2--|
        """
        return self._then(util.dynamic.follow(lambda stream: stream))

    switch = switch_latest
    """The short name of `switch_latest`."""

    @overload
    def join(
        self, right: Observable[U], *, on: Callable[[T_co | U], Hashable], within: float
    ) -> Stream[tuple[T_co, U]]: ...

    @overload
    def join(
        self,
        right: Observable[U],
        *,
        on: tuple[Callable[[T_co], Hashable], Callable[[U], Hashable]],
        within: float,
    ) -> Stream[tuple[T_co, U]]: ...

    @overload
    def join(
        self,
        right: Observable[U],
        left_duration_mapper: Callable[[T_co], Observable[Any]],
        right_duration_mapper: Callable[[U], Observable[Any]],
    ) -> Stream[tuple[T_co, U]]: ...

    def join(
        self,
        right: Observable[Any],
        left_duration_mapper: Callable[[Any], Observable[Any]] | None = None,
        right_duration_mapper: Callable[[Any], Observable[Any]] | None = None,
        *,
        on: Any = None,
        within: float | None = None,
    ) -> Stream[Any]:
        """Pair the events of two streams that have the same key and come within a time of each other.

        ::

            numbers   --1--------2-----3--------|
            others    ----11--------12------13-----|
            numbers.join(others, on=lambda n: n % 10, within=4)
                      ----(1,11)----(2,12)------|

        Each event pairs with every one of the other side that came at most so many seconds before it. What can pair no
        more is let go: memory is what came within the time. It completes when neither side can bring a pair any more.
        The idea is the interval join of stream processors.

        Args:
            right: the other stream.
            on: function from an event of either stream to its key; or two functions, one for each.
            within: seconds above 0, on the loop's clock.
            left_duration_mapper: Rx's own form: function from an event to an Observable, until whose first event or end
                it pairs with any that come on the other side.
            right_duration_mapper: the same for the other stream.

        Raises:
            TypeError, ValueError: an argument is of another type or range, or the two forms are mixed.
        """
        check.require_observable("join", right)
        if on is None and within is None:
            check.require_function("join", "left_duration_mapper", left_duration_mapper)
            check.require_function("join", "right_duration_mapper", right_duration_mapper)
            assert left_duration_mapper is not None
            assert right_duration_mapper is not None
            return self._over(Observable.join(self, right, left_duration_mapper, right_duration_mapper))
        if left_duration_mapper is not None or right_duration_mapper is not None:
            raise TypeError("join() takes on= and within=, or two duration mappers, not both")
        if on is None or within is None:
            raise TypeError("join() takes both on= (the key of an event) and within= (seconds)")
        keys: tuple[Any, Any] = on if isinstance(on, tuple) and len(on) == 2 else (on, on)
        for key in keys:
            check.require_function("join", "on", key)
        return self._over(util.joined.Joined(self, right, keys, check.positive_seconds("join", "within", within)))

    def via(self, operator: Callable[[Observable[T_co]], Observable[U]]) -> Stream[U]:
        """Go on through any reactivex operator, or one of your own: ``stream.via(ops.delay(1.0))``.

        ::

            numbers                                    --5--6--7--|
            via(ops.map_indexed(lambda n, i: n * i))   --0--6--14-|

        Args:
            operator: function from an Observable to an Observable.

        Raises:
            TypeError: operator is not callable, or does not give an Observable.
        """
        check.require_function("via", "operator", operator)
        result = operator(self._over(self))
        check.require_observable("via", result)
        return self._over(result)

    def _with(self, where: str, sources: tuple[Any, ...]) -> tuple[Observable[Any], ...]:
        for source in sources:
            if isinstance(source, list | tuple):
                raise TypeError(f"{where}() takes streams one by one, got {source!r}: unpack it, {where}(*streams)")
            check.require_observable(where, source)
        return (self, *sources)
