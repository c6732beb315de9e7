"""The functions that random pipelines are made with: small and named, and some of them raise.

They take whatever the stage before them makes: numbers, tuples, lists, notifications.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from reactivex.notification import OnError, OnNext
from reactivex.operators._timestamp import Timestamp

from tests.rx_scripts import Boom


@dataclass(frozen=True)
class Fn:
    """A function with a name that a failing example can print."""

    name: str
    call: Callable[..., Any]

    def __call__(self, *args: Any) -> Any:
        return self.call(*args)

    def __repr__(self) -> str:
        return self.name

    def _repr_pretty_(self, printer: Any, _: bool) -> None:
        printer.text(self.name)


def weigh(value: Any) -> int:
    """A number for whatever came."""
    if isinstance(value, int | float):
        return int(value)
    if isinstance(value, tuple | list):
        return len(value) + sum(weigh(part) for part in value)
    if isinstance(value, OnNext | Timestamp):
        return weigh(value.value)
    return 5 if isinstance(value, OnError) else 0


def fussy(value: Any) -> int:
    """The same, but every eighth number is too much for it."""
    number = weigh(value)
    if number % 8 == 7:
        raise Boom("seven")
    return number


def hesitant(value: Any) -> Iterator[int]:
    """An iterable that may raise when it has begun."""
    yield weigh(value)
    yield fussy(value)


def failing(*_: object) -> None:
    """For callbacks: raises whatever it is given."""
    raise Boom("callback")


MAPPERS = [
    Fn("weigh", weigh),
    Fn("half", lambda value: weigh(value) // 2),
    Fn("modulo_3", lambda value: weigh(value) % 3),
    Fn("paired", lambda value: (weigh(value), 1)),
    Fn("nothing", lambda _: None),
    Fn("fussy", fussy),
]
PREDICATES = [
    Fn("odd", lambda value: weigh(value) % 2),
    Fn("small", lambda value: weigh(value) < 4),
    Fn("always", lambda _: True),
    Fn("never", lambda _: None),
    Fn("fussy_modulo_3", lambda value: fussy(value) % 3),
]
COMPARERS = [
    Fn("same", lambda one, other: one == other),
    Fn("near", lambda one, other: abs(weigh(one) - weigh(other)) < 2),
    Fn("fussy_near", lambda one, other: abs(weigh(one) - fussy(other)) < 2),
]
DIFFERENCES = [
    Fn("by_weight", lambda one, other: weigh(one) - weigh(other)),
    Fn("by_half", lambda one, other: weigh(one) // 2 - weigh(other) // 2),
    Fn("fussy_by_weight", lambda one, other: fussy(one) - weigh(other)),
]
ACCUMULATORS = [
    Fn("added", lambda state, value: (weigh(state) + weigh(value)) % 1000),
    Fn("greater", lambda state, value: value if weigh(value) > weigh(state) else state),
    Fn("fussy_added", lambda state, value: (weigh(state) + fussy(value)) % 1000),
]
ITERABLES = [
    Fn("twice", lambda value: [value, value]),
    Fn("some", lambda value: range(weigh(value) % 3)),
    Fn("in_itself", lambda value: (value,)),
    Fn("none", lambda _: ""),
    Fn("hesitant", hesitant),
    Fn("fussy_list", lambda value: [fussy(value)]),
]
