"""A recorded market: what a program that does something takes longer when all that it is sent is recorded.

In the table of recordings a send does next to nothing, and so whatever is added to it counts. Here it is the example of
this library, the real orders and trades of some minutes as fast as they go through its pipelines: the book, the join,
the candles, the screen. A round is a process of its own, which reads them once and runs them in turns with a tape and
without; of each the quickest of several, by the time of the processor, as nobody waits here for anything else. Single
turns differ by a tenth and more, by what else the machine does, and the quickest by a hundredth.
"""

from __future__ import annotations

import json
import math
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

from typing_extensions import override

from async_channel import Channel, clock
from async_channel.recording import Recording, record
from benchmarks.model import BenchmarkFailed, Figures, Load, Round, Workload
from benchmarks.timing import no_collector
from examples.market import DATA, LEAD, Market
from examples.market_data import Capture, read_capture
from examples.market_desk import Desk, Ledger
from examples.market_events import OrderEvent, Trade
from examples.market_view import PlainScreen

ROOT = Path(__file__).resolve().parent.parent
FAMILY = "recorded market"
WORKLOAD = Workload(
    FAMILY,
    FAMILY,
    "A market through the pipelines of the example, recorded and not",
    "ns per event sent",
    "ns",
    Load(1, 20_000),
    Load(1, 2_000),
    rounds=3,
)
WITH, WITHOUT = "ns", "without"
"""The figures."""
TURNS = (WITH, WITHOUT, WITHOUT, WITH) * 6


class _Quiet(PlainScreen):
    """A screen that draws nothing: to write to a terminal is not what is timed."""

    @override
    def show(self, desk: Desk, ledger: Ledger, now: float) -> None: ...


class _Recorded(Market):
    """The market, with a tape on what it is sent."""

    tape: Recording

    @override
    async def play(self, orders: Channel[OrderEvent], trades: Channel[Trade]) -> None:
        async with record(orders, trades) as self.tape:
            await super().play(orders, trades)


def _beginning(capture: Capture, events: int) -> Capture:
    """The snapshot and as many of the orders after it, with the trades among them."""
    live = capture.live[:events]
    trades = [trade for trade in capture.trades if trade.received <= live[-1].received]
    return replace(capture, live=live, trades=trades, closing=[])


def _time(capture: Capture, *, recorded: bool) -> float:
    market = (_Recorded if recorded else Market)(capture, _Quiet())
    with no_collector():
        started = time.process_time_ns()
        clock.run(market.run(), speed=math.inf, start=capture.start - LEAD)
        elapsed = time.process_time_ns() - started
    sent = capture.order_events + len(capture.trades)
    if not market.ledger().balanced or market.desk.archived != capture.order_events:
        raise BenchmarkFailed("events were lost")
    noted = sum(1 for _ in market.tape) if isinstance(market, _Recorded) else sent
    if noted != sent:
        raise BenchmarkFailed(f"{noted} of {sent} events were recorded")
    return elapsed / sent


def main(events: int) -> Figures:
    """One round, in this process."""
    capture = _beginning(read_capture(DATA), events)
    _time(_beginning(capture, min(events, 2_000)), recorded=True)  # once without looking, for the caches
    figures: Figures = {WITH: math.inf, WITHOUT: math.inf}
    for key in TURNS:
        figures[key] = min(figures[key], _time(capture, recorded=key == WITH))
    return figures


async def _round(load: Load) -> Figures:
    command = [sys.executable, "-m", "benchmarks.recorded_market", str(load.events)]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: ASYNC221  alone here
    if answer.returncode:
        raise BenchmarkFailed(answer.stderr.strip().splitlines()[-1])
    figures: Figures = json.loads(answer.stdout)
    return figures


OURS: Round = _round

if __name__ == "__main__":
    print(json.dumps(main(int(sys.argv[1]))))
