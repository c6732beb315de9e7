"""The pytest plugin: nothing of it acts on a test that does not ask for it."""

from __future__ import annotations
