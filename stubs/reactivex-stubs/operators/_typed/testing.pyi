# Questions with one answer.

from collections.abc import Callable, Iterable
from typing import TypeVar, overload

from reactivex.observable import Observable

_T = TypeVar("_T")
_A = TypeVar("_A")

def all(predicate: Callable[[_T], bool]) -> Callable[[Observable[_T]], Observable[bool]]: ...
@overload
def some(predicate: None = None) -> Callable[[Observable[object]], Observable[bool]]: ...
@overload
def some(predicate: Callable[[_T], bool]) -> Callable[[Observable[_T]], Observable[bool]]: ...
def is_empty() -> Callable[[Observable[object]], Observable[bool]]: ...
@overload
def contains(value: object, comparer: None = None) -> Callable[[Observable[object]], Observable[bool]]: ...
@overload
def contains(value: _A, comparer: Callable[[_T, _A], bool]) -> Callable[[Observable[_T]], Observable[bool]]: ...
@overload
def sequence_equal(
    second: Observable[object] | Iterable[object], comparer: None = None
) -> Callable[[Observable[object]], Observable[bool]]: ...
@overload
def sequence_equal(
    second: Observable[_A] | Iterable[_A], comparer: Callable[[_T, _A], bool]
) -> Callable[[Observable[_T]], Observable[bool]]: ...
