"""Failures: what can't be raised to whoever caused it goes to the log and to the channel's stream of errors."""

from __future__ import annotations

import logging

from reactivex.subject import Subject

from async_channel.stats import Failure
from async_channel.stream import Stream

logger = logging.getLogger("async_channel")


class Failures:
    """The failures of one channel."""

    __slots__ = ("_channel", "_subject")

    def __init__(self, channel: str) -> None:
        self._channel = channel
        self._subject: Subject[Failure] = Subject()

    @property
    def stream(self) -> Stream[Failure]:
        """Every failure from here on; it completes when the channel has stopped."""
        return Stream(self._subject)

    def report(self, where: str, error: Exception, event: object) -> None:
        """Say that something raised.

        Args:
            where: what it was.
            error: what it raised.
            event: the event it was handling, or None.
        """
        logger.error("channel %r: %s raised on %r", self._channel, where, event, exc_info=error)
        try:
            self._subject.on_next(Failure(channel=self._channel, where=where, error=error, event=event))
        except Exception:
            logger.exception("channel %r: a subscriber of its errors raised", self._channel)

    def complete(self) -> None:
        """No more will come."""
        self._subject.on_completed()
