"""What is asked of those that events are sent to."""

from __future__ import annotations

from collections.abc import AsyncIterable, Coroutine, Iterable
from concurrent.futures import Future
from typing import Protocol, TypeVar

T_contra = TypeVar("T_contra", contravariant=True)


class SupportsSend(Protocol[T_contra]):
    """Whatever events can be sent to, as a producer sees it: a channel of these events, or of these and others."""

    def send(self, event: T_contra, /) -> Coroutine[object, object, None]:
        """Send an event, waiting for room."""
        ...

    def send_nowait(self, event: T_contra, /) -> None:
        """Send an event now or not at all."""
        ...

    def send_many(self, events: Iterable[T_contra] | AsyncIterable[T_contra], /) -> Coroutine[object, object, int]:
        """Send events one after another."""
        ...

    def send_from_thread(self, event: T_contra, /) -> Future[None]:
        """Send an event from another thread."""
        ...
