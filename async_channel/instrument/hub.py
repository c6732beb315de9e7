"""The hub: all that is exported to one meter provider, read on the threads that it belongs to.

Whoever collects does so on a thread of its own, while channels belong to their loop's: a cursor that is read from
elsewhere is somewhere on its way. So the numbers are read by the loop, and the collecting thread waits for it; not
longer than `PATIENCE`, for that loop may itself be waiting for the collecting thread. Then what was read last is good.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, Final, TypeAlias
from weakref import WeakSet

from async_channel.channels.channel import Channel
from async_channel.channels.scopes import Scope
from async_channel.errors import WrongLoop
from async_channel.handling.subscription import Subscription
from async_channel.instrument.book import Book
from async_channel.instrument.page import Page
from async_channel.instrument.timed import Record
from async_channel.util.log import Log
from async_channel.util.reader import Intake, Reader, witnesses

PATIENCE: Final = 1.0
"""How long a collecting thread waits for a loop (seconds)."""

Loop: TypeAlias = asyncio.AbstractEventLoop


class Source:
    """What was instrumented by one call."""

    def __init__(self, origin: Channel[Any] | Scope, record: Record | None) -> None:
        self.origin = origin
        self.record = record
        self._loop = asyncio._get_running_loop()

    def channels(self) -> tuple[Channel[Any], ...]:
        """Those that there are now."""
        return (self.origin,) if isinstance(self.origin, Channel) else self.origin._every()

    @property
    def loop(self) -> Loop | None:
        """Where to ask for them: where they are, or will be."""
        with suppress(RuntimeError):  # asked by a foreign thread, while channels are opened: the next time will do
            self._loop = next((one._log.loop for one in self.channels() if one._log.loop is not None), self._loop)
        return self._loop


class Hub:
    """The sources of one meter provider, and what those that were closed had counted."""

    def __init__(self) -> None:
        self._sources: tuple[Source, ...] = ()
        self._books: dict[Log[Any], Book] = {}
        self._known: WeakSet[Channel[Any]] = WeakSet()
        self._retired: dict[str, Page] = {}
        self._pages: dict[str, Page] = {}
        self._seen: set[str] = set()
        self._lock = threading.Lock()
        """Held while pages are added up, and while one is put away: each counts once. Nobody waits under it."""

    # ---- what is instrumented

    def join(self, source: Source) -> None:
        """Export the numbers of one more source."""
        if not self._sources:
            witnesses.append(self._witness)
        self._sources = (*self._sources, source)
        for book in self._find(source):
            book.read()

    def leave(self, source: Source) -> None:
        """Export no more of a source than what it has counted until now."""
        self._sources = tuple(other for other in self._sources if other is not source)
        if not self._sources:
            witnesses.remove(self._witness)
        for log, book in tuple(self._books.items()):
            self._let_go(log, book, source)

    def _find(self, source: Source) -> list[Book]:
        """Open books for the channels of a source that have none, and put away those of channels that it has left."""
        found: list[Book] = []
        if source not in self._sources:  # it was closed while this was on its way
            return found
        channels = source.channels()
        for channel in channels:
            book = self._books.get(channel._log)
            if book is None:
                book = Book(channel, source.record, again=channel in self._known)
                self._known.add(channel)
                self._books[channel._log] = book
                found.append(book)
            book.holders.add(source)
        left = {book.channel for book in self._books.values() if source in book.holders}.difference(channels)
        for channel in left:
            self._let_go(channel._log, self._books[channel._log], source)
        return found

    def _let_go(self, log: Log[Any], book: Book, source: Source) -> None:
        if source not in book.holders:
            return
        book.holders.discard(source)
        if book.holders:
            return
        _try_to_read([book])
        book.close()
        with self._lock:
            del self._books[log]
            page = self._retired.setdefault(book.channel.name, Page())
            page.add(book.page)
            page.keep_counts()

    def _witness(self, made: object, intake: Intake[Any]) -> None:
        """Somebody begins to read: write down who, if it is of a channel of ours."""
        book = self._book_of(intake.roots())
        if book is None:
            return
        book.open()
        if isinstance(made, Reader):
            book.enter(made._cursor)
        elif isinstance(made, Subscription):
            book.time(made)

    def _book_of(self, roots: Iterable[Log[Any]]) -> Book | None:
        """That of the first of these logs that has one: who reads several channels at once is counted at one."""
        for log in (logs := tuple(roots)):
            if log in self._books:
                return self._books[log]
        for source in self._sources:
            if not isinstance(source.origin, Channel) and _elsewhere(source.loop) is None:
                for book in self._find(source):
                    if book.channel._log in logs:
                        return book
        return None

    # ---- what is collected

    def pages(self, instrument: str) -> dict[str, Page]:
        """The numbers by channel name. An instrument that asks again begins a new collection, and all are read anew.

        So all that is exported together is of one moment.
        """
        if not self._seen or instrument in self._seen:
            self._seen.clear()
            self._read()
        self._seen.add(instrument)
        return self._pages

    def _read(self) -> None:
        errands: dict[Loop | None, tuple[list[Source], list[Book]]] = {}
        for source in self._sources:
            errands.setdefault(_elsewhere(source.loop), ([], []))[0].append(source)
        for book in tuple(self._books.values()):
            errands.setdefault(_elsewhere(book.channel._log.loop), ([], []))[1].append(book)
        here = errands.pop(None, None)
        waiting = [_ask(loop, self._errand(*errand)) for loop, errand in errands.items() if loop is not None]
        if here is not None:
            self._errand(*here)()
        end = time.monotonic() + PATIENCE
        for answer in waiting:
            with suppress(TimeoutError):  # it is busy: what was read last is good
                answer.result(max(0.0, end - time.monotonic()))
        pages: dict[str, Page] = {}
        with self._lock:
            for name, retired in self._retired.items():
                pages.setdefault(name, Page()).add(retired)
            for book in tuple(self._books.values()):
                pages.setdefault(book.channel.name, Page()).add(book.page)
        self._pages = pages

    def _errand(self, sources: list[Source], books: list[Book]) -> Callable[[], None]:
        def run() -> None:
            found = [book for source in sources for book in self._find(source)]
            _try_to_read([*books, *(book for book in found if _elsewhere(book.channel._log.loop) is None)])

        return run


def _try_to_read(books: list[Book]) -> None:
    for book in books:
        with suppress(WrongLoop):  # it belongs to a loop that is neither here nor running: what was read last is good
            book.read()


def _elsewhere(loop: Loop | None) -> Loop | None:
    """The loop, if it runs and not here: then it has to be asked."""
    return None if loop is None or not loop.is_running() or loop is asyncio._get_running_loop() else loop


def _ask(loop: Loop, errand: Callable[[], None]) -> Future[None]:
    """Run something on a loop's thread; at once, if the loop has just been closed."""
    answer: Future[None] = Future()

    def run() -> None:
        try:
            errand()
        except BaseException as error:
            answer.set_exception(error)
        else:
            answer.set_result(None)

    try:
        loop.call_soon_threadsafe(run)
    except RuntimeError:
        run()
    return answer
