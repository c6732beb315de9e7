"""Lanes: what a marble picture shows, as plain data; and how an event is put in words, whatever its repr does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, is_dataclass
from typing import Final

from async_channel.pictures.diagrams import Mark

LONGEST: Final = 2000
"""Of a longer repr the rest is left out where the whole is shown (a count of characters)."""


@dataclass(frozen=True, slots=True)
class Sign:
    """Something else that is known of a stream, at a time."""

    time: float
    """Seconds on the scale of the marks."""
    text: str
    is_bad: bool = False
    """Whether it is a failure, and not a warning."""


@dataclass(frozen=True, slots=True)
class Lane:
    """One stream."""

    marks: Sequence[Mark]
    """What happens in it, in the order of time."""
    name: str = ""
    notes: tuple[str, ...] = ()
    """Lines below its name: what it carries, how much of it."""
    signs: Sequence[Sign] = ()
    show: Callable[[object], str] = repr
    """Puts an event in words."""


@dataclass(frozen=True, slots=True)
class Operator:
    """A box between lanes: what makes those below of those above."""

    text: str


def words(show: Callable[[object], str], value: object) -> str:
    """A value in words, cut where it is endless; what fails in saying so is said."""
    try:
        text = show(value)
    except Exception as error:
        return f"<a {type(value).__name__}, whose repr raised {type(error).__name__}>"
    if len(text) <= LONGEST:
        return text
    return f"{text[:LONGEST]}… ({len(text) - LONGEST:,} more characters)"


def brief(show: Callable[[object], str], value: object) -> str:
    """A value in fewer words, for where there is little room: of a record, what is in it without its names.

    >>> brief(repr, {"price": 64.5}), brief(str, "a")
    ("{'price': 64.5}", 'a')
    """
    if show is repr and is_dataclass(value) and not isinstance(value, type):
        return words(lambda _: ", ".join(_plain(getattr(value, field.name)) for field in fields(value)), value)
    return words(show, value)


def _plain(value: object) -> str:
    return value if isinstance(value, str) else repr(value)
