"""replay of a Recording: the same events, times and order, as fast as asked; and recorded again, the same bytes."""

from __future__ import annotations

import asyncio
import math
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from async_channel import (
    Channel,
    ChannelClosed,
    ChannelKey,
    Channels,
    Consumer,
    EventTypeConflict,
    Overflow,
    clock,
    event,
)
from async_channel.recording import Recording, RecordingError, record
from async_channel.replay import replay
from tests.support import run

Trace = list[tuple[str, float, Any]]


@event
class Tick:
    symbol: str
    price: float


@event
class Order:
    id: int
    at: datetime
    size: Decimal
    parts: tuple[Tick, ...] = ()


TICK, PRICE = ChannelKey("Tick", Tick), ChannelKey("Price", float)
ROWS: Trace = [
    ("Tick", 100.0, Tick("BTC", 1.5)),
    ("Price", 100.0, 64.5),
    ("Tick", 160.0, Tick("ETH", 2.5)),
    ("Price", 160.0, 64.0),
    ("Price", 160.0, 63.0),
]
DAY = Recording([TICK, PRICE], ROWS)


def opened(channels: Channels) -> Trace:
    """Both channels, and what comes to them with the time of the clock, in one list."""
    seen: Trace = []
    channels.open(TICK).subscribe(lambda tick: seen.append(("Tick", clock.now(), tick)))
    channels.open(PRICE).subscribe(lambda price: seen.append(("Price", clock.now(), price)))
    return seen


async def replayed(recording: Recording, **options: Any) -> Trace:
    async with Channels() as channels:
        seen = opened(channels)
        assert await replay(recording, channels, **options) == len(seen)
    return seen


def at(*times: float) -> Trace:
    return [(name, when, found) for (name, _, found), when in zip(ROWS, times, strict=True)]


def sources(folder: Path) -> list[Recording]:
    """The same recording in memory and in files, with keys and without."""
    found = [DAY]
    for suffix in (".jsonl", ".msgpack.gz"):
        found += [DAY.save(folder / f"day{suffix}"), Recording.open(folder / f"day{suffix}")]
    return found


def saved(folder: Path) -> Path:
    DAY.save(folder / "day.jsonl")
    return folder / "day.jsonl"


def test_each_is_sent_to_the_channel_of_its_name_at_its_time(tmp_path: Path) -> None:
    for recording in sources(tmp_path):
        assert run(replayed(recording)) == at(0, 0, 60, 60, 60)
        assert run(replayed(recording, origin=90)) == at(10, 10, 70, 70, 70)
        assert run(replayed(recording, origin=datetime.fromtimestamp(0, UTC))) == ROWS


def test_speed_is_recorded_seconds_a_second(tmp_path: Path) -> None:
    for recording in sources(tmp_path):
        assert run(replayed(recording, speed=60)) == at(0, 0, 1, 1, 1)
        assert run(replayed(recording, speed=0.5)) == at(0, 0, 120, 120, 120)
        assert run(replayed(recording, speed=math.inf)) == at(0, 0, 0, 0, 0)
        assert run(replayed(recording, speed=math.inf, origin=0)) == at(0, 0, 0, 0, 0)
        assert run(replayed(recording, speed=10, origin=80)) == at(2, 2, 8, 8, 8)


def test_speed_is_the_same_for_timed_events() -> None:
    async def main(speed: float) -> Trace:
        prices = Channel(float)
        seen: Trace = []
        prices.subscribe(lambda price: seen.append(("Price", clock.now(), price)))
        assert await replay(prices, [(10.0, 1.5), (70.0, 2.5)], speed=speed) == 2
        return seen

    assert run(main(60)) == [("Price", 0, 1.5), ("Price", 1, 2.5)]
    assert run(main(math.inf)) == [("Price", 0, 1.5), ("Price", 0, 2.5)]


def test_on_the_clock_of_the_recording_its_time_is_the_clock_s(tmp_path: Path) -> None:
    rows = [("Price", 1_714_608_000.1 + n / 7, float(n)) for n in range(100)]
    recording = Recording([PRICE], rows)
    assert clock.run(replayed(recording), speed=math.inf, start=recording.start) == rows


def test_a_mapping_says_which_are_replayed(tmp_path: Path) -> None:
    async def main(recording: Recording) -> list[float]:
        prices = Channel(float)
        seen: list[float] = []
        prices.subscribe(seen.append)
        assert await replay(recording, {"Price": prices}, speed=math.inf) == 3
        return seen

    for recording in sources(tmp_path):
        assert run(main(recording)) == [64.5, 64.0, 63.0]


def test_one_channel_may_be_sent_what_was_recorded_of_two() -> None:
    async def main() -> list[float]:
        both = Channel(float)
        seen: list[float] = []
        both.subscribe(seen.append)
        recording = Recording([PRICE, ChannelKey("Bid", float)], [("Bid", 0, 1.0), ("Price", 0, 2.0), ("Bid", 0, 3.0)])
        assert await replay(recording, {"Price": both, "Bid": both}, speed=math.inf) == 3
        return seen

    assert run(main()) == [1.0, 2.0, 3.0]


def test_a_registry_opens_what_is_not_open() -> None:
    async def main() -> list[str]:
        async with Channels() as channels:
            await replay(DAY, channels)
            assert channels.get(TICK).stats().sent == 2
            return list(channels)

    assert run(main()) == ["Tick", "Price"]


def test_other_classes_and_unknown_ones_are_an_error(tmp_path: Path) -> None:
    unknown = Recording.open(saved(tmp_path))

    async def main() -> None:
        untyped: Channel[Tick] = Channel("Tick")
        for recording in (DAY, unknown):
            async with Channels() as channels:
                _ = channels.open(TICK), channels.open(ChannelKey("Price", int))
                with pytest.raises(EventTypeConflict, match=r"'Price'.*int"):
                    await replay(recording, channels)
                assert channels.get(TICK).stats().sent == 0
            with pytest.raises(EventTypeConflict, match=r"'Price'.*float, and carries str"):
                await replay(recording, {"Price": Channel(str)})
            with pytest.raises(KeyError, match="no channel 'Other' was recorded"):
                await replay(recording, {"Other": Channel(str)})
            with pytest.raises(ValueError, match="at least one"):
                await replay(recording, {})
        with pytest.raises(KeyError, match=r"no channel 'Tick' is open, and its class of events is not known"):
            await replay(unknown, Channels())
        with pytest.raises(RecordingError, match=r"give Recording.open\(...\) its ChannelKey\('Tick', Tick\)"):
            await replay(unknown, {"Tick": untyped})
        assert await replay(DAY, {"Tick": untyped}) == 2

    run(main())


def test_bad_arguments_are_refused() -> None:
    async def main() -> None:
        wrong: Any
        for wrong in ([Channel(float)], Channel(float), 3, None):
            with pytest.raises(TypeError, match="a Channels or a mapping"):
                await replay(DAY, wrong)
        wrong = {"Price": 3}
        with pytest.raises(TypeError, match="sends a recording to Channels, got 3 for 'Price'"):
            await replay(DAY, wrong)
        for wrong in ("fast", True, None):
            with pytest.raises(TypeError, match="speed"):
                await replay(DAY, Channels(), speed=wrong)
            with pytest.raises(TypeError, match="speed"):
                await replay(Channel(float), [], speed=wrong)
        for speed in (0, -1, math.nan):
            with pytest.raises(ValueError, match="above 0"):
                await replay(DAY, Channels(), speed=speed)

    run(main())


@pytest.mark.parametrize("speed", [1.0, math.inf])
@pytest.mark.parametrize("names", [["Tick"], ["Tick", "Price"]])
def test_a_full_consumer_holds_it_back_and_the_order_stays(speed: float, names: list[str], tmp_path: Path) -> None:
    rows = [(names[n % len(names)], float(n // 5), n) for n in range(60)]
    recording = Recording([ChannelKey(name, int) for name in names], rows).save(tmp_path / "day.jsonl")

    async def main() -> tuple[list[int], int]:
        async with Channels() as channels:
            seen: list[int] = []
            ahead: list[int] = []
            for key in recording.keys:
                channel = channels.open(key, capacity=2)
                channel.subscribe(seen.append)

                async def slow(number: int) -> None:
                    ahead.append(len(seen) - number)
                    await asyncio.sleep(3)

                channel.consume(slow)
            assert await replay(recording, channels, speed=speed) == 60
        return seen, max(ahead)

    seen, ahead = run(main())
    assert seen == list(range(60))
    assert ahead <= 4 * len(names)


def test_it_lets_others_run() -> None:
    rows = [("Price", 0.0, float(n)) for n in range(10_000)]

    async def main() -> int:
        turns = 0

        async def others() -> None:
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0)

        other = asyncio.create_task(others())
        await replay(Recording([PRICE], rows), {"Price": Channel(float, capacity=100)}, speed=math.inf)
        other.cancel()
        return turns

    assert run(main()) >= 90


def test_a_stopped_channel_ends_it_and_cancelling_it_too(tmp_path: Path) -> None:
    async def main(recording: Recording) -> None:
        prices = Channel(float)
        replaying = asyncio.create_task(replay(recording, {"Price": prices}))
        await asyncio.sleep(5)
        await prices.stop()
        with pytest.raises(ChannelClosed):
            await replaying
        assert clock.now() == 60
        prices = Channel(float)
        replaying = asyncio.create_task(replay(recording, {"Price": prices}))
        await asyncio.sleep(5)
        replaying.cancel()
        await asyncio.wait([replaying])
        await asyncio.sleep(100)
        assert prices.stats().sent == 1

    for recording in sources(tmp_path):
        run(main(recording))


@pytest.mark.real_time  # a thread writes the files
def test_a_pipeline_gives_the_same_live_and_as_a_back_test(tmp_path: Path) -> None:
    """Its output is recorded beside its input: what is replayed is the input, and it gives the same output."""
    out = ChannelKey("Last", float)

    async def pipeline(channels: Channels, feed: Callable[[], Any], path: Path) -> None:
        prices, last = channels.open(PRICE), channels.open(out)
        prices.debounce(0.9).subscribe(last.send_nowait)
        tape = Consumer(prices.buffer(seconds=2.0), overflow=Overflow.DROP_OLDEST)
        async with record(channels, path):
            await feed()
            await asyncio.sleep(5)
        tape.close()

    async def live() -> None:
        async with Channels() as channels:

            async def feed() -> None:
                for n in range(30):
                    await channels.get(PRICE).send(float(n))
                    await asyncio.sleep(n % 4 * 0.4)

            await pipeline(channels, feed, tmp_path / "live.jsonl")

    async def back_test(path: Path) -> None:
        recorded = Recording.open(tmp_path / "live.jsonl", [PRICE, out]).only(PRICE)
        async with Channels() as channels:
            await pipeline(channels, lambda: replay(recorded, channels, origin=0.0), path)

    run(live())
    run(back_test(tmp_path / "one.jsonl"))
    run(back_test(tmp_path / "two.jsonl"))
    live_bytes = (tmp_path / "live.jsonl").read_bytes()
    assert live_bytes.count(b'["Last"') > 5
    assert live_bytes == (tmp_path / "one.jsonl").read_bytes() == (tmp_path / "two.jsonl").read_bytes()


texts = st.text(st.characters(codec="utf-8"), max_size=5)
ticks = st.builds(Tick, texts, st.floats(allow_nan=False, allow_infinity=False))
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(-1e9, 1e9) | texts,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(texts, inner, max_size=2),
    max_leaves=3,
)
KINDS: list[tuple[type[Any], st.SearchStrategy[Any]]] = [
    (Tick, ticks),
    (
        Order,
        st.builds(
            Order,
            st.integers(-(2**63), 2**63 - 1),
            st.datetimes(timezones=st.just(UTC)),
            st.decimals(allow_nan=False, allow_infinity=False),
            st.lists(ticks, max_size=2).map(tuple),
        ),
    ),
    (float, st.floats(allow_nan=False, allow_infinity=False) | st.integers(-100, 100)),
    (int, st.integers(-(2**63), 2**63 - 1)),
    (dict, st.dictionaries(texts, json_values, max_size=3)),
    (str, texts),
]
times = st.floats(0, 1e6, allow_subnormal=False) | st.integers(0, 3)


@st.composite
def sessions(draw: st.DrawFn) -> tuple[list[ChannelKey[Any]], list[tuple[int, float, Any]]]:
    """Channels, and of each send which channel's it is, how long it comes after the one before, and the event."""
    kinds = draw(st.lists(st.sampled_from(KINDS), min_size=1, max_size=4))
    keys = [ChannelKey(f"{event_type.__name__} {n}", event_type) for n, (event_type, _) in enumerate(kinds)]
    one = st.integers(0, len(kinds) - 1).flatmap(lambda n: st.tuples(st.just(n), times, kinds[n][1]))
    return keys, draw(st.lists(one, max_size=20))


@pytest.mark.real_time  # a thread writes the files
@given(
    session=sessions(),
    suffix=st.sampled_from([".jsonl", ".jsonl.gz", ".msgpack", ".msgpack.gz"]),
    flush=st.sampled_from([0.1, 1.0, 1e9]),
    typed=st.booleans(),
    loaded=st.booleans(),
)
def test_recorded_replayed_and_recorded_again_the_bytes_are_the_same(
    session: tuple[list[ChannelKey[Any]], list[tuple[int, float, Any]]],
    suffix: str,
    flush: float,
    typed: bool,
    loaded: bool,
) -> None:
    keys, sends = session

    async def live(path: Path) -> Recording:
        async with Channels() as channels:
            opened = [channels.open(key) for key in keys]
            async with record(channels, path, flush=flush) as recording:
                for index, pause, sent in sends:
                    await asyncio.sleep(pause)
                    await opened[index].send(sent)
        return recording

    async def again(recording: Recording, path: Path) -> None:
        async with Channels() as channels:
            _ = [channels.open(key) for key in keys]
            async with record(channels, path):
                assert await replay(recording, channels, origin=0.0) == len(sends)

    with tempfile.TemporaryDirectory() as folder:
        first, second, third = (Path(folder) / f"{n}{suffix}" for n in range(3))
        recording = run(live(first))
        assert [(name, sent) for name, _, sent in recording] == [(keys[n].name, sent) for n, _, sent in sends]
        recording = Recording.open(first, keys if typed or loaded else [])
        run(again(recording.load() if loaded else recording, second))
        assert first.read_bytes() == second.read_bytes()
        Recording(keys, Recording.open(second, keys)).save(third)
        assert first.read_bytes() == third.read_bytes()
