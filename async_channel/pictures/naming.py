"""Naming: what operators, functions and types are called by those who wrote them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from types import MethodType
from typing import Any, Final, TypeVar

from reactivex import Observable

from async_channel.util.boundary import Fenced, as_notifications
from async_channel.util.combine import Combined, Concatenated, Latest, Merged, WithLatest, Zipped
from async_channel.util.crew import Crewed
from async_channel.util.fused import Fused, Step
from async_channel.util.hot import Hot
from async_channel.util.joined import Joined
from async_channel.util.keyed import Each
from async_channel.util.pump import AsyncPump, Pump
from async_channel.util.stages.pure import Pure
from async_channel.util.windows import Windows

_SOURCES: Final[dict[type[Fused[Any]], str]] = {
    Merged: "merge",
    Concatenated: "concat",
    Zipped: "zip",
    Latest: "combine_latest",
    WithLatest: "with_latest_from",
    Joined: "join",
    Each: "each",
    Windows: "window",
    Hot: "part",
    Pump: "from_iterable",
    AsyncPump: "from_async_iterable",
}

_KEEP: Final = frozenset(
    [
        "debounce",
        "delay",
        "distinct",
        "distinct_until_changed",
        "do",
        "element_at",
        "filter",
        "filter_async",
        "first",
        "ignore_elements",
        "last",
        "max",
        "min",
        "observe_on",
        "publish",
        "ref_count",
        "retry",
        "sample",
        "share",
        "skip",
        "skip_last",
        "skip_until",
        "skip_while",
        "subscribe_on",
        "take",
        "take_last",
        "take_until",
        "take_while",
        "throttle",
        "throttle_first",
    ]
)
"""Operators that let through what comes in, and nothing else."""
_WRAP: Final[dict[str, str]] = {
    "buffer": "list[{0}]",
    "pairwise": "tuple[{0}, {0}]",
    "timestamp": "Timestamp[{0}]",
    "materialize": "Notification[{0}]",
    "window": "Stream[{0}]",
    "to_list": "list[{0}]",
}
_RETURN: Final = frozenset({"map", "starmap", "scan", "reduce"})
"""Operators that let through what their function returns."""

_SAID: Final = frozenset({"count", "skip", "seconds", "index"})
"""What numbers are called here as by those who write them."""

_WORD: Final = re.compile(r"[A-Za-z_]\w*")

OURS: Final = ("async_channel.", "reactivex.")


def function_name(function: object) -> str:
    """What a function is called where it is defined."""
    while isinstance(function, partial):
        function = function.func
    kind: type[object] = type(function)
    name = getattr(function, "__qualname__", None)
    owner: object = getattr(function, "__self__", None)
    if isinstance(function, MethodType) and not isinstance(owner, type):
        return f"{type(owner).__name__}.{function.__name__}"  # not the class that it inherits it from
    if not isinstance(name, str):
        name = kind.__qualname__
    return name.rpartition("<locals>.")[2].replace("<lambda>", "lambda")


def type_name(of: object) -> str:
    """A type as it is written: ``Ticker``, ``list[Ticker]``; empty where it says nothing."""
    if of is None or of is Any:
        return ""
    if isinstance(of, str):
        return of
    if isinstance(of, type) and not hasattr(of, "__origin__"):
        return of.__name__
    name = re.sub(r"[A-Za-z_][\w.]*\.", "", str(of))
    for variable in _parameters(of):
        name = name.replace(repr(variable), variable.__name__)
    return name


def _parameters(of: object) -> tuple[TypeVar, ...]:
    """The type variables of an annotation that is not kept as text."""
    found: tuple[TypeVar, ...] = (of,) if isinstance(of, TypeVar) else getattr(of, "__parameters__", ())
    return found


def returned(function: object, given: str = "") -> str:
    """The type that a function says it returns, as it is written, when its last argument is of the type ``given``.

    Empty for a type variable that stands for something else: what it stands for is not known here.
    """
    if isinstance(function, type):
        return type_name(function)
    said: dict[str, object] = getattr(function, "__annotations__", {})
    name = type_name(said.get("return"))
    argument = next((type_name(of) for key, of in reversed(said.items()) if key != "return"), "")
    variables = _variables(function, said.get("return"), name)
    if given and variables == {argument}:
        return _WORD.sub(lambda word: given if word[0] == argument else word[0], name)
    return "" if variables else name


def _variables(function: object, of: object, name: str) -> set[str]:
    known: dict[str, object] = getattr(function, "__globals__", {})
    own: tuple[TypeVar, ...] = getattr(function, "__type_params__", ())  # of `def first[T](...)`, from Python 3.12 on
    free = {variable.__name__ for variable in (*own, *_parameters(of))}
    return {word for word in _WORD.findall(name) if word in free or isinstance(known.get(word), TypeVar)}


# ---- operators


def step_name(step: Step) -> str:
    """The operator that a step of a chain is."""
    return "filter" if step.name == "_matching" else step.name


def step_detail(step: Step) -> str:
    """The function that an operator was given, or its numbers."""
    functions = list(_functions(step))
    if functions:
        return function_name(functions[0])
    numbers = ((name, value) for name, value in _held(step.stage) if type(value) in (int, float) and name != "seed")
    return ", ".join(f"{name}={value:g}" if name in _SAID else f"{value:g}" for name, value in numbers)


def step_type(step: Step, given: str) -> str:
    """The type of what an operator lets through, given that of what comes in."""
    if step.event_type is not None:
        return type_name(step.event_type)
    name = step_name(step)
    if name in _RETURN:
        return next((returned(function, "" if name == "starmap" else given) for function in _functions(step)), "")
    return operator_type(name, given)


def operator_type(name: str, given: str) -> str:
    """The type of what an operator lets through whose name says enough; empty where it does not."""
    if not given or name in _KEEP:
        return given if name in _KEEP else ""
    return _WRAP[name].format(given) if name in _WRAP else ""


def _functions(step: Step) -> Iterator[Callable[..., object]]:
    held = step.stage.functions if isinstance(step.stage, Pure) else (value for _, value in _held(step.stage))
    for value in held:
        if callable(value) and not (getattr(value, "__module__", None) or "").startswith(OURS):
            yield value


def _held(function: object) -> Iterator[tuple[str, Any]]:
    names: tuple[str, ...] = getattr(getattr(function, "__code__", None), "co_freevars", ())
    for name, cell in zip(names, getattr(function, "__closure__", None) or (), strict=True):
        try:
            yield name, cell.cell_contents
        except ValueError:  # it has yet to be given something
            continue


def source_name(source: Fused[Any]) -> str:
    """The operator that made a source."""
    if isinstance(source, Crewed):
        return source.name
    if isinstance(source, Fenced):
        return "materialize" if source._fence is as_notifications else "do"
    return _SOURCES.get(type(source), type(source).__name__)


def source_detail(source: Fused[Any]) -> str:
    """The function that it was given."""
    return function_name(source.work) if isinstance(source, Crewed) else ""


def source_type(source: Fused[Any], given: Sequence[str]) -> str:
    """The type of the events of a source that is made of others, given theirs."""
    if isinstance(source, Crewed):
        return given[0] if source.kind == "filter" else returned(source.work, given[0]) if source.kind == "map" else ""
    if not given or not all(given):
        return ""
    if isinstance(source, Merged | Concatenated):
        return " | ".join(dict.fromkeys(given))
    if isinstance(source, Combined):
        return f"tuple[{', '.join([given[-1], *given[:-1]] if isinstance(source, WithLatest) else given)}]"
    return operator_type(source_name(source), given[0])


# ---- reactivex


def rx_name(function: object, otherwise: str) -> str:
    """The operator that a function inside reactivex is a part of: ``map`` of ``map_.<locals>.subscribe``."""
    name = getattr(function, "__qualname__", "")
    if "<locals>" not in name:
        return otherwise
    return name.partition(".")[0].strip("_").removeprefix("observable_").removesuffix("_observable")


def rx_sources(source: Observable[Any]) -> list[Observable[Any]]:
    """The Observables that one of reactivex's is made of, as far as it holds them."""
    found: dict[int, Observable[Any]] = {}
    plain = getattr(source, "source", None)
    waiting: list[tuple[int, object]] = [(0, value) for _, value in _held(getattr(source, "_subscribe", None))]
    waiting.insert(0, (0, plain))
    for depth, value in waiting:  # it grows as it is walked
        if isinstance(value, Observable):
            found[id(value)] = value
        elif isinstance(value, list | tuple) and depth < 2:
            waiting += [(depth + 1, one) for one in value]
        elif depth < 2 and (getattr(value, "__module__", None) or "").startswith("reactivex."):
            waiting += [(depth + 1, one) for _, one in _held(value)]
    return list(found.values())
