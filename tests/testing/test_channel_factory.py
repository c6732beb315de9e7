"""channel_factory: what a test leaves open fails it, by name, whoever runs it; and everything is stopped."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from async_channel import Channel, Consumer, Overflow
from async_channel.testing import ChannelFactory, VirtualTime
from tests.testing.pytests import ANYIO, ASYNCIO, AUTO, OURS, STRICT, run_inner

pytest_plugins = ["pytester"]


class Tick:
    """An event."""


class Test:
    """What the fixture does around a test on virtual time, without pytest."""

    __test__ = False

    def __init__(self) -> None:
        self.factory = ChannelFactory()
        self.channel: Channel[int] = self.factory("Ticks", capacity=2)

    def leaves(self, body: Callable[[], Coroutine[Any, Any, object]]) -> list[str]:
        """What a coroutine function leaves open, as the fixture tells it; what it returns is kept until then."""
        with VirtualTime() as time:
            self.factory.begin(time.loop)
            self.kept = time.run(body())
            self.factory.end(time.loop)
            return time.run(self.factory.finish())


# ---- in this very run


@pytest.mark.virtual_time
async def test_it_makes_channels_as_the_class_does(channel_factory: ChannelFactory) -> None:
    ticks = channel_factory(Tick)
    assert (ticks.name, ticks.event_type, ticks.capacity) == ("Tick", Tick, 1024)
    assert channel_factory(Tick, "Ticker").name == "Ticker"
    named: Channel[int] = channel_factory("Numbers", capacity=3, replay=1)
    assert (named.name, named.event_type, named.capacity) == ("Numbers", None, 3)
    other: Channel[int] = channel_factory(name="Other")
    plain: Channel[int] = channel_factory()
    assert (other.name, plain.name) == ("Other", "Channel")
    assert repr(plain) == repr(Channel[int]()) == "<Channel 'Channel' sent=0>"
    assert isinstance(plain, Channel)
    with pytest.raises(ValueError, match=r"Channel\(capacity=\.\.\.\) takes at least 1, got 0"):
        _bad: Channel[int] = channel_factory("Bad", capacity=0)
    with pytest.raises(TypeError, match=r"Channel\(\.\.\.\) takes a name or a class of events first"):
        channel_factory(3)  # type: ignore[call-overload]  # as it should


def test_it_serves_a_plain_test_as_well(channel_factory: ChannelFactory, virtual_time: VirtualTime) -> None:
    ticks: Channel[int] = channel_factory("Ticks")
    seen: list[int] = []
    ticks.consume(seen.append)
    ticks.send_nowait(1)

    async def main() -> None:
        async with Consumer(ticks) as consumer:
            await ticks.send(2)
            assert await consumer.get() == 2

    virtual_time.run(main())


def test_a_plain_test_needs_no_loop(channel_factory: ChannelFactory) -> None:
    seen: list[int] = []
    ticks: Channel[int] = channel_factory("Ticks")
    ticks.subscribe(seen.append)
    ticks.send_nowait(1)
    assert seen == [1]


# ---- what is left open


def test_a_test_that_cleans_up_leaves_nothing() -> None:
    test = Test()
    seen: list[int] = []

    async def clean_up() -> None:
        try:
            await asyncio.sleep(1000)
        finally:
            for _ in range(5):  # a few turns of the loop after it was cancelled
                await asyncio.sleep(0)

    async def body() -> None:
        test.channel.consume(seen.append, name="callback")
        async with Consumer(test.channel) as consumer, Consumer(test.channel.map(str)) as strings:
            task = asyncio.create_task(consumer.get())
            await test.channel.send(1)
            assert (await task, await strings.get()) == (1, "1")
        await test.channel.send(2)
        cleaning = asyncio.create_task(clean_up())
        await asyncio.sleep(1)
        cleaning.cancel()

    assert test.leaves(body) == []
    assert seen == [1, 2], "callbacks finish what is pending"
    assert test.channel.is_stopped


def test_a_consumer_that_is_open_is_told_by_its_name_and_channel() -> None:
    test = Test()

    async def body() -> list[object]:
        return [
            Consumer(test.channel, name="direct"),
            Consumer(test.channel.map(str), name="pipeline"),
            Consumer(test.channel, overflow=Overflow.DROP_NEWEST),
            Consumer(test.channel.merge(test.channel.map(abs)), name="twice"),
        ]

    assert test.leaves(body) == [
        "consumer 'direct' of channel 'Ticks': close it, or use 'async with'",
        "consumer 'pipeline' of channel 'Ticks': close it, or use 'async with'",
        "consumer 'Ticks#2' of channel 'Ticks': close it, or use 'async with'",
        "consumer 'twice' of channel 'Ticks': close it, or use 'async with'",
    ]


def test_consumers_that_share_a_subscription_are_told_one_by_one() -> None:
    test = Test()

    async def body() -> list[object]:
        keyed = test.channel.key_by(lambda n: n % 2)
        return [Consumer(keyed[0], name="one"), Consumer(keyed[1], name="two")]

    assert test.leaves(body) == [
        "consumer 'one' of channel 'Ticks': close it, or use 'async with'",
        "consumer 'two' of channel 'Ticks': close it, or use 'async with'",
    ]


def test_a_consumer_that_was_forgotten_unclosed_is_told() -> None:
    test = Test()

    async def body() -> None:
        await test.channel.send(1)
        async for event in Consumer(test.channel, name="anonymous"):
            assert event == 1
            break
        piped = Consumer(test.channel.map(str), name="piped")
        await test.channel.send(2)
        assert await piped.get() == "2"

    what = "which nobody closed before it was forgotten: close it, or use 'async with'"
    assert test.leaves(body) == [
        f"consumer 'anonymous' of channel 'Ticks', {what}",
        f"consumer 'piped' of channel 'Ticks', {what}",
    ]


def test_a_channel_that_the_test_stopped_is_not_looked_at() -> None:
    test = Test()

    async def body() -> list[object]:
        left: list[object] = [Consumer(test.channel), Consumer(test.channel.map(str))]
        forgotten = Consumer(test.channel.map(str))
        assert forgotten.capacity == 1024
        del forgotten
        await test.channel.stop()
        return left

    assert test.leaves(body) == []


def test_a_consumer_whose_pipeline_has_ended_holds_nothing() -> None:
    test = Test()

    async def body() -> object:
        first = Consumer(test.channel.take(1))
        await test.channel.send(1)
        return first

    assert test.leaves(body) == []


def test_a_reader_that_waits_is_told() -> None:
    test = Test()

    async def body() -> list[object]:
        direct, piped = Consumer(test.channel, name="direct"), Consumer(test.channel.map(str), name="piped")
        test.channel.consume(print, name="callback")  # waits as well, and is the channel's own
        tasks = [asyncio.create_task(direct.get(), name="A"), asyncio.create_task(piped.get(), name="B")]
        await asyncio.sleep(1)
        return [direct, piped, *tasks]

    assert test.leaves(body) == [
        "consumer 'direct' of channel 'Ticks': close it, or use 'async with'",
        "consumer 'piped' of channel 'Ticks': close it, or use 'async with'",
        "a reader of channel 'Ticks', waiting for an event by consumer 'direct'",
        "a reader of channel 'Ticks', waiting for an event by consumer 'piped'",
        "task 'A' of Reader.get(): await it, or cancel it",
        "task 'B' of Reader.get(): await it, or cancel it",
    ]


def test_senders_that_wait_are_told_with_whom_they_wait_for() -> None:
    test = Test()

    async def body() -> list[object]:
        consumers = [Consumer(test.channel, name="slow"), Consumer(test.channel.map(str), capacity=1, name="slower")]
        tasks = [asyncio.create_task(test.channel.send(n), name=f"sender {n}") for n in range(3)]
        await asyncio.sleep(1)
        return [*consumers, *tasks]

    assert test.leaves(body)[2:] == [
        "2 senders of channel 'Ticks', waiting for room in consumer 'slower'",
        "task 'sender 1' of Sending.send(): await it, or cancel it",
        "task 'sender 2' of Sending.send(): await it, or cancel it",
    ]


def test_a_task_that_is_left_is_told_by_its_name_and_function_and_cancelled() -> None:
    test = Test()
    ended: list[str] = []

    async def work() -> None:
        try:
            await asyncio.sleep(1000)
        finally:
            ended.append("cancelled")

    async def body() -> asyncio.Task[None]:
        task = asyncio.create_task(work(), name="worker")
        await asyncio.sleep(1)
        return task

    assert test.leaves(body) == ["task 'worker' of work(): await it, or cancel it"]
    assert ended == ["cancelled"]


def test_a_callback_that_never_finishes_is_told_and_cancelled() -> None:
    test = Test()

    async def stuck(_: int) -> None:
        await asyncio.sleep(1000)

    async def body() -> None:
        test.channel.consume(stuck, name="stuck")
        await test.channel.send(1)
        await asyncio.sleep(1)

    assert test.leaves(body) == ["callback 'stuck' of channel 'Ticks', which did not finish within 10 s of its stop"]


def test_a_callback_may_take_its_time(caplog: pytest.LogCaptureFixture) -> None:
    test = Test()
    done: list[int] = []

    async def slow(event: int) -> None:
        await asyncio.sleep(4)
        done.append(event)

    below: Channel[int] = test.factory("Below")

    async def forward(event: int) -> None:
        await asyncio.sleep(4)
        await below.send(event)

    async def body() -> None:
        test.channel.consume(slow)
        test.channel.consume(forward)
        below.consume(done.append)
        await test.channel.send(1)
        await test.channel.send(2)

    with caplog.at_level(logging.ERROR):
        assert test.leaves(body) == []
    assert sorted(done) == [1, 1, 2, 2]
    assert not caplog.records, "channels are stopped in the order they were made, so that events still get down"


def test_what_was_there_before_the_test_is_not_its_own() -> None:
    test = Test()

    async def wait() -> None:
        await asyncio.sleep(1000)

    async def start() -> asyncio.Task[None]:
        task = asyncio.create_task(wait())
        await asyncio.sleep(0)
        return task

    with VirtualTime() as time:
        task = time.run(start())
        test.factory.begin(time.loop)
        test.factory.end(time.loop)
        assert time.run(test.factory.finish()) == []
        assert not task.done()


# ---- in tests that others run

LEAKS = """
@pytest.fixture
def ticks(channel_factory):
    channel = channel_factory("Ticks")
    consumer = Consumer(channel, name="of the fixture")
    yield channel
    consumer.close()

MARK
async def test_clean(ticks):
    async with Consumer(ticks) as consumer:
        await ticks.send(1)
        assert await consumer.get() == 1

async def work(): await asyncio.sleep(1000)

MARK
async def test_leaks(ticks):
    open = Consumer(ticks, name="open")
    ticks.left = [open, asyncio.create_task(work(), name="worker"), asyncio.create_task(open.get(), name="reader")]
    await asyncio.sleep(0)

MARK
async def test_fails(ticks):
    Consumer(ticks, name="not told")
    assert False, "fails by itself"

def test_plain(channel_factory):
    Consumer(channel_factory("Plain"), name="plain")
"""

RUNS = {
    "alone": ([OURS], "@pytest.mark.virtual_time"),
    "pytest-asyncio": ([OURS, ASYNCIO, STRICT], "@pytest.mark.asyncio"),
    "pytest-asyncio, virtual": ([OURS, ASYNCIO, STRICT], "@pytest.mark.virtual_time"),
    "pytest-asyncio, auto": ([OURS, ASYNCIO, STRICT, AUTO], ""),
    "pytest-asyncio, module": ([OURS, ASYNCIO, STRICT], "@pytest.mark.asyncio(loop_scope='module')"),
    "anyio": ([OURS, ANYIO], "@pytest.mark.anyio"),
    "anyio, virtual": ([OURS, ANYIO], "@pytest.mark.anyio\n@pytest.mark.virtual_time"),
}


@pytest.mark.parametrize("how", RUNS)
def test_leaks_fail_a_test_whoever_runs_it_and_clean_fixtures_do_not(pytester: pytest.Pytester, how: str) -> None:
    plugins, mark = RUNS[how]
    result = run_inner(pytester, LEAKS.replace("MARK", mark), *plugins)
    result.assert_outcomes(passed=3, failed=1, errors=2)
    result.stdout.fnmatch_lines(
        [
            "*ERROR at teardown of test_leaks*",
            "the test is over, and it left open:",
            "  consumer 'open' of channel 'Ticks': close it, or use 'async with'",
            "  a reader of channel 'Ticks', waiting for an event by consumer 'open'",
            "  task 'reader' of Reader.get(): await it, or cancel it",
            "  task 'worker' of work(): await it, or cancel it",
            "*ERROR at teardown of test_plain*",
            "  consumer 'plain' of channel 'Plain', which nobody closed before it was forgotten: close it, or use *",
            "*AssertionError: fails by itself*",
        ]
    )
    result.stdout.no_fnmatch_line("*not told*of channel*")
    result.stdout.no_fnmatch_line("*of the fixture' of channel*")
