"""The relay: one subscription for several consumers.

Where one stream is read on behalf of many, each consumer below has an inbox that must be able to hold back whoever
sends above. The relay stands in the place of an inbox, and hands on to all of them what the logs above tell it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from async_channel.util.demand import Demand, Tenant
from async_channel.util.failure import SOMEBODY, Handler, report_to
from async_channel.util.log import Log


class Relay:
    """Hangs from logs on behalf of members, which come and go."""

    def __init__(self) -> None:
        self._members: dict[Demand, int] = {}  # how often each has joined
        self._upstreams: list[Log[Any]] = []
        self._last: Log[Any] | None = None
        self._openings = 0
        self._standing = 0
        self.owner: Demand | None = None
        """The member for which the whole subscription is, and which is one as long as it lasts."""

    def owes(self, member: Demand) -> bool:
        """Whether a log above has events for a member that comes now."""
        return any(member.entitled_to(upstream) for upstream in self._upstreams)

    def join(self, member: Demand) -> None:
        """Hold back those above for one more; who joins twice leaves twice."""
        self._members[member] = self._members.get(member, 0) + 1
        for upstream in self._upstreams:
            member.hang_from(upstream)
        member.stand(self._standing)
        for _ in range(self._openings):  # it joins in the middle of a beginning, and will hear of its end
            member.opening()

    def leave(self, member: Demand) -> None:
        """No longer hold them back for it."""
        member.stand(-self._standing)
        for upstream in self._upstreams:
            member.let_go_of(upstream)
        for _ in range(self._openings):
            member.opened()
        self._members[member] -= 1
        if not self._members[member]:
            del self._members[member]

    def report(self, where: str, error: Exception, event: object, of: Handler = SOMEBODY, /) -> None:
        """Say that something raised while it handled an event from here, at every channel it came from."""
        upstreams = self._upstreams or ([] if self._last is None else [self._last])
        report_to((upstream.report for upstream in upstreams), where, error, event, of)

    # ---- as an inbox

    @property
    def present(self) -> bool:
        """Whether a consumer stands behind this."""
        return bool(self._members)

    @property
    def wanted(self) -> bool:
        """Whether events are to be made on its account: always, if it is for anybody who may come."""
        return self.owner is None or self.owner.wanted

    def hang_from(self, upstream: Log[Any]) -> None:
        """One more log above."""
        self._upstreams.append(upstream)
        for member, times in self._members.items():
            for _ in range(times):
                member.hang_from(upstream)

    def let_go_of(self, upstream: Log[Any]) -> None:
        """One log less above."""
        self._upstreams.remove(upstream)
        self._last = upstream
        for member, times in self._members.items():
            for _ in range(times):
                member.let_go_of(upstream)

    def stand(self, by: int) -> None:
        """So many more sources, or less, may have the members hang from logs that are not there yet."""
        self._standing += by
        for member, times in self._members.items():
            member.stand(by * times)

    def opening(self) -> None:
        """A subscription begins."""
        self._openings += 1
        for member, times in self._members.items():
            for _ in range(times):
                member.opening()

    def opened(self) -> None:
        """A subscription has begun."""
        self._openings -= 1
        for member, times in self._members.items():
            for _ in range(times):
                member.opened()

    def entitled_to(self, upstream: Log[Any]) -> bool:
        """Whether a log has events for a member."""
        return any(member.entitled_to(upstream) for member in self._members)

    def backlog_of(self, upstream: Log[Any]) -> list[Any]:
        """What the first member is entitled to; those who come later ask for themselves."""
        backlogs = [member.backlog_of(upstream) for member in self._members]
        return backlogs[0] if backlogs else []

    def tenants(self) -> Iterator[Tenant]:
        """Who calls back with the events that come here."""
        for member in tuple(self._members):
            yield from member.tenants()

    def complete(self) -> None:
        """Nothing will come any more."""
        for member in self._members:
            member.complete()
