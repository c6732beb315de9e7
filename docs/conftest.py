"""What of this folder is not to be collected: what Sphinx alone reads, and what needs tools that are not installed."""

from __future__ import annotations

from importlib.util import find_spec

collect_ignore = ["conf.py", "pages.py", *([] if find_spec("jupytext") else ["notebooks.py"])]
