"""Capture: the events of live channels, noted as they are sent and written behind the senders' backs.

What a sender pays is one function that notes the name, the time and the event. A thread encodes what was noted, some
hundred events at a time, and writes it: when there is enough, or when the oldest has waited long enough. How many may
wait for it is bounded: when the disk is slower than the senders for so long that they are too many, noting the next one
waits for the thread and blocks the loop, because the alternatives are to lose events or to run out of memory.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final

from typing_extensions import override

from async_channel import clock
from async_channel.channels.channel import Channel
from async_channel.channels.rising import Branch
from async_channel.channels.scopes import Scope
from async_channel.errors import RecordingError
from async_channel.recording.extra import stored_at, writer_to
from async_channel.recording.files import path_of
from async_channel.recording.recording import BATCH, Memory, Recording
from async_channel.recording.rows import Row
from async_channel.util import check

if TYPE_CHECKING:
    from async_channel.recording.stored import Writer

_BEHIND: Final = 256
"""How many batches may wait for the disk."""


def record(
    channels: Channel[Any] | Scope | Iterable[Channel[Any]],
    path: str | os.PathLike[str] | None = None,
    *,
    flush: float = 1.0,
    verify: bool = True,
) -> AbstractAsyncContextManager[Recording]:
    """Record what is sent to some channels inside an ``async with`` block, in a file or in memory.

    Each event is noted the moment it is sent, with the time that the running loop's clock shows (`clock.now`), in one
    order for all channels: that of the sends, even of those from inside an observer. Nobody notices: no sender waits,
    and a channel counts no consumer more. An event that rises from one of these channels to another is noted once,
    where it was sent: so a replay makes it rise again.

    >>> import asyncio, math
    >>> async def main() -> None:
    ...     words, numbers = Channel(str, "Word"), Channel(int, "Number")
    ...     async with record([words, numbers]) as recording:
    ...         await words.send("one")
    ...         await asyncio.sleep(1)
    ...         await numbers.send(1)
    ...     print(*recording)
    >>> clock.run(main(), speed=math.inf)
    ('Word', 0.0, 'one') ('Number', 1.0, 1)

    Args:
        channels: one, several, or those that are open in a registry or a scope when this is called.
        path: a new file that ends with .jsonl, .jsonl.gz, .msgpack or .msgpack.gz; None to keep events in memory.
        flush: seconds on the loop's clock after which an event is in the file at the latest, so that a crash loses no
            more; in a compressed file it may lose the last 64 KiB besides.
        verify: whether each event is decoded again and compared before it is written, so that what can't be read back
            is found now. It is done in the thread, and it doubles its work.

    Returns:
        A context manager. What it gives is the `Recording`, which can be read when the block is left.

    Raises:
        TypeError, ValueError: an argument is of another type or range, two channels have one name, or there is none.
        ImportError: a path is given, and msgspec is not installed.
        FileExistsError, OSError: on entering, the file exists or can't be made; nothing is ever overwritten.
        ChannelClosed, WrongLoop: on entering, a channel is stopped, or belongs to another loop.
        RecordingError: on leaving, an event could not be written as it was, or the disk failed. When it happens, it is
            reported on a channel's ``errors`` too; what came before is in the file, and nothing after.
    """
    found = _channels(channels)
    check.positive_seconds("record", "flush", flush)
    if path is None:
        return _ToMemory(found)
    return _ToFile(found, path_of(path), flush=flush, verify=verify)


def _channels(given: Channel[Any] | Scope | Iterable[Channel[Any]]) -> dict[str, Channel[Any]]:
    if isinstance(given, Channel):
        listed: list[Channel[Any]] = [given]
    elif isinstance(given, Scope):
        listed = list(given._every())
    elif isinstance(given, Iterable):
        listed = list(given)
    else:
        raise TypeError(f"record() takes a Channel, several, or a Channels, got {given!r}")
    found: dict[str, Channel[Any]] = {}
    for channel in listed:
        if not isinstance(channel, Channel):
            raise TypeError(f"record() takes Channels, got {channel!r}")
        if channel.name in found:
            raise ValueError(f"record() tells channels by name, and two are named {channel.name!r}: name one otherwise")
        found[channel.name] = channel
    if not found:
        raise ValueError("record() takes at least one channel, and there is none")
    return found


class _Capture(AbstractAsyncContextManager[Recording]):
    """Notes rows in a list, in memory or until they are written."""

    def __init__(self, channels: dict[str, Channel[Any]]) -> None:
        self._channels = channels
        self._types: dict[str, type[Any]] = {name: one.event_type or object for name, one in channels.items()}
        self._rows: list[Row] = []
        self._untaps: list[Callable[[], None]] = []

    def _bind(self) -> None:
        for channel in self._channels.values():
            channel._log.check_open()
            channel._log.bind()

    def _tap_all(self) -> None:
        loop = asyncio.get_running_loop()
        noted = {channel._branch for channel in self._channels.values()}
        plain = type(loop).time is asyncio.BaseEventLoop.time  # which only calls this, and costs as much again
        time = monotonic if plain else loop.time
        for name, channel in self._channels.items():
            note = self._note(name, clock.epoch(loop), time)
            self._untaps.append(channel._fan_out.tap(_unless_noted(note, channel._branch, noted)))

    def _untap_all(self) -> None:
        while self._untaps:
            self._untaps.pop()()

    def _note(self, name: str, epoch: float, time: Callable[[], float]) -> Callable[[object], None]:
        append = self._rows.append
        return lambda event: append((name, epoch + time(), event))


def _unless_noted(note: Callable[[object], None], branch: Branch, noted: set[Branch]) -> Callable[[object], None]:
    """Note an event, but not one that rises from where it is noted already."""

    def note_if_new(event: object) -> None:
        bearer = branch.bearer
        while bearer is not None and bearer not in noted:
            bearer = bearer.bearer
        if bearer is None:
            note(event)

    return note_if_new


class _ToMemory(_Capture):
    @override
    async def __aenter__(self) -> Recording:
        self._bind()
        self._tap_all()
        return Recording.of_source(Memory(self._types, self._rows), self._types)

    @override
    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._untap_all()


class _ToFile(_Capture):
    def __init__(self, channels: dict[str, Channel[Any]], path: Path, *, flush: float, verify: bool) -> None:
        super().__init__(channels)
        self._path = path
        self._flush_after = flush
        self._verify = verify
        self._alarm = 1
        """How many rows there are when the next thing is to be done: with the first one, a timer is set."""
        self._timer: asyncio.TimerHandle | None = None
        self._behind: deque[Future[None]] = deque()
        self._error: RecordingError | None = None
        self._recording: Recording | None = None

    @override
    def _note(self, name: str, epoch: float, time: Callable[[], float]) -> Callable[[object], None]:
        rows = self._rows
        append = rows.append

        def note(event: object) -> None:
            append((name, epoch + time(), event))
            if len(rows) >= self._alarm:
                self._rouse()

        return note

    def _rouse(self) -> None:
        if len(self._rows) >= BATCH:
            self._hand_over()
        else:
            self._alarm = BATCH
            self._timer = self._loop.call_later(self._flush_after, self._hand_over)

    def _hand_over(self) -> None:
        """Give the thread what was noted."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        batch = self._rows[:]
        self._rows.clear()  # the same list: the functions that note have it at hand
        self._alarm = 1
        if not batch or self._error is not None:
            return
        self._behind.append(self._thread.submit(self._write, batch))
        while self._behind and (len(self._behind) > _BEHIND or self._behind[0].done()):
            self._behind.popleft().result()

    def _write(self, batch: list[Row]) -> None:
        """In the thread: write, until something fails."""
        if self._error is not None:
            return
        try:
            self._writer.write(batch)
        except Exception as error:
            self._error = error if isinstance(error, RecordingError) else RecordingError(f"{self._path}: {error!r}")
            self._loop.call_soon_threadsafe(self._give_up, self._error)

    def _give_up(self, error: RecordingError) -> None:
        self._untap_all()
        next(iter(self._channels.values()))._report("its recording", error, None)

    @override
    async def __aenter__(self) -> Recording:
        self._loop = asyncio.get_running_loop()
        self._bind()
        self._writer: Writer = writer_to(self._path, self._types, verify=self._verify)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="async_channel recording")
        self._tap_all()
        self._recording = Recording.of_source(stored_at(self._path), self._types)
        self._recording._busy = True
        return self._recording

    @override
    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._untap_all()
        self._hand_over()
        closing = self._loop.run_in_executor(self._thread, self._close)
        cancelled = await _until_done(closing)
        self._thread.shutdown()  # it has nothing left to do
        if self._recording is not None:
            self._recording._busy = False
        if self._error is not None:
            if exc is None and not cancelled:
                raise self._error
            logging.getLogger("async_channel").error("a recording is not whole: %s", self._error)
        if cancelled:
            raise asyncio.CancelledError

    def _close(self) -> None:
        """In the thread: the last thing that is done there."""
        if self._error is not None:
            self._writer.abandon()
            return
        try:
            self._writer.close()
        except RecordingError as error:
            self._error = error


async def _until_done(future: asyncio.Future[None]) -> bool:
    """Wait for it even while being cancelled, which takes no longer than the disk; say whether it was."""
    cancelled = False
    while not future.done():
        try:
            await asyncio.wait([future])
        except asyncio.CancelledError:
            cancelled = True
    future.result()
    return cancelled
