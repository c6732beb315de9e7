"""Every exception this library raises of its own accord, in one tree.

::

    ChannelError
    ├── ChannelClosed        sending to, or reading past the end of, a stopped channel
    ├── ConsumerClosed       reading from a consumer that was closed
    ├── ChannelFull          send_nowait or on_next while a blocking consumer is full   (also asyncio.QueueFull)
    ├── ChannelEmpty         get_nowait while nothing is pending                        (also asyncio.QueueEmpty)
    ├── ConsumerLagged       a consumer missed events it had asked not to miss
    ├── HighLag              a consumer is further behind than was to be reported       (on channel.errors)
    ├── SlowCallback         a callback kept the event loop from running                (on channel.errors)
    ├── CallbackCancelled    a callback was cancelled in the middle of an event         (on channel.errors)
    ├── ConsumersFailed      callbacks ended with errors before their channel did       (also ExceptionGroup)
    ├── NotStarted           something needs the channel's event loop, not yet known or ended (also RuntimeError)
    ├── WrongLoop            used from another event loop or thread                     (also RuntimeError)
    ├── EventTypeConflict    one name opened with two event types                       (also TypeError)
    └── RecordingError       a recording can't be read as what it should be, or an event can't be kept in one

Bad arguments raise the field's usual ``TypeError`` and ``ValueError``, a ``get`` that times out ``TimeoutError``.
"""

from __future__ import annotations

import asyncio


class ChannelError(Exception):
    """The root of the tree: catches whatever this library raises of its own accord."""


class ChannelClosed(ChannelError):
    """The channel was stopped, completed or failed: nothing can be sent, and nothing is left to read."""


class ConsumerClosed(ChannelError):
    """The consumer was closed: it reads no more."""


class ChannelFull(ChannelError, asyncio.QueueFull):
    """A blocking consumer is full, and this way of sending can't wait. Nobody got the event."""


class ChannelEmpty(ChannelError, asyncio.QueueEmpty):
    """Nothing is pending, and this way of reading can't wait."""


class ConsumerLagged(ChannelError):
    """A consumer fell behind and missed events; it may go on reading with those that are left.

    >>> error = ConsumerLagged("consumer 'screen' missed 3 events", missed=3)
    >>> error.missed
    3
    """

    def __init__(self, message: str, *, missed: int) -> None:
        super().__init__(message)
        self.missed = missed
        """How many events were lost to this consumer since it last read (a count)."""


class HighLag(ChannelError):
    """A consumer is as far behind as was to be reported. It is on ``channel.errors``, and is never raised.

    >>> error = HighLag("consumer 'screen' has 8 events pending", pending=8, capacity=10)
    >>> error.pending / error.capacity
    0.8
    """

    def __init__(self, message: str, *, pending: int, capacity: int) -> None:
        super().__init__(message)
        self.pending = pending
        """How many events waited for it (a count)."""
        self.capacity = capacity
        """How many it may be behind (a count)."""


class SlowCallback(ChannelError):
    """A callback kept the event loop from running anything else. It is on ``channel.errors``, and is never raised.

    >>> error = SlowCallback("the callback of consumer 'screen' kept the event loop for 0.25 s", seconds=0.25)
    >>> error.seconds
    0.25
    """

    def __init__(self, message: str, *, seconds: float) -> None:
        super().__init__(message)
        self.seconds = seconds
        """For how long (seconds of real time)."""


class CallbackCancelled(ChannelError):
    """A callback was cancelled in the middle of an event: its subscription was closed, or not ended in time.

    It is on ``channel.errors`` and in the dead letter of that event, and is never raised.
    """


class ConsumersFailed(ChannelError, ExceptionGroup[Exception]):
    """Callbacks ended with errors, as their policy is; these are their errors, now that all has ended."""


class NotStarted(ChannelError, RuntimeError):
    """The channel does not know its event loop yet, or that has ended, and what was asked for needs it."""


class WrongLoop(ChannelError, RuntimeError):
    """A channel or consumer was used from another event loop or thread than its own."""


class EventTypeConflict(ChannelError, TypeError):
    """A registry was asked for a known name with another event type."""


class RecordingError(ChannelError):
    """A file is no recording, a damaged one, or of other events; or an event can't be written so that it comes back."""
