# What goes on after an error.

from collections.abc import Callable
from typing import Generic, TypeVar

from reactivex.observable import Observable

_T_co = TypeVar("_T_co", covariant=True)
_A = TypeVar("_A")

class ErrorHandlingMixin(Generic[_T_co]):
    def catch(
        self, handler: Observable[_A] | Callable[[Exception, Observable[_T_co]], Observable[_A]]
    ) -> Observable[_T_co | _A]: ...
    def retry(self, retry_count: int | None = None) -> Observable[_T_co]: ...
    def on_error_resume_next(self, second: Observable[_A]) -> Observable[_T_co | _A]: ...
