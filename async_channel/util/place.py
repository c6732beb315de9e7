"""What a log needs to know of those who read it, wait for it, and hang from it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from async_channel.util.log import Log


class Watch(Protocol):
    """Who is to know how far behind a reader is."""

    def look(self, lag: int) -> int:
        """It is so many events behind now; gives how many more may come until somebody must look again."""
        ...


class Place(Protocol):
    """What a log needs to know of a reader: where it stands, and how patient it is."""

    name: str
    capacity: int
    blocking: bool
    full: bool
    start: int
    end: int
    watch: Watch | None

    def settle(self, next_seq: int) -> int:
        """Say exactly how many events are pending, after those that the policy drops are gone."""
        ...

    def lag(self, next_seq: int) -> int:
        """Say how many events there are from the reader to `next_seq`."""
        ...


class Waiter(Protocol):
    """Who is woken when something may have changed: the future of a task, or somebody who needs no task."""

    def set_result(self, result: None, /) -> object:
        """Something may have changed."""
        ...


class Roots(Protocol):
    """What hangs from logs, and knows those at the top."""

    def roots(self) -> Iterator[Log[Any]]:
        """The logs that events come from which end here."""
        ...
