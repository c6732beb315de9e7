"""Copies of the package under another name, beside the real one, for as long as they are needed."""

from __future__ import annotations

import importlib
import importlib.machinery
import re
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from functools import cache
from importlib.abc import InspectLoader, MetaPathFinder
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from typing_extensions import override

import async_channel.clock
from tests.mutants.fault import PACKAGE, Fault

NAME = "mutated_channel"
SHARED = f"{NAME}.clock"
"""The copy uses the real clock: it is the explorer's as well, which must know the loops that it makes."""

_IMPORT = re.compile(r"^(\s*(?:from|import) )async_channel\b", re.MULTILINE)


@contextmanager
def mutated(fault: Fault | None) -> Generator[ModuleType, None, None]:
    """A copy of the package with a fault in it, or as it is; it can be imported until the block is left."""
    finder = _Copies(fault)
    sys.meta_path.insert(0, finder)
    sys.modules[SHARED] = async_channel.clock
    try:
        yield importlib.import_module(NAME)
    finally:
        sys.meta_path.remove(finder)
        for name in [name for name in sys.modules if name.partition(".")[0] == NAME]:
            del sys.modules[name]


def altered_text(path: Path, fault: Fault | None) -> str:
    """What stands in a file of the package, with the fault if it is there."""
    text = _text(path)
    return fault.alter(text) if fault is not None and path == PACKAGE / fault.file else text


class _Copies(MetaPathFinder, InspectLoader):
    """Finds and loads the modules of the copy."""

    def __init__(self, fault: Fault | None) -> None:
        self._fault = fault

    @override
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname.partition(".")[0] != NAME:
            return None
        file = _file(fullname)
        if not file.exists():
            return None
        spec = importlib.machinery.ModuleSpec(
            fullname, self, origin=_origin(file), is_package=file.name == "__init__.py"
        )
        spec.has_location = True
        return spec

    @override
    def is_package(self, fullname: str) -> bool:
        return _file(fullname).name == "__init__.py"

    @override
    def get_source(self, fullname: str) -> str:
        return _IMPORT.sub(rf"\1{NAME}", altered_text(_file(fullname), self._fault))

    @override
    def get_code(self, fullname: str) -> CodeType:
        return _compiled(self.get_source(fullname), _origin(_file(fullname)))


def _file(module: str) -> Path:
    path = PACKAGE.joinpath(*module.split(".")[1:])
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def _origin(file: Path) -> str:
    """A name for tracebacks. It is no file, so that whoever counts lines does not count them for the real one."""
    return f"<{NAME}>/{file.relative_to(PACKAGE)}"


@cache
def _text(path: Path) -> str:
    return path.read_text("utf-8")


@cache
def _compiled(source: str, origin: str) -> CodeType:
    code: Any = compile(source, origin, "exec", dont_inherit=True)
    assert isinstance(code, CodeType)
    return code
