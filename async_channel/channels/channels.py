"""Channels: a registry that opens channels by typed name, in scopes, and stops them together."""

from __future__ import annotations

from async_channel.channels.scopes import Scope


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
    """

    def __init__(self) -> None:
        super().__init__("", None)
