"""Runs the rounds, interleaved: every contender has its turn before any has its next."""

from __future__ import annotations

import asyncio
import gc
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from benchmarks.model import BenchmarkFailed, Figures, Load, Peer, Workload
from benchmarks.timing import medians


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a workload gave: medians, single rounds, and notes on who took no part or in which form, by contender."""

    workload: Workload
    medians: dict[str, Figures]
    rounds: dict[str, list[Figures]]
    notes: dict[str, str] = field(default_factory=dict[str, str])

    def ratio(self, over: str, under: str, key: str = "") -> float | None:
        """How many times as much `over` takes as `under`: the median over the rounds, each compared with itself.

        The two ran within a second of each other in every round, so a machine that is slower for a while slows both.
        """
        if not self.rounds.get(over) or not self.rounds.get(under):
            return None
        key = key or self.workload.key
        pairs = zip(self.rounds[over], self.rounds[under], strict=True)
        ratios = [one[key] / other[key] for one, other in pairs if other[key] > 0]
        return statistics.median(ratios) if ratios else None


def progress(text: str) -> None:
    """A plain line on standard error."""
    print(text, file=sys.stderr, flush=True)


def _scaled(load: Load, share: float) -> Load:
    """A slow contender's part of the load, in steps of a full pipeline buffer."""
    return load if share == 1.0 else Load(load.consumers, max(200, int(load.events * share) // 200 * 200))


def run_workload(workload: Workload, peers: Sequence[Peer], *, quick: bool) -> Outcome:
    """Run all rounds of all `peers` that can do `workload`. Raises BenchmarkFailed if any of them got it wrong."""
    able = [peer for peer in peers if workload.name in peer.rounds]
    collected: dict[str, list[Figures]] = {peer.name: [] for peer in able}
    rounds = 1 if quick else workload.rounds
    load = workload.quick if quick else workload.load
    started = time.monotonic()
    if not quick:  # Once without looking, for the caches of the interpreter and the machine.
        for peer in able:
            _one_round(workload, peer, workload.quick)
    gc.collect()
    gc.freeze()  # What is loaded by now stays: no collection between the rounds need look at it again.
    for number in range(rounds):
        first = number % len(able) if able else 0
        for peer in able[first:] + able[:first]:  # Nobody is always the first after somebody.
            share = 1.0 if quick else peer.share.get(workload.family, 1.0)
            collected[peer.name].append(_one_round(workload, peer, _scaled(load, share)))
    progress(f"{workload.name}: {len(able)} contenders, {rounds} rounds, {time.monotonic() - started:.1f} s")
    return Outcome(
        workload,
        {name: medians(all_rounds) for name, all_rounds in collected.items()},
        collected,
        {
            **{peer.name: peer.remarks[workload.family] for peer in peers if workload.family in peer.remarks},
            **{peer.name: peer.absent[workload.name] for peer in peers if workload.name in peer.absent},
        },
    )


def _one_round(workload: Workload, peer: Peer, load: Load) -> Figures:
    try:
        return asyncio.run(peer.rounds[workload.name](load), debug=False)
    except (BenchmarkFailed, TimeoutError) as error:
        reason = str(error) or "a round did not end: an event was lost"
        raise BenchmarkFailed(f"{workload.name}, {peer.name.strip()}: {reason}") from error
    except ImportError as error:
        raise BenchmarkFailed(f"{peer.name} is installed but cannot be imported: {error}") from error
