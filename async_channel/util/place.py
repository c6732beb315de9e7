"""Place: a reader as its log sees it."""

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
