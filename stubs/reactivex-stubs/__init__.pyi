# Where streams come from, and several in one.

from collections.abc import Callable, Iterable, Mapping
from typing import Never, TypeVar, TypeVarTuple, overload

from reactivex import abc as abc
from reactivex import typing as typing
from reactivex._version import __version__ as __version__
from reactivex.notification import Notification as Notification
from reactivex.observable import ConnectableObservable as ConnectableObservable
from reactivex.observable import GroupedObservable as GroupedObservable
from reactivex.observable import Observable as Observable
from reactivex.observer import Observer as Observer
from reactivex.pipe import compose as compose
from reactivex.pipe import pipe as pipe
from reactivex.subject import Subject as Subject
from reactivex.typing import AbsoluteOrRelativeTime, AnyFuture, RelativeTime

__all__ = [
    "ConnectableObservable",
    "GroupedObservable",
    "Notification",
    "Observable",
    "Observer",
    "Subject",
    "__version__",
    "abc",
    "amb",
    "case",
    "catch",
    "catch_with_iterable",
    "combine_latest",
    "compose",
    "concat",
    "concat_with_iterable",
    "create",
    "defer",
    "empty",
    "fork_join",
    "from_callable",
    "from_callback",
    "from_future",
    "from_iterable",
    "never",
    "of",
    "on_error_resume_next",
    "pipe",
    "range",
    "repeat_value",
    "return_value",
    "start",
    "start_async",
    "throw",
    "timer",
    "to_async",
    "typing",
    "using",
    "with_latest_from",
    "zip",
    "zip_latest",
]

_T = TypeVar("_T")
_A = TypeVar("_A")
_B = TypeVar("_B")
_C = TypeVar("_C")
_D = TypeVar("_D")
_E = TypeVar("_E")
_K = TypeVar("_K")
_Parts = TypeVarTuple("_Parts")
_Resource = TypeVar("_Resource", bound=abc.DisposableBase | None)

# Streams that say nothing of their own are streams of anything: Never goes into every type.
def empty(scheduler: abc.SchedulerBase | None = None) -> Observable[Never]: ...
def never() -> Observable[Never]: ...
def throw(exception: str | Exception, scheduler: abc.SchedulerBase | None = None) -> Observable[Never]: ...

# One stream.
def create(subscribe: typing.Subscription[_T]) -> Observable[_T]: ...
def of(*args: _T) -> Observable[_T]: ...
def return_value(value: _T, scheduler: abc.SchedulerBase | None = None) -> Observable[_T]: ...
def just(value: _T, scheduler: abc.SchedulerBase | None = None) -> Observable[_T]: ...
def repeat_value(value: _T, repeat_count: int | None = None) -> Observable[_T]: ...
def range(
    start: int, stop: int | None = None, step: int | None = None, scheduler: abc.SchedulerBase | None = None
) -> Observable[int]: ...
def from_iterable(iterable: Iterable[_T], scheduler: abc.SchedulerBase | None = None) -> Observable[_T]: ...
def from_(iterable: Iterable[_T], scheduler: abc.SchedulerBase | None = None) -> Observable[_T]: ...
def from_list(iterable: Iterable[_T], scheduler: abc.SchedulerBase | None = None) -> Observable[_T]: ...
def from_future(future: AnyFuture[_T]) -> Observable[_T]: ...
def from_callable(supplier: Callable[[], _T], scheduler: abc.SchedulerBase | None = None) -> Observable[_T]: ...
def start(func: Callable[[], _T], scheduler: abc.SchedulerBase | None = None) -> Observable[_T]: ...
def start_async(function_async: Callable[[], AnyFuture[_T]]) -> Observable[_T]: ...
def to_async(
    func: Callable[[*_Parts], _T], scheduler: abc.SchedulerBase | None = None
) -> Callable[[*_Parts], Observable[_T]]: ...
@overload
def from_callback(
    func: Callable[[*_Parts, Callable[[_A], None]], object], mapper: None = None
) -> Callable[[*_Parts], Observable[_A]]: ...
@overload
def from_callback(
    func: Callable[[*_Parts, Callable[..., None]], object], mapper: Callable[[tuple[object, ...]], _A]
) -> Callable[[*_Parts], Observable[_A]]: ...
@overload
def from_callback(
    func: Callable[[*_Parts, Callable[..., None]], object], mapper: None = None
) -> Callable[[*_Parts], Observable[object]]: ...
def defer(factory: Callable[[abc.SchedulerBase], Observable[_T] | AnyFuture[_T]]) -> Observable[_T]: ...
def using(
    resource_factory: Callable[[], _Resource], observable_factory: Callable[[_Resource], Observable[_T]]
) -> Observable[_T]: ...
def if_then(
    condition: Callable[[], bool],
    then_source: Observable[_T] | AnyFuture[_T],
    else_source: Observable[_T] | AnyFuture[_T] | None = None,
) -> Observable[_T]: ...
def case(
    mapper: Callable[[], _K],
    sources: Mapping[_K, Observable[_T]],
    default_source: Observable[_T] | AnyFuture[_T] | None = None,
) -> Observable[_T]: ...
def for_in(values: Iterable[_A], mapper: Callable[[_A], Observable[_T]]) -> Observable[_T]: ...
def generate(initial_state: _T, condition: Callable[[_T], bool], iterate: Callable[[_T], _T]) -> Observable[_T]: ...
def generate_with_relative_time(
    initial_state: _T,
    condition: Callable[[_T], bool],
    iterate: Callable[[_T], _T],
    time_mapper: Callable[[_T], RelativeTime],
) -> Observable[_T]: ...
def interval(period: RelativeTime, scheduler: abc.SchedulerBase | None = None) -> Observable[int]: ...
def timer(
    duetime: AbsoluteOrRelativeTime, period: RelativeTime | None = None, scheduler: abc.SchedulerBase | None = None
) -> Observable[int]: ...

# Marbles: what the lookup does not have is a number if it reads as one, and else the text.
@overload
def from_marbles(
    string: str,
    timespan: RelativeTime = 0.1,
    scheduler: abc.SchedulerBase | None = None,
    lookup: None = None,
    error: Exception | None = None,
) -> Observable[str | float]: ...
@overload
def from_marbles(
    string: str,
    timespan: RelativeTime = 0.1,
    scheduler: abc.SchedulerBase | None = None,
    *,
    lookup: Mapping[str, _A] | Mapping[float, _A] | Mapping[str | float, _A],
    error: Exception | None = None,
) -> Observable[_A | str | float]: ...
@overload
def cold(
    string: str,
    timespan: RelativeTime = 0.1,
    scheduler: abc.SchedulerBase | None = None,
    lookup: None = None,
    error: Exception | None = None,
) -> Observable[str | float]: ...
@overload
def cold(
    string: str,
    timespan: RelativeTime = 0.1,
    scheduler: abc.SchedulerBase | None = None,
    *,
    lookup: Mapping[str, _A] | Mapping[float, _A] | Mapping[str | float, _A],
    error: Exception | None = None,
) -> Observable[_A | str | float]: ...
@overload
def hot(
    string: str,
    timespan: RelativeTime = 0.1,
    duetime: AbsoluteOrRelativeTime = 0.0,
    scheduler: abc.SchedulerBase | None = None,
    lookup: None = None,
    error: Exception | None = None,
) -> Observable[str | float]: ...
@overload
def hot(
    string: str,
    timespan: RelativeTime = 0.1,
    duetime: AbsoluteOrRelativeTime = 0.0,
    scheduler: abc.SchedulerBase | None = None,
    *,
    lookup: Mapping[str, _A] | Mapping[float, _A] | Mapping[str | float, _A],
    error: Exception | None = None,
) -> Observable[_A | str | float]: ...

# Several streams in one.
@overload
def merge(a: Observable[_A], /) -> Observable[_A]: ...
@overload
def merge(a: Observable[_A], b: Observable[_B], /) -> Observable[_A | _B]: ...
@overload
def merge(a: Observable[_A], b: Observable[_B], c: Observable[_C], /) -> Observable[_A | _B | _C]: ...
@overload
def merge(
    a: Observable[_A], b: Observable[_B], c: Observable[_C], d: Observable[_D], /
) -> Observable[_A | _B | _C | _D]: ...
@overload
def merge(
    a: Observable[_A], b: Observable[_B], c: Observable[_C], d: Observable[_D], e: Observable[_E], /
) -> Observable[_A | _B | _C | _D | _E]: ...
@overload
def merge(*sources: Observable[_T]) -> Observable[_T]: ...
@overload
def concat(a: Observable[_A], /) -> Observable[_A]: ...
@overload
def concat(a: Observable[_A], b: Observable[_B], /) -> Observable[_A | _B]: ...
@overload
def concat(a: Observable[_A], b: Observable[_B], c: Observable[_C], /) -> Observable[_A | _B | _C]: ...
@overload
def concat(
    a: Observable[_A], b: Observable[_B], c: Observable[_C], d: Observable[_D], /
) -> Observable[_A | _B | _C | _D]: ...
@overload
def concat(
    a: Observable[_A], b: Observable[_B], c: Observable[_C], d: Observable[_D], e: Observable[_E], /
) -> Observable[_A | _B | _C | _D | _E]: ...
@overload
def concat(*sources: Observable[_T]) -> Observable[_T]: ...
@overload
def amb(a: Observable[_A], /) -> Observable[_A]: ...
@overload
def amb(a: Observable[_A], b: Observable[_B], /) -> Observable[_A | _B]: ...
@overload
def amb(a: Observable[_A], b: Observable[_B], c: Observable[_C], /) -> Observable[_A | _B | _C]: ...
@overload
def amb(
    a: Observable[_A], b: Observable[_B], c: Observable[_C], d: Observable[_D], /
) -> Observable[_A | _B | _C | _D]: ...
@overload
def amb(
    a: Observable[_A], b: Observable[_B], c: Observable[_C], d: Observable[_D], e: Observable[_E], /
) -> Observable[_A | _B | _C | _D | _E]: ...
@overload
def amb(*sources: Observable[_T]) -> Observable[_T]: ...
@overload
def catch(a: Observable[_A], /) -> Observable[_A]: ...
@overload
def catch(a: Observable[_A], b: Observable[_B], /) -> Observable[_A | _B]: ...
@overload
def catch(a: Observable[_A], b: Observable[_B], c: Observable[_C], /) -> Observable[_A | _B | _C]: ...
@overload
def catch(
    a: Observable[_A], b: Observable[_B], c: Observable[_C], d: Observable[_D], /
) -> Observable[_A | _B | _C | _D]: ...
@overload
def catch(
    a: Observable[_A], b: Observable[_B], c: Observable[_C], d: Observable[_D], e: Observable[_E], /
) -> Observable[_A | _B | _C | _D | _E]: ...
@overload
def catch(*sources: Observable[_T]) -> Observable[_T]: ...
@overload
def zip(a: Observable[_A], /) -> Observable[tuple[_A]]: ...
@overload
def zip(a: Observable[_A], b: Observable[_B], /) -> Observable[tuple[_A, _B]]: ...
@overload
def zip(a: Observable[_A], b: Observable[_B], c: Observable[_C], /) -> Observable[tuple[_A, _B, _C]]: ...
@overload
def zip(
    a: Observable[_A], b: Observable[_B], c: Observable[_C], d: Observable[_D], /
) -> Observable[tuple[_A, _B, _C, _D]]: ...
@overload
def zip(
    a: Observable[_A], b: Observable[_B], c: Observable[_C], d: Observable[_D], e: Observable[_E], /
) -> Observable[tuple[_A, _B, _C, _D, _E]]: ...
@overload
def zip(*args: Observable[_T]) -> Observable[tuple[_T, ...]]: ...
@overload
def zip_latest(a: Observable[_A], /) -> Observable[tuple[_A]]: ...
@overload
def zip_latest(a: Observable[_A], b: Observable[_B], /) -> Observable[tuple[_A, _B]]: ...
@overload
def zip_latest(a: Observable[_A], b: Observable[_B], c: Observable[_C], /) -> Observable[tuple[_A, _B, _C]]: ...
@overload
def zip_latest(
    a: Observable[_A], b: Observable[_B], c: Observable[_C], d: Observable[_D], /
) -> Observable[tuple[_A, _B, _C, _D]]: ...
@overload
def zip_latest(
    a: Observable[_A], b: Observable[_B], c: Observable[_C], d: Observable[_D], e: Observable[_E], /
) -> Observable[tuple[_A, _B, _C, _D, _E]]: ...
@overload
def zip_latest(*sources: Observable[_T]) -> Observable[tuple[_T, ...]]: ...
@overload
def combine_latest(a: Observable[_A], /) -> Observable[tuple[_A]]: ...
@overload
def combine_latest(a: Observable[_A], b: Observable[_B], /) -> Observable[tuple[_A, _B]]: ...
@overload
def combine_latest(a: Observable[_A], b: Observable[_B], c: Observable[_C], /) -> Observable[tuple[_A, _B, _C]]: ...
@overload
def combine_latest(
    a: Observable[_A], b: Observable[_B], c: Observable[_C], d: Observable[_D], /
) -> Observable[tuple[_A, _B, _C, _D]]: ...
@overload
def combine_latest(
    a: Observable[_A], b: Observable[_B], c: Observable[_C], d: Observable[_D], e: Observable[_E], /
) -> Observable[tuple[_A, _B, _C, _D, _E]]: ...
@overload
def combine_latest(*__sources: Observable[_T]) -> Observable[tuple[_T, ...]]: ...
@overload
def with_latest_from(a: Observable[_A], /) -> Observable[tuple[_A]]: ...
@overload
def with_latest_from(a: Observable[_A], b: Observable[_B], /) -> Observable[tuple[_A, _B]]: ...
@overload
def with_latest_from(a: Observable[_A], b: Observable[_B], c: Observable[_C], /) -> Observable[tuple[_A, _B, _C]]: ...
@overload
def with_latest_from(
    a: Observable[_A], b: Observable[_B], c: Observable[_C], d: Observable[_D], /
) -> Observable[tuple[_A, _B, _C, _D]]: ...
@overload
def with_latest_from(
    a: Observable[_A], b: Observable[_B], c: Observable[_C], d: Observable[_D], e: Observable[_E], /
) -> Observable[tuple[_A, _B, _C, _D, _E]]: ...
@overload
def with_latest_from(*sources: Observable[_T]) -> Observable[tuple[_T, ...]]: ...
@overload
def fork_join(a: Observable[_A], /) -> Observable[tuple[_A]]: ...
@overload
def fork_join(a: Observable[_A], b: Observable[_B], /) -> Observable[tuple[_A, _B]]: ...
@overload
def fork_join(a: Observable[_A], b: Observable[_B], c: Observable[_C], /) -> Observable[tuple[_A, _B, _C]]: ...
@overload
def fork_join(
    a: Observable[_A], b: Observable[_B], c: Observable[_C], d: Observable[_D], /
) -> Observable[tuple[_A, _B, _C, _D]]: ...
@overload
def fork_join(
    a: Observable[_A], b: Observable[_B], c: Observable[_C], d: Observable[_D], e: Observable[_E], /
) -> Observable[tuple[_A, _B, _C, _D, _E]]: ...
@overload
def fork_join(*sources: Observable[_T]) -> Observable[tuple[_T, ...]]: ...
def concat_with_iterable(sources: Iterable[Observable[_T]]) -> Observable[_T]: ...
def catch_with_iterable(sources: Iterable[Observable[_T]]) -> Observable[_T]: ...
def on_error_resume_next(
    *sources: Observable[_T] | AnyFuture[_T] | Callable[[Exception | None], Observable[_T]],
) -> Observable[_T]: ...
