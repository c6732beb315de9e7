"""Codecs: rows to bytes and back, as lines of JSON or as MessagePack. Both are msgspec's work.

A row is the same in both, an array ``["Ticker", 1714608000.25, {"symbol": ...}]``; before the first there is a header,
after the last ``["", 1041]``, the count. Of MessagePack each record follows a uint32 of its size in bytes, so a file is
a stream of plain MessagePack values that any library reads, and can be cut where records end.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import GenericAlias
from typing import Any, Final, Literal, Protocol, TypeAlias

import msgspec

from async_channel.recording.rows import Row

MARK: Final = "async_channel"
VERSION: Final = 1
END: Final = ""  # in the place of the channel's name, which is never empty


class Header(msgspec.Struct, frozen=True):
    """The first record: what the file is, and the names of its channels with those of their classes of events."""

    recording: Literal["async_channel"]
    version: int
    channels: dict[str, str | None]


Reader: TypeAlias = Callable[[bytes, int], list[Row]]
"""From whole records, and how many they are, to rows."""


class Codec(Protocol):
    """One format of files."""

    unit: str
    """What messages call one record of it."""

    def encode(self, records: Sequence[object]) -> bytes:
        """The records as bytes, one behind the other."""
        ...

    def whole(self, data: bytes) -> tuple[int, int, int]:
        """Of the whole records that data begins with: where the last begins, where it ends, how many they are."""
        ...

    def spans(self, data: bytes) -> Iterator[tuple[int, int]]:
        """Where each whole record begins and ends."""
        ...

    def read(self, record: bytes, event_type: Any) -> Any:
        """One whole record, as that type."""
        ...

    def reader(self, types: Mapping[str, Any]) -> Reader:
        """A function that decodes whole records to rows, their events as of these types."""
        ...


class JsonLines:
    """A line of JSON for each record."""

    unit = "line"

    def __init__(self) -> None:
        self._encoder = msgspec.json.Encoder()

    def encode(self, records: Sequence[object]) -> bytes:
        """See `Codec`, and so of the others."""
        return self._encoder.encode_lines(records)

    def whole(self, data: bytes) -> tuple[int, int, int]:
        """Lines end where they say so."""
        end = data.rfind(b"\n") + 1
        return data.rfind(b"\n", 0, max(end - 1, 0)) + 1, end, data.count(b"\n")

    def spans(self, data: bytes) -> Iterator[tuple[int, int]]:
        """The lines."""
        begin = 0
        while end := data.find(b"\n", begin) + 1:
            yield begin, end
            begin = end

    def read(self, record: bytes, event_type: Any) -> Any:
        """One line."""
        return msgspec.json.decode(record, type=event_type)

    def reader(self, types: Mapping[str, Any]) -> Reader:
        """All lines in one call of msgspec."""
        row_type, to_rows = _row_type(types)
        decode = msgspec.json.Decoder(row_type).decode_lines
        return lambda data, _: to_rows(decode(data))


_LITERAL: Any = Literal  # of names that no type checker can know
_SIZE: Final = struct.Struct(">BI")
_UINT32: Final = 0xCE
_ARRAY32: Final = 0xDD


class MessagePack:
    """Of each record its size, and then itself."""

    unit = "record"

    def __init__(self) -> None:
        self._encoder = msgspec.msgpack.Encoder()

    def encode(self, records: Sequence[object]) -> bytes:
        """See `Codec`, and so of the others."""
        encode, size = self._encoder.encode, _SIZE.pack
        return b"".join(part for one in map(encode, records) for part in (size(_UINT32, len(one)), one))

    def whole(self, data: bytes) -> tuple[int, int, int]:
        """Records end where their sizes say."""
        last, end, count = 0, 0, 0
        for last, end in self.spans(data):  # noqa: B007  the last is what is wanted
            count += 1
        return last, end, count

    def spans(self, data: bytes) -> Iterator[tuple[int, int]]:
        """The records with their sizes."""
        unpack, begin, last = _SIZE.unpack_from, 0, len(data) - _SIZE.size
        while begin <= last:
            mark, size = unpack(data, begin)
            if mark != _UINT32:
                raise msgspec.DecodeError("MessagePack data is malformed: no size where a record should begin")
            end = begin + _SIZE.size + size
            if end > len(data):
                return
            yield begin, end
            begin = end

    def read(self, record: bytes, event_type: Any) -> Any:
        """One record, behind its size."""
        return msgspec.msgpack.decode(record[_SIZE.size :], type=event_type)

    def reader(self, types: Mapping[str, Any]) -> Reader:
        """All records in one call of msgspec: they and their sizes are the elements of an array."""
        row_type, to_rows = _row_type(types)
        decode = msgspec.msgpack.Decoder(GenericAlias(list, int | row_type)).decode
        return lambda data, count: to_rows(decode(_SIZE.pack(_ARRAY32, 2 * count) + data)[1::2])


def _row_type(types: Mapping[str, Any]) -> tuple[Any, Callable[[list[Any]], list[Row]]]:
    """What a row is decoded as, and how that becomes rows.

    The channel's name is what tells msgspec of which type the event is, in the same pass: it is the tag of a struct.
    """
    if len(types) == 1:
        [(name, event_type)] = types.items()
        return GenericAlias(tuple, (_LITERAL[name], float, _decodable(event_type))), _as_they_are
    structs = {
        msgspec.defstruct(
            f"Row{n}", [("time", float), ("event", _decodable(types[name]))], array_like=True, tag=name
        ): name
        for n, name in enumerate(types)
    }

    def to_rows(found: list[Any]) -> list[Row]:
        return [(structs[type(row)], row.time, row.event) for row in found]

    union: Any = None
    for row_type in structs:
        union = row_type if union is None else union | row_type
    return union, to_rows


def _as_they_are(rows: list[Any]) -> list[Row]:
    return rows


def _decodable(event_type: Any) -> Any:
    return Any if event_type is object else event_type
