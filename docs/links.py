"""Finds what is broken in pages: links that lead nowhere, pictures that are none, what would be fetched from outside.

`faults_of_site` reads the built pages, `faults_of_sources` the Markdown and the notebooks as a code host shows them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree as ET

from typing_extensions import override

LOADED = {
    "script": ("src",),
    "img": ("src", "srcset"),
    "source": ("src", "srcset"),
    "iframe": ("src",),
    "video": ("src", "poster"),
    "audio": ("src",),
    "object": ("data",),
    "embed": ("src",),
    "image": ("href", "xlink:href"),
    "use": ("href", "xlink:href"),
}
"""Attributes whose address a browser fetches by itself. Those of <link> are, too."""

STYLE_ADDRESS = re.compile(r"url\(\s*['\"]?([^'\")]+)|@import\s+['\"]([^'\"]+)")
DRAWN = re.compile(r'<svg [^>]*class="ac".*?</svg>', re.DOTALL)
SVG = "{http://www.w3.org/2000/svg}svg"


@dataclass
class Page:
    """What is in a built page that may be broken."""

    ids: set[str] = field(default_factory=set[str])
    links: list[str] = field(default_factory=list[str])
    """What somebody may click on."""
    loads: list[str] = field(default_factory=list[str])
    """What the browser fetches by itself."""
    pictures: list[str] = field(default_factory=list[str])


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.page = Page()
        self._in_style = False

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.page.ids |= {given[name] for name in ("id", "name") if name in given}
        if tag == "a" and "href" in given:
            self.page.links.append(given["href"])
        if tag == "link" and given.get("rel") not in {"index", "search", "next", "prev", "canonical"}:
            self.page.loads.append(given.get("href", ""))
        elif tag == "link":
            self.page.links.append(given.get("href", ""))
        for name in LOADED.get(tag, ()):
            if name in given:
                addresses = [one.split()[0] for one in given[name].split(",")] if name == "srcset" else [given[name]]
                self.page.loads += addresses
                self.page.pictures += addresses if tag in {"img", "source"} else []
        self.page.loads += _in_style(given.get("style", ""))
        self._in_style = tag == "style"

    @override
    def handle_data(self, data: str) -> None:
        if self._in_style:
            self.page.loads += _in_style(data)
            self._in_style = False


def _in_style(text: str) -> Iterator[str]:
    for found in STYLE_ADDRESS.finditer(text):
        yield found[1] or found[2]


def is_outside(address: str) -> bool:
    """Whether it leads to another host."""
    parts = urlsplit(address.strip())
    return bool(parts.netloc) or parts.scheme not in {"", "data"}


# ---- the built pages


def faults_of_site(folder: Path) -> list[str]:
    """What is broken in the pages of a folder; nothing if it is empty."""
    texts = {file: file.read_text("utf-8") for file in sorted(folder.rglob("*.html"))}
    pages: dict[Path, Page] = {}
    for file, text in texts.items():
        reader = _Reader()
        reader.feed(text)
        pages[file] = reader.page
    faults: list[str] = []
    for file, page in pages.items():
        found = [
            *_outside(page.loads),
            *(fault for link in page.links if (fault := _dead(link, file, pages))),
            *(fault for load in page.loads if not is_outside(load) and (fault := _dead(load, file, pages))),
            *(fault for address in page.pictures if (fault := _no_picture(address, file))),
            *(fault for svg in DRAWN.findall(texts[file]) if (fault := _no_svg(svg))),
        ]
        faults += [f"{file.relative_to(folder)}: {fault}" for fault in found]
    for sheet in sorted(folder.rglob("*.css")):
        loads = list(_in_style(sheet.read_text("utf-8")))
        found = [
            *_outside(loads),
            *(fault for load in loads if not is_outside(load) and (fault := _dead(load, sheet, pages))),
        ]
        faults += [f"{sheet.relative_to(folder)}: {fault}" for fault in found]
    return faults


def _outside(addresses: Iterable[str]) -> Iterator[str]:
    yield from (f"fetches {address}" for address in addresses if is_outside(address))


def _dead(address: str, file: Path, pages: dict[Path, Page]) -> str:
    """Why a link within the site leads nowhere; empty where it leads somewhere, or outside."""
    parts = urlsplit(address)
    if parts.scheme or parts.netloc:
        return ""
    target = (file.parent / unquote(parts.path)).resolve() if parts.path else file
    if not target.is_file():
        return f"no such file: {address}"
    anchor = unquote(parts.fragment)
    if anchor and target in pages and anchor not in pages[target].ids:
        return f"no such anchor: {address}"
    return ""


def _no_picture(address: str, file: Path) -> str:
    """Why this is no picture that a browser could show; a missing file is somebody else's."""
    picture = file.parent / unquote(urlsplit(address).path)
    if is_outside(address) or address.startswith("data:") or not picture.is_file():
        return ""
    if picture.suffix == ".svg":
        return _no_svg(picture.read_text("utf-8"), address)
    content = picture.read_bytes()
    whole = content.startswith(b"\x89PNG\r\n\x1a\n") and content.rstrip().endswith(b"IEND\xaeB`\x82")
    return "" if whole else f"no whole PNG: {address}"


def _no_svg(text: str, name: str = "a picture in the page") -> str:
    try:
        root = ET.fromstring(text)  # noqa: S314  these are our own pages
    except ET.ParseError as error:
        return f"no SVG: {name}: {error}"
    if root.tag != SVG or not (root.get("viewBox") or root.get("width")) or not len(root):
        return f"no SVG, or an empty one: {name}"
    return ""


# ---- as a code host shows them

FENCE = re.compile(r"^( *)(```+|~~~+).*?^\1\2 *$", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`[^`\n]*`")
LINK = re.compile(r"!?\[(?:[^\[\]]|\[[^\[\]]*\])*\]\(<?([^()\s>]+(?:\([^()]*\))?)>?(?:\s+\"[^\"]*\")?\)")
HEADING = re.compile(r"^#+ +(.+?) *$", re.MULTILINE)


def faults_of_sources(files: Iterable[Path]) -> list[str]:
    """Links in Markdown files and notebooks that lead to no file, or to no heading of one."""
    return [
        f"{file.name}: {fault}"
        for file in files
        for found in LINK.finditer(CODE.sub("", FENCE.sub("", prose(file))))
        if (fault := _dead_source(found[1], file))
    ]


def prose(file: Path) -> str:
    """The Markdown of a page; of a notebook, that of its cells."""
    text = file.read_text("utf-8")
    if file.suffix != ".ipynb":
        return text
    cells = [cell for cell in json.loads(text)["cells"] if cell["cell_type"] == "markdown"]
    return "\n\n".join("".join(cell["source"]) for cell in cells)


def _dead_source(address: str, file: Path) -> str:
    parts = urlsplit(address)
    if parts.scheme or parts.netloc:
        return ""
    target = (file.parent / unquote(parts.path)).resolve() if parts.path else file
    if not target.exists():
        return f"no such file: {address}"
    if parts.fragment and target.suffix in {".md", ".ipynb"} and parts.fragment not in anchors(prose(target)):
        return f"no such heading: {address}"
    return ""


def anchors(text: str) -> set[str]:
    """What a code host calls the headings of a page."""
    names: dict[str, int] = {}
    found: set[str] = set()
    for heading in HEADING.findall(FENCE.sub("", text)):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "")
        slug = re.sub(r"[^\w\- ]", "", plain.lower()).replace(" ", "-")
        count = names.get(slug, 0)
        names[slug] = count + 1
        found.add(f"{slug}-{count}" if count else slug)
    return found
