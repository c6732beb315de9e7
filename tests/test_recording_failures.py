"""record: what is refused, what fails, what is cancelled; and what is imported, or missing."""

from __future__ import annotations

import asyncio
import logging
import math
import subprocess
import sys
import threading
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from async_channel import Channel, ChannelClosed, ChannelKey, Channels, Failure, WrongLoop, event
from async_channel.recording import Recording, RecordingError, capture, record
from async_channel.recording.stored import Writer
from tests.support import run

pytestmark = pytest.mark.real_time  # a thread writes the files, and who leaves the block waits for it


@event
class Tick:
    symbol: str
    price: float
    at: datetime | None = None


class Odd:
    """Of no type that msgspec knows."""


class Sub(Tick):
    """A Tick with more in it."""

    __slots__ = ()


@event
class Unresolved:
    odd: Nowhere  # type: ignore[name-defined]  # noqa: F821  an annotation that nobody can resolve


BAD: dict[str, tuple[type[Any], Any, Any, str]] = {
    "no type of msgspec's": (dict, {}, {"a": Odd()}, r"can't be kept: .*Odd"),
    "of a subclass": (Tick, Tick("a", 1), Sub("a", 1), r"would come back as Tick\("),
    "not finite": (float, 1.0, math.nan, "can't be kept: Expected `float`, got `null`"),
    "of another class": (int, 1, "one", "can't be kept: Expected `int`, got `str`"),
    "not said to be": (dict, {}, {"a": Decimal(1)}, "would come back as {'a': '1'}: annotate"),
    "of no class": (object, 1, Tick("a", 1), "would come back as {'symbol': .*: give the channel its class"),
}


@pytest.mark.parametrize(("event_type", "good", "bad", "says"), BAD.values(), ids=BAD)
def test_what_would_not_come_back_is_an_error_with_what_came_before_in_the_file(
    event_type: type[Any], good: Any, bad: Any, says: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "day.jsonl"

    async def main() -> None:
        channel = Channel(event_type, "Mine")
        failures: list[Failure] = []
        channel.errors.subscribe(failures.append)
        with pytest.raises(RecordingError, match=says) as caught:
            async with record(channel, path):
                await channel.send_many([good, good, bad, good])
                await asyncio.sleep(2)
                await asyncio.get_running_loop().run_in_executor(None, lambda: None)
                while not failures:  # noqa: ASYNC110  it comes from the thread
                    await asyncio.sleep(0)
                await channel.send(good)  # senders go on
        assert [failure.error for failure in failures] == [caught.value]
        assert "'Mine'" in str(caught.value)
        assert "The 2 events before are in the file, and none after" in str(caught.value)

    with caplog.at_level(logging.CRITICAL):
        run(main())
    kept = Recording.open(path, [ChannelKey("Mine", event_type)], recover=True)
    assert list(kept) == [("Mine", 0.0, good)] * 2


def test_after_the_first_failure_nothing_is_noted_or_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(capture, "BATCH", 1)  # so what comes behind is handed over before anybody knows

    async def main() -> None:
        numbers = Channel(int, "Number")
        failures: list[Failure] = []
        numbers.errors.subscribe(failures.append)
        context: Any = record(numbers, tmp_path / "day.jsonl")
        with pytest.raises(RecordingError, match="The 2 events before are in the file"):
            async with context:
                wrong: Any = "three"
                await numbers.send_many([1, 2, wrong, 4, 5])
                while not failures:  # noqa: ASYNC110  it comes from the thread
                    await asyncio.sleep(0)
                await numbers.send(6)
                assert not context._rows
                assert numbers._log.taps == ()
        assert len(failures) == 1

    with caplog.at_level(logging.CRITICAL):
        run(main())
    assert [number for _, _, number in Recording.open(tmp_path / "day.jsonl", recover=True)] == [1, 2]


def test_nan_and_infinity_need_message_pack_which_keeps_them(tmp_path: Path) -> None:
    rows = [("Price", 0.0, math.inf), ("Price", 1.0, math.nan), ("Price", 2.0, -math.inf)]
    saved = Recording([ChannelKey("Price", float)], rows).save(tmp_path / "day.msgpack")
    assert repr(list(saved)) == repr(rows)


def test_without_verifying_it_is_the_reader_who_finds_out(tmp_path: Path) -> None:
    async def main() -> Recording:
        prices = Channel(float, "Price")
        async with record(prices, tmp_path / "day.jsonl", verify=False) as recording:
            await prices.send_many([1.0, math.nan])
        return recording

    with pytest.raises(RecordingError, match=r"day\.jsonl, line 3: .*does not fit float"):
        list(run(main()))


def test_an_error_of_the_block_is_what_is_raised(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        async with Channel(int, "Number") as numbers, record(numbers, tmp_path / "day.jsonl"):
            await numbers.send("one")  # type: ignore[arg-type]  # what goes wrong
            raise OSError("mine")

    with caplog.at_level(logging.ERROR), pytest.raises(OSError, match="mine"):
        run(main())
    assert "a recording is not whole" in caplog.text


def test_cancelled_while_it_is_closed_the_file_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    closing, go_on = threading.Event(), threading.Event()
    closed = Writer.close

    def waiting(writer: Writer) -> None:
        closing.set()
        assert go_on.wait(60)
        closed(writer)

    monkeypatch.setattr(Writer, "close", waiting)

    async def recorded() -> None:
        numbers = Channel(int, "Number")
        async with record(numbers, tmp_path / "day.jsonl"):
            await numbers.send(1)

    async def main() -> None:
        task = asyncio.create_task(recorded())
        await asyncio.to_thread(closing.wait, 60)
        task.cancel()
        await asyncio.sleep(0)
        go_on.set()
        await asyncio.wait([task])
        assert task.cancelled()

    asyncio.run(main())
    assert [number for _, _, number in Recording.open(tmp_path / "day.jsonl")] == [1]


def test_what_cannot_be_recorded_is_refused(tmp_path: Path) -> None:
    numbers, path = Channel(int, "Number"), tmp_path / "day.jsonl"
    wrong: Any
    for wrong in ("Number", 3, [numbers, "Number"], None):
        with pytest.raises(TypeError, match=r"record\(\) takes"):
            record(wrong)
    with pytest.raises(ValueError, match="two are named 'Number'"):
        record([numbers, Channel(float, "Number")])
    none: list[Channel[int]] = []
    for nothing in (none, Channels()):
        with pytest.raises(ValueError, match="at least one"):
            record(nothing)
    for flush in (0, -1, math.nan):
        with pytest.raises(ValueError, match="flush"):
            record(numbers, path, flush=flush)
    for name in ("day.json", "day", "day.gz", "day.jsonl.bz2"):
        with pytest.raises(ValueError, match=r"\.jsonl\.gz, \.msgpack"):
            record(numbers, tmp_path / name)
    wrong = 3
    with pytest.raises(TypeError, match="path"):
        record(numbers, wrong)
    path.touch()

    async def main() -> None:
        with pytest.raises(FileExistsError):
            async with record(Channel(int), path):
                pass
        with pytest.raises(RecordingError, match="'Odd' can't be read from a file"):
            async with record(Channel(Unresolved, "Odd"), tmp_path / "odd.jsonl"):
                pass
        await numbers.stop()
        with pytest.raises(ChannelClosed):
            async with record(numbers):
                pass

    run(main())
    assert path.read_bytes() == b""


def test_a_channel_of_another_loop_is_refused() -> None:
    async def main() -> None:
        numbers = Channel(int, "Number")
        await numbers.start()

        async def elsewhere() -> None:
            async with record(numbers):
                pass

        with pytest.raises(WrongLoop):
            await asyncio.to_thread(asyncio.run, elsewhere())

    asyncio.run(main())


def python(program: str) -> None:
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


def test_the_package_imports_it_not_and_msgspec_only_files_do() -> None:
    python("import async_channel, sys; assert not {'msgspec', 'async_channel.recording'} & sys.modules.keys()")
    python("import async_channel.replay, async_channel.recording, sys; assert 'msgspec' not in sys.modules")


def test_without_msgspec_memory_works_and_files_say_what_to_install(tmp_path: Path) -> None:
    python(f"""
import sys
sys.modules["msgspec"] = None
import asyncio
from async_channel import Channel, ChannelKey
from async_channel.recording import Recording, record
from async_channel.replay import replay
async def main():
    numbers = Channel(int, "Number")
    async with record(numbers) as recording:
        await numbers.send(1)
    assert await replay(recording, {{"Number": numbers}}) == 1
    for use in (recording.save, Recording.open):
        try:
            use({str(tmp_path / "a.jsonl")!r})
        except ImportError as error:
            assert "async-channel-rx[recording]" in str(error)
        else:
            raise AssertionError
    try:
        async with record(numbers, {str(tmp_path / "a.jsonl")!r}):
            raise AssertionError
    except ImportError as error:
        assert "async-channel-rx[recording]" in str(error)
asyncio.run(main())
""")
    assert list(tmp_path.iterdir()) == []
