"""Everything the kit uses of the core beyond its public API: here, and nowhere else in the kit."""

from __future__ import annotations
