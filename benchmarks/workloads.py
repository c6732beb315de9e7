"""What every contender is asked to do, in the order of the tables."""

from __future__ import annotations

from benchmarks import backtests, keys, monitoring, operators, recorded_market, replays, supervision, tasks
from benchmarks.model import (
    FAN_OUT,
    IMPORT,
    LATENCY,
    MEMORY_ATTACHED,
    MEMORY_WAITING,
    PIPELINE,
    Load,
    Workload,
    fan_out_name,
)


def _fan_out_workload(mode: str, title: str, consumers: int) -> Workload:
    # Enough to fill every bounded buffer several times: what is timed is the steady state, not how it begins and ends.
    events = {1: 50_000, 4: 15_000, 64: 8_000}[consumers]
    return Workload(
        name=fan_out_name(mode, consumers),
        family=f"fan-out/{mode}",
        title=title,
        unit="ns per delivery",
        key="ns",
        load=Load(consumers, events),
        quick=Load(consumers, 2_500 if consumers < 64 else 1_200),
    )


WORKLOADS: tuple[Workload, ...] = (
    *(_fan_out_workload("async-for", "Fan-out, read one by one", consumers) for consumers in FAN_OUT),
    *(_fan_out_workload("batches", "Fan-out, read in batches", consumers) for consumers in FAN_OUT),
    *(_fan_out_workload("callbacks", "Fan-out, callbacks", consumers) for consumers in FAN_OUT),
    Workload(
        PIPELINE,
        PIPELINE,
        "Pipeline: filter, map, buffer(100), map, into a consumer",
        "ns per event sent",
        "ns",
        Load(1, 40_000),
        Load(1, 4_000),
    ),
    *operators.WORKLOADS,
    keys.WORKLOAD,
    tasks.WORKLOAD,
    supervision.WORKLOAD,
    monitoring.WORKLOAD,
    replays.WORKLOAD,
    backtests.WORKLOAD,
    replays.RECORDING_WORKLOAD,
    recorded_market.WORKLOAD,
    Workload(
        LATENCY,
        LATENCY,
        "Wake-up: send to get, the consumer waiting",
        "ns",
        "p50",
        Load(1, 1_000),
        Load(1, 200),
        rounds=41,
    ),
    Workload(
        MEMORY_ATTACHED,
        "memory",
        "Memory of one more idle consumer, attached",
        "bytes",
        "bytes",
        Load(1_000, 0),
        Load(100, 0),
        rounds=3,
    ),
    Workload(
        MEMORY_WAITING,
        "memory",
        "Memory of one more idle consumer, a task waiting in it",
        "bytes",
        "bytes",
        Load(1_000, 0),
        Load(100, 0),
        rounds=3,
    ),
    Workload(
        IMPORT,
        IMPORT,
        "Import in a fresh process",
        "ms",
        "ms",
        Load(1, 1),
        Load(1, 1),
        rounds=21,
    ),
)
