# What goes on after an error.

from collections.abc import Callable
from typing import TypeVar, overload

from reactivex.observable import Observable

_T = TypeVar("_T")
_A = TypeVar("_A")

@overload
def catch(handler: Observable[_A]) -> Callable[[Observable[_T]], Observable[_T | _A]]: ...
@overload
def catch(
    handler: Callable[[Exception, Observable[_T]], Observable[_A]],
) -> Callable[[Observable[_T]], Observable[_T | _A]]: ...
def retry(retry_count: int | None = None) -> Callable[[Observable[_T]], Observable[_T]]: ...
def on_error_resume_next(second: Observable[_A]) -> Callable[[Observable[_T]], Observable[_T | _A]]: ...
