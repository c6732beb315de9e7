# Fewer events, by time.

from collections.abc import Callable
from typing import Generic, TypeVar

from reactivex import abc
from reactivex.observable import Observable
from reactivex.typing import RelativeTime

_T_co = TypeVar("_T_co", covariant=True)

class TimeBasedMixin(Generic[_T_co]):
    def sample(
        self, sampler: RelativeTime | Observable[object], scheduler: abc.SchedulerBase | None = None
    ) -> Observable[_T_co]: ...
    def debounce(self, duetime: RelativeTime, scheduler: abc.SchedulerBase | None = None) -> Observable[_T_co]: ...
    def throttle_first(
        self, window_duration: RelativeTime, scheduler: abc.SchedulerBase | None = None
    ) -> Observable[_T_co]: ...
    def throttle_with_mapper(
        self, throttle_duration_mapper: Callable[[_T_co], Observable[object]]
    ) -> Observable[_T_co]: ...
    def throttle_with_timeout(
        self, duetime: RelativeTime, scheduler: abc.SchedulerBase | None = None
    ) -> Observable[_T_co]: ...
