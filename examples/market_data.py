"""Reads a Bitstamp capture: order events (`orders.csv` or `orders.csv.gz`) and the trades beside them (`trades.csv`).

The recorder adds rows of its own so that every order has a beginning and an end: first the REST snapshot, last a
delete for everything that still rests. They are told by their shape, and labelled: see `Origin`.
"""

from __future__ import annotations

import csv
import gzip
import math
import zlib
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import TextIO

from examples.market_events import Action, OrderEvent, Origin, Side, Trade

ORDERS_HEADER = ["id", "timestamp", "exchange_timestamp", "price", "volume", "action", "direction"]
TRADES_HEADER = [
    *("trade_id", "timestamp", "exchange_timestamp", "price", "amount"),
    *("buy_order_id", "sell_order_id", "side"),
]
ACTIONS: dict[str, Action] = {"created": "created", "changed": "changed", "deleted": "deleted"}
SIDES: dict[str, Side] = {"bid": "bid", "ask": "ask"}
TAKERS: dict[str, Side] = {"buy": "bid", "sell": "ask"}
LATEST_TIME = 253_402_300_799_000
"""The last millisecond stamp that is still a date (the end of the year 9999)."""


class CaptureError(Exception):
    """The files are not a capture; says which file, which line and what is wrong, on one line."""


@dataclass(frozen=True)
class Capture:
    """A recording, in the order in which it is to be replayed."""

    path: Path
    snapshot: list[OrderEvent]
    live: list[OrderEvent]
    closing: list[OrderEvent]
    trades: list[Trade]

    @property
    def start(self) -> float:
        """When the first live event or trade was recorded (seconds since the epoch)."""
        return min([self.live[0].received, *(trade.received for trade in self.trades[:1])])

    @property
    def end(self) -> float:
        """When the last live event or trade was recorded (seconds since the epoch)."""
        return max([self.live[-1].received, *(trade.received for trade in self.trades[-1:])])

    @property
    def seconds(self) -> float:
        """How long the recording is."""
        return self.end - self.start

    @property
    def order_events(self) -> int:
        """How many order events there are, the recorder's own included."""
        return len(self.snapshot) + len(self.live) + len(self.closing)


def read_capture(path: Path) -> Capture:
    """Read the capture in a folder, or the one an orders file belongs to.

    Live events and trades are sorted by the time they were recorded; those of one moment keep the file's order.

    Raises:
        CaptureError: a file is missing or is not what it should be.
    """
    orders_file = _orders_file(path)
    trades_file = orders_file.with_name("trades.csv")
    if not trades_file.exists():
        raise CaptureError(f"{trades_file}: no such file; the trades belong beside the orders")
    orders = list(_read_orders(orders_file))
    trades = list(_read_trades(trades_file))
    snapshot = _snapshot_length(orders)
    closing = len(orders) - _closing_length(orders[snapshot:])
    live = orders[snapshot:closing]
    if not live:
        raise CaptureError(f"{orders_file}: holds no live order event, there is nothing to replay")
    return Capture(
        path=orders_file,
        snapshot=[_labelled(order, Origin.SNAPSHOT) for order in orders[:snapshot]],
        live=sorted(live, key=lambda order: order.received),
        closing=[_labelled(order, Origin.CLOSING) for order in orders[closing:]],
        trades=sorted(trades, key=lambda trade: trade.received),
    )


def _orders_file(path: Path) -> Path:
    if path.is_dir():
        for name in ("orders.csv.gz", "orders.csv"):
            if (path / name).exists():
                return path / name
        raise CaptureError(f"{path}: the folder holds neither orders.csv.gz nor orders.csv")
    if not path.exists():
        raise CaptureError(f"{path}: no such file or folder")
    return path


def _snapshot_length(orders: list[OrderEvent]) -> int:
    """The snapshot is the rows at the beginning, two or more, that were all created at one and the same moment."""

    def as_first(order: OrderEvent) -> bool:
        return order.action == "created" and _stamps(order) == _stamps(orders[0])

    length = sum(1 for _ in takewhile(as_first, orders))
    return length if length > 1 else 0


def _closing_length(orders: list[OrderEvent]) -> int:
    """The closing rows are the deletes at the end of one and the same moment, recorded as they "happened".

    A message of the exchange takes its time to arrive; one whose two stamps are equal never travelled.
    """

    def as_last(order: OrderEvent) -> bool:
        return (
            order.action == "deleted"
            and order.received == order.exchange_time
            and _stamps(order) == _stamps(orders[-1])
        )

    return sum(1 for _ in takewhile(as_last, reversed(orders)))


def _stamps(order: OrderEvent) -> tuple[float, float]:
    return order.received, order.exchange_time


def _labelled(order: OrderEvent, origin: Origin) -> OrderEvent:
    return OrderEvent(
        order.order_id, order.received, order.exchange_time, order.price, order.volume, order.action, order.side, origin
    )


def _read_orders(path: Path) -> Iterator[OrderEvent]:
    live = Origin.LIVE
    with _rows(path, ORDERS_HEADER) as rows:
        for order_id, received, exchange_time, price, volume, action, side in rows:
            yield OrderEvent(
                int(order_id),
                _seconds(received),
                _seconds(exchange_time),
                _amount(price),
                _amount(volume),
                ACTIONS[action],
                SIDES[side],
                live,
            )


def _read_trades(path: Path) -> Iterator[Trade]:
    with _rows(path, TRADES_HEADER) as rows:
        for trade_id, received, exchange_time, price, amount, buy_id, sell_id, side in rows:
            taker_side = TAKERS[side]
            bought = taker_side == "bid"
            yield Trade(
                int(trade_id),
                _seconds(received),
                _seconds(exchange_time),
                _amount(price),
                _amount(amount),
                maker_id=int(sell_id if bought else buy_id),
                taker_id=int(buy_id if bought else sell_id),
                taker_side=taker_side,
            )


def _seconds(milliseconds: str) -> float:
    stamp = int(milliseconds)
    if not 0 <= stamp <= LATEST_TIME:
        raise ValueError(f"not a time in milliseconds: {milliseconds!r}")
    return stamp / 1000


def _amount(text: str) -> float:
    number = float(text)
    if not 0 <= number < math.inf:
        raise ValueError(f"not a finite number of 0 or more: {text!r}")
    return number


@contextmanager
def _rows(path: Path, header: list[str]) -> Generator[Iterator[list[str]]]:
    """The rows below the header of a csv file; whatever goes wrong while they are read names the file and line."""
    line = 0
    try:
        with _open(path) as file:
            reader = csv.reader(file, strict=True)
            found = next(reader, None)
            if found is None:
                raise CaptureError(f"{path}: the file is empty")
            if found != header:
                raise CaptureError(f"{path}:1: the header is not {','.join(header)}")

            def counted() -> Iterator[list[str]]:
                nonlocal line
                for row in reader:
                    line = reader.line_num
                    yield row

            yield counted()
    except KeyError as error:
        raise CaptureError(f"{path}:{line}: unknown word {error}") from error
    except UnicodeDecodeError as error:
        raise CaptureError(f"{path}: not a text file (after line {line})") from error
    except ValueError as error:
        raise CaptureError(f"{path}:{line}: {error}") from error
    except csv.Error as error:
        raise CaptureError(f"{path}:{line + 1}: {error}") from error
    except EOFError as error:
        raise CaptureError(f"{path}: the gzip file is cut off (after line {line})") from error
    except (gzip.BadGzipFile, zlib.error) as error:
        raise CaptureError(f"{path}: not a sound gzip file: {error}") from error
    except OSError as error:
        raise CaptureError(f"{path}: {error.strerror or error}") from error


def _open(path: Path) -> TextIO:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8", newline="")
    return path.open(encoding="utf-8", newline="")
