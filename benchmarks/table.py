"""The plain text report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from benchmarks import backtests, keys, model, monitoring, operators, recorded_market, replays, supervision, twins
from benchmarks.contenders import OURS, RX, Contenders
from benchmarks.runner import Outcome
from benchmarks.targets import Target

_FIGURES = {
    keys.FAMILY: [("10,000, in turn", keys.SPREAD), ("one of 10,000", keys.SAME), ("1 alone", keys.ALONE)],
    replays.FAMILY: [
        ("in memory", replays.MEMORY),
        ("2 channels", replays.TWO),
        ("from .jsonl", replays.LINES),
        ("from .msgpack", replays.PACKED),
    ],
    backtests.FAMILY: [
        ("functions", backtests.STRATEGY),
        ("coroutines", backtests.AWAITED),
        ("empty ones", backtests.BARE),
    ],
    supervision.FAMILY: [
        ("one fails", supervision.FAILING),
        ("by hand", supervision.BY_HAND),
        ("none fails", supervision.GOOD),
    ],
    monitoring.FAMILY: [("with", monitoring.WITH), ("without", monitoring.WITHOUT)],
    recorded_market.FAMILY: [("recorded", recorded_market.WITH), ("not", recorded_market.WITHOUT)],
    replays.RECORDING: [("in memory", replays.KEPT), ("to .jsonl", replays.WRITTEN)],
}
"""Heading and key of each figure of the workloads that have several."""


def align(rows: Sequence[Sequence[str]]) -> str:
    """Columns: the first to the left, the others to the right."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [
        "  ".join(
            [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        )
        for row in rows
    ]
    return "\n".join(line.rstrip() for line in lines)


def number(value: float) -> str:
    """Three digits that matter, no exponent."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def _columns(outcome: Outcome) -> list[tuple[str, str]]:
    """Heading and key of the figures that a workload shows."""
    workload = outcome.workload
    if workload.name == model.LATENCY:
        return [("p50 ns", "p50"), ("p99 ns", "p99")]
    if workload.family.startswith("fan-out"):
        count = workload.load.consumers
        return [(f"{count} consumer{'s' if count > 1 else ''}", "ns")]
    if workload.name in _FIGURES:
        return _FIGURES[workload.name]
    if workload.family == "memory":
        return [("attached" if workload.name == model.MEMORY_ATTACHED else "and waiting", workload.key)]
    return [(workload.unit, workload.key)]


def _cells(outcome: Outcome, peer: str) -> list[str]:
    """The figures of `peer`, and after the first the ratio of its figure to ours."""
    cells: list[str] = []
    for _, key in _columns(outcome):
        figures = outcome.medians.get(peer)
        if figures is None:
            cells += ["-", ""]
            continue
        ratio = outcome.ratio(peer, OURS, key)
        cells += [number(figures[key]), "" if ratio is None else f"{ratio:.2f}x"]
    return cells


def family_table(outcomes: Sequence[Outcome], contenders: Contenders) -> str:
    """One table for the workloads of a family, a line for each contender that has anything to show."""
    heading: list[str] = [""]
    for outcome in outcomes:
        for title, _ in _columns(outcome):
            heading += [title, "/ ours"]
    rows = [heading]
    by_note: dict[str, list[str]] = {}
    names = [*(peer.name for peer in contenders.peers), *contenders.missing]
    for name in names:
        reason = contenders.missing.get(name) or next(
            (outcome.notes[name] for outcome in outcomes if name in outcome.notes), ""
        )
        if reason:
            by_note.setdefault(reason, []).append(name)
        measured = any(name in outcome.medians for outcome in outcomes)
        if measured or reason:
            rows.append([name, *(cell for outcome in outcomes for cell in _cells(outcome, name))])
    first = outcomes[0].workload
    title = first.title if first.family != "memory" else "Memory of one more idle consumer"
    notes = "".join(f"\n  - {', '.join(peer.strip() for peer in peers)}: {reason}" for reason, peers in by_note.items())
    return f"{title} ({first.unit}; / ours: times what ours takes in the same round)\n{align(rows)}{notes}"


def operator_table(outcomes: Sequence[Outcome]) -> str:
    """A line for each operator: ours, its twin, and how many times ours that takes."""
    rows = [["", "ours", "reactivex", "/ ours"]]
    for outcome in outcomes:
        ratio = outcome.ratio(RX, OURS)
        cells = [number(outcome.medians[name][outcome.workload.key]) for name in (OURS, RX)]
        rows.append([operators.short_name(outcome.workload), *cells, "" if ratio is None else f"{ratio:.2f}x"])
    workload = outcomes[0].workload
    notes = "".join(f"\n  - {note}" for note in dict.fromkeys(outcomes[0].notes.values()))
    return f"{workload.title} ({workload.unit}; / ours: times what ours takes in the same round)\n{align(rows)}{notes}"


def target_table(targets: Sequence[Target]) -> str:
    """The promises with met or not met."""
    rows = [["Targets", "measured", "wanted", ""]]
    for target in targets:
        value = "-" if target.value is None else f"{target.value:.2f}{target.unit}"
        sign = "<=" if target.at_most else ">="
        rows.append([target.text, value, f"{sign} {target.limit:g}{target.unit}", target.verdict])
    return align(rows)


def report(outcomes: Mapping[str, Outcome], contenders: Contenders, targets: Sequence[Target]) -> str:
    """Everything, families in the order of the workloads."""
    families: dict[str, list[Outcome]] = {}
    for outcome in outcomes.values():
        families.setdefault(outcome.workload.family, []).append(outcome)
    parts = [
        operator_table(members) if family == twins.FAMILY else family_table(members, contenders)
        for family, members in families.items()
    ]
    return "\n\n".join([*parts, target_table(targets)])
