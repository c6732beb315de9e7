"""Hot: a source that its owner pushes into, for the streams that operators make: one window, one key."""

from __future__ import annotations

from typing import Any

from reactivex import abc
from reactivex.disposable import CompositeDisposable, Disposable, RefCountDisposable
from typing_extensions import override

from async_channel.util.failure import FAILURES, as_failure
from async_channel.util.fused import Fused
from async_channel.util.pipeline import ObserverError, Receiver, ignore


class Hot(Fused[Any]):
    """Calls its sinks with what its owner pushes. Whoever comes when it has ended is told so."""

    def __init__(self, holds: RefCountDisposable | None = None) -> None:
        super().__init__()
        self._sinks: tuple[Receiver, ...] = ()
        self._holds = holds
        self._ended = False
        self._error: Exception | None = None

    @property
    def wanted(self) -> bool:
        """Whether anybody is subscribed."""
        return bool(self._sinks)

    def next(self, event: object) -> None:
        """Call every sink. What one of them does not take as its own end is raised when all have been called."""
        unhandled: Exception | None = None
        for sink in self._sinks:
            try:
                sink.next(event)
            except FAILURES as error:
                try:
                    sink.failed(as_failure(error))
                except Exception as observers:
                    unhandled = unhandled or observers
        if unhandled is not None:
            raise ObserverError(unhandled) from unhandled

    def completed(self) -> None:
        """The end."""
        self._end(None)

    def error(self, error: Exception) -> None:
        """The end, with an error."""
        self._end(error)

    def _end(self, error: Exception | None) -> None:
        if not self._ended:
            self._ended, self._error = True, error
            sinks, self._sinks = self._sinks, ()
            for sink in sinks:
                self._tell_end(sink)

    def _tell_end(self, sink: Receiver) -> None:
        if self._error is None:
            sink.completed()
        else:
            sink.error(self._error)

    @override
    def _attach(self, sink: Receiver, scheduler: abc.SchedulerBase | None) -> abc.DisposableBase:
        if self._ended:
            self._tell_end(sink)
            return Disposable()
        self._sinks = (*self._sinks, sink)

        def detach() -> None:
            sink.next = ignore  # an event that is just being pushed must not reach it any more
            self._sinks = tuple(other for other in self._sinks if other is not sink)

        return (
            Disposable(detach)
            if self._holds is None
            else CompositeDisposable(Disposable(detach), self._holds.disposable)
        )
