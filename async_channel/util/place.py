"""What a log needs to know of those who read it, wait for it, and hang from it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from async_channel.util.log import Log

T_co = TypeVar("T_co", covariant=True)


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


class Below(Protocol):
    """The logs whose events rise to a log: as an inbox does, it holds back who sends there when it is full."""

    def shut(self) -> None:
        """Shut a gate at each of them: there is no room for more, or there will be none."""
        ...

    def open(self) -> None:
        """There is room: whose turn it is may send, they or those in line at the log itself."""
        ...

    def line_goes(self) -> None:
        """One in line at the log itself is about to send."""
        ...

    def revoke(self) -> None:
        """Take their credit away, so that the next sender there looks here again."""
        ...


class Waiter(Protocol):
    """Who is woken when something may have changed: the future of a task, or somebody who needs no task."""

    def set_result(self, result: None, /) -> object:
        """Something may have changed."""
        ...


class Roots(Protocol):
    """What hangs from logs, and knows those at the top."""

    def goes_on(self) -> bool:
        """Whether events may still come."""
        ...

    def roots(self) -> Iterator[Log[Any]]:
        """The logs that events come from which end here."""
        ...


class Relief(Protocol):
    """What does the work of readers that have no tasks."""

    async def relieve(self, log: Log[Any], /) -> bool:
        """Make room for a sender; whether there is room for it now."""
        ...

    def moved_in(self) -> None:
        """The log has a loop now, or another one."""
        ...


class Loan(Iterator[T_co], Protocol[T_co]):
    """A run of events that another thread reads, as the cursor sees it that lent it."""

    watched: bool

    def take_back(self) -> int:
        """Take what is left of it, and say how many events that were."""
        ...
