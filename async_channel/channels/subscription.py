"""Subscription: a callback that a channel calls with each event, in a task of the channel's."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from async_channel.stats import ConsumerStats
from async_channel.util.reader import Reader, Report

T = TypeVar("T")


class Subscription(Generic[T]):
    """What `Channel.consume` returns: the callback's place in the channel, to look at and to close.

    What the callback raises is reported on the channel's ``errors`` and to the logger; then the next event is its turn.
    """

    def __init__(self, reader: Reader[T], callback: Callable[[T], Awaitable[object] | object], report: Report) -> None:
        self._reader = reader
        self._callback = callback
        self._report = report
        self.task: asyncio.Task[None] | None = None
        """The task that calls back; None until an event loop runs and the channel is started."""

    @property
    def name(self) -> str:
        """The name it was given, for messages and statistics."""
        return self._reader.name

    def stats(self) -> ConsumerStats:
        """Its ledger at this moment, as a frozen record."""
        return self._reader.stats()

    def start(self) -> None:
        """Begin to call back, in a task on the running loop. Starting twice does nothing more."""
        if self.task is None:
            self.task = asyncio.get_running_loop().create_task(self._run(), name=f"async_channel {self.name}")

    def close(self) -> None:
        """No longer call back: what is pending is dropped, and a callback that waits is cancelled."""
        self._reader.close()
        if self.task is not None and self.task is not asyncio.current_task():
            self.task.cancel()

    async def _run(self) -> None:
        callback = self._callback
        async for event in self._reader:
            try:
                result = callback(event)
                if inspect.isawaitable(result):
                    await result
            except Exception as error:
                self._report(f"callback of consumer {self.name!r}", error, event)
