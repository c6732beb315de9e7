"""What a consumer gets when, for the tests of marbles that do not go through an expectation of marbles."""

from __future__ import annotations

import asyncio
from typing import Any

from reactivex import Observable

from async_channel import Consumer
from async_channel.testing import MarbleError

Seen = list[tuple[float, object]]


async def seen_of(stream: Observable[Any]) -> Seen:
    """What a consumer gets when, and its end, from now on."""
    loop = asyncio.get_running_loop()
    start = loop.time()
    seen: Seen = []
    async with Consumer(stream) as consumer:
        try:
            async with asyncio.timeout(700):
                try:
                    async for event in consumer:
                        seen.append((loop.time() - start, event))
                    seen.append((loop.time() - start, "|"))
                except MarbleError:
                    seen.append((loop.time() - start, "#"))
        except TimeoutError:
            pass
    return seen
