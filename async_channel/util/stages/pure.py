"""Filters and mappers, which keep no state. Two of them in a row share one call: between stages, a call is the cost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from async_channel.util.pipeline import Done, Next, Pipeline, Stage

Function = Callable[[Any], Any]


class Pure:
    """A filter, a mapper, or two such in a row."""

    __slots__ = ("functions", "shape")

    def __init__(self, shape: str, *functions: Function) -> None:
        self.shape = shape  # a letter for each function: f is a filter, m a mapper
        self.functions = functions

    def __call__(self, _: Pipeline, down: Next, done: Done) -> tuple[Next, Done]:
        """As any stage."""
        return _SHAPES[self.shape](down, *self.functions), done


def keep_if(predicate: Callable[[Any], object]) -> Pure:
    """Let an event through if the predicate holds."""
    return Pure("f", predicate)


def map_with(mapper: Callable[[Any], object]) -> Pure:
    """Replace each event by what the mapper makes of it."""
    return Pure("m", mapper)


def chain(stages: tuple[Stage, ...], stage: Stage) -> tuple[Stage, ...]:
    """The stages with one more behind them."""
    last = stages[-1] if stages else None
    if isinstance(stage, Pure) and isinstance(last, Pure) and last.shape + stage.shape in _SHAPES:
        return (*stages[:-1], Pure(last.shape + stage.shape, *last.functions, *stage.functions))
    return (*stages, stage)


def _filter(down: Next, predicate: Function) -> Next:
    def next(event: object) -> None:
        if predicate(event):
            down(event)

    return next


def _map(down: Next, mapper: Function) -> Next:
    def next(event: object) -> None:
        down(mapper(event))

    return next


def _filter_filter(down: Next, first: Function, second: Function) -> Next:
    def next(event: object) -> None:
        if first(event) and second(event):
            down(event)

    return next


def _filter_map(down: Next, predicate: Function, mapper: Function) -> Next:
    def next(event: object) -> None:
        if predicate(event):
            down(mapper(event))

    return next


def _map_filter(down: Next, mapper: Function, predicate: Function) -> Next:
    def next(event: object) -> None:
        made = mapper(event)
        if predicate(made):
            down(made)

    return next


def _map_map(down: Next, first: Function, second: Function) -> Next:
    def next(event: object) -> None:
        down(second(first(event)))

    return next


_SHAPES: Final[dict[str, Callable[..., Next]]] = {
    "f": _filter,
    "m": _map,
    "ff": _filter_filter,
    "fm": _filter_map,
    "mf": _map_filter,
    "mm": _map_map,
}
