"""What of this folder is not to be collected where the tools that it runs on are not installed."""

from __future__ import annotations

from importlib.util import find_spec

collect_ignore = [] if find_spec("jupytext") else ["notebooks.py"]
