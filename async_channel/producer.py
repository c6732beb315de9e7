"""Producer: the sending side of a channel, for code that may only send."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterable, Coroutine, Iterable
from concurrent.futures import Future
from typing import Any, ClassVar, Generic, TypeVar

from async_channel.channels.channel import Channel
from async_channel.channels.demand import GRACE, Source, Work
from async_channel.util import check
from async_channel.util.supports import SupportsSend

T_contra = TypeVar("T_contra", contravariant=True)


class Producer(Generic[T_contra]):
    """Sends to a channel, and can do nothing else with it.

    A subclass that has a `perform` is a source: its coroutine runs while somebody wants the channel's events.

    It keeps nothing open itself: what performs belongs to the channel, and ends when that is stopped.

    It is contravariant: where a ``Producer[Tick]`` is asked for, a producer for a ``Channel[Tick | Order]`` will do.

    >>> import asyncio
    >>> from async_channel import Channel, Consumer
    >>> async def main() -> None:
    ...     async with Channel[str]("Words") as channel:
    ...         await Producer(channel).send("hello")
    ...         async with Consumer(channel) as consumer:
    ...             print(await consumer.get())
    >>> asyncio.run(main())
    hello

    Args:
        channel: the channel to send to, or another producer of it.

    Raises:
        TypeError: it is neither.
        TypeError, ValueError: a subclass has a `perform` that yields, or a `grace` that is no number of seconds.
        ChannelClosed: it is to perform on a channel that is stopped.
    """

    __slots__ = ("_channel",)

    grace: ClassVar[float] = GRACE
    """How long `perform` goes on when nobody wants its events any more (seconds)."""

    def __init__(self, channel: SupportsSend[T_contra]) -> None:
        if not isinstance(channel, Channel | Producer):
            raise TypeError(f"Producer(...) takes a Channel, got {channel!r}")
        self._channel = channel
        if type(self).perform is not Producer.perform:
            self._perform_on_demand()

    def __repr__(self) -> str:
        return f"<Producer of {self._channel!r}>"

    @property
    def root(self) -> Channel[Any]:
        """The channel that it sends to, however many producers are between."""
        channel = self._channel
        while isinstance(channel, Producer):
            channel = channel._channel
        assert isinstance(channel, Channel)
        return channel

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

    async def perform(self) -> None:
        """Send events, as long as there are any: a subclass that has this runs it while somebody wants them.

        It is begun when the first comes who does, cancelled when the last has left, and begun anew for the next: an
        event that it sends just then is not sent. What it raises is reported on the channel's ``errors``.

        >>> import asyncio
        >>> from async_channel import Channel, Consumer
        >>> class Clock(Producer[int]):
        ...     async def perform(self) -> None:
        ...         for second in range(1, 3):
        ...             await self.send(second)
        >>> async def main() -> None:
        ...     async with Channel("Seconds") as seconds:
        ...         clock = Clock(seconds)
        ...         async with Consumer(seconds) as consumer:
        ...             print(await consumer.get(), await consumer.get())
        >>> asyncio.run(main())
        1 2
        """

    async def on_pause(self) -> None:
        """What a subclass does when `perform` has ended because nobody wants events any more."""

    async def on_resume(self) -> None:
        """What a subclass does before `perform` begins again, somebody wanting events."""

    def _perform_on_demand(self) -> None:
        name = type(self).__name__
        check.positive_seconds(name, "grace", self.grace, or_zero=True)
        if inspect.isasyncgenfunction(self.perform):
            raise TypeError(f"{name}.perform yields events: it is to await send(); channel.source(fn) takes those")
        self.root.run_on_demand(name, self._work(), self.grace)

    def _work(self) -> Work:
        paused = False

        async def work(source: Source) -> None:
            nonlocal paused
            if paused:
                await self.on_resume()
            try:
                await self.perform()
            except asyncio.CancelledError:
                if not source.pausing:
                    raise
            if source.pausing:
                paused = True
                await self.on_pause()

        return work
