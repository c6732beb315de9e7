"""The marbles in the docstrings of the operators and sources are true: each is played, and gives what it draws."""

from __future__ import annotations

import ast
import asyncio
import contextlib
import inspect
import re
from collections.abc import AsyncIterator, Callable, Coroutine
from functools import partial
from typing import Any, TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reactivex import operators as ops

import async_channel
from async_channel import Channel, Consumer, Keyed, Stream, clock, from_iterable, interval, timer
from tests.marbles import Block, Lane, MarbleError, Mark, blocks_of, draw_lane, read_block, read_lane
from tests.support import run

Watch: TypeAlias = Callable[[Stream[Any], Callable[[Mark], None]], Coroutine[Any, Any, None]]

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


def play(block: Block, expression: str, drawn: Lane, watch: Watch) -> Lane:
    """What an expression over the sources of a block really gives, watched for as long as is drawn."""

    async def main() -> list[Mark]:
        channels = {name: Channel[Any](name) for name in block.sources}
        for channel in channels.values():
            async with Consumer(channel):  # the channel's first consumer: no other gets what came before it
                pass
        # These timers are made before all others: in any moment the sources come first.
        for name, lane in block.sources.items():
            for mark in lane.marks:
                asyncio.get_running_loop().call_at(mark.time, partial(happen, channels[name], mark))
        seen: list[Mark] = []
        watching = asyncio.ensure_future(watch(stream_of(expression, channels), seen.append))
        longest = max(lane.width for lane in (drawn, *block.sources.values()))
        await clock.sleep_until(longest + LONG if drawn.ended else drawn.width - 0.5)
        watching.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watching
        return seen

    return Lane(tuple(run(main())), drawn.width)


def stream_of(expression: str, channels: dict[str, Channel[Any]]) -> Stream[Any]:
    """An expression that does not begin with something known is an operator on the first source."""
    known = {**NAMES, **channels}
    beginning = re.match(r"\w*", expression)
    assert beginning is not None
    whole = expression if beginning[0] in known else f"{next(iter(channels))}.{expression}"
    stream = eval(whole, known)
    assert isinstance(stream, Stream)
    return stream


def happen(channel: Channel[Any], mark: Mark) -> None:
    if mark.kind == "event":
        channel.on_next(ast.literal_eval(mark.value))
    elif mark.kind == "end":
        channel.on_completed()
    else:
        channel.on_error(RuntimeError("as drawn"))


async def subscribing(stream: Stream[Any], see: Callable[[Mark], None]) -> None:
    subscription = stream.subscribe(
        lambda event: see(Mark(clock.now(), "event", repr(event))),
        lambda _: see(Mark(clock.now(), "error")),
        lambda: see(Mark(clock.now(), "end")),
    )
    with subscription:
        await asyncio.get_running_loop().create_future()


async def consuming(stream: Stream[Any], see: Callable[[Mark], None]) -> None:
    async with Consumer(stream) as events:
        try:
            async for event in events:
                see(Mark(clock.now(), "event", repr(event)))
        except Exception:
            see(Mark(clock.now(), "error"))
        else:
            see(Mark(clock.now(), "end"))


def shown(lane: Lane) -> str:
    try:
        return draw_lane(lane)
    except MarbleError:
        return f"{lane.marks}, which can't be drawn"


# ---- the docstrings


@pytest.mark.parametrize("name", DOCSTRINGS)
def test_an_operator_has_a_marble_or_an_example_that_runs(name: str) -> None:
    assert blocks_of(DOCSTRINGS[name]) or ">>> " in DOCSTRINGS[name]


@pytest.mark.parametrize("watch", [subscribing, consuming])
@pytest.mark.parametrize("name", [name for name, text in DOCSTRINGS.items() if "::\n" in text])
def test_an_operator_gives_what_its_marble_draws(name: str, watch: Watch) -> None:
    blocks = blocks_of(DOCSTRINGS[name])
    assert blocks
    for block in blocks:
        for expression, drawn in block.results:
            played = play(block, expression, drawn, watch)
            assert played == drawn, f"{expression} gives {shown(played)}"


# ---- the marbles themselves

SAME = "map(lambda event: event)"


def played_as(source: str, expression: str, drawn: str, watch: Watch) -> bool:
    return play(Block({"source": read_lane(source)}, []), expression, read_lane(drawn), watch) == read_lane(drawn)


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
    with pytest.raises(MarbleError):
        read_lane(text)


@pytest.mark.parametrize("marks", [[(0.5, "1")], [(2, "123"), (4, "1")], [(2, "1"), (1, "1")]])
def test_what_has_no_column_is_not_drawn(marks: list[tuple[float, str]]) -> None:
    with pytest.raises(MarbleError):
        draw_lane(Lane(tuple(Mark(time, "event", value) for time, value in marks), 9))


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
    with pytest.raises(MarbleError):
        read_block(text)
