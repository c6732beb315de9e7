"""Marbles that are played into a channel."""

from __future__ import annotations

import asyncio
import math

import pytest

from async_channel import Channel, ChannelClosed, Consumer, Producer, clock
from async_channel.testing import marbles, play_marbles
from tests.support import run
from tests.testing.marble_records import Seen, seen_of


def test_a_channel_is_sent_what_is_drawn_and_completed() -> None:
    async def main() -> tuple[Seen, float, bool]:
        channel: Channel[str] = Channel("Letters")
        watching = asyncio.ensure_future(seen_of(channel))
        await play_marbles(channel, "a-b-(cd)-|")
        return await watching, clock.now(), channel.is_stopped

    assert run(main()) == ([(0, "a"), (2, "b"), (4, "c"), (4, "d"), (9, "|")], 9, True)


def test_an_error_ends_the_channel_with_it() -> None:
    async def main() -> Exception | None:
        channel: Channel[int] = Channel("Numbers")
        await play_marbles(channel, "-a#", {"a": 1}, error=ZeroDivisionError("by zero"))
        assert channel.stats().sent == 1
        return channel.exception

    error = run(main())
    assert isinstance(error, ZeroDivisionError)
    assert error.args == ("by zero",)


def test_one_diagram_follows_another_when_it_is_over() -> None:
    async def main() -> Seen:
        channel: Channel[str] = Channel("Letters")
        watching = asyncio.ensure_future(seen_of(channel))
        await play_marbles(channel, "a--")
        await play_marbles(channel, "-", unit=10.0)
        await play_marbles(channel, "b-|")
        return await watching

    assert run(main()) == [(0, "a"), (13, "b"), (15, "|")]


def test_a_producer_sends_and_cannot_end() -> None:
    async def main() -> Seen:
        channel: Channel[str] = Channel("Letters")
        watching = asyncio.ensure_future(seen_of(channel.take(2)))
        await play_marbles(Producer(channel), "-a-b--")
        with pytest.raises(ValueError) as refused:
            await play_marbles(Producer(channel), "-a-|")
        assert str(refused.value) == (
            "a Producer can't end its channel: give play_marbles() the channel\n    -a-|\n       ^"
        )
        assert clock.now() == 6
        return await watching

    assert run(main()) == [(1, "a"), (3, "b"), (3, "|")]


def test_it_waits_for_room_as_send_does_and_is_late_then(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> tuple[list[str], float, int]:
        channel: Channel[str] = Channel("Letters", capacity=2)
        async with Consumer(channel) as consumer:
            playing = asyncio.ensure_future(play_marbles(channel, "(abcd)--|"))
            await asyncio.sleep(50)
            waits = channel.stats().waits
            letters = [letter async for letter in consumer]
            await playing
            return letters, clock.now(), waits

    assert run(main()) == (["a", "b", "c", "d"], 50, 1)
    assert not caplog.records  # of what a timer raised


def test_what_it_sends_comes_before_what_operators_do_at_that_moment() -> None:
    async def main() -> Seen:
        channel: Channel[str] = Channel("Letters")
        watching = asyncio.ensure_future(seen_of(channel.debounce(2.0)))
        await asyncio.sleep(0)
        await play_marbles(channel, "a-b--|")
        return await watching

    assert run(main()) == [(4, "b"), (5, "|")]


def test_it_says_when_somebody_else_stopped_the_channel() -> None:
    async def main() -> float:
        channel: Channel[str] = Channel("Letters")
        playing = asyncio.ensure_future(play_marbles(channel, "a--b--c"))
        await asyncio.sleep(1)
        await channel.stop()
        with pytest.raises(ChannelClosed):
            await playing
        return clock.now()

    assert run(main()) == 3


def test_when_it_is_cancelled_nothing_more_is_sent() -> None:
    async def main() -> int:
        channel: Channel[str] = Channel("Letters")
        playing = asyncio.ensure_future(play_marbles(channel, "a--b--c"))
        await asyncio.sleep(4)
        playing.cancel()
        await asyncio.wait([playing])
        await asyncio.sleep(10)
        return channel.stats().sent

    assert run(main()) == 2


def test_what_is_due_in_the_moment_of_its_cancellation_is_not_sent() -> None:
    async def main() -> tuple[int, list[object]]:
        channel: Channel[str] = Channel("Letters")
        playing = asyncio.ensure_future(play_marbles(channel, "a-b"))
        loop = asyncio.get_running_loop()
        unhandled: list[object] = []
        loop.set_exception_handler(lambda _, context: unhandled.append(context))
        loop.call_at(2.0, playing.cancel)
        await asyncio.wait([playing])
        return channel.stats().sent, unhandled

    assert run(main()) == (1, [])


def test_it_plays_in_real_time_too() -> None:
    async def main() -> list[str]:
        channel: Channel[str] = Channel("Letters")
        async with Consumer(channel) as consumer:
            await play_marbles(channel, "a(bcdefghi)-|", unit=1e-4)
            return [letter async for letter in consumer]

    assert asyncio.run(main()) == list("abcdefghi")
    assert clock.run(main(), speed=1000.0) == list("abcdefghi")


@pytest.mark.parametrize("wrong", [None, "a-b", marbles("a|"), math.inf])
def test_only_to_a_channel_or_a_producer_is_sent(wrong: object) -> None:
    async def main() -> None:
        await play_marbles(wrong, "a|")  # type: ignore[call-overload]  # that is the point

    with pytest.raises(TypeError, match="sends to a Channel or a Producer"):
        run(main())


def test_what_cannot_be_played_into_a_channel_is_refused() -> None:
    async def main(diagram: str) -> None:
        await play_marbles(Channel[str]("Letters"), diagram)

    with pytest.raises(ValueError, match=r"play_marbles\(\) can't play it"):
        run(main("a-!"))
    with pytest.raises(ValueError, match="is not closed"):
        run(main("a-(b"))
