"""The event contract: what flows through channels is plain, frozen and typed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeVar

from typing_extensions import dataclass_transform

_E = TypeVar("_E")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def event(cls: type[_E]) -> type[_E]:
    """Make a class an event: a frozen dataclass with slots.

    An event is shared by all who receive it, so nobody may change it. Plain dataclasses, dicts or numbers
    can be sent as well; ``@event`` is the short way to the recommended form.

    >>> @event
    ... class Ticker:
    ...     symbol: str
    ...     price: float
    >>> ticker = Ticker("BTC/USDT", 64_000.0)
    >>> ticker
    Ticker(symbol='BTC/USDT', price=64000.0)
    >>> ticker.price = 0.0
    Traceback (most recent call last):
    ...
    dataclasses.FrozenInstanceError: cannot assign to field 'price'

    Raises:
        TypeError: it was given something that is not a class.
    """
    if not isinstance(cls, type):
        raise TypeError(f"@event decorates a class, got {cls!r}")
    return dataclass(frozen=True, slots=True)(cls)
