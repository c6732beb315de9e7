"""A step of a pipeline: one operator with its arguments, ours and reactivex's, and how lists of them are written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, TypeAlias

from reactivex import Observable
from reactivex import operators as ops

from tests.differential.world import Build, World

Args: TypeAlias = tuple[Any, ...]
Side: TypeAlias = Callable[..., Any]
"""Given the world, the stream so far and the arguments, the stream from there on."""


@dataclass(frozen=True)
class Step:
    """One operator with its arguments."""

    name: str
    args: Args
    ours: Side
    theirs: Side
    at_start: bool = False
    """It lets events through as the subscription is made."""
    cold: bool = False
    """It subscribes to what lets events through as it is subscribed to."""

    def __repr__(self) -> str:
        return f"{self.name}({', '.join(map(repr, self.args))})"

    def _repr_pretty_(self, printer: Any, _: bool) -> None:
        printer.text(repr(self))


def same(name: str, arguments: Iterable[Args] = ((),), *, twin: str = "") -> list[Step]:
    """A method of Stream and a reactivex operator that take the same arguments."""
    operator = getattr(ops, twin or name)
    return pairs(name, lambda stream, *args: getattr(stream, name)(*args), operator, arguments)


def pairs(
    name: str,
    ours: Callable[..., Any],
    theirs: Callable[..., Callable[[Observable[Any]], Observable[Any]]],
    arguments: Iterable[Args] = ((),),
) -> list[Step]:
    """Ours, of a stream and the arguments; theirs, of the arguments, makes an operator."""
    return steps(
        name, lambda _, stream, *args: ours(stream, *args), lambda _, source, *args: theirs(*args)(source), arguments
    )


def timed(
    name: str,
    ours: Callable[..., Any],
    theirs: Callable[..., Callable[[Observable[Any]], Observable[Any]]],
    arguments: Iterable[Args],
) -> list[Step]:
    """The same, where the first argument is seconds."""
    return steps(
        name,
        lambda world, stream, seconds, *args: ours(stream, world.span(seconds), *args),
        lambda world, source, seconds, *args: theirs(world.span(seconds), *args)(source),
        arguments,
    )


def steps(name: str, ours: Side, theirs: Side, arguments: Iterable[Args] = ((),), **flags: bool) -> list[Step]:
    """One step for each list of arguments."""
    return [Step(name, args, ours, theirs, **flags) for args in arguments]


def each(*choices: Sequence[Any]) -> list[Args]:
    """Every combination of arguments."""
    return list(product(*choices))


def ours(pipeline: Sequence[Step]) -> Build:
    """The pipeline made of Stream's operators."""

    def build(world: World) -> Any:
        stream = world.source()
        for step in pipeline:
            world.begin_step()
            stream = step.ours(world, stream, *step.args)
        return stream

    return build


def theirs(pipeline: Sequence[Step]) -> Build:
    """The pipeline made of reactivex's operators."""

    def build(world: World) -> Any:
        source = world.source()
        for step in pipeline:
            world.begin_step()
            source = step.theirs(world, source, *step.args)
        return source

    return build
