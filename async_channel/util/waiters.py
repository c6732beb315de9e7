"""Waiters: those who wait until something may have changed, and are then all told at once."""

from __future__ import annotations

import asyncio


class Waiters:
    """Tasks that wait, on whichever loop runs. Who is cancelled waits no longer, and nobody else is concerned."""

    __slots__ = ("_waiting",)

    def __init__(self) -> None:
        self._waiting: list[asyncio.Future[None]] = []

    def __bool__(self) -> bool:
        """Whether anybody waits."""
        return bool(self._waiting)

    async def wait(self) -> None:
        """Return when all are woken next."""
        waiter = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        try:
            await waiter
        finally:
            if waiter in self._waiting:
                self._waiting.remove(waiter)

    def wake(self) -> None:
        """Something may have changed: each looks for itself."""
        waiting, self._waiting = self._waiting, []
        for waiter in waiting:
            if not waiter.done():
                waiter.set_result(None)
