"""The stubs say what reactivex is, and are shipped in such a way that checkers take the rest from reactivex itself."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import reactivex

from tests.typing import checkers
from tests.typing.checkers import ROOT

STUBS = ROOT / "stubs" / "reactivex-stubs"


@pytest.mark.skipif(sys.version_info[:2] != (3, 11), reason="what it compares is the same on every Python")
def test_the_stubs_agree_with_reactivex() -> None:
    command = [sys.executable, "-m", "tests.typing.stubtest"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_strict_pyright_finds_nothing_wrong_in_the_stubs(tmp_path: Path) -> None:
    """It reads no partial stubs as files of their own, so they are laid over a copy of reactivex. mypy reads them."""
    package = tmp_path / "reactivex"
    shutil.copytree(Path(reactivex.__file__).parent, package)
    shutil.copytree(STUBS, package, dirs_exist_ok=True)
    stubs = sorted(package.rglob("*.pyi"))
    assert len(stubs) == len(list(STUBS.rglob("*.pyi"))) > 20
    verdicts = checkers.pyright(stubs, {"typeCheckingMode": "strict", "reportPrivateUsage": "none"}, folder=tmp_path)
    assert not {line: verdict.errors for line, verdict in verdicts.items() if verdict.errors}


def test_they_are_partial_and_in_the_wheel() -> None:
    assert (STUBS / "py.typed").read_text("utf-8") == "partial\n"
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    assert STUBS.relative_to(ROOT).as_posix() in project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
