"""Fields of events, for filters by name: which there are, and their values as a key."""

from __future__ import annotations

import dataclasses
import itertools
import typing
from collections.abc import Callable, Hashable, Mapping
from typing import Any

from async_channel.util.keyed import WILDCARD


def require_fields(where: str, event_type: type[Any] | None, names: Mapping[str, object]) -> None:
    """Raise TypeError if a class of events is known not to have a field of one of these names."""
    known = None if event_type is None else _fields_of(event_type)
    if event_type is None or known is None:
        return
    for name in names:
        if name not in known and not hasattr(event_type, name):
            raise TypeError(
                f"{where}({name}=...): {event_type.__name__} has no field {name!r}; its fields are {', '.join(known)}"
            )


def _fields_of(cls: type[Any]) -> tuple[str, ...] | None:
    """The names of the fields of a dataclass, a named tuple or a typed dictionary; None where nobody can tell."""
    if dataclasses.is_dataclass(cls):
        return tuple(field.name for field in dataclasses.fields(cls))
    if typing.is_typeddict(cls):
        return tuple(cls.__annotations__)
    fields = getattr(cls, "_fields", None)
    return fields if isinstance(fields, tuple) else None


def wanted(where: str, filters: Mapping[str, object]) -> dict[str, tuple[Hashable, ...]]:
    """What is asked of each field: any of these values. A field of which anything is asked is left out.

    Raises:
        TypeError: a value has no hash.
    """
    asked: dict[str, tuple[Hashable, ...]] = {}
    for name, value in sorted(filters.items()):
        values = list(value) if isinstance(value, list | set | frozenset) else [value]
        for one in values:
            if not isinstance(one, Hashable):
                raise TypeError(
                    f"{where}({name}=...) takes a value, or a list of values to match any of, got {value!r}"
                )
        if WILDCARD not in values:
            asked[name] = tuple(dict.fromkeys(_told_apart(one) for one in values))
    return asked


def combinations(asked: Mapping[str, tuple[Hashable, ...]]) -> tuple[Hashable, ...]:
    """Every key that an event may have to match."""
    return tuple(itertools.product(*asked.values()))


def values_of(names: tuple[str, ...]) -> Callable[[Any], Hashable]:
    """A function from an event to the values of its fields, or to None where it lacks one."""

    def key_of(event: Any) -> Hashable:
        try:
            if isinstance(event, dict):
                found = [event[name] for name in names]
            else:
                found = [getattr(event, name) for name in names]
        except (KeyError, AttributeError):
            return None
        return tuple([_told_apart(value) for value in found])

    return key_of


def _told_apart(value: Any) -> Hashable:
    """A value as it is, but for True and False, which must not match 1 and 0."""
    found: Hashable = (bool, value) if value.__class__ is bool else value
    return found
