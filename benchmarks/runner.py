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
        key = key or self.workload.key
        return self._compared(over, key, under, key)

    def within(self, name: str, over: str, under: str) -> float | None:
        """The same for two figures of one contender."""
        return self._compared(name, over, name, under)

    def _compared(self, over: str, over_key: str, under: str, under_key: str) -> float | None:
        if not self.rounds.get(over) or not self.rounds.get(under):
            return None
        pairs = zip(self.rounds[over], self.rounds[under], strict=True)
        ratios = [one[over_key] / other[under_key] for one, other in pairs if other[under_key] > 0]
        return statistics.median(ratios) if ratios else None


def progress(text: str) -> None:
    """A plain line on standard error."""
    print(text, file=sys.stderr, flush=True)


def _scaled(load: Load, share: float) -> Load:
    """A slow contender's part of the load, in steps of a full pipeline buffer."""
    return load if share == 1.0 else Load(load.consumers, max(200, int(load.events * share) // 200 * 200))


def run_family(workloads: Sequence[Workload], peers: Sequence[Peer], *, quick: bool) -> dict[str, Outcome]:
    """Run all rounds of all `peers` that can do one of these `workloads`.

    The workloads take turns as well: a machine that is slower for some seconds is so for all of them.

    Raises:
        BenchmarkFailed: a contender got it wrong.
    """
    started = time.monotonic()
    running = [_Running(workload, peers) for workload in workloads]
    rounds = 1 if quick else max(workload.rounds for workload in workloads)
    if not quick:  # Once without looking, for the caches of the interpreter and the machine.
        for one in running:
            one.warm_up()
    gc.collect()
    gc.freeze()  # What is loaded by now stays: no collection between the rounds need look at it again.
    for number in range(rounds):
        for one in running:
            if number < one.workload.rounds:
                one.run(number, quick=quick)
    taking_part = {peer.name for one in running for peer in one.able}
    seconds = time.monotonic() - started
    progress(f"{workloads[0].family}: {len(taking_part)} contenders, {rounds} rounds, {seconds:.1f} s")
    return {one.workload.name: one.outcome(peers) for one in running}


class _Running:
    """A workload with the rounds it has had so far."""

    def __init__(self, workload: Workload, peers: Sequence[Peer]) -> None:
        self.workload = workload
        self.able = [peer for peer in peers if workload.name in peer.rounds]
        self._rounds: dict[str, list[Figures]] = {peer.name: [] for peer in self.able}

    def warm_up(self) -> None:
        for peer in self.able:
            _one_round(self.workload, peer, self.workload.quick)

    def run(self, number: int, *, quick: bool) -> None:
        load = self.workload.quick if quick else self.workload.load
        first = number % len(self.able) if self.able else 0
        for peer in self.able[first:] + self.able[:first]:  # Nobody is always the first after somebody.
            share = 1.0 if quick else peer.share.get(self.workload.family, 1.0)
            self._rounds[peer.name].append(_one_round(self.workload, peer, _scaled(load, share)))

    def outcome(self, peers: Sequence[Peer]) -> Outcome:
        name, family = self.workload.name, self.workload.family
        return Outcome(
            self.workload,
            {peer: medians(rounds) for peer, rounds in self._rounds.items()},
            self._rounds,
            {
                **{peer.name: peer.remarks[family] for peer in peers if family in peer.remarks},
                **{peer.name: peer.absent[name] for peer in peers if name in peer.absent},
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
