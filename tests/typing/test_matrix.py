"""Every form of every operator has the type that the table says, and no function that uses an event wrongly gets by.

``python -m tests.typing.matrix`` prints the table's counts.
"""

from __future__ import annotations

import pytest

from tests.typing.forms import CHANNEL, FLUENT, FORMS, PIPE, TOP
from tests.typing.matrix import (
    GRADES,
    LAMBDA,
    MATRICES,
    counts,
    described,
    functions,
    judged,
    observable_operators,
    operator_of,
    pipe_operators,
    stream_operators,
)

PRECISE = {LAMBDA: 0.95}
"""Of the forms, 0.98 elsewhere. What stays imprecise, and what a checker cannot infer, the run of the table prints."""
LEAST = {TOP: (50, 5), LAMBDA: (90, 140)}
"""How many forms and twins there are at least, elsewhere 250 and 140: no file is empty by mistake."""


def has_row(matrix: str) -> set[str]:
    return {operator_of(form) for form in FORMS if matrix in form.on}


@pytest.mark.parametrize(
    ("matrix", "names"),
    [
        (FLUENT, observable_operators()),
        (PIPE, pipe_operators()),
        (CHANNEL, (observable_operators() | stream_operators()) - {"graph"}),  # a picture, no operator
        (TOP, functions()),
    ],
    ids=[FLUENT, PIPE, CHANNEL, TOP],
)
def test_every_operator_has_a_row(matrix: str, names: set[str]) -> None:
    missing = sorted(names - has_row(matrix))
    assert not missing, f"give these rows in tests/typing/forms: {', '.join(missing)}"


@pytest.mark.parametrize("checker", MATRICES)
def test_forms_are_precise_and_wrong_functions_refused(checker: str, subtests: pytest.Subtests) -> None:
    """One run of the checker for all matrices, one subtest for each."""
    for matrix, cases in judged(checker, MATRICES[checker]).items():
        with subtests.test(matrix=matrix):
            count = counts(cases)
            forms = sum(count[grade] for grade in GRADES)
            report = "\n".join(described(cases))
            assert count["any"] == 0, report
            assert count["missed"] == 0, report
            assert count["precise"] >= PRECISE.get(matrix, 0.98) * forms, report
            least_forms, least_twins = LEAST.get(matrix, (250, 140))
            assert forms >= least_forms and count["caught"] >= least_twins
