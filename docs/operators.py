"""Writes the reference in operators.md from the docstrings: run `python -m docs.operators` after a change of either.

What is between a `<!-- reference: ... -->` and the next `<!-- end of reference -->` is made here; the rest of the page
is written by hand.
"""

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any, get_overloads

from reactivex import Observable

from async_channel import (
    Channel,
    Consumer,
    Keyed,
    Stream,
    from_async_iterable,
    from_iterable,
    from_observable,
    interval,
    timer,
)

PAGE = Path(__file__).with_suffix(".md")
REFERENCE = re.compile(r"(?<=<!-- reference: )(\w+)( -->\n).*?(?=<!-- end of reference -->)", re.DOTALL)
MARBLE = re.compile(r"^::\n\n((?: +.*\n?|\n)+)", re.MULTILINE)

FUSED, JOINT, RX = "fused", "joint", "Rx"
SYNCHRONOUS, TIMED, ASYNC = "synchronous", "timed", "async"
RX_FORMS = {"scheduler", "left_duration_mapper", "right_duration_mapper"}
"""Arguments that are there for those who come from Rx; a short signature does without."""

STARS: dict[object, str] = {inspect.Parameter.VAR_POSITIONAL: "*", inspect.Parameter.VAR_KEYWORD: "**"}


@dataclass(frozen=True)
class Entry:
    """One operator, source or sink, as it stands on the page."""

    name: str
    made_by: Callable[..., Any]
    built: str = FUSED
    runs: str = SYNCHRONOUS
    remark: str = ""
    call: str = ""
    """What is written before the arguments; the name by default."""

    def render(self) -> str:
        """Its part of the page: heading, signature, what it does, marble."""
        summary, marble = _docstring(self.made_by)
        call = f"`{self.call or self.name}{_arguments(self.made_by)}` → {_results(self.made_by)}"
        facts = " · ".join(fact for fact in (call, self.built, self.runs) if fact)
        remark = f"; {self.remark}" if self.remark else ""
        parts = [f"### {self.name}", facts + remark, textwrap.fill(summary, 120)]
        if marble:
            parts.append(f"```text\n{marble}\n```")
        return "\n\n".join(parts)


def _of(names: str, built: str = FUSED, runs: str = SYNCHRONOUS) -> list[Entry]:
    """Operators of Stream that are alike."""
    return [Entry(name, getattr(Stream, name), built, runs) for name in names.split()]


def _one(name: str, built: str = FUSED, runs: str = SYNCHRONOUS, remark: str = "") -> Entry:
    return Entry(name, getattr(Stream, name), built, runs, remark)


GROUPS: dict[str, list[Entry]] = {
    "choose": [
        *_of("filter of_type"),
        _one("matching", JOINT),
        *_of("take take_while take_last skip skip_while skip_last"),
        *_of("first first_or_default last last_or_default element_at element_at_or_default"),
        *_of("distinct_until_changed distinct ignore_elements"),
    ],
    "change": [
        *_of("map starmap scan pairwise flat_map"),
        _one("do", remark="with `on_error` joint"),
        _one("timestamp", FUSED, TIMED),
        _one("materialize", JOINT),
    ],
    "gather": [
        _one("buffer", remark="with `seconds` timed, with `boundaries` Rx"),
        _one("window", JOINT, remark="with `seconds` timed, with `boundaries` Rx"),
    ],
    "sum": _of("reduce count sum average min max all some contains"),
    "time": [
        *_of("throttle debounce", FUSED, TIMED),
        _one("sample", FUSED, TIMED, "with an Observable Rx"),
        *_of("delay timeout", FUSED, TIMED),
    ],
    "combine": [
        _one("merge", JOINT, remark="with `max_concurrent` Rx"),
        *_of("concat zip combine_latest with_latest_from", JOINT),
        _one("join", JOINT, TIMED, "with two duration mappers Rx"),
        _one("switch_map"),
        _one("switch_latest", remark="`switch` for short"),
    ],
    "keys": [
        Entry("key_by", Stream.key_by, "", ""),
        Entry("keyed[key]", Keyed.__getitem__, JOINT, call="key_by(key)"),
        Entry("keyed.each", Keyed.each, JOINT, remark="with `idle` timed", call="key_by(key).each"),
    ],
    "tasks": _of("map_async filter_async flat_map_async", JOINT, ASYNC),
    "begin": [
        *(Entry(made.__name__, made, "source", TIMED) for made in (interval, timer)),
        Entry("from_iterable", from_iterable, "source", "async under a consumer, else synchronous"),
        Entry("from_async_iterable", from_async_iterable, "source", ASYNC),
        Entry("from_observable", from_observable, "source", ""),
        *_of("start_with default_if_empty"),
    ],
    "end": [
        Entry("Consumer", Consumer, "sink", ASYNC),
        Entry("channel.feed", Channel.feed, "sink", ASYNC),
        Entry("consume", Stream.consume, "sink", ASYNC),
    ],
    "other": [_one("via", JOINT, "", "what the operator is")],
}


def _docstring(of: Callable[..., Any]) -> tuple[str, str]:
    """What it does, in its first sentence or two, and the marble."""
    doc = inspect.getdoc(of) or ""
    marble = MARBLE.search(doc)
    return " ".join(doc.split("\n\n")[0].split()), textwrap.dedent(marble[1]).strip("\n") if marble else ""


def _arguments(of: Callable[..., Any]) -> str:
    """Its arguments, without their types."""
    if of is Keyed.__getitem__:
        return "[value]"
    texts: list[str] = []
    keyword_only = False
    for parameter in inspect.signature(of).parameters.values():
        if parameter.name == "self" or parameter.name in RX_FORMS:
            continue
        if parameter.kind is parameter.KEYWORD_ONLY and not keyword_only:
            keyword_only = True
            if not any(text.startswith("*") for text in texts):
                texts.append("*")
        default = "" if parameter.default is parameter.empty else f"={_default(parameter.default)}"
        texts.append(f"{STARS.get(parameter.kind, '')}{parameter.name}{default}")
    return f"({', '.join(texts)})"


def _default(value: object) -> str:
    if isinstance(value, Enum):
        return f"{type(value).__name__}.{value.name}"
    return "..." if type(value) is object else repr(value)


def _results(of: Callable[..., Any]) -> str:
    """What it gives: all types that overloads say, or the first where these go on and on."""
    if isinstance(of, type):
        return f"`{of.__name__}[T]`"
    forms = get_overloads(of) or [of]
    types = dict.fromkeys(str(form.__annotations__["return"]).replace("T_co", "T") for form in forms)
    return " or ".join(f"`{name}`" for name in list(types)[: 1 if len(types) > 3 else None])


def rx_operators() -> dict[str, list[str]]:
    """The operators of reactivex that Stream leaves as they are, by reactivex's own groups."""
    groups: dict[str, list[str]] = {}
    for cls in Observable.__mro__:
        if cls.__module__.startswith("reactivex.observable.mixins."):
            group = cls.__module__.rpartition(".")[2].replace("_", " ")
            names = [name for name in vars(cls) if not name.startswith("_")]
            groups[group] = sorted(name for name in names if getattr(Stream, name) is getattr(cls, name))
    return {group: names for group, names in sorted(groups.items()) if names}


def _rx_table() -> str:
    rows = [f"| {group} | {' '.join(f'`{name}`' for name in names)} |" for group, names in rx_operators().items()]
    return "\n".join(["| group | operators |", "|---|---|", *rows])


def render(page: str) -> str:
    """The page with its reference made anew."""

    def reference(found: re.Match[str]) -> str:
        group = found[1]
        text = _rx_table() if group == "rx" else "\n\n".join(entry.render() for entry in GROUPS[group])
        return f"{group}{found[2]}\n{text}\n\n"

    return REFERENCE.sub(reference, page)


if __name__ == "__main__":
    PAGE.write_text(render(PAGE.read_text("utf-8")), "utf-8")
