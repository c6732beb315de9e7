"""The site's pictures, drawn by our own renderer, and its table of contents. A Sphinx extension; see `conf.py`.

On a code host a marble is text and a picture is a file. Here both are SVG within the page: they follow its dark and
light, and the pointer on a marble shows its event.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx

from async_channel.pictures.svg import STYLE
from docs.catalogue import drawn
from docs.places import FRONT, PLACES

SHEET = "pictures.css"
OUR_PICTURE = re.compile(r'<svg [^>]*class="ac"')
WIDTH = re.compile(r'<svg [^>]*\bwidth="([\d.]+)"')
WIDEST, LEAST = 600.0, 0.8
"""From which width on a picture is not simply made to fit (pixels), and how small it may be made (a factor)."""
_RULE = re.compile(r"^ *(svg)?\.ac (.*)$", re.MULTILINE)
_LAYOUT = """
.content { width: 54em } /* room for code of a hundred columns */
figure.picture { margin: 1.25rem 0; overflow-x: auto }
figure.picture svg { display: block }
"""

MOVED = """<!doctype html>
<meta charset="utf-8">
<title>async_channel</title>
<meta http-equiv="refresh" content="0; url=README.html">
<p><a href="README.html">async_channel</a></p>
"""


def version() -> str:
    """The version of the package that the pages are about."""
    return metadata.version("async-channel-rx")


def style_sheet() -> str:
    """The style of pictures for the whole site: light or dark as the page is, whoever chose that."""
    light, _, rest = STYLE.partition("@media (prefers-color-scheme: dark) {")
    dark, _, paper = rest.partition("@media print {")
    dark = dark.rpartition("}")[0]
    chosen = _RULE.sub(r'body[data-theme="dark"] .ac \2', dark)
    by_system = _RULE.sub(r'body:not([data-theme="light"]) .ac \2', dark)
    on_screen = f"@media screen {{{chosen}}}\n@media screen and (prefers-color-scheme: dark) {{{by_system}}}\n"
    return light + on_screen + "@media print {" + paper


def figure(picture: str) -> nodes.raw:
    """A picture of ours as a part of a page, which has its style once for all.

    One that is wider than the page is made smaller, but never so small that it can't be read: it scrolls then.
    """
    bare = picture.replace(f"<style>{STYLE}</style>", "")
    wide = WIDTH.search(bare)
    if wide and float(wide[1]) > WIDEST:
        bare = bare.replace("max-width:100%", f"max-width:100%;min-width:{LEAST * float(wide[1]):.0f}px", 1)
    return nodes.raw("", f'<figure class="picture">{bare}</figure>', format="html")


def toctrees() -> Iterator[str]:
    """The table of contents, in what the front page is written in."""
    for section, pages in PLACES.items():
        if pages:
            listed = "\n".join(f"/{page}" for page in pages)
            yield f"\n```{{toctree}}\n:hidden:\n:caption: {section}\n\n{listed}\n```\n"


# ---- what Sphinx calls


def _add_contents(_: Sphinx, page: str, source: list[str]) -> None:
    if page == FRONT:
        source[0] += "".join(toctrees())


def _draw(app: Sphinx, tree: nodes.document, _: str) -> None:
    for block in list(tree.findall(nodes.literal_block)):
        if block.get("language", "default") in {"text", "default"} and (marbles := drawn(block.astext())):
            block.replace_self(figure(marbles))
    for image in list(tree.findall(nodes.image)):
        file = Path(app.srcdir, image["uri"])
        if file.suffix == ".svg" and OUR_PICTURE.match(picture := file.read_text("utf-8")):
            image.replace_self(figure(picture))


def _skip(_app: Sphinx, _what: str, _name: str, member: object, *_others: object) -> bool | None:
    """Leave out what reactivex documents itself."""
    return True if (getattr(member, "__module__", None) or "").startswith("reactivex.") else None


def _whole(_app: Sphinx, what: str, _name: str, _of: object, _options: object, lines: list[str]) -> None:
    """Keep napoleon from taking what stands before a colon for the type of an attribute: our types are annotations."""
    if what in {"attribute", "data", "property"} and lines:
        lines.insert(0, "\\ ")


def _begin(app: Sphinx) -> None:
    out = Path(app.outdir)
    (out / "_static").mkdir(parents=True, exist_ok=True)
    (out / "_static" / SHEET).write_text(style_sheet() + _LAYOUT, "utf-8")
    (out / "index.html").write_text(MOVED, "utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    """Join the build."""
    app.connect("builder-inited", _begin)
    app.connect("source-read", _add_contents)
    app.connect("doctree-resolved", _draw)
    app.connect("autodoc-skip-member", _skip)
    app.connect("autodoc-process-docstring", _whole, priority=1)  # before napoleon
    app.add_css_file(SHEET)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
