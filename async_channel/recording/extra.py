"""Extra: the way to what needs msgspec, which is imported only when it is gone."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from pathlib import Path
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


def _need_msgspec() -> None:
    if importlib.util.find_spec("msgspec") is None:
        raise ModuleNotFoundError(
            "a recording in a file needs msgspec: pip install 'async-channel-rx[recording]'", name="msgspec"
        )
