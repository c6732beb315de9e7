# Fewer events, by time.

from collections.abc import Callable
from typing import TypeVar

from reactivex import abc
from reactivex.observable import Observable
from reactivex.typing import RelativeTime

_T = TypeVar("_T")

def sample(
    sampler: RelativeTime | Observable[object], scheduler: abc.SchedulerBase | None = None
) -> Callable[[Observable[_T]], Observable[_T]]: ...
def debounce(
    duetime: RelativeTime, scheduler: abc.SchedulerBase | None = None
) -> Callable[[Observable[_T]], Observable[_T]]: ...

throttle_with_timeout = debounce

def throttle_first(
    window_duration: RelativeTime, scheduler: abc.SchedulerBase | None = None
) -> Callable[[Observable[_T]], Observable[_T]]: ...
def throttle_with_mapper(
    throttle_duration_mapper: Callable[[_T], Observable[object]],
) -> Callable[[Observable[_T]], Observable[_T]]: ...
