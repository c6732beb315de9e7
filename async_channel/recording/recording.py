"""Recording: what was recorded, to be read, narrowed down, kept and replayed."""

from __future__ import annotations

import math
import os
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import datetime
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self, TypeVar

from async_channel.channels.keys import ChannelKey
from async_channel.errors import EventTypeConflict, RecordingError
from async_channel.recording.extra import pictures, stored_at, writer_to
from async_channel.recording.files import path_of
from async_channel.recording.rows import Row, Source, same_class, type_name
from async_channel.recording.trace import Trace

if TYPE_CHECKING:
    from async_channel.pictures.tapes import Marbles

T = TypeVar("T")

_PLAIN: Final[dict[str | None, type[Any]]] = {
    type_name(known): known
    for known in (object, bool, int, float, str, bytes, list, tuple, dict, Decimal, datetime)  # of no program's own
}
BATCH: Final = 256
"""How many rows are encoded in one go, while which nothing else runs: a fraction of a millisecond."""


class Memory:
    """A `Source` of rows that are at hand."""

    def __init__(self, types: Mapping[str, type[Any]], rows: list[Row]) -> None:
        self.recorded_types: Mapping[str, str | None] = {name: type_name(types[name]) for name in types}
        self.rows = rows

    def batches(self, types: Mapping[str, type[Any]]) -> Generator[Sequence[Row], None, None]:
        """All in one."""
        if len(types) == len(self.recorded_types):
            yield self.rows
        else:
            yield [row for row in self.rows if row[0] in types]


class Recording:
    """The events of some channels in the order in which they were sent, each with its time.

    `record` makes one of live channels, `open` reads one from a file, and one made of rows is a script for tests:

    >>> from async_channel import ChannelKey
    >>> PRICE, PHASE = ChannelKey("Price", float), ChannelKey("Phase", str)
    >>> day = Recording([PRICE, PHASE], [("Phase", 0.0, "open"), ("Price", 1.0, 64.5), ("Price", 2.0, 64.0)])
    >>> day
    <Recording of 'Price', 'Phase'>
    >>> for name, time, event in day:
    ...     print(name, time, event)
    Phase 0.0 open
    Price 1.0 64.5
    Price 2.0 64.0
    >>> list(day.events(PRICE))
    [(1.0, 64.5), (2.0, 64.0)]

    It can be read any number of times. One from a file is read from there each time, a block at a time.

    Args:
        keys: the channels.
        rows: the name of a channel, the time (seconds since 1970, or any other scale), and the event; of each.

    Raises:
        TypeError: a key is no ChannelKey, or a row is no such tuple.
        ValueError: two keys have one name, there is none, or a row is of another channel.
    """

    def __init__(self, keys: Iterable[ChannelKey[Any]], rows: Iterable[Row] = ()) -> None:
        self._types = _by_name(keys)
        if not self._types:
            raise ValueError("Recording(keys, ...) takes at least one ChannelKey")
        self._source: Source = Memory(self._types, [_checked(row, self._types) for row in rows])
        self._busy = False
        self._trace: Trace | None = None

    @classmethod
    def of_source(cls, source: Source, types: Mapping[str, type[Any]], trace: Trace | None = None) -> Self:
        """One whose rows are there, and known to be right; for `record` and `open`."""
        made = cls.__new__(cls)
        made._types = dict(types)
        made._source = source
        made._busy = False
        made._trace = trace
        return made

    @classmethod
    def open(cls, path: str | os.PathLike[str], keys: Iterable[ChannelKey[Any]] = (), *, recover: bool = False) -> Self:
        """The recording in a file.

        Events are read as the classes of the keys. Of channels that have no key here they are read as those of the
        channels that they are replayed to; numbers, strings, dicts, Decimals and datetimes need none.

        Args:
            path: a file that ends with .jsonl, .jsonl.gz, .msgpack or .msgpack.gz.
            keys: the channels whose classes of events are known, all or some.
            recover: read what is whole of a file whose end is missing, as after a crash; other damage is an error.

        Raises:
            OSError: the file can't be read.
            ImportError: msgspec is not installed.
            RecordingError: it is no recording, or one of other channels or classes of events; what is damaged further
                down is found when it is read.
            TypeError, ValueError: an argument is of another type or range.
        """
        wanted, where = _by_name(keys), path_of(path)
        source = stored_at(where, recover=recover)
        for name, event_type in wanted.items():
            if name not in source.recorded_types:
                raise RecordingError(f"{where}: has no channel {name!r}; it has: {', '.join(source.recorded_types)}")
            recorded, given = source.recorded_types[name], type_name(event_type)
            if not same_class(recorded, given):
                raise RecordingError(
                    f"{where}: channel {name!r} was recorded with events of {recorded}, not {given}: give its own class"
                )
        return cls.of_source(source, {name: wanted.get(name, object) for name in source.recorded_types})

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {', '.join(map(repr, self._types))}>"

    @property
    def keys(self) -> tuple[ChannelKey[Any], ...]:
        """Its channels. The class of events is object where it is not known here, or there is none."""
        return tuple(ChannelKey(name, event_type) for name, event_type in self._types.items())

    @property
    def start(self) -> float | None:
        """The time of the first event; None if there is none.

        ``clock.run(main(), speed=math.inf, start=recording.start)`` has the clock of a back-test show recorded time.
        """
        return next((time for _, time, _ in self), None)

    def __iter__(self) -> Iterator[Row]:
        """Each event, in order: the name of its channel, its time, itself.

        Raises:
            RecordingError: the file is damaged, or a class of events is not known.
        """
        with closing(self.batches(self.types_for({}))) as batches:
            for rows in batches:
                yield from rows

    def events(self, key: ChannelKey[T]) -> Iterator[tuple[float, T]]:
        """The events of one channel with their times, as `replay` takes them for any channel of that class.

        Raises:
            KeyError: the recording has no such channel.
            EventTypeConflict: it has it with another class of events.
        """
        if not isinstance(key, ChannelKey):
            raise TypeError(f"events() takes a ChannelKey(name, event class), got {key!r}")
        only = self.only(key.name)
        types = only.types_for({key.name: key.event_type})
        return ((time, event) for rows in only.batches(types) for _, time, event in rows)

    def only(self, *names: str | ChannelKey[Any]) -> Recording:
        """The same recording with some of its channels: replay what came in, and not what was made of it.

        Raises:
            KeyError: the recording has no such channel.
            ValueError: none is named.
        """
        if not names:
            raise ValueError("only() takes at least one name of a channel, or its ChannelKey")
        wanted = [name.name if isinstance(name, ChannelKey) else name for name in names]
        for name in wanted:
            if name not in self._types:
                raise KeyError(f"no channel {name!r} was recorded; recorded were: {', '.join(self._types)}")
        narrowed = self.of_source(self._source, {name: self._types[name] for name in wanted}, self._trace)
        narrowed._busy = self._busy
        return narrowed

    def load(self) -> Recording:
        """The same recording in memory: decoded once, however often it is replayed.

        Raises:
            RecordingError: as when it is read.
        """
        return self.of_source(Memory(self._types, list(self)), self.types_for({}), self._trace)

    def save(self, path: str | os.PathLike[str], *, verify: bool = True) -> Recording:
        """Write it to a new file, and give the recording that is there; or draw it to one that ends with .svg.

        Equal recordings give equal bytes. How streams ended is in a picture, and not in a recording's file.

        Args:
            path: a file that does not exist and ends with .jsonl, .jsonl.gz, .msgpack or .msgpack.gz. One that ends
                with .svg may exist: it is drawn anew, and this recording is given back.
            verify: whether each event is read back before it is written, as `record` does.

        Raises:
            FileExistsError: the file exists; nothing is ever overwritten.
            OSError, ImportError: it can't be made, or msgspec is not installed.
            RecordingError: an event can't be kept in a file.
        """
        if isinstance(path, str | os.PathLike) and Path(path).suffix == ".svg":
            Path(path).write_text(self.to_svg(), "utf-8", newline="\n")
            return self
        where, types = path_of(path), self.types_for({})
        writer = writer_to(where, types, verify=verify)
        try:
            rows = iter(self)
            while batch := list(islice(rows, BATCH)):
                writer.write(batch)
        except BaseException:
            writer.abandon()
            raise
        writer.close()
        return self.of_source(stored_at(where), types, self._trace)

    # ---- to look at

    @property
    def trace(self) -> Trace | None:
        """What is known besides the events: ends, failures, lag, drops. None if it is not `record`'s own."""
        return self._trace

    def to_svg(self) -> str:
        """A marble diagram: a lane for each stream, on one axis of time.

        Raises:
            RecordingError: as when it is read.
        """
        drawn: str = pictures().tape_svg(self)
        return drawn

    def _repr_svg_(self) -> str | None:
        return None if self._busy else self.to_svg()

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        drawn = self._repr_svg_()
        return {"text/plain": repr(self)} | ({} if drawn is None else {"image/svg+xml": drawn})

    def marbles(self, stream: str | ChannelKey[Any] | None = None, *, unit: float | None = None) -> Marbles:
        """One stream as text marbles, which a test can expect of another run.

        >>> from async_channel import ChannelKey
        >>> PRICE = ChannelKey("Price", float)
        >>> drawn = Recording([PRICE], [("Price", 0.0, 1.5), ("Price", 2.0, 1.6), ("Price", 5.0, 1.5)]).marbles()
        >>> print(drawn, drawn.values)
        A-B--A {'A': 1.5, 'B': 1.6}
        >>> from async_channel.testing import assert_marbles, marbles
        >>> assert_marbles(marbles("A-B--A", drawn.values), drawn, drawn.values, unit=drawn.unit)

        Args:
            stream: its name or key; None if there is but one.
            unit: seconds a frame: each event is put in the nearest one, which makes a test of what was recorded by a
                real clock. None is the largest of 1, 0.5, 0.2, 0.1 and so on in whose frames all are exactly.

        Raises:
            KeyError: the recording has no such channel.
            ValueError: none is named, and there are several; or what happens can't be drawn in that unit.
            RecordingError: as when it is read.
        """
        drawn: Marbles = pictures().tape_marbles(self, stream, unit)
        return drawn

    def to_text(self) -> str:
        """All streams as text marbles below each other, and what the letters stand for; for a terminal.

        Raises:
            ValueError: as `marbles`.
            RecordingError: as when it is read.
        """
        drawn: str = pictures().tape_text(self)
        return drawn

    # ---- for `replay`

    def types_for(self, channels: Mapping[str, type[Any] | None]) -> dict[str, type[Any]]:
        """The class of events of each channel: that of its key, else that of the channel it is replayed to.

        Raises:
            EventTypeConflict: both are known and differ.
            RecordingError: neither is known, and the file says that there is one.
        """
        found: dict[str, type[Any]] = {}
        for name, own in self._types.items():
            given = channels.get(name) or object
            if own is not object and given is not object and own is not given:
                raise EventTypeConflict(
                    f"channel {name!r} was recorded with events of {own.__name__}, and carries {given.__name__}"
                )
            recorded = self._source.recorded_types[name]
            if own is object and not same_class(recorded, type_name(given)):
                raise EventTypeConflict(
                    f"channel {name!r} was recorded with events of {recorded}, and carries {given.__name__}"
                )
            if own is object and given is object and recorded not in _PLAIN:
                raise RecordingError(
                    f"channel {name!r} was recorded with events of {recorded}, and that class is not known here: "
                    f"give Recording.open(...) its ChannelKey({name!r}, {(recorded or '').rpartition('.')[2]})"
                )
            found[name] = own if own is not object else given if given is not object else _PLAIN[recorded]
        return found

    def batches(self, types: Mapping[str, type[Any]]) -> Generator[Sequence[Row], None, None]:
        """The rows, many at a time, of these classes of events; for `replay`."""
        if self._busy:
            raise RecordingError("this recording is still being written: read it after the `async with` block")
        return self._source.batches(types)


def _by_name(keys: Iterable[ChannelKey[Any]]) -> dict[str, type[Any]]:
    types: dict[str, type[Any]] = {}
    for key in keys:
        if not isinstance(key, ChannelKey):
            raise TypeError(f"a recording takes ChannelKeys, got {key!r}")
        if key.name in types:
            raise ValueError(f"a recording tells its channels by name, and two are named {key.name!r}")
        types[key.name] = key.event_type
    return types


def _checked(row: object, types: Mapping[str, type[Any]]) -> Row:
    if not isinstance(row, tuple) or len(row) != 3 or not isinstance(row[0], str):
        raise TypeError(f"a recording is made of (name, time, event), got {row!r}")
    name, time, event = row
    if isinstance(time, bool) or not isinstance(time, int | float):
        raise TypeError(f"the time of an event is a number of seconds, got {time!r}")
    if not math.isfinite(time):
        raise ValueError(f"the time of an event is a finite number of seconds, got {time!r}")
    if name not in types:
        raise ValueError(f"no channel {name!r} is among the keys: {', '.join(types)}")
    return name, float(time), event
