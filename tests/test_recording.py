"""record: what live channels were sent, when, and in which order; in memory and in files."""

from __future__ import annotations

import asyncio
import math
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple, TypedDict

import pytest

from async_channel import Channel, ChannelKey, Channels, Consumer, clock, event
from async_channel.recording import Recording, RecordingError, capture, record
from async_channel.recording.stored import Writer
from tests.support import run

pytestmark = pytest.mark.real_time  # a thread writes the files, and who leaves the block waits for it
SUFFIXES = [".jsonl", ".jsonl.gz", ".msgpack", ".msgpack.gz"]
every_format = pytest.mark.parametrize("suffix", SUFFIXES)


@event
class Tick:
    symbol: str
    price: float
    at: datetime | None = None


class Candle(NamedTuple):
    low: Decimal
    high: Decimal


class Level(TypedDict):
    side: str
    amount: float


EVENTS: dict[ChannelKey[Any], Any] = {
    ChannelKey("Tick", Tick): Tick("BTC", 1.5, datetime(2026, 5, 2, 12, 0, 0, 5, tzinfo=UTC)),
    ChannelKey("Candle", Candle): Candle(Decimal("0.10"), Decimal("1e-7")),
    ChannelKey("Level", Level): {"side": "bid", "amount": 2.0},
    ChannelKey("Json", dict): {"a": [1, 2.5, None, {"b": "ü"}], "c": True},
    ChannelKey("Count", int): -3,
    ChannelKey("Price", float): 0.1,
    ChannelKey("Exact", Decimal): Decimal("1.50"),
    ChannelKey("When", datetime): datetime(2026, 1, 1, tzinfo=UTC),
    ChannelKey("Word", str): "line\nbreak",
    ChannelKey("Bytes", bytes): b"\x00\xff",
}


@pytest.mark.parametrize("key", EVENTS, ids=lambda key: key.name)
@pytest.mark.parametrize("suffix", ["", *SUFFIXES])
def test_what_is_sent_comes_back_as_it_was_with_its_time(key: ChannelKey[Any], suffix: str, tmp_path: Path) -> None:
    sent = EVENTS[key]

    async def main() -> Recording:
        async with Channels() as channels:
            channel = channels.open(key)
            async with record(channel, tmp_path / f"day{suffix}" if suffix else None) as recording:
                await channel.send(sent)
                await asyncio.sleep(1.25)
                channel.send_nowait(sent)
            await channel.send(sent)  # the block is left
            return recording

    recording = clock.run(main(), speed=math.inf, start=1_714_608_000)
    rows = [(key.name, 1_714_608_000.0, sent), (key.name, 1_714_608_001.25, sent)]
    assert list(recording) == list(recording) == rows
    assert recording.start == 1_714_608_000
    assert {type(found) for _, found in recording.events(key)} == {type(sent)}
    if suffix:
        assert list(Recording.open(tmp_path / f"day{suffix}", [key])) == rows


def test_the_lines_are_plain_json(tmp_path: Path) -> None:
    async def main() -> None:
        ticks, prices = Channel(Tick), Channel(float, "Price")
        async with record([ticks, prices], tmp_path / "day.jsonl"):
            await ticks.send(Tick("BTC", 1.5))
            await prices.send(2)

    run(main())
    assert (tmp_path / "day.jsonl").read_text("utf-8").splitlines() == [
        '{"recording":"async_channel","version":1,"channels":{"Tick":"' + __name__ + '.Tick","Price":"float"}}',
        '["Tick",0.0,{"symbol":"BTC","price":1.5,"at":null}]',
        '["Price",0.0,2.0]',
        '["",2]',
    ]


def test_the_order_is_that_of_the_sends_even_from_inside_an_observer() -> None:
    async def main() -> list[object]:
        first, second = Channel(int, "First"), Channel(int, "Second")

        def answer(number: int) -> None:
            if number < 3:
                first.send_nowait(number + 10)  # waits its turn, and is sent now
                second.send_nowait(number)

        first.subscribe(answer)
        async with record([second, first]) as recording:
            await first.send(1)
            await second.send(2)
            await first.send_many([2])
        return [(name, number) for name, _, number in recording]

    assert run(main()) == [
        ("First", 1),
        ("First", 11),
        ("Second", 1),
        ("Second", 2),
        ("First", 2),
        ("First", 12),
        ("Second", 2),
    ]


def test_nobody_else_notices() -> None:
    async def main() -> None:
        numbers = Channel(int, "Number", capacity=4)
        seen: list[int] = []
        async with record(numbers):
            await numbers.send_many(range(3))
        async with record(numbers) as recording, record(numbers) as other:
            numbers.send_nowait(3)
            assert numbers.stats().consumers == ()
            consumer = Consumer(numbers)  # the first one, with its warm-up
            assert [consumer.get_nowait() for _ in range(4)] == [0, 1, 2, 3]
            numbers.subscribe(seen.append)
            await numbers.send(4)
        await numbers.send(5)
        assert seen == [4, 5]
        assert [number for _, _, number in recording] == [number for _, _, number in other] == [3, 4]
        assert consumer.stats().balanced

    run(main())


def test_what_is_refused_or_cancelled_is_not_recorded() -> None:
    async def main() -> None:
        numbers = Channel(int, "Number", capacity=1)
        consumer = Consumer(numbers)
        async with record(numbers) as recording:
            await numbers.send(1)
            waiting = asyncio.create_task(numbers.send(2))
            await asyncio.sleep(1)
            waiting.cancel()
            await asyncio.wait([waiting])
            later = asyncio.create_task(numbers.send(3))
            await asyncio.sleep(1)
            assert consumer.get_nowait() == 1
            await later
        assert list(recording) == [("Number", 0.0, 1), ("Number", 2.0, 3)]

    run(main())


@every_format
def test_equal_recordings_are_equal_bytes_whenever_they_were_written(suffix: str, tmp_path: Path) -> None:
    async def main(path: Path, pause: float) -> None:
        ticks = Channel(Tick)
        async with record(ticks, path, flush=0.5):
            for number in range(3000):
                if number in (500, 501, 2000):
                    clock_stands = asyncio.get_running_loop().time()
                    await asyncio.to_thread(time.sleep, pause)
                    assert asyncio.get_running_loop().time() == clock_stands
                await ticks.send(Tick("x" * (number % 97), number / 7))

    first, second, third = (tmp_path / f"{n}{suffix}" for n in range(3))
    run(main(first, 0))
    run(main(second, 0.003))
    Recording.open(first, [ChannelKey("Tick", Tick)]).load().save(third)
    assert first.read_bytes() == second.read_bytes() == third.read_bytes()


def test_a_gzipped_file_is_what_gzip_makes_with_no_name_and_no_time(tmp_path: Path) -> None:
    prices = Recording([ChannelKey("Price", float)], [("Price", n, n / 7) for n in range(20_000)])
    prices.save(tmp_path / "day.jsonl")
    prices.save(tmp_path / "day.jsonl.gz")
    header = (tmp_path / "day.jsonl.gz").read_bytes()[:8]
    assert header == b"\x1f\x8b\x08\x00\x00\x00\x00\x00"
    gunzip = subprocess.run(
        [sys.executable, "-m", "gzip", "-d", "-"],
        input=(tmp_path / "day.jsonl.gz").read_bytes(),
        capture_output=True,
        check=True,
    )
    assert gunzip.stdout == (tmp_path / "day.jsonl").read_bytes()


def test_it_is_in_the_file_within_the_flush_time_and_a_crash_leaves_it_there(tmp_path: Path) -> None:
    path = tmp_path / "day.jsonl"
    program = f"""
import asyncio, os, pathlib
from async_channel import Channel
from async_channel.recording import record
async def main():
    numbers, path = Channel(int, "Number"), pathlib.Path({str(path)!r})
    async with record(numbers, path, flush=0.005):
        for enough in (4, 7):
            await numbers.send_many(range(enough - 4, enough - 1))
            while path.read_bytes().count(b"Number") < enough:
                await asyncio.sleep(0.002)
        await numbers.send(6)
        os._exit(7)
asyncio.run(main())
"""
    assert subprocess.run([sys.executable, "-c", program], check=False, timeout=60).returncode == 7
    left = [number for _, _, number in Recording.open(path, recover=True)]
    assert left == list(range(len(left)))
    assert len(left) >= 6
    with pytest.raises(RecordingError, match=rf"day\.jsonl: ends after line {len(left) + 1}, .*recover=True"):
        list(Recording.open(path))


def test_a_disk_that_is_slow_holds_the_senders_and_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting: list[int] = []
    written = Writer.write

    def slowly(writer: Writer, rows: Any) -> None:
        time.sleep(0.001)
        written(writer, rows)

    monkeypatch.setattr(Writer, "write", slowly)
    monkeypatch.setattr(capture, "BATCH", 4)
    monkeypatch.setattr(capture, "_BEHIND", 2)

    async def main() -> Recording:
        numbers = Channel(int, "Number")
        context: Any = record(numbers, tmp_path / "day.jsonl")
        recording: Recording
        async with context as recording:
            for number in range(100):
                numbers.send_nowait(number)
                waiting.append(len(context._behind))
        return recording

    assert [number for _, _, number in run(main())] == list(range(100))
    assert max(waiting) <= 2


def test_the_file_is_written_in_a_thread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    threads: set[str] = set()
    written = Writer.write

    def noting(writer: Writer, rows: Any) -> None:
        threads.add(threading.current_thread().name)
        written(writer, rows)

    monkeypatch.setattr(Writer, "write", noting)

    async def main() -> None:
        numbers = Channel(int, "Number")
        async with record(numbers, tmp_path / "day.jsonl"):
            await numbers.send_many(range(5000))

    run(main())
    assert threads == {"async_channel recording_0"}
    assert not any(thread.name.startswith("async_channel recording") for thread in threading.enumerate())


def test_it_leaves_no_timer_and_takes_no_time(tmp_path: Path) -> None:
    async def main() -> float:
        numbers = Channel(int, "Number")
        async with record(numbers, tmp_path / "day.msgpack.gz", flush=1000):
            await numbers.send(1)
        assert not asyncio.get_running_loop()._scheduled  # type: ignore[attr-defined]  # the loop's own list of timers
        return asyncio.get_running_loop().time()

    assert run(main()) == 0


def test_it_can_be_read_when_the_block_is_left_and_not_before(tmp_path: Path) -> None:
    async def main() -> None:
        numbers = Channel(int, "Number")
        async with record(numbers, tmp_path / "day.jsonl") as recording:
            await numbers.send(1)
            for early in (recording, recording.only("Number")):
                with pytest.raises(RecordingError, match="still being written"):
                    list(early)
        assert len(list(recording)) == 1
        async with record(numbers) as recording:
            await numbers.send(1)
            assert len(list(recording)) == 1  # in memory it can
            await numbers.send(2)
        assert len(list(recording)) == 2

    run(main())
