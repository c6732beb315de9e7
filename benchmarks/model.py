"""The words of the benchmark: a workload, the load of one round, a peer, and what a round measured."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, TypeAlias

CAPACITY = 1024
"""Events that any bounded buffer in any contender may hold."""

ONE = float(1 << 32)
"""Added to every event, so that one exact sum proves both the number of the events and their values.

Events are floats because nothing is cheaper to add up: the check is part of what is timed, for every contender alike.
"""

Figures: TypeAlias = dict[str, float]
"""What one round measured, e.g. ``{"ns": 212.5}`` or ``{"p50": 6100.0, "p99": 9800.0}``."""


class BenchmarkFailed(Exception):
    """A contender lost, repeated or altered an event, or could not run at all."""


@dataclass(frozen=True, slots=True)
class Load:
    """How much one round carries: `events` to each of `consumers`."""

    consumers: int
    events: int

    @property
    def deliveries(self) -> int:
        """How many times an event reaches a consumer."""
        return self.consumers * self.events

    @property
    def expected(self) -> float:
        """The sum each consumer must arrive at; exact, as are all partial sums: they are whole and below 2 ** 53."""
        return self.events * ONE + self.events * (self.events - 1) // 2

    def stream(self) -> list[float]:
        """The events, made before the clock starts."""
        return [ONE + number for number in range(self.events)]

    def check(self, totals: Sequence[float]) -> None:
        """Raise BenchmarkFailed unless every consumer got every event once."""
        if len(totals) != self.consumers:
            raise BenchmarkFailed(f"{len(totals)} consumers reported, not {self.consumers}")
        for index, total in enumerate(totals):
            if total != self.expected:
                seen = f"about {total // ONE:.0f} of {self.events} events"
                raise BenchmarkFailed(f"consumer {index} saw {seen} (sum {total}, not {self.expected})")


Round: TypeAlias = Callable[[Load], Coroutine[Any, Any, Figures]]
"""One measured round. It runs on an event loop of its own."""


@dataclass(frozen=True, slots=True)
class Workload:
    """Something every contender is asked to do."""

    name: str
    family: str
    title: str
    unit: str
    key: str
    load: Load
    quick: Load
    rounds: int = 21


@dataclass(frozen=True, slots=True)
class Peer:
    """A contender: the rounds it can run and, for the others, why it can't.

    `module` is what must be importable, and `distribution` is where the version comes from. `share` is the part of the
    events of a family of workloads that a slow contender is given, so that one of them does not take all the time.
    `remarks` say of a family what a reader of its table has to know about this contender.
    """

    name: str
    module: str
    distribution: str
    rounds: Mapping[str, Round]
    absent: Mapping[str, str] = field(default_factory=dict[str, str])
    share: Mapping[str, float] = field(default_factory=dict[str, float])
    remarks: Mapping[str, str] = field(default_factory=dict[str, str])

    def installed(self) -> bool:
        """Whether its module can be imported here."""
        return importlib.util.find_spec(self.module) is not None


def load_module(name: str) -> ModuleType:
    """Import a peer by name: peers are optional, and type checkers need not have them."""
    return importlib.import_module(name)


FAN_OUT = (1, 4, 64)


def fan_out_name(mode: str, consumers: int) -> str:
    """The name of a fan-out workload, e.g. ``fan-out/async-for/64``."""
    return f"fan-out/{mode}/{consumers}"


def fan_out(mode: str, run: Round) -> dict[str, Round]:
    """The same round for 1, 4 and 64 consumers."""
    return {fan_out_name(mode, consumers): run for consumers in FAN_OUT}


def no_fan_out(mode: str, why: str) -> dict[str, str]:
    """The same reason for 1, 4 and 64 consumers."""
    return {fan_out_name(mode, consumers): why for consumers in FAN_OUT}


PIPELINE = "pipeline"
LATENCY = "latency"
MEMORY_ATTACHED = "memory/attached"
MEMORY_WAITING = "memory/waiting"
IMPORT = "import"
