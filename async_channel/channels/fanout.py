"""FanOut: pushes each event of a channel through every pipeline and to every observer, one event after another."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

from reactivex import abc
from reactivex.disposable import Disposable

from async_channel.channels.demand import Audience
from async_channel.util.demand import Demand, Tenant
from async_channel.util.failure import Report
from async_channel.util.log import Log
from async_channel.util.pipeline import Pipeline, Receiver, Sink, ignore, nothing, push, reraise

T = TypeVar("T")


class _Sent:
    """An event that was sent from inside a sink, and those who were there when it was."""

    __slots__ = ("event", "sinks")

    def __init__(self, event: object, sinks: tuple[Receiver, ...]) -> None:
        self.event = event
        self.sinks = sinks


class _End:
    """The end of the stream, in line behind the events that were sent before it from inside an observer."""

    __slots__ = ("error",)

    def __init__(self, error: Exception | None) -> None:
        self.error = error


class FanOut(Generic[T]):
    """The sinks of one channel. What one of them raises reaches neither the sender nor another sink.

    An event that is sent from inside a sink waits its turn: all see the same order, and nothing recurses. The lines
    that push an event are in the sends themselves (see `sending`), and go by `sink` and `postponed`.
    """

    __slots__ = (
        "_audience",
        "_deliver",
        "_end",
        "_ended",
        "_inboxes",
        "_joint",
        "_log",
        "_report",
        "_rises",
        "_sinks",
        "on_change",
        "postponed",
        "sink",
    )

    def __init__(self, log: Log[T], report: Report, audience: Audience) -> None:
        self.sink: Receiver | None = None
        """Whose `next` is to be called with each event: the only sink, or what stands for several."""
        self.postponed: deque[_Sent | _End] = deque()
        """What was sent from inside a sink, and has yet to be pushed."""
        self._sinks: tuple[Receiver, ...] = ()  # replaced, never changed: a push goes on over those it began with
        self._joint = Sink(self._push_to_all, reraise, nothing)
        self._inboxes: dict[Receiver, Demand] = {}
        self._log = log
        self._report = report
        self._audience = audience
        self._end: _End | None = None
        self._ended: tuple[Callable[[Exception | None], None], ...] = ()  # who is told of the end as it is sent
        self._deliver: Callable[[], None] | None = None
        self._rises = False
        self.on_change: Callable[[], None] | None = None
        """What to call when there is a sink to call where there was none, or none any more."""

    def postpone(self, event: T) -> None:
        """Push an event later, for it was sent from inside a sink: to those who are there now."""
        self.postponed.append(_Sent(event, self._sinks))

    def catch_up(self) -> None:
        """Push what was postponed, now that the event before it has reached all."""
        while self.postponed:
            deliver = self._deliver
            try:
                self._catch_up(self.postponed.popleft())
            finally:
                if deliver is not None:
                    deliver()

    def _catch_up(self, after: _Sent | _End) -> None:
        if isinstance(after, _End):
            self._end_sinks(after)
            return
        push(after.event, after.sinks, self._report)

    def _push_to_all(self, event: object) -> None:
        push(event, self._sinks, self._report)

    def _push_and_deliver(self, event: object) -> None:
        deliver = self._deliver
        try:
            push(event, self._sinks, self._report)
        finally:
            if deliver is not None:
                deliver()

    def rise(self, deliver: Callable[[], None], rises: bool) -> None:
        """Have an event pushed where it rises to, when it has reached every sink here.

        Args:
            deliver: pushes what has risen.
            rises: whether anything is pushed there, so that it must be called also where there is no sink.
        """
        self._deliver = deliver  # for good: something may be on its way there now
        self._joint.next = self._push_and_deliver
        self._rises = rises
        self._call(self._sinks)

    def attach(self, sink: Receiver, inbox: Demand | None) -> abc.DisposableBase:
        """Call a sink with every event from here on, until what this returns is disposed.

        Args:
            sink: what to call.
            inbox: the consumer's inbox that hangs below, if one does: it is entitled to the backlog, and the channel's
                senders wait for it.
        """
        log = self._log
        log.check_thread()
        if self._end is not None:
            if inbox is not None:
                self._give_backlog(sink, inbox)
                inbox.let_go_of(log)
            self._tell_end(sink, self._end)
            return Disposable()
        self._call((*self._sinks, sink))
        if isinstance(sink, Pipeline):
            sink.report = self._report
        if inbox is not None:
            self._inboxes[sink] = inbox
            self._give_backlog(sink, inbox)

        wanted = inbox is None or inbox.wanted
        if wanted:
            self._audience.joined()

        def detach() -> None:
            if wanted:
                self._audience.left()
            sink.next = ignore  # an event that is just being pushed must not reach it any more
            self._call(tuple(other for other in self._sinks if other is not sink))
            if inbox is not None:
                self._inboxes.pop(sink, None)
                inbox.let_go_of(log)

        return Disposable(detach)

    def _give_backlog(self, sink: Receiver, inbox: Demand) -> None:
        """Push what a new consumer is entitled to. What its pipeline sends meanwhile comes behind, as in any push."""
        log = self._log
        nested = log.delivering
        log.delivering = True
        inbox.hang_from(log)
        inbox.opening()
        try:
            for event in inbox.backlog_of(log):
                push(event, (sink,), self._report)
            if not nested:
                self.catch_up()
        finally:
            log.delivering = nested
        inbox.opened()

    def tenants(self) -> Iterator[Tenant]:
        """Who calls back with the events of a pipeline that hangs from here."""
        for inbox in tuple(self._inboxes.values()):
            yield from inbox.tenants()

    def end(self, error: Exception | None) -> None:
        """Complete every sink, or fail it; behind the event that is just being pushed, if one is."""
        self._end = _End(error)
        for tell in self._ended:
            tell(error)
        if self._log.delivering:
            self.postponed.append(self._end)
        else:
            self._end_sinks(self._end)

    def _end_sinks(self, end: _End) -> None:
        sinks = self._sinks
        self._call(())
        for sink in sinks:
            try:
                self._tell_end(sink, end)
            except Exception as unhandled:
                self._report("a subscriber's end", unhandled, None)

    @staticmethod
    def _tell_end(sink: Receiver, end: _End) -> None:
        if end.error is None:
            sink.completed()
        else:
            sink.error(end.error)

    def mute(self) -> None:
        """Call nobody any more, and tell nobody."""
        for sink in self._sinks:
            sink.next = ignore
        self._call(())
        for inbox in list(self._inboxes.values()):  # but who waits below for an event must not wait for ever
            inbox.complete()
        self._inboxes.clear()

    def tap(
        self, look: Callable[[T], None], ended: Callable[[Exception | None], None] | None = None
    ) -> Callable[[], None]:
        """Call a function with each event as it is sent, and one with the end, until what this returns is called.

        It comes before every sink, and at once for what a sink sends, not in its turn: so it sees the order of sending,
        over channels too. It must neither raise nor send.
        """
        log = self._log
        log.check_thread()
        log.taps = (*log.taps, look)
        if ended is not None:
            self._ended = (*self._ended, ended)
        log.bind_append()

        def untap() -> None:
            log.taps = tuple(other for other in log.taps if other is not look)
            self._ended = tuple(other for other in self._ended if other is not ended)
            log.bind_append()

        return untap

    def _call(self, sinks: tuple[Receiver, ...]) -> None:
        self._sinks = sinks
        before = self.sink
        self.sink = self._joint if len(sinks) > 1 or self._rises else sinks[0] if sinks else None
        if self.on_change is not None and (before is None) is not (self.sink is None):
            self.on_change()
