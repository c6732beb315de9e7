"""Signals: a program that is asked to end handles what is pending first."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from types import FrameType, TracebackType
from typing import Any, Final, Self, TypeAlias

from async_channel.channels import Channel, Channels
from async_channel.errors import ConsumersFailed
from async_channel.stats import Leftover
from async_channel.util import check

SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)
"""Ctrl-C, and what process managers send before they kill."""


Former: TypeAlias = Callable[[], object]
"""Puts the handler of a signal back that was there before."""


class Ending:
    """What `stop_on_signal` returns: a block that ends well when a signal comes, and how it ended."""

    def __init__(self, channels: tuple[Channel[Any] | Channels, ...], timeout: float | None) -> None:
        self.signal: signal.Signals | None = None
        """The signal that came first; None as long as there was none."""
        self.leftovers: tuple[Leftover, ...] = ()
        """What was not handled within the time-out: see `Channel.stop`."""
        self._channels = channels
        self._timeout = timeout
        self._task: asyncio.Task[Any] | None = None
        self._cancelling = 0
        self._hurry: asyncio.Task[None] | None = None
        self._failed: list[ConsumersFailed] = []
        self._former: list[Former] = []

    async def __aenter__(self) -> Self:
        """Listen for signals; leaving the block stops the channels if one came, and then listens no more."""
        if self._task is not None:
            raise RuntimeError("stop_on_signal() makes a block that is entered once: call it again for another one")
        if threading.current_thread() is not threading.main_thread():
            raise RuntimeError(
                "stop_on_signal() was entered in a thread, and only the main thread hears signals: enter it there, and "
                "have that stop the channels of other threads"
            )
        self._task = asyncio.current_task()
        assert self._task is not None
        self._cancelling = self._task.cancelling()
        loop = asyncio.get_running_loop()
        for number in SIGNALS:
            if signal.getsignal(number) not in {None, signal.SIG_IGN}:  # who started this wants that one ignored
                self._former.append(_listen(loop, number, self._heard))
        return self

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> bool:
        """Stop the channels if a signal came. Its cancellation ends here; whatever else the body raised goes on."""
        try:
            if self.signal is None:
                return False
            assert self._task is not None
            ours = self._task.uncancel() <= self._cancelling and isinstance(exc, asyncio.CancelledError)
            try:
                await self._stop(self._timeout)
            finally:
                if self._hurry is not None:
                    await asyncio.wait([self._hurry])
            if self._failed and (exc is None or ours):
                raise _together(self._failed)
            return ours
        finally:
            self._listen_no_more()

    async def _stop(self, timeout: float | None) -> None:
        reports = await asyncio.gather(*(self._report_of(channel, timeout) for channel in self._channels))
        self.leftovers = tuple({id(one): one for report in reports for one in report}.values())

    async def _report_of(self, channel: Channel[Any] | Channels, timeout: float | None) -> tuple[Leftover, ...]:
        try:
            return await channel.stop(timeout)
        except ConsumersFailed as failed:
            self._failed.append(failed)
            return await channel.stop(0)  # it has ended, and raises that once

    def _listen_no_more(self) -> None:
        while self._former:
            self._former.pop()()

    def _heard(self, number: signal.Signals) -> None:
        assert self._task is not None
        if not self._former:  # it came just as the block was left
            signal.raise_signal(number)
        elif self.signal is None:
            self.signal = number
            self._task.cancel(f"signal {number.name}")
        else:
            self._hurry = asyncio.create_task(self._stop(0))
            self._listen_no_more()  # whoever sends a third one means it


def _together(failed: list[ConsumersFailed]) -> ConsumersFailed:
    if len(failed) == 1:
        return failed[0]
    return ConsumersFailed(f"{len(failed)} of those stopped together: consumers ended with errors", failed)


def _listen(loop: asyncio.AbstractEventLoop, number: signal.Signals, heard: Callable[[signal.Signals], None]) -> Former:
    """Have the loop call a function when a signal comes; gives what puts back what was there."""
    former = signal.getsignal(number)
    known: dict[int, Any] = getattr(loop, "_signal_handlers", {})
    handle = known.get(number)  # the loop's own, that somebody added: there is no other way to ask for it
    with suppress(NotImplementedError):  # Windows has none
        # It has the signal wake the loop, even one that is just about to wait. But what calls us is Python's handler:
        # the loop's would be forgotten together with a signal that it has yet to look at.
        loop.add_signal_handler(number, _nothing)

    def wake(_: int, __: FrameType | None) -> None:
        loop.call_soon_threadsafe(heard, number)

    signal.signal(number, wake)

    def put_back() -> None:
        with suppress(NotImplementedError):
            loop.remove_signal_handler(number)
        if handle is not None:
            loop.add_signal_handler(number, handle._callback, *handle._args)
        signal.signal(number, former)

    return put_back


def _nothing() -> None: ...


def stop_on_signal(*channels: Channel[Any] | Channels, timeout: float | None = 10.0) -> Ending:
    """A block that SIGINT (Ctrl-C) or SIGTERM ends well: what is pending is handled, and the program goes on after it.

    The first signal cancels the body, as `asyncio.timeout` does; then the channels are stopped, all at once. A second
    one cuts off what is left, and from then on signals do what they did before. Without a signal it does nothing.

    >>> import asyncio, os, signal
    >>> from async_channel import Channel, stop_on_signal
    >>> async def main() -> None:
    ...     async with Channel("Orders") as orders:
    ...         orders.consume(print)
    ...         async with stop_on_signal(orders, timeout=5.0) as ending:
    ...             await orders.send_many([1, 2])
    ...             os.kill(os.getpid(), signal.SIGTERM)
    ...             await asyncio.sleep(3600)
    ...     print(ending.signal.name, ending.leftovers)
    >>> asyncio.run(main())
    1
    2
    SIGTERM ()

    Args:
        channels: what to stop. Of channels that feed each other name the first: those after them end when they do.
        timeout: seconds on the loop's clock for callbacks to finish; None waits as long as it takes.

    Raises:
        TypeError: no channel is given, or something else than `Channel` and `Channels`.
        TypeError, ValueError: timeout is not a number, or negative.
        RuntimeError: it is entered in another thread than the main one, or twice.
        ConsumersFailed: as `Channel.stop`, when the block is left.

    The idea is that of ``asyncio.timeout``, and of ``open_signal_receiver`` in trio and anyio.
    """
    check.timeout("stop_on_signal", timeout)
    if not channels:
        raise TypeError("stop_on_signal(...) takes the channels to stop, at least one Channel or Channels")
    for channel in channels:
        if not isinstance(channel, Channel | Channels):
            raise TypeError(f"stop_on_signal(...) takes Channel and Channels, got {channel!r}")
    return Ending(channels, timeout)
