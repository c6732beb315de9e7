"""What mypy and pyright say of the cases is what their comments say.

A line ``reveal_type(x)  # expect: Stream[int]`` must show that type in both. One with ``# error: code`` must be refused
by mypy with these codes, one with ``# pyright-error: rule`` by pyright with these rules. Nothing else may be refused.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest

ROOT = Path(__file__).parents[2]
CASES = sorted((Path(__file__).parent / "cases").glob("*.py"))

Line: TypeAlias = tuple[str, int]
Verdicts: TypeAlias = dict[Line, set[str]]
"""What a checker says, or should say, of each line: codes of errors, and revealed types."""

MYPY_ERROR = re.compile(r"^(?P<file>.+?):(?P<line>\d+): error: .*\[(?P<code>[\w-]+)\]$")
MYPY_TYPE = re.compile(r'^(?P<file>.+?):(?P<line>\d+): note: Revealed type is "(?P<type>.+)"$')
PYRIGHT_TYPE = re.compile(r'^Type of ".*" is "(?P<type>.+)"$', re.DOTALL)


def expected(checker: str) -> Verdicts:
    error = re.compile({"mypy": r"# error: ([^#]*)", "pyright": r"# pyright-error: ([^#]*)"}[checker])
    verdicts: Verdicts = defaultdict(set)
    for path in CASES:
        for number, text in enumerate(path.read_text("utf-8").splitlines(), 1):
            for refused in error.findall(text):
                verdicts[path.name, number] |= {code.strip() for code in refused.split(",")}
            for shown in re.findall(r"# expect: ([^#]*)", text):
                verdicts[path.name, number].add(shown.strip())
    return verdicts


def run_tool(*command: str) -> str:
    environment = {**os.environ, "NO_COLOR": "1"}
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode in {0, 1}, f"{command[0]} failed:\n{done.stdout}\n{done.stderr}"
    return done.stdout


def mypy() -> Verdicts:
    output = run_tool(
        *(sys.executable, "-m", "mypy", "--config-file", "mypy.ini", "--no-pretty", "--hide-error-context"),
        *map(str, CASES),
    )
    verdicts: Verdicts = defaultdict(set)
    for line in output.splitlines():
        if found := MYPY_ERROR.match(line):
            if found["code"] == "unused-awaitable":
                continue  # any Observable can be awaited, so each `reveal_type(stream)` on a line of its own has it
            verdicts[Path(found["file"]).name, int(found["line"])].add(found["code"])
        elif found := MYPY_TYPE.match(line):
            plain = re.sub(r"\b(?:\w+\.)+(\w+)", r"\1", found["type"])  # names without their modules
            verdicts[Path(found["file"]).name, int(found["line"])].add(plain)
    return verdicts


def pyright() -> Verdicts:
    if shutil.which("pyright", path=Path(sys.executable).parent) is None:
        pytest.skip("pyright is not installed beside this Python")
    executable = str(Path(sys.executable).parent / "pyright")
    # The project's settings, but for the exclusion of these very cases, which pyright honours for named files too.
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["pyright"]
    for key in ("exclude", "venv", "venvPath"):
        settings.pop(key, None)
    with tempfile.TemporaryDirectory() as folder:
        settings["include"] = [os.path.relpath(CASES[0].parent, folder)]  # it takes no absolute paths
        settings["executionEnvironments"] = [{"root": os.path.relpath(ROOT, folder)}]
        project = Path(folder) / "pyrightconfig.json"
        project.write_text(json.dumps(settings), "utf-8")
        output = run_tool(executable, "--outputjson", "--pythonpath", sys.executable, "--project", str(project))
    report = json.loads(output)
    assert report["summary"]["filesAnalyzed"] == len(CASES)
    verdicts: Verdicts = defaultdict(set)
    for diagnostic in report["generalDiagnostics"]:
        place = Path(diagnostic["file"]).name, diagnostic["range"]["start"]["line"] + 1
        if found := PYRIGHT_TYPE.match(diagnostic["message"]):
            verdicts[place].add(found["type"])
        else:
            verdicts[place].add(diagnostic.get("rule", diagnostic["message"]))
    return verdicts


@pytest.mark.parametrize("checker", [mypy, pyright], ids=["mypy", "pyright"])
def test_what_the_checker_says_is_what_the_cases_say(
    checker: Callable[[], Verdicts], subtests: pytest.Subtests
) -> None:
    """One run of the checker for all cases, one subtest for each."""
    says, should = checker(), expected(checker.__name__)
    for path in CASES:
        with subtests.test(case=path.name):
            lines = path.read_text("utf-8").splitlines()
            wrong = [
                f"{path.name}:{number}: {lines[number - 1].strip()}\n"
                f"    expected {sorted(should[file, number])}, {checker.__name__} says {sorted(says[file, number])}"
                for file, number in sorted(says.keys() | should.keys())
                if file == path.name and says[file, number] != should[file, number]
            ]
            assert not wrong, "\n" + "\n".join(wrong)


def test_the_cases_hold_both_what_must_pass_and_what_must_not() -> None:
    for checker in ("mypy", "pyright"):
        verdicts = expected(checker)
        assert sum("[" in verdict for found in verdicts.values() for verdict in found) > 50
        refused = {name for (name, _), found in verdicts.items() if any("[" not in verdict for verdict in found)}
        assert refused >= {"streams.py", "consumers.py", "channels.py", "events.py"}
