"""The live view of a running program: what it shows, when it begins and ends, and that it changes nothing."""

from __future__ import annotations

import asyncio
import logging
import math
import threading
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, nullcontext
from importlib.machinery import ModuleSpec
from typing import Any

import pytest

from async_channel import (
    Channel,
    ChannelKey,
    Channels,
    Consumer,
    ConsumersFailed,
    OnError,
    Overflow,
    WrongLoop,
    clock,
)
from async_channel.monitoring import ChannelState, ConsumerState, Monitor, State
from async_channel.monitoring import monitor as monitor_module
from async_channel.monitoring.screens import View
from tests.support import run

TICK = ChannelKey("Tick", int)


class Film:
    """A screen that keeps what it was shown."""

    def __init__(self) -> None:
        self.states: list[State] = []
        self.closed = 0

    def show(self, view: View) -> None:
        self.states.append(view.state)

    def close(self) -> None:
        self.closed += 1


@pytest.fixture(autouse=True)
def _quick_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is shown does not depend on how fast this machine is."""
    monkeypatch.setattr(monitor_module, "perf_counter", lambda: 0.0)


def channel_of(state: State, name: str) -> ChannelState:
    (found,) = [one for one in state.channels if one.name == name]
    return found


def consumer_of(state: State, name: str) -> ConsumerState:
    (found,) = [one for channel in state.channels for one in channel.consumers if one.name == name]
    return found


async def pace(channel: Channel[int], count: int, each: float) -> None:
    for number in range(count):
        await channel.send(number)
        await asyncio.sleep(each)


# ---- what it shows


def test_rates_are_those_of_the_loops_clock_and_the_curve_is_the_lag() -> None:
    async def main() -> None:
        film = Film()
        async with Channels() as channels, channels.monitor(screen=film) as view:
            ticks = channels.open(TICK)
            consumer = Consumer(ticks, name="slow", capacity=100)
            ticks.consume(lambda _: None, name="fast")
            await pace(ticks, 40, 0.1)
            assert channel_of(view.state, "Tick").sent_rate == pytest.approx(10.0)
            assert channel_of(view.state, "Tick").delivered_rate == pytest.approx(10.0)
            assert consumer_of(view.state, "fast").rate == pytest.approx(10.0)
            slow = consumer_of(view.state, "slow")
            assert (slow.rate, slow.lag) == (0.0, "")
            assert list(slow.lags) == sorted(slow.lags)
            assert slow.lags[-1] == slow.pending > 30
            consumer.close()
        assert [state.elapsed for state in film.states] == pytest.approx([*(0.5 * each for each in range(9)), 4.0])

    run(main())


def test_each_consumer_is_there_once_those_of_pipelines_too() -> None:
    async def main() -> None:
        async with Channels() as channels:
            ticks, others = channels.open(TICK), channels.open(ChannelKey("Other", int))
            merged = Consumer(ticks.merge(others).map(str), name="merged", capacity=4)
            tens = ticks.buffer(count=10).consume(lambda _: None, name="tens")
            keep = ticks._open("kept", None, Overflow.DROP_NEWEST, merged._cursor.priority)  # type: ignore[arg-type]  # any
            async with channels.monitor(screen="none") as view:
                for number in range(3):
                    ticks.send_nowait(number)
                others.send_nowait(1)
                await asyncio.sleep(1)
                names = [[one.name for one in channel.consumers] for channel in view.state.channels]
                assert names == [["kept", "merged", "tens"], []]
                assert consumer_of(view.state, "merged").pending == 4
                assert consumer_of(view.state, "merged").lag == "bad"
            merged.close()
            tens.close()
            del keep

    run(main())


def test_errors_are_put_down_to_their_consumers_and_notices_are_none(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL, "async_channel")

    def fail(number: int) -> None:
        if number % 2:
            raise ValueError(f"odd <{number}>")

    async def main() -> None:
        async with Channels() as channels:
            ticks = channels.open(TICK)
            ticks.consume(fail, name="before")
            lags = Consumer(ticks, name="lags", capacity=8, overflow=Overflow.DROP_OLDEST, report_lag=0.5)
            await ticks.send_many([1, 3, 5])
            await asyncio.sleep(0)
            async with channels.monitor(screen="none") as view:
                assert consumer_of(view.state, "before").errors == 3
                ticks.consume(fail, name="after")
                ticks.subscribe(lambda number: fail(number) if number == 7 else None)
                for number in range(6, 12):
                    await ticks.send(number)
                await asyncio.sleep(1)
                assert consumer_of(view.state, "before").errors == 3 + 3
                assert consumer_of(view.state, "after").errors == 3
                assert consumer_of(view.state, "lags").errors == 0
                assert channel_of(view.state, "Tick").errors == 3 + 3 + 3 + 1
                assert ("lags", True) in [(one.consumer, one.is_notice) for one in view.state.troubles]
                assert ("after", "ValueError('odd <11>')") in [(one.consumer, one.text) for one in view.state.troubles]
            lags.close()

    run(main())


def test_the_last_failures_are_those_of_three_consumers(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL, "async_channel")

    def failing(*on: int) -> Callable[[int], None]:
        def fail(number: int) -> None:
            if number in on:
                raise ValueError(number)

        return fail

    async def main() -> None:
        async with Channel[int]("Tick") as ticks:
            for name, on in (("a", (1, 4)), ("b", (2,)), ("c", (3,)), ("d", (5,))):
                ticks.consume(failing(*on), name=name)
            async with ticks.monitor(screen="none") as view:
                for number in range(6):
                    await ticks.send(number)
                    await asyncio.sleep(0.01)
                await asyncio.sleep(1)
                texts = [trouble.text for trouble in view.state.troubles]
                assert texts == ["ValueError(3)", "ValueError(4)", "ValueError(5)"]

    run(main())


def test_a_consumer_of_a_name_that_was_there_before_begins_anew(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL, "async_channel")

    def fail(_: int) -> None:
        raise ValueError

    async def main() -> None:
        async with Channel[int]("Tick") as ticks:
            first = ticks.consume(fail, name="same")
            async with ticks.monitor(screen="none") as view:
                await ticks.send_many([1, 2])
                await asyncio.sleep(1)
                first.close()
                ticks.consume(fail, name="same")
                await ticks.send(3)
                await asyncio.sleep(1)
                (channel,) = view.state.channels
                assert [(one.ended, one.errors, one.delivered) for one in channel.consumers] == [
                    (True, 2, 2),
                    (False, 1, 1),
                ]

    run(main())


def test_who_ends_and_who_fails_is_shown_as_such(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL, "async_channel")

    def fail(number: int) -> int:
        if number == 3:
            raise LookupError("three")
        return number

    async def main() -> None:
        channels = Channels()
        ticks = channels.open(TICK)
        ticks.consume(fail, name="stops", on_error=OnError.STOP)
        pipeline = Consumer(ticks.map(fail), name="pipeline")
        closed = Consumer(ticks, name="closed")
        async with channels.monitor(screen="none") as view:
            await pace(ticks, 5, 0.1)
            closed.close()
            await asyncio.sleep(1)
            assert [consumer_of(view.state, name).ended for name in ("stops", "pipeline", "closed")] == [
                True,
                False,  # what came before the failure waits for it
                True,
            ]
            assert (pipeline.get_nowait(), pipeline.get_nowait(), pipeline.get_nowait()) == (0, 1, 2)
            await asyncio.sleep(1)
            assert consumer_of(view.state, "stops").error == "LookupError('three')"
            assert consumer_of(view.state, "pipeline").error == "LookupError('three')"
            assert consumer_of(view.state, "closed").error == ""
            assert consumer_of(view.state, "closed").dropped == 5
            assert "stops failed: LookupError(" in " ".join(str(view).split())
            ticks.on_error(KeyError("all"))
            await asyncio.sleep(1)
            assert "Tick failed: KeyError('all')" in str(view)
            await asyncio.sleep(20)
            assert channel_of(view.state, "Tick").consumers == ()
            assert channel_of(view.state, "Tick").dropped == 5
        with pytest.raises(ConsumersFailed):
            await channels.stop()

    run(main())


def test_channels_that_are_opened_and_stopped_meanwhile_are_shown() -> None:
    async def main() -> None:
        async with Channels() as channels, channels.monitor(screen="none") as view:
            assert str(view).splitlines()[1:] == ["no channels"]
            inner = channels.scope("a").open(TICK)
            await pace(inner, 5, 0.1)
            await asyncio.sleep(0.5)
            assert channel_of(view.state, "a::Tick").sent == 5
            await channels.scope("a").stop()
            await asyncio.sleep(1)
            assert channel_of(view.state, "a::Tick").stopped
            again = channels.scope("a").open(TICK)
            await again.send(1)
            await asyncio.sleep(1)
            assert [(one.sent, one.stopped) for one in view.state.channels] == [(5, True), (1, False)]
            await asyncio.sleep(20)
            assert [(one.sent, one.stopped) for one in view.state.channels] == [(1, False)]

    run(main())


# ---- its life


@asynccontextmanager
async def nothing_left() -> AsyncGenerator[None]:
    """No task and no timer is left of what is done inside."""
    loop: Any = asyncio.get_running_loop()

    def timers() -> list[Any]:
        return [timer for timer in loop._scheduled if not timer.cancelled()]

    tasks, before = asyncio.all_tasks(), timers()
    yield
    assert asyncio.all_tasks() == tasks
    assert timers() == before


def test_awaited_it_runs_until_all_is_stopped_and_handled() -> None:
    async def main() -> None:
        film, handled = Film(), list[int]()

        async def slowly(number: int) -> None:
            await asyncio.sleep(3)
            handled.append(number)

        async with nothing_left():
            channels = Channels()
            ticks = channels.open(TICK)
            ticks.consume(slowly, name="slow")
            await ticks.send_many([1, 2])
            watching = asyncio.ensure_future(_watched(channels.monitor(screen=film)))
            await asyncio.sleep(1)
            await channels.stop()
            assert handled == [1, 2]
            assert not watching.done()
            await watching
            assert clock.now() <= 6.5
            assert [state.mode for state in film.states] == ["live"] * (len(film.states) - 1) + ["ended"]
            assert film.closed == 1
            assert channel_of(film.states[-1], "Tick").stopped
            assert consumer_of(film.states[-1], "slow").delivered == 2

    run(main())


async def _watched(monitor: Monitor) -> None:
    await monitor


def test_it_ends_with_a_stop_though_somebody_never_reads_what_is_pending() -> None:
    async def main() -> None:
        ticks = Channel[int]("Tick")
        unread = Consumer(ticks, name="unread")
        await ticks.send(1)
        asyncio.get_running_loop().call_later(1, lambda: asyncio.ensure_future(ticks.stop()))
        monitor = ticks.monitor(screen="none", seconds=10)
        await monitor
        assert clock.now() < 2
        assert consumer_of(monitor.state, "unread").pending == 1
        assert unread.get_nowait() == 1
        assert ticks.monitor(screen="none").state.channels[0].consumers == ()

    run(main())


def test_it_does_not_end_before_the_callback_of_the_last_event_has_failed(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL, "async_channel")

    async def fail(_: int) -> None:
        await asyncio.sleep(3)
        raise ValueError

    async def main() -> None:
        ticks = Channel[int]("Tick")
        ticks.consume(fail, name="fails")
        await ticks.send(1)
        monitor = ticks.monitor(screen="none")
        asyncio.get_running_loop().call_later(1, ticks.on_completed)
        await monitor
        assert clock.now() == pytest.approx(3, abs=0.6)
        assert consumer_of(monitor.state, "fails").errors == 1
        await ticks.stop()

    run(main())


def test_it_ends_after_so_many_seconds() -> None:
    async def main() -> None:
        film = Film()
        async with Channel[int]("Tick") as ticks, nothing_left():
            await ticks.monitor(seconds=1.7, screen=film)
            assert [state.elapsed for state in film.states] == [0, 0.5, 1, 1.5, 1.7]
            async with ticks.monitor(seconds=1, every=0.25, screen=film) as view:
                await asyncio.sleep(5)
                assert view.state.mode == "ended"
            assert film.states[-1].elapsed == pytest.approx(1)
            assert film.closed == 2

    run(main())


def test_cancelled_it_shows_its_last_state_and_leaves_nothing() -> None:
    async def main() -> None:
        film = Film()
        async with Channel[int]("Tick") as ticks, nothing_left():
            watching = asyncio.ensure_future(_watched(ticks.monitor(screen=film)))
            await asyncio.sleep(0.7)
            watching.cancel()
            with pytest.raises(asyncio.CancelledError):
                await watching
            assert [(state.elapsed, state.mode) for state in film.states] == [
                (0, "live"),
                (0.5, "live"),
                (0.7, "ended"),
            ]
            assert film.closed == 1

    run(main())


def test_what_is_raised_in_its_block_goes_on() -> None:
    async def main() -> None:
        film = Film()
        async with Channel[int]("Tick") as ticks, nothing_left():
            with pytest.raises(KeyError, match="mine"):
                async with ticks.monitor(screen=film):
                    raise KeyError("mine")
            assert film.states[-1].mode == "ended"

    run(main())


def test_it_can_run_again_but_not_twice_at_once() -> None:
    async def main() -> None:
        async with Channel[int]("Tick") as ticks:
            monitor = ticks.monitor(screen="none")
            for _ in range(2):
                async with monitor:
                    await asyncio.sleep(1)
                    assert monitor.state.elapsed == 1
                    assert repr(monitor) == "<Monitor of 'channel Tick' running>"
                    with pytest.raises(RuntimeError, match="runs already"):
                        await monitor
                    assert repr(monitor) == "<Monitor of 'channel Tick' running>"
            assert repr(monitor) == "<Monitor of 'channel Tick' ended>"

    run(main())


def test_one_that_does_not_run_shows_this_moment_without_a_loop_too() -> None:
    channels = Channels()
    ticks = channels.scope("a").open(TICK)
    ticks.send_nowait(1)
    monitor = channels.scope("a").monitor(screen="none")
    assert str(monitor).startswith("scope a  1 channel, 0 consumers, one look: await it, or use async with")
    assert monitor.state.channels[0].kept == 1
    ticks.send_nowait(2)
    assert monitor.state.channels[0].sent == 2
    assert set(monitor._repr_mimebundle_()) == {"image/svg+xml", "text/plain"}
    assert ticks._failures._subject.observers == []


# ---- what can go wrong


class Broken(Film):
    """A screen that breaks when it is shown something for the third time."""

    def show(self, view: View) -> None:
        super().show(view)
        if len(self.states) >= 3:
            raise OSError("the screen broke")

    def close(self) -> None:
        super().close()
        raise OSError("and can't be closed")


def test_a_screen_that_breaks_does_not_harm_the_program(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        film = Broken()
        async with Channel[int]("Tick") as ticks, nothing_left():
            async with ticks.monitor(screen=film) as view:
                await pace(ticks, 50, 0.1)
            assert (len(film.states), film.closed) == (3, 1)
            assert repr(view) == "<Monitor of 'channel Tick' ended>"
            assert ticks._failures._subject.observers == []

    run(main())
    assert [record.getMessage() for record in caplog.records] == [
        "monitor of 'channel Tick' ended: it could not be read or shown",
        "monitor of 'channel Tick': its screen could not be closed",
    ]


def test_who_awaits_it_is_told_that_the_screen_broke() -> None:
    async def main() -> None:
        async with Channel[int]("Tick") as ticks, nothing_left():
            with pytest.raises(OSError, match="the screen broke"):
                await ticks.monitor(screen=Broken())

    run(main())


def test_a_screen_that_can_not_begin_says_so_at_once() -> None:
    class Never(Film):
        def show(self, view: View) -> None:
            raise OSError("no screen")

    async def main() -> None:
        async with Channel[int]("Tick") as ticks, nothing_left():
            monitor = ticks.monitor(screen=Never())
            with pytest.raises(OSError, match="no screen"):
                async with monitor:
                    pass
            assert ticks._failures._subject.observers == []
            assert "running" not in repr(monitor)

    run(main())


@pytest.mark.parametrize("is_virtual", [True, False])
def test_a_slow_screen_is_shown_less_often(monkeypatch: pytest.MonkeyPatch, is_virtual: bool) -> None:
    """And where time is real the channels are read less often, too."""
    real = 0.0
    monkeypatch.setattr(monitor_module, "perf_counter", lambda: real)
    monkeypatch.setattr(clock, "is_virtual", lambda _: is_virtual)

    class Slow(Film):
        def show(self, view: View) -> None:
            nonlocal real
            super().show(view)
            real += 0.05

    async def main() -> None:
        nonlocal real
        film, read = Slow(), set[float]()
        async with Channel[int]("Tick") as ticks, nothing_left(), ticks.monitor(screen=film, seconds=49.5) as view:
            for number in range(400):
                read.add(view.state.elapsed)
                assert not is_virtual or view.state.elapsed == min(number * 0.125 // 0.5 * 0.5, 49.5)
                await asyncio.sleep(0.125)
                real += 0.125
        assert [state.elapsed for state in film.states] == [0, *(0.5 + 5 * each for each in range(10)), 49.5]
        assert read == {0.5 * each for each in range(100)} if is_virtual else set(read)
        assert is_virtual or read == {state.elapsed for state in film.states}
        assert len(film.states) * 0.05 <= real * 0.01 + 3 * 0.05

    run(main())


def test_a_channel_of_another_loop_is_refused() -> None:
    channel = Channel[int]("Tick")
    ready, done = threading.Event(), threading.Event()

    async def elsewhere() -> None:
        await channel.start()
        ready.set()
        await asyncio.to_thread(done.wait)
        await channel.stop()

    thread = threading.Thread(target=lambda: asyncio.run(elsewhere()))
    thread.start()

    async def main() -> None:
        async with nothing_left():
            with pytest.raises(WrongLoop, match="'Tick' belongs to another event loop"):
                await channel.monitor(screen="none")
            with pytest.raises(WrongLoop):
                str(channel.monitor(screen="none"))

    try:
        assert ready.wait(10)
        run(main())
    finally:
        done.set()
        thread.join()


@pytest.mark.parametrize(
    ("options", "error", "says"),
    [
        ({"every": 0}, ValueError, "every"),
        ({"every": "1"}, TypeError, "every"),
        ({"seconds": -1}, ValueError, "seconds"),
        ({"seconds": math.nan}, ValueError, "seconds"),
        ({"screen": "tv"}, ValueError, "'tv'.*'notebook'"),
        ({"screen": 1}, TypeError, "show and close"),
    ],
)
def test_bad_arguments_fail_at_the_call(options: dict[str, Any], error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        _ = Channel[int]().monitor(**options)
    with pytest.raises(error, match=says):
        _ = Channels().monitor(**options)


def test_without_rich_and_notebook_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def find(name: str) -> ModuleSpec | None:
        return None

    async def main(screen: Any) -> None:
        async with nothing_left():
            await Channel[int]().monitor(screen=screen)

    monkeypatch.setattr("importlib.util.find_spec", find)
    with pytest.raises(ModuleNotFoundError, match=r"in a notebook, or with rich.*async-channel-rx\[monitor\]"):
        run(main("auto"))
    with pytest.raises(ModuleNotFoundError, match="IPython"):
        run(main("notebook"))


# ---- it changes nothing


def test_what_flows_is_the_same_with_it() -> None:
    """By the clock: who got what and when, where senders wait and consumers are slow."""

    async def main(*, monitored: bool) -> list[tuple[str, float, object]]:
        got: list[tuple[str, float, object]] = []

        def taker(name: str, each: float) -> Callable[[object], Awaitable[None]]:
            async def take(event: object) -> None:
                got.append((name, clock.now(), event))
                await asyncio.sleep(each)

            return take

        async with Channels() as channels:
            ticks = channels.open(TICK, capacity=4)
            ticks.consume(taker("slow", 0.3), name="slow")
            ticks.buffer(count=3).consume(taker("triples", 0.5), name="triples", capacity=2)
            ticks.throttle(1.0).consume(taker("throttled", 0.0), name="throttled")
            async with channels.monitor(every=0.17, screen="none") if monitored else nullcontext():
                for number in range(50):
                    await ticks.send(number)
                    got.append(("sent", clock.now(), number))
        return got

    without = run(main(monitored=False))
    assert len(without) > 100
    assert run(main(monitored=True)) == without
