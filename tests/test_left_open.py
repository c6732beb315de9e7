"""What is left open warns, with where it was made; what is not, or is seen to by somebody else, does not."""

from __future__ import annotations

import asyncio
import gc
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from async_channel import Channel, ChannelKey, Channels, Consumer, Overflow, Producer, event, from_iterable
from async_channel.testing.leaks import ChannelFactory
from tests import blocks
from tests.support import run

HERE = __file__
ROOT = Path(__file__).parents[1]
Warned = list[warnings.WarningMessage]


@pytest.fixture(name="warned")
def _warned(alone: None) -> Iterator[Callable[[], Warned]]:
    """What has been warned of so far, once the garbage is collected."""
    with warnings.catch_warnings(record=True) as record:
        warnings.simplefilter("always")

        def collected() -> Warned:
            gc.collect()
            found = record.copy()
            record.clear()
            return found

        yield collected


Collected = Callable[[], Warned]


def line_of(text: str) -> int:
    """The line of this file that ends with a comment."""
    (line,) = (number for number, line in enumerate(Path(HERE).read_text().splitlines(), 1) if line.endswith(text))
    return line


def test_a_consumer_that_is_forgotten_says_where_it_was_made(warned: Collected) -> None:
    channel: Channel[int] = Channel("Numbers")
    Consumer(channel, name="mine")  # here: direct
    (one,) = warned()
    line = line_of("# here: " + "direct")
    assert str(one.message) == (
        f"consumer 'mine' of channel 'Numbers' was left open, made at {HERE}:{line}: close it, or use 'async with'"
    )
    assert (one.category, one.filename, one.lineno) == (ResourceWarning, HERE, line)
    assert channel.stats().consumers == ()  # and it holds nobody up


@pytest.mark.parametrize("overflow", list(Overflow))
def test_below_operators_it_names_the_channels_that_go_on(warned: Collected, overflow: Overflow) -> None:
    numbers, others, ended = (Channel[int](name) for name in ("Numbers", "Others", "Ended"))
    Consumer(numbers.merge(others, ended).map(abs), name="mine", overflow=overflow)
    (one,) = warned()
    assert "consumer 'mine' of channels 'Numbers' and 'Others' and 'Ended' was left open" in str(one.message)
    consumer = Consumer(numbers.merge(others, ended).map(abs), name="mine", overflow=overflow)
    ended.on_completed()
    numbers.on_completed()
    del consumer
    (one,) = warned()
    assert "consumer 'mine' of channel 'Others' was left open" in str(one.message)
    Consumer(others, name="mine", overflow=overflow)
    (one,) = warned()
    assert "consumer 'mine' of channel 'Others' was left open" in str(one.message)


def test_closed_or_ended_it_is_silent(warned: Collected) -> None:
    async def main() -> None:
        channel: Channel[int] = Channel("Numbers")
        Consumer(channel).close()
        async with Consumer(channel.map(abs)):
            pass
        consumers = [Consumer(channel), Consumer(channel.map(abs)), Consumer(from_iterable([1]))]
        assert [number async for number in consumers[2]] == [1]
        await channel.send(1)
        await channel.stop()
        del consumers

    run(main())
    assert warned() == []


def test_what_could_not_be_made_is_silent(warned: Collected) -> None:
    wrong: Any = 3
    for bad in (
        lambda: Consumer(wrong),
        lambda: Consumer(Channel[int](), capacity=0),
        lambda: Channel(wrong),
        lambda: Channel(capacity=0),
        lambda: Channel(synchronized=wrong),
    ):
        with pytest.raises((TypeError, ValueError)):
            bad()
    assert Channel.__new__(Channel) is not None
    assert Consumer.__new__(Consumer) is not None
    assert warned() == []


def test_a_started_channel_that_is_forgotten_says_where_it_was_made(warned: Collected) -> None:
    async def main() -> None:
        await Channel[int]("Numbers").start()  # here: started

    run(main())
    (one,) = warned()
    line = line_of("# here: " + "started")
    assert str(one.message) == (f"channel 'Numbers' was left open, made at {HERE}:{line}: stop it, or use 'async with'")
    assert (one.category, one.filename, one.lineno) == (ResourceWarning, HERE, line)


@event
class Tick:
    price: float


class TicksChannel(Channel[Tick]):
    """Made by a class of its own, and by a name."""


TICKS = ChannelKey("Ticks", Tick)


def ran(channel: Channel[Tick]) -> Any:
    return channel.run()


def entered(channel: Channel[Tick]) -> Any:
    return channel.__aenter__()


async def in_a_registry(_: Channel[Tick]) -> None:
    _ = Channels().open(TICKS)


@pytest.mark.parametrize("begin", [ran, entered, in_a_registry])
def test_however_it_was_begun(warned: Collected, begin: Callable[[Channel[Tick]], Any]) -> None:
    async def main() -> None:
        await begin(TicksChannel())

    run(main())
    (one,) = warned()
    assert str(one.message).startswith(f"channel 'Ticks' was left open, made at {HERE}:")


def test_with_a_callback_it_was_begun(warned: Collected) -> None:
    channel = TicksChannel()
    channel.consume(lambda _: None)
    del channel
    (one,) = warned()
    assert "channel 'Ticks' was left open" in str(one.message)


def test_channels_opened_without_a_loop_are_begun_by_the_start(warned: Collected) -> None:
    channels = Channels()
    _ = channels.open(TICKS)
    del channels, _
    assert warned() == []
    channels = Channels()
    assert channels.open(TICKS).name == "Ticks"
    run(channels.start())
    del channels
    (one,) = warned()
    assert "channel 'Ticks' was left open" in str(one.message)


def test_stopped_or_never_begun_it_is_silent(warned: Collected) -> None:
    async def main() -> None:
        subject = Channel[int]("Subject")
        subject.subscribe(lambda _: None)
        subject.on_next(1)
        Producer(Channel[int]("Sent to")).send_nowait(1)
        async with Channel[int]("Left") as channel:
            channel.consume(lambda _: None)
        for place in range(3):
            ended = Channel[int]("Ended")
            await ended.start()
            (ended.on_completed, ended.dispose, partial(ended.on_error, OSError()))[place]()
        async with Channels() as channels:
            _ = channels.open(TICKS)
        closed = Channel[int]("Closed")
        closed.consume(lambda _: None).close()
        await asyncio.sleep(1)

    run(main())
    assert warned() == []


def test_who_traces_allocations_is_told_what_it_was(warned: Collected) -> None:
    channel = Channel[int]("Numbers")
    Consumer(channel)
    channel.consume(lambda _: None)
    del channel
    assert [type(one.source) for one in warned()] == [Consumer]
    assert [type(one.source) for one in warned()] == [Channel]  # that held it


@pytest.mark.usefixtures("alone")
def test_as_an_error_it_still_lets_go(monkeypatch: pytest.MonkeyPatch) -> None:
    raised: list[Any] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda unraisable: raised.append(unraisable.exc_value))
    channel: Channel[int] = Channel("Numbers", capacity=1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Consumer(channel, capacity=1)
        gc.collect()
    assert [type(error) for error in raised] == [ResourceWarning]
    assert channel.stats().consumers == ()
    channel.send_nowait(1)
    channel.send_nowait(2)


def test_what_the_factory_of_tests_watches_is_told_once(warned: Collected) -> None:
    async def main() -> None:
        factory = ChannelFactory()
        channel: Channel[int] = factory("Numbers")
        await channel.start()
        Consumer(channel, name="mine")
        Consumer(channel.map(abs), name="piped")
        said = await factory.finish()
        assert [line.partition(" of")[0] for line in said] == ["consumer 'mine'", "consumer 'piped'"]

    run(main())
    assert warned() == []


PROGRAM = """\
from async_channel import Channel, Consumer
channel = Channel("Numbers")
channel.consume(print)
consumer = Consumer(channel, name="mine")
"""


@pytest.mark.real_time
def test_what_is_left_at_the_end_of_a_program_is_told_too() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "always::ResourceWarning", "-c", PROGRAM], capture_output=True, text=True, check=True
    )
    assert "channel 'Numbers' was left open, made at <string>:2: stop it" in done.stderr
    assert "consumer 'mine' of channel 'Numbers' was left open, made at <string>:4: close it" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.real_time
def test_by_default_python_shows_nothing() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    assert done.stderr == ""


PAGES = [page for page in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))) if blocks.blocks_of(page)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_page_leaves_anything_open(page: Path, warned: Collected, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[dict[str, Any]] = []
    module_namespace = blocks.module_namespace

    def watched_namespace(name: str) -> dict[str, Any]:
        made.append(module_namespace(name))
        return made[-1]

    monkeypatch.setattr(blocks, "module_namespace", watched_namespace)
    blocks.run_page(page)
    for names in made:  # a cache may hold one of its classes, and that all the others
        names.clear()
    assert [str(one.message) for one in warned() if "was left open" in str(one.message)] == []
