# What comes instead of nothing, and where an event is.

from collections.abc import Callable
from typing import Generic, TypeVar, overload

from reactivex.observable import Observable

_T_co = TypeVar("_T_co", covariant=True)
_A = TypeVar("_A")

class ConditionalMixin(Generic[_T_co]):
    @overload
    def default_if_empty(self, default_value: None = None) -> Observable[_T_co | None]: ...
    @overload
    def default_if_empty(self, default_value: _A) -> Observable[_T_co | _A]: ...
    def find(self, predicate: Callable[[_T_co, int, Observable[_T_co]], bool]) -> Observable[_T_co | None]: ...
    def find_index(self, predicate: Callable[[_T_co, int, Observable[_T_co]], bool]) -> Observable[int | None]: ...
