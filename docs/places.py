"""The pages of the site, and where each stands in its table of contents."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[1]
NOTEBOOKS = "examples/notebooks"

FRONT = "README"
PLACES: dict[str, list[str]] = {
    "Learn it": [
        f"{NOTEBOOKS}/{one.stem}" for kind in ("README.md", "*.ipynb") for one in sorted((ROOT / NOTEBOOKS).glob(kind))
    ],
    "How to": [
        "docs/guide",
        "docs/when-things-go-wrong",
        "docs/testing",
        "docs/recording",
        "docs/pictures",
        "docs/monitor",
        "docs/coming-from-async-channel",
    ],
    "Understand it": ["docs/concepts", "docs/promises", "docs/conformance", "docs/mutants"],
    "Look it up": [
        "docs/operators",
        "docs/reference/channels",
        "docs/reference/streams",
        "docs/reference/policies",
        "docs/reference/numbers",
        "docs/reference/errors",
        "docs/reference/clock",
        "docs/reference/replay",
        "docs/reference/recording",
        "docs/reference/pictures",
        "docs/reference/notebook",
        "docs/reference/monitoring",
        "docs/reference/instrument",
        "docs/reference/testing",
        "docs/reference/conformance",
    ],
    "About": ["docs/benchmarks", "docs/dependencies", "CHANGELOG"],
}
"""All pages but the first, by what one comes for. A page that is missing here is none."""


def all_pages() -> list[str]:
    """Every page, as a path without its suffix."""
    return [FRONT, *(page for section in PLACES.values() for page in section)]


def other_folders() -> list[str]:
    """The folders at the top that hold no pages, so that Sphinx does not go through them."""
    used = {page.partition("/")[0] for page in all_pages() if "/" in page}
    return [one.name for one in ROOT.iterdir() if one.is_dir() and one.name not in used]
