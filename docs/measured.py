"""Writes what was measured into README.md and benchmarks.md: run `python -m docs.measured` after `make bench`.

What is between a `<!-- measured: ... -->` and the next `<!-- end of measured -->` is made here, of
`benchmarks/results/latest.json` alone; the rest of the pages is written by hand.
"""

from __future__ import annotations

import json
import re
import statistics
from pathlib import Path
from typing import Any, TypeAlias

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benchmarks" / "results" / "latest.json"
PAGES = (ROOT / "README.md", ROOT / "docs" / "benchmarks.md")
MEASURED = re.compile(r"(?<=<!-- measured: )(\w+)( -->\n).*?(?=<!-- end of measured -->)", re.DOTALL)

Run: TypeAlias = dict[str, Any]
"""What a run of the benchmarks wrote."""

OURS = "async_channel"
COLUMNS = {
    "asyncio.Queue each": "asyncio.Queue each",
    "reactivex Subject + Queue": "reactivex Subject",
    "legacy Async-Channel 2.2.2": "Async-Channel, documented",
    "anyio streams": "anyio stream each",
    "a bare Python call": "bare Python call",
}
"""The columns of the README's table, and the contenders that stand in them."""
ROWS = {
    "`async for`, 1 consumer": "fan-out/async-for/1",
    "`async for`, 4 consumers": "fan-out/async-for/4",
    "`async for`, 64 consumers": "fan-out/async-for/64",
    "`batches()`, 64 consumers": "fan-out/batches/64",
    "filter, map, buffer, map": "pipeline",
    "an operator, median of {operators}": "",
    "wake-up of a waiting `get`": "latency",
}
OTHERS = {
    ("pipeline", "asyncio.Queue each"): ("asyncio.Queue each", "by hand"),
    ("pipeline", "bare Python call"): ("hand-written loop", "a loop by hand"),
    ("latency", "Async-Channel, documented"): ("Async-Channel 2.2.2", ""),
    ("latency", "bare Python call"): ("bare future", "a bare future"),
}
"""Where another contender stands in a column, and what the cell says of it."""


BASELINE = "operators/nothing"
"""No operator: what the others stand on."""


def ratio(run: Run, workload: str, over: str, under: str = OURS) -> float | None:
    """How many times as much one takes as the other: the median over the rounds, each compared with itself."""
    rounds: dict[str, list[float]] = next((one["rounds"] for one in run["workloads"] if one["name"] == workload), {})
    if over not in rounds or under not in rounds:
        return None
    return statistics.median(one / other for one, other in zip(rounds[over], rounds[under], strict=True))


def operators(run: Run) -> list[float]:
    """How many times as much as ours each operator of reactivex takes."""
    names = [
        one["name"] for one in run["workloads"] if one["name"].startswith("operators/") and one["name"] != BASELINE
    ]
    return [found for name in names if (found := ratio(run, name, "reactivex Subject")) is not None]


def _times(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:.0f}x" if value >= 9.95 else f"{value:.1f}x" if value >= 0.995 else f"{value:.2f}x"


def _cell(run: Run, workload: str, column: str) -> str:
    if not workload:
        return _times(statistics.median(operators(run))) if column == "reactivex Subject" else "-"
    contender, said = OTHERS.get((workload, column), (column, ""))
    found = _times(ratio(run, workload, contender))
    return f"{found} ({said})" if said and found != "-" else found


def table(run: Run) -> str:
    """What others take, in times of what async_channel takes."""
    lines = [
        f"Medians of one run of {run['date']}, {run['python']}, {run['machine']}, {run['cpus']} cores:",
        "",
        f"| a delivery, or an event | {' | '.join(COLUMNS)} |",
        "|---|" + "---|" * len(COLUMNS),
    ]
    for title, workload in ROWS.items():
        cells = [_cell(run, workload, contender) for contender in COLUMNS.values()]
        lines.append(f"| {title.format(operators=len(operators(run)))} | {' | '.join(cells)} |")
    return "\n".join(lines)


def circumstances(run: Run) -> str:
    """When, where and with what."""
    versions = ", ".join(f"{name} {version}" for name, version in run["versions"].items())
    absent = ", ".join(f"{name} ({reason})" for name, reason in run["not_installed"].items()) or "nobody"
    return "\n".join(
        [
            f"- {run['date']}, {run['python']}, {run['machine']}, {run['cpus']} cores",
            f"- {versions}",
            f"- left out: {absent}",
        ]
    )


def promises(run: Run) -> str:
    """What is promised of the speed, and what this run measured of it."""
    lines = ["| what | measured | wanted | |", "|---|---|---|---|"]
    for one in run["targets"]:
        measured = "-" if one["measured"] is None else f"{one['measured']:.2f}"
        wanted = f"{'at most' if one['at_most'] else 'at least'} {one['limit']:g}"
        verdict = {True: "met", False: "**not met**", None: "not measured"}[one["met"]]
        lines.append(f"| {one['target']} | {measured} | {wanted} | {verdict} |")
    return "\n".join(lines)


PARTS = {"table": table, "circumstances": circumstances, "promises": promises}


def render(page: str, run: Run) -> str:
    """The page with its numbers made anew."""
    return MEASURED.sub(lambda found: f"{found[1]}{found[2]}\n{PARTS[found[1]](run)}\n\n", page)


def latest() -> Run:
    """What the last run wrote."""
    run: Run = json.loads(RESULTS.read_text("utf-8"))
    return run


if __name__ == "__main__":
    for file in PAGES:
        file.write_text(render(file.read_text("utf-8"), latest()), "utf-8")
