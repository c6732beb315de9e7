"""The conformance page says what the rules and their tests say, and its measured table is about rules that exist."""

from __future__ import annotations

import re

from async_channel.testing.conformance import RULES, SECTIONS
from docs.conformance import PAGE, TESTS, named, render

PAGE_TEXT = PAGE.read_text("utf-8")


def test_the_page_is_what_the_rules_say() -> None:
    assert render(PAGE_TEXT) == PAGE_TEXT, "run `python -m docs.conformance`"


def test_every_rule_and_every_test_is_on_the_page_once() -> None:
    assert re.findall(r"^<!-- rules: (\w+) -->$", PAGE_TEXT, re.MULTILINE) == [
        "counts",
        *(name.lower() for name in SECTIONS.values()),
    ]
    rows = re.findall(r"^\| (\d\.\d+) \|", PAGE_TEXT.split("<!-- measured: peers -->")[0], re.MULTILINE)
    assert rows == [rule.number for rule in RULES]
    listed = re.findall(r"\*(?:required|optional|stochastic)\*: [^<|]*[^<| ]", PAGE_TEXT)
    assert sorted(listed) == sorted(map(named, TESTS))


def test_the_measured_table_names_its_versions_and_rules_that_exist() -> None:
    measured = PAGE_TEXT.split("<!-- measured: peers -->")[1].split("<!-- end of measured -->")[0]
    assert re.search(r"Measured \d{4}-\d\d-\d\d with CPython 3\.\d+\.\d+", measured)
    rows = re.findall(r"^\| (\d\.\d+) \|", measured, re.MULTILINE)
    assert rows
    assert set(rows) <= {rule.number for rule in RULES}
