"""Channels: a registry that opens channels by typed name, in scopes, and stops them together."""

from __future__ import annotations

from async_channel.channels.scopes import Scope
from async_channel.util import check


class Channels(Scope):
    """Channels by name, each opened once and found again by its key; leaving ``async with`` stops them all.

    >>> import asyncio
    >>> from async_channel import ChannelKey
    >>> async def main() -> None:
    ...     async with Channels() as channels:
    ...         prices = channels.open(ChannelKey("Price", float))
    ...         assert channels.open(ChannelKey("Price", float)) is prices
    ...         print(*channels)
    >>> asyncio.run(main())
    Price

    It is the outermost `Scope`: ``channels.scope("binance")`` is one inside it, whose events rise here.

    Args:
        synchronized: whether all its channels are, as with ``Channel(synchronized=True)``: then `drain` calls back.

    Raises:
        TypeError: synchronized is no bool.
    """

    def __init__(self, *, synchronized: bool = False) -> None:
        check.require_bool("Channels", "synchronized", synchronized)
        super().__init__("", None, synchronized=synchronized)
