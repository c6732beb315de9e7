"""Producer: the sending side of a channel, for code that may only send."""

from __future__ import annotations

from collections.abc import AsyncIterable, Coroutine, Iterable
from concurrent.futures import Future
from typing import Generic, Protocol, TypeVar

from async_channel.channels.channel import Channel

T_contra = TypeVar("T_contra", contravariant=True)


class SupportsSend(Protocol[T_contra]):
    """Whatever events can be sent to, as a producer sees it: a channel of these events, or of these and others."""

    def send(self, event: T_contra, /) -> Coroutine[object, object, None]:
        """Send an event, waiting for room."""
        ...

    def send_nowait(self, event: T_contra, /) -> None:
        """Send an event now or not at all."""
        ...

    def send_many(self, events: Iterable[T_contra] | AsyncIterable[T_contra], /) -> Coroutine[object, object, int]:
        """Send events one after another."""
        ...

    def send_from_thread(self, event: T_contra, /) -> Future[None]:
        """Send an event from another thread."""
        ...


class Producer(Generic[T_contra]):
    """Sends to a channel, and can do nothing else with it.

    It is contravariant: where a ``Producer[Tick]`` is asked for, a producer for a ``Channel[Tick | Order]`` will do.

    >>> import asyncio
    >>> from async_channel import Channel, Consumer
    >>> async def main() -> None:
    ...     channel: Channel[str] = Channel("Words")
    ...     await Producer(channel).send("hello")
    ...     print(await Consumer(channel).get())
    >>> asyncio.run(main())
    hello

    Args:
        channel: the channel to send to, or another producer of it.

    Raises:
        TypeError: it is neither.
    """

    __slots__ = ("_channel",)

    def __init__(self, channel: SupportsSend[T_contra]) -> None:
        if not isinstance(channel, Channel | Producer):
            raise TypeError(f"Producer(...) takes a Channel, got {channel!r}")
        self._channel = channel

    def __repr__(self) -> str:
        return f"<Producer of {self._channel!r}>"

    def send(self, event: T_contra) -> Coroutine[object, object, None]:
        """Send an event, waiting for room: the coroutine of `Channel.send`, to be awaited."""
        return self._channel.send(event)

    def send_nowait(self, event: T_contra) -> None:
        """Send an event now or not at all: see `Channel.send_nowait`."""
        self._channel.send_nowait(event)

    async def send_many(self, events: Iterable[T_contra] | AsyncIterable[T_contra]) -> int:
        """Send events one after another, and say how many there were: see `Channel.send_many`."""
        return await self._channel.send_many(events)

    def send_from_thread(self, event: T_contra) -> Future[None]:
        """Send an event from another thread: see `Channel.send_from_thread`."""
        return self._channel.send_from_thread(event)
