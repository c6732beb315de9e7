"""retry: the policy of trying again."""

from __future__ import annotations

import importlib.util

from async_channel import util
from async_channel.policy import OnError, Retry
from async_channel.util import check


def retry(
    attempts: int,
    *,
    backoff: float = 0.1,
    factor: float = 2.0,
    longest: float = 60.0,
    on: type[Exception] | tuple[type[Exception], ...] = Exception,
    then: OnError | None = None,
) -> Retry:
    """A policy for ``on_error``: an event on which the callback fails is tried again, with growing pauses.

    It waits on the loop's clock, and meanwhile no other event is handled in its place: a callback's events keep their
    order. The pauses are exact; who fears that many retry in step lets the callback itself wait for a random while.
    ``flat_map_async`` tries again only until the first item of an event has gone on.

    >>> import asyncio
    >>> from async_channel import Channel
    >>> async def main() -> None:
    ...     async with Channel("Orders") as orders:
    ...         orders.consume(deliver, on_error=retry(3, backoff=0.01))
    ...         await orders.send("buy")
    >>> answers = iter([OSError("no route"), OSError("no route"), None])
    >>> async def deliver(order: str) -> None:
    ...     answer = next(answers)
    ...     print(order, answer or "delivered")
    ...     if answer is not None:
    ...         raise answer
    >>> asyncio.run(main())
    buy no route
    buy no route
    buy delivered

    Args:
        attempts: how often it is called for one event at most, the first time included: 1 or more.
        backoff: how long it waits before the second call (seconds, 0 or more).
        factor: how many times as long it waits before each later call: 1 or more.
        longest: the longest that it waits (seconds, 0 or more).
        on: a class of exceptions, or a tuple of them; what is none of them is not tried again.
        then: what happens when the last attempt has failed, or what was raised is not tried again. None is the default
            of the place: ``OnError.LOG`` for `consume`, ``OnError.STOP`` for operators.

    Raises:
        TypeError, ValueError: an argument is of another type or range.
        ModuleNotFoundError: tenacity, which does the counting and waiting, is not installed.
    """
    check.positive_count("retry", "attempts", attempts)
    check.positive_seconds("retry", "backoff", backoff, or_zero=True)
    check.factor("retry", "factor", factor)
    check.positive_seconds("retry", "longest", longest, or_zero=True)
    errors = check.error_classes("retry", "on", on)
    if then is not None and not isinstance(then, OnError):
        raise TypeError(f"retry(then=...) takes a member of OnError or None, got {then!r}")
    if importlib.util.find_spec("tenacity") is None:
        raise ModuleNotFoundError("retry() needs tenacity: pip install 'async-channel-rx[retry]'", name="tenacity")
    _ = util.retrying  # what needs time to be imported is imported now, and not when the first event fails
    return Retry(attempts, backoff=backoff, factor=factor, longest=longest, on=errors, then=then)
