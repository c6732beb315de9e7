"""Synchronized: a callback that has no task. Whoever drains its channel calls it."""

from __future__ import annotations

from collections.abc import Awaitable, Coroutine
from inspect import isawaitable
from operator import length_hint
from types import CoroutineType
from typing import Any, TypeVar

from typing_extensions import override

from async_channel.errors import ConsumerLagged
from async_channel.handling.agenda import Line, agenda
from async_channel.handling.subscription import Callback, Subscription, stop_if_cancelled
from async_channel.handling.supervisor import Supervisor
from async_channel.util.failure import FAILURES, as_failure
from async_channel.util.pipeline import NOTHING
from async_channel.util.reader import Intake, Reader

T = TypeVar("T")


class Synchronized(Subscription[T]):
    """A subscription that is on the agenda while something is pending for it."""

    def __init__(self, intake: Intake[T], reader: Reader[T], callback: Callback[T], supervisor: Supervisor) -> None:
        super().__init__(intake, reader, callback, supervisor)
        self.cursor = intake.cursor
        self._line: Line | None = None
        self._event: Any = None
        self._over = False

    @property
    @override
    def ended(self) -> bool:
        return self._over or self.cursor.closed

    @override
    def start(self) -> None:
        """Be on the running loop's agenda. Starting twice does nothing more."""
        log = self.cursor.log
        line = agenda().line(self.cursor.priority)
        if self._line is not line:
            log.bind()
            self._line = line
            if self in log.sleepers:  # since another loop
                log.sleepers.remove(self)
            self.rest()

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

    # ---- in place of a task that sleeps: the log wakes it when there is something to read

    def set_result(self, _: None) -> None:
        """Get in line: something may be pending now."""
        assert self._line is not None
        self._line.append(self)

    def rest(self) -> None:
        """Get in line again if something is pending, and sleep if nothing is."""
        cursor = self.cursor
        log = cursor.log
        if (log.granted - log.credit > cursor.end or length_hint(cursor.run)) and not cursor.closed:
            assert self._line is not None
            self._line.appendleft(self)
        elif not log.closed and not cursor.closed:
            log.sleepers.append(self)
        elif not self._over:
            self._over = True
            if not cursor.closed:
                self._end()

    def _end(self) -> None:
        try:
            self.cursor.log.raise_error()
        except Exception as error:
            self._failed_with(error)

    # ---- called by a drain

    def work(self, above: tuple[Line, ...]) -> Coroutine[Any, Any, None] | None:
        """Call back with what is pending, until one of the lines above has something; gives what is to be awaited."""
        cursor = self.cursor
        if self._reader._keep is None and cursor.lone(cursor.run):
            # A drain after each send finds one event, and then nothing more: this is that case, without the loops.
            log = cursor.log
            event = log.items[-1]
            try:
                made = self._callback(event)
            except FAILURES as error:
                made = self._supervisor.failed(as_failure(error), event)
            if made is None and log.granted - log.credit == cursor.end and not log.closed and not cursor.closed:
                log.sleepers.append(self)
                return None
            if made is not None and isawaitable(made):
                self._event = event
                return self._go_on(made, above)
            self.rest()
            return None
        left = self._call_back_until(above)
        return None if left is None else self._go_on(left, above)

    async def _go_on(self, made: Awaitable[object], above: tuple[Line, ...]) -> None:
        try:
            left: Awaitable[object] | None = made
            while left is not None:
                try:
                    await left
                    stop_if_cancelled()
                except FAILURES as error:
                    await self._settle(error, self._event)
                self._event = None
                if any(above):
                    self.rest()
                    return
                left = self._call_back_until(above)
        except BaseException:
            if not self.cursor.log.closed:  # the drain was cancelled, and its caller knows; else it is told by a stop
                self._at = NOTHING
            self.rest()
            raise

    def _call_back_until(self, above: tuple[Line, ...]) -> Awaitable[object] | None:
        """Call back until there is something to await, which this gives, or nothing to do now."""
        cursor, callback, keep = self.cursor, self._callback, self._reader._keep
        log = cursor.log
        while True:
            run = cursor.run
            for event in run:
                if keep is not None and not self._reader._accepts(event):
                    continue
                try:
                    made = callback(event)
                except FAILURES as error:
                    made = self._supervisor.failed(as_failure(error), event)
                if made is not None and (type(made) is CoroutineType or isawaitable(made)):
                    self._event = event
                    return made
                for line in above:
                    if line:
                        self.rest()
                        return None
            try:
                if log.granted - log.credit <= cursor.end or not cursor.advance(run):
                    self.rest()
                    return None
            except ConsumerLagged as error:
                self._missed(error)
