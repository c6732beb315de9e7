"""Comparing what a stream gave with what is drawn, and saying where they first differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, zip_longest
from string import ascii_letters, digits

from async_channel.pictures.diagrams import Diagram, MarbleError, Mark
from async_channel.pictures.lines import draw, frame_of, seconds_text
from async_channel.testing.marble.meanings import ErrorLike


def difference(
    expected: Diagram,
    values: Mapping[str, object],
    error: ErrorLike,
    actual: Sequence[Mark],
    *,
    watched: float,
    is_cut: bool = False,
) -> str | None:
    """What to tell of the first difference; None if there is none.

    Args:
        expected: what is drawn.
        values: what its events stand for; a character that is not in it for itself.
        error: what its error stands for.
        actual: what happened.
        watched: for how long the stream was watched (seconds).
        is_cut: whether more happened, and was not looked at.
    """
    comparison = _Comparison(expected, values, error, actual)
    for place, (wanted, got) in enumerate(zip_longest(comparison.wanted, actual)):
        if not comparison.is_same(wanted, got):
            return comparison.report(place, wanted, got, watched, is_cut)
    return None


class _Comparison:
    def __init__(
        self, expected: Diagram, values: Mapping[str, object], error: ErrorLike, actual: Sequence[Mark]
    ) -> None:
        self._unit = expected.unit
        self._expected = expected
        self._error = error
        self._actual = actual
        self._symbols = {
            str(mark.value): values.get(str(mark.value), mark.value) for mark in expected.marks if mark.kind == "event"
        }
        self._others = {symbol: value for symbol, value in values.items() if symbol not in self._symbols}
        self.wanted = [self._meant(mark) for mark in expected.marks if mark.kind != "cancellation"]

    def _meant(self, mark: Mark) -> Mark:
        if mark.kind == "event":
            return Mark(mark.time, "event", self._symbols[str(mark.value)])
        return Mark(mark.time, mark.kind, self._error) if mark.kind == "error" else mark

    # ---- equal or not

    def is_same(self, wanted: Mark | None, got: Mark | None) -> bool:
        if wanted is None or got is None:
            return wanted is got
        return self._frame(wanted) == self._frame(got) and _is_alike(wanted, got)

    def _frame(self, mark: Mark) -> float:
        return frame_of(mark.time, self._unit)

    # ---- in words

    def report(self, place: int, wanted: Mark | None, got: Mark | None, watched: float, is_cut: bool) -> str:
        """What to tell of the first difference, which is at a place in both."""
        drawn = self._drawn(is_cut)
        (expected, actual), columns = draw([self._expected, drawn])
        sides = [(self._expected, place, wanted), (drawn, place, got)]
        diagram, place, mark = min(
            ((diagram, place, mark) for diagram, place, mark in sides if mark is not None),
            key=lambda side: self._frame(side[2]),
        )
        column = columns[self._frame(mark)] + self._offset(diagram, place)
        lines = [self._words(wanted, got, watched), "", f"expected  {expected}", f"actual    {actual}{' ...' * is_cut}"]
        return "\n".join([*lines, " " * (len("expected  ") + column) + "^", *self._legend()]).rstrip()

    def _offset(self, diagram: Diagram, place: int) -> int:
        """Where in the text of its frame a mark is written."""
        frames = [self._frame(mark) for mark in diagram.marks]
        together = [index for index, frame in enumerate(frames) if frame == frames[place]]
        return 0 if len(together) == 1 else 1 + together.index(place)

    def _words(self, wanted: Mark | None, got: Mark | None, watched: float) -> str:
        if wanted is None:
            assert got is not None
            what = "nothing more" if self.wanted else "nothing"
            return f"{_name(got)} came at {self._when(got)}, and {what} was expected"
        if got is None:
            return f"{_name(wanted)} was expected at {self._when(wanted)}, and nothing came{self._until(watched)}"
        early = self._frame(wanted) - self._frame(got)
        if not early:
            same = " (of the same repr, but not equal)" if _name(wanted) == _name(got) else ""
            return f"{_name(wanted)} was expected at {self._when(wanted)}, and {_name(got)} came{same}"
        if _is_alike(wanted, got):
            apart = f"{seconds_text(abs(wanted.time - got.time))} s {'early' if early > 0 else 'late'}"
            return f"{_name(wanted)} was expected at {self._when(wanted)}, and came at {self._when(got)}, {apart}"
        if early > 0:
            return (
                f"{_name(got)} came at {self._when(got)}, and nothing was expected "
                f"before {_name(wanted)} at {self._when(wanted)}"
            )
        return (
            f"{_name(wanted)} was expected at {self._when(wanted)}, and nothing came "
            f"before {_name(got)} at {self._when(got)}"
        )

    def _until(self, watched: float) -> str:
        ended = self._actual and self._actual[-1].kind != "event"
        return "" if ended else f" until {seconds_text(watched)} s"

    def _when(self, mark: Mark) -> str:
        between = "" if isinstance(self._frame(mark), int) else f" (between two frames of {seconds_text(self._unit)} s)"
        return f"{seconds_text(mark.time)} s{between}"

    # ---- as a drawing

    def _drawn(self, is_cut: bool) -> Diagram:
        """What happened, with a character for each event."""
        marks = [
            Mark(mark.time, mark.kind, self._symbol(mark.value)) if mark.kind == "event" else mark
            for mark in self._actual
        ]
        end = self._expected.end
        if end is not None and end.kind == "cancellation" and not (marks and marks[-1].kind != "event"):
            marks.append(end)
        width = max([0.0 if is_cut else self._expected.width, *(mark.time + self._unit for mark in marks)])
        return Diagram(tuple(marks), width, self._unit)

    def _symbol(self, value: object) -> str:
        for known in (self._symbols, self._others):
            for symbol, meaning in known.items():
                if _is_surely_equal(meaning, value):
                    self._symbols.setdefault(symbol, meaning)
                    return symbol
        symbol = next(self._free(value), "")
        if symbol:
            self._symbols[symbol] = value
        return symbol or "?"

    def _free(self, value: object) -> Iterator[str]:
        """Characters that stand for nothing yet; first the value itself, if it is one."""
        wishes = [value] if isinstance(value, str) and len(value) == 1 and value.isalnum() else []
        for symbol in chain(wishes, ascii_letters[26:], ascii_letters[:26], digits):
            if symbol not in self._symbols and symbol not in self._others:
                yield symbol

    def _legend(self) -> list[str]:
        lines = [f"{symbol} = {value!r}" for symbol, value in self._symbols.items() if not _is_itself(symbol, value)]
        errors = [
            mark for mark in (self._expected.end, *self._actual[-1:]) if mark is not None and mark.kind == "error"
        ]
        if errors:
            lines += self._error_lines()
        return ["", *lines] if lines else []

    def _error_lines(self) -> list[str]:
        expected = [mark for mark in self.wanted if mark.kind == "error"]
        actual = [mark for mark in self._actual if mark.kind == "error"]
        if not expected or not actual or _is_alike(expected[0], actual[0]):
            return [f"# = {_plain(mark)}" for mark in (actual or expected)]
        wanted, got = expected[0].value, actual[0].value
        by_default = f" by default; for what came give error={type(got).__name__}" if wanted is MarbleError else ""
        return [f"# = {_plain(expected[0])} (expected{by_default})", f"# = {_plain(actual[0])} (actual)"]


def _is_itself(symbol: str, value: object) -> bool:
    return isinstance(value, str) and value == symbol


def _is_alike(wanted: Mark, got: Mark) -> bool:
    """Whether these are the same, their times aside."""
    if wanted.kind != got.kind:
        return False
    if wanted.kind == "event":
        return bool(wanted.value == got.value)
    return wanted.kind != "error" or _is_error(wanted.value, got.value)


def _is_error(wanted: object, got: object) -> bool:
    if isinstance(wanted, type):
        return isinstance(got, wanted)
    assert isinstance(wanted, Exception)
    return got == wanted or (type(got) is type(wanted) and isinstance(got, Exception) and got.args == wanted.args)


def _is_surely_equal(one: object, other: object) -> bool:
    """For finding a character: where == has no answer, it is another."""
    try:
        return bool(one == other)
    except Exception:
        return False


def _plain(mark: Mark) -> str:
    return mark.value.__name__ if isinstance(mark.value, type) else repr(mark.value)


def _name(mark: Mark) -> str:
    if mark.kind == "error":
        return f"the error {_plain(mark)}"
    return repr(mark.value) if mark.kind == "event" else f"the {mark.kind}"
