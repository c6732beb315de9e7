"""Runs the Python blocks of a Markdown page as they stand, with ``await`` at their top level."""

from __future__ import annotations

import ast
import asyncio
import inspect
import re
import sys
import types
from pathlib import Path
from typing import Any

from tests.support import run

BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks_of(page: Path) -> list[tuple[int, str]]:
    """Each block with the line it begins on."""
    text = page.read_text("utf-8")
    return [(text.count("\n", 0, found.start(1)) + 1, found[1]) for found in BLOCK.finditer(text)]


def compiled(block: str, page: Path, line: int) -> types.CodeType:
    """A block as code whose lines are those of its page."""
    source = "\n" * (line - 1) + block
    code = compile(source, str(page), "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
    assert isinstance(code, types.CodeType)
    return code


def module_namespace(name: str) -> dict[str, Any]:
    """An empty module's names. It is a known module, as dataclasses look theirs up by name."""
    module = types.ModuleType(name)
    sys.modules[name] = module
    return module.__dict__


async def run_block(code: types.CodeType, names: dict[str, Any]) -> None:
    """Run a block on the running loop, in the given names."""
    result = eval(code, names)
    if inspect.isawaitable(result):
        await result


def run_page(page: Path) -> None:
    """Run every block of a page, top to bottom, in the same names and on one loop with virtual time.

    A block that calls ``asyncio.run`` is a program of its own: it gets a thread, where it can have a loop of its own.
    """
    name = f"blocks_of_{page.stem}"
    names = module_namespace(name)

    async def main() -> None:
        for line, block in blocks_of(page):
            code = compiled(block, page, line)
            if "asyncio.run(" in block:
                await asyncio.to_thread(eval, code, names)
            else:
                await run_block(code, names)

    try:
        run(main())
    finally:
        del sys.modules[name]
