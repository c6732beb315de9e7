"""Two screens for the example: lines for a log, and a live picture of the terminal.

Both take what a LATEST consumer hands them, at their own pace; neither can slow the market down.
"""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime
from importlib.util import find_spec
from typing import TYPE_CHECKING, Protocol

from examples.market_desk import Desk, Ledger
from examples.market_report import duration

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

FRAME = 0.125
"""Real seconds between two pictures."""
FIXED_ROWS = 21
"""Height of the picture without its candles and trades, and one to spare."""
BARS = " ▁▂▃▄▅▆▇█"


class Screen(Protocol):
    """Shows the desk, every `pause` seconds of the market's clock."""

    pause: float

    def running(self) -> AbstractContextManager[object]:
        """A context in which the screen may be drawn."""
        ...

    def show(self, desk: Desk, ledger: Ledger, now: float) -> None:
        """Draw, or not if it is too early. `now` is the market's time (seconds since the epoch)."""
        ...


def choose_screen(*, plain: bool, speed: float) -> Screen:
    """The live picture on a terminal that can show it, lines otherwise."""
    if plain or not sys.stdout.isatty():
        return PlainScreen()
    if find_spec("rich") is None:
        print("The live picture needs rich (pip install rich); going on with --plain.", file=sys.stderr)
        return PlainScreen()
    return LiveScreen(pause=1.0 if speed == math.inf else FRAME * speed)


class PlainScreen:
    """One line a minute of the market."""

    pause = 1.0

    def __init__(self) -> None:
        self._due = -math.inf

    def running(self) -> AbstractContextManager[object]:
        return nullcontext()

    def show(self, desk: Desk, ledger: Ledger, now: float) -> None:
        if now < self._due or desk.best is None:
            return
        self._due = now // 60 * 60 + 60
        behind = max((stats.pending for _, stats in ledger.consumers), default=0)
        dropped = sum(stats.dropped for _, stats in ledger.consumers)
        print(
            f"{clock_time(now)}  bid {desk.best.bid:,.2f}  ask {desk.best.ask:,.2f}"
            f"  orders {desk.book.events:,}  candles {desk.candle_count}  joined {desk.hits}"
            f"  behind {behind:,}  dropped {dropped:,}",
            flush=True,
        )


class LiveScreen:
    """A picture of the desk, drawn at most eight times a second of real time, by nobody's thread but the loop's."""

    def __init__(self, *, pause: float) -> None:
        from rich.live import Live

        self.pause = pause
        self._live = Live(auto_refresh=False, transient=True)
        self._begun = self._drawn = time.monotonic()

    def running(self) -> AbstractContextManager[object]:
        return self._live

    def show(self, desk: Desk, ledger: Ledger, now: float) -> None:
        if time.monotonic() - self._drawn < FRAME / 2:
            return
        self._drawn = time.monotonic()
        rows = min(8, max(3, self._live.console.height - FIXED_ROWS))
        self._live.update(picture(desk, ledger, now, self._drawn - self._begun, rows), refresh=True)


def clock_time(seconds: float) -> str:
    """Such as "02:36:20", in UTC."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%H:%M:%S")


def sparkline(values: Iterable[float]) -> str:
    """A bar for each value, the largest one full."""
    heights = list(values)
    top = max(heights, default=0) or 1
    return "".join(BARS[math.ceil(height / top * (len(BARS) - 1))] for height in heights)


def picture(desk: Desk, ledger: Ledger, now: float, seconds: float, rows: int) -> RenderableType:
    """The desk as rich can print it, after so many real seconds, with so many rows of candles and trades."""
    from rich.console import Group
    from rich.panel import Panel
    from rich.progress_bar import ProgressBar
    from rich.table import Table

    capture = desk.capture
    progress = Table.grid(padding=(0, 1), expand=True)
    progress.add_column(ratio=1)
    for _ in range(2):
        progress.add_column(justify="right", no_wrap=True)
    progress.add_row(
        ProgressBar(total=capture.order_events, completed=desk.book.events),
        f"{desk.book.events:,} of {capture.order_events:,} order events",
        f"{desk.book.events / seconds:,.0f}/s",
    )
    tables = Table.grid(padding=(0, 1))
    tables.add_row(_candles(desk, rows), _trades(desk, rows))
    flow = f"order flow  [cyan]{sparkline(flow.total for flow in desk.flow)}[/]  peak {desk.flow_peak:,}/s"
    title = f"{clock_time(now)} UTC, {duration(max(0.0, now - capture.start))} of {duration(capture.seconds)}"
    return Panel(Group(progress, _quote(desk), flow, "", tables, "", _consumers(ledger)), title=title)


def _quote(desk: Desk) -> str:
    if desk.best is None or desk.mid is None:
        return "no price yet"
    best = desk.best
    return (
        f"bid [bold green]{best.bid:,.2f}[/] x {best.bid_size:.2f}  "
        f"ask [bold red]{best.ask:,.2f}[/] x {best.ask_size:.2f}  "
        f"spread {best.spread:,.2f}  mid [bold]{desk.mid:,.2f}[/]"
    )


def _candles(desk: Desk, count: int) -> Table:
    rows = [
        (
            clock_time(candle.start)[:5],
            *(f"{price:,.0f}" for price in (candle.open, candle.high, candle.low, candle.close)),
            f"{candle.volume:.2f}",
        )
        for candle in list(desk.candles)[-count:]
    ]
    return _table(f"{desk.candle_count} candles", ("time", "open", "high", "low", "close", "vol"), rows)


def _trades(desk: Desk, count: int) -> Table:
    rows = [
        (
            clock_time(joined.trade.exchange_time),
            f"{joined.trade.price:,.0f}",
            "-" if joined.maker_age is None else f"{joined.maker_age:,.2f} s",
        )
        for joined in list(desk.joined)[-count:]
    ]
    return _table(f"{desk.hits} joined, {desk.misses} missed", ("trade", "price", "maker age"), rows)


def _consumers(ledger: Ledger) -> Table:
    rows = [
        (stats.name, policy, *(f"{n:,}" for n in (stats.sent, stats.pending, stats.lag_peak, stats.dropped)))
        for policy, stats in ledger.consumers
    ]
    return _table(None, ("consumer", "policy", "sent", "pending", "lag peak", "dropped"), rows)


def _table(title: str | None, header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Table:
    from rich.table import Table

    table = Table(title=title, title_justify="left", box=None, padding=(0, 1), header_style="dim")
    for place, name in enumerate(header):
        table.add_column(name, justify="left" if name == "policy" or place == 0 else "right", no_wrap=True)
    for row in rows:
        table.add_row(*row)
    return table
