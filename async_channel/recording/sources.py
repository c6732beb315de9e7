"""Sources: what is recorded, by name: channels, which are listened in on, and other streams, which are subscribed."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeAlias

from reactivex import Observable

from async_channel.channels.channel import Channel
from async_channel.channels.scopes import Scope
from async_channel.stream import Stream

Recordable: TypeAlias = Observable[Any] | Scope | Mapping[str, Observable[Any]] | Iterable[Observable[Any]]
"""A stream, several, with names or without, or a registry."""


def named(given: Iterable[object]) -> dict[str, Observable[Any]]:
    """Streams by name. A channel has one; the n-th stream of all, if it is given none, is "Stream n".

    Raises:
        TypeError: something is no stream.
        ValueError: two have one name, or there is none.
    """
    found: dict[str, Observable[Any]] = {}
    for number, (wanted, stream) in enumerate(_each(given), 1):
        if not isinstance(stream, Observable):
            raise TypeError(f"record() takes Channels and other Observables, got {stream!r}")
        name = wanted or (stream.name if isinstance(stream, Channel) else f"Stream {number}")
        if name in found:
            raise ValueError(f"record() tells streams by name, and two are named {name!r}: name one otherwise")
        found[name] = stream
    if not found:
        raise ValueError("record() takes at least one channel or stream, and there is none")
    return found


def _each(given: Iterable[object]) -> Iterator[tuple[str, object]]:
    for one in given:
        if isinstance(one, Observable):
            yield "", one
        elif isinstance(one, Scope):
            yield from (("", channel) for channel in one._every())
        elif isinstance(one, Mapping):
            for name, stream in one.items():
                if not isinstance(name, str) or not name:
                    raise TypeError(f"record() takes a mapping of names to streams, got the name {name!r}")
                yield name, stream
        elif isinstance(one, Iterable) and not isinstance(one, str | bytes | os.PathLike):
            yield from (("", stream) for stream in one)
        else:
            raise TypeError(
                f"record() takes Channels, other Observables, several of them, or a Channels, and path=..., got {one!r}"
            )


def type_of(stream: Observable[Any]) -> type[Any]:
    """The class of its events; object if none is known."""
    return (stream.event_type or object) if isinstance(stream, Stream) else object
