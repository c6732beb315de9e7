"""Endings: what whoever stopped channels is told of how they ended."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from typing import Any

from async_channel.errors import ConsumersFailed
from async_channel.handling.subscriptions import Subscriptions
from async_channel.stats import Leftover


def settled(ended: Subscriptions, caller: asyncio.Task[Any] | None) -> tuple[Leftover, ...]:
    """What is left of one channel that was stopped.

    Raises:
        ConsumersFailed: callbacks ended with errors, and nobody was told yet. A callback is not: it has yet to end.
    """
    failed = None if ended.calls(caller) else _failed(ended)
    if failed is not None:
        raise failed
    return tuple(ended.leftovers())


def all_settled(ended: Iterable[Subscriptions], caller: asyncio.Task[Any] | None) -> tuple[Leftover, ...]:
    """What is left of several channels that were stopped together.

    Raises:
        ConsumersFailed: as `settled`, with one group in it for each channel of which callbacks failed.
    """
    channels = tuple(ended)
    if not any(channel.calls(caller) for channel in channels):
        groups = [group for group in map(_failed, channels) if group is not None]
        if groups:
            errors = sum(len(group.exceptions) for group in groups)
            raise ConsumersFailed(f"{_count(len(groups), 'channel')}: {_ended_with_errors(errors)}", groups)
    left = {id(one): one for channel in channels for one in channel.leftovers()}  # a pipeline hangs from several
    return tuple(left.values())


def _failed(ended: Subscriptions) -> ConsumersFailed | None:
    errors = ended.take_failures()
    return ConsumersFailed(f"channel {ended.channel!r}: {_ended_with_errors(len(errors))}", errors) if errors else None


def _ended_with_errors(number: int) -> str:
    return f"{_count(number, 'consumer')} ended with {'an error' if number == 1 else 'errors'}"


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


async def leave(stop: Callable[[float | None], Awaitable[object]], error: BaseException | None) -> None:
    """The end of an ``async with``: after an exception without waiting, and in no case leaving a task behind.

    Args:
        stop: stops what was entered, within a time-out.
        error: what the body raised. It goes on, and no failure of a callback takes its place.
    """
    try:
        await stop(None if error is None else 0)
    except asyncio.CancelledError:
        with suppress(ConsumersFailed):
            await stop(0)
        raise
    except ConsumersFailed:
        if error is None:
            raise
