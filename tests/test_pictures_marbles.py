"""Marbles of a run: what is in the picture, what a test can expect of it, and that recording changes no result."""

from __future__ import annotations

import asyncio
import math
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import reactivex
from hypothesis import given
from hypothesis import strategies as st

from async_channel import Channel, ChannelKey, Consumer, Overflow, clock
from async_channel.pictures import marbles_svg
from async_channel.pictures.axis import ticks
from async_channel.pictures.lanes import Lane
from async_channel.pictures.marbles import draw
from async_channel.pictures.svg import width
from async_channel.recording import Recording, record
from async_channel.testing import Diagram, assert_marbles, marbles
from tests.support import run

SVG = "{http://www.w3.org/2000/svg}"
NUMBER = ChannelKey("Number", int)


def parts(picture: str, tag: str, kind: str | None = None) -> list[ET.Element]:
    return [one for one in ET.fromstring(picture).iter(SVG + tag) if kind is None or one.get("class") == kind]


def texts(picture: str) -> list[str]:
    return [one.text or "" for tag in ("text", "title") for one in parts(picture, tag)]


def rows(*times: float) -> Recording:
    return Recording([NUMBER], [("Number", time, place) for place, time in enumerate(times)])


@pytest.mark.parametrize("diagram", ["a-b-(cd)--|", "--|", "a", "-----", "(ab#)", "#", "a 10s b-|", "(ab)-(cd)--|"])
def test_the_text_of_a_run_is_what_a_test_expects_of_it(diagram: str) -> None:
    async def main() -> Recording:
        async with record({"It": marbles(diagram, error=KeyError("x"))}) as tape:
            await asyncio.sleep(20.0)
        return tape

    drawn = run(main()).marbles()
    again = marbles(diagram, error=KeyError("x"))
    assert_marbles(again, drawn, drawn.values, unit=drawn.unit, error=drawn.error)
    with pytest.raises(AssertionError):
        assert_marbles(again.map(lambda _: "z").start_with("z"), drawn, {**drawn.values, "z": "z"}, error=drawn.error)


@given(st.lists(st.integers(0, 40), max_size=12), st.sampled_from([1.0, 0.5, 0.1, 0.02]))
def test_every_run_in_frames_can_be_drawn_and_read_back(frames: list[int], unit: float) -> None:
    times = [frame * unit for frame in sorted(frames)]
    drawn = rows(0.0, *times).marbles()
    back = [(mark.time, drawn.values[str(mark.value)]) for mark in Diagram.parse(drawn, unit=drawn.unit).marks]
    assert [value for _, value in back] == list(range(len(times) + 1))
    assert [time for time, _ in back] == pytest.approx([0.0, *times])


def test_a_run_by_a_real_clock_is_drawn_in_frames_that_are_given() -> None:
    jittered = rows(1.7e9, 1.7e9 + 0.1003121, 1.7e9 + 0.2999123)
    with pytest.raises(ValueError, match="give unit="):
        jittered.marbles()
    assert jittered.marbles(unit=0.1) == "AB-C"
    with pytest.raises(ValueError, match="smaller unit"):
        rows(0.0, 0.0, 1.0).marbles(unit=1.0)
    with pytest.raises(ValueError, match="name one"):
        Recording([NUMBER, ChannelKey("Other", int)]).marbles()
    for wrong in (0.0, -1.0, math.nan):
        with pytest.raises(ValueError, match="unit"):
            jittered.marbles(unit=wrong)


def test_several_streams_as_text_stand_on_one_axis() -> None:
    keys: list[ChannelKey[Any]] = [NUMBER, ChannelKey("Word", str)]
    tape = Recording(keys, [("Number", 0.0, 7), ("Word", 2.0, "w"), ("Number", 3.0, 7)])
    assert tape.to_text().splitlines() == ["Number  A--A", "Word    --w", "        one character is 1 s", "A = 7"]


def test_marbles_where_they_have_room_and_bars_where_they_would_overlap() -> None:
    roomy = rows(*range(65)).to_svg()  # 10 pixels apart
    assert (len(parts(roomy, "circle")), len(parts(roomy, "rect"))) == (65, 0)
    narrow = rows(*range(72)).to_svg()  # 9.014
    assert (len(parts(narrow, "circle")), len(parts(narrow, "rect"))) == (72, 0)
    crowded = rows(*range(73)).to_svg()  # 8.9
    assert (len(parts(crowded, "circle")), len(parts(crowded, "rect")) > 60) == (0, True)
    mixed = rows(0, 50, *(80 + n / 10 for n in range(200))).to_svg()
    assert len(parts(mixed, "circle")) == 2


def test_what_comes_at_one_time_stands_below_each_other_up_to_four() -> None:
    four = parts(rows(0, 0, 0, 0, 1).to_svg(), "circle")
    assert len({one.get("cx") for one in four}) == 2
    assert len({one.get("cy") for one in four}) == 4
    five = rows(0, 0, 0, 0, 0, 1).to_svg()
    assert (len(parts(five, "circle")), len(parts(five, "rect"))) == (1, 1)
    assert any(told.startswith("5 events") for told in texts(five))


def test_a_hundred_thousand_events_are_a_small_picture() -> None:
    picture = rows(*(n / 100 for n in range(100_000))).to_svg()
    assert len(picture) < 60_000
    assert "100,000 events" in texts(picture)
    counted = [told for told in texts(picture) if "the highest bar" in told]
    assert sum(int(told.split()[0].replace(",", "")) for told in counted) == 100_000


class Odd:
    def __init__(self, shown: str | None) -> None:
        self.shown = shown

    def __repr__(self) -> str:
        if self.shown is None:
            raise ValueError
        return self.shown


@pytest.mark.parametrize(
    ("shown", "told"),
    [
        ("<script>alert(1)</script>", "<script>alert(1)</script>\nat 0 s"),
        ("\x00\ud800\x1b", "\\x00\\ud800\\x1b\nat 0 s"),
        ("y" * 10_000_000, "y" * 2000 + "… (9,998,000 more characters)\nat 0 s"),
        (None, "<a Odd, whose repr raised ValueError>\nat 0 s"),
        ("", "\nat 0 s"),
    ],
)
def test_whatever_an_event_says_shows_as_text(shown: str | None, told: str) -> None:
    picture = Recording([ChannelKey("<b>&", Odd)], [("<b>&", 5.0, Odd(shown))]).to_svg()
    assert told in texts(picture)
    assert "<script" not in picture
    assert len(picture.encode()) < 10_000


def test_nothing_one_event_and_no_duration_are_pictures_too() -> None:
    for tape in (rows(), rows(3.0), rows(3.0, 3.0)):
        assert tape.to_svg() == tape.to_svg()
        assert [one.text for one in parts(tape.to_svg(), "text")][-1] == "0 s"


def test_ends_failures_lag_and_drops_are_in_the_picture(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> Recording:
        done, broken = Channel(int, "Done"), Channel(int, "Broken")
        slow = Consumer(done, overflow=Overflow.DROP_OLDEST, capacity=2)
        broken_by: list[int] = []
        done.subscribe(lambda n: broken_by.append(1 // n))
        async with record(done, broken, {"Cold": reactivex.of(1, 2)}) as tape:
            for n in range(5):
                await done.send(n)
                await asyncio.sleep(1.0)
            broken.on_error(KeyError("gone"))
            await done.stop()
        slow.close()
        assert tape.trace is not None
        assert set(tape.trace.ends) == {"Done", "Broken", "Cold"}
        return tape

    tape = run(main())
    picture = tape.to_svg()
    told = texts(picture)
    assert {"completion at 5 s", "completion at 0 s", "KeyError('gone')\nat 5 s", "3 dropped"} <= set(told)
    assert any(one.startswith("ZeroDivisionError") for one in told)
    assert len(parts(picture, "path", "bad-line")) == len(parts(picture, "path", "bad")) == 1
    for _ in range(2):
        assert tape.save(tmp_path / "x.svg") is tape
        assert (tmp_path / "x.svg").read_text("utf-8") == picture
    assert tape._repr_mimebundle_() == {"text/plain": repr(tape), "image/svg+xml": picture}
    assert list(tape.only("Done").save(tmp_path / "x.jsonl")) == list(tape.only("Done"))


def test_recording_changes_no_result() -> None:
    async def main(is_recorded: bool) -> list[Any]:
        numbers = Channel(int, "Number")
        sums = numbers.buffer(seconds=2.0).map(sum)
        got: list[Any] = []

        async def read(consumer: Consumer[int]) -> None:
            async for event in consumer:
                got.append((clock.now(), event))  # noqa: PERF401  the time is that of each

        async def send() -> None:
            for n in range(20):
                await numbers.send(n)
                await asyncio.sleep(0.3 * (n % 3))
            await numbers.stop()

        for n in range(3):
            await numbers.send(n)  # the warm-up is for the first consumer, not for the recording

        async def all_of_it() -> None:
            await asyncio.gather(read(Consumer(numbers)), read(Consumer(sums)), send())

        if is_recorded:
            async with record(numbers, {"Sums": sums}):
                await all_of_it()
        else:
            await all_of_it()
        return [*got, numbers.stats()]

    assert run(main(True)) == run(main(False))


def test_streams_are_named() -> None:
    numbers = Channel(int, "Number")

    async def main() -> list[str]:
        async with record(numbers, numbers.map(str), {"Mine": numbers.skip(1)}) as tape:
            await numbers.send(1)
            await numbers.send(2)
        return [name for name, _, _ in tape]

    assert sorted(run(main())) == ["Mine", "Number", "Number", "Stream 2", "Stream 2"]
    with pytest.raises(TypeError, match="mapping of names"):
        record({"": numbers})


def test_a_text_is_drawn_with_its_operator() -> None:
    picture = marbles_svg("a-b|", "--#", operator="merge()", output="a-(bx)!", values={"x": 12345})
    assert {"a", "b", "12345", "merge()", "error\nat 2 s", "cancellation at 6 s"} <= set(texts(picture))
    assert len(parts(picture, "rect", "box")) == 1
    with pytest.raises(ValueError, match="at least one"):
        marbles_svg()
    with pytest.raises(ValueError, match=r"\^"):
        marbles_svg("a?")


@given(st.floats(1e-8, 1e8), st.integers(2, 12))
def test_an_axis_has_round_times_and_not_too_many(span: float, count: int) -> None:
    found = ticks(span, count)
    assert 1 <= len(found) <= count
    assert all(0 <= time <= span * (1 + 1e-6) for time, _ in found)
    assert len({name for _, name in found}) == len(found)


def test_a_long_name_in_bold_ends_before_its_line_begins() -> None:
    lane = Lane((), "map_async_" * 2)
    line = re.search(r'class="line" d="M([\d.]+) ', draw([lane], span=1.0, label=""))
    assert line is not None
    assert float(line[1]) > 10 + 1.1 * width(lane.name)
