# Several streams in one.

from collections.abc import Callable, Iterable
from typing import TypeVar, overload

from reactivex.observable import Observable
from reactivex.typing import AnyFuture

_T = TypeVar("_T")
_A = TypeVar("_A")
_B = TypeVar("_B")
_C = TypeVar("_C")
_D = TypeVar("_D")

@overload
def merge(a: Observable[_A], /) -> Callable[[Observable[_T]], Observable[_T | _A]]: ...
@overload
def merge(a: Observable[_A], b: Observable[_B], /) -> Callable[[Observable[_T]], Observable[_T | _A | _B]]: ...
@overload
def merge(
    a: Observable[_A], b: Observable[_B], c: Observable[_C], /
) -> Callable[[Observable[_T]], Observable[_T | _A | _B | _C]]: ...
@overload
def merge(
    a: Observable[_A], b: Observable[_B], c: Observable[_C], d: Observable[_D], /
) -> Callable[[Observable[_T]], Observable[_T | _A | _B | _C | _D]]: ...
@overload
def merge(*sources: Observable[_A], max_concurrent: None = None) -> Callable[[Observable[_T]], Observable[_T | _A]]: ...
@overload
def merge(*, max_concurrent: int) -> Callable[[Observable[Observable[_A]]], Observable[_A]]: ...
@overload
def concat(a: Observable[_A], /) -> Callable[[Observable[_T]], Observable[_T | _A]]: ...
@overload
def concat(a: Observable[_A], b: Observable[_B], /) -> Callable[[Observable[_T]], Observable[_T | _A | _B]]: ...
@overload
def concat(
    a: Observable[_A], b: Observable[_B], c: Observable[_C], /
) -> Callable[[Observable[_T]], Observable[_T | _A | _B | _C]]: ...
@overload
def concat(
    a: Observable[_A], b: Observable[_B], c: Observable[_C], d: Observable[_D], /
) -> Callable[[Observable[_T]], Observable[_T | _A | _B | _C | _D]]: ...
@overload
def concat(
    a: Observable[_A],
    b: Observable[_A],
    c: Observable[_A],
    d: Observable[_A],
    e: Observable[_A],
    /,
    *sources: Observable[_A],
) -> Callable[[Observable[_T]], Observable[_T | _A]]: ...
@overload
def zip(a: Observable[_A], /) -> Callable[[Observable[_T]], Observable[tuple[_T, _A]]]: ...
@overload
def zip(a: Observable[_A], b: Observable[_B], /) -> Callable[[Observable[_T]], Observable[tuple[_T, _A, _B]]]: ...
@overload
def zip(
    a: Observable[_A], b: Observable[_B], c: Observable[_C], /
) -> Callable[[Observable[_T]], Observable[tuple[_T, _A, _B, _C]]]: ...
@overload
def zip(
    a: Observable[_A], b: Observable[_B], c: Observable[_C], d: Observable[_D], /
) -> Callable[[Observable[_T]], Observable[tuple[_T, _A, _B, _C, _D]]]: ...
@overload
def zip(*args: Observable[_A]) -> Callable[[Observable[_T]], Observable[tuple[_T | _A, ...]]]: ...
@overload
def zip_latest(a: Observable[_A], /) -> Callable[[Observable[_T]], Observable[tuple[_T, _A]]]: ...
@overload
def zip_latest(
    a: Observable[_A], b: Observable[_B], /
) -> Callable[[Observable[_T]], Observable[tuple[_T, _A, _B]]]: ...
@overload
def zip_latest(
    a: Observable[_A], b: Observable[_B], c: Observable[_C], /
) -> Callable[[Observable[_T]], Observable[tuple[_T, _A, _B, _C]]]: ...
@overload
def zip_latest(
    a: Observable[_A], b: Observable[_B], c: Observable[_C], d: Observable[_D], /
) -> Callable[[Observable[_T]], Observable[tuple[_T, _A, _B, _C, _D]]]: ...
@overload
def zip_latest(*others: Observable[_A]) -> Callable[[Observable[_T]], Observable[tuple[_T | _A, ...]]]: ...
@overload
def combine_latest(a: Observable[_A], /) -> Callable[[Observable[_T]], Observable[tuple[_T, _A]]]: ...
@overload
def combine_latest(
    a: Observable[_A], b: Observable[_B], /
) -> Callable[[Observable[_T]], Observable[tuple[_T, _A, _B]]]: ...
@overload
def combine_latest(
    a: Observable[_A], b: Observable[_B], c: Observable[_C], /
) -> Callable[[Observable[_T]], Observable[tuple[_T, _A, _B, _C]]]: ...
@overload
def combine_latest(
    a: Observable[_A], b: Observable[_B], c: Observable[_C], d: Observable[_D], /
) -> Callable[[Observable[_T]], Observable[tuple[_T, _A, _B, _C, _D]]]: ...
@overload
def combine_latest(*others: Observable[_A]) -> Callable[[Observable[_T]], Observable[tuple[_T | _A, ...]]]: ...
@overload
def with_latest_from(a: Observable[_A], /) -> Callable[[Observable[_T]], Observable[tuple[_T, _A]]]: ...
@overload
def with_latest_from(
    a: Observable[_A], b: Observable[_B], /
) -> Callable[[Observable[_T]], Observable[tuple[_T, _A, _B]]]: ...
@overload
def with_latest_from(
    a: Observable[_A], b: Observable[_B], c: Observable[_C], /
) -> Callable[[Observable[_T]], Observable[tuple[_T, _A, _B, _C]]]: ...
@overload
def with_latest_from(
    a: Observable[_A], b: Observable[_B], c: Observable[_C], d: Observable[_D], /
) -> Callable[[Observable[_T]], Observable[tuple[_T, _A, _B, _C, _D]]]: ...
@overload
def with_latest_from(*sources: Observable[_A]) -> Callable[[Observable[_T]], Observable[tuple[_T | _A, ...]]]: ...
@overload
def fork_join(a: Observable[_A], /) -> Callable[[Observable[_T]], Observable[tuple[_T, _A]]]: ...
@overload
def fork_join(a: Observable[_A], b: Observable[_B], /) -> Callable[[Observable[_T]], Observable[tuple[_T, _A, _B]]]: ...
@overload
def fork_join(
    a: Observable[_A], b: Observable[_B], c: Observable[_C], /
) -> Callable[[Observable[_T]], Observable[tuple[_T, _A, _B, _C]]]: ...
@overload
def fork_join(
    a: Observable[_A], b: Observable[_B], c: Observable[_C], d: Observable[_D], /
) -> Callable[[Observable[_T]], Observable[tuple[_T, _A, _B, _C, _D]]]: ...
@overload
def fork_join(*others: Observable[_A]) -> Callable[[Observable[_T]], Observable[tuple[_T | _A, ...]]]: ...
def start_with(*args: _A) -> Callable[[Observable[_T]], Observable[_T | _A]]: ...
def amb(right_source: Observable[_A] | AnyFuture[_A]) -> Callable[[Observable[_T]], Observable[_T | _A]]: ...
def switch_latest() -> Callable[[Observable[Observable[_T] | AnyFuture[_T]]], Observable[_T]]: ...
def concat_all() -> Callable[[Observable[Observable[_T]]], Observable[_T]]: ...
def merge_all() -> Callable[[Observable[Observable[_T] | AnyFuture[_T]]], Observable[_T]]: ...
def zip_with_iterable(second: Iterable[_A]) -> Callable[[Observable[_T]], Observable[tuple[_T, _A]]]: ...

zip_with_list = zip_with_iterable

def join(
    right: Observable[_A],
    left_duration_mapper: Callable[[_T], Observable[object]],
    right_duration_mapper: Callable[[_A], Observable[object]],
) -> Callable[[Observable[_T]], Observable[tuple[_T, _A]]]: ...
def group_join(
    right: Observable[_A],
    left_duration_mapper: Callable[[_T], Observable[object]],
    right_duration_mapper: Callable[[_A], Observable[object]],
) -> Callable[[Observable[_T]], Observable[tuple[_T, Observable[_A]]]]: ...
