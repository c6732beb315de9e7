"""Monitor: reads channels at a steady pace, and has it shown; a timer of the loop, and no task."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Generator
from datetime import timedelta
from time import perf_counter
from types import TracebackType
from typing import Any, Final, Self

from async_channel import clock
from async_channel.channels.channel import Channel
from async_channel.channels.scopes import Scope
from async_channel.monitoring import table
from async_channel.monitoring.history import History, State
from async_channel.monitoring.panel import panel
from async_channel.monitoring.sampler import Sampler
from async_channel.monitoring.screens import Screen, Where, screen_for
from async_channel.util import check

logger = logging.getLogger("async_channel")

SHARE: Final = 0.01
"""What reading and showing may take of the time: what is large, or shown on a slow screen, is shown less often."""


class Monitor:
    """What `monitor` of a channel or a registry returns: a view that updates in place while it runs.

    Await it, or run something in it with ``async with``. What it showed last stays.
    """

    def __init__(
        self,
        origin: Channel[Any] | Scope,
        *,
        every: float | timedelta,
        seconds: float | timedelta | None,
        screen: Screen | Where,
    ) -> None:
        self._origin = origin
        self._every = check.positive_seconds("monitor", "every", check.seconds_of(every))
        self._seconds = (
            None if seconds is None else check.positive_seconds("monitor", "seconds", check.seconds_of(seconds))
        )
        if isinstance(screen, str):
            if screen not in {"auto", "notebook", "terminal", "none"}:
                raise ValueError(f"monitor(screen={screen!r}): there are 'auto', 'notebook', 'terminal' and 'none'")
        elif not callable(getattr(screen, "show", None)) or not callable(getattr(screen, "close", None)):
            raise TypeError(
                f"monitor(screen=...) takes the name of a screen, or one with show and close: got {screen!r}"
            )
        self._where: Screen | Where = screen
        self._history: History | None = None
        self._state: State | None = None
        self._run: _Run | None = None

    def __repr__(self) -> str:
        mode = "running" if self._run is not None else "at rest" if self._history is None else "ended"
        return f"<Monitor of {self._title!r} {mode}>"

    @property
    def _title(self) -> str:
        if isinstance(self._origin, Channel):
            return f"channel {self._origin.name}"
        return f"scope {self._origin.path}" if self._origin.path else "channels"

    # ---- what it knows

    @property
    def state(self) -> State:
        """The numbers, as frozen records: those of the last reading; of this moment, if it has not run yet.

        Raises:
            WrongLoop: it has not run yet, and a channel belongs to another event loop.
        """
        if self._history is not None:
            if self._state is None:
                self._state = self._history.state("live" if self._run is not None else "ended")
            return self._state
        sampler = Sampler(self._origin)
        try:
            return History(self._title, sampler.read()).state("looking")
        finally:
            sampler.close()

    def to_svg(self) -> str:
        """As a picture: the same bytes for the same numbers, dark on a dark page."""
        return panel(self.state)

    def __str__(self) -> str:
        return table.text(self.state)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        """What a notebook shows: the picture, or the text where it has no place for pictures."""
        _ = include, exclude  # Jupyter may ask for less, and takes what it wants of all
        state = self.state
        return {"image/svg+xml": panel(state), "text/plain": table.text(state)}

    # ---- while it runs

    async def __aenter__(self) -> Self:
        """Begin to show it.

        Raises:
            ModuleNotFoundError: there is nothing to show it with: no notebook, and no rich.
            RuntimeError: it runs already.
            WrongLoop: a channel belongs to another event loop.
        """
        self._begin()
        return self

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Show it for the last time, and leave it there."""
        if self._run is not None:
            self._run.end()

    def __await__(self) -> Generator[Any, None, None]:
        """Show it until all is stopped, the time is over, or the awaiting task is cancelled."""
        return self._watch().__await__()

    async def _watch(self) -> None:
        run = self._begin()
        try:
            await run.over
        finally:
            run.end()
        if run.error is not None:
            raise run.error

    def _begin(self) -> _Run:
        if self._run is not None:
            raise RuntimeError(f"this monitor of {self._title!r} runs already: make another one")
        run = _Run(self, Sampler(self._origin), screen_for(self._where))
        run.begin()
        return run


class _Run:
    """From its beginning to its end."""

    def __init__(self, view: Monitor, sampler: Sampler, screen: Screen) -> None:
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.error: Exception | None = None
        self._view = view
        self._sampler = sampler
        self._screen = screen
        self._loop = asyncio.get_running_loop()
        self._is_virtual = clock.is_virtual(self._loop)
        """Whether its time is virtual: then each reading is made, so that each run makes the same ones."""
        self._due = self._loop.time()
        self._end = math.inf if view._seconds is None else self._due + view._seconds
        self._timer: asyncio.TimerHandle | None = None
        self._rest_until = 0.0

    def begin(self) -> None:
        """Read and show for the first time."""
        view = self._view
        try:
            view._history = History(view._title, self._sampler.read())
            view._state, view._run = None, self
            self._screen.show(view)
        except BaseException:
            view._run = None
            self._sampler.close()
            raise
        self._set_timer()  # what it took is not counted: it is once, and much of it imports

    def _set_timer(self) -> None:
        self._due = min(max(self._due + self._view._every, self._loop.time()), self._end)
        self._timer = self._loop.call_at(self._due, self._tick)

    def _tick(self) -> None:
        begun = perf_counter()
        rests = begun < self._rest_until
        if self._loop.time() >= self._end:
            self.end()
        elif rests and not self._is_virtual:
            self._set_timer()
        else:
            try:
                self._read()
                if self._sampler.is_over:
                    self._finish()
                    return
                if not rests:
                    self._screen.show(self._view)
                    self._rest_after(begun)
            except Exception as error:
                self._fail(error)
            else:
                self._set_timer()

    def _read(self) -> None:
        assert self._view._history is not None
        self._view._history.update(self._sampler.read())
        self._view._state = None

    def _rest_after(self, begun: float) -> None:
        end = perf_counter()
        self._rest_until = end + (end - begun) * (1 / SHARE - 1)

    def end(self) -> None:
        """Read and show for the last time. Ending twice does nothing more."""
        if self._view._run is not self:
            return
        try:
            self._read()
            self._finish()
        except Exception as error:
            self._fail(error)

    def _finish(self) -> None:
        self._leave()
        self._screen.show(self._view)
        self._screen.close()

    def _leave(self) -> None:
        """No timer, no subscription is left."""
        if self._timer is not None:
            self._timer.cancel()
        if self._view._run is self:
            self._view._run = self._view._state = None
        self._sampler.close()
        if not self.over.done():
            self.over.set_result(None)

    def _fail(self, error: Exception) -> None:
        """What is shown must not suffer from who shows it: it is said, and shown no more."""
        self.error = error
        self._leave()
        logger.error("monitor of %r ended: it could not be read or shown", self._view._title, exc_info=error)
        try:
            self._screen.close()
        except Exception:
            logger.exception("monitor of %r: its screen could not be closed", self._view._title)
