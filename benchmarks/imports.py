"""Import time, each measured in a fresh process, with bytecode already compiled as in any second start."""

from __future__ import annotations

import atexit
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.model import BenchmarkFailed, Figures, Load, Round

ROOT = Path(__file__).resolve().parent.parent

_PROGRAM = """\
import sys
sys.dont_write_bytecode = False
sys.path[:0] = {path!r}
import asyncio, time
for before in {before!r}.split():
    __import__(before)
started = time.perf_counter_ns()
import {module}
print(time.perf_counter_ns() - started)
"""

_BYTECODE = tempfile.TemporaryDirectory(prefix="import-bench-")
atexit.register(_BYTECODE.cleanup)


def _import_once(module: str, before: str, folder: str) -> float:
    """Milliseconds, in a new process whose bytecode is kept apart from everybody's, and shared by these only."""
    path = [str(ROOT / folder)] if folder else []
    alone = ["-I", "-S"] if folder else []
    answer = subprocess.run(
        [
            *(sys.executable, *alone, "-X", f"pycache_prefix={_BYTECODE.name}", "-c"),
            _PROGRAM.format(module=module, before=before, path=path),
        ],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"},
        capture_output=True,
        text=True,
        check=False,
    )
    if answer.returncode:
        raise BenchmarkFailed(f"import {module}: {answer.stderr.strip().splitlines()[-1]}")
    return int(answer.stdout) / 1e6


def import_round(module: str, before: str = "", folder: str = "") -> Round:
    """Milliseconds that importing `module` adds to a process that has asyncio and the modules in `before`.

    With `folder` the module is taken from there, and nothing but it and the standard library is importable.
    """
    compiled = False

    async def measure(_: Load) -> Figures:
        nonlocal compiled
        if not compiled:
            _import_once(module, before, folder)
            compiled = True
        return {"ms": _import_once(module, before, folder)}

    return measure
