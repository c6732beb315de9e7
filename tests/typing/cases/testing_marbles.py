"""The testing kit's marbles: what a drawn stream is of, and to which channel it can be played."""

from typing import reveal_type

from reactivex import Observable

from async_channel import Channel, Consumer, Producer, Stream
from async_channel.testing import Diagram, Mark, assert_marbles, expect_marbles, marbles, play_marbles
from tests.typing.cases._events import Order, Tick


def sources(tick: Tick, order: Order, prices: dict[str, float]) -> None:
    reveal_type(marbles("a-b|"))  # expect: Stream[str]
    reveal_type(marbles("a-b|", unit=0.1, error=ValueError))  # expect: Stream[str]
    reveal_type(marbles("a-b|", None))  # expect: Stream[str]
    reveal_type(marbles("a-b|", {"a": tick}))  # expect: Stream[Tick]
    reveal_type(marbles("a-b|", {"a": tick}).map(lambda t: t.price))  # expect: Stream[float]
    reveal_type(marbles("a-b|", prices))  # expect: Stream[float]
    reveal_type(marbles("a-b|").map(str.upper).map(len))  # expect: Stream[int]
    _either: Stream[Tick | Order] = marbles("a-b|", {"a": tick, "b": order})
    reveal_type(Diagram.parse("a-b|"))  # expect: Diagram
    reveal_type(Diagram.parse("a-b|").end)  # expect: Mark | None
    reveal_type(Mark(1.0, "event").value)  # expect: object


def sources_refused(tick: Tick) -> None:
    _upper = marbles("a-b|").map(lambda text: text.nope)  # error: attr-defined  # pyright-error: reportAttributeAccessIssue
    _cost = marbles("a|", {"a": tick}).map(lambda t: t.nope)  # error: attr-defined  # pyright-error: reportAttributeAccessIssue
    _numbers: Stream[int] = marbles("a|")  # error: assignment  # pyright-error: reportAssignmentType
    _ticks: Stream[int] = marbles("a|", {"a": tick})  # error: dict-item  # pyright-error: reportAssignmentType
    _key = marbles("a|", {1: tick})  # error: dict-item  # pyright-error: reportCallIssue, reportArgumentType
    _unit = marbles("a|", unit="1")  # error: call-overload  # pyright-error: reportArgumentType
    _error = marbles("a|", error=KeyboardInterrupt)  # error: arg-type  # pyright-error: reportArgumentType
    _place = marbles("a|", None, 0.1)  # error: call-overload  # pyright-error: reportCallIssue
    _kind = Mark(1.0, "end")  # error: arg-type  # pyright-error: reportArgumentType


async def playing(letters: Channel[str], ticks: Channel[Tick], either: Producer[Tick | Order], tick: Tick) -> None:
    await play_marbles(letters, "a-b|")
    await play_marbles(Producer(letters), "a-b")
    await play_marbles(ticks, "a-b|", {"a": tick, "b": tick})
    await play_marbles(ticks, "--|", {})
    await play_marbles(either, "a-b", {"a": tick})


async def playing_refused(letters: Channel[str], ticks: Channel[Tick], stream: Stream[str], tick: Tick) -> None:
    await play_marbles(ticks, "a-b|")  # error: arg-type  # pyright-error: reportArgumentType
    await play_marbles(letters, "a|", {"a": tick})  # error: misc  # pyright-error: reportCallIssue, reportArgumentType
    await play_marbles(ticks, "a|", {"a": "a"})  # error: misc  # pyright-error: reportCallIssue, reportArgumentType
    await play_marbles(stream, "a|")  # error: call-overload  # pyright-error: reportArgumentType


async def expectations(
    ticks: Channel[Tick], consumer: Consumer[Tick], numbers: Observable[int], stream: Stream[str], tick: Tick
) -> None:
    assert_marbles(stream, "a-b|")
    assert_marbles(ticks, "a-b|", {"a": tick}, unit=0.1, error=ValueError("no"))
    assert_marbles(numbers, "---")
    await expect_marbles(consumer, "a-b#", {"a": tick}, error=ValueError)
    await expect_marbles(numbers, "a-!", {"a": 1})


async def expectations_refused(stream: Stream[str], texts: list[str]) -> None:
    assert_marbles(texts, "a-b|")  # error: arg-type  # pyright-error: reportArgumentType
    assert_marbles(stream, None)  # error: arg-type  # pyright-error: reportArgumentType
    assert_marbles(stream, "a|", error="no")  # error: arg-type  # pyright-error: reportArgumentType
    await expect_marbles("a-b|", stream)  # error: arg-type  # pyright-error: reportArgumentType
    expect_marbles(stream, "a|")  # error: unused-coroutine  # pyright-error: reportUnusedCoroutine
