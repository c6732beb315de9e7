"""The bricks of pictures: what they hold is escaped, and coordinates are the same on every machine."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from async_channel.pictures import svg

SVG = "{http://www.w3.org/2000/svg}"


def test_what_an_event_holds_shows_as_text() -> None:
    picture = svg.document(
        100, 20, svg.element("g", svg.title("<b>&"), svg.text("<script>alert(1)</script>", 1, 2)), label='a "label"'
    )
    root = ET.fromstring(picture)
    assert root.find(f".//{SVG}text").text == "<script>alert(1)</script>"  # type: ignore[union-attr]  # there is one
    assert root.find(f".//{SVG}title").text == "<b>&"  # type: ignore[union-attr]  # there is one
    assert "<script" not in picture
    assert root.get("aria-label") == 'a "label"'


@pytest.mark.parametrize(
    ("value", "written"), [(1.0, "1"), (0.1 + 0.2, "0.3"), (-0.001, "0"), (2.345, "2.35"), (10.0, "10")]
)
def test_a_coordinate_is_short(value: float, written: str) -> None:
    assert svg.number(value) == written


def test_attributes_are_named_as_in_svg_and_none_leaves_one_out() -> None:
    assert svg.element("rect", class_="box", stroke_width=1.5, rx=None) == '<rect class="box" stroke-width="1.5"/>'
