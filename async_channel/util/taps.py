"""Taps: who looks at each event of a log at the moment it is sent, before anybody else gets it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeVar

T = TypeVar("T")


def with_taps(keep: Callable[[T], None] | None, taps: tuple[Callable[[T], None], ...]) -> Callable[[T], None] | None:
    """One function for what keeps an event and those who look at it; None where there is neither."""
    for look in taps:
        keep = look if keep is None else partial(_both, keep, look)
    return keep


def _both(keep: Callable[[T], None], look: Callable[[T], None], event: T) -> None:
    keep(event)
    look(event)
