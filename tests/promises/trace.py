"""What may happen in a random world, a small record each; who did it is numbered as in the world."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

from async_channel import ChannelStats, ConsumerStats
from tests.promises.worlds import Sending

Event: TypeAlias = Any
"""Producers send numbers; pipelines make tuples of them, nested as they are."""


@dataclass(frozen=True, slots=True)
class Called:
    """A producer begins to send one event."""

    call: int
    channel: int
    producer: int
    event: Event
    how: Sending


@dataclass(frozen=True, slots=True)
class Suspended:
    call: int


@dataclass(frozen=True, slots=True)
class Resumed:
    call: int


@dataclass(frozen=True, slots=True)
class Returned:
    """The event was sent."""

    call: int


@dataclass(frozen=True, slots=True)
class Raised:
    """The event was not sent. Without an error it was `on_next` after the end, which is silent."""

    call: int
    error: BaseException | None


@dataclass(frozen=True, slots=True)
class Paused:
    """A producer awaits something that is no channel."""

    producer: int


@dataclass(frozen=True, slots=True)
class Opened:
    """A consumer is about to subscribe."""

    consumer: int


@dataclass(frozen=True, slots=True)
class Closed:
    """A consumer is about to be closed."""

    consumer: int


@dataclass(frozen=True, slots=True)
class CutOff:
    """A callback was given no more time, and its subscription is closed; only seen where ledgers are."""

    consumer: int


@dataclass(frozen=True, slots=True)
class Pushed:
    """A pipeline is about to hand an event to its consumer."""

    consumer: int
    event: Event


@dataclass(frozen=True, slots=True)
class Filtered:
    """A consumer's filter function has seen an event: it raised if `kept` is None."""

    consumer: int
    event: Event
    kept: bool | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A reader found nothing and waits."""

    consumer: int
    reader: int


@dataclass(frozen=True, slots=True)
class Woken:
    consumer: int
    reader: int


@dataclass(frozen=True, slots=True)
class Got:
    consumer: int
    reader: int
    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class Missed:
    """A reader was told that its consumer lagged."""

    consumer: int
    count: int


@dataclass(frozen=True, slots=True)
class Finished:
    """A reader saw the end: an exception, or that of its loop."""

    consumer: int
    reader: int
    error: BaseException


@dataclass(frozen=True, slots=True)
class Observed:
    observer: int
    event: Event


@dataclass(frozen=True, slots=True)
class Subscribed:
    observer: int


@dataclass(frozen=True, slots=True)
class Ended:
    """A channel is about to end; with an error if there is one."""

    channel: int
    error: Exception | None


@dataclass(frozen=True, slots=True)
class Quiet:
    """Nothing can happen any more until some time passes."""


@dataclass(frozen=True, slots=True)
class Ledgers:
    channels: tuple[ChannelStats, ...]
    consumers: tuple[ConsumerStats | None, ...]
    """None for those not subscribed yet."""


@dataclass(frozen=True, slots=True)
class Remains:
    """What is left when all is over."""

    sleepers: int
    senders: int
    tasks: int


Happening: TypeAlias = (
    Called
    | Suspended
    | Resumed
    | Returned
    | Raised
    | Paused
    | Opened
    | Closed
    | CutOff
    | Pushed
    | Filtered
    | Waiting
    | Woken
    | Got
    | Missed
    | Finished
    | Observed
    | Subscribed
    | Ended
    | Quiet
    | Ledgers
    | Remains
)
