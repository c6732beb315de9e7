"""How a probe gets its events: as they occur, or read one by one as a consumer does, when it is asked to."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Generic, Protocol, TypeAlias, TypeVar

from reactivex import Observable

from async_channel.consumer import Consumer
from async_channel.errors import ChannelClosed, ChannelEmpty, ConsumerClosed, ConsumerLagged
from async_channel.policy import Overflow
from async_channel.stream import from_observable
from async_channel.testing.probing.signals import Completed, Event, Failed, Signal

T = TypeVar("T")

Tell: TypeAlias = Callable[[Signal[T]], None]
"""Is told of each signal."""


class Feed(Protocol):
    """Where the signals of a probe come from."""

    def ask(self) -> None:
        """Have the next signal come, now or later, if it does not come by itself."""
        ...

    def relent(self) -> None:
        """The next signal need not come any more."""
        ...

    def drain(self) -> None:
        """Have everything come that is there already."""
        ...

    def stop(self) -> None:
        """Have nothing come any more."""
        ...

    async def close(self) -> None:
        """Stop, and wait until everything that was at work has ended."""
        ...


class Observing(Generic[T]):
    """Tells of each signal in the moment it occurs, and holds nobody back.

    The source is tapped above a consumer that nobody reads. It is there because what subscribes a pipeline with the
    loop's clock, and with the backlog it is entitled to, is a consumer; and it keeps the newest event only.
    """

    def __init__(self, source: Observable[T], name: str, tell: Tell[T]) -> None:
        tapped = from_observable(source).do_action(
            on_next=lambda event: tell(Event(event)),
            on_error=lambda error: tell(Failed(error)),
            on_completed=lambda: tell(Completed()),
        )
        self._consumer = Consumer(tapped, overflow=Overflow.LATEST, name=name)

    def ask(self) -> None:
        """They come by themselves."""

    def relent(self) -> None:
        """They come by themselves."""

    def drain(self) -> None:
        """Nothing is held anywhere."""

    def stop(self) -> None:
        """Unsubscribe."""
        self._consumer.close()

    async def close(self) -> None:
        """Unsubscribe, and wait for the tasks of the pipeline."""
        await self._consumer.__aexit__(None, None, None)


class Reading(Generic[T]):
    """Reads one signal whenever it is asked to: a consumer that is as slow as the test.

    Args:
        consumer: what is read.
        owned: whether the consumer is the probe's own, and is closed with it.
        tell: what to call with each signal.
    """

    def __init__(self, consumer: Consumer[T], *, owned: bool, tell: Tell[T]) -> None:
        self._consumer = consumer
        self._owned = owned
        self._tell = tell
        self._task: asyncio.Task[None] | None = None
        self._ending: set[asyncio.Task[None]] = set()
        self._over = False
        self._draining = False
        self._lagged: Exception | None = None

    def ask(self) -> None:
        """Read the next signal at once if it is there, else in a task that waits for it."""
        if not self._over and self._task is None and not self._read_now():
            self._task = asyncio.get_running_loop().create_task(self._read(), name=f"probe of {self._consumer.name!r}")

    def relent(self) -> None:
        """Cancel the task that waits; a `get` that is cancelled has taken nothing."""
        task, self._task = self._task, None
        if task is not None and not task.done():
            task.cancel()
            self._ending.add(task)
            task.add_done_callback(self._ending.discard)

    def drain(self) -> None:
        """Read all that is pending."""
        self.relent()
        self._draining = True
        while not self._over and self._read_now():
            pass

    def stop(self) -> None:
        """Read no more. A consumer that was given is left to whoever made it."""
        self.relent()
        self._over = True
        if self._owned:
            self._consumer.close()

    async def close(self) -> None:
        """Read no more, and wait for the tasks of the pipeline and the one that was reading."""
        self.stop()
        if self._ending:
            await asyncio.wait(self._ending)
        if self._owned:
            await self._consumer.__aexit__(None, None, None)

    def _read_now(self) -> bool:
        """Read one signal if there is one, and say whether there was."""
        try:
            event = self._consumer.get_nowait()
        except Exception as error:
            if isinstance(error, ChannelEmpty) and not self._consumer.exhausted:
                return False
            return self._raised(error)
        self._tell(Event(event))
        return True

    async def _read(self) -> None:
        try:
            event = await self._consumer.get()
        except Exception as error:
            self._task = None
            self._raised(error)
        else:
            self._task = None
            self._tell(Event(event))

    def _raised(self, error: Exception) -> bool:
        """Tell what a read that raised means, unless it was told before; say whether it was not."""
        if error is self._lagged:  # each read raises what the stream failed with: it was that, and is over
            self._over = True
            return False
        if isinstance(error, ConsumerLagged):
            self._lagged = error
            self._tell(Failed(error, final=False))
            return True
        self._over = True
        if self._draining and isinstance(error, ConsumerClosed):
            return False  # whoever made the consumer has closed it: nothing of the stream's
        if isinstance(error, ChannelClosed) and self._next_error() is not error:
            self._tell(Completed())
        else:
            self._tell(Failed(error))
        return True

    def _next_error(self) -> Exception | None:
        """What another read raises: the same error if it is the stream's, a new one each time if it is the reader's."""
        try:
            self._consumer.get_nowait()
        except Exception as error:
            return error
        return None
