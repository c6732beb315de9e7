"""The page of faults lists the catalogue, and what it says finds each fault is what the tests look with."""

from __future__ import annotations

import re

from docs.mutants import HEAD, PAGE, TABLE, cells
from tests.mutants.fault import Needs
from tests.mutants.faults import FAULTS


def rows() -> list[list[str]]:
    table = TABLE.search(PAGE.read_text("utf-8"))
    assert table is not None
    return [line.strip("| ").split(" | ") for line in table[0].splitlines() if line.startswith("| ")]


def test_the_page_lists_every_fault_and_what_finds_it() -> None:
    head, _, *faults = rows()
    assert head == HEAD
    assert [row[:-1] for row in faults] == [cells(fault) for fault in FAULTS], "run `python -m docs.mutants`"


def test_the_page_says_of_each_when_it_was_found_and_how_to_see_it_again() -> None:
    for row, fault in zip(rows()[2:], FAULTS, strict=True):
        seed = re.fullmatch(r"(\d+): <code>((?:[\w!]|&gt;|,<wbr>)+)#[0-9a-f]{4}</code>", row[-1])
        if fault.needs is Needs.THREADS:
            assert row[-1] == "in a thread"
            continue
        assert seed is not None
        assert 1 <= int(seed[1]) <= fault.schedules
        assert (seed[2] == "fifo") is (fault.needs is Needs.NOTHING)
        assert ("!" in seed[2]) is (fault.needs is Needs.CANCELLATION)
