"""Selecting: the channels of many scopes as one stream, with those that are opened later."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fnmatch import fnmatchcase
from typing import Any, TypeAlias

from reactivex import abc
from reactivex.disposable import Disposable
from typing_extensions import override

from async_channel.channels.channel import Channel
from async_channel.util.demand import Demand
from async_channel.util.fused import Fused
from async_channel.util.pipeline import Receiver, ignore, push
from async_channel.util.scheduler import LoopScheduler

Path: TypeAlias = tuple[str, ...]
"""The names of scopes, each inside the one before."""


def parts_of(where: str, path: str) -> Path:
    """The names in a path.

    Raises:
        TypeError, ValueError: it is no string, or one of its names is empty.
    """
    if not isinstance(path, str):
        raise TypeError(f"{where}(...) takes names with slashes between them, got {path!r}")
    parts = tuple(path.split("/"))
    if not all(parts):
        raise ValueError(f"{where}(...) takes names with slashes between them, none of them empty, got {path!r}")
    return parts


def matches(pattern: Path, parts: Path) -> bool:
    """Whether a pattern is that of a path: ``**`` is any number of names, ``*`` one, or a piece of one."""
    ends = {0}  # how many names may be what the pattern is up to here
    for piece in pattern:
        if piece == "**":
            ends = set(range(min(ends), len(parts) + 1)) if ends else ends
        else:
            ends = {end + 1 for end in ends if end < len(parts) and fnmatchcase(parts[end], piece)}
    return len(parts) in ends


class Query:
    """Which channels are meant: those of a key, in the scopes whose paths match a pattern."""

    __slots__ = ("_event_type", "_name", "_pattern")

    def __init__(self, pattern: Path, name: str, event_type: type[Any]) -> None:
        self._pattern = pattern
        self._name = name
        self._event_type = event_type

    def means(self, channel: Channel[Any], name: str, path: Path) -> bool:
        """Whether it means this one, which is known by that name in the scope of that path.

        A channel of another class of events has another key; one of a subclass has events of the class all the same.
        """
        of = channel.event_type
        return (
            name == self._name and of is not None and issubclass(of, self._event_type) and matches(self._pattern, path)
        )


class Openings:
    """Tells of each channel that is opened in a scope and those inside it, and of the end of that."""

    __slots__ = ("_sinks", "ended")

    def __init__(self) -> None:
        self._sinks: dict[Receiver, tuple[Query, Demand | None]] = {}
        self.ended = False

    def opened(self, channel: Channel[Any], name: str, path: Path) -> None:
        """A channel was opened."""
        meant = [sink for sink, (query, _) in self._sinks.items() if query.means(channel, name, path)]
        push(channel, meant, channel._report)

    def end(self) -> None:
        """No more are opened."""
        self.ended = True
        for sink in tuple(self._sinks):
            self._forget(sink)
            sink.completed()

    def _forget(self, sink: Receiver) -> None:
        _, inbox = self._sinks.pop(sink, (None, None))
        if inbox is not None:
            inbox.stand(-1)

    def tell(self, sink: Receiver, query: Query, inbox: Demand | None) -> abc.DisposableBase:
        """Tell of those that are meant, until what this returns is disposed.

        Args:
            sink: whom to tell.
            query: which are meant.
            inbox: what then hangs from them, and as long as there may be more does not end with those there are.
        """
        if self.ended:
            return Disposable()
        self._sinks[sink] = query, inbox
        if inbox is not None:
            inbox.stand(1)

        def forget() -> None:
            sink.next = ignore
            self._forget(sink)

        return Disposable(forget)


class Selected(Fused[Channel[Any]]):
    """A stream of channels: those there are that a query means, and those to come."""

    def __init__(
        self, openings: Openings, present: Callable[[], Iterable[tuple[Channel[Any], str, Path]]], query: Query
    ) -> None:
        super().__init__()
        self._openings = openings
        self._present = present
        self._query = query

    @override
    def _attach(self, sink: Receiver, scheduler: abc.SchedulerBase | None) -> abc.DisposableBase:
        there = [channel for channel, name, path in self._present() if self._query.means(channel, name, path)]
        inbox = scheduler.inbox if isinstance(scheduler, LoopScheduler) else None
        telling = self._openings.tell(sink, self._query, inbox)  # first: what a backlog brings about may open more
        for channel in there:
            push(channel, (sink,), channel._report)
        if self._openings.ended:
            sink.completed()
        return telling
