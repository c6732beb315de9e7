"""Playing marks: calling something at the times of a diagram."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from functools import partial
from typing import Any

from reactivex import Observable, abc
from reactivex.disposable import CompositeDisposable, Disposable, SerialDisposable

from async_channel import (
    Channel,
    ChannelFull,
    NotStarted,
    Producer,
    Stream,
    clock,
    from_async_iterable,
    from_observable,
)
from async_channel.pictures.diagrams import Mark

__tracebackhide__ = True  # what pytest shows is the test


class Player:
    """Calls a function with each mark at its time.

    All timers are set at once, so in any moment what is played comes before what operators do because of it: as with
    Rx's TestScheduler. Where the function raises ChannelFull it is called no more, and somebody else has to play the
    rest, waiting for room.

    Args:
        marks: what is played, in order of time.
        happen: what is called with each.
        start: the loop's time (seconds) that is 0 in the marks.
        finished: called at the end with the marks that are left, and with what else the function raised.
    """

    def __init__(
        self,
        marks: Sequence[Mark],
        happen: Callable[[Mark], object],
        *,
        start: float,
        finished: Callable[[Sequence[Mark], Exception | None], object] = lambda _, __: None,
    ) -> None:
        self._marks = marks
        self._happen = happen
        self._finished = finished
        self._played = 0
        loop = asyncio.get_running_loop()
        # Each plays the next mark, whichever is due: asyncio's own loops leave the order of timers for one time open.
        self._timers = [loop.call_at(start + mark.time, self._play_next) for mark in marks]

    def _play_next(self) -> None:
        try:
            self._happen(self._marks[self._played])
        except ChannelFull:
            self._end(None)
        except Exception as error:
            self._end(error)
        else:
            self._played += 1
            if self._played == len(self._marks):
                self._end(None)

    def _end(self, error: Exception | None) -> None:
        self.stop()
        self._finished(self._marks[self._played :], error)

    def stop(self) -> None:
        """Play no more."""
        for timer in self._timers:
            timer.cancel()


def happen_on(channel: Channel[Any] | Producer[Any], mark: Mark) -> None:
    """Send an event, if there is room; complete the channel, or end it with the mark's error."""
    if mark.kind == "event":
        channel.send_nowait(mark.value)
        return
    assert isinstance(channel, Channel)
    if mark.kind == "error":
        channel.on_error(error_of(mark))
    else:
        channel.on_completed()


def error_of(mark: Mark) -> Exception:
    """The exception of a mark that names one, or a class of it."""
    error = mark.value() if isinstance(mark.value, type) else mark.value
    assert isinstance(error, Exception)
    return error


def cold(marks: Sequence[Mark]) -> Stream[Any]:
    """A stream in which this happens, from its subscription on, anew for each.

    A channel of its own is in between: so a consumer that is full holds the events back, until it has room.
    """

    def subscribe(observer: abc.ObserverBase[Any], scheduler: abc.SchedulerBase | None = None) -> abc.DisposableBase:
        try:
            start = asyncio.get_running_loop().time()
        except RuntimeError:
            raise NotStarted("marbles() needs a running event loop: make the Consumer inside a coroutine") from None
        subscription = SerialDisposable()
        channel: Channel[Any] = Channel("marbles")

        def held_back(rest: Sequence[Mark], error: Exception | None) -> None:
            assert error is None, error  # nobody else has this channel
            if rest:
                late = from_async_iterable(lambda: _events_of(rest, start))
                subscription.disposable = late.subscribe(observer, scheduler=scheduler)

        subscription.disposable = channel.subscribe(observer, scheduler=scheduler)
        player = Player(marks, partial(happen_on, channel), start=start, finished=held_back)
        return CompositeDisposable(Disposable(player.stop), subscription)

    return from_observable(Observable(subscribe))


async def _events_of(marks: Sequence[Mark], start: float) -> AsyncIterator[Any]:
    for mark in marks:
        await clock.sleep_until_loop_time(start + mark.time)
        if mark.kind == "event":
            yield mark.value
        elif mark.kind == "error":
            raise error_of(mark)
        else:
            return
    await asyncio.get_running_loop().create_future()  # no end is drawn


async def play(target: Channel[Any] | Producer[Any], marks: Sequence[Mark], start: float) -> None:
    """Play marks on a channel, and wait for room where there is none. Returns when all is played.

    Args:
        target: where to send.
        marks: what is played, in order of time; to a Producer only events.
        start: the loop's time (seconds) that is 0 in the marks.
    """
    over: asyncio.Future[Sequence[Mark]] = asyncio.get_running_loop().create_future()

    def happen(mark: Mark) -> None:
        if not over.cancelled():  # in this very moment, perhaps
            happen_on(target, mark)

    def finished(rest: Sequence[Mark], error: Exception | None) -> None:
        if error is not None:
            over.set_exception(error)
        elif not over.cancelled():
            over.set_result(rest)

    if not marks:
        return
    player = Player(marks, happen, start=start, finished=finished)
    try:
        rest = await over
    finally:
        player.stop()
    for mark in rest:
        await clock.sleep_until_loop_time(start + mark.time)
        if mark.kind == "event":
            await target.send(mark.value)
        else:
            happen_on(target, mark)
