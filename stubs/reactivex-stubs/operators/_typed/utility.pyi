# Side effects, time, notifications, and what to make of a whole stream.

import asyncio
from collections.abc import Callable
from typing import TypeVar, overload

from reactivex import abc
from reactivex.notification import Notification
from reactivex.observable import Observable
from reactivex.operators._timeinterval import TimeInterval
from reactivex.operators._timestamp import Timestamp
from reactivex.typing import AbsoluteOrRelativeTime, AnyFuture, RelativeTime

_T = TypeVar("_T")
_A = TypeVar("_A")
_K = TypeVar("_K")

# What a callback returns is thrown away, so it may return anything.
def do(observer: abc.ObserverBase[_T]) -> Callable[[Observable[_T]], Observable[_T]]: ...
@overload
def do_action(
    on_next: None = None,
    on_error: Callable[[Exception], object] | None = None,
    on_completed: Callable[[], object] | None = None,
) -> Callable[[Observable[_T]], Observable[_T]]: ...
@overload
def do_action(
    on_next: Callable[[_T], object],
    on_error: Callable[[Exception], object] | None = None,
    on_completed: Callable[[], object] | None = None,
) -> Callable[[Observable[_T]], Observable[_T]]: ...
@overload
def tap(
    on_next: None = None,
    on_error: Callable[[Exception], object] | None = None,
    on_completed: Callable[[], object] | None = None,
) -> Callable[[Observable[_T]], Observable[_T]]: ...
@overload
def tap(
    on_next: Callable[[_T], object],
    on_error: Callable[[Exception], object] | None = None,
    on_completed: Callable[[], object] | None = None,
) -> Callable[[Observable[_T]], Observable[_T]]: ...
def finally_action(action: Callable[[], object]) -> Callable[[Observable[_T]], Observable[_T]]: ...
def do_while(condition: Callable[[Observable[_T]], bool]) -> Callable[[Observable[_T]], Observable[_T]]: ...
def while_do(condition: Callable[[Observable[_T]], bool]) -> Callable[[Observable[_T]], Observable[_T]]: ...
def repeat(repeat_count: int | None = None) -> Callable[[Observable[_T]], Observable[_T]]: ...
def ignore_elements() -> Callable[[Observable[_T]], Observable[_T]]: ...
def as_observable() -> Callable[[Observable[_T]], Observable[_T]]: ...
def observe_on(scheduler: abc.SchedulerBase) -> Callable[[Observable[_T]], Observable[_T]]: ...
def subscribe_on(scheduler: abc.SchedulerBase) -> Callable[[Observable[_T]], Observable[_T]]: ...

# Time.
def delay(
    duetime: AbsoluteOrRelativeTime, scheduler: abc.SchedulerBase | None = None
) -> Callable[[Observable[_T]], Observable[_T]]: ...
def delay_subscription(
    duetime: AbsoluteOrRelativeTime, scheduler: abc.SchedulerBase | None = None
) -> Callable[[Observable[_T]], Observable[_T]]: ...
@overload
def delay_with_mapper(
    subscription_delay: Callable[[_T], Observable[object]],
    delay_duration_mapper: None = None,
) -> Callable[[Observable[_T]], Observable[_T]]: ...
@overload
def delay_with_mapper(
    subscription_delay: Observable[object], delay_duration_mapper: Callable[[_T], Observable[object]]
) -> Callable[[Observable[_T]], Observable[_T]]: ...
@overload
def timeout(
    duetime: AbsoluteOrRelativeTime, other: None = None, scheduler: abc.SchedulerBase | None = None
) -> Callable[[Observable[_T]], Observable[_T]]: ...
@overload
def timeout(
    duetime: AbsoluteOrRelativeTime,
    other: Observable[_A] | AnyFuture[_A],
    scheduler: abc.SchedulerBase | None = None,
) -> Callable[[Observable[_T]], Observable[_T | _A]]: ...
@overload
def timeout_with_mapper(
    first_timeout: Observable[object] | None = None,
    timeout_duration_mapper: None = None,
    other: None = None,
) -> Callable[[Observable[_T]], Observable[_T]]: ...
@overload
def timeout_with_mapper(
    first_timeout: Observable[object] | None,
    timeout_duration_mapper: Callable[[_T], Observable[object]],
    other: None = None,
) -> Callable[[Observable[_T]], Observable[_T]]: ...
@overload
def timeout_with_mapper(
    first_timeout: Observable[object] | None = None,
    *,
    timeout_duration_mapper: Callable[[_T], Observable[object]],
    other: None = None,
) -> Callable[[Observable[_T]], Observable[_T]]: ...
@overload
def timeout_with_mapper(
    first_timeout: Observable[object] | None = None,
    timeout_duration_mapper: None = None,
    *,
    other: Observable[_A],
) -> Callable[[Observable[_T]], Observable[_T | _A]]: ...
@overload
def timeout_with_mapper(
    first_timeout: Observable[object] | None,
    timeout_duration_mapper: Callable[[_T], Observable[object]],
    other: Observable[_A],
) -> Callable[[Observable[_T]], Observable[_T | _A]]: ...
def timestamp(
    scheduler: abc.SchedulerBase | None = None,
) -> Callable[[Observable[_T]], Observable[Timestamp[_T]]]: ...
def time_interval(
    scheduler: abc.SchedulerBase | None = None,
) -> Callable[[Observable[_T]], Observable[TimeInterval[_T]]]: ...

# Notifications.
def materialize() -> Callable[[Observable[_T]], Observable[Notification[_T]]]: ...
def dematerialize() -> Callable[[Observable[Notification[_T]]], Observable[_T]]: ...

# A whole stream.
def to_iterable() -> Callable[[Observable[_T]], Observable[list[_T]]]: ...

to_list = to_iterable

def to_set() -> Callable[[Observable[_T]], Observable[set[_T]]]: ...
@overload
def to_dict(
    key_mapper: Callable[[_T], _K], element_mapper: None = None
) -> Callable[[Observable[_T]], Observable[dict[_K, _T]]]: ...
@overload
def to_dict(
    key_mapper: Callable[[_T], _K], element_mapper: Callable[[_T], _A]
) -> Callable[[Observable[_T]], Observable[dict[_K, _A]]]: ...
@overload
def to_future(future_ctor: None = None) -> Callable[[Observable[_T]], asyncio.Future[_T]]: ...
@overload
def to_future(
    future_ctor: Callable[[], asyncio.Future[_T]],
) -> Callable[[Observable[_T]], asyncio.Future[_T]]: ...
def to_marbles(
    timespan: RelativeTime = 0.1, scheduler: abc.SchedulerBase | None = None
) -> Callable[[Observable[object]], Observable[str]]: ...
