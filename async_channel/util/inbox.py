"""The inbox: the private log at the end of a pipeline, which its events are pushed into.

A push can't wait. So when a blocking inbox is full it shuts a gate at every log it hangs from, and whoever sends there
waits; when its reader has made room it opens them. What is on its way down already (the other parts of one event, what
an operator delays) still comes in, beyond the capacity: it was sent, so it is not lost. What nobody sent (beats of a
timer, events of a source that is no channel) can't be held back: when more has come than was sent, it comes in up to
the capacities of the inbox and the channels above; then it is lost, and the reader is told by ConsumerLagged.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from typing import Any, Generic, TypeVar

from async_channel.policy import Conflate, Overflow, Priority
from async_channel.util.cursor import Cursor
from async_channel.util.demand import Demand, Tenant
from async_channel.util.failure import SOMEBODY, Handler, report_to
from async_channel.util.log import Log

T = TypeVar("T")


class Inbox(Generic[T]):
    """A private log with its one cursor; `push` is what a pipeline calls with each event."""

    __slots__ = (
        "_keys",
        "_last",
        "_opening",
        "_overflow",
        "_sent",
        "_upstreams",
        "_warm_ups",
        "below",
        "cursor",
        "log",
        "push",
        "standing",
        "tenant",
    )

    def __init__(self, *, name: str, capacity: int, overflow: Overflow | Conflate[T], priority: int) -> None:
        blocking = overflow is Overflow.BLOCK
        self.log: Log[T] = Log(name, capacity, private=True)
        self.cursor = Cursor(self.log, name=name, capacity=capacity, overflow=overflow, priority=priority)
        self._overflow = overflow
        self._upstreams: list[Log[Any]] = []
        self._last: Log[Any] | None = None  # the one let go of last: what is still to report is reported there
        self._sent = 0  # events sent upstream while this hung there: with `next_seq` of those it hangs from added
        self._warm_ups: dict[Log[Any], list[Any]] = {}
        self._keys: dict[Hashable, int] = {}
        self._opening = 1
        self.tenant: Tenant | None = None
        """What calls back with its events, if that is what it is for."""
        self.standing = 0  # sources above that may yet have it hang from more logs
        self.below: Demand | None = None
        """What is read below, where this is between two parts of a pipeline."""
        self.push: Callable[[T], None]
        if blocking:
            self.log.on_room = self._open_gates
            self.push = self._push_blocking
        elif overflow is Overflow.DROP_NEWEST:
            self.push = self._push_if_room
        elif isinstance(overflow, Conflate):
            self.push = self._push_conflated
        else:
            self.push = self._push_lossy

    @property
    def present(self) -> bool:
        """Whether a consumer stands behind this: it is one."""
        return True

    @property
    def wanted(self) -> bool:
        """Whether what it is for is to be made on its account."""
        return self.cursor.priority < Priority.OPTIONAL

    def opening(self) -> None:
        """A subscription begins: what it brings at once is a backlog, and comes in whole."""
        self._opening += 1

    def opened(self) -> None:
        """A subscription has begun: from now on it is held back when the inbox is full."""
        self._opening -= 1
        if self._opening:
            return
        self._warm_ups.clear()
        if self.cursor.blocking:
            if self.log.renew() <= 0:
                self._shut_gates()
            self.log.revoke()  # the next push takes the slow path, and finds the loop that the channels are on by then

    def tenants(self) -> Iterator[Tenant]:
        """Who calls back with events that come through here."""
        if self.tenant is not None:
            yield self.tenant
        if self.below is not None:
            yield from self.below.tenants()

    # ---- the logs upstream

    def stand(self, by: int) -> None:
        """So many more sources, or less, may have this hang from logs that are not there yet."""
        self.standing += by

    def goes_on(self) -> bool:
        """Whether events may still come: from a log that has not ended, or from one to come."""
        return self.standing > 0 or any(
            not upstream.closed if upstream.above is None else upstream.above.goes_on() for upstream in self._upstreams
        )

    def roots(self) -> Iterator[Log[Any]]:
        """The logs at the top: of channels, and of sources that are none."""
        for upstream in self._upstreams:
            if upstream.above is None:
                yield upstream
            else:
                yield from upstream.above.roots()

    def hang_from(self, upstream: Log[Any]) -> None:
        """Remember a log whose events end here, to hold its senders back when this inbox is full."""
        self._upstreams.append(upstream)
        self._sent -= upstream.next_seq
        self._adopt_home()
        if self.cursor.full:
            upstream.gate(self, self.cursor.name)

    def let_go_of(self, upstream: Log[Any]) -> None:
        """Forget one subscription to a log upstream."""
        self._upstreams.remove(upstream)
        self._last = upstream
        self._sent += upstream.next_seq
        if upstream not in self._upstreams:
            upstream.ungate(self)

    def _adopt_home(self) -> None:
        """Belong to the loop of the logs upstream, so that debug mode knows a foreign thread here as well."""
        if self.log.loop is None and self._upstreams:
            self.log.adopt(self._upstreams[0])

    def entitled_to(self, upstream: Log[Any]) -> bool:
        """Whether a log has events for this consumer as it subscribes."""
        return upstream.warm or upstream.replay > 0 or upstream in self._warm_ups

    def backlog_of(self, upstream: Log[Any]) -> list[Any]:
        """What this consumer is entitled to of a log as it subscribes: the same wherever it hangs from it."""
        if upstream.warm:
            self._warm_ups[upstream] = upstream.take_backlog()
        backlog = self._warm_ups[upstream] if upstream in self._warm_ups else upstream.take_backlog()
        self._sent += len(backlog)
        return backlog

    def _expects_more(self) -> bool:
        """Whether what comes while this is full may be on its way down since before the gates were shut."""
        upstreams = self._upstreams
        if self._opening or any(upstream.delivering for upstream in upstreams):
            return True
        # No more has come yet than was sent, or what is pending is bounded by the capacities all the same.
        return self.log.next_seq + self.cursor.refused < self._sent + sum(up.next_seq for up in upstreams) or (
            self.cursor.lag(self.log.next_seq) < self.cursor.capacity + sum(up.capacity for up in upstreams)
        )

    def _shut_gates(self) -> None:
        for upstream in self._upstreams:
            upstream.gate(self, self.cursor.name)

    def _open_gates(self) -> None:
        upstreams = self._upstreams
        if not upstreams:
            return
        upstreams.append(upstreams.pop(0))  # another one first each time: where there is room for one, none starves
        for upstream in upstreams.copy():
            upstream.ungate(self)

    def report(self, where: str, error: Exception, event: object, of: Handler = SOMEBODY, /) -> None:
        """Say that something raised while it handled an event from here, at every channel it came from."""
        upstreams = self._upstreams or ([] if self._last is None else [self._last])
        report_to((upstream.report for upstream in upstreams), where, error, event, of)

    # ---- one way to push for each policy

    def _push_blocking(self, event: T) -> None:
        log = self.log
        if log.credit <= 0 and not self._admit():
            return
        log.credit -= 1
        append = log.append
        append(event)
        if log.sleepers:
            log.wake()

    def _admit(self) -> bool:
        """Whether an event may come in when the credit is used up; shuts the gates when it is the last one."""
        if self.log.closed:
            return False
        self._adopt_home()
        room = self.log.renew(taking=1)
        if room <= 0 and not self._expects_more():
            self.cursor.miss()
            return False
        if room <= 1:
            self._shut_gates()
        return True

    def _push_lossy(self, event: T) -> None:
        log = self.log
        if log.credit <= 0:
            self._adopt_home()
            log.renew()
        log.credit -= 1
        append = log.append
        append(event)
        if log.sleepers:
            log.wake()

    def _push_if_room(self, event: T) -> None:
        if self.cursor.lag(self.log.next_seq) < self.cursor.capacity:
            self._push_lossy(event)
        else:
            self.cursor.refused += 1

    def _push_conflated(self, event: T) -> None:
        assert isinstance(self._overflow, Conflate)
        log, cursor, keys = self.log, self.cursor, self._keys
        try:
            key = self._overflow.key(event)
            place = keys.get(key, -1)
        except Exception:
            cursor.refused += 1
            raise
        next_seq = log.next_seq
        pending = cursor.lag(next_seq)
        if place >= next_seq - pending:
            log.items[place - next_seq] = event
            cursor.refused += 1  # the older event of this key: it came, and will not be read
            return
        if pending >= cursor.capacity:
            cursor.drop_pending(1)
        self._push_lossy(event)
        keys[key] = next_seq
        if len(keys) > 2 * cursor.capacity:  # keys that were read long ago
            first = log.next_seq - cursor.capacity
            self._keys = {known: seq for known, seq in keys.items() if seq >= first}

    # ---- the end

    def complete(self) -> None:
        """The pipeline completed: what is pending is still read, then the end."""
        self.log.close()

    def fail(self, error: Exception) -> None:
        """The pipeline failed: what is pending is still read, then the error is raised."""
        self.log.close(error)
