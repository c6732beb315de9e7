"""ChannelKey: the typed name of a channel in a registry."""

from __future__ import annotations

from typing import Generic, TypeVar

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
