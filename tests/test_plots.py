"""The plots of the notebooks are well-formed, and show where each point is."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

from examples.plots import plot

SVG = "{http://www.w3.org/2000/svg}"


def test_panels_share_the_axis_of_time_and_have_a_scale_of_their_own() -> None:
    drawn = plot(
        {"a": [(10.0, 0.0), (20.0, 4.0)]}, {"b": [(10.0, -1.0), (15.0, 1.0)], "dots": [(20.0, 0.0)]}, dots=["dots"]
    )
    root = ET.fromstring(drawn.svg)
    first, second = (path.get("d", "") for path in root.iter(f"{SVG}path"))
    assert [*map(float, re.findall(r"[\d.]+", first))] == [190, 92, 830, 12]
    assert [*map(float, re.findall(r"[\d.]+", second))] == [190, 188, 510, 108]
    (dot,) = root.iter(f"{SVG}circle")
    assert (dot.get("cx"), dot.get("cy")) == ("830", "148")
    texts = [text.text for text in root.iter(f"{SVG}text")]
    assert [text for text in texts if text and text.endswith(" s")] == ["0 s", "2 s", "4 s", "6 s", "8 s", "10 s"]
    assert {"a", "b", "dots", "0", "4", "-1", "1"} <= {*texts}
    assert repr(drawn) == "<Plot of a, b, dots>"


def test_a_value_holds_until_the_next_where_it_has_steps() -> None:
    drawn = plot({"lag": [(0, 0), (1, 4), (2, 1)]}, steps=True, height=40.0)
    (path,) = ET.fromstring(drawn.svg).iter(f"{SVG}path")
    assert path.get("d") == "M190 52H510V12H830V42"


def test_panels_have_one_scale_where_it_is_given() -> None:
    drawn = plot({"a": [(0, 0), (1, 1)]}, {"b": [(0, 0), (1, 2)]}, height=40.0, values=(0, 4))
    first, second = ET.fromstring(drawn.svg).iter(f"{SVG}path")
    assert (first.get("d"), second.get("d")) == ("M190 52L830 42", "M190 108L830 88")


def test_minutes_are_minutes_and_markup_is_text() -> None:
    drawn = plot({"<script>": [(0, 1), (3600, 1)]})
    texts = [text.text for text in ET.fromstring(drawn.svg).iter(f"{SVG}text")]
    assert "<script>" in texts
    assert "60 min" in texts
    assert "<script>" not in drawn.svg


def test_nothing_is_a_picture_too() -> None:
    for nothing in (plot(), plot({}), plot({"none": []}), plot({"one": [(5.0, 5.0)]})):
        assert ET.fromstring(nothing.svg).tag == f"{SVG}svg"
