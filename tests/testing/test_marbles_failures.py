"""What else a failed expectation of marbles shows, whatever comes."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from typing_extensions import override

from async_channel import from_iterable
from async_channel.testing import Diagram, assert_marbles, marbles
from async_channel.testing.marble.watching import ENOUGH


class Picky:
    """Can be compared with its own kind alone."""

    @override
    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Picky):
            raise TypeError(f"{other!r} can't be compared")
        return True

    __hash__ = None  # type: ignore[assignment]  # it has no hash that fits

    @override
    def __repr__(self) -> str:
        return "Picky()"


def shown(failed: pytest.ExceptionInfo[BaseException]) -> list[str]:
    """Whose lines pytest shows."""
    return [entry.name for entry in failed.traceback if not entry.ishidden(failed)]


def test_an_endless_stream_is_cut_off() -> None:
    with pytest.raises(AssertionError) as failed:
        assert_marbles(from_iterable(range(10**9)), "a 1h |", {"a": 0})
    words, _, expected, actual, caret, *legend = str(failed.value).splitlines()
    assert words == "1 came at 0 s, and nothing was expected before the completion at 3601 s"
    assert (expected, actual, caret) == (
        "expected  a----------------------- 3577s |",
        "actual    (aABCDEFGHIJKLMNOPQRSTU) ...",
        "            ^",
    )
    assert len([line for line in legend if line]) == ENOUGH + 2


def test_events_of_which_some_cannot_be_compared_have_characters_all_the_same() -> None:
    with pytest.raises(AssertionError) as failed:
        assert_marbles(marbles("abc|", {"a": Picky(), "b": "y", "c": "z"}), "abc|", {"a": Picky(), "b": "x", "c": "z"})
    assert str(failed.value).splitlines()[2:] == [
        "expected  abc|",
        "actual    ayc|",
        "           ^",
        "",
        "a = Picky()",
        "b = 'x'",
        "c = 'z'",
    ]


def test_where_characters_run_out_events_are_question_marks() -> None:
    with pytest.raises(AssertionError) as failed:
        assert_marbles(from_iterable(range(70)), f"({'a' * 70}|)", {"a": 0})
    assert str(failed.value).splitlines()[3].endswith("xyz0123456789????????|)")


def test_the_error_of_the_stream_is_the_cause() -> None:
    with pytest.raises(AssertionError) as failed:
        assert_marbles(marbles("ab|").map(int), "a--")
    assert isinstance(failed.value.__cause__, ValueError)


def test_a_traceback_ends_where_the_expectation_stands() -> None:
    with pytest.raises(AssertionError) as failed:
        assert_marbles(marbles("ab|"), "a--")
    assert shown(failed) == ["test_a_traceback_ends_where_the_expectation_stands"]


@pytest.mark.parametrize(
    "use",
    [
        lambda: marbles("a-&"),
        lambda: marbles("a-(b"),
        lambda: marbles("a-b", {"a": 1}),
        lambda: assert_marbles(marbles("ab|"), "a-?"),
        lambda: assert_marbles(marbles("ab|"), "a- 7ms"),
        lambda: Diagram.parse("a||"),
    ],
)
def test_a_diagram_that_says_nothing_is_told_where_it_stands(use: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match=r"\n    a.*\n    +\^$") as failed:
        use()
    assert shown(failed) == ["test_a_diagram_that_says_nothing_is_told_where_it_stands", "<lambda>"]


def test_an_error_of_the_pipelines_own_where_none_is_given_tells_how_to_expect_it() -> None:
    with pytest.raises(AssertionError) as failed:
        assert_marbles(marbles("1-x|").map(int), "1-#", {"1": 1})
    assert str(failed.value).splitlines()[-2:] == [
        "# = MarbleError (expected by default; for what came give error=ValueError)",
        "# = ValueError(\"invalid literal for int() with base 10: 'x'\") (actual)",
    ]
    assert_marbles(marbles("1-x|").map(int), "1-#", {"1": 1}, error=ValueError)
