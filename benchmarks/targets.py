"""What this library promises of its speed, as ratios between contenders of the same run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from benchmarks import backtests, keys, model, monitoring, operators, recorded_market, replays, supervision, tasks
from benchmarks.contenders import BY_HAND, CALLS, FUTURE, LEGACY, LEGACY_DOCUMENTED, LOOP, OURS, QUEUE, RX, WORKERS
from benchmarks.runner import Outcome


@dataclass(frozen=True, slots=True)
class Target:
    """`value` against `limit`: at least it, or, if `at_most`, at most it."""

    text: str
    value: float | None
    limit: float
    at_most: bool = False
    unit: str = "x"

    @property
    def met(self) -> bool | None:
        """None if one of the two was not measured in this run."""
        if self.value is None:
            return None
        return self.value <= self.limit if self.at_most else self.value >= self.limit

    @property
    def verdict(self) -> str:
        """The word for the table."""
        return {True: "met", False: "NOT MET", None: "not measured"}[self.met]


def targets(outcomes: Mapping[str, Outcome]) -> list[Target]:
    """All promises, with what this run measured of each."""

    def ratio(workload: str, over: str, under: str) -> float | None:
        return outcomes[workload].ratio(over, under) if workload in outcomes else None

    found: list[Target] = []
    for consumers, queue_limit, legacy_limit in ((1, 2.0, 4.0), (4, 4.0, 7.0), (64, 6.0, 12.0)):
        name = model.fan_out_name("async-for", consumers)
        who = f"fan-out async for, {consumers} consumer{'s' if consumers > 1 else ''}"
        found.append(Target(f"{who}: times an asyncio.Queue each", ratio(name, QUEUE, OURS), queue_limit))
        found.append(Target(f"{who}: times Async-Channel 2.2.2", ratio(name, LEGACY, OURS), legacy_limit))
        documented = ratio(name, LEGACY_DOCUMENTED, OURS)
        found.append(Target(f"{who}: times Async-Channel 2.2.2 as documented", documented, legacy_limit))
    batches = ratio(model.fan_out_name("batches", 64), OURS, CALLS)
    found.append(Target("batches(), 64 consumers: a delivery in bare Python calls", batches, 1.0, at_most=True))
    piped = ratio(model.PIPELINE, RX, OURS)
    found.append(Target("pipeline: times reactivex Subject + asyncio.Queue", piped, 5.0))
    by_hand = ratio(model.PIPELINE, OURS, LOOP)
    found.append(Target("pipeline: in hand-written loops", by_hand, 5.0, at_most=True))
    found.append(_least_of_operators(outcomes))
    flat = ratio(operators.FLAT_MAP.workload.name, RX, OURS)
    found.append(Target("flat_map over lists: times reactivex", flat, 10.0))
    by_key = outcomes.get(keys.FAMILY)
    for who, figure in (("each in turn", keys.SPREAD), ("always the same", keys.SAME)):
        one_key = by_key.within(OURS, figure, keys.ALONE) if by_key else None
        found.append(Target(f"10,000 keys, {who}: in events with 1 key", one_key, 1.3, at_most=True))
    share = ratio(tasks.FAMILY, WORKERS, OURS)
    found.append(Target("map_async, 100 at a time: throughput of bare workers", share, 0.9))
    supervised = outcomes.get(supervision.FAMILY)
    siblings = supervised.within(OURS, supervision.BY_HAND, supervision.FAILING) if supervised else None
    text = "a callback fails on every 7th event: siblings' throughput, of that beside the same work by hand"
    found.append(Target(text, siblings, 1.0))
    watched = outcomes.get(monitoring.FAMILY)
    left = watched.within(OURS, monitoring.WITHOUT, monitoring.WITH) if watched else None
    found.append(Target("live view: throughput with it, of that without", left, 0.98))
    taped = outcomes.get(recorded_market.FAMILY)
    longer = taped.within(OURS, recorded_market.WITH, recorded_market.WITHOUT) if taped else None
    found.append(Target("the market example, recorded: in runs that are not", longer, 1.05, at_most=True))
    replayed = outcomes.get(replays.FAMILY)
    for who, figure in (("", replays.MEMORY), (", 2 channels in turns", replays.TWO)):
        in_sends = replayed.ratio(OURS, BY_HAND, figure) if replayed else None
        text = f"replay of a recording at full speed{who}: in plain send loops"
        found.append(Target(text, in_sends, 2.0, at_most=True))
    tested = outcomes.get(backtests.FAMILY)
    in_loops = tested.ratio(OURS, BY_HAND, backtests.STRATEGY) if tested else None
    text = "back-test of a small strategy through synchronized channels: in plain loops of its handlers"
    found.append(Target(text, in_loops, 3.0, at_most=True))
    wake_up = ratio(model.LATENCY, OURS, FUTURE)
    found.append(Target("wake-up p50: in bare future hand-overs", wake_up, 1.3, at_most=True))
    imports = outcomes.get(model.IMPORT)
    added = imports.medians[OURS]["ms"] if imports and OURS in imports.medians else None
    found.append(Target("import: added to importing reactivex", added, 20.0, at_most=True, unit=" ms"))
    return found


OPERATORS = 4.0
"""How many times as fast as its twin each operator is to be."""


def _least_of_operators(outcomes: Mapping[str, Outcome]) -> Target:
    """One line for all operators: the worst of them, and how many reach the mark."""
    ratios = {
        twins.name: ratio
        for twins in operators.ALL
        if (outcome := outcomes.get(twins.workload.name)) and (ratio := outcome.ratio(RX, OURS)) is not None
    }
    if not ratios:
        return Target("each operator: times reactivex", None, OPERATORS)
    least = min(ratios, key=ratios.__getitem__)
    reached = sum(ratio >= OPERATORS for ratio in ratios.values())
    text = f"each operator: times reactivex ({reached} of {len(ratios)} are; least: {least})"
    return Target(text, ratios[least], OPERATORS)
