"""Files as bytes: plain or compressed, written so that equal input gives equal bytes, and readable after a crash."""

from __future__ import annotations

import os
import zlib
from collections.abc import Generator
from pathlib import Path
from typing import BinaryIO, Final

from async_channel.errors import RecordingError

SUFFIXES: Final = (".jsonl", ".jsonl.gz", ".msgpack", ".msgpack.gz")
GZIPPED: Final = ".gz"

_READ: Final = 1 << 18
_BLOCK: Final = 1 << 16
"""How many bytes are compressed at a time. That a block ends is decided by what is in it and never by the time at which
it was written, so two recordings of the same events are the same file; and what a crash leaves is whole blocks."""
_GZIP: Final = 16 + zlib.MAX_WBITS  # zlib's own gzip header has no name and no time


def path_of(path: str | os.PathLike[str]) -> Path:
    """The path, if its name says in which format the recording is.

    Raises:
        TypeError: it is no path.
        ValueError: its suffix is none of ours.
    """
    if not isinstance(path, str | os.PathLike):
        raise TypeError(f"a recording is kept in a file with a path, got {path!r}")
    found = Path(path)
    if not found.name.endswith(SUFFIXES):
        raise ValueError(f"{found}: the name of a recording ends with one of {', '.join(SUFFIXES)}")
    return found


class Output:
    """A new file that is written to. What was there already is never overwritten."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("xb")
        self._pending = bytearray()
        self._deflate = zlib.compressobj(wbits=_GZIP) if path.suffix == GZIPPED else None

    def write(self, data: bytes) -> None:
        """Hand it to the system, so that it outlives this process; if compressed, all but the last block."""
        if self._deflate is None:
            self._file.write(data)
        else:
            self._pending += data
            while len(self._pending) >= _BLOCK:
                self._block(self._deflate, _BLOCK)
        self._file.flush()

    def write_apart(self, data: bytes) -> None:
        """The same, as a block of its own if compressed."""
        self.write(data)
        if self._deflate is not None:
            self._block(self._deflate, len(self._pending))
            self._file.flush()

    def _block(self, deflate: zlib._Compress, size: int) -> None:
        self._file.write(deflate.compress(self._pending[:size]) + deflate.flush(zlib.Z_SYNC_FLUSH))
        del self._pending[:size]

    def close(self) -> None:
        """Write what is left, have the disk confirm it, close."""
        try:
            if self._deflate is not None:
                self._file.write(self._deflate.compress(self._pending) + self._deflate.flush())
            self._file.flush()
            os.fsync(self._file.fileno())
        finally:
            self.abandon()

    def abandon(self) -> None:
        """Close without writing what is left."""
        self._file.close()


def blocks(path: Path, *, recover: bool) -> Generator[bytes, None, None]:
    """What is in the file, uncompressed, in pieces.

    Args:
        path: the file.
        recover: whether compressed data may end early, as after a crash.

    Raises:
        OSError: it can't be read.
        RecordingError: the compressed data is damaged, or ends early.
    """
    with path.open("rb") as file:
        if path.suffix == GZIPPED:
            yield from _inflated(path, file, recover=recover)
        else:
            while block := file.read(_READ):
                yield block


def _inflated(path: Path, file: BinaryIO, *, recover: bool) -> Generator[bytes, None, None]:
    inflate = zlib.decompressobj(wbits=_GZIP)
    while not inflate.eof:
        data = inflate.unconsumed_tail or file.read(_READ)
        if not data:
            if recover:
                return
            raise RecordingError(f"{path}: the compressed data ends early, as after a crash: {RECOVER}")
        try:
            block = inflate.decompress(data, _READ)
        except zlib.error as error:
            raise RecordingError(
                f"{path}: the compressed data is damaged ({error}): take another copy of the file"
            ) from error
        if block:
            yield block
    if inflate.unused_data or file.read(1):
        raise RecordingError(f"{path}: something follows the end of the compressed data: take another copy of the file")


RECOVER: Final = "Recording.open(..., recover=True) reads what is whole"
