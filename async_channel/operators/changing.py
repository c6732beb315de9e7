"""Operators that make something else of each event, or of the stream's beginning and end."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeVar, TypeVarTuple, overload

from reactivex import Observable, abc
from reactivex.internal.utils import is_future
from reactivex.notification import Notification

from async_channel import util
from async_channel.operators.base import FutureOf, Operators
from async_channel.util import check
from async_channel.util.pipeline import NOTHING
from async_channel.util.stages import change, pure

if TYPE_CHECKING:
    from reactivex.operators._timestamp import Timestamp

    from async_channel.stream import Stream

T_co = TypeVar("T_co", covariant=True)
T = TypeVar("T")
U = TypeVar("U")
Ts = TypeVarTuple("Ts")


class Changing(Operators[T_co]):
    """Change each event, look at it, or put something before and after."""

    def map(self, mapper: Callable[[T_co], U]) -> Stream[U]:
        """Replace each event by what the mapper makes of it.

        ::

            numbers                 --1---2---3---|
            map(lambda n: n * 10)   --10--20--30--|

        Raises:
            TypeError: mapper is not callable, or a coroutine function (`map_async` takes these).
        """
        check.require_function("map", "mapper", mapper)
        return self._then(pure.map_with(mapper))

    @overload
    def starmap(self, mapper: None = None) -> Stream[T_co]: ...

    @overload
    def starmap(self: Changing[tuple[*Ts]], mapper: Callable[[*Ts], U]) -> Stream[U]: ...

    def starmap(self, mapper: Callable[..., Any] | None = None) -> Stream[Any]:
        """Replace each tuple by what the mapper makes of its parts; without a mapper, change nothing.

        ::

            pairs                         --(1,2)--(3,4)--|
            starmap(lambda a, b: a + b)   --3------7------|

        Raises:
            TypeError: mapper is not callable, or a coroutine function.
        """
        if mapper is None:
            return self._over(self, self.event_type)
        check.require_function("starmap", "mapper", mapper)
        return self._then(change.starmap_with(mapper))

    @overload
    def scan(self: Changing[T], accumulator: Callable[[T, T], T]) -> Stream[T]: ...

    @overload
    def scan(self, accumulator: Callable[[U, T_co], U], seed: U) -> Stream[U]: ...

    def scan(self, accumulator: Callable[[Any, Any], Any], seed: Any = NOTHING) -> Stream[Any]:
        """Let through what the accumulator makes of the state so far and each event.

        ::

            numbers                       --1--2--3--|
            scan(lambda a, n: a + n, 0)   --1--3--6--|

        Args:
            accumulator: function from the state and an event to the new state.
            seed: the first state; without it the first event is, and is let through as it is.

        Raises:
            TypeError: accumulator is not callable, or a coroutine function.
        """
        check.require_function("scan", "accumulator", accumulator)
        return self._then(change.scan_with(accumulator, seed))

    def pairwise(self) -> Stream[tuple[T_co, T_co]]:
        """Let through each event with the one before it.

        ::

            numbers      --1--2------3------|
            pairwise()   -----(1,2)--(2,3)--|
        """
        return self._then(change.in_pairs())

    @overload
    def flat_map(self, mapper: Callable[[T_co], Observable[U]] | Observable[U]) -> Stream[U]: ...

    @overload
    def flat_map(self, mapper: Callable[[T_co], FutureOf[U]] | FutureOf[U]) -> Stream[U]: ...

    @overload
    def flat_map(self, mapper: Callable[[T_co], Iterable[U]] | Iterable[U]) -> Stream[U]: ...

    @overload
    def flat_map(self: Changing[Observable[U]], mapper: None = None) -> Stream[U]: ...

    @overload
    def flat_map(self: Changing[Iterable[U]], mapper: None = None) -> Stream[U]: ...

    def flat_map(self, mapper: Any = None) -> Stream[Any]:
        """Let through all that is in what the mapper makes of each event: items of an iterable, events of a stream.

        ::

            numbers                     --1------2------|
            flat_map(lambda n: [n, n])  --1,1----2,2----|

        The events of several streams come as they do. Iterables are the fast case: nothing is subscribed for them.

        Args:
            mapper: function from an event to an iterable, an Observable or a Future; or one of these, for every event.
                Without it the events themselves are such.

        Raises:
            TypeError: mapper is nothing of that, or makes asynchronous iterables (`flat_map_async` takes these).
        """
        if mapper is None:
            return self._then(util.dynamic.flatten(_itself))
        if isinstance(mapper, Observable | Iterable) or is_future(mapper):
            return self._then(util.dynamic.flatten(lambda _: mapper))
        check.require_function("flat_map", "mapper", mapper)
        return self._then(util.dynamic.flatten(mapper))

    @overload
    def do(self, on_next: abc.ObserverBase[T_co]) -> Stream[T_co]: ...

    @overload
    def do(
        self,
        on_next: Callable[[T_co], object] | None = None,
        on_error: Callable[[Exception], object] | None = None,
        on_completed: Callable[[], object] | None = None,
    ) -> Stream[T_co]: ...

    def do(
        self,
        on_next: Any = None,
        on_error: Callable[[Exception], object] | None = None,
        on_completed: Callable[[], object] | None = None,
    ) -> Stream[T_co]:
        """Call functions with each event, the error, the end, before these go on: to log, to count.

        ::

            numbers     --1--2--|
            do(print)   --1--2--|

        Args:
            on_next: function of an event; or an observer, which stands for all three.
            on_error: function of the error. What it raises goes on instead.
            on_completed: function of nothing.

        Raises:
            TypeError: an argument is not callable, or a coroutine function.
        """
        if isinstance(on_next, abc.ObserverBase):
            on_next, on_error, on_completed = on_next.on_next, on_next.on_error, on_next.on_completed
        check.require_optional_function("do", "on_next", on_next)
        check.require_optional_function("do", "on_error", on_error)
        check.require_optional_function("do", "on_completed", on_completed)
        above: Operators[T_co] = self
        if on_error is not None:  # it sees what comes from above, and not what the other two raise
            above = self._over(util.boundary.Fenced(self, util.boundary.look_at_error(on_error)))
        return above._then(change.look_at(on_next, on_completed), self.event_type)

    def start_with(self, *events: U) -> Stream[T_co | U]:
        """Let these events through first.

        ::

            numbers         ---1--2--|
            start_with(0)   0--1--2--|

        They come as the subscription is made, before the source is subscribed.
        """
        return self._then(change.begin_with(events))

    @overload
    def default_if_empty(self, default_value: None = None) -> Stream[T_co | None]: ...

    @overload
    def default_if_empty(self, default_value: U) -> Stream[T_co | U]: ...

    def default_if_empty(self, default_value: object = None) -> Stream[object]:
        """Let a default through if the source completes without an event.

        ::

            nothing               -----|
            default_if_empty(0)   -----0|
        """
        return self._then(change.or_else(default_value))

    def materialize(self) -> Stream[Notification[T_co]]:
        """Make events of the error and of the end too: ``OnNext(1)``, ``OnError(error)``, ``OnCompleted()``.

        ::

            numbers                               --1--2--|
            materialize().map(lambda n: n.kind)   --N--N--C|

        Their kinds are ``N``, ``E`` and ``C``. Then the stream completes. reactivex's
        ``dematerialize`` is the way back.
        """
        return self._over(util.boundary.Fenced(self, util.boundary.as_notifications))

    def timestamp(self, scheduler: abc.SchedulerBase | None = None) -> Stream[Timestamp[T_co]]:
        """Let through each event with the date and time of its coming, on the loop's clock.

        >>> import asyncio, math
        >>> from async_channel import Channel, Consumer, clock
        >>> async def main() -> None:
        ...     numbers: Channel[int] = Channel("Numbers")
        ...     async with Consumer(numbers.timestamp()) as consumer:
        ...         await numbers.send(1)
        ...         print((await consumer.get()).timestamp)
        >>> clock.run(main(), speed=math.inf, start=60.0)
        1970-01-01 00:01:00+00:00

        Args:
            scheduler: another clock, as in Rx; not needed.
        """
        if scheduler is not None:
            return self._over(Observable.timestamp(self, scheduler))
        return self._then(change.with_time())


def _itself(event: Any) -> Any:
    return event
