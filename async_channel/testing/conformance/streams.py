"""Publishers made of this library's own streams: who writes an operator holds it to the rules by naming it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Generic, TypeVar

from reactivex import Observable
from typing_extensions import override

from async_channel import Channel, ChannelClosed, Conflate, Consumer, ConsumerLagged, Overflow
from async_channel.testing.conformance.protocols import Publisher, PublisherFactory, Subscription, Traits
from async_channel.testing.conformance.source import Element, Source

T = TypeVar("T")


class ByGet(Generic[T]):
    """A consumer that is read by `get`."""

    def __init__(self, consumer: Consumer[T]) -> None:
        self._consumer = consumer

    async def get(self) -> T:
        """The next event."""
        try:
            return await self._consumer.get()
        except ChannelClosed:
            raise StopAsyncIteration from None

    async def close(self) -> None:
        """Close the consumer."""
        self._consumer.close()


class ByIteration(Generic[T]):
    """A consumer that is read by ``async for``; by a new one after a cancellation, which ends any in Python."""

    def __init__(self, consumer: Consumer[T]) -> None:
        self._consumer = consumer
        self._events = aiter(consumer)

    async def get(self) -> T:
        """The next event."""
        try:
            return await anext(self._events)
        except asyncio.CancelledError:
            self._events = aiter(self._consumer)
            raise

    async def close(self) -> None:
        """Close the consumer."""
        self._consumer.close()


class ByBatches(Generic[T]):
    """A consumer that is read in batches, of one event each: a larger one would be asked for all at once."""

    def __init__(self, consumer: Consumer[T]) -> None:
        self._consumer = consumer
        self._batches = consumer.batches(1)

    async def get(self) -> T:
        """The next event."""
        try:
            (event,) = await anext(self._batches)
        except asyncio.CancelledError:
            self._batches = self._consumer.batches(1)
            raise
        return event

    async def close(self) -> None:
        """Close the consumer."""
        self._consumer.close()


async def send_each(channel: Channel[Element], source: Source) -> None:
    """Send what a source has, then its ending."""
    try:
        async for element in source:
            await channel.send(element)
    except Exception as error:
        channel.on_error(error)
    else:
        await channel.stop()


class StreamPublishers(PublisherFactory[T]):
    """Publishers made of a channel and the stream that is built on it.

    >>> from async_channel.testing.conformance import PublisherRules
    >>> evens = StreamPublishers(
    ...     lambda elements: elements.filter(lambda element: element.number % 2 == 1),
    ...     expected=lambda elements: elements[1::2],
    ...     traits=Traits(every=2),
    ... )
    >>> PublisherRules().test_required_spec102_it_may_end_before_all_came_that_was_asked_for(evens)

    Args:
        build: function of a channel that gives the stream on it.
        expected: function of the elements that are sent that gives what comes out; the elements themselves by default.
        overflow: as that of `Consumer`.
        read: how the consumer is read: `ByGet`, `ByIteration` or `ByBatches`.
        send: coroutine function that sends what a source has into the channel.
        traits: what else is particular to the stream.
    """

    def __init__(
        self,
        build: Callable[[Channel[Element]], Observable[T]],
        *,
        expected: Callable[[Sequence[Element]], Sequence[object]] = lambda elements: elements,
        overflow: Overflow | Conflate[T] = Overflow.BLOCK,
        read: Callable[[Consumer[T]], Subscription[T]] = ByGet,
        send: Callable[[Channel[Element], Source], Awaitable[None]] = send_each,
        traits: Traits | None = None,
    ) -> None:
        self.build = build
        self.overflow = overflow
        self.read = read
        self.send = send
        self._expected = expected
        self._traits = _with_overflow(traits or Traits(), overflow)

    @property
    @override
    def traits(self) -> Traits:
        return self._traits

    @override
    def publisher(self, source: Source) -> Publisher[T]:
        return _Hot(self, source)

    @override
    def expected(self, elements: Sequence[Element]) -> Sequence[object]:
        return self._expected(elements)


class _Hot(Generic[T]):
    """A channel that somebody sends to."""

    def __init__(self, made_by: StreamPublishers[T], source: Source) -> None:
        self._made_by = made_by
        self._source = source
        self._channel: Channel[Element] = Channel("Elements")
        self._stream = made_by.build(self._channel)

    async def subscribe(self, capacity: int) -> Subscription[T]:
        made_by = self._made_by
        consumer = Consumer(self._stream, capacity=capacity, overflow=made_by.overflow)
        consumer._cursor.watched = True  # there are rules for those that nobody closes
        return made_by.read(consumer)

    async def run(self) -> None:
        await self._made_by.send(self._channel, self._source)


class ColdPublishers(PublisherFactory[T]):
    """Publishers whose subscriptions each read the source anew, as with `from_async_iterable`.

    >>> from async_channel import from_async_iterable
    >>> from async_channel.testing.conformance import SubscriptionRules
    >>> numbers = ColdPublishers(
    ...     lambda source: from_async_iterable(source).map(lambda element: element.number),
    ...     expected=lambda elements: [element.number for element in elements],
    ... )
    >>> SubscriptionRules().test_required_spec312_closing_lets_go_of_a_source_of_its_own(numbers)

    Args:
        build: function of a source that gives a stream on it.
        expected: as that of `StreamPublishers`, and so are the others.
        overflow: as that of `Consumer`.
        read: how the consumer is read.
        traits: what else is particular to the stream.
    """

    def __init__(
        self,
        build: Callable[[Source], Observable[T]],
        *,
        expected: Callable[[Sequence[Element]], Sequence[object]] = lambda elements: elements,
        overflow: Overflow | Conflate[T] = Overflow.BLOCK,
        read: Callable[[Consumer[T]], Subscription[T]] = ByGet,
        traits: Traits | None = None,
    ) -> None:
        self.build = build
        self.overflow = overflow
        self.read = read
        self._expected = expected
        self._traits = replace(_with_overflow(traits or Traits(), overflow), cold=True)

    @property
    @override
    def traits(self) -> Traits:
        return self._traits

    @override
    def publisher(self, source: Source) -> Publisher[T]:
        return _Cold(self, source)

    @override
    def expected(self, elements: Sequence[Element]) -> Sequence[object]:
        return self._expected(elements)


class _Cold(Generic[T]):
    """A stream that begins with its subscription."""

    def __init__(self, made_by: ColdPublishers[T], source: Source) -> None:
        self._made_by = made_by
        self._stream = made_by.build(source)

    async def subscribe(self, capacity: int) -> Subscription[T]:
        made_by = self._made_by
        return made_by.read(Consumer(self._stream, capacity=capacity, overflow=made_by.overflow))

    async def run(self) -> None:
        """The subscriptions do it all."""


def _with_overflow(traits: Traits, overflow: object) -> Traits:
    """What follows from an overflow policy."""
    return replace(
        traits,
        lossy=traits.lossy or overflow is not Overflow.BLOCK,
        overrun=ConsumerLagged if overflow is Overflow.FAIL else traits.overrun,
    )
