"""Demand: whether anybody wants a channel's events, and sources that run only while somebody does."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterable, Callable, Coroutine
from typing import Any, Generic, TypeAlias, TypeVar, overload

from async_channel.errors import ChannelClosed
from async_channel.util import check
from async_channel.util.failure import FAILURES, Report, as_failure, being_cancelled
from async_channel.util.iteration import reading
from async_channel.util.waiters import Waiters

T = TypeVar("T")

GRACE = 1.0
"""How long a source goes on when nobody wants its events any more, unless it is told otherwise (seconds)."""


class Audience:
    """How many want the events of a channel: consumers above OPTIONAL, direct or below, and plain subscribers."""

    __slots__ = ("_size", "_waiting", "_watchers", "over")

    def __init__(self) -> None:
        self.over = False
        self._size = 0
        self._watchers: list[Callable[[bool], None]] = []
        self._waiting = Waiters()

    def __bool__(self) -> bool:
        """Whether there is anybody for whom there can be events."""
        return self._size > 0 and not self.over

    def joined(self) -> None:
        """One more wants them."""
        self._size += 1
        if self._size == 1:
            self._tell()

    def left(self) -> None:
        """One less does."""
        self._size -= 1
        if not self._size:
            self._tell()

    def _tell(self) -> None:
        for watch in tuple(self._watchers):
            watch(self._size > 0)
        if self._size:
            self._waiting.wake()

    def watch(self, watcher: Callable[[bool], None]) -> None:
        """Call a function with whether there is demand, now and whenever that changes."""
        self._watchers.append(watcher)
        watcher(self._size > 0)

    def unwatch(self, watcher: Callable[[bool], None]) -> None:
        """Call that function no more."""
        self._watchers.remove(watcher)

    def end(self) -> None:
        """Nobody will ever want them."""
        self.over = True
        self._waiting.wake()

    async def wait(self) -> None:
        """Return when there is somebody, or never will be."""
        while not self._size and not self.over:
            await self._waiting.wait()


Work: TypeAlias = "Callable[[Source], Coroutine[Any, Any, None]]"


class Source:
    """Work that is done in a task while there is demand: begun anew for each time that there is.

    Args:
        name: what it is called in reports.
        work: makes the coroutine. It is cancelled where it does not `hold`, and then ends as soon as it looks.
        grace: seconds of no demand after which it is paused.
        report: where to say that it raised.
    """

    def __init__(self, name: str, work: Work, grace: float, report: Report) -> None:
        self.name = name
        self.pausing = False
        """Whether it is to end, for nobody wants it."""
        self.held = False
        """Whether it must not be cancelled now: it has an event in its hands, or is closing what it got that from."""
        self.task: asyncio.Task[None] | None = None
        self._work = work
        self._grace = grace
        self._report = report
        self._wanted = False
        self._over = False
        self._timer: asyncio.TimerHandle | None = None

    @property
    def ending(self) -> bool:
        """Whether it is to end: nobody wants it now, or ever will."""
        return self.pausing or self._over

    def want(self, wanted: bool) -> None:
        """There is demand now, or there is none any more."""
        self._wanted = wanted
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if wanted:
            self.start()
        elif self.task is not None and not self.ending:
            self._timer = self.task.get_loop().call_later(self._grace, self._pause)

    def start(self) -> None:
        """Begin, if there is demand, a running loop to do so on, and nothing begun."""
        if self._wanted and self.task is None and not self._over and asyncio._get_running_loop() is not None:
            self.pausing = self.held = False
            self.task = asyncio.get_running_loop().create_task(self._run(), name=f"async_channel {self.name}")
            self.task.add_done_callback(self._ended)

    def _pause(self) -> None:
        self._timer = None
        self.pausing = True
        if self.task is not None and not self.held:
            self.task.cancel()

    def _ended(self, _: asyncio.Task[None]) -> None:
        self.task = None
        self._over = self._over or not self.pausing  # what ends by itself has no more to give
        self.start()

    async def _run(self) -> None:
        try:
            await self._work(self)
        except FAILURES as error:
            if isinstance(error, asyncio.CancelledError) and being_cancelled():
                raise
            closed = self._over and isinstance(error, ChannelClosed)  # the end of its own channel is no failure
            self._over = True
            if not closed:
                self._report(self.name, as_failure(error), None)

    def stop(self) -> None:
        """End, and never begin again."""
        self._over = True
        if self._timer is not None:
            self._timer.cancel()
        task = self.task
        # It finds out by itself if it has an event in its hands, or runs just now; and a second time would cut its end.
        if task is not None and not self.held and not _is_running(task) and not task.cancelling():
            task.cancel()


def _is_running(task: asyncio.Task[Any]) -> bool:
    return asyncio._get_running_loop() is not None and asyncio.current_task() is task


Generating: TypeAlias = Callable[[], AsyncIterable[T]]
"""An asynchronous generator function without arguments, or what gives an asynchronous iterable each time."""


class Demanding(Generic[T]):
    """A channel, as those see it who make its events on demand."""

    name: str
    _audience: Audience
    _sources: list[Source]
    _report: Report

    async def send(self, event: T) -> None:
        """Send an event: see `Channel.send`."""
        raise NotImplementedError

    @property
    def has_demand(self) -> bool:
        """Whether anybody wants its events: a consumer whose priority is above OPTIONAL, or a plain subscriber.

        Who reads a pipeline counts for every channel that it hangs from.
        """
        return bool(self._audience)

    async def demand(self) -> None:
        """Return when somebody wants its events; at once if somebody does.

        >>> import asyncio
        >>> from async_channel import Channel, Consumer
        >>> async def main() -> None:
        ...     prices: Channel[float] = Channel("Prices")
        ...     waiting = asyncio.create_task(prices.demand())
        ...     await asyncio.sleep(0)
        ...     print(waiting.done())
        ...     async with Consumer(prices.map(round)):
        ...         await waiting
        ...         print(prices.has_demand)
        >>> asyncio.run(main())
        False
        True

        Raises:
            ChannelClosed: the channel is stopped, perhaps while this waited.
        """
        await self._audience.wait()
        if self._audience.over:
            raise ChannelClosed(f"channel {self.name!r} is stopped: nobody will ask for its events any more")

    @overload
    def source(self, fn: Generating[T], /, *, grace: float = GRACE, name: str = "") -> Generating[T]: ...

    @overload
    def source(self, /, *, grace: float = GRACE, name: str = "") -> Callable[[Generating[T]], Generating[T]]: ...

    def source(self, fn: Generating[T] | None = None, /, *, grace: float = GRACE, name: str = "") -> Any:
        """Send what an asynchronous generator function yields, while somebody wants it: a decorator, or a call.

        The generator is made when the first comes who wants events, closed when the last has left, and made anew for
        the next. What it has yielded is sent first. One that ends by itself has no more to give, and one that raises is
        reported on ``errors``; neither is made again. The channel stays open, for others may send: who reads it to the
        end waits for `stop`. Without a running loop it begins with `Channel.start`.

        >>> import asyncio
        >>> from async_channel import Channel, Consumer
        >>> async def main() -> None:
        ...     async with Channel("Numbers") as numbers:
        ...
        ...         @numbers.source
        ...         async def count():
        ...             print("connected")
        ...             for number in range(1, 3):
        ...                 yield number
        ...
        ...         print("nothing happens")
        ...         async with Consumer(numbers) as consumer:
        ...             print(await consumer.get(), await consumer.get())
        >>> asyncio.run(main())
        nothing happens
        connected
        1 2

        Args:
            fn: asynchronous generator function without arguments.
            grace: seconds, 0 or more, on the loop's clock, for which it goes on after the last has left.
            name: what it is called in reports; by default as the function.

        Raises:
            TypeError, ValueError: an argument is of another type or range.
            ChannelClosed: the channel is stopped.

        The idea is that of Rx's ``ref_count`` and Kotlin's ``SharingStarted.WhileSubscribed``.
        """
        check.positive_seconds("source", "grace", grace, or_zero=True)
        check.require_name("source", name)

        def add(made: Generating[T]) -> Generating[T]:
            check.require_callable("source", "fn", made)
            if inspect.iscoroutinefunction(made) or inspect.isgeneratorfunction(made):
                raise TypeError(f"source(fn) takes an asynchronous generator function, one that yields, got {made!r}")

            async def work(source: Source) -> None:
                async with reading(made()) as events:
                    async for event in events:
                        source.held = True
                        await self.send(event)
                        if source.ending:
                            break
                        source.held = False

            self.run_on_demand(name or getattr(made, "__name__", "source"), work, grace)
            return made

        return add if fn is None else add(fn)

    def run_on_demand(self, name: str, work: Work, grace: float) -> None:
        """Have work done while there is demand.

        Raises:
            ChannelClosed: there will be none any more.
        """
        if self._audience.over:
            raise ChannelClosed(f"channel {self.name!r} is stopped: it can't have a source any more")
        source = Source(f"source {name!r}", work, grace, self._report)
        self._sources.append(source)
        self._audience.watch(source.want)

    def _end_demand(self) -> None:
        """Nobody will want events any more: every source ends; one that runs just now finds out by itself."""
        self._audience.end()
        for source in self._sources:
            source.stop()
