"""The operator page: it says what the docstrings say, it is complete, and its marks and tables are true."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any, TypeAlias

import pytest
import reactivex
from reactivex import Observable
from reactivex import operators as ops

import async_channel
from async_channel import Channel, NotStarted, Stream, from_async_iterable, interval, timer
from async_channel.util.fused import Fused
from docs.operators import ASYNC, FUSED, GROUPS, JOINT, PAGE, RX, SYNCHRONOUS, TIMED, Entry, render, rx_operators

Build: TypeAlias = Callable[[Any], Any]

ENTRIES: list[Entry] = [entry for entries in GROUPS.values() for entry in entries]
OPERATORS = [entry for entry in ENTRIES if getattr(Stream, entry.name, None) is entry.made_by]
PAGE_TEXT = PAGE.read_text("utf-8")


def own_names() -> set[str]:
    """The operators that Stream has of its own."""
    groups = [cls for cls in Stream.__mro__ if cls.__module__.startswith("async_channel.")]
    return {name for cls in groups for name, value in vars(cls).items() if name[0] != "_" and callable(value)}


def test_the_page_is_what_the_docstrings_say() -> None:
    assert render(PAGE_TEXT) == PAGE_TEXT, "run `python -m docs.operators`"


def test_every_operator_and_source_is_on_the_page_once() -> None:
    named = [entry.name for entry in OPERATORS]
    assert sorted(named) == sorted(own_names() - {"switch", "graph"})  # a second name of switch_latest; a picture
    sources = {"interval", "timer", *(name for name in async_channel.__all__ if name.startswith("from_"))}
    assert sources <= {entry.name for entry in GROUPS["begin"]}
    assert re.findall(r"^<!-- reference: (\w+) -->$", PAGE_TEXT, re.MULTILINE) == [*GROUPS, "rx"]


@pytest.mark.parametrize("entry", OPERATORS, ids=lambda entry: entry.name)
def test_an_operator_has_a_marble_or_an_example(entry: Entry) -> None:
    has_example = ">>> " in (entry.made_by.__doc__ or "")
    assert "```text\n" in entry.render() or has_example


def test_every_operator_of_reactivex_is_there_as_ours_or_as_it_is() -> None:
    theirs = {name for name in dir(Observable) if name[0] != "_"} - {"pipe", "run", "subscribe"}
    left = [name for names in rx_operators().values() for name in names]
    assert len(left) == len(set(left))
    assert theirs == set(left) | (own_names() & theirs)


def rows_of(heading: str) -> list[list[str]]:
    section = PAGE_TEXT.split(f"## {heading}\n")[1].split("\n## ")[0]
    rows = [line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("| ")]
    return rows[1:]


def called(cell: str) -> list[str]:
    """The names of what is called in a cell, arguments aside."""
    return re.findall(r"`(?:await |channel\.)?(\w+)\(", cell)


def test_the_table_of_names_has_names_that_exist() -> None:
    rows = rows_of("From RxPY's names to ours")
    assert len(rows) > 20
    for theirs, ours in rows:
        for name in called(theirs):
            assert hasattr(Observable, name) or hasattr(ops, name), name
        for name in called(ours):
            assert name in own_names() | {"Consumer", "Channel", "feed", "send"}, name


# ---- the marks

OTHERS: Observable[int] = reactivex.never()


async def slowly(number: int) -> int:
    return number


async def numbers(*_: int) -> AsyncIterator[int]:
    yield 1


CALLS: dict[str, Build] = {
    "filter": lambda s: s.filter(bool),
    "of_type": lambda s: s.of_type(int),
    "matching": lambda s: s.matching(real=1),
    "take": lambda s: s.take(1),
    "take_while": lambda s: s.take_while(bool),
    "take_last": lambda s: s.take_last(1),
    "skip": lambda s: s.skip(1),
    "skip_while": lambda s: s.skip_while(bool),
    "skip_last": lambda s: s.skip_last(1),
    "first": lambda s: s.first(),
    "first_or_default": lambda s: s.first_or_default(),
    "last": lambda s: s.last(),
    "last_or_default": lambda s: s.last_or_default(),
    "element_at": lambda s: s.element_at(1),
    "element_at_or_default": lambda s: s.element_at_or_default(1),
    "distinct_until_changed": lambda s: s.distinct_until_changed(),
    "distinct": lambda s: s.distinct(),
    "ignore_elements": lambda s: s.ignore_elements(),
    "map": lambda s: s.map(str),
    "starmap": lambda s: s.starmap(max),
    "scan": lambda s: s.scan(max),
    "pairwise": lambda s: s.pairwise(),
    "flat_map": lambda s: s.flat_map(lambda n: [n]),
    "do": lambda s: s.do(print),
    "timestamp": lambda s: s.timestamp(),
    "materialize": lambda s: s.materialize(),
    "buffer": lambda s: s.buffer(count=1),
    "window": lambda s: s.window(count=1),
    "reduce": lambda s: s.reduce(max),
    "count": lambda s: s.count(),
    "sum": lambda s: s.sum(),
    "average": lambda s: s.average(),
    "min": lambda s: s.min(),
    "max": lambda s: s.max(),
    "all": lambda s: s.all(bool),
    "some": lambda s: s.some(),
    "contains": lambda s: s.contains(1),
    "throttle": lambda s: s.throttle(1),
    "debounce": lambda s: s.debounce(1),
    "sample": lambda s: s.sample(timedelta(seconds=1)),
    "delay": lambda s: s.delay(1),
    "timeout": lambda s: s.timeout(1),
    "merge": lambda s: s.merge(OTHERS),
    "concat": lambda s: s.concat(OTHERS),
    "zip": lambda s: s.zip(OTHERS),
    "combine_latest": lambda s: s.combine_latest(OTHERS),
    "with_latest_from": lambda s: s.with_latest_from(OTHERS),
    "join": lambda s: s.join(OTHERS, on=abs, within=1),
    "switch_map": lambda s: s.switch_map(lambda _: OTHERS),
    "switch_latest": lambda s: s.switch_latest(),
    "keyed[key]": lambda s: s.key_by(abs)[1],
    "keyed.each": lambda s: s.key_by(abs).each(lambda _, stream: stream),
    "map_async": lambda s: s.map_async(slowly),
    "filter_async": lambda s: s.filter_async(slowly),
    "flat_map_async": lambda s: s.flat_map_async(numbers),
    "start_with": lambda s: s.start_with(1),
    "default_if_empty": lambda s: s.default_if_empty(1),
    "interval": lambda _: interval(1),
    "timer": lambda _: timer(1),
    "from_async_iterable": lambda _: from_async_iterable(numbers()),
}
"""A call of each in the form that its marks are about."""

REMARKS: dict[str, tuple[Build, str, str]] = {
    "do with `on_error`": (lambda s: s.do(on_error=print), JOINT, SYNCHRONOUS),
    "buffer with `seconds`": (lambda s: s.buffer(seconds=1), FUSED, TIMED),
    "buffer with `boundaries`": (lambda s: s.buffer(OTHERS), RX, SYNCHRONOUS),
    "window with `seconds`": (lambda s: s.window(seconds=1), JOINT, TIMED),
    "sample with an Observable": (lambda s: s.sample(OTHERS), RX, SYNCHRONOUS),
    "merge with `max_concurrent`": (lambda s: s.merge(max_concurrent=1), RX, SYNCHRONOUS),
    "join with two duration mappers": (lambda s: s.join(OTHERS, lambda _: OTHERS, lambda _: OTHERS), RX, SYNCHRONOUS),
    "keyed.each with `idle`": (lambda s: s.key_by(abs).each(lambda _, stream: stream, idle=1.0), JOINT, TIMED),
}


def built(channel: Channel[int], stream: Stream[Any]) -> str:
    if stream._source is channel and stream._stages:
        return FUSED
    return JOINT if isinstance(stream._source, Fused) else RX


def needs_a_loop(stream: Stream[Any]) -> bool:
    errors: list[Exception] = []
    try:
        stream.subscribe(on_error=errors.append)
    except NotStarted:
        return True
    return any(isinstance(error, NotStarted) for error in errors)


def test_all_marks_are_tested() -> None:
    untested = {"key_by", "from_iterable", "from_observable", "via"}  # they are what they are given
    assert set(CALLS) | untested == {entry.name for entry in ENTRIES if entry.built != "sink"}


@pytest.mark.parametrize("entry", [entry for entry in ENTRIES if entry.name in CALLS], ids=lambda entry: entry.name)
def test_the_marks_are_true(entry: Entry) -> None:
    channel: Channel[int] = Channel("Numbers")
    stream = CALLS[entry.name](channel)
    assert entry.built in ("source", built(channel, stream))
    assert needs_a_loop(stream) is (entry.runs in (TIMED, ASYNC))
    assert (entry.runs == ASYNC) is (entry.name.endswith("_async") or entry.name == "from_async_iterable")


@pytest.mark.parametrize("remark", REMARKS)
def test_the_remarks_are_true(remark: str) -> None:
    build, how, runs = REMARKS[remark]
    channel: Channel[int] = Channel("Numbers")
    stream = build(channel)
    assert built(channel, stream) == how
    assert needs_a_loop(stream) is (runs == TIMED)
    name, form = remark.split(" ", 1)
    (entry,) = (entry for entry in ENTRIES if entry.name == name)
    assert f"{form} {runs if how == entry.built else how}" in entry.remark
