"""What a probe sees, when, and how it is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Generic, Literal, NamedTuple, TypeAlias, TypeVar, final

from typing_extensions import override

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

_SHOWN: Final = 20
"""Of a long history, how many of the last are told (a count)."""
_LONGEST: Final = 300
"""Of a long event, how much is told (characters)."""


@dataclass(frozen=True, slots=True)
class Event(Generic[T_co]):
    """An event of the stream."""

    value: T_co


@dataclass(frozen=True, slots=True)
class Failed:
    """The stream failed, or its reader missed events."""

    error: Exception
    final: bool = True
    """Whether nothing can come after it."""


@dataclass(frozen=True, slots=True)
class Completed:
    """The stream completed."""

    final: Literal[True] = True


Signal: TypeAlias = Event[T] | Failed | Completed


class Received(NamedTuple, Generic[T]):
    """An event that a probe has seen; equal to the tuple ``(time, event)``."""

    time: float
    """Seconds since the probe was opened."""
    event: T
    """What came."""


@final
class Seen(Generic[T]):
    """A signal and when it came (seconds since the probe was opened)."""

    __slots__ = ("signal", "time")

    def __init__(self, time: float, signal: Signal[T]) -> None:
        self.time = time
        self.signal = signal

    @override
    def __str__(self) -> str:
        return f"{_describe(self.signal)} at {seconds(self.time)}"


def seconds(time: float) -> str:
    """A time in words, without the noise of sums of floats."""
    return f"{round(time, 9):.12g} s"


def _describe(signal: Signal[T]) -> str:
    if isinstance(signal, Event):
        return shortened(repr(signal.value))
    return "completion" if isinstance(signal, Completed) else f"error {shortened(repr(signal.error))}"


def shortened(text: str) -> str:
    """As much of a text as is worth reading."""
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."


def listed(signals: Sequence[Seen[T]], wrong: Seen[T] | None = None) -> str:
    """The last of them, a line each, with a mark at the one that was wrong."""
    lines = [f"\n  {seen}{'  <-- this' * (seen is wrong)}" for seen in signals[-_SHOWN:]]
    if len(signals) > _SHOWN:
        lines.insert(0, f"\n  ... {len(signals) - _SHOWN} before")
    return f":{''.join(lines)}"
