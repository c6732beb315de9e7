# What a stream did, as an object.

from abc import abstractmethod
from collections.abc import Callable
from typing import Generic, TypeVar

from reactivex import abc, typing
from reactivex.observable import Observable
from reactivex.observer import Observer

_T = TypeVar("_T")

class Notification(Generic[_T]):
    has_value: bool
    value: _T  # of an OnNext alone
    kind: str
    def __init__(self) -> None: ...
    def accept(
        self,
        on_next: typing.OnNext[_T] | abc.ObserverBase[_T],
        on_error: typing.OnError | None = None,
        on_completed: typing.OnCompleted | None = None,
    ) -> None: ...
    @abstractmethod
    def _accept(
        self,
        on_next: typing.OnNext[_T],
        on_error: typing.OnError | None,
        on_completed: typing.OnCompleted | None,
    ) -> None: ...
    @abstractmethod
    def _accept_observer(self, observer: abc.ObserverBase[_T]) -> None: ...
    def to_observable(self, scheduler: abc.SchedulerBase | None = None) -> Observable[_T]: ...
    def equals(self, other: Notification[_T]) -> bool: ...
    def __eq__(self, other: object) -> bool: ...

class OnNext(Notification[_T]):
    def __init__(self, value: _T) -> None: ...
    def _accept(
        self,
        on_next: typing.OnNext[_T],
        on_error: typing.OnError | None = None,
        on_completed: typing.OnCompleted | None = None,
    ) -> None: ...
    def _accept_observer(self, observer: abc.ObserverBase[_T]) -> None: ...

class OnError(Notification[_T]):
    exception: Exception
    def __init__(self, error: Exception | str) -> None: ...
    def _accept(
        self,
        on_next: typing.OnNext[_T],
        on_error: typing.OnError | None,
        on_completed: typing.OnCompleted | None,
    ) -> None: ...
    def _accept_observer(self, observer: abc.ObserverBase[_T]) -> None: ...

class OnCompleted(Notification[_T]):
    def __init__(self) -> None: ...
    def _accept(
        self,
        on_next: typing.OnNext[_T],
        on_error: typing.OnError | None,
        on_completed: typing.OnCompleted | None,
    ) -> None: ...
    def _accept_observer(self, observer: abc.ObserverBase[_T]) -> None: ...

def from_notifier(handler: Callable[[Notification[_T]], None]) -> Observer[_T]: ...
