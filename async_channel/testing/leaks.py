"""What a test leaves open: consumers, tasks, and whoever still waits in a channel."""

from __future__ import annotations

import asyncio
from typing import Any, Final, TypeVar, overload

from async_channel.channels import Channel
from async_channel.testing.watched import WatchedChannel

T = TypeVar("T")

STOP_WITHIN: Final = 10.0
"""How long the callbacks of a channel may take to finish when it is stopped (seconds on the loop's clock)."""
_TURNS: Final = 10
"""How often the loop runs before anything counts as left open, for what was cancelled last ends in a few turns."""


class ChannelFactory:
    """Makes channels as the class `Channel` does, and knows in the end what is left open of them.

    >>> channel_factory = ChannelFactory()
    >>> ticks: Channel[int] = channel_factory("Ticks", capacity=16)
    >>> ticks
    <Channel 'Ticks' sent=0>
    """

    def __init__(self) -> None:
        self._channels: list[WatchedChannel[Any]] = []
        self._tasks_before: set[asyncio.Task[Any]] = set()
        self._tasks_after: set[asyncio.Task[Any]] = set()

    @overload
    def __call__(self, name: str = "", /, *, capacity: int = 1024, replay: int = 0) -> Channel[T]: ...  # pyright: ignore[reportInvalidTypeVarUse]  # known by what it is given to

    @overload
    def __call__(self, /, *, name: str, capacity: int = 1024, replay: int = 0) -> Channel[T]: ...  # pyright: ignore[reportInvalidTypeVarUse]  # as above

    @overload
    def __call__(
        self, event_type: type[T], /, name: str = "", *, capacity: int = 1024, replay: int = 0
    ) -> Channel[T]: ...

    def __call__(
        self, event_type: type[T] | str = "", /, name: str = "", *, capacity: int = 1024, replay: int = 0
    ) -> Channel[T]:
        """Make a channel; the arguments are those of `Channel`, and so is what they raise."""
        channel: WatchedChannel[T] = WatchedChannel(event_type, name, capacity=capacity, replay=replay)
        self._channels.append(channel)
        return channel

    def begin(self, loop: asyncio.AbstractEventLoop) -> None:
        """The test begins on a loop that does not run just now: tasks that are there already are not the test's."""
        self._tasks_before = asyncio.all_tasks(loop)

    def end(self, loop: asyncio.AbstractEventLoop) -> None:
        """The test is over, and the loop does not run: tasks made from here on are those of whoever runs tests."""
        self._tasks_after = asyncio.all_tasks(loop) - self._tasks_before

    async def finish(self) -> list[str]:
        """Let go of everything, stop every channel, and say what was left open, a line each."""
        for _ in range(_TURNS):
            await asyncio.sleep(0)
        left: list[str] = []
        callbacks: dict[asyncio.Task[Any], str] = {}
        for channel in self._channels:
            running = channel.running_callbacks()
            callbacks |= {task: f"callback {name!r} of channel {channel.name!r}" for task, name in running.items()}
            left += channel.left_open()
        tasks = sorted((task for task in self._tasks_after if not task.done()), key=_name_of)
        sources = {source.task for channel in self._channels for source in channel._sources}  # in their time of grace
        strays = [task for task in tasks if task not in callbacks and task not in sources]
        left += [f"{_describe(task)}: await it, or cancel it" for task in strays]
        for task in strays:
            task.cancel()
        if strays:
            await asyncio.wait(strays, timeout=STOP_WITHIN)
        for channel in self._channels:  # those made first first: events flow on from them, as a rule
            await channel.stop(timeout=STOP_WITHIN)
        left += [
            f"{callback}, which did not finish within {STOP_WITHIN:g} s of its stop"
            for task, callback in callbacks.items()
            if task.cancelled()
        ]
        return left


def _name_of(task: asyncio.Task[Any]) -> str:
    return task.get_name()


def _describe(task: asyncio.Task[Any]) -> str:
    coroutine = task.get_coro()
    name = getattr(coroutine, "__qualname__", None) or repr(coroutine)
    return f"task {task.get_name()!r} of {name.rpartition('<locals>.')[2]}()"
