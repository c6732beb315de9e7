"""Windows: streams of streams, by number, by time, or by both.

As in reactivex the source stays subscribed while somebody reads a window, though the stream of windows be let go.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any

from reactivex import Observable, abc
from reactivex.disposable import RefCountDisposable
from typing_extensions import override

from async_channel.util.fused import Fused, subscribe
from async_channel.util.hot import Hot, join_for, relayed
from async_channel.util.pipeline import Done, Next, Pipeline, Receiver, Sink, ignore
from async_channel.util.relay import Relay
from async_channel.util.timed import every


class Windows(Fused[Any]):
    """A source cut into windows, each of which is handed on as it opens."""

    def __init__(
        self,
        source: Observable[Any],
        make: Callable[[Hot], Observable[Any]],
        *,
        count: int | None = None,
        skip: int | None = None,
        seconds: float | None = None,
    ) -> None:
        super().__init__()
        self._upstream = source
        self._make = make
        self._count = count
        self._skip = count if skip is None else skip
        self._seconds = seconds

    @override
    def _attach(self, sink: Receiver, scheduler: abc.SchedulerBase | None) -> abc.DisposableBase:
        below = Pipeline(sink, (), scheduler)
        relay = Relay()
        join_for(below, relay)
        panes = _Panes(below, self._make, relay)

        def cut(pipeline: Pipeline, _: Next, __: Done) -> tuple[Next, Done]:
            if self._seconds is not None:
                return panes.by_time(pipeline, self._seconds, self._count)
            assert self._count is not None
            assert self._skip is not None
            return panes.by_count(pipeline, self._count, self._skip)

        upstream = Pipeline(Sink(ignore, panes.error, panes.completed), (cut,), relayed(scheduler, relay))
        panes.holds = RefCountDisposable(upstream)
        below.connect(panes.holds)
        subscribe(self._upstream, upstream)
        return below


class _Panes:
    """The windows that are open in one subscription.

    What comes while windows are opened, fed or closed waits its turn: their readers may send, and end the source.
    """

    def __init__(self, below: Pipeline, make: Callable[[Hot], Observable[Any]], relay: Relay) -> None:
        self._below = below
        self._make = make
        self._relay = relay
        self._open: deque[Hot] = deque()
        self._waiting: deque[Done] = deque()
        self._busy = False
        self.holds: RefCountDisposable | None = None

    def in_turn(self, action: Done) -> None:
        """Do something to the windows now, or when what is being done is done."""
        self.taking(lambda _: action())(None)

    def taking(self, take: Next) -> Next:
        """What to call with each event, to have it taken in turn; nothing is made for one that need not wait."""
        waiting = self._waiting

        def next(event: object) -> None:
            if self._busy:
                waiting.append(partial(take, event))
                return
            self._busy = True
            try:
                take(event)
                while waiting:
                    waiting.popleft()()
            finally:
                self._busy = False
                if waiting:
                    waiting.clear()

        return next

    def error(self, error: Exception) -> None:
        """The source failed, and so do the windows."""

        def fail() -> None:
            while self._open:
                self._open.popleft().error(error)
            self._below.error(error)

        self.in_turn(fail)

    def completed(self) -> None:
        """The source completed, and so do the windows."""

        def complete() -> None:
            while self._open:
                self._close()
            self._below.completed()

        self.in_turn(complete)

    def _begin(self) -> None:
        pane = Hot(self._relay, self.holds)
        self._open.append(pane)
        self._below.relayed_next(self._make(pane))

    def _close(self) -> None:
        self._open.popleft().completed()

    def by_count(self, pipeline: Pipeline, count: int, skip: int) -> tuple[Next, Done]:
        """A window of `count` events opens every `skip` events."""
        panes = self._open  # which open and close in turn: not while an event goes to all
        seen = 0

        def take(event: object) -> None:
            nonlocal seen
            for pane in panes:
                pane.next(event)
            seen += 1
            if seen >= count and (seen - count) % skip == 0:
                self._close()
            if seen % skip == 0:
                self._begin()

        pipeline.at_start(lambda: self.in_turn(self._begin))
        return self.taking(take), self.completed

    def by_time(self, pipeline: Pipeline, seconds: float, count: int | None) -> tuple[Next, Done]:
        """A window goes when its time is over, or when it is full; the next one opens then."""
        panes = self._open
        timer = pipeline.timer()
        held = 0

        def turn() -> None:
            self._begin()
            self._close()

        def full_or_over() -> None:
            nonlocal held
            held = 0
            self._close()
            self._begin()
            pipeline.later(timer, seconds, over)

        def over() -> None:
            self.in_turn(full_or_over)

        def take(event: object) -> None:
            nonlocal held
            for pane in panes:
                pane.next(event)
            held += 1
            if held == count:
                full_or_over()

        def start() -> None:
            self._begin()
            if count is None:
                every(pipeline, seconds, lambda: self.in_turn(turn))
            else:
                pipeline.later(timer, seconds, over)

        pipeline.at_start(lambda: self.in_turn(start))
        return self.taking(take), self.completed
