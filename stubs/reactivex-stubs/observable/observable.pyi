# The operators come with the mixins; here is what every stream can do besides.

import builtins
import threading
from collections.abc import Callable, Generator
from typing import Any, TypeVar, overload

from reactivex import abc
from reactivex.observable.mixins import (
    CombinationMixin,
    ConditionalMixin,
    ErrorHandlingMixin,
    FilteringMixin,
    MathematicalMixin,
    MulticastingMixin,
    TestingMixin,
    TimeBasedMixin,
    TransformationMixin,
    UtilityMixin,
    WindowingMixin,
)

__all__ = ["Observable"]

_A = TypeVar("_A")
_B = TypeVar("_B")
_C = TypeVar("_C")
_D = TypeVar("_D")
_E = TypeVar("_E")
_F = TypeVar("_F")
_G = TypeVar("_G")
_H = TypeVar("_H")
_I = TypeVar("_I")
_S = TypeVar("_S")
_T_co = TypeVar("_T_co", covariant=True)

class Observable(
    abc.ObservableBase[_T_co],
    TransformationMixin[_T_co],
    FilteringMixin[_T_co],
    CombinationMixin[_T_co],
    MathematicalMixin[_T_co],
    ConditionalMixin[_T_co],
    ErrorHandlingMixin[_T_co],
    UtilityMixin[_T_co],
    TimeBasedMixin[_T_co],
    WindowingMixin[_T_co],
    MulticastingMixin[_T_co],
    TestingMixin[_T_co],
):
    lock: threading.RLock
    _subscribe: abc.Subscription[_T_co] | None
    def __init__(self, subscribe: abc.Subscription[_T_co] | None = None) -> None: ...
    def _subscribe_core(
        self, observer: abc.ObserverBase[_T_co], scheduler: abc.SchedulerBase | None = None
    ) -> abc.DisposableBase: ...
    def subscribe(
        self,
        on_next: abc.ObserverBase[_T_co] | abc.OnNext[_T_co] | None = None,
        on_error: abc.OnError | None = None,
        on_completed: abc.OnCompleted | None = None,
        *,
        scheduler: abc.SchedulerBase | None = None,
    ) -> abc.DisposableBase: ...
    def run(self, scheduler: abc.SchedulerBase | None = None) -> _T_co: ...
    def __await__(self) -> Generator[Any, None, _T_co]: ...
    def __add__(self, other: Observable[_A]) -> Observable[_T_co | _A]: ...
    def __iadd__(self, other: Observable[_A]) -> Observable[_T_co | _A]: ...
    def __getitem__(self, key: builtins.slice | int) -> Observable[_T_co]: ...

    # Operators from stream to stream stand first: through these, mypy infers unions as well. The second of each length
    # is for chains that go through something else, such as a ConnectableObservable.
    @overload
    def pipe(self) -> Observable[_T_co]: ...
    @overload
    def pipe(self, op1: Callable[[Observable[_T_co]], _A], /) -> _A: ...
    @overload
    def pipe(self: _S, op1: Callable[[_S], _A], /) -> _A: ...
    @overload
    def pipe(
        self, op1: Callable[[Observable[_T_co]], Observable[_A]], op2: Callable[[Observable[_A]], _B], /
    ) -> _B: ...
    @overload
    def pipe(self: _S, op1: Callable[[_S], _A], op2: Callable[[_A], _B], /) -> _B: ...
    @overload
    def pipe(
        self,
        op1: Callable[[Observable[_T_co]], Observable[_A]],
        op2: Callable[[Observable[_A]], Observable[_B]],
        op3: Callable[[Observable[_B]], _C],
        /,
    ) -> _C: ...
    @overload
    def pipe(self: _S, op1: Callable[[_S], _A], op2: Callable[[_A], _B], op3: Callable[[_B], _C], /) -> _C: ...
    @overload
    def pipe(
        self,
        op1: Callable[[Observable[_T_co]], Observable[_A]],
        op2: Callable[[Observable[_A]], Observable[_B]],
        op3: Callable[[Observable[_B]], Observable[_C]],
        op4: Callable[[Observable[_C]], _D],
        /,
    ) -> _D: ...
    @overload
    def pipe(
        self: _S, op1: Callable[[_S], _A], op2: Callable[[_A], _B], op3: Callable[[_B], _C], op4: Callable[[_C], _D], /
    ) -> _D: ...
    @overload
    def pipe(
        self,
        op1: Callable[[Observable[_T_co]], Observable[_A]],
        op2: Callable[[Observable[_A]], Observable[_B]],
        op3: Callable[[Observable[_B]], Observable[_C]],
        op4: Callable[[Observable[_C]], Observable[_D]],
        op5: Callable[[Observable[_D]], _E],
        /,
    ) -> _E: ...
    @overload
    def pipe(
        self: _S,
        op1: Callable[[_S], _A],
        op2: Callable[[_A], _B],
        op3: Callable[[_B], _C],
        op4: Callable[[_C], _D],
        op5: Callable[[_D], _E],
        /,
    ) -> _E: ...
    @overload
    def pipe(
        self,
        op1: Callable[[Observable[_T_co]], Observable[_A]],
        op2: Callable[[Observable[_A]], Observable[_B]],
        op3: Callable[[Observable[_B]], Observable[_C]],
        op4: Callable[[Observable[_C]], Observable[_D]],
        op5: Callable[[Observable[_D]], Observable[_E]],
        op6: Callable[[Observable[_E]], _F],
        /,
    ) -> _F: ...
    @overload
    def pipe(
        self: _S,
        op1: Callable[[_S], _A],
        op2: Callable[[_A], _B],
        op3: Callable[[_B], _C],
        op4: Callable[[_C], _D],
        op5: Callable[[_D], _E],
        op6: Callable[[_E], _F],
        /,
    ) -> _F: ...
    @overload
    def pipe(
        self,
        op1: Callable[[Observable[_T_co]], Observable[_A]],
        op2: Callable[[Observable[_A]], Observable[_B]],
        op3: Callable[[Observable[_B]], Observable[_C]],
        op4: Callable[[Observable[_C]], Observable[_D]],
        op5: Callable[[Observable[_D]], Observable[_E]],
        op6: Callable[[Observable[_E]], Observable[_F]],
        op7: Callable[[Observable[_F]], _G],
        /,
    ) -> _G: ...
    @overload
    def pipe(
        self: _S,
        op1: Callable[[_S], _A],
        op2: Callable[[_A], _B],
        op3: Callable[[_B], _C],
        op4: Callable[[_C], _D],
        op5: Callable[[_D], _E],
        op6: Callable[[_E], _F],
        op7: Callable[[_F], _G],
        /,
    ) -> _G: ...
    @overload
    def pipe(
        self,
        op1: Callable[[Observable[_T_co]], Observable[_A]],
        op2: Callable[[Observable[_A]], Observable[_B]],
        op3: Callable[[Observable[_B]], Observable[_C]],
        op4: Callable[[Observable[_C]], Observable[_D]],
        op5: Callable[[Observable[_D]], Observable[_E]],
        op6: Callable[[Observable[_E]], Observable[_F]],
        op7: Callable[[Observable[_F]], Observable[_G]],
        op8: Callable[[Observable[_G]], _H],
        /,
    ) -> _H: ...
    @overload
    def pipe(
        self: _S,
        op1: Callable[[_S], _A],
        op2: Callable[[_A], _B],
        op3: Callable[[_B], _C],
        op4: Callable[[_C], _D],
        op5: Callable[[_D], _E],
        op6: Callable[[_E], _F],
        op7: Callable[[_F], _G],
        op8: Callable[[_G], _H],
        /,
    ) -> _H: ...
    @overload
    def pipe(
        self,
        op1: Callable[[Observable[_T_co]], Observable[_A]],
        op2: Callable[[Observable[_A]], Observable[_B]],
        op3: Callable[[Observable[_B]], Observable[_C]],
        op4: Callable[[Observable[_C]], Observable[_D]],
        op5: Callable[[Observable[_D]], Observable[_E]],
        op6: Callable[[Observable[_E]], Observable[_F]],
        op7: Callable[[Observable[_F]], Observable[_G]],
        op8: Callable[[Observable[_G]], Observable[_H]],
        op9: Callable[[Observable[_H]], _I],
        /,
    ) -> _I: ...
    @overload
    def pipe(
        self: _S,
        op1: Callable[[_S], _A],
        op2: Callable[[_A], _B],
        op3: Callable[[_B], _C],
        op4: Callable[[_C], _D],
        op5: Callable[[_D], _E],
        op6: Callable[[_E], _F],
        op7: Callable[[_F], _G],
        op8: Callable[[_G], _H],
        op9: Callable[[_H], _I],
        /,
    ) -> _I: ...
    @overload
    def pipe(
        self: _S,
        op1: Callable[[_S], _A],
        op2: Callable[[_A], _B],
        op3: Callable[[_B], _C],
        op4: Callable[[_C], _D],
        op5: Callable[[_D], _E],
        op6: Callable[[_E], _F],
        op7: Callable[[_F], _G],
        op8: Callable[[_G], _H],
        op9: Callable[[_H], _I],
        /,
        *operators: Callable[[Any], Any],
    ) -> Any: ...
