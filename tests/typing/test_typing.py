"""What mypy and pyright say of the cases is what their comments say.

A line ``reveal_type(x)  # expect: Stream[int]`` must show that type in both. One with ``# error: code`` must be refused
by mypy with these codes, one with ``# pyright-error: rule`` by pyright with these rules. Nothing else may be refused.
"""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.typing import checkers
from tests.typing.checkers import ROOT, Line

CASES = sorted((Path(__file__).parent / "cases").glob("*.py"))


def expected(checker: str) -> dict[Line, set[str]]:
    error = re.compile({"mypy": r"# error: ([^#]*)", "pyright": r"# pyright-error: ([^#]*)"}[checker])
    verdicts: dict[Line, set[str]] = defaultdict(set)
    for path in CASES:
        for number, text in enumerate(path.read_text("utf-8").splitlines(), 1):
            for refused in error.findall(text):
                verdicts[path.name, number] |= {code.strip() for code in refused.split(",")}
            for shown in re.findall(r"# expect: ([^#]*)", text):
                verdicts[path.name, number].add(shown.strip())
    return verdicts


def mypy(folder: Path) -> dict[Line, set[str]]:
    return merged(checkers.mypy(CASES, "--config-file", "mypy.ini"))


def pyright(folder: Path) -> dict[Line, set[str]]:
    root = {"root": os.path.relpath(ROOT, folder)}
    settings = {**checkers.project_settings(), "executionEnvironments": [root]}
    return merged(checkers.pyright(CASES, settings, folder=folder))


def merged(verdicts: checkers.Verdicts) -> dict[Line, set[str]]:
    return defaultdict(set, {line: verdict.types | verdict.errors for line, verdict in verdicts.items()})


@pytest.mark.parametrize("checker", [mypy, pyright], ids=["mypy", "pyright"])
def test_what_the_checker_says_is_what_the_cases_say(
    checker: Callable[[Path], dict[Line, set[str]]], subtests: pytest.Subtests, tmp_path: Path
) -> None:
    """One run of the checker for all cases, one subtest for each."""
    says, should = checker(tmp_path), expected(checker.__name__)
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
