"""Recording: what it gives, and what it says of files that are damaged, torn, of other events, or no recordings."""

from __future__ import annotations

import gzip
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from async_channel import ChannelKey, EventTypeConflict, event
from async_channel.recording import Recording, RecordingError
from async_channel.recording import files as recording_files

SUFFIXES = [".jsonl", ".jsonl.gz", ".msgpack", ".msgpack.gz"]
every_format = pytest.mark.parametrize("suffix", SUFFIXES)


@event
class Tick:
    symbol: str
    price: float


TICK, PRICE = ChannelKey("Tick", Tick), ChannelKey("Price", float)
ROWS: list[tuple[str, float, Any]] = [
    ("Tick", 0.0, Tick("BTC", 1.5)),
    ("Price", 1.0, 64.5),
    ("Tick", 1.0, Tick("ETH", 2.5)),
    ("Price", 2.0, 64.0),
]


def saved(folder: Path, suffix: str = ".jsonl", rows: list[tuple[str, float, Any]] = ROWS) -> Path:
    path = folder / f"day{suffix}"
    Recording([TICK, PRICE], rows).save(path)
    return path


def changed(path: Path, change: Callable[[bytes], bytes]) -> Path:
    """The same file with other content, compressed as it was."""
    data = path.read_bytes()
    path.write_bytes(gzip.compress(change(gzip.decompress(data))) if path.suffix == ".gz" else change(data))
    return path


@every_format
def test_it_is_what_it_was_made_of(suffix: str, tmp_path: Path) -> None:
    recording = Recording.open(saved(tmp_path, suffix), [TICK, PRICE])
    for same in (recording, recording.load(), Recording([TICK, PRICE], ROWS)):
        assert list(same) == list(same) == ROWS
        assert same.keys == (TICK, PRICE)
        assert list(same.events(PRICE)) == [(1.0, 64.5), (2.0, 64.0)]
        only = same.only(TICK)
        assert list(only) == list(only.only("Tick")) == [ROWS[0], ROWS[2]]
        assert only.keys == (TICK,)
        assert (same.start, only.start, same.only("Price").start) == (0.0, 0.0, 1.0)
        assert repr(same) == "<Recording of 'Tick', 'Price'>"


@every_format
def test_one_without_events_is_one_too(suffix: str, tmp_path: Path) -> None:
    recording = Recording.open(saved(tmp_path, suffix, []), [TICK])
    assert list(recording.only("Tick")) == []
    assert recording.start is None


@every_format
def test_many_blocks_are_read_as_one(suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows: list[tuple[str, float, Any]] = [
        ("Tick", float(n), Tick("x" * (n % 40), n)) if n % 3 else ("Price", float(n), n / 7) for n in range(500)
    ]
    path = saved(tmp_path, suffix, rows)
    for size in (7, 100, 1 << 12):
        monkeypatch.setattr(recording_files, "_READ", size)
        assert list(Recording.open(path, [TICK])) == rows
        assert list(Recording.open(path).only("Price")) == rows[::3]


def test_what_it_is_made_of_is_checked() -> None:
    wrong: Any
    for wrong in ("Tick", ("Tick", 1.0), (1, 1.0, 2), ("Tick", "1", 2), ("Tick", True, 2), ["Tick", 1.0, 2]):
        with pytest.raises(TypeError):
            Recording([TICK], [wrong])
    for wrong in (("Other", 1.0, 2), ("Tick", math.nan, 2), ("Tick", math.inf, 2)):
        with pytest.raises(ValueError, match=r"no channel 'Other'|finite"):
            Recording([TICK], [wrong])
    with pytest.raises(ValueError, match="at least one"):
        Recording([])
    with pytest.raises(ValueError, match="two are named 'Tick'"):
        Recording([TICK, ChannelKey("Tick", int)])
    wrong = "Tick"
    with pytest.raises(TypeError, match="ChannelKeys"):
        Recording([wrong])
    recording = Recording([TICK, PRICE], ROWS)
    with pytest.raises(TypeError, match="ChannelKey"):
        recording.events(wrong)
    with pytest.raises(KeyError, match="no channel 'Other' was recorded; recorded were: Tick, Price"):
        recording.only("Other")
    with pytest.raises(ValueError, match="at least one"):
        recording.only()
    with pytest.raises(EventTypeConflict, match="'Price' was recorded with events of float, and carries int"):
        recording.events(ChannelKey("Price", int))


def test_a_class_is_known_by_a_key_or_not_at_all(tmp_path: Path) -> None:
    recording = Recording.open(saved(tmp_path))
    with pytest.raises(
        RecordingError, match=r"events of .*\.Tick, and that class is not known .*ChannelKey\('Tick', Tick"
    ):
        list(recording)
    assert list(recording.events(TICK)) == [(0.0, Tick("BTC", 1.5)), (1.0, Tick("ETH", 2.5))]
    assert list(recording.only("Price")) == [ROWS[1], ROWS[3]]
    assert [key.event_type for key in recording.keys] == [object, object]


def test_other_channels_and_other_classes_are_an_error(tmp_path: Path) -> None:
    path = saved(tmp_path)

    class Trade: ...

    with pytest.raises(RecordingError, match=r"day\.jsonl: has no channel 'Trade'; it has: Tick, Price"):
        Recording.open(path, [ChannelKey("Trade", Trade)])
    with pytest.raises(RecordingError, match=r"day\.jsonl: channel 'Tick' .* events of .*\.Tick, not .*Trade: give"):
        Recording.open(path, [ChannelKey("Tick", Trade)])
    with pytest.raises(EventTypeConflict, match=r"of .*\.Tick, and carries Trade"):
        Recording.open(path).events(ChannelKey("Tick", Trade))

    moved = type("Tick", (), {"__annotations__": {"symbol": str, "price": float}, "__module__": "elsewhere"})
    Recording.open(path, [ChannelKey("Tick", moved)])


def test_a_class_that_has_changed_is_an_error_with_its_line(tmp_path: Path) -> None:
    path = saved(tmp_path)

    @event
    class Tick:
        symbol: str
        amount: float

    says = r"day\.jsonl, line 2: .*missing required field `amount`.*does not fit Tick, the class of channel 'Tick'"
    with pytest.raises(RecordingError, match=says):
        list(Recording.open(path, [ChannelKey("Tick", Tick)]))


@every_format
def test_nothing_is_overwritten(suffix: str, tmp_path: Path) -> None:
    path = saved(tmp_path, suffix)
    before = path.read_bytes()
    with pytest.raises(FileExistsError):
        Recording([PRICE]).save(path)
    assert path.read_bytes() == before


@every_format
@pytest.mark.parametrize(
    "content", [b"", b"\n", b"hello\n", b'{"recording":"mine"}\n', b"\xce\x00\x00\x00\x01\x01", b"\xff" * 99]
)
def test_what_is_no_recording_is_said_to_be_none(suffix: str, content: bytes, tmp_path: Path) -> None:
    path = tmp_path / f"day{suffix}"
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    with pytest.raises(RecordingError, match=r"/day\..*is no recording"):
        Recording.open(path)


def test_one_of_a_newer_version_says_so(tmp_path: Path) -> None:
    path = changed(saved(tmp_path), lambda data: data.replace(b'"version":1', b'"version":2'))
    with pytest.raises(RecordingError, match=r"day\.jsonl: is of version 2, and 1 .*update async_channel"):
        Recording.open(path)


def test_a_file_that_is_not_there_is_the_usual_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Recording.open(tmp_path / "day.jsonl")


@every_format
def test_torn_anywhere_it_is_an_error_and_can_be_recovered(suffix: str, tmp_path: Path) -> None:
    path = saved(tmp_path, suffix)
    plain = path.suffix != ".gz"
    whole = path.read_bytes() if plain else gzip.decompress(path.read_bytes())
    header = len((tmp_path / "no").name) and whole.index(b"Price")
    seen: set[int] = set()
    for end in range(len(whole)):
        torn = tmp_path / f"torn{end}{suffix}"
        torn.write_bytes(whole[:end] if plain else gzip.compress(whole[:end]))
        try:
            recording = Recording.open(torn, [TICK], recover=True)
        except RecordingError as error:
            assert "is no recording" in str(error)  # not even the header is there
            assert end < header + 30
            continue
        found = list(recording)
        assert found == ROWS[: len(found)]
        seen.add(len(found))
        with pytest.raises(RecordingError, match=rf"/torn{end}\..*: ends after \w+ {len(found) + 1}, .*recover=True"):
            list(Recording.open(torn, [TICK]))
    assert seen == set(range(len(ROWS) + 1))


@pytest.mark.parametrize("suffix", [".jsonl.gz", ".msgpack.gz"])
def test_compressed_data_that_ends_early_is_recovered_up_to_the_last_block(suffix: str, tmp_path: Path) -> None:
    rows = [("Price", float(n), math.sin(n)) for n in range(20_000)]
    path = saved(tmp_path, suffix, rows)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(RecordingError, match=r"/day\..*: the compressed data ends early, .*recover=True"):
        list(Recording.open(path, [TICK]))
    found = list(Recording.open(path, [TICK], recover=True))
    assert found == rows[: len(found)]
    assert len(found) > 5_000
    path.write_bytes(whole + b"more")
    with pytest.raises(RecordingError, match="something follows the end of the compressed data"):
        list(Recording.open(path, [TICK]))
    path.write_bytes(whole[:5000] + b"\xff" * 100 + whole[5100:])
    for recover in (False, True):
        with pytest.raises(RecordingError, match=r"/day\..*: (the compressed data is|.*the file is) damaged"):
            list(Recording.open(path, [TICK], recover=recover))


def test_compressed_data_is_on_the_disk_block_by_block_before_the_file_is_closed(tmp_path: Path) -> None:
    path = tmp_path / "day.jsonl.gz"
    output = recording_files.Output(path)

    def readable() -> int:
        return sum(map(len, recording_files.blocks(path, recover=True)))

    output.write_apart(b"header\n")
    assert readable() == 7
    output.write(b"x" * 60_000)
    assert readable() == 7
    output.write(bytes(range(256)) * 300)
    assert readable() == 7 + 2 * 65_536
    output.close()
    assert readable() == 7 + 60_000 + 256 * 300


LINES: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "no JSON": (lambda data: data.replace(b'["Price",1.0', b'["Price"'), "line 3: .*the file is damaged; the 1 events"),
    "cut within": (lambda data: data.replace(b"64.5]", b""), "line 3: .*the file is damaged"),
    "another channel": (
        lambda data: data.replace(b'["Price",2', b'["Trade",2'),
        "line 5: its channel 'Trade' is not in",
    ),
    "another type": (
        lambda data: data.replace(b"64.0", b'"64"'),
        "line 5: .*Expected `float`.*class of channel 'Price'",
    ),
    "no UTF-8": (lambda data: data.replace(b"ETH", b"\xff\xfe\xfd"), "line 4: "),
    "a line less": (
        lambda data: data.replace(b'["Price",1.0,64.5]\n', b""),
        "3 events are left of 4: the file is damaged",
    ),
    "a line twice": (
        lambda data: data.replace(b'["Price",1.0,64.5]\n', b'["Price",1.0,64.5]\n' * 2),
        "5 events are left of 4",
    ),
    "more": (lambda data: data + data.splitlines(keepends=True)[1], "line 6: |something follows its last line"),
    "more, torn": (lambda data: data + b'["Pri', "something follows its last line"),
}


@pytest.mark.parametrize("suffix", [".jsonl", ".jsonl.gz"])
@pytest.mark.parametrize("recover", [False, True])
@pytest.mark.parametrize(("damage", "says"), LINES.values(), ids=LINES)
def test_damage_is_an_error_that_names_the_file_and_the_line(
    damage: Callable[[bytes], bytes], says: str, recover: bool, suffix: str, tmp_path: Path
) -> None:
    path = changed(saved(tmp_path, suffix), damage)
    with pytest.raises(RecordingError, match=r"/day\.jsonl(\.gz)?[,:] .*" + f"({says})"):
        list(Recording.open(path, [TICK], recover=recover))


def test_damage_in_message_pack_is_an_error_that_names_the_record(tmp_path: Path) -> None:
    path = saved(tmp_path, ".msgpack")
    whole = path.read_bytes()
    at = whole.index(b"\xa5Price\xcb")
    for damaged, says in (
        (whole[:at] + b"\xa5Trade" + whole[at + 6 :], r"record 3: its channel 'Trade' is not in the header"),
        (whole[:at] + b"\xc1" + whole[at + 1 :], r"record 3: .*the file is damaged; the 1 events before are whole"),
        (whole[: at - 6] + b"\x00" + whole[at - 5 :], r"record 3: .*no size where a record should begin"),
        (whole + whole[-8:], r"record 6: .*the file is damaged; the 4 events before are whole"),
    ):
        path.write_bytes(damaged)
        with pytest.raises(RecordingError, match=rf"/day\.msgpack[,:] .*{says}"):
            list(Recording.open(path, [TICK]))


def test_damage_further_down_is_counted_from_the_beginning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = saved(tmp_path, ".msgpack", [("Price", float(n), 1.0) for n in range(100)])
    whole = path.read_bytes()
    last = whole.rindex(b"\xa5Price") - 6
    path.write_bytes(whole[:last] + b"\x00" + whole[last + 1 :])
    monkeypatch.setattr(recording_files, "_READ", 300)
    with pytest.raises(RecordingError, match=r"/day\.msgpack, record 101: "):
        list(Recording.open(path, [TICK]))


def test_the_channel_is_looked_at_even_where_there_is_only_one(tmp_path: Path) -> None:
    path = tmp_path / "day.jsonl"
    Recording([PRICE], [("Price", 0.0, 1.0)]).save(path)
    changed(path, lambda data: data.replace(b'["Price"', b'["Trade"'))
    with pytest.raises(RecordingError, match="line 2: its channel 'Trade' is not in the header"):
        list(Recording.open(path))


def test_what_cannot_be_saved_leaves_what_came_before(tmp_path: Path) -> None:
    path = tmp_path / "day.jsonl"
    rows = [("Price", 0.0, 1.0), ("Price", 1.0, math.nan), ("Price", 2.0, 2.0)]
    with pytest.raises(RecordingError, match=r"day\.jsonl: the event nan of channel 'Price' at 1\.0 can't be kept"):
        Recording([PRICE], rows).save(path)
    assert list(Recording.open(path, recover=True)) == rows[:1]


def test_a_class_that_raises_while_it_is_made_is_an_error_with_its_line(tmp_path: Path) -> None:
    path = saved(tmp_path)

    @event
    class Tick:
        symbol: str
        price: float

        def __post_init__(self) -> None:
            if self.symbol == "ETH":
                raise LookupError("no ETH")

    with pytest.raises(RecordingError, match=r"day\.jsonl, line 4: no ETH"):
        list(Recording.open(path, [ChannelKey("Tick", Tick)]))
