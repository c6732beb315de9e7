"""Failures: what can't be raised to whoever caused it goes to the log and to the channel's stream of errors."""

from __future__ import annotations

import logging
import math
from typing import Any, Final

from reactivex.subject import Subject

from async_channel import clock
from async_channel.errors import CallbackCancelled, HighLag, SlowCallback
from async_channel.handling.subscription import Subscription
from async_channel.stats import Failure
from async_channel.stream import Stream
from async_channel.util.failure import SOMEBODY, Handler

logger = logging.getLogger("async_channel")

NOTICES: Final = (CallbackCancelled, HighLag, SlowCallback)
"""What nobody raised: there is no traceback to show."""


class Failures:
    """The failures of one channel.

    Args:
        channel: its name.
        stopped: where to keep the subscriptions that have ended by an error.
    """

    __slots__ = ("_channel", "_stopped", "_subject")

    def __init__(self, channel: str, stopped: list[Subscription[Any]]) -> None:
        self._channel = channel
        self._stopped = stopped
        self._subject: Subject[Failure] = Subject()

    @property
    def stream(self) -> Stream[Failure]:
        """Every failure from here on; it completes when the channel has stopped."""
        return Stream(self._subject)

    def report(self, where: str, error: Exception, event: object, of: Handler = SOMEBODY, /) -> None:
        """Say that something raised.

        Args:
            where: what it was.
            error: what it raised.
            event: the event it was handling, or None.
            of: which consumer's failure it is.
        """
        if isinstance(of.stopped, Subscription):
            self._stopped.append(of.stopped)
        if isinstance(error, NOTICES):
            logger.warning("channel %r: %s", self._channel, error)
        else:
            logger.error("channel %r: %s raised on %r", self._channel, where, event, exc_info=error)
        failure = Failure(
            channel=self._channel,
            where=where,
            error=error,
            event=event,
            consumer=of.consumer,
            attempts=of.attempts,
            time=_time(),
        )
        try:
            self._subject.on_next(failure)
        except Exception:
            logger.exception("channel %r: a subscriber of its errors raised", self._channel)

    @property
    def completed(self) -> bool:
        """Whether no more will come."""
        return self._subject.is_stopped

    def complete(self) -> None:
        """No more will come."""
        self._subject.on_completed()


def _time() -> float:
    try:
        return clock.now()
    except RuntimeError:
        return math.nan
