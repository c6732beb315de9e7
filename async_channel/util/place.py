"""What a log sees of others: a reader's place, and the logs whose events rise to it."""

from __future__ import annotations

from typing import Protocol


class Place(Protocol):
    """What a log needs to know of a reader: where it stands, and how patient it is."""

    name: str
    capacity: int
    blocking: bool
    full: bool
    start: int
    end: int

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
