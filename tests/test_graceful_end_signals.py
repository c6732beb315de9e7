"""A program that is asked to end: what is pending is handled, and the program goes on to its last line."""

from __future__ import annotations

import asyncio
import math
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from async_channel import Channel, ChannelClosed, ChannelKey, Channels, ConsumersFailed, Leftover, clock, stop_on_signal
from tests.support import run

NUMBERS = ChannelKey("Numbers", int)
Run = Callable[[Coroutine[Any, Any, Any]], Any]
RUNS = [
    pytest.param(asyncio.run, marks=pytest.mark.real_time, id="asyncio"),
    pytest.param(lambda main: clock.run(main, speed=1000), marks=pytest.mark.real_time, id="scaled"),
    pytest.param(lambda main: clock.run(main, speed=math.inf), id="virtual"),
]
BOTH = [signal.SIGINT, signal.SIGTERM]


@pytest.fixture(autouse=True)
def _handlers_are_put_back() -> Any:
    # What a script starts in the background ignores the interrupt: so may whoever runs these tests.
    interrupted = signal.signal(signal.SIGINT, signal.default_int_handler)
    before = [signal.getsignal(number) for number in BOTH]
    yield
    assert [signal.getsignal(number) for number in BOTH] == before
    assert signal.set_wakeup_fd(-1) == -1
    signal.signal(signal.SIGINT, interrupted)


def taking(seconds: float, handled: list[int]) -> Callable[[int], Coroutine[Any, Any, None]]:
    async def handle(number: int) -> None:
        await asyncio.sleep(seconds)
        handled.append(number)

    return handle


@pytest.mark.parametrize("number", BOTH)
@pytest.mark.parametrize("start", RUNS)
def test_what_is_pending_is_handled_and_the_program_goes_on(start: Run, number: signal.Signals) -> None:
    async def main() -> str:
        handled: list[int] = []
        async with Channels() as channels:
            numbers = channels.open(NUMBERS)
            numbers.consume(taking(0.001, handled))
            async with stop_on_signal(channels, timeout=60) as ending:
                await numbers.send_many([1, 2, 3])
                signal.raise_signal(number)
                await asyncio.Event().wait()
            assert handled == [1, 2, 3]
            assert numbers.is_stopped
        task = asyncio.current_task()
        assert task is not None
        assert task.cancelling() == 0
        await asyncio.sleep(0.001)
        assert (ending.signal, ending.leftovers) == (number, ())
        assert len(asyncio.all_tasks()) == 1
        return "the last line"

    assert start(main()) == "the last line"


@pytest.mark.parametrize("many", [False, True])
def test_what_is_not_handled_in_time_is_left(many: bool) -> None:
    async def main() -> None:
        handled: list[int] = []
        channels = Channels()
        numbers, others = channels.open(NUMBERS), Channel[int]("Others")
        numbers.consume(taking(10, handled), name="slow")
        others.consume(taking(10, handled), name="slower")
        async with stop_on_signal(channels if many else numbers, others, timeout=15) as ending:
            await numbers.send_many([1, 2, 3])
            await others.send(4)
            signal.raise_signal(signal.SIGTERM)
            await asyncio.sleep(3600)
        assert asyncio.get_running_loop().time() == 15
        assert ending.leftovers == (Leftover(channel="Numbers", consumer="slow", pending=1, in_flight=1, event=2),)
        assert sorted(handled) == [1, 4]

    run(main())


def test_a_second_signal_waits_no_longer_and_a_third_one_is_not_heard() -> None:
    heard: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, _: heard.append(number))

    async def main() -> None:
        numbers: Channel[int] = Channel("Numbers")

        async def slow(_: int) -> None:
            try:
                await asyncio.sleep(3600)
            finally:
                signal.raise_signal(signal.SIGTERM)
                await asyncio.sleep(1)

        numbers.consume(slow, name="slow")
        await numbers.send_many([1, 2])
        loop = asyncio.get_running_loop()
        loop.call_later(5, signal.raise_signal, signal.SIGINT)
        loop.call_later(7, signal.raise_signal, signal.SIGTERM)
        async with stop_on_signal(numbers, timeout=None) as ending:
            await asyncio.sleep(3600)
        assert loop.time() == 8
        assert ending.signal is signal.SIGINT
        assert [(one.pending, one.event) for one in ending.leftovers] == [(1, 1)]
        assert len(asyncio.all_tasks()) == 1

    try:
        run(main())
    finally:
        signal.signal(signal.SIGTERM, before)
    assert heard == [signal.SIGTERM]


def test_without_a_signal_it_does_nothing() -> None:
    async def main() -> None:
        numbers: Channel[int] = Channel("Numbers")
        async with stop_on_signal(numbers) as ending:
            await asyncio.sleep(1)
        assert (ending.signal, ending.leftovers) == (None, ())
        await numbers.send(1)
        with pytest.raises(OSError, match="cable"):
            async with stop_on_signal(numbers):
                raise OSError("cable")
        await numbers.send(2)
        await numbers.stop()

    run(main())


def test_a_signal_that_comes_as_the_block_is_left_does_what_it_did_before() -> None:
    heard: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, _: heard.append(number))

    async def main() -> None:
        async with stop_on_signal(Channel("Numbers")) as ending:
            signal.raise_signal(signal.SIGTERM)
        assert heard == []
        await asyncio.sleep(1)
        assert ending.signal is None

    try:
        run(main())
    finally:
        signal.signal(signal.SIGTERM, before)
    assert heard == [signal.SIGTERM]


@pytest.mark.parametrize("catches", [ChannelClosed, asyncio.CancelledError])
def test_a_body_may_catch_what_ends_it(catches: type[BaseException]) -> None:
    async def main() -> None:
        numbers: Channel[int] = Channel("Numbers")
        async with stop_on_signal(numbers) as ending:
            signal.raise_signal(signal.SIGTERM)
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError:
                if catches is ChannelClosed:
                    await numbers.stop()
                    with pytest.raises(ChannelClosed):
                        await numbers.send(1)
        assert ending.signal is signal.SIGTERM
        assert numbers.is_stopped
        await asyncio.sleep(1)  # and the cancellation is over

    run(main())


def test_what_the_body_raises_when_it_is_cancelled_goes_on() -> None:
    async def main() -> None:
        numbers: Channel[int] = Channel("Numbers")
        handled: list[int] = []
        numbers.consume(taking(10, handled))
        with pytest.raises(ExceptionGroup) as raised:
            async with stop_on_signal(numbers), asyncio.TaskGroup() as tasks:

                async def clean_up() -> None:
                    try:
                        await asyncio.sleep(3600)
                    finally:
                        raise OSError("cable")

                tasks.create_task(clean_up())
                await numbers.send(1)
                await asyncio.sleep(0)
                signal.raise_signal(signal.SIGTERM)
        assert [str(error) for error in raised.value.exceptions] == ["cable"]
        assert handled == [1]

    run(main())


def test_a_task_that_is_cancelled_by_somebody_else_too_is_cancelled() -> None:
    async def main() -> None:
        numbers: Channel[int] = Channel("Numbers")

        async def program() -> None:
            async with stop_on_signal(numbers):
                signal.raise_signal(signal.SIGTERM)
                await asyncio.sleep(3600)

        task = asyncio.create_task(program())
        asyncio.get_running_loop().call_later(0, task.cancel)
        await asyncio.wait([task])
        assert task.cancelled()
        assert numbers.is_stopped

    run(main())


def test_being_cancelled_while_it_stops_is_being_cancelled() -> None:
    async def main() -> None:
        numbers: Channel[int] = Channel("Numbers")
        numbers.consume(lambda _: asyncio.sleep(3600))
        await numbers.send(1)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(5), stop_on_signal(numbers, timeout=None):
                signal.raise_signal(signal.SIGTERM)
                await asyncio.sleep(3600)
        assert asyncio.get_running_loop().time() == 5
        await numbers.stop(0)

    run(main())


def failing(channel: Channel[int]) -> None:
    subscription = channel.consume(lambda _: None)
    subscription.failure = OSError("cable")
    subscription.close()
    channel._subscriptions.failed.append(subscription)


@pytest.mark.parametrize("count", [1, 2])
def test_errors_that_consumers_ended_with_are_raised(count: int) -> None:
    async def main() -> None:
        channels = [Channel[int]("Numbers") for _ in range(count)]
        for channel in channels:
            failing(channel)
            channel.consume(lambda _: asyncio.sleep(3600), name="slow")
            await channel.send(1)
        ending = stop_on_signal(*channels, timeout=5)
        with pytest.raises(ConsumersFailed, match=["channel 'Numbers': 1 consumer", "2 of those"][count - 1]):
            async with ending:
                signal.raise_signal(signal.SIGTERM)
                await asyncio.sleep(3600)
        assert [one.consumer for one in ending.leftovers] == ["slow"] * count

    run(main())


def test_but_what_the_body_raised_comes_first() -> None:
    async def main() -> None:
        channel = Channel[int]("Numbers")
        failing(channel)
        with pytest.raises(ZeroDivisionError):
            async with stop_on_signal(channel):
                signal.raise_signal(signal.SIGTERM)
                try:
                    await asyncio.sleep(3600)
                finally:
                    _ = 1 / 0

    run(main())


def test_blocks_may_stand_in_each_other_and_beside_handlers_of_the_loop() -> None:
    heard: list[str] = []

    async def main() -> None:
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, heard.append, "loop")
        outer, inner = Channel[int]("Outer"), Channel[int]("Inner")
        async with stop_on_signal(outer) as outer_ending:
            async with stop_on_signal(inner) as inner_ending:
                signal.raise_signal(signal.SIGTERM)
                await asyncio.sleep(3600)
            assert (inner.is_stopped, outer.is_stopped, inner_ending.signal) == (True, False, signal.SIGTERM)
            signal.raise_signal(signal.SIGINT)
            await asyncio.sleep(3600)
        assert outer_ending.signal is signal.SIGINT
        assert outer.is_stopped
        signal.raise_signal(signal.SIGTERM)
        await asyncio.sleep(1)
        assert heard == ["loop"]
        loop.remove_signal_handler(signal.SIGTERM)

    run(main())


def test_a_signal_that_the_program_is_to_ignore_is_ignored() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)

    async def main() -> None:
        async with stop_on_signal(Channel("Numbers")) as ending:
            signal.raise_signal(signal.SIGINT)
            await asyncio.sleep(1)
        assert ending.signal is None

    try:
        run(main())
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


def test_where_the_loop_has_no_signals_python_has(monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()

        def none(*_: object) -> None:
            raise NotImplementedError

        monkeypatch.setattr(loop, "add_signal_handler", none)
        monkeypatch.setattr(loop, "remove_signal_handler", none)
        numbers: Channel[int] = Channel("Numbers")
        async with stop_on_signal(numbers) as ending:
            signal.raise_signal(signal.SIGINT)
            await asyncio.sleep(3600)
        assert ending.signal is signal.SIGINT
        assert numbers.is_stopped

    run(main())


@pytest.mark.real_time
def test_in_another_thread_it_says_so() -> None:
    async def main() -> None:
        async with stop_on_signal(Channel("Numbers")):
            pass

    said: list[str] = []

    def thread() -> None:
        with pytest.raises(RuntimeError) as raised:
            asyncio.run(main())
        said.append(str(raised.value))

    worker = threading.Thread(target=thread)
    worker.start()
    worker.join(30)
    assert "only the main thread hears signals" in said[0]


def test_it_is_entered_once() -> None:
    async def main() -> None:
        ending = stop_on_signal(Channel("Numbers"))
        async with ending:
            pass
        with pytest.raises(RuntimeError, match="entered once"):
            async with ending:
                pass

    run(main())


def test_bad_arguments_are_refused_at_the_call() -> None:
    with pytest.raises(TypeError, match="takes the channels to stop"):
        stop_on_signal()
    wrong: Any = "Numbers"
    with pytest.raises(TypeError, match="takes Channel and Channels, got 'Numbers'"):
        stop_on_signal(wrong)
    with pytest.raises(ValueError, match=r"stop_on_signal\(timeout=\.\.\.\) is in seconds"):
        stop_on_signal(Channel(), timeout=-1)


PROGRAM = """\
import asyncio
from async_channel import Channel, stop_on_signal

async def main():
    handled = []
    async def handle(number):
        await asyncio.sleep(0.01)
        handled.append(number)
    async with Channel("Numbers") as numbers:
        numbers.consume(handle)
        async with stop_on_signal(numbers, timeout=60) as ending:
            await numbers.send_many(range(50))
            print("sent", flush=True)
            await asyncio.Event().wait()
    print(ending.signal.name, len(handled), ending.leftovers)

asyncio.run(main())
"""


@pytest.mark.real_time
@pytest.mark.parametrize("number", BOTH)
def test_a_program_that_waits_for_nothing_else_hears_it(number: signal.Signals) -> None:
    with subprocess.Popen(
        [sys.executable, "-W", "error", "-c", PROGRAM],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # What a script starts in the background ignores the interrupt, and so does all that it starts.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509  no threads here
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "sent\n"
        os.kill(process.pid, number)
        out, err = process.communicate(timeout=60)
    assert (out, err, process.returncode) == (f"{number.name} 50 ()\n", "", 0)
