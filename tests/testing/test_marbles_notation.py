"""The notation of marble diagrams: what it says, what it can't say, and how it is drawn."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from async_channel.pictures.lines import LONG, draw
from async_channel.testing import Diagram, Mark


def marks(*happenings: tuple[float, str]) -> tuple[Mark, ...]:
    kinds = {"|": "completion", "#": "error", "!": "cancellation"}
    return tuple(
        Mark(time, kinds[sign]) if sign in kinds else Mark(time, "event", sign)  # type: ignore[arg-type]  # one of them
        for time, sign in happenings
    )


@pytest.mark.parametrize(
    ("text", "happenings", "width"),
    [
        ("-", [], 1),
        ("---", [], 3),
        ("a", [(0, "a")], 1),
        ("ab", [(0, "a"), (1, "b")], 2),
        ("-a-b--|", [(1, "a"), (3, "b"), (6, "|")], 7),
        ("a-b-(cd)-|", [(0, "a"), (2, "b"), (4, "c"), (4, "d"), (9, "|")], 10),
        ("(ab)(cd)", [(0, "a"), (0, "b"), (4, "c"), (4, "d")], 8),
        ("-(a)-b", [(1, "a"), (5, "b")], 6),
        ("-(ab|)", [(1, "a"), (1, "b"), (1, "|")], 6),
        ("-(a#)", [(1, "a"), (1, "#")], 5),
        ("--#", [(2, "#")], 3),
        ("a-!", [(0, "a"), (2, "!")], 3),
        ("-(a!)", [(1, "a"), (1, "!")], 5),
        ("1-Z-é", [(0, "1"), (2, "Z"), (4, "é")], 5),
        (" a -\t-\n b ", [(0, "a"), (3, "b")], 4),
        ("-( a  b )-c", [(1, "a"), (1, "b"), (6, "c")], 7),
        ("a 10s b", [(0, "a"), (11, "b")], 12),
        ("10s a", [(10, "a")], 11),
        ("a 10s", [(0, "a")], 11),
        ("a 2s 3s b", [(0, "a"), (6, "b")], 7),
        ("- 1m a 1h |", [(61, "a"), (3662, "|")], 3663),
        ("a 3000ms b", [(0, "a"), (4, "b")], 5),
        ("a10s b", [(0, "a"), (1, "1"), (2, "0"), (3, "s"), (4, "b")], 5),
        ("a 10sb", [(0, "a"), (1, "1"), (2, "0"), (3, "s"), (4, "b")], 5),
        ("( 10s )", [(0, "1"), (0, "0"), (0, "s")], 5),
        ("", [], 0),
        ("  ", [], 0),
    ],
)
def test_a_diagram_says_what_happens_when(text: str, happenings: list[tuple[float, str]], width: float) -> None:
    assert Diagram.parse(text) == Diagram(marks(*happenings), width)


def test_a_frame_is_as_long_as_the_unit() -> None:
    assert Diagram.parse("-a 1s b|", unit=0.25) == Diagram(marks((0.25, "a"), (1.5, "b"), (1.75, "|")), 2.0, 0.25)
    assert Diagram.parse("a 700ms b", unit=0.1).marks[1].time == 8 * 0.1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a-(bc-|", "a group holds what happens together, and no time or other group\n    a-(bc-|\n         ^"),
        ("a-(b(c))", "a group holds what happens together, and no time or other group\n    a-(b(c))\n        ^"),
        ("a-(bc", "this group is not closed\n    a-(bc\n      ^"),
        ("a-( )", "this group is empty\n    a-( )\n      ^"),
        ("a-b)", "no group is open here\n    a-b)\n       ^"),
        ("a-|-", "nothing can happen behind '|'\n    a-|-\n       ^"),
        ("a-# b", "nothing can happen behind '#'\n    a-# b\n        ^"),
        ("a-!b", "nothing can happen behind '!'\n    a-!b\n       ^"),
        ("a-(|b)", "nothing can happen behind '|'\n    a-(|b)\n        ^"),
        ("a-|  (b)", "nothing can happen behind '|'\n    a-|  (b)\n          ^"),
        ("a-| 10s", "nothing can happen behind '|'\n    a-| 10s\n        ^"),
        ("a-||", "nothing can happen behind '|'\n    a-||\n       ^"),
        ("a 1500ms b", "1500ms is not a whole number of frames of 1 s\n    a 1500ms b\n      ^"),
        ("a\n-\t1.5s", "1.5s is not a whole number of frames of 1 s\n    a - 1.5s\n        ^"),
        (
            "a-?",
            (
                "'?' means nothing here: letters and digits are events, '-' is a frame in which nothing happens, "
                "'(ab)' a group, '|' completion, '#' an error, '!' cancellation\n    a-?\n      ^"
            ),
        ),
    ],
)
def test_a_diagram_that_says_nothing_is_refused_with_a_caret(text: str, said: str) -> None:
    with pytest.raises(ValueError) as refused:
        Diagram.parse(text)
    assert str(refused.value) == said


@pytest.mark.parametrize("text", ["^-a", "a,b", "a_b", "-(a,b)", "a.", "[a]", "(a", ")"])
def test_what_is_not_of_the_notation_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        Diagram.parse(text)


@pytest.mark.parametrize("text", [None, b"a-b", 3, ["a"]])
def test_only_a_string_is_a_diagram(text: object) -> None:
    with pytest.raises(TypeError, match="a marble diagram is a string such as"):
        Diagram.parse(text)  # type: ignore[arg-type]  # that is the point


@pytest.mark.parametrize("unit", [0, -1.0, float("nan"), float("inf")])
def test_a_frame_takes_time(unit: float) -> None:
    with pytest.raises(ValueError, match="of seconds above 0"):
        Diagram.parse("a-|", unit=unit)


def test_the_seconds_of_a_frame_are_a_number() -> None:
    with pytest.raises(TypeError, match="takes seconds"):
        Diagram.parse("a-|", unit="1")  # type: ignore[arg-type]  # that is the point


# ---- drawing

signs = st.sampled_from("abcxyz")
moments = st.one_of(signs, st.lists(signs, min_size=2, max_size=4).map(lambda group: f"({''.join(group)})"))
gaps = st.one_of(st.integers(0, 5), st.integers(LONG, 500))


@st.composite
def drawings(draw: st.DrawFn) -> str:
    """Diagrams as they are drawn: no needless space, group or dash."""
    text = "-" * draw(st.integers(0, 5))
    for moment, gap in draw(st.lists(st.tuples(moments, gaps), max_size=6)):
        text += moment + ("-" * gap if gap < LONG else f" {gap}s ")
    return (text + draw(st.sampled_from(["", "|", "#", "!", "(a|)", "(xy#)", "(b!)"]))).rstrip() or "-"


@given(drawings())
def test_what_is_read_is_drawn_as_it_was(text: str) -> None:
    assert str(Diagram.parse(text)) == text


loose = st.lists(st.sampled_from(["-", "--", "a", "b", " ", "(a)", "( ab )", "-" * 30, " 7s ", " 2m "]), max_size=8)


@given(loose, st.sampled_from(["", "|", " #", "!", "(a |)"]), st.sampled_from([1.0, 0.5, 0.1, 0.02]))
def test_what_is_drawn_says_what_was_read(tokens: list[str], end: str, unit: float) -> None:
    diagram = Diagram.parse("".join(tokens) + end, unit=unit)
    assume(diagram.width)
    assert Diagram.parse(str(diagram), unit=unit) == diagram


@given(drawings(), drawings())
def test_diagrams_drawn_together_still_say_the_same(one: str, other: str) -> None:
    both = [Diagram.parse(one), Diagram.parse(other)]
    lines, _ = draw(both)
    assert [Diagram.parse(line) for line in lines] == both


@given(drawings(), drawings())
def test_what_happens_together_stands_in_one_column(one: str, other: str) -> None:
    both = [Diagram.parse(one), Diagram.parse(other)]
    lines, columns = draw(both)
    for diagram, line in zip(both, lines, strict=True):
        for time in {mark.time for mark in diagram.marks}:
            together = [mark for mark in diagram.marks if mark.time == time]
            column = columns[time]
            first = {"event": str(together[0].value), "completion": "|", "error": "#", "cancellation": "!"}
            assert line[column] == ("(" if len(together) > 1 else first[together[0].kind])
    assert list(columns.values()) == sorted(set(columns.values()))


@pytest.mark.parametrize(
    ("happenings", "width", "drawn"),
    [
        ([(0, "a"), (2.5, "b"), (3, "c")], 4.0, "a--bc"),
        ([(0, "a"), (0, "b"), (1, "c"), (5, "d")], 6.0, "(ab)c---d"),
        ([(1.5, "a"), (1.75, "b"), (1.75, "|")], 3.0, "--a(b|)"),
        ([(0.1 + 0.2, "a")], 1.0, "-a"),
    ],
)
def test_what_the_notation_has_no_place_for_is_drawn_in_order(
    happenings: list[tuple[float, str]], width: float, drawn: str
) -> None:
    assert str(Diagram(marks(*happenings), width)) == drawn


def test_what_the_notation_has_no_place_for_is_given_room_in_the_other_diagrams() -> None:
    other = Diagram(marks((0, "x"), (0, "y"), (1, "z"), (1, "z"), (2, "|")), 3.0)
    lines, columns = draw([Diagram.parse("(abcdef)-g"), other])
    assert lines == ["(abcdef)      -g", "(xy)(zz)|"]
    assert columns == {0: 0, 1: 4, 2: 8, 9: 15}
    assert Diagram.parse(lines[0]) == Diagram.parse("(abcdef)-g")


def test_a_long_group_is_not_drawn_over_by_a_time() -> None:
    group = f"({'a' * 50})-b"
    lines, _ = draw([Diagram.parse(group), Diagram.parse("x 51s y---")])
    assert lines == [group, f"x{'-' * 51}y---"]


def test_a_short_time_is_drawn_in_milliseconds() -> None:
    assert str(Diagram.parse("a 300ms b 700ms 300ms |", unit=0.01)) == "a 300ms b 1s |"
