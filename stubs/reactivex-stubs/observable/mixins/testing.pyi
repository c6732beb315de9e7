# Questions with one answer.

from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

from reactivex.observable import Observable

_T_co = TypeVar("_T_co", covariant=True)
_A = TypeVar("_A")

class TestingMixin(Generic[_T_co]):
    def all(self, predicate: Callable[[_T_co], bool]) -> Observable[bool]: ...
    def some(self, predicate: Callable[[_T_co], bool] | None = None) -> Observable[bool]: ...
    def is_empty(self) -> Observable[bool]: ...
    def contains(self, value: _A, comparer: Callable[[_T_co, _A], bool] | None = None) -> Observable[bool]: ...
    def sequence_equal(
        self, second: Observable[_A] | Iterable[_A], comparer: Callable[[_T_co, _A], bool] | None = None
    ) -> Observable[bool]: ...
