# One number, or the extreme events, of all of them.

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Generic, SupportsFloat, SupportsIndex, TypeAlias, TypeVar, overload

from reactivex.observable import Observable

_T_co = TypeVar("_T_co", covariant=True)
_K = TypeVar("_K")
_Summand = TypeVar("_Summand", int, float, Decimal)
# Without a comparer one is subtracted from the other, which is more than an order: str and datetime fail.
_Number: TypeAlias = float | Decimal | Fraction

class MathematicalMixin(Generic[_T_co]):
    def count(self, predicate: Callable[[_T_co], bool] | None = None) -> Observable[int]: ...

    # The sum of nothing is the int 0.
    @overload
    def sum(self: MathematicalMixin[int], key_mapper: None = None) -> Observable[int]: ...
    @overload
    def sum(self: MathematicalMixin[float], key_mapper: None = None) -> Observable[float]: ...
    @overload
    def sum(self: MathematicalMixin[Decimal], key_mapper: None = None) -> Observable[Decimal | int]: ...
    @overload
    def sum(self, key_mapper: Callable[[_T_co], _Summand]) -> Observable[_Summand | int]: ...

    # Without a key_mapper each event goes through float().
    @overload
    def average(
        self: MathematicalMixin[str | SupportsFloat | SupportsIndex], key_mapper: None = None
    ) -> Observable[float]: ...
    @overload
    def average(self, key_mapper: Callable[[_T_co], float]) -> Observable[float]: ...

    # A comparer says by its sign which of two is the larger.
    @overload
    def min(self: MathematicalMixin[_Number], comparer: None = None) -> Observable[_T_co]: ...
    @overload
    def min(self, comparer: Callable[[_T_co, _T_co], int]) -> Observable[_T_co]: ...
    @overload
    def max(self: MathematicalMixin[_Number], comparer: None = None) -> Observable[_T_co]: ...
    @overload
    def max(self, comparer: Callable[[_T_co, _T_co], int]) -> Observable[_T_co]: ...
    @overload
    def min_by(self, key_mapper: Callable[[_T_co], _Number], comparer: None = None) -> Observable[list[_T_co]]: ...
    @overload
    def min_by(
        self, key_mapper: Callable[[_T_co], _K], comparer: Callable[[_K, _K], int]
    ) -> Observable[list[_T_co]]: ...
    @overload
    def max_by(self, key_mapper: Callable[[_T_co], _Number], comparer: None = None) -> Observable[list[_T_co]]: ...
    @overload
    def max_by(
        self, key_mapper: Callable[[_T_co], _K], comparer: Callable[[_K, _K], int]
    ) -> Observable[list[_T_co]]: ...
