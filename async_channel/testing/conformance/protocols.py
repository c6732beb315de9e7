"""What somebody implements to hold a library to the rules: who makes the publishers, and who the subscribers."""

from __future__ import annotations

import math
from collections.abc import AsyncIterable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from async_channel.testing.conformance.source import Element, Source

T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, kw_only=True)
class Traits:
    """What is particular to the publishers or subscribers of a factory. The rules that don't concern them are skipped.

    Args:
        lossy: a subscriber that falls behind loses events; otherwise the source is held back.
        overrun: what a lossy subscriber fails with when it fell behind, if it is told so.
        multicast: several subscribers may read one publisher, and all get the same events.
        cold: each subscription reads the source anew, and by itself.
        sized: `subscribe` honours its capacity; otherwise nothing is taken in before it is asked for.
        completes: the publisher passes on the end of its source.
        every: how many elements of the source make one event (a count).
        slack: how many events may be on their way, besides those in a subscriber's own buffer (a count).
        speed: loop seconds a real second. Time is virtual by default; what waits for sockets, processes or threads
            needs real time, 1.0.
        patience: seconds without an event after which none is expected any more.
        beat: seconds between two events of a source that takes its time.
        stuck: real seconds after which a test that has not ended is cut off.
    """

    lossy: bool = False
    overrun: type[Exception] | None = None
    multicast: bool = True
    cold: bool = False
    sized: bool = True
    completes: bool = True
    every: int = 1
    slack: int = 1
    speed: float = math.inf
    patience: float = 3600.0
    beat: float = 1.0
    stuck: float = 30.0


class Subscription(Protocol[T_co]):
    """One reader's side: Reactive Streams' Subscriber and Subscription in one. The kit watches it be let go of.

    So nothing but the one who reads should hold it, and it can be referenced weakly, as any object of a plain class.
    """

    async def get(self) -> T_co:
        """Take the next event, and wait for it if there is none.

        Raises:
            StopAsyncIteration: the publisher has completed.
            Exception: the error that the publisher failed with; or, once it was closed, whatever says so.
        """
        ...

    async def close(self) -> None:
        """Stop reading. It does not wait for events, and twice does nothing more."""
        ...


class Publisher(Protocol[T_co]):
    """A publisher of the events of a source."""

    async def subscribe(self, capacity: int) -> Subscription[T_co]:
        """Begin to read.

        Args:
            capacity: how many events the subscription may take in before they are asked for.

        Raises:
            ValueError, TypeError: capacity is no such number.
        """
        ...

    async def run(self) -> None:
        """Publish all that the source has, then its ending. It is called once, in a task, and cancelled at the latest.

        A cold publisher, whose subscriptions read the source by themselves, has nothing to do here.
        """
        ...


class PublisherFactory(Protocol[T_co]):
    """Makes the publishers that `PublisherRules`, `SubscriptionRules` and `ProcessorRules` are about."""

    @property
    def traits(self) -> Traits:
        """What is particular to these publishers."""
        return Traits()

    def publisher(self, source: Source) -> Publisher[T_co]:
        """Make a publisher of what an asynchronous iterable gives. A running event loop is there."""
        ...

    def expected(self, elements: Sequence[Element]) -> Sequence[object]:
        """What subscribers get when the source has these elements; the same ones, unless it is overridden."""
        return elements


class SubscriberFactory(Protocol):
    """Makes the subscribers that `SubscriberRules` are about: whatever reads an asynchronous iterable to its end."""

    @property
    def traits(self) -> Traits:
        """What is particular to these subscribers."""
        return Traits()

    async def read(self, source: AsyncIterable[Element], handle: Callable[[Element], None]) -> None:
        """Iterate over a source and have each element handled, until it ends; let go of it in any case.

        Args:
            source: to be iterated once. Its iterator is an ``AsyncGenerator``.
            handle: called with each element, on the event loop. What it raises ends the reading, or is reported (logged
                with its traceback, or given to the loop's exception handler).

        Raises:
            Exception: what the source failed with, or what `handle` raised.
        """
        ...
