"""Demand: what hangs below a subscription, as those see it who send above."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

from async_channel.util.log import Log


class Tenant(Protocol):
    """Who calls back with the events of a pipeline."""

    def start(self) -> None:
        """Begin, on the running loop."""
        ...


class Demand(Protocol):
    """What hangs below a subscription and can hold back those who send above: an inbox, or what stands for several."""

    @property
    def present(self) -> bool:
        """Whether a consumer stands behind it."""
        ...

    @property
    def wanted(self) -> bool:
        """Whether events are to be made on its account: its consumer's priority is above OPTIONAL."""
        ...

    def hang_from(self, upstream: Log[Any]) -> None:
        """Events of a log end here from now on."""
        ...

    def let_go_of(self, upstream: Log[Any]) -> None:
        """One subscription to a log has ended."""
        ...

    def opening(self) -> None:
        """A subscription begins: what it brings at once is a backlog."""
        ...

    def opened(self) -> None:
        """A subscription has begun."""
        ...

    def entitled_to(self, upstream: Log[Any]) -> bool:
        """Whether a log has events for this consumer as it subscribes."""
        ...

    def backlog_of(self, upstream: Log[Any]) -> list[Any]:
        """These events."""
        ...

    def complete(self) -> None:
        """Nothing will come any more."""
        ...

    def stand(self, by: int) -> None:
        """So many more sources, or less, may have this hang from logs that are not there yet."""
        ...

    def tenants(self) -> Iterator[Tenant]:
        """Who calls back with the events that come here."""
        ...
