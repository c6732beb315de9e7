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
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, overload

from reactivex import Observable
from typing_extensions import override

from async_channel import clock
from async_channel.channels.channel import Channel
from async_channel.channels.rising import Branch
from async_channel.errors import RecordingError
from async_channel.recording.extra import stored_at, writer_to
from async_channel.recording.files import path_of
from async_channel.recording.recording import BATCH, Memory, Recording
from async_channel.recording.rows import Row
from async_channel.recording.sources import Recordable, named, type_of
from async_channel.recording.trace import End, Notice, Trace
from async_channel.stats import Failure
from async_channel.util import check
from async_channel.util.scheduler import LoopScheduler

if TYPE_CHECKING:
    from async_channel.recording.stored import Writer

_BEHIND: Final = 256
"""How many batches may wait for the disk."""


@overload
def record(
    streams: Recordable, path: str | os.PathLike[str] | None, /, *, flush: float = 1.0, verify: bool = True
) -> AbstractAsyncContextManager[Recording]: ...


@overload
def record(
    *streams: Recordable, path: str | os.PathLike[str] | None = None, flush: float = 1.0, verify: bool = True
) -> AbstractAsyncContextManager[Recording]: ...


def record(
    *streams: Recordable | str | os.PathLike[str] | None,
    path: str | os.PathLike[str] | None = None,
    flush: float = 1.0,
    verify: bool = True,
) -> AbstractAsyncContextManager[Recording]:
    """Record what some streams do inside an ``async with`` block, in memory or in a file.

    Each event is noted the moment it is sent, with the time that the running loop's clock shows (`clock.now`), in one
    order for all channels: that of the sends, even of those from inside an observer. Nobody notices: no sender waits,
    and a channel counts no consumer more. An event that rises from one of these channels to another is noted once,
    where it was sent: so a replay makes it rise again. How the streams end is noted too, and what their channels
    report; it is in the pictures, and not in files.

    >>> import asyncio, math
    >>> async def main() -> None:
    ...     words, numbers = Channel(str, "Word"), Channel(int, "Number")
    ...     async with record(words, numbers) as recording:
    ...         await words.send("one")
    ...         await asyncio.sleep(1)
    ...         await numbers.send(1)
    ...     print(*recording)
    >>> clock.run(main(), speed=math.inf)
    ('Word', 0.0, 'one') ('Number', 1.0, 1)

    A Stream, or any other Observable, is subscribed, as an observer would: so what a pipeline is made of is called for
    the recording once more, and a cold one begins anew. Its timed operators use the loop's clock.

    Args:
        streams: channels and other Observables, each one, or several in a list; a mapping names them; of a registry or
            a scope those channels that are open when this is called. A channel has its own name unless another is
            given; a stream without one is "Stream 2", if it is the second of all.
        path: a new file that ends with .jsonl, .jsonl.gz, .msgpack or .msgpack.gz; None to keep events in memory. It
            can stand behind a single argument without its name.
        flush: seconds on the loop's clock after which an event is in the file at the latest, so that a crash loses no
            more; in a compressed file it may lose the last 64 KiB besides.
        verify: whether each event is decoded again and compared before it is written, so that what can't be read back
            is found now. It is done in the thread, and it doubles its work.

    Returns:
        A context manager. What it gives is the `Recording`, which can be read when the block is left.

    Raises:
        TypeError, ValueError: an argument is of another type or range, two streams have one name, or there is none.
        ImportError: a path is given, and msgspec is not installed.
        FileExistsError, OSError: on entering, the file exists or can't be made; nothing is ever overwritten.
        ChannelClosed, WrongLoop: on entering, a channel is stopped, or belongs to another loop.
        RecordingError: on leaving, an event could not be written as it was, or the disk failed. When it happens, it is
            reported on a channel's ``errors`` too; what came before is in the file, and nothing after.
    """
    given, where = list(streams), path
    last = given[-1] if len(given) == 2 else given
    if path is None and (last is None or isinstance(last, str | os.PathLike)):
        given, where = given[:1], last
    found = named(given)
    check.positive_seconds("record", "flush", flush)
    if where is None:
        return _ToMemory(found)
    return _ToFile(found, path_of(where), flush=flush, verify=verify)


class _Capture(AbstractAsyncContextManager[Recording]):
    """Notes rows in a list, in memory or until they are written."""

    def __init__(self, streams: dict[str, Observable[Any]]) -> None:
        self._streams = streams
        self._channels = {name: one for name, one in streams.items() if isinstance(one, Channel)}
        self._types: dict[str, type[Any]] = {name: type_of(one) for name, one in streams.items()}
        self._rows: list[Row] = []
        self._untaps: list[Callable[[], None]] = []
        self._now: Callable[[], float] = clock.now

    def _bind(self) -> None:
        for channel in self._channels.values():
            channel._log.check_open()
            channel._log.bind()

    def _tap_all(self) -> Trace:
        """Listen in on channels, subscribe what is none."""
        loop = asyncio.get_running_loop()
        epoch = clock.epoch(loop)
        noted = {channel._branch for channel in self._channels.values()}
        plain = type(loop).time is asyncio.BaseEventLoop.time  # which only calls this, and costs as much again
        time = monotonic if plain else loop.time
        self._now = lambda: epoch + time()
        self._trace = Trace(self._now())
        self._dropped = {name: _dropped(channel) for name, channel in self._channels.items()}
        for name, channel in self._channels.items():
            note = self._note(name, epoch, time)
            self._untaps.append(channel._fan_out.tap(_unless_noted(note, channel._branch, noted), self._ender(name)))
            self._untaps.append(channel.errors.subscribe(partial(self._notice, name)).dispose)
        self._scheduler = LoopScheduler()
        for name, stream in self._streams.items():
            if name not in self._channels:
                end = self._ender(name)
                note = self._note(name, epoch, time)
                subscription = stream.subscribe(note, end, partial(end, None), scheduler=self._scheduler)
                self._untaps.append(subscription.dispose)
        return self._trace

    def _untap_all(self) -> None:
        while self._untaps:
            self._untaps.pop()()

    def _leave(self) -> None:
        """Listen no more, and note what is known by now."""
        self._untap_all()
        self._trace.left = self._now()
        for name, channel in self._channels.items():
            before = self._dropped[name]
            lost = sum(max(0, count - before.get(consumer, 0)) for consumer, count in _dropped(channel).items())
            if lost:
                self._trace.dropped[name] = lost

    async def _settle(self) -> None:
        """Wait for the tasks that worked for it and are ending."""
        if self._scheduler.tasks:
            await asyncio.wait(self._scheduler.tasks)

    def _note(self, name: str, epoch: float, time: Callable[[], float]) -> Callable[[object], None]:
        append = self._rows.append
        return lambda event: append((name, epoch + time(), event))

    def _ender(self, name: str) -> Callable[[Exception | None], None]:
        def end(error: Exception | None) -> None:
            self._trace.ends.setdefault(name, End(self._now(), error))

        return end

    def _notice(self, name: str, failure: Failure) -> None:
        self._trace.notices.append(Notice(name, self._now(), failure.error))


def _dropped(channel: Channel[Any]) -> dict[str, int]:
    return {consumer.name: consumer.dropped for consumer in channel.stats().consumers}


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
        return Recording.of_source(Memory(self._types, self._rows), self._types, self._tap_all())

    @override
    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._leave()
        await self._settle()


class _ToFile(_Capture):
    def __init__(self, streams: dict[str, Observable[Any]], path: Path, *, flush: float, verify: bool) -> None:
        super().__init__(streams)
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
        for channel in self._channels.values():
            channel._report("its recording", error, None)
            break

    @override
    async def __aenter__(self) -> Recording:
        self._loop = asyncio.get_running_loop()
        self._bind()
        self._writer: Writer = writer_to(self._path, self._types, verify=self._verify)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="async_channel recording")
        trace = self._tap_all()
        self._recording = Recording.of_source(stored_at(self._path), self._types, trace)
        self._recording._busy = True
        return self._recording

    @override
    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._leave()
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
        await self._settle()

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
