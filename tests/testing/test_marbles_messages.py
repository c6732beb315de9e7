"""What a marble that is not as expected says: in words, drawn, and with what the characters stand for."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import pytest
from typing_extensions import override

from async_channel import Stream
from async_channel.testing import assert_marbles, marbles


@dataclass(frozen=True)
class Tick:
    price: float


class Odd:
    """Equal to nothing."""

    @override
    def __eq__(self, other: object) -> bool:
        return False

    __hash__ = None  # type: ignore[assignment]  # it has no hash that fits

    @override
    def __repr__(self) -> str:
        return "Odd()"


TICKS = {"a": Tick(1.0), "b": Tick(2.0)}

Case: TypeAlias = tuple[Callable[[], Stream[Any]], str, dict[str, Any], str]

CASES: dict[str, Case] = {
    "an event that is another": (
        lambda: marbles("a-b-c|"),
        "a-x-c|",
        {},
        """
        'x' was expected at 2 s, and 'b' came

        expected  a-x-c|
        actual    a-b-c|
                    ^
        """,
    ),
    "an event that is another, with values": (
        lambda: marbles("a-c-b|", {**TICKS, "c": Tick(3.0)}),
        "a-b-b|",
        {"values": TICKS},
        """
        Tick(price=2.0) was expected at 2 s, and Tick(price=3.0) came

        expected  a-b-b|
        actual    a-A-b|
                    ^

        a = Tick(price=1.0)
        b = Tick(price=2.0)
        A = Tick(price=3.0)
        """,
    ),
    "an event that is another, in a group": (
        lambda: marbles("--(abc)|"),
        "--(axc)|",
        {},
        """
        'x' was expected at 2 s, and 'b' came

        expected  --(axc)|
        actual    --(abc)|
                      ^
        """,
    ),
    "an event that is late": (
        lambda: marbles("a--b|"),
        "a-b-|",
        {},
        """
        'b' was expected at 2 s, and came at 3 s, 1 s late

        expected  a-b-|
        actual    a--b|
                    ^
        """,
    ),
    "an event that is early": (
        lambda: marbles("a-b--|", unit=0.1),
        "a--b-|",
        {"unit": 0.1},
        """
        'b' was expected at 0.3 s, and came at 0.2 s, 0.1 s early

        expected  a--b-|
        actual    a-b--|
                    ^
        """,
    ),
    "an event that was not expected before the next": (
        lambda: marbles("a-b-c|"),
        "a---c|",
        {},
        """
        'b' came at 2 s, and nothing was expected before 'c' at 4 s

        expected  a---c|
        actual    a-b-c|
                    ^
        """,
    ),
    "an event that is missing before the next": (
        lambda: marbles("a---c|"),
        "a-b-c|",
        {},
        """
        'b' was expected at 2 s, and nothing came before 'c' at 4 s

        expected  a-b-c|
        actual    a---c|
                    ^
        """,
    ),
    "an event that is missing at the end": (
        lambda: marbles("a-----"),
        "a-b---",
        {},
        """
        'b' was expected at 2 s, and nothing came until 6 s

        expected  a-b---
        actual    a-----
                    ^
        """,
    ),
    "an event that is missing in a group": (
        lambda: marbles("a--|"),
        "(ab)",
        {},
        """
        'b' was expected at 0 s, and nothing came before the completion at 3 s

        expected  (ab)
        actual    a--|
                    ^
        """,
    ),
    "an end that is missing": (
        lambda: marbles("a-b---"),
        "a-b-|",
        {},
        """
        the completion was expected at 4 s, and nothing came until 65 s

        expected  a-b-|
        actual    a-b--
                      ^
        """,
    ),
    "an end that was not expected": (
        lambda: marbles("a-b-|"),
        "a-b--",
        {},
        """
        the completion came at 4 s, and nothing more was expected

        expected  a-b--
        actual    a-b-|
                      ^
        """,
    ),
    "an end that is late": (
        lambda: marbles("a-b 1m |"),
        "a-b-|",
        {},
        """
        the completion was expected at 4 s, and came at 63 s, 59 s late

        expected  a-b-|
        actual    a-b-- 58s |
                      ^
        """,
    ),
    "an error instead of an event": (
        lambda: marbles("a-b-|").map(int),
        "a-b-|",
        {"values": {"a": 1, "b": 2}},
        """
        1 was expected at 0 s, and the error ValueError("invalid literal for int() with base 10: 'a'") came

        expected  a-b-|
        actual    #
                  ^

        a = 1
        b = 2
        # = ValueError("invalid literal for int() with base 10: 'a'")
        """,
    ),
    "another error": (
        lambda: marbles("a#", error=KeyError("k")),
        "a#",
        {"error": ValueError},
        """
        the error ValueError was expected at 1 s, and the error KeyError('k') came

        expected  a#
        actual    a#
                   ^

        # = ValueError (expected)
        # = KeyError('k') (actual)
        """,
    ),
    "an error that comes after the difference": (
        lambda: marbles("a-x#", error=KeyError("k")),
        "a-b#",
        {"error": KeyError},
        """
        'b' was expected at 2 s, and 'x' came

        expected  a-b#
        actual    a-x#
                    ^

        # = KeyError('k')
        """,
    ),
    "events between the frames": (
        lambda: marbles("a-b-|").delay(0.25),
        "a-b-|",
        {},
        """
        'a' was expected at 0 s, and came at 0.25 s (between two frames of 1 s), 0.25 s late

        expected  a -b -|
        actual    -a--b--|
                  ^
        """,
    ),
    "groups that follow each other too fast for the notation": (
        lambda: marbles("ab-c|").scan(lambda x, y: x + y).buffer(count=1).flat_map(lambda x: x * 2),
        "a-b-|",
        {},
        """
        'a' came at 0 s, and nothing was expected before 'b' at 2 s

        expected  a   -b  -   |
        actual    (aa)(AA)(BB)|
                    ^

        A = 'ab'
        B = 'abc'
        """,
    ),
    "a long time without events": (
        lambda: marbles("a 1h b|"),
        "a 1h c|",
        {},
        """
        'c' was expected at 3601 s, and 'b' came

        expected  a 3600s c|
        actual    a 3600s b|
                          ^
        """,
    ),
    "what looks the same and is not equal": (
        lambda: marbles("a|", {"a": Odd()}),
        "a|",
        {"values": {"a": Odd()}},
        """
        Odd() was expected at 0 s, and Odd() came (of the same repr, but not equal)

        expected  a|
        actual    A|
                  ^

        a = Odd()
        A = Odd()
        """,
    ),
    "an event that was not expected before the cancellation": (
        lambda: marbles("a-b-c"),
        "a---!",
        {},
        """
        'b' came at 2 s, and nothing more was expected

        expected  a---!
        actual    a-b-!
                    ^
        """,
    ),
    "an end before the cancellation": (
        lambda: marbles("a-|"),
        "a---!",
        {},
        """
        the completion came at 2 s, and nothing more was expected

        expected  a---!
        actual    a-|
                    ^
        """,
    ),
    "an event where none was expected": (
        lambda: marbles("-a"),
        "---",
        {},
        """
        'a' came at 1 s, and nothing was expected

        expected  ---
        actual    -a-
                   ^
        """,
    ),
    "an event that values do not know, beside a value that is not drawn": (
        lambda: marbles("1-2-3|").map(float),
        "a-b-c|",
        {"values": {"a": 1.0, "b": 2.0, "c": 4.0, "A": 0}},
        """
        4.0 was expected at 4 s, and 3.0 came

        expected  a-b-c|
        actual    a-b-B|
                      ^

        a = 1.0
        b = 2.0
        c = 4.0
        B = 3.0
        """,
    ),
    "an event that is one of values, and is not drawn": (
        lambda: marbles("a-b|"),
        "a-a|",
        {"values": {"a": "a", "z": "b", "y": "c"}},
        """
        'a' was expected at 2 s, and 'b' came

        expected  a-a|
        actual    a-z|
                    ^

        z = 'b'
        """,
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_failure_says_what_differs_first_and_shows_it(case: str) -> None:
    stream, diagram, options, said = CASES[case]
    with pytest.raises(AssertionError) as failed:
        assert_marbles(stream(), diagram, **options)
    assert str(failed.value) == textwrap.dedent(said).strip()
