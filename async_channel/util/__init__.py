"""The machinery below channels: logs and cursors, the scheduler, the stages of a pipeline.

What only some stand on is loaded when the first of them is used: a program that has no keys and no windows does not
wait for them at its start. Such a module is written ``util.keyed`` where it is used, as numpy and scipy do.
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

__all__ = [
    "boundary",
    "combine",
    "crew",
    "drawn",
    "dynamic",
    "fields",
    "joined",
    "keyed",
    "pump",
    "retrying",
    "thread_reads",
    "thread_sends",
    "timed",
    "watching",
    "windows",
]

if TYPE_CHECKING:
    from async_channel.util import (
        boundary,
        combine,
        crew,
        drawn,
        dynamic,
        fields,
        joined,
        keyed,
        pump,
        retrying,
        thread_reads,
        thread_sends,
        timed,
        watching,
        windows,
    )
else:  # hidden from the checkers, which would take any name for a module of it

    def __getattr__(name: str) -> ModuleType:
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return import_module(f"{__name__}.{name}")
