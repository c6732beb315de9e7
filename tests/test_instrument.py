"""Instrument: what the metrics say, whoever comes and goes, and whoever collects them on which thread."""

from __future__ import annotations

import asyncio
import contextlib
import math
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import HistogramDataPoint, InMemoryMetricReader, NumberDataPoint

from async_channel import Channel, ChannelKey, Channels, Consumer, ConsumerClosed, Overflow, conflate_by
from async_channel.channels.sending import Sending
from async_channel.instrument import hub, instrument
from async_channel.util.reader import witnesses
from tests.support import run

CHANNEL, CONSUMER, ERROR = "async_channel.channel.name", "async_channel.consumer.name", "error.type"

Row = tuple[str, ...]


class Meter:
    """A provider, and what one collection gives."""

    def __init__(self) -> None:
        self.reader = InMemoryMetricReader()
        self.provider = MeterProvider([self.reader], shutdown_on_exit=False)

    def metrics(self) -> Iterator[tuple[str, Any]]:
        data = self.reader.get_metrics_data()
        if data is not None:
            for resource in data.resource_metrics:
                for scope in resource.scope_metrics:
                    assert scope.scope.name == "async_channel"
                    yield from ((metric.name.removeprefix("async_channel."), metric) for metric in scope.metrics)

    def collect(self) -> dict[Row, float]:
        """The values by metric, channel, consumer, error type; of a histogram the count."""
        values: dict[Row, float] = {}
        for name, metric in self.metrics():
            for point in metric.data.data_points:
                of = [str(point.attributes[key]) for key in (CHANNEL, CONSUMER, ERROR) if key in point.attributes]
                assert isinstance(point, NumberDataPoint | HistogramDataPoint)
                values[name, *of] = point.value if isinstance(point, NumberDataPoint) else point.count
        return values


@pytest.fixture
def meter() -> Meter:
    return Meter()


def test_everything_that_stats_say_is_exported(meter: Meter) -> None:
    async def main() -> None:
        numbers = Channel[int]("Numbers", capacity=4)
        with instrument(numbers, meter_provider=meter.provider):
            await numbers.send_many(range(6))
            assert meter.collect() == {
                ("channel.sent", "Numbers"): 6,
                ("channel.unseen", "Numbers"): 2,
                ("channel.backlog", "Numbers"): 4,
                ("channel.waits", "Numbers"): 0,
                ("channel.consumers", "Numbers"): 0,
            }
            reader = Consumer(numbers, name="even", filter_func=lambda n: n % 2 == 0)
            lossy = Consumer(numbers, name="lossy", overflow=Overflow.DROP_OLDEST, capacity=1)
            waiting = asyncio.ensure_future(numbers.send(6))
            await asyncio.sleep(0)
            assert [await reader.get() for _ in range(2)] == [2, 4]
            await waiting
            await numbers.send(7)
            assert meter.collect() == {
                ("channel.sent", "Numbers"): 8,
                ("channel.unseen", "Numbers"): 2,
                ("channel.backlog", "Numbers"): 0,
                ("channel.waits", "Numbers"): 1,
                ("channel.consumers", "Numbers"): 2,
                ("consumer.delivered", "Numbers", "even"): 2,
                ("consumer.dropped", "Numbers", "even"): 0,
                ("consumer.filtered", "Numbers", "even"): 1,
                ("consumer.pending", "Numbers", "even"): 3,
                ("consumer.lag_peak", "Numbers", "even"): 4,
                ("consumer.waits", "Numbers", "even"): 0,
                ("consumer.delivered", "Numbers", "lossy"): 0,
                ("consumer.dropped", "Numbers", "lossy"): 1,
                ("consumer.filtered", "Numbers", "lossy"): 0,
                ("consumer.pending", "Numbers", "lossy"): 1,
                ("consumer.lag_peak", "Numbers", "lossy"): 1,
                ("consumer.waits", "Numbers", "lossy"): 0,
            }
            assert await lossy.get() == 7

    run(main())


def test_names_kinds_and_units_are_those_that_opentelemetry_asks_for(meter: Meter) -> None:
    async def main() -> None:
        async with Channel[int]("Numbers") as numbers:
            with instrument(numbers, meter_provider=meter.provider):
                numbers.consume(lambda n: 1 / n, name="inverse")
                await numbers.send(0)
                await asyncio.sleep(0)
                for name, metric in meter.metrics():
                    up_only = " up only" if getattr(metric.data, "is_monotonic", False) else ""
                    kinds[name] = type(metric.data).__name__ + up_only, metric.unit
                    assert metric.description

    kinds: dict[str, tuple[str, str]] = {}
    run(main())
    assert kinds == {
        "channel.sent": ("Sum up only", "{event}"),
        "channel.unseen": ("Sum up only", "{event}"),
        "channel.backlog": ("Sum", "{event}"),
        "channel.waits": ("Sum up only", "{wait}"),
        "channel.failures": ("Sum up only", "{failure}"),
        "channel.consumers": ("Sum", "{consumer}"),
        "consumer.delivered": ("Sum up only", "{event}"),
        "consumer.dropped": ("Sum up only", "{event}"),
        "consumer.filtered": ("Sum up only", "{event}"),
        "consumer.pending": ("Sum", "{event}"),
        "consumer.lag_peak": ("Gauge", "{event}"),
        "consumer.waits": ("Sum up only", "{wait}"),
        "handler.duration": ("Histogram", "s"),
    }


def test_consumers_that_are_gone_still_count_and_their_name_goes_on(meter: Meter) -> None:
    async def main() -> None:
        async with Channel[int]("Numbers") as numbers:
            with instrument(numbers, meter_provider=meter.provider):
                for _ in range(3):
                    async with Consumer(numbers, name="brief") as brief:
                        await numbers.send_many([1, 2])
                        await brief.get()
                values = meter.collect()
                assert values["consumer.delivered", "Numbers", "brief"] == 3
                assert values["consumer.dropped", "Numbers", "brief"] == 3
                assert values["consumer.pending", "Numbers", "brief"] == 0
                assert ("consumer.lag_peak", "Numbers", "brief") not in values
                assert values["channel.consumers", "Numbers"] == 0

    run(main())


def test_consumers_without_a_name_are_counted_together_and_kept_no_longer_than_they_last(meter: Meter) -> None:
    async def main() -> None:
        async with Channel[int]("Numbers") as numbers:
            with instrument(numbers, meter_provider=meter.provider) as instrumentation:
                for _ in range(1000):
                    async with Consumer(numbers) as brief:
                        await numbers.send(1)
                        await brief.get()
                [book] = instrumentation._hub._books.values()
                assert len(book._cursors) < 200
                values = meter.collect()
                assert values["consumer.delivered", "Numbers", "unnamed"] == 1000
                assert len(values) == 10  # five by channel, five by consumer: no more series, however many came

    run(main())


def test_those_who_were_there_before_count_from_their_beginning(meter: Meter) -> None:
    async def main() -> None:
        async with Channel[int]("Numbers") as numbers:
            direct, below = Consumer(numbers, name="direct"), Consumer(numbers.map(str), name="below")
            keyed = Consumer(numbers.key_by(lambda n: n % 2)[1], name="keyed")
            spun = Consumer(numbers.map_async(lambda n: asyncio.sleep(0, n)), name="spun")
            async with direct, below, keyed, spun:
                await numbers.send_many([1, 2, 3])
                assert [await direct.get(), await below.get(), await keyed.get(), await spun.get()] == [1, "1", 1, 1]
                with instrument(numbers, meter_provider=meter.provider):
                    values = meter.collect()
                    assert values["channel.sent", "Numbers"] == 3
                    assert values["channel.consumers", "Numbers"] == 4
                    for name in ("direct", "below", "keyed", "spun"):
                        assert values["consumer.delivered", "Numbers", name] == 1, name

    run(main())


@pytest.mark.parametrize(
    "overflow", [Overflow.BLOCK, Overflow.DROP_NEWEST, conflate_by(lambda n: n)], ids=["block", "newest", "conflate"]
)
def test_every_kind_of_consumer_is_noticed_as_it_comes(meter: Meter, overflow: Any) -> None:
    async def main() -> None:
        async with Channel[int]("Numbers") as numbers, Channel[int]("Others") as others:
            with instrument(numbers, meter_provider=meter.provider), instrument(others, meter_provider=meter.provider):
                Consumer(others, name="elsewhere").close()
                for stream, name in ((numbers, "direct"), (numbers.filter(bool), "below")):
                    async with Consumer(stream, name=name, overflow=overflow) as consumer:
                        await numbers.send(7)
                        assert await consumer.get() == 7
                values = meter.collect()
                assert values["consumer.delivered", "Numbers", "direct"] == 1
                assert values["consumer.delivered", "Numbers", "below"] == 1
                assert values["consumer.delivered", "Others", "elsewhere"] == 0
                assert ("consumer.delivered", "Others", "direct") not in values

    run(main())


def test_channels_that_are_opened_later_are_included(meter: Meter) -> None:
    async def main() -> None:
        async with Channels() as channels:
            first = channels.open(ChannelKey("First", int))
            with instrument(channels, meter_provider=meter.provider):
                second = channels.open(ChannelKey("Second", int))
                async with Consumer(second, name="brief") as brief:
                    await second.send(2)
                    assert await brief.get() == 2
                second.consume(lambda n: n, name="handler")
                await second.send(3)
                await first.send(1)
                third = channels.open(ChannelKey("Third", int))
                await third.send_many([1, 2, 3])
                await asyncio.sleep(0)
                values = meter.collect()
                assert [values["channel.sent", name] for name in ("First", "Second", "Third")] == [1, 2, 3]
                assert values["consumer.delivered", "Second", "brief"] == 1
                assert values["handler.duration", "Second", "handler"] == 1

    run(main())


def test_instrumenting_again_counts_nothing_twice_and_never_goes_down(meter: Meter) -> None:
    async def main() -> None:
        async with Channel[int]("Numbers") as numbers, Consumer(numbers, name="reader") as reader:
            sent = delivered = 0
            for _ in range(3):
                with instrument(numbers, meter_provider=meter.provider):
                    await numbers.send_many([1, 2])
                    await reader.get()
                    sent, delivered = sent + 2, delivered + 1
                    values = meter.collect()
                    assert values["channel.sent", "Numbers"] == sent
                    assert values["consumer.delivered", "Numbers", "reader"] == delivered
                await numbers.send(3)  # while nobody counts
                await reader.get()
                values = meter.collect()
                assert values["channel.sent", "Numbers"] == sent
                assert values["consumer.pending", "Numbers", "reader"] == 0
                assert values["channel.consumers", "Numbers"] == 0

    run(main())


def test_a_new_channel_of_a_known_name_goes_on_from_the_old_ones_counts(meter: Meter) -> None:
    async def main() -> None:
        for total in (2, 4, 6):
            async with Channel[int]("Numbers") as numbers:
                with instrument(numbers, meter_provider=meter.provider):
                    await numbers.send_many([1, 2])
            assert meter.collect()["channel.sent", "Numbers"] == total

    run(main())


def test_a_channel_in_two_instrumentations_counts_once(meter: Meter) -> None:
    async def main() -> None:
        async with Channels() as channels:
            numbers = channels.open(ChannelKey("Numbers", int))
            outer = instrument(channels, meter_provider=meter.provider)
            with instrument(numbers, meter_provider=meter.provider):
                await numbers.send(1)
                assert meter.collect()["channel.sent", "Numbers"] == 1
            await numbers.send(2)
            assert meter.collect()["channel.sent", "Numbers"] == 2
            outer.close()
            outer.close()
            assert not witnesses

    run(main())


# ---- handlers


class Clock:
    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 0.0
        monkeypatch.setattr("async_channel.instrument.timed.perf_counter", lambda: self.now)


def durations(meter: Meter) -> dict[Row, tuple[int, float]]:
    return {
        tuple(str(point.attributes[key]) for key in (CONSUMER, ERROR) if key in point.attributes): (
            point.count,
            point.sum,
        )
        for name, metric in meter.metrics()
        if name == "handler.duration"
        for point in metric.data.data_points
    }


class Handlers:
    """Callbacks of a known duration."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock

    def plain(self, n: int) -> None:
        self.clock.now += n

    async def awaits(self, n: int) -> None:
        await asyncio.sleep(0)
        self.clock.now += 10 * n

    def raises(self, n: int) -> None:
        self.clock.now += 100 * n
        if n == 2:
            raise ValueError


@pytest.mark.parametrize("synchronized", [False, True])
@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("below", [False, True])
@pytest.mark.parametrize(
    ("name", "measured"),
    [
        ("plain", {("plain",): (2, 3.0)}),
        ("awaits", {("awaits",): (2, 30.0)}),
        ("raises", {("raises",): (1, 100.0), ("raises", "ValueError"): (1, 200.0)}),
    ],
)
def test_handlers_are_timed_to_the_end_of_what_they_await(
    meter: Meter,
    monkeypatch: pytest.MonkeyPatch,
    synchronized: bool,
    late: bool,
    below: bool,
    name: str,
    measured: dict[Row, tuple[int, float]],
) -> None:
    async def handle(numbers: Channel[int], *events: int) -> None:
        for n in events:
            await numbers.send(n)
            if synchronized:
                await numbers.drain()
            for _ in range(3):
                await asyncio.sleep(0)

    async def main() -> None:
        handler: Callable[[int], object] = getattr(Handlers(Clock(monkeypatch)), name)
        async with Channel[int]("Numbers", synchronized=synchronized) as numbers:
            stream = numbers.filter(bool) if below else numbers
            if not late:
                stream.consume(handler, name=name)
                await handle(numbers, 1, 1)  # not measured: nobody asked for it yet
            with instrument(numbers, meter_provider=meter.provider):
                if late:
                    stream.consume(handler, name=name)
                await handle(numbers, 1, 2)
                failures = meter.collect().get(("channel.failures", "Numbers", "ValueError"))
                assert failures == (1 if name == "raises" else None)
            await handle(numbers, 3)

    run(main())
    assert durations(meter) == measured


def test_two_providers_measure_one_callback_and_leave_in_any_order(meter: Meter) -> None:
    async def main() -> None:
        other = Meter()
        async with Channel[int]("Numbers") as numbers:
            seen: list[int] = []
            subscription = numbers.consume(seen.append, name="handler")
            callback = subscription._callback
            first = instrument(numbers, meter_provider=meter.provider)
            second = instrument(numbers, meter_provider=other.provider)
            await numbers.send(1)
            await asyncio.sleep(0)
            first.close()
            await numbers.send(2)
            await asyncio.sleep(0)
            second.close()
            assert subscription._callback is callback
            await numbers.send(3)
        assert seen == [1, 2, 3]
        assert meter.collect()["handler.duration", "Numbers", "handler"] == 1
        assert other.collect()["handler.duration", "Numbers", "handler"] == 2

    run(main())


def test_handler_time_can_be_left_out(meter: Meter) -> None:
    async def main() -> None:
        async with Channel[int]("Numbers") as numbers:
            subscription = numbers.consume(print, name="handler")
            with instrument(numbers, meter_provider=meter.provider, handler_time=False):
                assert subscription._callback is print

    run(main())


# ---- threads


@pytest.mark.real_time
@pytest.mark.parametrize("debug", [False, True])
def test_a_reader_in_another_thread_sees_one_moment_of_a_busy_loop(meter: Meter, debug: bool) -> None:
    """The loop goes on sending and reading all the while: each collection is a balanced ledger, and none goes down."""
    collected: list[dict[Row, float]] = []

    async def main() -> None:
        async with Channel[int]("Numbers", capacity=100) as numbers, Consumer(numbers, name="reader") as reader:
            with instrument(numbers, meter_provider=meter.provider):
                done = threading.Event()

                def collect() -> None:
                    while not done.is_set():
                        collected.append(meter.collect())

                collecting = asyncio.ensure_future(asyncio.to_thread(collect))
                while len(collected) < 30:
                    await numbers.send_many(range(10))
                    for _ in range(10):
                        await reader.get()
                    await asyncio.sleep(0)
                done.set()
                await collecting

    asyncio.run(main(), debug=debug)
    before: dict[Row, float] = {}
    for values in collected:
        figures = [values[f"consumer.{what}", "Numbers", "reader"] for what in ("delivered", "dropped", "pending")]
        assert values["channel.sent", "Numbers"] == sum(figures)
        assert all(
            values[row] >= old for row, old in before.items() if row[0] in {"channel.sent", "consumer.delivered"}
        )
        before = values
    assert collected[-1]["channel.sent", "Numbers"] > collected[0]["channel.sent", "Numbers"]


@pytest.mark.real_time
@pytest.mark.parametrize("debug", [False, True])
def test_a_loop_that_waits_for_the_reader_gives_what_was_read_last(
    meter: Meter, debug: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub, "PATIENCE", 0.05)

    async def main() -> None:
        async with Channel[int]("Numbers") as numbers:
            with instrument(numbers, meter_provider=meter.provider) as instrumentation:
                await numbers.send(1)
                assert meter.collect()["channel.sent", "Numbers"] == 1
                await numbers.send(2)
                collected: list[dict[Row, float]] = []
                thread = threading.Thread(target=lambda: collected.append(meter.collect()))
                thread.start()
                thread.join()  # as a shutdown on the loop's own thread does
                assert collected[0]["channel.sent", "Numbers"] == 1
                await asyncio.sleep(0)
                assert meter.collect()["channel.sent", "Numbers"] == 2
                thread = threading.Thread(target=meter.collect)
                thread.start()
                thread.join()
            await asyncio.sleep(0)  # what it asked for is done now, too late to begin again
            assert not instrumentation._hub._books

    asyncio.run(main(), debug=debug)


@pytest.mark.real_time
@pytest.mark.parametrize("debug", [False, True])
def test_between_two_runs_and_after_the_loop_is_closed_the_numbers_are_there(meter: Meter, debug: bool) -> None:
    with asyncio.Runner(debug=debug) as runner:
        numbers: Channel[int] = Channel("Numbers")
        reader = Consumer(numbers, name="reader")

        async def send() -> None:
            await numbers.start()
            await numbers.send(1)

        instrumentation = instrument(numbers, meter_provider=meter.provider)
        runner.run(send())
        # In debug mode a foreign thread may not look: what was read last is good.
        assert in_thread(meter.collect)["channel.sent", "Numbers"] == (0 if debug else 1)
        assert meter.collect()["channel.sent", "Numbers"] == 1
    assert in_thread(meter.collect)["channel.sent", "Numbers"] == 1
    instrumentation.close()
    reader.close()
    assert in_thread(meter.collect)["channel.sent", "Numbers"] == 1


def in_thread(function: Callable[[], dict[Row, float]]) -> dict[Row, float]:
    results: list[dict[Row, float]] = []
    thread = threading.Thread(target=lambda: results.append(function()))
    thread.start()
    thread.join()
    return results[0]


# ---- whoever comes and goes


OF_THE_MOMENT = {"channel.backlog", "channel.consumers", "consumer.pending", "consumer.lag_peak"}

NAMES = ["a", "b", ""]
POLICIES = [Overflow.BLOCK, Overflow.DROP_OLDEST, Overflow.DROP_NEWEST]


class Crowd:
    """A channel, and those who come to read it and go."""

    def __init__(self) -> None:
        self.numbers: Channel[int] = Channel("Numbers", capacity=3)
        self.made: list[Consumer[int]] = []

    def do(self, step: str, which: int) -> None:
        with contextlib.suppress(asyncio.QueueFull, asyncio.QueueEmpty, ConsumerClosed):
            if step == "send":
                self.numbers.send_nowait(which)
            elif step == "come":
                stream = self.numbers.map(abs) if which else self.numbers
                self.made.append(Consumer(stream, name=NAMES[which], overflow=POLICIES[which]))
            elif self.made:
                one = self.made[which % len(self.made)]
                one.close() if step == "go" else one.get_nowait()

    def close(self) -> None:
        for one in self.made:
            one.close()


@given(st.lists(st.tuples(st.sampled_from(["send", "come", "go", "get", "collect"]), st.integers(0, 2)), max_size=40))
def test_counters_never_go_down_and_add_up_to_every_ledger(steps: list[tuple[str, int]]) -> None:
    async def main() -> None:
        meter, crowd = Meter(), Crowd()
        before: dict[Row, float] = {}
        with instrument(crowd.numbers, meter_provider=meter.provider):
            for step, which in [*steps, ("collect", 0)]:
                if step != "collect":
                    crowd.do(step, which)
                    continue
                values = meter.collect()
                down = [row for row, old in before.items() if row[0] not in OF_THE_MOMENT and values[row] < old]
                assert not down
                before = values
            for what in ("delivered", "dropped", "pending", "waits"):
                exported = sum(value for row, value in before.items() if row[0] == f"consumer.{what}")
                assert exported == sum(getattr(one.stats(), what) for one in crowd.made), what
        assert meter.collect()["channel.sent", "Numbers"] == crowd.numbers.stats().sent
        crowd.close()

    run(main())


# ---- what it costs nobody, and what it says


def test_nothing_of_it_is_imported_nor_called_before_it_is_used() -> None:
    program = (
        "import sys, async_channel, async_channel.instrument, async_channel.util.reader as reader\n"
        "assert not [name for name in sys.modules if name.startswith('opentelemetry')]\n"
        "assert not reader.witnesses\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
    lean = "import sys, async_channel; assert not [n for n in sys.modules if n.startswith('async_channel.instrument')]"
    subprocess.run([sys.executable, "-c", lean], check=True)


def test_when_it_is_closed_nothing_of_it_is_left_in_the_channel(meter: Meter) -> None:
    async def main() -> None:
        async with Channel[int]("Numbers") as numbers, Consumer(numbers) as consumer:
            subscription = numbers.consume(print)

            def hooks() -> list[object]:
                log, fan_out = numbers._log, numbers._fan_out
                return [
                    log.append, log.keep, log.taps, fan_out.sink, log.on_room, log.relief, vars(type(numbers)).keys(),
                    vars(Sending)["send"], type(consumer)._events, subscription._callback, list(witnesses),
                    len(numbers._failures._subject.observers),
                ]  # fmt: skip

            before = hooks()
            with instrument(numbers, meter_provider=meter.provider):
                during = hooks()
            assert hooks() == before
            assert during[:9] == before[:9]  # nor in the way of an event: but for the callback's frame nothing is

    run(main())


def test_without_opentelemetry_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'async-channel-rx\[otel\]'"):
        instrument(Channel())


def test_bad_arguments_are_refused_at_the_call(meter: Meter) -> None:
    wrong: Any = math
    with pytest.raises(TypeError, match="takes a Channel, a Scope or Channels, got"):
        instrument(wrong)
    with pytest.raises(TypeError, match="MeterProvider, got"):
        instrument(Channel(), meter_provider=wrong)
    with pytest.raises(TypeError, match=r"handler_time=\.\.\.\) takes True or False"):
        instrument(Channel(), handler_time=wrong)
    assert not witnesses
