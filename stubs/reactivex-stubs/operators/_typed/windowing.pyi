# Events together, as lists, as streams, and by key.

from collections.abc import Callable
from typing import TypeVar, overload

from reactivex import abc
from reactivex.observable import GroupedObservable, Observable
from reactivex.subject import Subject
from reactivex.typing import RelativeTime

_T = TypeVar("_T")
_A = TypeVar("_A")
_K = TypeVar("_K")

def pairwise() -> Callable[[Observable[_T]], Observable[tuple[_T, _T]]]: ...
def partition(predicate: Callable[[_T], bool]) -> Callable[[Observable[_T]], list[Observable[_T]]]: ...
def partition_indexed(
    predicate_indexed: Callable[[_T, int], bool],
) -> Callable[[Observable[_T]], list[Observable[_T]]]: ...
def buffer(boundaries: Observable[object]) -> Callable[[Observable[_T]], Observable[list[_T]]]: ...
def buffer_when(
    closing_mapper: Callable[[], Observable[object]],
) -> Callable[[Observable[_T]], Observable[list[_T]]]: ...
def buffer_toggle(
    openings: Observable[_A], closing_mapper: Callable[[_A], Observable[object]]
) -> Callable[[Observable[_T]], Observable[list[_T]]]: ...
def buffer_with_count(count: int, skip: int | None = None) -> Callable[[Observable[_T]], Observable[list[_T]]]: ...
def buffer_with_time(
    timespan: RelativeTime, timeshift: RelativeTime | None = None, scheduler: abc.SchedulerBase | None = None
) -> Callable[[Observable[_T]], Observable[list[_T]]]: ...
def buffer_with_time_or_count(
    timespan: RelativeTime, count: int, scheduler: abc.SchedulerBase | None = None
) -> Callable[[Observable[_T]], Observable[list[_T]]]: ...
def window(boundaries: Observable[object]) -> Callable[[Observable[_T]], Observable[Observable[_T]]]: ...
def window_when(
    closing_mapper: Callable[[], Observable[object]],
) -> Callable[[Observable[_T]], Observable[Observable[_T]]]: ...
def window_toggle(
    openings: Observable[_A], closing_mapper: Callable[[_A], Observable[object]]
) -> Callable[[Observable[_T]], Observable[Observable[_T]]]: ...
def window_with_count(
    count: int, skip: int | None = None
) -> Callable[[Observable[_T]], Observable[Observable[_T]]]: ...
def window_with_time(
    timespan: RelativeTime, timeshift: RelativeTime | None = None, scheduler: abc.SchedulerBase | None = None
) -> Callable[[Observable[_T]], Observable[Observable[_T]]]: ...
def window_with_time_or_count(
    timespan: RelativeTime, count: int, scheduler: abc.SchedulerBase | None = None
) -> Callable[[Observable[_T]], Observable[Observable[_T]]]: ...

# Without an element_mapper a group holds the events themselves.
@overload
def group_by(
    key_mapper: Callable[[_T], _K],
    element_mapper: None = None,
    subject_mapper: Callable[[], Subject[_T]] | None = None,
) -> Callable[[Observable[_T]], Observable[GroupedObservable[_K, _T]]]: ...
@overload
def group_by(
    key_mapper: Callable[[_T], _K],
    element_mapper: Callable[[_T], _A],
    subject_mapper: Callable[[], Subject[_A]] | None = None,
) -> Callable[[Observable[_T]], Observable[GroupedObservable[_K, _A]]]: ...
@overload
def group_by_until(
    key_mapper: Callable[[_T], _K],
    element_mapper: None,
    duration_mapper: Callable[[GroupedObservable[_K, _T]], Observable[object]],
    subject_mapper: Callable[[], Subject[_T]] | None = None,
) -> Callable[[Observable[_T]], Observable[GroupedObservable[_K, _T]]]: ...
@overload
def group_by_until(
    key_mapper: Callable[[_T], _K],
    element_mapper: Callable[[_T], _A],
    duration_mapper: Callable[[GroupedObservable[_K, _A]], Observable[object]],
    subject_mapper: Callable[[], Subject[_A]] | None = None,
) -> Callable[[Observable[_T]], Observable[GroupedObservable[_K, _A]]]: ...
