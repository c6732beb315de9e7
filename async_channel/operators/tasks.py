"""Operators that await: coroutine functions as mappers and predicates, so many at a time."""

from __future__ import annotations

from collections.abc import AsyncIterable, Awaitable, Callable, Hashable
from typing import TYPE_CHECKING, Any, TypeVar

from async_channel import util
from async_channel.operators.base import Operators
from async_channel.policy import OnError, Retry
from async_channel.util import check

if TYPE_CHECKING:
    from async_channel.stream import Stream
    from async_channel.util.crew import Kind

T_co = TypeVar("T_co", covariant=True)
U = TypeVar("U")


class Tasks(Operators[T_co]):
    """Await something for each event. The tasks belong to the consumer, and end with it."""

    def map_async(
        self,
        fn: Callable[[T_co], Awaitable[U]],
        concurrency: int = 1,
        *,
        ordered: bool = True,
        by_key: Callable[[T_co], Hashable] | None = None,
        on_error: OnError | Retry = OnError.STOP,
    ) -> Stream[U]:
        """Replace each event by what a coroutine function makes of it, so many at a time.

        ::

            numbers                            --1-2-3--|
            map_async(slowly, concurrency=2)   -------1-2--3|

        Here ``slowly`` takes 5 seconds for each.

        While as many are in flight, events wait; when about twice as many wait as may be in flight, whoever sends above
        waits too, also for a consumer below that may lose events: what it may lose are results. What comes before the
        end of the stream is finished before that goes on.

        Args:
            fn: coroutine function of an event.
            concurrency: how many events may be in flight, 1 or more.
            ordered: whether results go on in the order of the events; otherwise as they come.
            by_key: function from an event to a key. Of one key, one event is in flight at a time, in order; keys run
                side by side. With ``ordered=False`` no key waits for the results of another; a key that is far busier
                than the rest can still fill the room in which all wait.
            on_error: what happens when the coroutine of an event raises: ``OnError.STOP``, ``OnError.LOG``, or `retry`.

        Raises:
            TypeError, ValueError: an argument is of another type or range.
            NotStarted: at the subscription, when no event loop is running.
        """
        return self._crewed("map", "fn", fn, concurrency=concurrency, ordered=ordered, by_key=by_key, on_error=on_error)

    def filter_async(
        self,
        predicate: Callable[[T_co], Awaitable[object]],
        concurrency: int = 1,
        *,
        ordered: bool = True,
        by_key: Callable[[T_co], Hashable] | None = None,
        on_error: OnError | Retry = OnError.STOP,
    ) -> Stream[T_co]:
        """Let an event through if a coroutine function says so.

        ::

            numbers                               --1-----2-----3------|
            filter_async(is_odd, concurrency=1)   -------1-----------3-|

        Here ``is_odd`` takes 5 seconds for each.

        Args:
            predicate: coroutine function from an event to something true or false.
            concurrency: as that of `map_async`, and so are the others.
            ordered: whether events keep their order; otherwise they go on as they are decided.
            by_key: function from an event to a key, of which one event is in flight at a time.
            on_error: what happens when the coroutine of an event raises: ``OnError.STOP``, ``OnError.LOG``, or `retry`.

        Raises:
            TypeError, ValueError: an argument is of another type or range.
            NotStarted: at the subscription, when no event loop is running.
        """
        return self._crewed(
            "filter", "predicate", predicate, concurrency=concurrency, ordered=ordered, by_key=by_key, on_error=on_error
        )

    def flat_map_async(
        self,
        fn: Callable[[T_co], AsyncIterable[U]],
        concurrency: int = 1,
        *,
        by_key: Callable[[T_co], Hashable] | None = None,
        on_error: OnError | Retry = OnError.STOP,
    ) -> Stream[U]:
        """Let through the items of the asynchronous iterable that is made of each event, so many at a time.

        ::

            numbers                                --1--2--------|
            flat_map_async(twice, concurrency=1)   ----1-1-2-2---|

        Here ``twice`` yields the event twice, and takes 2 seconds for each time. With a concurrency of 1 the items of
        one event come before those of the next; otherwise as they come. An asynchronous generator is closed when it is
        no longer read.

        Args:
            fn: asynchronous generator function of an event, or one that gives an asynchronous iterable.
            concurrency: how many are read at a time, 1 or more.
            by_key: function from an event to a key, of which one event is in flight at a time.
            on_error: what happens when the iterable of an event raises: ``OnError.STOP``, ``OnError.LOG``, or `retry`,
                which makes a new one as long as no item of that event has gone on: none is let through twice.

        Raises:
            TypeError, ValueError: an argument is of another type or range.
            NotStarted: at the subscription, when no event loop is running.
        """
        return self._crewed(
            "flat_map", "fn", fn, concurrency=concurrency, ordered=False, by_key=by_key, on_error=on_error
        )

    def _crewed(
        self,
        kind: Kind,
        name: str,
        work: Callable[[T_co], object],
        *,
        concurrency: int,
        ordered: bool,
        by_key: Callable[[T_co], Hashable] | None,
        on_error: OnError | Retry,
    ) -> Stream[Any]:
        """What the three have in common: the checks, and a crew at work."""
        where = f"{kind}_async"
        check.require_callable(where, name, work)
        check.positive_count(where, "concurrency", concurrency)
        check.require_optional_function(where, "by_key", by_key)
        check.require_on_error(where, on_error)
        crewed = util.crew.Crewed(
            self, kind, work, concurrency=concurrency, ordered=ordered, by_key=by_key, on_error=on_error
        )
        return self._over(crewed, self.event_type if kind == "filter" else None)
