"""The market example on a tiny capture: its numbers are recomputed in plain Python, and its complaints are read."""

from __future__ import annotations

import csv
import gzip
import io
import math
import os
import random
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from rich.console import Console

from async_channel import Channel, clock
from examples import market, market_view
from examples.market_book import Book
from examples.market_data import ORDERS_HEADER, TRADES_HEADER, Capture, CaptureError, read_capture
from examples.market_events import Action, BestPrice, Candle, JoinedTrade, OrderEvent, Origin, Side, Trade
from examples.market_stages import MINUTE, TradeJoin, to_candle, windows
from examples.market_view import LiveScreen, PlainScreen, choose_screen, sparkline

START = 1_777_689_380_000
Row = list[object]


def write_rows(path: Path, header: list[str], rows: list[Row]) -> None:
    text = io.StringIO(newline="")
    csv.writer(text).writerows([header, *rows])
    data = text.getvalue().encode()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)


def write_capture(folder: Path, orders: list[Row], trades: list[Row], *, name: str = "orders.csv.gz") -> Path:
    folder.mkdir(exist_ok=True)
    write_rows(folder / name, ORDERS_HEADER, orders)
    write_rows(folder / "trades.csv", TRADES_HEADER, trades)
    return folder


def random_market(seed: int) -> tuple[list[Row], list[Row]]:
    """Four minutes of a market that follows the exchange's rules, with snapshot and closing rows around it."""
    rng = random.Random(seed)
    ids = iter(range(1, 100_000))
    resting: dict[int, tuple[float, float, str]] = {}
    orders: list[Row] = []
    trades: list[Row] = []

    for side, away in (("bid", -1), ("ask", 1)):
        for step in range(1, 21):
            order_id, price = next(ids), 100.0 + away * step
            resting[order_id] = (price, 2.0, side)
            orders.append([order_id, START + 2_680, START, price, 2.0, "created", side])

    now = START + 801
    received = now

    def send(order_id: int, price: float, volume: float, action: str, side: str) -> None:
        nonlocal received
        received = max(received, now + rng.randrange(60, 70))
        orders.append([order_id, received, now, price, volume, action, side])

    while now < START + 240_000:
        act = rng.random() if now > START + 801 else 0.0
        now += rng.choice([0, 2, 7, 40, 333, 1_011])
        if act < 0.5:
            order_id, side = next(ids), rng.choice(["bid", "ask"])
            other = [price for price, _, its_side in resting.values() if its_side != side]
            edge = max(other) + 5 if side == "ask" else min(other) - 5
            price = max(edge, 101.0) if side == "ask" else min(edge, 99.0)
            price += rng.randrange(5) * (1 if side == "ask" else -1)
            resting[order_id] = (price, 1.0, side)
            send(order_id, price, 1.0, "created", side)
        elif act < 0.8 and len(resting) > 30:
            order_id = rng.choice(list(resting))
            price, volume, side = resting.pop(order_id)
            send(order_id, price, volume, "deleted", side)
        elif act > 0.9:
            side = rng.choice(["bid", "ask"])
            makers = sorted(
                (price if side == "bid" else -price, order_id)
                for order_id, (price, _, its_side) in resting.items()
                if its_side != side
            )
            maker = makers[0][1]
            price, volume, its_side = resting.pop(maker)
            taker = next(ids)
            send(taker, 0.0 if side == "ask" else price, volume, "created", side)
            send(taker, price, 0.0, "deleted", side)
            send(maker, price, 0.0, "deleted", its_side)
            ends = [taker, maker] if side == "bid" else [maker, taker]
            trade_received = received + rng.choice([-50, 0, 40])
            word = "buy" if side == "bid" else "sell"
            trades.append([len(trades) + 1, trade_received, now, price, volume, *ends, word])
    end = received + 500
    for order_id, (price, volume, side) in resting.items():
        orders.append([order_id, end, end, price, volume, "deleted", side])
    return orders, trades


def run(capture: Capture) -> tuple[market.Market, list[BestPrice], list[Candle], list[JoinedTrade]]:
    """The whole example at --speed inf, watched by plain Rx subscribers."""
    job = market.Market(capture, PlainScreen())
    prices: list[BestPrice] = []
    candles: list[Candle] = []
    joined: list[JoinedTrade] = []
    job.channels.open(market.BEST_PRICES).subscribe(prices.append)
    job.channels.open(market.CANDLES).subscribe(candles.append)
    job.channels.open(market.JOINED_TRADES).subscribe(joined.append)
    clock.run(job.run(), speed=math.inf, start=capture.start - market.LEAD)
    return job, prices, candles, joined


def best_prices_by_force(orders: list[Row]) -> list[tuple[float, float, float]]:
    """Time, best bid and best ask whenever they change and make sense, searched for among all orders each time."""
    live = [row for row in orders if int(str(row[2])) not in (int(str(orders[0][2])), int(str(orders[-1][2])))]
    book: dict[object, tuple[float, str]] = {}
    found: list[tuple[float, float, float]] = []
    snapshot = [row for row in orders if row[2] == orders[0][2]]
    for row in [*snapshot, *sorted(live, key=lambda row: int(str(row[1])))]:
        order_id, received, _, price, _, action, side = row
        if action == "deleted":
            book.pop(order_id, None)
        elif float(str(price)) > 0:
            book[order_id] = (float(str(price)), str(side))
        bid = max((price for price, side in book.values() if side == "bid"), default=math.nan)
        ask = min((price for price, side in book.values() if side == "ask"), default=math.nan)
        if row not in snapshot and bid < ask and (not found or found[-1][1:] != (bid, ask)):
            found.append((int(str(received)) / 1000, bid, ask))
    return found


def candles_by_force(trades: list[Row]) -> list[tuple[float, ...]]:
    minutes: dict[int, list[tuple[float, float]]] = {}
    for row in trades:
        price, amount = float(str(row[3])), float(str(row[4]))
        minutes.setdefault(int(str(row[2])) // 60_000 * 60, []).append((price, amount))
    return [
        (start, prices[0], max(prices), min(prices), prices[-1], sum(amounts), len(prices))
        for start, deals in minutes.items()
        for prices, amounts in [tuple(zip(*deals, strict=True))]
    ]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_numbers_are_those_of_plain_python(tmp_path: Path, seed: int) -> None:
    orders, trades = random_market(seed)
    trades.sort(key=lambda row: int(str(row[1])))
    capture = read_capture(write_capture(tmp_path / "capture", orders, trades))
    job, prices, candles, joined = run(capture)
    desk = job.desk

    changes = [
        (best.time, best.bid, best.ask)
        for before, best in zip([None, *prices], prices, strict=False)
        if before is None or (before.bid, before.ask) != (best.bid, best.ask)
    ]
    assert changes == best_prices_by_force(orders)
    assert [
        (candle.start, candle.open, candle.high, candle.low, candle.close, candle.volume, candle.trades)
        for candle in candles
    ] == candles_by_force(trades)

    created = {row[0]: int(str(row[2])) for row in orders if row[5] == "created"}
    ages = {
        int(str(row[0])): (int(str(row[2])) - created[row[6] if row[7] == "buy" else row[5]]) / 1000 for row in trades
    }
    assert {pair.trade.trade_id: pair.maker_age for pair in joined} == pytest.approx(ages, abs=1e-6)
    assert (desk.hits, desk.misses) == (len(trades), 0)
    assert {pair.taker_age for pair in joined} == {0.0}
    assert 0 < desk.waited < len(trades)

    assert desk.book.events == len(orders)
    assert desk.flow_events == len(capture.live)
    seconds: dict[int, int] = {}
    for order in capture.live:
        second = int(order.received)
        seconds[second] = seconds.get(second, 0) + 1
    assert desk.flow_peak == max(seconds.values())
    assert len(desk.book) == 0
    assert job.ledger().balanced


def test_ledgers_say_where_every_event_went(tmp_path: Path) -> None:
    orders, trades = random_market(4)
    capture = read_capture(write_capture(tmp_path / "capture", orders, trades))
    job, prices, _, _ = run(capture)
    consumers = {stats.name: stats for _, stats in job.ledger().consumers}
    channels = {stats.name: stats for stats in job.ledger().channels}

    audit, screen = consumers["slow audit"], consumers["screen"]
    archive = consumers["archive"]
    assert archive.sent == archive.delivered == job.desk.archived == len(orders) == channels["OrderEvent"].sent
    assert audit.sent == audit.delivered + audit.dropped + audit.filtered == len(orders)
    assert audit.delivered == job.desk.audited
    assert screen.sent == screen.delivered + screen.dropped == len(prices)
    assert screen.lag_peak <= 1
    for name, stats in consumers.items():
        assert stats.balanced
        assert stats.pending == 0
        assert stats.dropped == 0 or name in ("slow audit", "screen")


def test_the_same_run_twice_gives_the_same_numbers(tmp_path: Path) -> None:
    capture = read_capture(write_capture(tmp_path / "capture", *random_market(5)))
    first, second = run(capture), run(capture)
    assert first[1:] == second[1:]
    assert first[0].ledger() == second[0].ledger()
    assert first[0].desk.flow == second[0].desk.flow


def test_an_accelerated_run_gives_the_same_prices_candles_and_joins(tmp_path: Path) -> None:
    capture = read_capture(write_capture(tmp_path / "capture", *random_market(6)))
    exact, prices, candles, joined = run(capture)
    job = market.Market(capture, PlainScreen())
    fast: list[BestPrice] = []
    job.channels.open(market.BEST_PRICES).subscribe(fast.append)
    clock.run(job.run(), speed=5_000, start=capture.start - market.LEAD)
    assert fast == prices
    assert job.desk.flow == exact.desk.flow
    assert (job.desk.candle_count, job.desk.hits, job.desk.misses) == (len(candles), len(joined), 0)
    assert job.ledger().balanced


# ---- the program


def test_the_program_ends_with_a_summary(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    orders, trades = random_market(7)
    folder = write_capture(tmp_path / "capture", orders, trades)
    assert market.main(["--data", str(folder), "--speed", "inf", "--plain"]) == 0
    said = capsys.readouterr()
    assert said.err == ""
    assert f"every ledger balances; {len(trades)} of {len(trades)} trades found both orders" in said.out
    assert "02:37:0" in said.out


@pytest.mark.parametrize("name", ["orders.csv", "orders.csv.gz"])
def test_the_orders_file_may_be_named_itself(tmp_path: Path, name: str) -> None:
    orders, trades = random_market(8)
    folder = write_capture(tmp_path / "capture", orders, trades, name=name)
    assert read_capture(folder / name) == read_capture(folder)


def test_a_trade_without_its_orders_is_a_miss_and_fails_the_program(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    orders, trades = random_market(9)
    stranger: Row = [999, START + 20_000, START + 19_900, 100.0, 1.0, 777_777, 888_888, "buy"]
    folder = write_capture(tmp_path / "capture", orders, [*trades, stranger])
    assert market.main(["--data", str(folder), "--speed", "inf"]) == 1
    assert f"{len(trades)} of {len(trades) + 1} trades found both orders" in capsys.readouterr().out


def test_a_capture_without_trades_runs(tmp_path: Path) -> None:
    orders, _ = random_market(10)
    folder = write_capture(tmp_path / "capture", orders, [])
    assert market.main(["--data", str(folder), "--speed", "inf"]) == 0


@pytest.mark.real_time
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_in_mid_run_has_what_is_pending_handled_and_ends_with_a_summary(
    tmp_path: Path, number: signal.Signals
) -> None:
    folder = write_capture(tmp_path / "capture", *random_market(11))
    python = [sys.executable, "-W", "error"]  # nothing is left open, either
    with subprocess.Popen(
        [*python, "-m", "examples.market", "--plain", "--speed", "20", "--data", str(folder)],
        cwd=Path(__file__).parents[1],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # What a script starts in the background ignores the interrupt, and so does all that it starts.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509  no threads here
    ) as process:
        assert process.stdout is not None
        lines: Iterator[str] = iter(process.stdout)
        while "bid" not in next(lines):
            pass
        os.kill(process.pid, number)
        out, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (0, "")
    assert f"Summary (ended by {number.name})" in out
    assert "every ledger balances" in out
    _, consumers = out.split("Consumers (")
    ledgers = re.findall(
        r"^  (.+?)  +([A-Z_]+) +([\d,]+) +([\d,]+) +([\d,]+) +([\d,]+) +([\d,]+) ", consumers, re.MULTILINE
    )
    assert len(ledgers) == 10
    for name, policy, sent, delivered, *_, pending in ledgers:
        assert pending == "0", name
        assert sent == delivered or policy != "BLOCK", name


# ---- bad input


def _empty(folder: Path) -> None:
    (folder / "orders.csv.gz").write_bytes(b"")


def _header(folder: Path) -> None:
    write_rows(folder / "orders.csv.gz", ["id", "when"], [])


def _no_rows(folder: Path) -> None:
    write_rows(folder / "orders.csv.gz", ORDERS_HEADER, [])


def _order(*changes: tuple[int, object]) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        row: Row = [1, START + 99, START, 100.0, 1.0, "created", "bid"]
        bad = list(row)
        for place, value in changes:
            bad[place] = value
        write_rows(folder / "orders.csv.gz", ORDERS_HEADER, [row, bad])

    return damage


def _short_row(folder: Path) -> None:
    write_rows(folder / "orders.csv.gz", ORDERS_HEADER, [[1, START, START]])


def _no_gzip(folder: Path) -> None:
    (folder / "orders.csv.gz").write_text("id,timestamp\n")


def _cut_off(folder: Path) -> None:
    whole = (folder / "orders.csv.gz").read_bytes()
    (folder / "orders.csv.gz").write_bytes(whole[: len(whole) // 2])


def _damaged(folder: Path) -> None:
    whole = (folder / "orders.csv.gz").read_bytes()
    (folder / "orders.csv.gz").write_bytes(whole[:200] + b"\xff" * 50 + whole[250:])


def _binary(folder: Path) -> None:
    (folder / "orders.csv.gz").write_bytes(gzip.compress(b"\xff\xfe\x00\x80"))


def _is_folder(folder: Path) -> None:
    (folder / "trades.csv").unlink()
    (folder / "trades.csv").mkdir()


def _no_trades_file(folder: Path) -> None:
    (folder / "trades.csv").unlink()


def _no_orders_file(folder: Path) -> None:
    (folder / "orders.csv.gz").unlink()


def _trade_side(folder: Path) -> None:
    write_rows(folder / "trades.csv", TRADES_HEADER, [[1, START, START, 100.0, 1.0, 1, 2, "swap"]])


@pytest.mark.parametrize(
    ("damage", "complaint"),
    [
        pytest.param(_empty, "orders.csv.gz: the file is empty", id="empty"),
        pytest.param(_header, "orders.csv.gz:1: the header is not id,timestamp,", id="header"),
        pytest.param(_no_rows, "orders.csv.gz: holds no live order event", id="no rows"),
        pytest.param(_order((3, "12x")), "orders.csv.gz:3: could not convert string to float: '12x'", id="price"),
        pytest.param(_order((0, "one")), "orders.csv.gz:3: invalid literal for int()", id="id"),
        pytest.param(_order((4, "nan")), "orders.csv.gz:3: not a finite number of 0 or more: 'nan'", id="nan"),
        pytest.param(_order((4, "-1")), "orders.csv.gz:3: not a finite number of 0 or more: '-1'", id="negative"),
        pytest.param(_order((1, "9" * 20)), "orders.csv.gz:3: not a time in milliseconds", id="time"),
        pytest.param(_order((5, "eaten")), "orders.csv.gz:3: unknown word 'eaten'", id="action"),
        pytest.param(_order((6, "left")), "orders.csv.gz:3: unknown word 'left'", id="side"),
        pytest.param(_short_row, "orders.csv.gz:2: not enough values", id="short row"),
        pytest.param(_no_gzip, "orders.csv.gz: not a sound gzip file", id="no gzip"),
        pytest.param(_cut_off, "orders.csv.gz: the gzip file is cut off (after line", id="cut off"),
        pytest.param(_damaged, "orders.csv.gz", id="damaged"),
        pytest.param(_binary, "orders.csv.gz: not a text file", id="binary"),
        pytest.param(_is_folder, "trades.csv: Is a directory", id="a folder"),
        pytest.param(_no_trades_file, "trades.csv: no such file", id="no trades file"),
        pytest.param(_no_orders_file, "the folder holds neither orders.csv.gz nor orders.csv", id="no orders file"),
        pytest.param(_trade_side, "trades.csv:2: unknown word 'swap'", id="trade side"),
    ],
)
def test_a_bad_file_is_one_clear_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], damage: Callable[[Path], None], complaint: str
) -> None:
    folder = write_capture(tmp_path / "capture", *random_market(12))
    damage(folder)
    assert market.main(["--data", str(folder), "--speed", "inf"]) == 2
    said = capsys.readouterr()
    assert said.err.startswith("market: ")
    assert complaint in said.err
    assert said.err.count("\n") == 1
    assert said.out == ""


def test_a_missing_capture_is_one_clear_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert market.main(["--data", str(tmp_path / "nowhere")]) == 2
    assert capsys.readouterr().err == f"market: {tmp_path}/nowhere: no such file or folder\n"
    monkeypatch.setattr(market, "DATA", tmp_path / "nowhere")
    assert market.main([]) == 2
    assert "`make demo` installs it" in capsys.readouterr().err


@pytest.mark.parametrize("speed", ["0", "-1", "nan", "fast"])
def test_a_bad_speed_is_refused(speed: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as refused:
        market.main(["--speed", speed])
    assert refused.value.code == 2
    assert "argument --speed: invalid speed value" in capsys.readouterr().err


# ---- the parts


def order(
    order_id: int, action: Action, price: float = 100.0, *, side: Side = "bid", at: float = 0.0, volume: float = 1.0
) -> OrderEvent:
    return OrderEvent(order_id, at, at, price, volume, action, side, Origin.LIVE)


def from_snapshot(order_id: int, price: float, side: Side) -> OrderEvent:
    return OrderEvent(order_id, 0.0, 0.0, price, 1.0, "created", side, Origin.SNAPSHOT)


def trade(trade_id: int, maker_id: int, taker_id: int, *, at: float, price: float = 100.0) -> Trade:
    return Trade(trade_id, at, at, price, 1.0, maker_id, taker_id, "bid")


def quoted(book: Book, event: OrderEvent) -> tuple[float, float] | None:
    best = book.apply(event)
    return None if best is None else (best.bid, best.ask)


class TestReading:
    def test_recorder_rows_are_labelled_and_live_rows_sorted(self, tmp_path: Path) -> None:
        orders: list[Row] = [
            [1, START + 3_000, START, 99.0, 1.0, "created", "bid"],
            [2, START + 3_000, START, 101.0, 1.0, "created", "ask"],
            [3, START + 1_100, START + 1_000, 98.0, 1.0, "created", "bid"],
            [4, START + 1_050, START + 990, 97.0, 1.0, "created", "bid"],
            [5, START + 1_100, START + 1_000, 96.0, 1.0, "created", "bid"],
            [5, START + 1_900, START + 1_800, 96.0, 1.0, "deleted", "bid"],
            [1, START + 2_000, START + 2_000, 99.0, 1.0, "deleted", "bid"],
            [2, START + 2_000, START + 2_000, 101.0, 1.0, "deleted", "ask"],
        ]
        capture = read_capture(write_capture(tmp_path / "capture", orders, []))
        assert [event.order_id for event in capture.snapshot] == [1, 2]
        assert [event.order_id for event in capture.live] == [4, 3, 5, 5]
        assert [event.order_id for event in capture.closing] == [1, 2]
        assert {event.origin for event in capture.snapshot} == {Origin.SNAPSHOT}
        assert {event.origin for event in capture.live} == {Origin.LIVE}
        assert {event.origin for event in capture.closing} == {Origin.CLOSING}
        assert (capture.start, capture.end) == ((START + 1_050) / 1000, (START + 1_900) / 1000)

    def test_a_capture_may_lack_recorder_rows(self, tmp_path: Path) -> None:
        orders: list[Row] = [
            [1, START + 70, START, 99.0, 1.0, "created", "bid"],
            [1, START + 90, START + 20, 99.0, 1.0, "deleted", "bid"],
        ]
        capture = read_capture(write_capture(tmp_path / "capture", orders, []))
        assert (capture.snapshot, len(capture.live), capture.closing) == ([], 2, [])

    def test_maker_and_taker_follow_the_side_of_the_trade(self, tmp_path: Path) -> None:
        orders: list[Row] = [[1, START + 70, START, 99.0, 1.0, "created", "bid"]]
        trades: list[Row] = [
            [1, START + 70, START, 99.0, 1.0, 10, 20, "buy"],
            [2, START + 60, START, 99.0, 1.0, 10, 20, "sell"],
        ]
        sold, bought = read_capture(write_capture(tmp_path / "capture", orders, trades)).trades
        assert (bought.trade_id, bought.taker_side, bought.taker_id, bought.maker_id) == (1, "bid", 10, 20)
        assert (sold.trade_id, sold.taker_side, sold.taker_id, sold.maker_id) == (2, "ask", 20, 10)

    def test_an_error_names_file_and_line(self, tmp_path: Path) -> None:
        folder = write_capture(tmp_path / "capture", [[1, START, START, "x", 1.0, "created", "bid"]], [])
        with pytest.raises(CaptureError, match=r"orders\.csv\.gz:2: could not convert"):
            read_capture(folder)


class TestBook:
    def test_best_prices_and_sizes(self) -> None:
        book = Book()
        assert book.apply(order(1, "created", 99.0)) is None
        assert book.apply(order(2, "created", 101.0, side="ask", at=1.0)) == BestPrice(1.0, 99.0, 1.0, 101.0, 1.0)
        assert book.apply(order(3, "created", 98.0)) is None
        assert book.apply(order(4, "created", 99.0, volume=0.5, at=2.0)) == BestPrice(2.0, 99.0, 1.5, 101.0, 1.0)
        assert book.apply(order(4, "changed", 99.0, volume=0.2, at=3.0)) == BestPrice(3.0, 99.0, 1.2, 101.0, 1.0)
        assert quoted(book, order(4, "deleted", 99.0)) == (99.0, 101.0)
        assert quoted(book, order(1, "deleted", 99.0)) == (98.0, 101.0)
        assert quoted(book, order(1, "created", 100.0)) == (100.0, 101.0)

    def test_recorder_rows_move_the_book_and_quote_nothing(self) -> None:
        book = Book()
        assert book.apply(from_snapshot(1, 99.0, "bid")) is None
        assert book.apply(from_snapshot(2, 101.0, "ask")) is None
        assert len(book) == 2
        assert quoted(book, order(3, "created", 98.0)) == (99.0, 101.0)

    def test_a_crossed_moment_has_no_price(self) -> None:
        book = Book()
        quoted(book, order(1, "created", 99.0))
        assert quoted(book, order(2, "created", 101.0, side="ask")) == (99.0, 101.0)
        assert quoted(book, order(3, "created", 102.0)) is None
        assert quoted(book, order(3, "changed", 101.0, volume=0.4)) is None
        assert (book.crossed, book.evicted) == (2, 0)
        assert quoted(book, order(2, "deleted", 101.0, side="ask")) is None
        assert quoted(book, order(4, "created", 103.0, side="ask")) == (102.0, 103.0)

    def test_a_stale_snapshot_order_is_evicted_once_proved_gone(self) -> None:
        book = Book()
        book.apply(from_snapshot(1, 99.0, "bid"))
        book.apply(from_snapshot(2, 101.0, "ask"))
        assert quoted(book, order(3, "created", 103.0, side="ask", at=1.0)) == (99.0, 101.0)
        assert quoted(book, order(4, "created", 102.0, at=2.0)) is None
        assert quoted(book, order(5, "created", 90.0, at=2.1)) is None
        assert quoted(book, order(6, "created", 90.0, at=2.6)) == (102.0, 103.0)
        book.apply(OrderEvent(2, 9.0, 9.0, 101.0, 1.0, "deleted", "ask", Origin.CLOSING))
        assert (book.evicted, book.unknown) == (1, 0)

    def test_unknown_and_unpriced_orders_are_counted(self) -> None:
        book = Book()
        quoted(book, order(1, "created", 99.0))
        quoted(book, order(2, "created", 101.0, side="ask"))
        for event in (
            order(7, "deleted"),
            order(8, "created", 0.0, side="ask"),
            order(8, "changed", 99.0, side="ask"),
            order(8, "deleted", 99.0, side="ask"),
            order(9, "created", 999_999_999.0),
        ):
            assert book.apply(event) is None
        assert (book.unknown, book.unpriced, book.odd, len(book)) == (1, 2, 3, 2)

    def test_the_heap_does_not_grow_with_prices_that_come_and_go(self) -> None:
        book = Book()
        for step in range(10_000):
            book.apply(order(0, "created", 99.0) if step == 0 else order(step, "created", 50.0 + step % 40))
            if step:
                book.apply(order(step, "deleted"))
        assert len(book._bids._heap) < 100


class TestStages:
    def test_windows_close_with_the_next_one_and_keep_late_events(self) -> None:
        trades: Channel[Trade] = Channel("Trades")
        closed: list[Candle] = []
        windows(trades, MINUTE, lambda trade: trade.exchange_time).map(to_candle).subscribe(closed.append)
        deals = [(60.0, 10.0), (119.9, 14.0), (120.0, 9.0), (119.95, 8.0), (300.0, 11.0)]
        for place, (at, price) in enumerate(deals):
            trades.send_nowait(trade(place, 1, 2, at=at, price=price))
        assert closed == [Candle(60.0, 10.0, 14.0, 10.0, 14.0, 2.0, 2), Candle(120.0, 9.0, 9.0, 8.0, 8.0, 2.0, 2)]
        trades.on_completed()
        assert closed[2:] == [Candle(300.0, 11.0, 11.0, 11.0, 11.0, 1.0, 1)]

    def test_windows_of_nothing_are_none(self) -> None:
        trades: Channel[Trade] = Channel("Trades")
        closed: list[list[Trade]] = []
        ended: list[bool] = []
        windows(trades, MINUTE, lambda trade: trade.exchange_time).subscribe(
            closed.append, on_completed=lambda: ended.append(True)
        )
        trades.on_completed()
        assert (closed, ended) == ([], [True])

    def test_each_subscription_has_windows_of_its_own(self) -> None:
        trades: Channel[Trade] = Channel("Trades")
        minutes = windows(trades, MINUTE, lambda trade: trade.exchange_time)
        seen: list[list[Trade]] = []
        deals = [trade(place, 1, 2, at=60.0 * place) for place in range(2)]
        minutes.subscribe(seen.append)
        minutes.subscribe(seen.append)
        for deal in deals:
            trades.send_nowait(deal)
        assert seen == [[deals[0]], [deals[0]]]

    def test_a_trade_may_come_before_both_of_its_orders(self) -> None:
        join = TradeJoin()
        assert list(join.add(trade(1, 10, 20, at=5.0))) == []
        assert list(join.add(order(20, "created", at=5.1))) == []
        (joined,) = join.add(order(10, "created", at=5.2))
        assert joined.complete
        assert joined.waited

    def test_a_trade_may_come_after_its_orders_are_deleted(self) -> None:
        join = TradeJoin()
        for event in (order(10, "created", at=1.0), order(20, "created", at=4.0), order(10, "deleted", at=4.0)):
            assert list(join.add(event)) == []
        (joined,) = join.add(trade(1, 10, 20, at=4.04))
        assert joined.maker_age == pytest.approx(3.04)
        assert joined.taker_age == pytest.approx(0.04)
        assert not joined.waited

    def test_a_trade_gives_up_when_the_orders_are_past_it(self) -> None:
        join = TradeJoin()
        join.add(order(10, "created", at=1.0))
        assert list(join.add(trade(1, 10, 20, at=5.0))) == []
        assert list(join.add(trade(2, 10, 30, at=9.0))) == []
        assert list(join.add(order(40, "created", at=10.0))) == []
        (joined,) = join.add(order(41, "created", at=10.1))
        assert (joined.trade.trade_id, joined.complete, joined.taker, joined.taker_age) == (1, False, None, None)
        (late,) = join.add(order(30, "created", at=10.2))
        assert (late.trade.trade_id, late.complete) == (2, True)
        assert list(join.add(None)) == []

    def test_what_waits_at_the_end_is_a_miss(self) -> None:
        join = TradeJoin()
        join.add(trade(1, 10, 20, at=5.0))
        assert [joined.complete for joined in join.add(None)] == [False]
        assert list(join.add(None)) == []

    def test_ended_orders_are_forgotten_in_the_end(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("examples.market_stages.REMEMBERED", 3)
        join = TradeJoin()
        for order_id in range(10):
            join.add(order(order_id, "created"))
            join.add(order(order_id, "deleted"))
        assert list(join._orders) == [7, 8, 9]


class TestScreens:
    def test_the_live_picture(self, tmp_path: Path) -> None:
        job, _, _, joined = run(read_capture(write_capture(tmp_path / "capture", *random_market(13))))
        shown = io.StringIO()
        now = job.desk.capture.end
        picture = market_view.picture(job.desk, job.ledger(), now, seconds=2.0, rows=4)
        Console(file=shown, width=80).print(picture)
        text = shown.getvalue()
        assert "4 min 00 s of 4 min 00 s" in text
        assert f"{len(joined)} joined, 0 missed" in text
        assert "slow audit     DROP_OLDEST" in text
        assert max(map(len, text.splitlines())) == 80

    def test_before_the_first_price(self, tmp_path: Path) -> None:
        job = market.Market(read_capture(write_capture(tmp_path / "capture", *random_market(13))), PlainScreen())
        shown = io.StringIO()
        now = job.desk.capture.start
        Console(file=shown, width=80).print(market_view.picture(job.desk, job.ledger(), now, seconds=1.0, rows=4))
        assert "no price yet" in shown.getvalue()

    def test_drawing_keeps_to_the_frame_rate(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        job = market.Market(read_capture(write_capture(tmp_path / "capture", *random_market(13))), PlainScreen())
        screen = LiveScreen(pause=1.0)
        with screen.running():
            for _ in range(100):
                screen.show(job.desk, job.ledger(), job.desk.capture.start)
        assert capsys.readouterr().out.count("no price yet") <= 1

    def test_which_screen(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        assert isinstance(choose_screen(plain=False, speed=120), PlainScreen)  # the output is no terminal
        monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
        assert isinstance(choose_screen(plain=True, speed=120), PlainScreen)
        assert choose_screen(plain=False, speed=120).pause == 15.0
        assert choose_screen(plain=False, speed=math.inf).pause == 1.0
        monkeypatch.setattr(market_view, "find_spec", lambda _: None)
        assert isinstance(choose_screen(plain=False, speed=120), PlainScreen)
        assert "needs rich" in capsys.readouterr().err


def test_sparkline() -> None:
    assert sparkline([0, 1, 8]) == " ▁█"
    assert sparkline([]) == ""
    assert sparkline([0]) == " "
