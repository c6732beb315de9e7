"""Where the built pages are, for the tests that read them."""

from __future__ import annotations

from pathlib import Path

import pytest

from docs.places import all_pages

ROOT = Path(__file__).parents[1]
SITE = ROOT / "build" / "site"


def require_site() -> None:
    """Skip where there are no pages, or only some of before the last change."""
    inventory = SITE / "objects.inv"
    if not inventory.is_file():
        pytest.skip("the pages are not built here: make docs")
    built = inventory.stat().st_mtime
    for page in all_pages():
        for source in ROOT.glob(f"{page}.*"):
            if source.stat().st_mtime > built:
                pytest.skip(f"the pages were built before {source.name} was changed: make docs")
