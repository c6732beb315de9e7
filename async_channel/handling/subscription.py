"""Subscription: a callback that is called with each event, in a task of its own."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Awaitable, Callable
from typing import Any, Generic, TypeAlias, TypeVar

from async_channel.errors import ConsumerLagged
from async_channel.handling.supervisor import Supervisor
from async_channel.stats import ConsumerStats, Leftover
from async_channel.util.failure import FAILURES, as_failure, being_cancelled
from async_channel.util.pipeline import NOTHING
from async_channel.util.reader import Intake, Reader

T = TypeVar("T")

logger = logging.getLogger("async_channel")

Callback: TypeAlias = "Callable[[T], Awaitable[object] | object]"


class Subscription(Generic[T]):
    """What `Channel.consume` returns: the callback's place in the channel, to look at and to close.

    What the callback raises is reported on the channel's ``errors`` and to the logger; then the next event is its turn.
    """

    def __init__(self, intake: Intake[T], reader: Reader[T], callback: Callback[T], supervisor: Supervisor) -> None:
        self._intake = intake
        self._reader = reader
        self._callback = callback
        self._supervisor = supervisor
        self._report = intake.report
        self._gone: list[Callable[[], None]] = []
        self._at: object = NOTHING  # the event that it failed on, or was cancelled at, until that is settled
        self._ended_by = ""
        self.task: asyncio.Task[None] | None = None
        """The task that calls back; None until an event loop runs and the channel is started, and if it is a drain."""
        self.failure: Exception | None = None
        """What it ended with, if it is to end with an error."""
        self.raised = False
        """Whether somebody who stopped a channel was told of that error."""
        self.leftover: Leftover | None = None
        """What it had not handled when it was cancelled, if there was anything."""

    @property
    def name(self) -> str:
        """The name it was given, for messages and statistics."""
        return self._reader.name

    @property
    def ended(self) -> bool:
        """Whether it calls back no more: it was closed, or has had all that its channels sent."""
        return self._reader.exhausted if self.task is None else self.task.done()

    @property
    def goes_on(self) -> bool:
        """Whether events may still come: a channel that it hangs from has not ended."""
        return any(not root.closed for root in self._intake.roots())

    def stats(self) -> ConsumerStats:
        """Its ledger at this moment, as a frozen record."""
        return self._reader.stats()

    def start(self) -> None:
        """Begin to call back, in a task on the running loop. Starting twice does nothing more."""
        if self.task is None:
            self.task = asyncio.get_running_loop().create_task(self._run(), name=f"async_channel {self.name}")
            self.task.add_done_callback(self._task_ended)

    def when_gone(self, tell: Callable[[], None]) -> None:
        """Call a function when it was closed, and calls back no more."""
        self._gone.append(tell)

    def close(self) -> None:
        """No longer call back: what is pending is dropped, and a callback that waits is cancelled."""
        self._reader.close()
        if self.task is None or self.task.done():
            self._tell_gone()
            return
        self.task.add_done_callback(lambda _: self._tell_gone())  # until then the channel waits for it
        if self.task is not asyncio.current_task():
            self.task.cancel()

    def _tell_gone(self) -> None:
        told, self._gone = self._gone, []
        for tell in told:
            tell()

    def cut_off(self, channel: str) -> None:
        """A channel that was stopped waits no longer: cancel what is left."""
        self._ended_by = channel
        assert self.task is not None
        self.task.cancel()

    def _leave(self) -> None:
        """It was cancelled, and nobody closed it: what it has not handled is kept for whoever stops, and logged."""
        if self._reader._cursor.closed:
            return
        pending = self._reader.stats().pending
        in_flight = self._at is not NOTHING
        if pending or in_flight:
            channel = self._ended_by or next((root.name for root in self._intake.roots()), self.name)
            left = self.leftover = Leftover(
                channel=channel,
                consumer=self.name,
                pending=pending,
                in_flight=int(in_flight),
                event=self._at if in_flight else None,
            )
            logger.warning(
                "channel %r: consumer %r was cancelled with %d pending%s",
                channel,
                self.name,
                pending,
                f", in its callback for {left.event!r}" * in_flight,
            )

    def _task_ended(self, task: asyncio.Task[None]) -> None:
        """However the task ended, nobody calls back any more: senders must not wait for it."""
        if task.cancelled():
            self._leave()
        if not self._reader.exhausted:
            self._reader.close()
            self._tell_gone()

    async def _run(self) -> None:
        ended = False
        while not ended:
            try:
                await self._call_back()
                ended = True
            except ConsumerLagged as error:
                self._missed(error)
            except Exception as error:
                self._failed_with(error)
                ended = True

    def _missed(self, error: ConsumerLagged) -> None:
        """It missed events, and goes on with those that are left."""
        self._report(f"consumer {self.name!r}", error, None)

    def _failed_with(self, error: Exception) -> None:
        """What the channel failed with; there is nobody else to raise it to."""
        self._report(f"end of consumer {self.name!r}", error, None)

    async def _call_back(self) -> None:
        callback = self._callback
        async for event in self._reader:
            try:
                result = callback(event)
                if result is not None and inspect.isawaitable(result):
                    await result
                    stop_if_cancelled()
            except FAILURES as error:
                await self._settle(error, event)

    async def _settle(self, error: BaseException, event: Any) -> None:
        """The callback raised."""
        self._at = event
        cancelled = being_cancelled()
        if cancelled and isinstance(error, asyncio.CancelledError):
            raise error
        if cancelled:  # it raised something of its own instead, and must not begin with the next event
            self._report(f"callback of consumer {self.name!r}", as_failure(error), event)
            raise asyncio.CancelledError
        # Else something that the callback awaited was cancelled, not the callback: its failure, and not our end.
        settling = self._supervisor.failed(as_failure(error), event)
        if settling is not None:
            await settling
        self._at = NOTHING


def stop_if_cancelled() -> None:
    """End the task of a callback that swallowed its cancellation, before it begins with the next event."""
    if being_cancelled():
        raise asyncio.CancelledError
