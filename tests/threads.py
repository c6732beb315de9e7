"""What the tests about threads share: loops in threads of their own, and waiting for what another thread does."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

LIMIT = 30.0
"""Seconds after which a test that waits for another thread has failed."""


async def settled(holds: Callable[[], bool]) -> None:
    """Let the loop run until something holds."""
    async with asyncio.timeout(LIMIT):
        while not holds():  # noqa: ASYNC110  it looks at numbers, which tell nobody that they changed
            await asyncio.sleep(0.001)


class Loop:
    """An event loop in a thread of its own."""

    def __init__(self, *, debug: bool = False) -> None:
        self.loop = asyncio.new_event_loop()
        self.loop.set_debug(debug)
        self._cleanly = False
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        self.loop.run_forever()
        if self._cleanly:
            self.loop.run_until_complete(_cancel_all())
            self.loop.run_until_complete(self.loop.shutdown_asyncgens())
            self.loop.close()

    def call(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine there, and wait for its result here."""
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(LIMIT)

    async def awaits(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine there, and await its result here."""
        async with asyncio.timeout(LIMIT):
            return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(coroutine, self.loop))

    def stop(self) -> None:
        """Let it run no more."""
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(LIMIT)
        assert not self._thread.is_alive()

    def end(self, *, cleanly: bool = True) -> None:
        """Stop and close it: as asyncio.run does, which cancels the tasks, or as a program that does not clean up."""
        self._cleanly = cleanly
        self.stop()
        self.loop.close()


async def _cancel_all() -> None:
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
