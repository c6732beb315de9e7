"""Channels: a registry that opens channels by typed name, and stops them together."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

from async_channel.channels.channel import Channel
from async_channel.errors import ChannelClosed, EventTypeConflict
from async_channel.handling.endings import all_settled, leave
from async_channel.stats import ChannelStats, Leftover
from async_channel.util import check

T = TypeVar("T")


class ChannelKey(Generic[T]):
    """A typed name: what is opened with it is a ``Channel`` of its event class, statically.

    >>> class Ticker: ...
    >>> TICKER = ChannelKey("Ticker", Ticker)
    >>> TICKER
    ChannelKey('Ticker', Ticker)

    Args:
        name: the channel's name, not empty.
        event_type: the class of its events.

    Raises:
        TypeError, ValueError: an argument is of another type, or the name is empty.
    """

    __slots__ = ("event_type", "name")

    def __init__(self, name: str, event_type: type[T]) -> None:
        check.require_name("ChannelKey", name)
        if not name:
            raise ValueError("ChannelKey needs a name that is not empty")
        if not isinstance(event_type, type):
            raise TypeError(f"ChannelKey({name!r}, ...) takes a class of events, got {event_type!r}")
        self.name = name
        self.event_type: type[T] = event_type

    def __repr__(self) -> str:
        return f"ChannelKey({self.name!r}, {self.event_type.__name__})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ChannelKey):
            return NotImplemented
        return self.name == other.name and self.event_type is other.event_type

    def __hash__(self) -> int:
        return hash((self.name, self.event_type))


class Channels:
    """Channels by name, each opened once and found again by its key; leaving ``async with`` stops them all.

    >>> import asyncio
    >>> async def main() -> None:
    ...     async with Channels() as channels:
    ...         prices = channels.open(ChannelKey("Price", float))
    ...         assert channels.open(ChannelKey("Price", float)) is prices
    ...         print(*channels)
    >>> asyncio.run(main())
    Price
    """

    def __init__(self) -> None:
        self._channels: dict[str, Channel[Any]] = {}  # each of its own event type; the keys know which
        self._stopped = False

    def open(self, key: ChannelKey[T], *, capacity: int | None = None, replay: int | None = None) -> Channel[T]:
        """The channel of that key, made if it is new.

        Args:
            key: its typed name.
            capacity: as that of `Channel`, for a new one; a known one must have been made with the same.
            replay: likewise.

        Raises:
            EventTypeConflict: the name is known with another event class.
            ValueError: the name is known with another capacity or replay than the ones asked for.
            TypeError: key is no ChannelKey.
            ChannelClosed: the registry is stopped.
        """
        if self._stopped:
            raise ChannelClosed(f"these channels are stopped: {key!r} can't be opened any more")
        known = self._find(key)
        if known is None:
            made = Channel[T](
                key.event_type,
                name=key.name,
                capacity=1024 if capacity is None else capacity,
                replay=0 if replay is None else replay,
            )
            if asyncio._get_running_loop() is not None:
                made._begin()
            self._channels[key.name] = made
            return made
        for what, asked, has in (("capacity", capacity, known.capacity), ("replay", replay, known._log.replay)):
            if asked is not None and asked != has:
                raise ValueError(
                    f"channel {key.name!r} is open with {what}={has}, not {asked}: open it alike everywhere"
                )
        return known

    def get(self, key: ChannelKey[T]) -> Channel[T]:
        """The channel of that key, which must be open.

        Raises:
            KeyError: there is none; the message names those there are.
            EventTypeConflict: the name is known with another event class.
        """
        known = self._find(key)
        if known is None:
            raise KeyError(f"no channel {key.name!r} is open; open are: {', '.join(self._channels) or 'none'}")
        return known

    def _find(self, key: ChannelKey[T]) -> Channel[T] | None:
        if not isinstance(key, ChannelKey):
            raise TypeError(f"channels are opened and found by a ChannelKey(name, event class), got {key!r}")
        known = self._channels.get(key.name)
        if known is not None and known.event_type is not key.event_type:
            has = known.event_type.__name__ if known.event_type is not None else "events of no class"
            raise EventTypeConflict(
                f"channel {key.name!r} carries {has}, not {key.event_type.__name__}: one name has one class of events"
            )
        return known

    def __contains__(self, key: object) -> bool:
        """Whether a channel is open under that key, or that name."""
        if isinstance(key, ChannelKey):
            known = self._channels.get(key.name)
            return known is not None and known.event_type is key.event_type
        return key in self._channels

    def __iter__(self) -> Iterator[str]:
        """The names, in the order they were opened."""
        return iter(tuple(self._channels))

    def __len__(self) -> int:
        return len(self._channels)

    def stats(self) -> tuple[ChannelStats, ...]:
        """The numbers of every channel, in the order they were opened."""
        return tuple(channel.stats() for channel in self._channels.values())

    async def start(self) -> None:
        """Start every channel that is open."""
        for channel in self._channels.values():
            await channel.start()

    async def stop(self, timeout: float | None = None) -> tuple[Leftover, ...]:
        """Stop every channel at once, as `Channel.stop` does.

        Args:
            timeout: seconds to wait for callbacks, then they are cancelled; None waits for them, 0 does not.

        Returns:
            What was left, of every channel: see `Channel.stop`.

        Raises:
            ConsumersFailed: callbacks ended with errors: a group for each channel of which some did.
            TypeError, ValueError: timeout is not a number, or negative.
        """
        check.timeout("stop", timeout)
        self._stopped = True
        caller = asyncio.current_task()
        await asyncio.gather(*(channel._stop(timeout, caller) for channel in self._channels.values()))
        return all_settled((channel._subscriptions for channel in self._channels.values()), caller)

    async def __aenter__(self) -> Self:
        """The registry; leaving the block stops every channel."""
        await self.start()
        return self

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stop every channel: after an exception without waiting for callbacks."""
        await leave(self.stop, exc)
