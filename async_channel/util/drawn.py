"""Drawn: the way up to the pictures, which stand above what they show, and are loaded when one is asked for."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from reactivex import Observable

if TYPE_CHECKING:
    from async_channel.monitoring.monitor import Monitor
    from async_channel.pictures.graph import Graph


def graph_of(*shown: Observable[object]) -> Graph:
    """The graph of these streams and channels, and of what hangs from them."""
    drawn: Graph = import_module("async_channel.pictures.wiring").graph_of(*shown)
    return drawn


def monitor_of(origin: object, **options: Any) -> Monitor:
    """The live view of a channel or a registry."""
    made: Monitor = import_module("async_channel.monitoring.monitor").Monitor(origin, **options)
    return made
