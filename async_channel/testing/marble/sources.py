"""Streams that are drawn: to subscribe to, or sent to a channel."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TypeVar, overload

from async_channel import Channel, Producer, Stream, clock
from async_channel.pictures.diagrams import Mark, pointing
from async_channel.testing.marble.meanings import ErrorLike, read
from async_channel.testing.marble.playing import cold, error_of, play

T = TypeVar("T")

__tracebackhide__ = True  # what pytest shows is the test


@overload
def marbles(diagram: str, values: None = None, *, unit: float = 1.0, error: ErrorLike | None = None) -> Stream[str]: ...


@overload
def marbles(
    diagram: str, values: Mapping[str, T], *, unit: float = 1.0, error: ErrorLike | None = None
) -> Stream[T]: ...


def marbles(
    diagram: str, values: Mapping[str, object] | None = None, *, unit: float = 1.0, error: ErrorLike | None = None
) -> Stream[object]:
    """A stream in which happens what is drawn, from each subscription on, on the running loop's clock.

    >>> from async_channel.testing import assert_marbles, marbles
    >>> prices = marbles("a-b-(bc)-|", {"a": 1.0, "b": 4.0, "c": 2.0})
    >>> assert_marbles(prices.pairwise().starmap(lambda a, b: b - a), "--x-(yz)-|", {"x": 3.0, "y": 0.0, "z": -2.0})

    In any moment its events come before what operators do at that time because of earlier ones, as with Rx's
    TestScheduler. A consumer that is full holds them back: they come as soon as it has room.

    Args:
        diagram: such as ``"a-b-(cd)-|"``. Without an end the stream never ends.
        values: what each letter or digit stands for; None if each stands for itself.
        unit: seconds a frame, above 0. What two sums of fractions make of one time may differ in the last digit; where
            order within a moment matters take a unit such as 1.0, 0.5 or 0.125.
        error: what ``#`` stands for: an exception, or a class that can be called without arguments.

    Raises:
        TypeError: an argument is of another type.
        ValueError: the diagram says nothing that can happen, has an event that is not in values, or a ``!``, which is
            for the observer to do; a caret shows where.
        NotStarted: at the subscription, when no event loop is running.

    The idea is that of RxJS's ``cold``.
    """
    return cold(_to_play("marbles", diagram, values, unit, error)[0])


@overload
async def play_marbles(
    channel: Channel[str] | Producer[str],
    diagram: str,
    values: None = None,
    *,
    unit: float = 1.0,
    error: ErrorLike | None = None,
) -> None: ...


@overload
async def play_marbles(
    channel: Channel[T] | Producer[T],
    diagram: str,
    values: Mapping[str, T],
    *,
    unit: float = 1.0,
    error: ErrorLike | None = None,
) -> None: ...


async def play_marbles(
    channel: Channel[T] | Producer[T],
    diagram: str,
    values: Mapping[str, T] | None = None,
    *,
    unit: float = 1.0,
    error: ErrorLike | None = None,
) -> None:
    """Send to a channel what is drawn, at the times counted from now; complete it at ``|``, fail it at ``#``.

    >>> import asyncio, math
    >>> from async_channel import Channel, clock
    >>> from async_channel.testing import expect_marbles, play_marbles
    >>> async def test() -> None:
    ...     words: Channel[str] = Channel("Words")
    ...     async with asyncio.TaskGroup() as group:
    ...         group.create_task(play_marbles(words, "-a-b--|"))
    ...         await expect_marbles(words.delay(2.0), "---a-b--|")
    >>> clock.run(test(), speed=math.inf)

    It returns at the end that is drawn, or when the time of the whole diagram has passed, so that another can follow.
    Where the channel is full it waits as `send` does, and what is late then comes at once. Who begins to listen beside
    it in another task gets the events of frame 0 as well.

    Args:
        channel: where to send: a Channel; or a Producer, which can't end it, so that no end may be drawn.
        diagram: as that of `marbles`.
        values: as those of `marbles`. ``{}`` where nothing but an end is drawn for a channel of something else.
        unit: seconds a frame, above 0.
        error: as that of `marbles`.

    Raises:
        TypeError, ValueError: as `marbles`.
        ChannelClosed: somebody stopped the channel meanwhile.

    The idea is that of RxJS's ``hot``.
    """
    if not isinstance(channel, Channel | Producer):
        raise TypeError(f"play_marbles() sends to a Channel or a Producer, got {channel!r}")
    marks, width = _to_play("play_marbles", diagram, values, unit, error)
    ends = bool(marks) and marks[-1].kind != "event"
    if ends and not isinstance(channel, Channel):
        at = max(diagram.rfind("|"), diagram.rfind("#"))
        raise ValueError(pointing("a Producer can't end its channel: give play_marbles() the channel", diagram, at))
    start = asyncio.get_running_loop().time()
    await play(channel, marks, start)
    if not ends:
        await clock.sleep_until_loop_time(start + width)


def _to_play(
    where: str, diagram: str, values: Mapping[str, object] | None, unit: float, error: ErrorLike | None
) -> tuple[list[Mark], float]:
    """What is to be played, and how long it is (seconds)."""
    parsed, values, error = read(where, diagram, values, unit, error)
    if parsed.end is not None and parsed.end.kind == "cancellation":
        raise ValueError(
            pointing(f"'!' is what an observer does: {where}() can't play it", diagram, diagram.rindex("!"))
        )
    played: list[Mark] = []
    for mark in parsed.marks:
        if mark.kind == "event":
            played.append(Mark(mark.time, "event", values.get(str(mark.value), mark.value)))
        else:
            played.append(Mark(mark.time, mark.kind, error) if mark.kind == "error" else mark)
    if parsed.end is not None and parsed.end.kind == "error":
        error_of(played[-1])  # where the class can't be called without arguments, say so now
    return played, parsed.width
