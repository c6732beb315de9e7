"""Rows: what a recording is made of, wherever it is kept."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from typing import Any, Protocol, TypeAlias

Row: TypeAlias = tuple[str, float, Any]
"""An event as it was sent: the channel's name, the time on the loop's clock (seconds since 1970), the event."""


class Source(Protocol):
    """Where the rows of a recording are."""

    @property
    def recorded_types(self) -> Mapping[str, str | None]:
        """The channels by name, in the order they were given, each with the name of its class of events or None."""
        ...

    def batches(self, types: Mapping[str, type[Any]]) -> Generator[Sequence[Row], None, None]:
        """The rows of the channels that are named, many at a time, their events being of these classes."""
        ...


def type_name(event_type: type[Any] | None) -> str | None:
    """How a file names a class of events: with its module unless it is a builtin. None and object are no class."""
    if event_type is None or event_type is object:
        return None
    if event_type.__module__ == "builtins":
        return event_type.__qualname__
    return f"{event_type.__module__}.{event_type.__qualname__}"


def same_class(one: str | None, other: str | None) -> bool:
    """Whether two such names end alike, where both are known: a class in another module by now is still the same."""
    if one is None or other is None:
        return True
    return one.rpartition(".")[2] == other.rpartition(".")[2]
