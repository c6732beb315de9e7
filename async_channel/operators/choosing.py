"""Operators that let some events through."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar, overload

import reactivex

from async_channel.operators.base import Operators
from async_channel.util import check
from async_channel.util.stages import choose, pure

if TYPE_CHECKING:
    from async_channel.stream import Stream

T_co = TypeVar("T_co", covariant=True)
U = TypeVar("U")
K = TypeVar("K")


class Choosing(Operators[T_co]):
    """Choose events by what they are, by where they stand, by what came before."""

    def filter(self, predicate: Callable[[T_co], object]) -> Stream[T_co]:
        """Let an event through if the predicate holds.

        ::

            numbers                 --1--2--3--4--|
            filter(lambda n: n>2)   --------3--4--|

        Args:
            predicate: function from an event to something true or false.

        Raises:
            TypeError: predicate is not callable, or a coroutine function (`filter_async` takes these).
        """
        check.require_function("filter", "predicate", predicate)
        return self._then(pure.keep_if(predicate), self.event_type)

    def of_type(self, cls: type[U]) -> Stream[U]:
        """Let the events of one class through, and know it: from ``Stream[Tick | Order]`` to ``Stream[Tick]``.

        ::

            values         --1--a--2--b--|
            of_type(int)   --1-----2-----|

        Raises:
            TypeError: cls is not a class.
        """
        if not isinstance(cls, type):
            raise TypeError(f"of_type() takes a class, got {cls!r}")
        return self._then(pure.keep_if(lambda event: isinstance(event, cls)), cls)

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
        if not count:
            return self._over(reactivex.empty(), self.event_type)
        return self._then(choose.take_first(count), self.event_type)

    def take_while(self, predicate: Callable[[T_co], object], inclusive: bool = False) -> Stream[T_co]:
        """Let events through while the predicate holds, then complete.

        ::

            numbers                     --1--2--3--1--|
            take_while(lambda n: n<3)   --1--2--|

        Args:
            predicate: function from an event to something true or false.
            inclusive: whether the first event for which it does not hold is let through as well.

        Raises:
            TypeError: predicate is not callable, or a coroutine function.
        """
        check.require_function("take_while", "predicate", predicate)
        return self._then(choose.take_while_true(predicate, inclusive), self.event_type)

    def take_last(self, count: int) -> Stream[T_co]:
        """Let the last events through, when the source completes.

        ::

            numbers        --1--2--3--|
            take_last(2)   -----------2,3|

        Args:
            count: number of events, 0 or more.

        Raises:
            TypeError, ValueError: count is not an int, or negative.
        """
        check.whole_count("take_last", "count", count)
        return self._then(choose.take_newest(count), self.event_type)

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
        return self._then(choose.skip_first(count), self.event_type)

    def skip_while(self, predicate: Callable[[T_co], object]) -> Stream[T_co]:
        """Hold events back while the predicate holds; from the first for which it does not, let all through.

        ::

            numbers                     --1--2--3--1--|
            skip_while(lambda n: n<3)   --------3--1--|

        Raises:
            TypeError: predicate is not callable, or a coroutine function.
        """
        check.require_function("skip_while", "predicate", predicate)
        return self._then(choose.skip_while_true(predicate), self.event_type)

    def skip_last(self, count: int) -> Stream[T_co]:
        """Hold the last events back: each goes on when so many others have followed it.

        ::

            numbers        --1--2--3--4--|
            skip_last(2)   --------1--2--|

        Args:
            count: number of events, 0 or more.

        Raises:
            TypeError, ValueError: count is not an int, or negative.
        """
        check.whole_count("skip_last", "count", count)
        return self._then(choose.skip_newest(count), self.event_type)

    @overload
    def distinct_until_changed(
        self, key_mapper: None = None, comparer: Callable[[T_co, T_co], object] | None = None
    ) -> Stream[T_co]: ...

    @overload
    def distinct_until_changed(
        self, key_mapper: Callable[[T_co], K], comparer: Callable[[K, K], object] | None = None
    ) -> Stream[T_co]: ...

    def distinct_until_changed(
        self, key_mapper: Callable[[Any], Any] | None = None, comparer: Callable[[Any, Any], object] | None = None
    ) -> Stream[T_co]:
        """Hold an event back if it equals the one before.

        ::

            numbers                    --1--1--2--1--|
            distinct_until_changed()   --1-----2--1--|

        Args:
            key_mapper: function from an event to what is compared; the event itself by default.
            comparer: function that says whether two keys are equal; ``==`` by default.

        Raises:
            TypeError: an argument is not callable, or a coroutine function.
        """
        check.require_optional_function("distinct_until_changed", "key_mapper", key_mapper)
        check.require_optional_function("distinct_until_changed", "comparer", comparer)
        return self._then(choose.skip_repeated(key_mapper, comparer), self.event_type)

    @overload
    def distinct(
        self, key_mapper: None = None, comparer: Callable[[T_co, T_co], object] | None = None
    ) -> Stream[T_co]: ...

    @overload
    def distinct(
        self, key_mapper: Callable[[T_co], K], comparer: Callable[[K, K], object] | None = None
    ) -> Stream[T_co]: ...

    def distinct(
        self, key_mapper: Callable[[Any], Any] | None = None, comparer: Callable[[Any, Any], object] | None = None
    ) -> Stream[T_co]:
        """Hold an event back if it equals any before. It remembers every key, so mind how many there are.

        ::

            numbers      --1--2--1--3--|
            distinct()   --1--2-----3--|

        Args:
            key_mapper: function from an event to what is compared; the event itself by default.
            comparer: function that says whether two keys are equal. Without it keys are found by their hash, which
                costs the same however many there are.

        Raises:
            TypeError: an argument is not callable, or a coroutine function.
        """
        check.require_optional_function("distinct", "key_mapper", key_mapper)
        check.require_optional_function("distinct", "comparer", comparer)
        return self._then(choose.skip_known(key_mapper, comparer), self.event_type)

    def first(self, predicate: Callable[[T_co], object] | None = None) -> Stream[T_co]:
        """Let the first event (for which the predicate holds) through, then complete.

        ::

            numbers   --1--2--3--|
            first()   --1|

        Without one the stream fails with ``SequenceContainsNoElementsError``.

        Raises:
            TypeError: predicate is not callable, or a coroutine function.
        """
        return self._matching("first", predicate)._then(choose.only_first(), self.event_type)

    @overload
    def first_or_default(
        self, predicate: Callable[[T_co], object] | None = None, default_value: None = None
    ) -> Stream[T_co | None]: ...

    @overload
    def first_or_default(self, predicate: Callable[[T_co], object] | None, default_value: U) -> Stream[T_co | U]: ...

    @overload
    def first_or_default(
        self, predicate: Callable[[T_co], object] | None = None, *, default_value: U
    ) -> Stream[T_co | U]: ...

    def first_or_default(
        self, predicate: Callable[[T_co], object] | None = None, default_value: object = None
    ) -> Stream[object]:
        """As `first`, but where there is none, a default comes instead of an error.

        ::

            numbers                              --1--2--|
            first_or_default(lambda n: n>5, 0)   --------0|

        Raises:
            TypeError: predicate is not callable, or a coroutine function.
        """
        return self._matching("first_or_default", predicate)._then(choose.only_first(default_value))

    def last(self, predicate: Callable[[T_co], object] | None = None) -> Stream[T_co]:
        """Let the last event (for which the predicate holds) through when the source completes.

        ::

            numbers   --1--2--3--|
            last()    -----------3|

        Without one the stream fails with ``SequenceContainsNoElementsError``.

        Raises:
            TypeError: predicate is not callable, or a coroutine function.
        """
        return self._matching("last", predicate)._then(choose.only_last(), self.event_type)

    @overload
    def last_or_default(
        self, default_value: None = None, predicate: Callable[[T_co], object] | None = None
    ) -> Stream[T_co | None]: ...

    @overload
    def last_or_default(
        self, default_value: U, predicate: Callable[[T_co], object] | None = None
    ) -> Stream[T_co | U]: ...

    def last_or_default(
        self, default_value: object = None, predicate: Callable[[T_co], object] | None = None
    ) -> Stream[object]:
        """As `last`, but where there is none, a default comes instead of an error.

        ::

            numbers                             --1--2--|
            last_or_default(0, lambda n: n>5)   --------0|

        Raises:
            TypeError: predicate is not callable, or a coroutine function.
        """
        return self._matching("last_or_default", predicate)._then(choose.only_last(default_value))

    def element_at(self, index: int) -> Stream[T_co]:
        """Let the event at an index through, then complete.

        ::

            numbers         --1--2--3--|
            element_at(1)   -----2|

        Without one the stream fails with ``ArgumentOutOfRangeException``.

        Args:
            index: how many events come before it, 0 or more.

        Raises:
            TypeError, ValueError: index is not an int, or negative.
        """
        check.whole_count("element_at", "index", index)
        return self._then(choose.only_at(index), self.event_type)

    @overload
    def element_at_or_default(self, index: int, default_value: None = None) -> Stream[T_co | None]: ...

    @overload
    def element_at_or_default(self, index: int, default_value: U) -> Stream[T_co | U]: ...

    def element_at_or_default(self, index: int, default_value: object = None) -> Stream[object]:
        """As `element_at`, but where there is none, a default comes instead of an error.

        ::

            numbers                       --1--2--|
            element_at_or_default(5, 0)   --------0|

        Raises:
            TypeError, ValueError: index is not an int, or negative.
        """
        check.whole_count("element_at_or_default", "index", index)
        return self._then(choose.only_at(index, default_value))

    def ignore_elements(self) -> Stream[T_co]:
        """Let no event through, only the end.

        ::

            numbers             --1--2--|
            ignore_elements()   --------|
        """
        return self._then(choose.keep_none(), self.event_type)

    def _matching(self, where: str, predicate: Callable[[T_co], object] | None) -> Operators[T_co]:
        """This stream, or its events for which a predicate holds if there is one."""
        if predicate is None:
            return self
        check.require_function(where, "predicate", predicate)
        return self._then(pure.keep_if(predicate))
