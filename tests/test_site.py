"""The pages as they are built, and as a code host shows them: whole, without a dead link or an outside address."""

from __future__ import annotations

import inspect
import re
import zlib
from pathlib import Path
from types import ModuleType
from xml.etree import ElementTree as ET

import pytest

import async_channel
from async_channel import clock, instrument, monitoring, notebook, pictures, recording, replay, testing
from async_channel.testing import conformance
from docs import concepts, measured, overview
from docs.catalogue import drawn
from docs.links import anchors, faults_of_site, faults_of_sources
from docs.operators import GROUPS
from docs.places import NOTEBOOKS, PLACES, all_pages
from tests.site import ROOT, SITE, require_site

SOURCES = [
    ROOT / "README.md",
    ROOT / "CHANGELOG.md",
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted((ROOT / NOTEBOOKS).glob("*.md")),
    *sorted((ROOT / NOTEBOOKS).glob("*.ipynb")),
]
MARBLE = re.compile(r"^```text\n(.*?)^```$", re.MULTILINE | re.DOTALL)

# ---- the sources


def test_no_link_in_the_sources_is_dead() -> None:
    assert faults_of_sources(SOURCES) == []


def test_every_page_has_its_place_once() -> None:
    pages = [page for section in PLACES.values() for page in section]
    assert len(pages) == len(set(pages))
    written = [
        *(ROOT / "docs").glob("*.md"),
        *(ROOT / "docs" / "reference").glob("*.rst"),
        *(ROOT / NOTEBOOKS).glob("*.ipynb"),
    ]
    assert {str(file.relative_to(ROOT).with_suffix("")) for file in written} <= set(pages)


@pytest.mark.parametrize("file", concepts.DRAWINGS)
def test_the_pictures_of_concepts_are_up_to_date(file: str) -> None:
    path = concepts.FOLDER / f"{file}.svg"
    assert path.read_text("utf-8") == concepts.draw()[path], "run `python -m docs.concepts`"


def test_the_picture_of_the_readme_is_up_to_date() -> None:
    assert overview.PICTURE.read_text("utf-8") == overview.draw(), "run `python -m docs.overview`"


@pytest.mark.parametrize("page", measured.PAGES, ids=lambda page: page.name)
def test_the_numbers_are_those_of_the_last_run(page: Path) -> None:
    text = page.read_text("utf-8")
    assert "<!-- measured: table -->" in text
    assert measured.render(text, measured.latest()) == text, "run `python -m docs.measured`"


def test_the_ratios_are_those_that_the_benchmarks_found() -> None:
    run = measured.latest()
    found = {one["target"]: one["measured"] for one in run["targets"]}
    compared = {
        "fan-out async for, 64 consumers: times an asyncio.Queue each": ("fan-out/async-for/64", "asyncio.Queue each"),
        "pipeline: times reactivex Subject + asyncio.Queue": ("pipeline", "reactivex Subject"),
        "wake-up p50: in bare future hand-overs": ("latency", "bare future"),
    }
    for target, (workload, other) in compared.items():
        here = measured.ratio(run, workload, other)
        assert here is not None
        if target.startswith("wake-up"):
            here = measured.ratio(run, workload, measured.OURS, other)
        assert here == pytest.approx(found[target], rel=0.01), target


@pytest.mark.parametrize(
    "marble",
    [(entry.name, found) for group in GROUPS.values() for entry in group for found in MARBLE.findall(entry.render())],
    ids=lambda marble: marble[0],
)
def test_each_marble_of_the_catalogue_can_be_drawn(marble: tuple[str, str]) -> None:
    picture = drawn(marble[1])
    assert picture is not None
    texts = [one.text for one in ET.fromstring(picture).iter("{http://www.w3.org/2000/svg}text")]
    *_, last = (line.rpartition("  ")[0].strip() for line in marble[1].strip().splitlines() if "  " in line.strip())
    assert not last or last in texts
    assert drawn(marble[1]) == picture


@pytest.mark.parametrize("text", ["", "some words", "a table  of words", "x = 1\ny = 2", "numbers   --1--2"])
def test_what_is_no_marble_is_not_drawn(text: str) -> None:
    assert drawn(text) is None


# ---- what is built


def names_in(inventory: Path) -> set[str]:
    """The Python names that the built reference has."""
    packed = inventory.read_bytes().split(b"\n", 4)[4]
    lines = zlib.decompress(packed).decode().splitlines()
    return {line.split()[0] for line in lines if line.split()[1].startswith("py:")}


def public_names(module: ModuleType) -> set[str]:
    """What a module says is public, or defines under a public name."""
    listed: list[str] | None = getattr(module, "__all__", None)
    if listed is not None:
        return set(listed)
    made = {name: value for name, value in vars(module).items() if inspect.isfunction(value) or inspect.isclass(value)}
    return {name for name, value in made.items() if value.__module__ == module.__name__ and not name.startswith("_")}


def test_every_page_is_built() -> None:
    require_site()
    assert [page for page in ["index", "genindex", *all_pages()] if not (SITE / f"{page}.html").is_file()] == []


def test_nothing_is_broken_in_the_built_pages() -> None:
    require_site()
    assert faults_of_site(SITE) == []


def test_every_public_name_is_in_the_reference() -> None:
    require_site()
    known = names_in(SITE / "objects.inv")
    assert {f"async_channel.{name}" for name in async_channel.__all__} <= known
    for module in (clock, instrument, monitoring, notebook, pictures, recording, replay, testing, conformance):
        wanted = public_names(module) - set(async_channel.__all__)
        assert wanted
        assert {f"{module.__name__}.{name}" for name in wanted} - known == set()


def test_each_marble_of_the_catalogue_is_a_picture() -> None:
    require_site()
    marbles = MARBLE.findall((ROOT / "docs" / "operators.md").read_text("utf-8"))
    built = (SITE / "docs" / "operators.html").read_text("utf-8")
    assert len(marbles) > 50
    assert built.count('<figure class="picture">') == len(marbles)


def test_pictures_are_a_part_of_their_page_and_as_light_or_dark_as_it_is() -> None:
    require_site()
    for page in ("README", "docs/concepts", "docs/pictures", "docs/operators"):
        built = (SITE / f"{page}.html").read_text("utf-8")
        assert '<svg xmlns="http://www.w3.org/2000/svg" class="ac"' in built, page
        assert "<style>" not in built.partition('<figure class="picture">')[2].partition("</figure>")[0], page
        assert "_static/pictures.css" in built
    sheet = (SITE / "_static" / "pictures.css").read_text("utf-8")
    for who in ('body[data-theme="dark"]', 'body:not([data-theme="light"])'):
        assert f"{who} .ac text {{ fill: #e6edf3 }}" in sheet


# ---- the checker

GOOD = (
    '<!doctype html><link rel="stylesheet" href="_static/a.css"><script src="a.js"></script><h1 id="top">a</h1>'
    '<a href="#top">a</a> <a href="b/c.html#there">b</a> <a href="https://example.org">outside</a> <img src="p.svg">'
)
PICTURE = '<svg xmlns="http://www.w3.org/2000/svg" class="ac" viewBox="0 0 1 1"><path d="M0 0"/></svg>'


def site_in(folder: Path, page: str = GOOD, *, sheet: str = "a { color: red }", picture: str = PICTURE) -> Path:
    files = {
        "a.html": page,
        "a.js": "",
        "b/c.html": '<p id="there"><a href="../a.html">back</a>',
        "_static/a.css": sheet,
        "p.svg": picture,
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    return folder


def test_a_whole_site_has_no_fault(tmp_path: Path) -> None:
    assert faults_of_site(site_in(tmp_path)) == []


@pytest.mark.parametrize(
    ("added", "fault"),
    [
        ('<a href="b/d.html">', "no such file: b/d.html"),
        ('<a href="#nowhere">', "no such anchor: #nowhere"),
        ('<a href="b/c.html#nowhere">', "no such anchor: b/c.html#nowhere"),
        ('<a href="b/">', "no such file: b/"),
        ('<img src="q.png">', "no such file: q.png"),
        ('<img src="a.js">', "no whole PNG: a.js"),
        ('<img src="https://example.org/p.png">', "fetches https://example.org/p.png"),
        ('<img srcset="//example.org/p.png 2x">', "fetches //example.org/p.png"),
        ('<script src="//example.org/a.js"></script>', "fetches //example.org/a.js"),
        ('<link rel="stylesheet" href="http://example.org/a.css">', "fetches http://example.org/a.css"),
        ('<link rel="preconnect" href="https://example.org">', "fetches https://example.org"),
        ('<iframe src="https://example.org"></iframe>', "fetches https://example.org"),
        ('<p style="background: url(https://example.org/p.png)">', "fetches https://example.org/p.png"),
        ("<style>@import 'https://example.org/a.css'</style>", "fetches https://example.org/a.css"),
        ('<svg class="ac"><path></svg>', "no SVG: a picture in the page: mismatched tag: line 1, column 24"),
        ('<svg xmlns="http://www.w3.org/2000/svg" class="ac"></svg>', "no SVG, or an empty one: a picture in the page"),
    ],
)
def test_what_is_broken_in_a_page_is_found(tmp_path: Path, added: str, fault: str) -> None:
    assert faults_of_site(site_in(tmp_path, GOOD + added)) == [f"a.html: {fault}"]


def test_what_is_broken_in_a_sheet_or_a_picture_is_found(tmp_path: Path) -> None:
    sheet = "a { background: url('https://example.org/f.woff2') } b { background: url(gone.png) }"
    assert faults_of_site(site_in(tmp_path, sheet=sheet, picture="<svg")) == [
        "a.html: no SVG: p.svg: unclosed token: line 1, column 0",
        "_static/a.css: fetches https://example.org/f.woff2",
        "_static/a.css: no such file: gone.png",
    ]


def test_dead_links_of_sources_are_found(tmp_path: Path) -> None:
    (tmp_path / "b.md").write_text("# Two words, `code` & more\n\n## Again\n\n## Again\n", "utf-8")
    page = tmp_path / "a.md"
    page.write_text(
        "[a](b.md) [b](b.md#two-words-code--more) [c](b.md#again-1) [d](#here) [e](https://example.org/x)\n# Here\n"
        "`[f](gone.md)`\n```md\n[g](gone.md)\n```\n[h](gone.md) ![i](gone.svg) [j](b.md#again-2)\n[`k` l](#there)\n",
        "utf-8",
    )
    assert faults_of_sources([page]) == [
        "a.md: no such file: gone.md",
        "a.md: no such file: gone.svg",
        "a.md: no such heading: b.md#again-2",
        "a.md: no such heading: #there",
    ]


def test_headings_within_code_are_none() -> None:
    assert anchors("# A b\n```sh\n# c\n```\n") == {"a-b"}
