# Side effects, time, notifications, and what to make of a whole stream.

import asyncio
from collections.abc import Callable
from typing import Generic, TypeVar, overload

from reactivex import abc
from reactivex.notification import Notification
from reactivex.observable import Observable
from reactivex.operators._timeinterval import TimeInterval
from reactivex.operators._timestamp import Timestamp
from reactivex.typing import AbsoluteOrRelativeTime, AnyFuture, RelativeTime

_T_co = TypeVar("_T_co", covariant=True)
_A = TypeVar("_A")
_K = TypeVar("_K")

class UtilityMixin(Generic[_T_co]):
    # What a callback returns is thrown away, so it may return anything.
    def do(
        self,
        on_next: Callable[[_T_co], object] | None = None,
        on_error: Callable[[Exception], object] | None = None,
        on_completed: Callable[[], object] | None = None,
    ) -> Observable[_T_co]: ...
    def do_action(
        self,
        on_next: Callable[[_T_co], object] | None = None,
        on_error: Callable[[Exception], object] | None = None,
        on_completed: Callable[[], object] | None = None,
    ) -> Observable[_T_co]: ...
    def finally_action(self, action: Callable[[], object]) -> Observable[_T_co]: ...
    def do_while(self, condition: Callable[[Observable[_T_co]], bool]) -> Observable[_T_co]: ...
    def while_do(self, condition: Callable[[Observable[_T_co]], bool]) -> Observable[_T_co]: ...
    def repeat(self, repeat_count: int | None = None) -> Observable[_T_co]: ...
    def ignore_elements(self) -> Observable[_T_co]: ...
    def as_observable(self) -> Observable[_T_co]: ...
    def observe_on(self, scheduler: abc.SchedulerBase) -> Observable[_T_co]: ...
    def subscribe_on(self, scheduler: abc.SchedulerBase) -> Observable[_T_co]: ...

    # Time.
    def delay(self, duetime: RelativeTime, scheduler: abc.SchedulerBase | None = None) -> Observable[_T_co]: ...
    def delay_subscription(
        self, duetime: AbsoluteOrRelativeTime, scheduler: abc.SchedulerBase | None = None
    ) -> Observable[_T_co]: ...
    @overload
    def delay_with_mapper(
        self, subscription_delay: Callable[[_T_co], Observable[object]], delay_duration_mapper: None = None
    ) -> Observable[_T_co]: ...
    @overload
    def delay_with_mapper(
        self, subscription_delay: Observable[object], delay_duration_mapper: Callable[[_T_co], Observable[object]]
    ) -> Observable[_T_co]: ...
    @overload
    def timeout(
        self, duetime: AbsoluteOrRelativeTime, other: None = None, scheduler: abc.SchedulerBase | None = None
    ) -> Observable[_T_co]: ...
    @overload
    def timeout(
        self,
        duetime: AbsoluteOrRelativeTime,
        other: Observable[_A] | AnyFuture[_A],
        scheduler: abc.SchedulerBase | None = None,
    ) -> Observable[_T_co | _A]: ...
    @overload
    def timeout_with_mapper(
        self,
        first_timeout: Observable[object] | None = None,
        timeout_duration_mapper: Callable[[_T_co], Observable[object]] | None = None,
        other: None = None,
    ) -> Observable[_T_co]: ...
    @overload
    def timeout_with_mapper(
        self,
        first_timeout: Observable[object] | None,
        timeout_duration_mapper: Callable[[_T_co], Observable[object]] | None,
        other: Observable[_A],
    ) -> Observable[_T_co | _A]: ...
    @overload
    def timeout_with_mapper(
        self,
        first_timeout: Observable[object] | None = None,
        timeout_duration_mapper: Callable[[_T_co], Observable[object]] | None = None,
        *,
        other: Observable[_A],
    ) -> Observable[_T_co | _A]: ...
    def timestamp(self, scheduler: abc.SchedulerBase | None = None) -> Observable[Timestamp[_T_co]]: ...
    def time_interval(self, scheduler: abc.SchedulerBase | None = None) -> Observable[TimeInterval[_T_co]]: ...

    # Notifications.
    def materialize(self) -> Observable[Notification[_T_co]]: ...
    def dematerialize(self: UtilityMixin[Notification[_A]]) -> Observable[_A]: ...

    # A whole stream.
    def to_iterable(self) -> Observable[list[_T_co]]: ...
    def to_list(self) -> Observable[list[_T_co]]: ...
    def to_set(self) -> Observable[set[_T_co]]: ...
    @overload
    def to_dict(
        self, key_mapper: Callable[[_T_co], _K], element_mapper: None = None
    ) -> Observable[dict[_K, _T_co]]: ...
    @overload
    def to_dict(
        self, key_mapper: Callable[[_T_co], _K], element_mapper: Callable[[_T_co], _A]
    ) -> Observable[dict[_K, _A]]: ...
    def to_future(
        self: UtilityMixin[_A], future_ctor: Callable[[], asyncio.Future[_A]] | None = None
    ) -> asyncio.Future[_A]: ...
    def to_marbles(
        self, timespan: RelativeTime = 0.1, scheduler: abc.SchedulerBase | None = None
    ) -> Observable[str]: ...
