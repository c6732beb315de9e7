"""Synchronized: a callback that has no task. Whoever drains its channel calls it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from inspect import isawaitable
from operator import length_hint
from types import CoroutineType
from typing import Any, TypeVar

from typing_extensions import override

from async_channel.errors import ConsumerLagged
from async_channel.handling.agenda import Line, agenda, begin_later
from async_channel.handling.subscription import Subscription
from async_channel.handling.supervisor import Callback, Supervisor
from async_channel.stats import DeadLetter
from async_channel.util.failure import FAILURES
from async_channel.util.pipeline import NOTHING
from async_channel.util.reader import Intake, Reader

T = TypeVar("T")


class Synchronized(Subscription[T]):
    """A subscription that is on the agenda while something is pending for it."""

    def __init__(
        self, intake: Intake[T], reader: Reader[T], callback: Callback[T], supervisor: Supervisor[T], _: float | None
    ) -> None:
        super().__init__(intake, reader, callback, supervisor)
        self.cursor = intake.cursor
        self._line: Line | None = None
        self._event: Any = NOTHING  # that of the callback that is awaited
        self._loop: asyncio.AbstractEventLoop | None = None
        self._asleep = False
        self.unfiltered = reader._keep is None

    @property
    @override
    def ended(self) -> bool:
        return self._over or self.cursor.closed

    @override
    def begin(self) -> None:
        """Be on the running loop's agenda, or on that of the first that runs here and drains."""
        if asyncio._get_running_loop() is not None:
            self.start()
        else:
            begin_later(self)

    @override
    def start(self) -> None:
        """Be on the running loop's agenda. Starting twice does nothing more."""
        log = self.cursor.log
        line = agenda().line(self.cursor.priority)
        if self._line is not line:
            self._line = line
            self._loop = log.bind()
            if self in log.sleepers:  # since another loop
                log.sleepers.remove(self)
            self._asleep = False
            self.rest()
            if line and line[0] is self:
                line.rotate(-1)  # what was pending before it began is its turn behind the others

    @override
    def given_up(self, event: object) -> None:
        """The callback was cancelled with its drain: whoever cancelled that knows, unless it was to end the channel."""
        if self.cursor.log.closed:
            super().given_up(event)

    @override
    def cut_off(self, channel: str) -> None:
        """A channel that was stopped waits no longer: drop what is left."""
        self._ended_by = channel
        self._leave()
        if not self.ended:
            self.close()

    @override
    def close(self) -> None:
        """No longer call back: what is pending is dropped; a callback that is awaited may finish."""
        self._reader.close()
        self._tell_gone()

    @override
    async def redeliver(self, letter: DeadLetter[T]) -> bool:
        self._check_letter(letter)
        self.start()
        return await agenda().apart(self, self._redeliver(letter))

    async def _redeliver(self, letter: DeadLetter[T]) -> bool:
        self._check_letter(letter)  # it may have ended while others were at work
        self._get_up()
        try:
            return await self._supervisor.redeliver(letter)
        finally:
            self.rest()

    def _get_up(self) -> None:
        """Be in no line and asleep nowhere, so that nobody calls back while something is awaited."""
        self._asleep = False
        if self in self.cursor.log.sleepers:
            self.cursor.log.sleepers.remove(self)
        elif self._line is not None and self in self._line:
            self._line.remove(self)

    # ---- in place of a task that sleeps: the log wakes it when there is something to read

    def set_result(self, _: None) -> None:
        """Get in line: something may be pending now."""
        if not self._asleep:  # it began anew meanwhile, on another loop
            return
        self._asleep = False
        if self._line is None or self._loop is None or self._loop.is_closed():
            self.begin()
        else:
            self._line.append(self)

    def rest(self) -> None:
        """Get in line again if something is pending, and sleep if nothing is."""
        cursor = self.cursor
        log = cursor.log
        if not cursor.closed and (log.granted - log.credit > cursor.end or length_hint(cursor.run)):
            assert self._line is not None
            self._line.appendleft(self)
        elif not log.closed and not cursor.closed:
            log.sleepers.append(self)
            self._asleep = True
        elif not self._over:
            self._over = True
            if not cursor.closed:
                self._end()

    def _end(self) -> None:
        try:
            self.cursor.log.raise_error()
        except Exception as error:
            self._failed_with(error)

    # ---- called by a drain, and in place of one

    def handle(self, event: Any) -> Awaitable[object] | None:
        """Take an event that is sent just now: a send and what a drain makes of it, in one.

        It sleeps, and there is nobody else to wake. Gives what must be awaited, as `work` does.
        """
        cursor = self.cursor
        log = cursor.log
        log.credit -= 1
        log.append(event)
        cursor.end += 1
        try:
            made = self._callback(event)
        except FAILURES as error:
            made = self._supervisor.failed(error, event)
            event = NOTHING  # what is awaited then is not the callback
        if made is None or not (type(made) is CoroutineType or isawaitable(made)):
            return None  # it sleeps on; or it was woken, for the callback sent something to this channel, or ended it
        self._get_up()
        self._event = event
        return made

    def work(self, above: tuple[Line, ...]) -> Awaitable[object] | None:
        """Call back with what is pending, until something must be awaited, or one of the lines above has something."""
        cursor = self.cursor
        log = cursor.log
        run = cursor.run
        if not length_hint(run):  # it may have more after one was awaited
            if log.granted - log.credit == cursor.end:
                self.rest()
                return None
            if self.unfiltered and cursor.lone(run):  # what a drain after each send finds
                return self._call_with_last(log.items[-1])
        return self._call_with_all(above)

    def _call_with_last(self, event: Any) -> Awaitable[object] | None:
        """Call back with the one event that is pending, which is counted as taken; then sleep."""
        cursor = self.cursor
        log = cursor.log
        try:
            made = self._callback(event)
        except FAILURES as error:
            made = self._supervisor.failed(error, event)
            event = NOTHING  # what is awaited then is not the callback
        if made is not None and (type(made) is CoroutineType or isawaitable(made)):
            self._event = event
            return made
        if log.granted - log.credit == cursor.end and not log.closed and not cursor.closed:
            log.sleepers.append(self)
            self._asleep = True
        else:
            self.rest()
        return None

    def _call_with_all(self, above: tuple[Line, ...]) -> Awaitable[object] | None:
        cursor, callback, log = self.cursor, self._callback, self.cursor.log
        while True:
            run = cursor.run
            for event in run:
                if not self.unfiltered and not self._reader._accepts(event):
                    continue
                try:
                    made = callback(event)
                except FAILURES as error:
                    made = self._supervisor.failed(error, event)
                    event = NOTHING  # noqa: PLW2901  what is awaited then is not the callback
                if made is not None and (type(made) is CoroutineType or isawaitable(made)):
                    self._event = event
                    return made
                if above and any(above):
                    self.rest()
                    return None
            try:
                if log.granted - log.credit <= cursor.end or not cursor.advance(run):
                    self.rest()
                    return None
            except ConsumerLagged as error:
                self._missed(error)

    async def settle(self, error: BaseException) -> None:
        """What was to be awaited raised: the callback, or what there was to do since it failed."""
        event, self._event = self._event, NOTHING
        if event is NOTHING:
            raise error
        settling = self._supervisor.failed(error, event)
        if settling is not None:
            await settling
