"""The end of the example as plain text: what was seen, and the ledger of every channel and consumer."""

from __future__ import annotations

from collections.abc import Sequence
from signal import Signals

from examples.market_desk import Desk, Ledger


def summary(desk: Desk, ledger: Ledger, *, seconds: float, ended_by: Signals | None = None) -> str:
    """The whole report. `seconds` is the wall time that the replay took, `ended_by` the signal that cut it short."""
    capture, book = desk.capture, desk.book
    orders, trades = book.events, desk.hits + desk.misses
    age = "-" if desk.maker_age is None else f"{desk.maker_age:,.2f} s"
    facts = [
        ("order events", orders, f"of {capture.order_events:,}: {_parts(desk)}"),
        (
            "events a second",
            orders / max(seconds, 0.001),
            f"in {seconds:.1f} s for {duration(capture.seconds)} of market",
        ),
        ("best prices", book.quotes, f"{book.crossed:,} events showed a crossed book: matching under way"),
        ("mid prices", desk.mids, "at most one a second"),
        ("candles", desk.candle_count, "of one minute"),
        ("order flow", desk.flow_events, f"live events; {desk.flow_peak:,} in the busiest second"),
        ("trades joined", desk.hits, f"of {trades:,} with maker and taker; {desk.waited:,} came before their orders"),
        ("join misses", desk.misses, f"median age of the maker order: {age}"),
        ("orders resting", len(book), "when the replay ended"),
        ("odd orders", book.odd, f"{book.unknown:,} unknown, {book.unpriced:,} unpriced, {book.evicted:,} stale"),
    ]
    lag, drops = _peak(ledger), sum(stats.dropped for _, stats in ledger.consumers)
    facts.append(("archived", desk.archived, "order events, by the consumer that must lose none"))
    facts.append(("audited", desk.audited, "deletions, by the consumer that is too slow for all"))
    facts.append(("largest lag", lag[1], f"events behind, {lag[0]}"))
    facts.append(("dropped", drops, "by the policies that allow it"))
    lines = [f"  {name:<16}{value:>12,.0f}  {note}" for name, value, note in facts]
    verdict = "every ledger balances" if ledger.balanced else "A LEDGER DOES NOT BALANCE"
    return "\n".join(
        [
            "",
            "Summary" if ended_by is None else f"Summary (ended by {ended_by.name})",
            *lines,
            "",
            "Channels (waits: how often a sender was held back)",
            *_channel_table(ledger),
            "",
            "Consumers (sent = delivered + dropped + filtered + pending)",
            *_consumer_table(ledger),
            "",
            f"{verdict}; {desk.hits:,} of {trades:,} trades found both orders",
        ]
    )


def duration(seconds: float) -> str:
    """Such as "30 min 00 s"."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02} s"


def _parts(desk: Desk) -> str:
    capture = desk.capture
    return f"{len(capture.snapshot):,} snapshot, {len(capture.live):,} live, {len(capture.closing):,} closing"


def _peak(ledger: Ledger) -> tuple[str, int]:
    peaks = [(stats.name, stats.lag_peak) for _, stats in ledger.consumers]
    return max(peaks, key=lambda peak: peak[1], default=("nobody", 0))


def _channel_table(ledger: Ledger) -> list[str]:
    rows = [(channel.name, f"{channel.sent:,}", f"{channel.waits:,}") for channel in ledger.channels]
    return table(("channel", "sent", "waits"), rows, left=1)


def _consumer_table(ledger: Ledger) -> list[str]:
    rows = [
        (
            stats.name,
            policy,
            *(f"{n:,}" for n in (stats.sent, stats.delivered, stats.dropped, stats.filtered, stats.pending)),
            f"{stats.lag_peak:,}",
            "yes" if ledger.adds_up(stats) else "NO",
        )
        for policy, stats in ledger.consumers
    ]
    header = ("consumer", "policy", "sent", "delivered", "dropped", "filtered", "pending", "lag peak", "balanced")
    return table(header, rows, left=2)


def table(header: Sequence[str], rows: Sequence[Sequence[str]], *, left: int) -> list[str]:
    """Lines of aligned columns; the first `left` columns are set to the left, the others to the right."""
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]

    def line(row: Sequence[str]) -> str:
        cells = [
            text.ljust(width) if place < left else text.rjust(width)
            for place, (text, width) in enumerate(zip(row, widths, strict=True))
        ]
        return "  " + "  ".join(cells).rstrip()

    return [line(header), line(["-" * width for width in widths]), *map(line, rows)]
