"""Supervision: what becomes of the events that a callback fails on.

Such an event is tried again if the policy says so; then it is reported, and sent to the dead letters if there are any.
So each event is handled, or told of, and never both. One whose callback is cancelled counts among those it failed on:
nobody knows how far it came.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from inspect import isawaitable
from typing import Any, Generic, Protocol, TypeAlias, TypeVar

from async_channel import clock, util
from async_channel.errors import CallbackCancelled
from async_channel.policy import OnError, Retry
from async_channel.stats import DeadLetter
from async_channel.util.failure import FAILURES, Handler, as_failure, being_cancelled
from async_channel.util.reader import Intake
from async_channel.util.supports import SupportsSend

T = TypeVar("T")

Callback: TypeAlias = "Callable[[T], Awaitable[object] | object]"


class Stoppable(Protocol):
    """Whose callback it is."""

    failure: Exception | None

    @property
    def ended(self) -> bool:
        """Whether it is called no more, though it may still be awaited."""
        ...

    def given_up(self, event: object) -> None:
        """It was cancelled in the middle of an event."""
        ...

    def close(self) -> None:
        """Call it no more."""
        ...


class Supervisor(Generic[T]):
    """Decides what becomes of the events that one callback failed on."""

    __slots__ = ("_channel", "_cursor", "_dead_letters", "_intake", "_on_error", "_then", "callback", "name", "owner")

    def __init__(
        self,
        intake: Intake[T],
        callback: Callback[T],
        on_error: OnError | Retry,
        dead_letters: SupportsSend[DeadLetter[T]] | None,
    ) -> None:
        self.name = intake.cursor.name
        self._intake = intake
        self._cursor = intake.cursor
        self.callback = callback
        self._on_error = on_error
        self._then = (on_error.then or OnError.LOG) if isinstance(on_error, Retry) else on_error
        self._dead_letters = dead_letters
        self._channel = self._channel_name()
        self.owner: Stoppable
        """The subscription, which makes itself known here."""

    def _channel_name(self) -> str:
        return ", ".join(dict.fromkeys(root.name for root in self._intake.roots()))

    def failed(self, error: BaseException, event: T, letter: DeadLetter[T] | None = None) -> Settling | None:
        """The first call with an event failed.

        Args:
            error: what it raised.
            event: the event.
            letter: that which it came with, if it was redelivered.

        Returns:
            What is to be awaited before the next event is its turn, and says whether the event was handled after all;
            None if there is nothing to be done.
        """
        if being_cancelled():
            self._given_up(error, event, 1, letter)
            return None
        failure = as_failure(error)
        if isinstance(self._on_error, Retry) and self._on_error.covers(failure):
            return self._try_again(self._on_error, failure, event, letter)
        self._settle(failure, event, 1, letter, self._then)
        return None if self._dead_letters is None else self._bury(failure, event, 1, letter)

    async def redeliver(self, letter: DeadLetter[T]) -> bool:
        """Call back with the event of a dead letter; whether it was handled."""
        try:
            made = self.callback(letter.event)
            if isawaitable(made):
                await made
        except FAILURES as error:
            settling = self.failed(error, letter.event, letter)
            return settling is not None and await settling
        return True

    async def _try_again(self, policy: Retry, failure: Exception, event: T, letter: DeadLetter[T] | None) -> bool:
        calls = 1
        last: BaseException = failure

        async def call() -> None:
            nonlocal calls, last
            calls += 1
            try:
                made = self.callback(event)
                if isawaitable(made):
                    await made
            except FAILURES as error:
                last = error
                raise

        try:
            await util.retrying.again(policy, failure, call, lost=lambda: self.owner.ended)
        except asyncio.CancelledError:  # ours: it was called, or about to be called again
            self._given_up(last, event, calls, letter)
            raise
        except Exception as error:
            if being_cancelled():
                self._given_up(error, event, calls, letter)
                return False
            failure = error
        else:
            return True
        self._settle(failure, event, calls, letter, self._then)
        if self._dead_letters is not None:
            await self._bury(failure, event, calls, letter)
        return False

    def _settle(
        self, failure: Exception, event: T, calls: int, letter: DeadLetter[T] | None, then: OnError | None
    ) -> None:
        """Count it, say it, and end there if that is the policy."""
        if letter is None:  # one that is redelivered was counted when it failed first
            self._cursor.failed += 1
        stopped = self.owner if then is OnError.STOP and not (self.owner.ended or self.owner.failure) else None
        if stopped is not None:
            stopped.failure = failure
        where = f"callback of consumer {self.name!r}"
        self._intake.report(where, failure, event, Handler(self.name, calls, stopped))
        if stopped is not None:
            stopped.close()

    def _given_up(self, error: BaseException, event: T, calls: int, letter: DeadLetter[T] | None) -> None:
        """The callback was cancelled, or failed as it was: nothing can be awaited any more."""
        self.owner.given_up(event)
        if isinstance(error, Exception):
            failure, then = error, self._then
        else:
            failure, then = self._cancelled("the event in hand was not handled to its end"), None
            failure.__cause__ = error
        self._settle(failure, event, calls, letter, then)
        if self._dead_letters is not None:
            try:
                self._dead_letters.send_nowait(self._letter(failure, event, calls, letter))
            except Exception as refused:
                self._lost(refused, event)

    async def _bury(self, failure: Exception, event: T, calls: int, letter: DeadLetter[T] | None) -> bool:
        assert self._dead_letters is not None
        try:
            await self._dead_letters.send(self._letter(failure, event, calls, letter))
        except asyncio.CancelledError as error:
            if not being_cancelled():
                self._lost(as_failure(error), event)
                return False
            self._lost(self._cancelled("the dead letter of an event waited for room, and is lost"), event)
            self.owner.given_up(event)
            raise
        except Exception as refused:
            self._lost(refused, event)
        return False

    def _letter(self, failure: Exception, event: T, calls: int, letter: DeadLetter[T] | None) -> DeadLetter[T]:
        return DeadLetter(
            event=event,
            consumer=self.name,
            channel=self._channel_name() or self._channel,
            error=failure,
            attempts=calls + (0 if letter is None else letter.attempts),
            time=clock.now(),
        )

    def _cancelled(self, what: str) -> CallbackCancelled:
        return CallbackCancelled(
            f"the callback of consumer {self.name!r} was cancelled, and {what}. Stop the channel first, with a timeout "
            "that is long enough, to let it finish"
        )

    def _lost(self, refused: Exception, event: T) -> None:
        self._intake.report(f"dead letters of consumer {self.name!r}", refused, event, Handler(self.name))


Settling: TypeAlias = "Coroutine[Any, Any, bool]"
