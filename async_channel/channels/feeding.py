"""What a channel can be fed with: another stream, event by event, with backpressure."""

from __future__ import annotations

from collections.abc import AsyncIterable
from typing import Any, Generic, TypeVar, get_args, get_origin

from reactivex import Observable

from async_channel import util
from async_channel.policy import Conflate, Overflow, Priority
from async_channel.stream import Stream, from_observable
from async_channel.util import check
from async_channel.util.cursor import Cursor
from async_channel.util.reader import Reader

T = TypeVar("T")


class Feeding(Generic[T]):
    """A channel, as the stream that feeds it sees it."""

    _feeds: tuple[tuple[Stream[Any], Cursor[Any]], ...] = ()
    """What it is being fed with, and how far that has come: for whoever draws it."""

    async def send(self, event: T) -> None:
        """Send one event; the channel does it."""
        raise NotImplementedError

    async def feed(
        self,
        source: Observable[T] | AsyncIterable[T],
        *,
        capacity: int | None = None,
        overflow: Overflow | Conflate[T] = Overflow.BLOCK,
        name: str = "",
    ) -> int:
        """Send every event of a stream or async iterable, each as `send` does, to its end; say how many there were.

        >>> import asyncio
        >>> from async_channel import Channel, Consumer, from_iterable
        >>> async def main() -> None:
        ...     numbers: Channel[int] = Channel("Numbers")
        ...     async with Consumer(numbers) as consumer:
        ...         print(await numbers.feed(from_iterable(range(3)).map(lambda n: n * n)))
        ...         print([consumer.get_nowait() for _ in range(3)])
        >>> asyncio.run(main())
        3
        [0, 1, 4]

        It is how an Rx stream gets into a channel without loss, or with the loss that is chosen: where `on_next` can't
        wait and raises ChannelFull, this waits, and whoever sends to a channel above waits as well. Cancelled, it drops
        what it had taken in and not sent.

        Args:
            source: a Channel, a Stream, any reactivex Observable, or an asynchronous iterable: a task reads that, as
                far as there is room, and closes a generator when it is no longer read, for whatever reason.
            capacity: how many events the source may be ahead, 1 or more; as that of `Consumer`, and so are the others.
            overflow: what happens to events when it is.
            name: its name in messages.

        Raises:
            TypeError, ValueError: an argument is of another type or range.
            ChannelClosed, WrongLoop: as `send`.
            Exception: the error that the stream failed with, after what came before.
        """
        if not isinstance(source, Observable | AsyncIterable):
            raise TypeError(
                f"feed(...) takes a Channel, a Stream or another reactivex Observable, or an async iterable, "
                f"got {source!r}"
            )
        check.require_consumer_options(
            "feed", filter_func=None, capacity=capacity, overflow=overflow, priority=Priority.HIGH, name=name
        )
        stream: Stream[T] = (
            from_observable(source) if isinstance(source, Observable) else Stream(util.pump.AsyncPump(source))
        )
        count = 0
        intake = stream._open(name or "feed", capacity, overflow, Priority.HIGH)
        feed = (stream, intake.cursor)
        self._feeds = (*self._feeds, feed)
        try:
            async with Reader(intake, None) as events:
                async for event in events:
                    await self.send(event)
                    count += 1
        finally:
            self._feeds = tuple(other for other in self._feeds if other is not feed)
        return count


def declared_event_type(cls: type[Any], channel: type[Any]) -> type[Any] | None:
    """The class of events that a subclass was declared with: Order, of ``class OrdersChannel(Channel[Order])``."""
    for base in cls.__mro__:
        if base is channel:  # above it nothing says what its events are
            break
        for written in getattr(base, "__orig_bases__", ()):
            origin, arguments = get_origin(written), get_args(written)
            if isinstance(origin, type) and issubclass(origin, channel) and isinstance(arguments[0], type):
                return arguments[0]
    return None
