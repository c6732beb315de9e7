"""How the live view looks: as SVG, as text, in a terminal and in IPython's output."""

from __future__ import annotations

import io
import re
import sys
import types
from importlib.machinery import ModuleSpec
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from rich.live import Live

from async_channel import Channel
from async_channel.monitoring import ChannelState, ConsumerState, State, Trouble, screens, table
from async_channel.monitoring.panel import ROWS, panel
from async_channel.monitoring.words import seconds_text
from docs.monitor import PICTURE, draw
from tests.support import run

SVG = "{http://www.w3.org/2000/svg}"
EVIL = "<script>alert('&')</script>\x1b[31m\u202e\ud800\n" + "long " * 60


def a_consumer(name: str, pending: int = 0, **more: Any) -> ConsumerState:
    given: dict[str, Any] = {
        "delivered": 5,
        "rate": 2.0,
        "capacity": 10,
        "lags": (pending,) * 60,
        "dropped": 0,
        "errors": 0,
        "ended": False,
        "error": "",
        **more,
    }
    return ConsumerState(name=name, pending=pending, **given)


def a_channel(name: str, *consumers: ConsumerState, **more: Any) -> ChannelState:
    given: dict[str, Any] = {
        "sent": 5,
        "sent_rate": 10.0,
        "sent_rates": (0.0, 5.0, 10.0),
        "delivered_rate": 10.0,
        "kept": 0,
        "dropped": 0,
        "errors": 0,
        "stopped": False,
        "error": "",
        **more,
    }
    return ChannelState(name=name, consumers=consumers, **given)


def texts(picture: str) -> list[str]:
    return [element.text or "" for element in ET.fromstring(picture).iter(f"{SVG}text")]


def test_the_picture_in_the_documentation_is_what_is_drawn() -> None:
    assert PICTURE.read_text(encoding="utf-8") == draw()


EVERYTHING = State(
    title=EVIL,
    elapsed=71.0,
    channels=(
        a_channel(EVIL, a_consumer(EVIL, 10, error=EVIL, ended=True), a_consumer("b", 6, dropped=10**12), error=EVIL),
        a_channel("busy", sent_rate=1e9),
        a_channel("empty", sent_rate=None, sent_rates=(), delivered_rate=None, kept=7),
        *(a_channel(f"c{number}", *(a_consumer(f"k{k}", k) for k in range(12))) for number in range(30)),
    ),
    troubles=(Trouble(time=3.0, channel=EVIL, consumer=EVIL, text=EVIL), Trouble(time=4, channel="c", text="lags")),
)


def test_what_names_and_errors_hold_shows_as_text() -> None:
    picture = panel(EVERYTHING)
    assert picture == panel(EVERYTHING)
    assert "<script" not in picture
    assert "\x1b" not in picture
    root = ET.fromstring(picture)
    assert any((one.text or "").startswith("<script>alert('&')</script>") for one in root.iter(f"{SVG}title"))
    shown = texts(picture)
    assert "1,000G" in shown
    assert "1.00G" in shown
    assert any(re.fullmatch(r"and \d+ more, \d+ lag", one) for one in shown)
    _, _, wide, high = map(float, root.attrib["viewBox"].split())
    for element in root.iter():
        assert 0 <= float(element.get("x", 0)) <= wide
        assert 0 <= float(element.get("y", 0)) <= high


def test_a_channel_that_nobody_reads_says_what_it_keeps() -> None:
    empty = State(channels=EVERYTHING.channels[2:3])
    assert "7 kept" in texts(panel(empty))
    assert texts(panel(empty)).count("-") == 2
    assert table.text(empty).splitlines()[2].split() == ["empty", "7", "kept", "-", "-", "0", "0"]


def test_no_more_rows_than_there_is_room_for() -> None:
    busy = tuple(a_channel(f"c{number}", a_consumer("k")) for number in range(200))
    height = float(ET.fromstring(panel(State(channels=busy))).attrib["height"])
    assert height <= 34 + 24 + ROWS * 28 + 30
    assert texts(panel(State(channels=busy)))[-1] == "and 181 more"


def test_numbers_do_not_meet() -> None:
    """The widest text of each column ends behind the widest of the column before it (about, as fonts go)."""
    widest = a_consumer("x" * 200, 999_999, capacity=999_999, dropped=999_999, errors=999_999, rate=999_999.0)
    root = ET.fromstring(panel(State(channels=(a_channel("y" * 200, widest, sent_rate=999_999.0, errors=999_999),))))
    lines: dict[float, list[tuple[float, float]]] = {}
    for element in root.iter(f"{SVG}text"):
        wide = 6.9 * len(element.text or "")
        x = float(element.attrib["x"]) - (wide if element.get("text-anchor") == "end" else 0)
        lines.setdefault(float(element.attrib["y"]), []).append((x, x + wide))
    for line in lines.values():
        line.sort()
        assert all(one[1] <= other[0] for one, other in pairwise(line)), line


def test_without_channels_it_says_so() -> None:
    assert "no channels" in texts(panel(State(title="channels")))
    assert table.text(State(title="channels")) == "channels  0 channels, 0 consumers, for 0.0 s\nno channels"


def test_curves_are_full_at_the_capacity() -> None:
    full = a_consumer("k", 10, lags=(0, 1, 5, 10, 30))
    picture = panel(State(channels=(a_channel("c", full),)))
    (path,) = [one for one in ET.fromstring(picture).iter(f"{SVG}path") if one.get("class") == "bad"]
    heights = [float(y) for y in re.findall(r"[ML][\d.]+ ([\d.]+)", path.attrib["d"])]
    base = heights[0]
    assert [base - height for height in heights[1:]] == pytest.approx([0.0, 1.6, 8.0, 16.0, 16.0])
    assert table.text(State(channels=(a_channel("c", full),))).splitlines()[3].count(" ▁▄██ ") == 1


@given(st.integers(0, 300), st.integers(5, 60))
def test_lines_fit_into_any_terminal(width: int, height: int) -> None:
    for state in (EVERYTHING, State(title=EVIL, mode="looking")):
        lines = list(table.lines(state, width=width, height=height))
        assert len(lines) <= max(height, 4 + table._AROUND + len(state.troubles))
        for line in lines:
            text = "".join(piece for piece, _ in line)
            assert table.cells(text) <= max(table.NARROWEST, min(width, table.WIDEST))
            assert text.isprintable()


def test_wide_letters_are_counted_as_a_terminal_draws_them() -> None:
    assert table.cells("蜡烛 é\u0301") == 6
    assert table.cut("蜡烛蜡烛", 5) == "蜡烛…"
    assert table.cut("abc", 3) == "abc"
    assert table.cut("abcd", 3) == "ab…"


@pytest.mark.parametrize(
    ("seconds", "said"), [(0.04, "0.0 s"), (59.9, "59.9 s"), (61, "1:01 min"), (3600, "1:00:00"), (90061, "25:01:01")]
)
def test_times_in_words(seconds: float, said: str) -> None:
    assert seconds_text(seconds) == said


# ---- where it is shown


@pytest.mark.parametrize("is_terminal", [True, False])
def test_a_terminal_is_written_over_and_a_file_once(monkeypatch: pytest.MonkeyPatch, is_terminal: bool) -> None:
    written = io.StringIO()
    console = Console(file=written, force_terminal=is_terminal, width=80, height=24, legacy_windows=False)
    made = Live
    monkeypatch.setattr("rich.live.Live", lambda **options: made(console=console, **options))
    shown: list[str] = []

    async def main() -> None:
        async with Channel[int]("Tick") as ticks, ticks.monitor(screen="terminal", every=1):
            shown.append(written.getvalue())
            await ticks.send(1)

    run(main())
    text = written.getvalue()
    assert text.count("for 0.0 s") == (1 if is_terminal else 0)
    assert "ended after 0.0 s" in text
    assert is_terminal or text.count("\n") == text.count("ended after 0.0 s") * 3 == 3
    assert ("\x1b[" in text) == is_terminal
    assert bool(shown[0]) == is_terminal


class Handle:
    """What IPython's display gives."""

    def __init__(self) -> None:
        self.updates: list[dict[str, str]] = []

    def update(self, shown: Any) -> None:
        self.updates.append(shown._repr_mimebundle_())


@pytest.mark.parametrize("shell", ["ZMQInteractiveShell", "TerminalInteractiveShell", ""])
def test_by_itself_it_is_shown_in_a_notebook_where_this_is_one(monkeypatch: pytest.MonkeyPatch, shell: str) -> None:
    handle, displayed = Handle(), list[dict[str, str]]()

    def display(shown: Any, *, display_id: bool) -> Handle:
        assert display_id
        displayed.append(shown._repr_mimebundle_())
        return handle

    made: object = type("Shell", (type(shell, (), {}),), {})() if shell else None
    ipython: Any = types.ModuleType("IPython")
    ipython.get_ipython = lambda: made
    output: Any = types.ModuleType("IPython.display")
    output.display = display
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    monkeypatch.setitem(sys.modules, "IPython.display", output)
    if shell != "ZMQInteractiveShell":
        assert isinstance(screens.screen_for("auto"), screens.Terminal)
        return
    ipython.__spec__ = ModuleSpec("IPython", None)

    async def main() -> None:
        async with Channel[int]("Tick") as ticks, ticks.monitor(seconds=100) as view:
            assert displayed[0] == view._repr_mimebundle_()

    run(main())
    assert len(displayed) == 1
    assert "ended after" in handle.updates[-1]["text/plain"]
    assert handle.updates[-1]["image/svg+xml"].startswith("<svg")
