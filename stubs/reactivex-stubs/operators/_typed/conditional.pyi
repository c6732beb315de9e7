# What comes instead of nothing, and where an event is.

from collections.abc import Callable
from typing import TypeVar, overload

from reactivex.observable import Observable

_T = TypeVar("_T")
_A = TypeVar("_A")

@overload
def default_if_empty(default_value: None = None) -> Callable[[Observable[_T]], Observable[_T | None]]: ...
@overload
def default_if_empty(default_value: _A) -> Callable[[Observable[_T]], Observable[_T | _A]]: ...
def find(
    predicate: Callable[[_T, int, Observable[_T]], bool],
) -> Callable[[Observable[_T]], Observable[_T | None]]: ...
def find_index(
    predicate: Callable[[_T, int, Observable[_T]], bool],
) -> Callable[[Observable[_T]], Observable[int | None]]: ...
