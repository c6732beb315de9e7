"""Writes the table in mutants.md by finding each fault: run `python -m docs.mutants` after a change of the catalogue.

What is between `<!-- faults -->` and `<!-- end of faults -->` is made here; the rest of the page is written by hand.
"""

from __future__ import annotations

import re
from pathlib import Path

from tests.mutants.copies import mutated
from tests.mutants.fault import Fault, Needs
from tests.mutants.faults import FAULTS, explored, unheard

PAGE = Path(__file__).with_suffix(".md")
TABLE = re.compile(r"(?<=<!-- faults -->\n).*?(?=<!-- end of faults -->)", re.DOTALL)
HEAD = ["fault", "promises", "needs", "found by", "found"]


def cells(fault: Fault) -> list[str]:
    """What the page says of a fault, but for how soon it was found."""
    promises = ", ".join(map(str, fault.promises))
    return [f"**{fault.name}** (`{fault.file}`): {fault.broken}", promises, fault.needs.value, killer_name(fault)]


def killer_name(fault: Fault) -> str:
    """What finds a fault, the scenario or the test, in words: one long word would take the room of the others."""
    name = fault.killer.__name__ if callable(fault.killer) else fault.killer.rpartition("::")[2]
    return name.removeprefix("test_").replace("_", " ")


def found(fault: Fault) -> str:
    """How soon a fault is found, and by which schedule, the shortest one known.

    Raises:
        LookupError: it is not.
    """
    if fault.needs is Needs.THREADS:
        return "in a thread"
    with unheard(), mutated(fault) as api:
        exploration = explored(fault, api)
    if exploration.failure is None:
        raise LookupError(f"nothing finds the fault {fault.name!r}")
    seed = exploration.failure.seed.replace(">", "&gt;").replace(",", ",<wbr>")
    return f"{exploration.schedules}: <code>{seed}</code>"


def render(page: str) -> str:
    """The page with its table made anew."""
    rows = [HEAD, ["---"] * len(HEAD), *([*cells(fault), found(fault)] for fault in FAULTS)]
    table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    return TABLE.sub(lambda _: f"\n{table}\n\n", page)


if __name__ == "__main__":
    PAGE.write_text(render(PAGE.read_text("utf-8")), "utf-8")
