"""Hold the stubs against reactivex itself: ``python -m tests.typing.stubtest`` is mypy's stubtest and two things more.

stubtest does not know of partial stub packages, so ``stubtest-allowlist.txt`` names the modules that the stubs leave to
reactivex. And it skips a function that one stub takes from another, because it checks the other as well; but those of
the operators come from modules that exist in the stubs alone, so here these get stand-ins with the real operators.
"""

from __future__ import annotations

import sys
import types
from pathlib import Path

from mypy import stubtest
from reactivex import operators

from tests.typing.checkers import ROOT

THEMES = ROOT / "stubs" / "reactivex-stubs" / "operators" / "_typed"
ALLOWLIST = Path(__file__).with_name("stubtest-allowlist.txt")


def stand_ins() -> dict[str, types.ModuleType]:
    package = types.ModuleType("reactivex.operators._typed")
    package.__path__ = []
    modules = [types.ModuleType(f"{package.__name__}.{path.stem}") for path in THEMES.glob("[!_]*.pyi")]
    for module in modules:
        vars(module).update({name: getattr(operators, name) for name in operators.__all__})
    return {module.__name__: module for module in (package, *modules)}


if __name__ == "__main__":
    sys.modules.update(stand_ins())
    sys.argv[1:] = ["reactivex", "--concise", "--allowlist", str(ALLOWLIST), *sys.argv[1:]]
    sys.exit(stubtest.main())
