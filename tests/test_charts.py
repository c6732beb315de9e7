"""The charts of the notebooks are well-formed, and what is higher or later is drawn higher or further right."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

from examples.charts import WIDTH, Arrows, Bars, Candles, Chart, Line

SVG = "{http://www.w3.org/2000/svg}"


def texts(root: ET.Element) -> list[str]:
    return [one.text or "" for one in root.iter(f"{SVG}text")]


def parts(root: ET.Element, kind: str, look: str) -> list[ET.Element]:
    return [one for one in root.iter(f"{SVG}{kind}") if one.get("class") == look]


CHART = Chart(
    Line("price", [(0.0, 10.0), (60.0, 20.0), (120.0, 15.0)]),
    Candles("minutes", [(0.0, 10.0, 20.0, 10.0, 20.0), (60.0, 20.0, 20.0, 15.0, 15.0)], 60.0),
    Arrows("bought", [(60.0, 12.0)], "up"),
    title="a <price>",
    unit="USD",
)


def test_a_chart_shows_its_layers_on_one_scale() -> None:
    root = ET.fromstring(CHART.to_svg())
    assert [*texts(root)[:4], *texts(root)[-3:]] == ["a <price>", "price", "minutes", "bought", "1:00", "1:30", "2:00"]
    assert "USD" in texts(root)
    (line,) = parts(root, "path", "one")
    assert line.get("d", "").startswith("M78 ")
    rising, falling = parts(root, "g", "up")[0], parts(root, "g", "down")[0]
    top = float(rising[2].get("y", ""))
    assert float(falling[2].get("y", "")) == top
    assert abs(float(rising[2].get("height", "")) - 2 * float(falling[2].get("height", ""))) <= 0.2
    assert float(rising[2].get("x", "")) < float(falling[2].get("x", "")) < WIDTH
    assert rising[0].text == "open 10.00, high 20.00, low 10.00, close 20.00"


def test_points_that_share_a_pixel_keep_their_heights() -> None:
    points = [(n / 1000, float(n % 7)) for n in range(10_000)]
    svg = Chart(Line("saw", points), title="saw").to_svg()
    path = max(re.findall(r' d="([^"]*)"', svg), key=len)
    heights = {float(one) for one in re.findall(r"V([\d.]+)", path)}
    assert len(heights) >= 2
    assert len(svg) < 40_000


def test_nothing_and_one_point_are_charts() -> None:
    for layers in ((), (Line("none", []),), (Line("one", [(5.0, 1.0)]),), (Candles("none", [], 1.0),)):
        ET.fromstring(Chart(*layers, title="").to_svg())
    ET.fromstring(Bars({}, title="none").to_svg())
    ET.fromstring(Bars({"a": 0.0}, title="none").to_svg())


def test_bars_are_as_long_as_their_values() -> None:
    root = ET.fromstring(Bars({"a": 1.0, "<b>": 4.0}, title="times", show="{:.1f} s".format, first="a").to_svg())
    assert texts(root) == ["times", "a", "1.0 s", "<b>", "4.0 s"]
    (first,), (other,) = parts(root, "rect", "bar one"), parts(root, "rect", "bar")
    assert abs(float(other.get("width", "")) - 4 * float(first.get("width", ""))) <= 0.3


def test_the_same_values_are_the_same_bytes() -> None:
    assert CHART.to_svg() == CHART._repr_svg_() == CHART.to_svg()
    assert repr(CHART) == "<Chart: a <price>>"
