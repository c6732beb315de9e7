"""mypy and pyright as functions: from files to what they say of each line."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

import pytest

ROOT = Path(__file__).parents[2]

MYPY_ERROR = re.compile(r"^(?P<file>.+?):(?P<line>\d+): error: .*\[(?P<code>[\w-]+)\]$")
MYPY_TYPE = re.compile(r'^(?P<file>.+?):(?P<line>\d+): note: Revealed type is "(?P<type>.+)"$')
PYRIGHT_TYPE = re.compile(r'^Type of ".*" is "(?P<type>.+)"$', re.DOTALL)


@dataclass(slots=True)
class Verdict:
    """What a checker says of a line: the types it shows, and the codes of its errors."""

    types: set[str] = field(default_factory=set)
    errors: set[str] = field(default_factory=set)


Line: TypeAlias = tuple[str, int]
Verdicts: TypeAlias = dict[Line, Verdict]
Checker: TypeAlias = Callable[..., Verdicts]


def run_tool(*command: str, cwd: Path) -> str:
    environment = {**os.environ, "NO_COLOR": "1"}
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode in {0, 1}, f"{command[0]} failed:\n{done.stdout}\n{done.stderr}"
    return done.stdout


def mypy(files: Sequence[Path], *options: str, cwd: Path = ROOT) -> Verdicts:
    """What mypy says of the files, with these options: on the project's settings, or on none if it runs elsewhere."""
    output = run_tool(
        *(sys.executable, "-m", "mypy", "--no-pretty", "--hide-error-context", *options), *map(str, files), cwd=cwd
    )
    verdicts: Verdicts = defaultdict(Verdict)
    for line in output.splitlines():
        if found := MYPY_ERROR.match(line):
            if found["code"] == "unused-awaitable":
                continue  # any Observable can be awaited, so each `reveal_type(stream)` on a line of its own has it
            verdicts[Path(found["file"]).name, int(found["line"])].errors.add(found["code"])
        elif found := MYPY_TYPE.match(line):
            plain = re.sub(r"\b(?:\w+\.)+(\w+)", r"\1", found["type"])  # names without their modules
            verdicts[Path(found["file"]).name, int(found["line"])].types.add(plain)
    return verdicts


def project_settings() -> dict[str, object]:
    """The project's own settings of pyright, but for the exclusion of the cases: it is honoured for named files too."""
    settings: dict[str, object] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["pyright"]
    return {key: value for key, value in settings.items() if key not in {"exclude", "venv", "venvPath"}}


def pyright_beside_python() -> str | None:
    return shutil.which("pyright", path=Path(sys.executable).parent)


def pyright(
    files: Sequence[Path], settings: dict[str, object], *, folder: Path, python: str = sys.executable
) -> Verdicts:
    """What pyright says of the files, with these settings, which it reads from a project made in that folder."""
    executable = pyright_beside_python()
    if executable is None:
        pytest.skip("pyright is not installed beside this Python")
    project = folder / "pyrightconfig.json"
    include = [os.path.relpath(path, folder) for path in files]  # it takes no absolute paths
    project.write_text(json.dumps({**settings, "include": include}), "utf-8")
    output = run_tool(executable, "--outputjson", "--pythonpath", python, "--project", str(project), cwd=folder)
    report = json.loads(output)
    assert report["summary"]["filesAnalyzed"] == len(files)
    verdicts: Verdicts = defaultdict(Verdict)
    for diagnostic in report["generalDiagnostics"]:
        place = Path(diagnostic["file"]).name, diagnostic["range"]["start"]["line"] + 1
        if found := PYRIGHT_TYPE.match(diagnostic["message"]):
            verdicts[place].types.add(found["type"])
        else:
            verdicts[place].errors.add(diagnostic.get("rule", diagnostic["message"]))
    return verdicts
