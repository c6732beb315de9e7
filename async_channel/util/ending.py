"""Ending: something with a loop of its own that ends once, perhaps with an error."""

from __future__ import annotations

from types import TracebackType

from async_channel.errors import ChannelClosed
from async_channel.util.affinity import Affinity


class Ending(Affinity):
    """Knows whether it has ended, and with what."""

    __slots__ = ("_trace", "closed", "error")

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.closed = False
        self.error: Exception | None = None
        self._trace: TracebackType | None = None

    def end_with(self, error: Exception | None) -> None:
        """It has ended."""
        self.closed = True
        self.error = error
        self._trace = None if error is None else error.__traceback__

    def check_open(self) -> None:
        """Raise ChannelClosed if nothing can be appended any more."""
        if self.closed:
            if self.error is not None:
                raise ChannelClosed(
                    f"channel {self.name!r} failed with {self.error!r}: nothing can be sent"
                ) from self.error
            raise ChannelClosed(f"channel {self.name!r} is stopped: nothing can be sent after stop() or on_completed()")

    def raise_error(self) -> None:
        """Raise what it ended with, if that was an error; each time with the traceback it came with."""
        if self.error is not None:
            raise self.error.with_traceback(self._trace)
