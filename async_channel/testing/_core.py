"""Everything the kit uses of the core beyond its public API: here, and nowhere else in the kit."""

from __future__ import annotations

from async_channel.clock import _beginning as clock_beginning  # one reading of what start= says, and its errors
from async_channel.clock import _epochs as epochs  # the explorer makes loops itself, and their clock begins at 0
from async_channel.clock import _VirtualLoop as VirtualLoop  # the explorer's loop is one, with another order
from async_channel.util.check import (  # one wording for arguments that are of no use
    positive_count,
    positive_seconds,
    require_callable,
    require_consumer_options,
)
from async_channel.util.cursor import Cursor  # what a consumer leaves open
from async_channel.util.demand import Demand  # what hangs below a subscription
from async_channel.util.inbox import Inbox  # that of a pipeline
from async_channel.util.pipeline import Receiver
from async_channel.util.place import Waiter  # what a reader that waits has left there
from async_channel.util.reader import Intake
from async_channel.util.relay import Relay  # those of consumers that share a pipeline
from async_channel.util.scheduler import LoopScheduler  # it brings the inbox to the channel

__all__ = [
    "Cursor",
    "Demand",
    "Inbox",
    "Intake",
    "LoopScheduler",
    "Receiver",
    "Relay",
    "VirtualLoop",
    "Waiter",
    "clock_beginning",
    "epochs",
    "positive_count",
    "positive_seconds",
    "require_callable",
    "require_consumer_options",
]
