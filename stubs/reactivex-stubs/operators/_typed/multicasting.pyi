# One subscription for many observers.

from collections.abc import Callable
from typing import TypeVar, overload

from reactivex import abc
from reactivex.observable import ConnectableObservable, Observable
from reactivex.typing import RelativeTime

_T = TypeVar("_T")
_A = TypeVar("_A")
_R = TypeVar("_R")

def share() -> Callable[[Observable[_T]], Observable[_T]]: ...
@overload
def publish(mapper: None = None) -> Callable[[Observable[_T]], ConnectableObservable[_T]]: ...
@overload
def publish(
    mapper: Callable[[Observable[_T]], Observable[_R]],
) -> Callable[[Observable[_T]], Observable[_R]]: ...
@overload
def publish_value(
    initial_value: _A, mapper: None = None
) -> Callable[[Observable[_T]], ConnectableObservable[_T | _A]]: ...
@overload
def publish_value(
    initial_value: _T, mapper: Callable[[Observable[_T]], Observable[_R]]
) -> Callable[[Observable[_T]], Observable[_R]]: ...
@overload
def replay(
    buffer_size: int | None = None,
    window: RelativeTime | None = None,
    *,
    mapper: None = None,
    scheduler: abc.SchedulerBase | None = None,
) -> Callable[[Observable[_T]], ConnectableObservable[_T]]: ...
@overload
def replay(
    buffer_size: int | None = None,
    window: RelativeTime | None = None,
    *,
    mapper: Callable[[Observable[_T]], Observable[_R]],
    scheduler: abc.SchedulerBase | None = None,
) -> Callable[[Observable[_T]], Observable[_R]]: ...
@overload
def multicast(
    subject: abc.SubjectBase[_T], *, subject_factory: None = None, mapper: None = None
) -> Callable[[Observable[_T]], ConnectableObservable[_T]]: ...
@overload
def multicast(
    subject: None = None,
    *,
    subject_factory: Callable[[abc.SchedulerBase | None], abc.SubjectBase[_T]],
    mapper: Callable[[Observable[_T]], Observable[_R]],
) -> Callable[[Observable[_T]], Observable[_R]]: ...
def ref_count() -> Callable[[ConnectableObservable[_T]], Observable[_T]]: ...
