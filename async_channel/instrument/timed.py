"""Timed: a callback that says how long it took. It stands in the callback's place while somebody wants to know."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from inspect import isawaitable
from time import perf_counter
from typing import Any, TypeAlias

from async_channel.handling.subscription import Subscription
from async_channel.handling.supervisor import Callback

Record: TypeAlias = Callable[[float, str, str, str | None], None]
"""Told of each call: seconds, the names of the channel and the consumer, the class of what it raised if it did."""


class Timed:
    """Calls a callback, and says how long it took in real time; one that awaits, until its end.

    Args:
        callback: what to call.
        record: whom to tell.
        names: of the channel, and of the consumer.
    """

    __slots__ = ("_callback", "_names", "_record")

    def __init__(self, callback: Callback[Any], record: Record, names: tuple[str, str]) -> None:
        self._callback = callback
        self._record = record
        self._names = names

    def __call__(self, event: Any) -> Awaitable[object] | object:
        """As the callback."""
        start = perf_counter()
        try:
            made = self._callback(event)
        except BaseException as error:
            self._record(perf_counter() - start, *self._names, error_type(error))
            raise
        if made is not None and isawaitable(made):
            return self._finish(made, start)
        self._record(perf_counter() - start, *self._names, None)
        return made

    async def _finish(self, made: Awaitable[object], start: float) -> None:
        try:
            await made
        except BaseException as error:
            self._record(perf_counter() - start, *self._names, error_type(error))
            raise
        self._record(perf_counter() - start, *self._names, None)

    def replace(self, callback: Callback[Any]) -> None:
        """Call another function, from the next event on."""
        self._callback = callback

    @staticmethod
    def take_out(subscription: Subscription[Any], record: Record | None) -> None:
        """Put the callback back in its place; what another provider measures with may stand before this."""
        place: Subscription[Any] | Timed = subscription
        while isinstance(timed := place._callback, Timed):
            if timed._record == record:
                place.replace(timed._callback)
                return
            place = timed


def error_type(error: BaseException) -> str:
    """The name of an exception's class, as OpenTelemetry's attribute ``error.type`` has it."""
    kind = type(error)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
