"""Typed reactive channels for asyncio.

A ``Channel[T]`` is a reactivex ``Subject[T]`` that also knows ``await``, backpressure and ``mypy --strict``.
"""

from async_channel.channels import Channel, ChannelKey, Channels, Scope, Subscription
from async_channel.consumer import Consumer
from async_channel.errors import (
    CallbackCancelled,
    ChannelClosed,
    ChannelEmpty,
    ChannelError,
    ChannelFull,
    ConsumerClosed,
    ConsumerLagged,
    ConsumersFailed,
    EventTypeConflict,
    HighLag,
    NotStarted,
    RecordingError,
    SlowCallback,
    WrongLoop,
)
from async_channel.events import event
from async_channel.operators.keying import Keyed
from async_channel.policy import Conflate, OnError, Overflow, Priority, Retry, conflate_by
from async_channel.producer import Producer
from async_channel.retrying import retry
from async_channel.signals import stop_on_signal
from async_channel.sources import from_async_iterable, from_iterable, interval, timer
from async_channel.stats import ChannelStats, ConsumerStats, DeadLetter, Failure, Leftover
from async_channel.stream import Stream, from_observable

__all__ = [
    "CallbackCancelled",
    "Channel",
    "ChannelClosed",
    "ChannelEmpty",
    "ChannelError",
    "ChannelFull",
    "ChannelKey",
    "ChannelStats",
    "Channels",
    "Conflate",
    "Consumer",
    "ConsumerClosed",
    "ConsumerLagged",
    "ConsumerStats",
    "ConsumersFailed",
    "DeadLetter",
    "EventTypeConflict",
    "Failure",
    "HighLag",
    "Keyed",
    "Leftover",
    "NotStarted",
    "OnError",
    "Overflow",
    "Priority",
    "Producer",
    "RecordingError",
    "Retry",
    "Scope",
    "SlowCallback",
    "Stream",
    "Subscription",
    "WrongLoop",
    "conflate_by",
    "event",
    "from_async_iterable",
    "from_iterable",
    "from_observable",
    "interval",
    "retry",
    "stop_on_signal",
    "timer",
]
