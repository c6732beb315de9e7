"""Command line: ``python -m benchmarks [--quick] [--only NAME] [--json FILE] [--svg FILE]``."""

from __future__ import annotations

import argparse
import sys
import time
from itertools import groupby
from operator import attrgetter
from pathlib import Path

from benchmarks import operators
from benchmarks.chart import chart
from benchmarks.contenders import contenders
from benchmarks.model import BenchmarkFailed, Workload
from benchmarks.results import to_json
from benchmarks.runner import Outcome, progress, run_family
from benchmarks.table import report
from benchmarks.targets import targets
from benchmarks.workloads import WORKLOADS

RESULTS = Path(__file__).resolve().parent / "results"


def _arguments(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few events, one round: a smoke test, no measurement")
    parser.add_argument(
        "--only",
        metavar="NAME",
        help="the workloads whose name begins so: " + ", ".join(dict.fromkeys(one.family for one in WORKLOADS)),
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="where to write the figures")
    parser.add_argument("--svg", type=Path, metavar="FILE", help="where to draw the chart")
    return parser.parse_args(arguments)


def _chosen(only: str | None) -> list[Workload]:
    chosen = [one for one in WORKLOADS if only is None or one.name.startswith(only)]
    if not chosen:
        raise BenchmarkFailed(f"no workload's name begins with {only!r}")
    return chosen


def main(arguments: list[str] | None = None) -> int:
    """Run, print, write. A full run renews the files in ``benchmarks/results``; any other writes where it is told."""
    options = _arguments(arguments)
    full = not options.quick and options.only is None
    json_file: Path | None = options.json or (RESULTS / "latest.json" if full else None)
    svg_file: Path | None = options.svg or (RESULTS / "latest.svg" if full else None)
    started = time.monotonic()
    outcomes: dict[str, Outcome] = {}
    try:
        operators.check_complete()
        workloads = _chosen(options.only)
        with contenders() as taking_part:
            for _, family in groupby(workloads, key=attrgetter("family")):
                outcomes |= run_family(list(family), taking_part.peers, quick=options.quick)
    except BenchmarkFailed as error:
        print(f"benchmark failed: {error}", file=sys.stderr)
        return 1
    progress(f"all done in {time.monotonic() - started:.0f} s")
    promised = targets(outcomes)
    print(report(outcomes, taking_part, promised))
    if options.quick:
        print("\nA quick run checks that every event arrives; its figures mean nothing.")
    for file, text in (
        (json_file, to_json(outcomes, taking_part, promised, quick=options.quick)),
        (svg_file, chart(outcomes, taking_part)),
    ):
        if file is not None:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
            progress(f"wrote {file.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
