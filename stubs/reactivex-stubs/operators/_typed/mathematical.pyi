# One number, or the extreme events, of all of them.

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import SupportsFloat, SupportsIndex, TypeVar, overload

from reactivex.observable import Observable

_T = TypeVar("_T")
_K = TypeVar("_K")
_Summand = TypeVar("_Summand", int, float, Decimal)
# Without a comparer one is subtracted from the other, which is more than an order: str and datetime fail.
_Number = TypeVar("_Number", bound=float | Decimal | Fraction)

@overload
def count(predicate: None = None) -> Callable[[Observable[object]], Observable[int]]: ...
@overload
def count(predicate: Callable[[_T], bool]) -> Callable[[Observable[_T]], Observable[int]]: ...

# The sum of nothing is the int 0.
@overload
def sum(key_mapper: None = None) -> Callable[[Observable[_Summand]], Observable[_Summand | int]]: ...
@overload
def sum(key_mapper: Callable[[_T], _Summand]) -> Callable[[Observable[_T]], Observable[_Summand | int]]: ...

# Without a key_mapper each event goes through float().
@overload
def average(
    key_mapper: None = None,
) -> Callable[[Observable[str | SupportsFloat | SupportsIndex]], Observable[float]]: ...
@overload
def average(key_mapper: Callable[[_T], float]) -> Callable[[Observable[_T]], Observable[float]]: ...

# A comparer says by its sign which of two is the larger.
@overload
def min(comparer: None = None) -> Callable[[Observable[_Number]], Observable[_Number]]: ...
@overload
def min(comparer: Callable[[_T, _T], int]) -> Callable[[Observable[_T]], Observable[_T]]: ...
@overload
def max(comparer: None = None) -> Callable[[Observable[_Number]], Observable[_Number]]: ...
@overload
def max(comparer: Callable[[_T, _T], int]) -> Callable[[Observable[_T]], Observable[_T]]: ...
@overload
def min_by(
    key_mapper: Callable[[_T], float | Decimal | Fraction], comparer: None = None
) -> Callable[[Observable[_T]], Observable[list[_T]]]: ...
@overload
def min_by(
    key_mapper: Callable[[_T], _K], comparer: Callable[[_K, _K], int]
) -> Callable[[Observable[_T]], Observable[list[_T]]]: ...
@overload
def max_by(
    key_mapper: Callable[[_T], float | Decimal | Fraction], comparer: None = None
) -> Callable[[Observable[_T]], Observable[list[_T]]]: ...
@overload
def max_by(
    key_mapper: Callable[[_T], _K], comparer: Callable[[_K, _K], int]
) -> Callable[[Observable[_T]], Observable[list[_T]]]: ...
