"""Extra: the way to what not everybody needs, which is imported only when it is gone: msgspec, and pictures."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from async_channel.recording.stored import Stored, Writer


def stored_at(path: Path, *, recover: bool = False) -> Stored:
    """The recording in a file that is there.

    Raises:
        ImportError: msgspec is not installed.
    """
    _need_msgspec()
    from async_channel.recording.stored import Stored  # noqa: PLC0415  it imports msgspec

    return Stored(path, recover=recover)


def writer_to(path: Path, types: Mapping[str, type[Any]], *, verify: bool) -> Writer:
    """A writer of a new file.

    Raises:
        ImportError: msgspec is not installed.
    """
    _need_msgspec()
    from async_channel.recording.stored import Writer  # noqa: PLC0415  it imports msgspec

    return Writer(path, types, verify=verify)


def pictures() -> ModuleType:
    """What draws recordings: it stands above them, and is loaded with the first picture."""
    return import_module("async_channel.pictures.tapes")


def _need_msgspec() -> None:
    if importlib.util.find_spec("msgspec") is None:
        raise ModuleNotFoundError(
            "a recording in a file needs msgspec: pip install 'async-channel-rx[recording]'", name="msgspec"
        )
