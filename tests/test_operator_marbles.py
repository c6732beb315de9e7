"""The marbles in the docstrings of the operators and sources are true: each is played, and gives what it draws."""

from __future__ import annotations

import ast
import asyncio
import inspect
import re
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from functools import partial
from typing import Any, TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reactivex import operators as ops

import async_channel
from async_channel import Channel, Consumer, Keyed, Stream, clock, from_iterable, interval, timer
from async_channel.pictures.diagrams import Kind
from async_channel.testing import Diagram, Mark
from async_channel.testing.marble.playing import Player, cold, happen_on
from async_channel.testing.marble.watching import record
from docs.marbles import Block, DrawingError, blocks_of, draw_lane, read_block, read_lane
from tests.support import run

Source: TypeAlias = Callable[[str, list[Mark]], Coroutine[Any, Any, Stream[Any]]]
Watch: TypeAlias = Callable[[Stream[Any], float], Coroutine[Any, Any, Sequence[Mark]]]

LONG = 60.0
"""How much longer than it is drawn a stream that ends is watched (seconds): nothing may come any more."""


def documented() -> dict[str, str]:
    """The docstrings of all operators and sources, by name."""
    groups = [cls for cls in Stream.__mro__ if cls.__module__.startswith("async_channel.operators.")]
    found = {name: value for cls in groups for name, value in vars(cls).items() if name[0] != "_"}
    found |= {f"Keyed.{name}": value for name, value in vars(Keyed).items() if name[0] != "_"}
    found["Keyed[key]"] = Keyed.__getitem__
    sources = {"interval", "timer", *(name for name in async_channel.__all__ if name.startswith("from_"))}
    found |= {name: getattr(async_channel, name) for name in sorted(sources)}
    return {name: inspect.getdoc(value) or "" for name, value in found.items() if inspect.isfunction(value)}


DOCSTRINGS = documented()
DRAWN = [name for name, text in DOCSTRINGS.items() if "::\n" in text]


# ---- what the docstrings name


async def slowly(number: int) -> int:
    await asyncio.sleep(5)
    return number


async def is_odd(number: int) -> bool:
    await asyncio.sleep(5)
    return number % 2 == 1


async def twice(number: int) -> AsyncIterator[int]:
    for _ in range(2):
        await asyncio.sleep(2)
        yield number


NAMES: dict[str, object] = {
    "from_iterable": from_iterable,
    "interval": interval,
    "timer": timer,
    "ops": ops,
    "print": lambda _: None,
    "slowly": slowly,
    "is_odd": is_odd,
    "twice": twice,
}


# ---- playing


def play(block: Block, expression: str, drawn: Diagram, source: Source, watch: Watch) -> Diagram:
    """What an expression over the sources of a block really gives, watched for as long as is drawn."""

    async def main() -> Sequence[Mark]:
        sources = {name: await source(name, as_played(lane)) for name, lane in block.sources.items()}
        longest = max(lane.width for lane in (drawn, *block.sources.values()))
        until = longest + LONG if drawn.end is not None else drawn.width - 0.5
        return await watch(stream_of(expression, sources), until)

    marks = [Mark(mark.time, mark.kind, mark.value if mark.kind == "event" else None) for mark in run(main())]
    return Diagram(tuple(marks), drawn.width)


def as_played(lane: Diagram) -> list[Mark]:
    meanings: dict[Kind, Callable[[object], object]] = {
        "event": lambda value: ast.literal_eval(str(value)),
        "error": lambda _: RuntimeError("as drawn"),
        "completion": lambda _: None,
    }
    return [Mark(mark.time, mark.kind, meanings[mark.kind](mark.value)) for mark in lane.marks]


async def hot(name: str, marks: list[Mark]) -> Stream[Any]:
    channel: Channel[Any] = Channel(name)
    async with Consumer(channel):  # the channel's first consumer: no other gets what came before it
        pass
    # The player's timers are made before all others: in any moment the sources come first.
    Player(marks, partial(happen_on, channel), start=0.0)
    return channel


async def anew(name: str, marks: list[Mark]) -> Stream[Any]:
    return cold(marks)


def stream_of(expression: str, sources: dict[str, Stream[Any]]) -> Stream[Any]:
    """An expression that does not begin with something known is an operator on the first source."""
    known = {**NAMES, **sources}
    beginning = re.match(r"\w*", expression)
    assert beginning is not None
    whole = expression if beginning[0] in known else f"{next(iter(sources))}.{expression}"
    stream = eval(whole, known)
    assert isinstance(stream, Stream)
    return stream


async def subscribing(stream: Stream[Any], until: float) -> Sequence[Mark]:
    seen: list[Mark] = []
    subscription = stream.subscribe(
        lambda event: seen.append(Mark(clock.now(), "event", repr(event))),
        lambda error: seen.append(Mark(clock.now(), "error", error)),
        lambda: seen.append(Mark(clock.now(), "completion")),
    )
    with subscription:
        await clock.sleep_until(until)
    return seen


async def consuming(stream: Stream[Any], until: float) -> Sequence[Mark]:
    async with Consumer(stream) as events:
        return await record(events, start=0.0, until=until, limit=1000, note=repr)


def shown(lane: Diagram) -> str:
    try:
        return draw_lane(lane)
    except DrawingError:
        return f"{lane.marks}, which can't be drawn"


# ---- the docstrings


@pytest.mark.parametrize("name", DOCSTRINGS)
def test_an_operator_has_a_marble_or_an_example_that_runs(name: str) -> None:
    assert blocks_of(DOCSTRINGS[name]) or ">>> " in DOCSTRINGS[name]


@pytest.mark.parametrize("watch", [subscribing, consuming])
@pytest.mark.parametrize(
    ("name", "source"),
    [
        *((name, hot) for name in DRAWN),
        *((name, anew) for name in DRAWN if name != "concat"),  # which would begin its second source late
    ],
)
def test_an_operator_gives_what_its_marble_draws(name: str, source: Source, watch: Watch) -> None:
    blocks = blocks_of(DOCSTRINGS[name])
    assert blocks
    for block in blocks:
        for expression, drawn in block.results:
            played = play(block, expression, drawn, source, watch)
            assert played == drawn, f"{expression} gives {shown(played)}"


# ---- the marbles themselves

SAME = "map(lambda event: event)"


def played_as(source: str, expression: str, drawn: str, watch: Watch) -> bool:
    return play(Block({"source": read_lane(source)}, []), expression, read_lane(drawn), hot, watch) == read_lane(drawn)


@pytest.mark.parametrize("watch", [subscribing, consuming])
@pytest.mark.parametrize(
    ("source", "expression", "drawn"),
    [
        ("1--2|", SAME, "1--2|"),
        ("--1--#", SAME, "--1--#"),
        ("--1--2--", SAME, "--1--2--"),
        ("----", SAME, "----"),
        ("--a,'b c'----(1,[2])|", SAME, "--a,'b c'----(1,[2])|"),
        ("--1--|", "interval(2)", "--0-1-2"),
        ("--3---5----|", "source.merge(source)", "--3,3-5,5--|"),
    ],
)
def test_a_true_marble_passes(source: str, expression: str, drawn: str, watch: Watch) -> None:
    assert played_as(source, expression, drawn, watch)


@pytest.mark.parametrize("watch", [subscribing, consuming])
@pytest.mark.parametrize(
    "wrong",
    [
        *("--1--3--|", "--1---2-|", "--1--2---|", "--1--2-|", "--1--2|", "--1--2--#", "--1--2---", "--1-----|"),
        *("-----2--|", "--1,1--2-|", "--1,2---|", "--1.0--2-|", "--'1'-2-|", "--True-2-|", "--------|", "--#", "---"),
    ],
)
def test_a_wrong_marble_fails(wrong: str, watch: Watch) -> None:
    assert not played_as("--1--2--|", SAME, wrong, watch)


moments = st.lists(
    st.tuples(st.integers(1, 3), st.lists(st.sampled_from(["1", "12", "'a-b,c'", "word", "(1, 'a|')", "[]", "None"]))),
    max_size=4,
)


@given(moments, st.sampled_from(["", "|", "#", "-|", "--#", "--"]))
def test_a_lane_is_drawn_as_it_is_read(written: list[tuple[int, list[str]]], end: str) -> None:
    text = "".join("-" * gap + ",".join(tokens) for gap, tokens in written) + end
    lane = read_lane(text)
    assert draw_lane(lane) == text
    assert [mark.value for mark in lane.marks if mark.kind == "event"] == [
        repr(token) if token == "word" else token for _, tokens in written for token in tokens
    ]


@pytest.mark.parametrize("text", ["--|-", "--|1", "--1,", "--,1", "--1,,2", "--(1", "--1a", "--#|", "--.--"])
def test_a_lane_that_says_nothing_is_refused(text: str) -> None:
    with pytest.raises(DrawingError):
        read_lane(text)


@pytest.mark.parametrize("marks", [[(0.5, "1")], [(2, "123"), (4, "1")], [(2, "1"), (1, "1")]])
def test_what_has_no_column_is_not_drawn(marks: list[tuple[float, str]]) -> None:
    with pytest.raises(DrawingError):
        draw_lane(Diagram(tuple(Mark(time, "event", value) for time, value in marks), 9))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "numbers   --1--|",
        "numbers   --1--|\nmap(str)    --1--|",
        "numbers   --1--|\nnumbers   --1--|\nmap(str)   --1--|",
        "first()   --1|\nnumbers   --1--|",
        "numbers   --1--|\nfirst()",
        "numbers   --1--|\nfirst()\nlast()",
        "numbers   --1--|\n          --1--|",
    ],
)
def test_a_block_that_says_nothing_is_refused(text: str) -> None:
    with pytest.raises(DrawingError):
        read_block(text)
