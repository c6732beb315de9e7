"""Stored: a recording in a file, written row by row with a proof that it can be read, and read many rows at a time."""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import msgspec

from async_channel.errors import RecordingError
from async_channel.recording.codec import END, MARK, VERSION, Codec, Header, JsonLines, MessagePack, Reader
from async_channel.recording.files import RECOVER, Output, blocks
from async_channel.recording.rows import Row, type_name


def codec_of(path: Path) -> Codec:
    """The format that the name of the file says."""
    return JsonLines() if ".jsonl" in path.suffixes else MessagePack()


class Writer:
    """Writes the rows of one recording to a new file.

    Args:
        path: the file, which must not exist.
        types: the channels by name with their classes of events.
        verify: whether to read back what is written, before it is.

    Raises:
        OSError: it can't be made.
        RecordingError: msgspec knows no way to read such events.
    """

    def __init__(self, path: Path, types: Mapping[str, type[Any]], *, verify: bool = True) -> None:
        self._path = path
        self._types = types
        self._verify = verify
        self._codec = codec_of(path)
        self._decode = reader(path, self._codec, types)
        self._written = 0
        header = Header(MARK, VERSION, {name: type_name(event_type) for name, event_type in types.items()})
        self._output = Output(path)
        self._output.write_apart(self._codec.encode([header]))

    def write(self, rows: Sequence[Row]) -> None:
        """Write rows behind those before.

        Raises:
            RecordingError: one of them can't be kept, or the disk can't; those before it are written.
        """
        try:
            self._put(self._encoded(rows), len(rows))
        except OSError as error:
            raise RecordingError(f"{self._path}: {error}; {self._kept()}") from error
        except Exception:  # one of them is at fault: which one, and why?
            for row in rows:
                self._put(self._encoded_alone(row), 1)

    def _put(self, data: bytes, count: int) -> None:
        self._output.write(data)
        self._written += count

    def _encoded(self, rows: Sequence[Row]) -> bytes:
        """The bytes of rows that come back as they are.

        What is written is what was read from that: equal in value, and of equal bytes when it is recorded again, as an
        int in the place of a float would not be.
        """
        data = self._codec.encode(rows)
        if not self._verify:
            return data
        back = self._decode(data, len(rows))
        if back != rows:
            raise ValueError
        return self._codec.encode(back)

    def _encoded_alone(self, row: Row) -> bytes:
        name, _, event = row
        try:
            data = self._codec.encode([row])
            if not self._verify:
                return data
            [back] = self._decode(data, 1)
        except Exception as error:
            raise RecordingError(f"{self._path}: {self._says(row)} can't be kept: {error}. {self._kept()}") from error
        # NaN is not equal to itself, and neither are two instances of a class without __eq__.
        if back[2] != event and repr(back[2]) != repr(event):
            wanted = self._types[name]
            advice = "give the channel its class of events" if wanted is object else "annotate what it is made of"
            raise RecordingError(
                f"{self._path}: {self._says(row)} would come back as {back[2]!r}: {advice}; "
                f"NaN and infinity need .msgpack. {self._kept()}"
            )
        return self._codec.encode([back])

    def _says(self, row: Row) -> str:
        name, time, event = row
        return f"the event {event!r} of channel {name!r} at {time!r}"

    def _kept(self) -> str:
        return f"The {self._written} events before are in the file, and none after"

    def close(self) -> None:
        """Write the end, and have the disk confirm everything.

        Raises:
            RecordingError: the disk can't.
        """
        try:
            self._output.write(self._codec.encode([(END, self._written)]))
            self._output.close()
        except OSError as error:
            raise RecordingError(f"{self._path}: {error}; read it with {RECOVER}") from error

    def abandon(self) -> None:
        """Close it without the end, so that whoever reads it learns that it is not whole."""
        self._output.abandon()


def reader(path: Path, codec: Codec, types: Mapping[str, Any]) -> Reader:
    """The codec's reader for these classes of events.

    Raises:
        RecordingError: msgspec can't read one of them.
    """
    try:
        return codec.reader(types)
    except Exception as error:
        for name, event_type in types.items():
            try:
                codec.reader({name: event_type})
            except Exception as its:
                raise RecordingError(
                    f"{path}: events of channel {name!r} can't be read from a file: {its}; "
                    f"{event_type.__name__} and its annotations have to be of the types that msgspec knows"
                ) from its
        raise RecordingError(f"{path}: {error}") from error


class Stored:
    """A recording in a file that is there; a `Source`.

    Args:
        path: the file.
        recover: whether to make do with what is whole where the end is missing.
    """

    def __init__(self, path: Path, *, recover: bool = False) -> None:
        self.path = path
        self._recover = recover
        self._codec = codec_of(path)

    @property
    def recorded_types(self) -> Mapping[str, str | None]:
        """The channels by name, with the names of their classes of events.

        Raises:
            OSError: the file can't be read.
            RecordingError: it is no recording, or of a newer version.
        """
        return self._header[0].channels

    @cached_property
    def _header(self) -> tuple[Header, int]:
        """The header, and how many bytes it has."""
        found = b""
        for block in blocks(self.path, recover=True):
            found += block
            if self._whole(found, 0)[1]:
                break
        try:
            _, end = next(self._codec.spans(found))
            header: Header = self._codec.read(found[:end], Header)
        except (StopIteration, msgspec.MsgspecError) as error:
            raise RecordingError(
                f"{self.path}: is no recording, its first {self._codec.unit} is no header ({error})"
            ) from error
        if header.version != VERSION:
            raise RecordingError(
                f"{self.path}: is of version {header.version}, and {VERSION} is what can be read: update async_channel"
            )
        return header, end

    def _whole(self, data: bytes, before: int) -> tuple[int, int, int]:
        try:
            return self._codec.whole(data)
        except msgspec.DecodeError as error:
            number = before + 1
            with contextlib.suppress(msgspec.DecodeError):
                for _ in self._codec.spans(data):
                    number += 1
            place = f"{self.path}, {self._codec.unit} {number}"
            raise RecordingError(f"{place}: {error}: it is no recording, or the file is damaged") from error

    def batches(self, types: Mapping[str, type[Any]]) -> Generator[Sequence[Row], None, None]:
        """The rows of the channels that are named, as many at a time as a block of the file holds.

        Raises:
            RecordingError: a line is damaged or does not fit its class of events, or the end is missing.
        """
        wanted = {name: types.get(name, msgspec.Raw) for name in self.recorded_types}
        decode = reader(self.path, self._codec, wanted)
        everything = len(types) == len(wanted)
        read, end = 0, None
        for data, last, count in self._records():
            if end is not None:
                raise RecordingError(f"{self.path}: something follows its last {self._codec.unit}: the file is damaged")
            if not count:
                break
            end = self._count(data[last:])
            try:
                rows = decode(data, count) if end is None else decode(data[:last], count - 1)
            except Exception as error:
                raise self._at_fault(data, read, wanted) from error
            read += len(rows)
            if not everything:
                rows = [row for row in rows if row[0] in types]
            if rows:
                yield rows
        if end is not None and end != read:
            raise RecordingError(f"{self.path}: {read} events are left of {end}: the file is damaged")
        if end is None and not self._recover:
            raise RecordingError(
                f"{self.path}: ends after {self._codec.unit} {read + 1}, and the last is missing or torn, "
                f"as after a crash: {RECOVER}"
            )

    def _records(self) -> Generator[tuple[bytes, int, int], None, None]:
        """Whole records behind the header; where the last begins, and how many they are; then what is torn, as 0."""
        rest, skip, number = b"", self._header[1], 1
        for block in blocks(self.path, recover=self._recover):
            rest += block
            if skip:
                rest, skip = rest[skip:], max(0, skip - len(rest))
            last, end, count = self._whole(rest, number)
            if count:
                yield rest[:end], last, count
                rest = rest[end:]
                number += count
        if rest:
            yield rest, 0, 0

    def _count(self, record: bytes) -> int | None:
        """The number of events, if that record is the last."""
        try:
            end: tuple[str, int] = self._codec.read(record, tuple[Literal[""], int])
        except msgspec.MsgspecError:
            return None
        return end[1]

    def _at_fault(self, data: bytes, before: int, types: Mapping[str, Any]) -> RecordingError:
        """The first record that can't be read, as an error."""
        number = before + 1  # the header is the first
        for begin, end in self._codec.spans(data):
            number += 1
            record = data[begin:end]
            place = f"{self.path}, {self._codec.unit} {number}"
            try:
                name, _, _ = self._codec.read(record, tuple[str, float, msgspec.Raw])
            except Exception as error:
                return RecordingError(
                    f"{place}: {error}: the file is damaged; the {number - 2} events before are whole"
                )
            if name not in types:
                return RecordingError(f"{place}: its channel {name!r} is not in the header: the file is damaged")
            try:
                self._codec.reader({name: types[name]})(record, 1)
            except Exception as error:
                return RecordingError(
                    f"{place}: {error}: the event does not fit {types[name].__name__}, the class of channel {name!r}; "
                    "give the class it was recorded with"
                )
        return RecordingError(f"{self.path}: the file is damaged after {self._codec.unit} {number}")
