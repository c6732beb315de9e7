"""Every form of every operator, read by mypy --strict and by strict pyright.

The table is in `tests.typing.forms`. From it come six files: the forms as methods of an Observable; as functions in
its ``pipe``, alone, among others, and with lambdas; as methods of a Channel; and the functions of reactivex itself.
Each form must have the type that its row says, and each of its twins, which hold one mistake, must be refused.

``python -m tests.typing.matrix [--python PATH] [MATRIX ...]`` prints the counts, and every form that is not precise.
"""

from __future__ import annotations

import argparse
import ast
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import reactivex
from reactivex import operators as ops
from reactivex.observable import mixins

from async_channel.stream import Stream
from tests.typing import checkers
from tests.typing.checkers import ROOT, Verdict, Verdicts
from tests.typing.forms import CHANNEL, FLUENT, FORMS, PIPE, PREAMBLE, RECEIVERS, TOP, Form
from tests.typing.twins import definitions, functions_of, through_pipe, with_functions, with_lambdas

CHAIN = "chain"
"""The forms of `PIPE` once more, in a pipe between two operators that change nothing."""
LAMBDA = "lambda"
"""Those that have functions, with lambdas, which pyright infers there, and mypy does not."""

MATRICES = {
    "mypy": (FLUENT, PIPE, CHAIN, CHANNEL, TOP),
    "pyright": (FLUENT, PIPE, CHAIN, LAMBDA, CHANNEL, TOP),
}
GRADES = ("precise", "any", "imprecise", "rejected")

# ---- operators


def operators_of(*classes: type) -> set[str]:
    """The public methods that these classes define themselves."""
    return {name for cls in classes for name, value in vars(cls).items() if callable(value) and name[0] != "_"}


def observable_operators() -> set[str]:
    return operators_of(*(getattr(mixins, name) for name in mixins.__all__))


def pipe_operators() -> set[str]:
    return set(ops.__all__)


OURS = [cls for cls in Stream.__mro__ if cls.__module__.startswith("async_channel.")]


def stream_operators() -> set[str]:
    """The operators of async_channel, its own and those that it overrides."""
    return operators_of(*OURS)


def functions() -> set[str]:
    """The public functions that reactivex defines itself, constructors and combinators."""
    return {
        name
        for name, value in vars(reactivex).items()
        if callable(value) and not isinstance(value, type) and getattr(value, "__module__", "") == reactivex.__name__
    }


def operator_of(form: Form) -> str:
    """The operator that a form calls: ``merge`` of ``source.merge(orders)``, ``__add__`` of ``source + orders``."""
    match ast.parse(form.call, mode="eval").body:
        case ast.BinOp():
            return "__add__"
        case ast.Subscript():
            return "__getitem__"
        case node:
            while isinstance(node, ast.Call):
                node = node.func
            assert isinstance(node, ast.Attribute), form
            return node.attr


def receiver_of(form: Form) -> str:
    return form.call.split(".")[0]


# ---- texts of cases


@dataclass(slots=True)
class Case:
    """A line for the checkers: a form with the type that it must have, or with none a twin that must be refused."""

    form: Form
    text: str
    type: str | None
    says: Verdict = field(default_factory=Verdict)
    grade: str = ""


def expected(form: Form, matrix: str) -> str:
    ours = matrix == CHANNEL and any(operator_of(form) in vars(cls) for cls in OURS)
    if ours and form.stream is not None:
        return form.stream
    return re.sub(r"\bS\[", "Stream[" if ours else "Observable[", form.type)


def texts_of(form: Form, matrix: str) -> Iterator[str]:
    """The form, then its twins; nothing if it is not for this matrix."""
    if matrix in form.on:
        yield from with_functions(through_pipe(form.call)) if matrix == PIPE else with_lambdas(form.call)
    elif PIPE in form.on and form.type.startswith("S[") and receiver_of(form) in RECEIVERS:
        call = through_pipe(form.call, "ops.as_observable(), {}, ops.as_observable()")
        if matrix == CHAIN:
            yield from with_functions(call)
        elif matrix == LAMBDA and functions_of(call):
            yield from with_lambdas(call)


def cases_of(matrix: str) -> list[Case]:
    return [
        Case(form, text, None if number else expected(form, matrix))
        for form in FORMS
        for number, text in enumerate(texts_of(form, matrix))
    ]


def text_of(matrix: str, cases: list[Case]) -> tuple[str, int]:
    """A file with these cases, a line each and in functions of their own, so that none makes another unreachable.

    Returns:
        The text, and the number of the first case's line.
    """
    kind = "Channel" if matrix == CHANNEL else "Observable"
    given = [f"{name}: {kind}[{events}]" for name, events in RECEIVERS.items()]
    imports = ["from async_channel import Channel"] if matrix == CHANNEL else []
    head = "\n".join([*PREAMBLE.splitlines(), *imports, *given, *definitions()]).lstrip().splitlines()
    lines = [f"def case_{number}() -> None: reveal_type({case.text})" for number, case in enumerate(cases)]
    return "\n".join([*head, *lines, ""]), len(head) + 1


# ---- verdicts


class Normal(ast.NodeTransformer):
    """Unions in alphabetical order, and without an int beside a float, which passes for one."""

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        self.generic_visit(node)
        members = set(ast.unparse(node).split(" | "))
        return ast.parse(" | ".join(sorted(members - ({"int"} if "float" in members else set()))), mode="eval").body


def normal(type: str) -> str:
    try:
        return ast.unparse(Normal().visit(ast.parse(type, mode="eval")))
    except SyntaxError:
        return type


def grade(case: Case, verdict: Verdict) -> str:
    """How good a form is; whether a twin was caught."""
    if case.type is None:  # what strict pyright has against unknown types is no proof that it saw the mistake
        return "caught" if any(not code.startswith("reportUnknown") for code in verdict.errors) else "missed"
    if any(re.search(r"\b(Any|Unknown)\b", type) for type in verdict.types):
        return "any"
    if verdict.errors or not verdict.types:
        return "rejected"
    precise = {normal(type) for type in verdict.types} == {normal(case.type)} and not case.form.vague
    return "precise" if precise else "imprecise"


def run_mypy(files: list[Path], folder: Path, python: str) -> Verdicts:
    cache = ROOT / ".mypy_cache" / "matrix"
    return checkers.mypy(
        files, "--strict", "--config-file=", f"--cache-dir={cache}", f"--python-executable={python}", cwd=folder
    )


def run_pyright(files: list[Path], folder: Path, python: str) -> Verdicts:
    return checkers.pyright(files, {"typeCheckingMode": "strict"}, folder=folder, python=python)


CHECKERS = {"mypy": run_mypy, "pyright": run_pyright}


def judged(checker: str, matrices: Sequence[str], python: str = sys.executable) -> dict[str, list[Case]]:
    """All cases of these matrices, with what the checker says of each. It runs once, in a folder with nothing else."""
    judged = {matrix: cases_of(matrix) for matrix in matrices}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        first: dict[str, int] = {}
        for matrix, cases in judged.items():
            text, first[matrix] = text_of(matrix, cases)
            (folder / f"{matrix}.py").write_text(text, "utf-8")
        verdicts = CHECKERS[checker]([folder / f"{matrix}.py" for matrix in judged], folder, python)
    for matrix, cases in judged.items():
        wrong = [line for file, line in verdicts if file == f"{matrix}.py" and line < first[matrix]]
        assert not wrong, f"{checker} refuses the head of {matrix}.py: {verdicts[f'{matrix}.py', wrong[0]]}"
        for number, case in enumerate(cases):
            case.says = verdicts[f"{matrix}.py", first[matrix] + number]
            case.grade = grade(case, case.says)
    return judged


def counts(cases: list[Case]) -> Counter[str]:
    return Counter(case.grade for case in cases)


def described(cases: list[Case]) -> Iterator[str]:
    """What is not as it should be."""
    for case in cases:
        if case.grade not in {"precise", "caught"}:
            says = ", ".join(sorted(case.says.types | case.says.errors)) or "nothing"
            yield f"{case.grade}: {case.text}\n    expected {case.type or 'an error'}, it says {says}"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.typing.matrix", description=__doc__)
    parser.add_argument("matrices", nargs="*", metavar="MATRIX", help=", ".join(MATRICES["pyright"]))
    parser.add_argument("--python", default=sys.executable, help="check against what this Python has installed")
    options = parser.parse_args()
    rows: list[str] = []
    for checker in CHECKERS if checkers.pyright_beside_python() else ["mypy"]:
        matrices = [matrix for matrix in MATRICES[checker] if not options.matrices or matrix in options.matrices]
        for matrix, cases in (judged(checker, matrices, options.python) if matrices else {}).items():
            count = counts(cases)
            forms, twins = sum(count[name] for name in GRADES), count["caught"] + count["missed"]
            graded = "".join(f"{count[name]:>11}" for name in GRADES)
            rows.append(f"{matrix:<8} {checker:<8}{forms:>6}{graded}{count['missed']:>8} of {twins}")
            for text in described(cases):
                print(f"{checker}, {text}")
    print(f"{'matrix':<8} {'checker':<8}{'forms':>6}" + "".join(f"{name:>11}" for name in GRADES) + "  missed")
    print("\n".join(rows))


if __name__ == "__main__":
    main()
