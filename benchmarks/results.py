"""The figures as JSON, with what is needed to compare them later and nothing that tells whose machine it was."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from benchmarks.contenders import Contenders
from benchmarks.runner import Outcome
from benchmarks.targets import Target


def to_json(outcomes: Mapping[str, Outcome], contenders: Contenders, targets: Sequence[Target], *, quick: bool) -> str:
    """One JSON document, ending in a newline."""
    document = {
        "date": datetime.now(UTC).date().isoformat(),
        "quick": quick,
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "machine": f"{platform.system()} {platform.machine()}",
        "cpus": os.cpu_count(),
        "versions": dict(sorted(contenders.versions.items())),
        "not_installed": contenders.missing,
        "targets": [
            {
                "target": target.text,
                "measured": None if target.value is None else round(target.value, 3),
                "limit": target.limit,
                "at_most": target.at_most,
                "met": target.met,
            }
            for target in targets
        ],
        "workloads": [_workload(outcome) for outcome in outcomes.values()],
    }
    return json.dumps(document, indent=1) + "\n"


def _workload(outcome: Outcome) -> dict[str, object]:
    workload = outcome.workload
    return {
        "name": workload.name,
        "family": workload.family,
        "title": workload.title,
        "unit": workload.unit,
        "consumers": workload.load.consumers,
        "events": workload.load.events,
        "median": {
            name.strip(): {key: round(value, 2) for key, value in figures.items()}
            for name, figures in outcome.medians.items()
        },
        "rounds": {
            name.strip(): [round(figures[workload.key], 2) for figures in rounds]
            for name, rounds in outcome.rounds.items()
        },
        "notes": outcome.notes,
    }
