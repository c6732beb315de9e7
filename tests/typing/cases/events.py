"""@event: constructors are checked, fields can't be assigned."""

from typing import reveal_type

from async_channel import event
from tests.typing.cases._events import Tick


@event
class Trade:
    price: float
    amount: float = 1.0
    taker: str | None = None


def accepted() -> None:
    trade = Trade(1.5, taker="me")
    reveal_type(trade)  # expect: Trade
    reveal_type(trade.amount)  # expect: float
    reveal_type(trade.taker)  # expect: str | None


def rejected(tick: Tick) -> None:
    tick.price = 2.0  # error: misc  # pyright-error: reportAttributeAccessIssue
    Tick("BTC/USDT")  # error: call-arg  # pyright-error: reportCallIssue
    Tick("BTC/USDT", "dear")  # error: arg-type  # pyright-error: reportArgumentType
    Tick("BTC/USDT", 1.0, 2.0)  # error: call-arg  # pyright-error: reportCallIssue
    tick.nope  # error: attr-defined  # pyright-error: reportAttributeAccessIssue
