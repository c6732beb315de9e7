# Events together, as lists, as streams, and by key.

from collections.abc import Callable
from typing import Generic, TypeVar, overload

from reactivex import abc
from reactivex.observable import GroupedObservable, Observable
from reactivex.subject import Subject
from reactivex.typing import RelativeTime

_T_co = TypeVar("_T_co", covariant=True)
_A = TypeVar("_A")
_K = TypeVar("_K")

class WindowingMixin(Generic[_T_co]):
    def pairwise(self) -> Observable[tuple[_T_co, _T_co]]: ...
    def partition(self, predicate: Callable[[_T_co], bool]) -> list[Observable[_T_co]]: ...
    def partition_indexed(self, predicate_indexed: Callable[[_T_co, int], bool]) -> list[Observable[_T_co]]: ...
    def buffer(self, boundaries: Observable[object]) -> Observable[list[_T_co]]: ...
    def buffer_when(self, closing_mapper: Callable[[], Observable[object]]) -> Observable[list[_T_co]]: ...
    def buffer_toggle(
        self, openings: Observable[_A], closing_mapper: Callable[[_A], Observable[object]]
    ) -> Observable[list[_T_co]]: ...
    def buffer_with_count(self, count: int, skip: int | None = None) -> Observable[list[_T_co]]: ...
    def buffer_with_time(
        self,
        timespan: RelativeTime,
        timeshift: RelativeTime | None = None,
        scheduler: abc.SchedulerBase | None = None,
    ) -> Observable[list[_T_co]]: ...
    def buffer_with_time_or_count(
        self, timespan: RelativeTime, count: int, scheduler: abc.SchedulerBase | None = None
    ) -> Observable[list[_T_co]]: ...
    def window(self, boundaries: Observable[object]) -> Observable[Observable[_T_co]]: ...
    def window_when(self, closing_mapper: Callable[[], Observable[object]]) -> Observable[Observable[_T_co]]: ...
    def window_toggle(
        self, openings: Observable[_A], closing_mapper: Callable[[_A], Observable[object]]
    ) -> Observable[Observable[_T_co]]: ...
    def window_with_count(self, count: int, skip: int | None = None) -> Observable[Observable[_T_co]]: ...
    def window_with_time(
        self,
        timespan: RelativeTime,
        timeshift: RelativeTime | None = None,
        scheduler: abc.SchedulerBase | None = None,
    ) -> Observable[Observable[_T_co]]: ...
    def window_with_time_or_count(
        self, timespan: RelativeTime, count: int, scheduler: abc.SchedulerBase | None = None
    ) -> Observable[Observable[_T_co]]: ...

    # Without an element_mapper a group holds the events themselves.
    @overload
    def group_by(
        self: WindowingMixin[_A],
        key_mapper: Callable[[_A], _K],
        element_mapper: None = None,
        subject_mapper: Callable[[], Subject[_A]] | None = None,
    ) -> Observable[GroupedObservable[_K, _A]]: ...
    @overload
    def group_by(
        self,
        key_mapper: Callable[[_T_co], _K],
        element_mapper: Callable[[_T_co], _A],
        subject_mapper: Callable[[], Subject[_A]] | None = None,
    ) -> Observable[GroupedObservable[_K, _A]]: ...
    @overload
    def group_by_until(
        self: WindowingMixin[_A],
        key_mapper: Callable[[_A], _K],
        element_mapper: None,
        duration_mapper: Callable[[GroupedObservable[_K, _A]], Observable[object]],
        subject_mapper: Callable[[], Subject[_A]] | None = None,
    ) -> Observable[GroupedObservable[_K, _A]]: ...
    @overload
    def group_by_until(
        self,
        key_mapper: Callable[[_T_co], _K],
        element_mapper: Callable[[_T_co], _A],
        duration_mapper: Callable[[GroupedObservable[_K, _A]], Observable[object]],
        subject_mapper: Callable[[], Subject[_A]] | None = None,
    ) -> Observable[GroupedObservable[_K, _A]]: ...
