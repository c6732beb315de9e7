"""What a row of the table is, and the functions and variables that rows use."""

from __future__ import annotations

from dataclasses import dataclass

FLUENT, PIPE, CHANNEL, TOP = "fluent", "pipe", "channel", "top"
"""The matrices: methods of an Observable, functions for its ``pipe``, methods of a Channel, functions of reactivex."""


@dataclass(frozen=True, slots=True)
class Form:
    """One way to call an operator, and the type that it must have."""

    call: str
    """An expression. A function named in `NAMED` stands for a lambda, too: fluent matrices use that."""
    type: str
    """``S`` in it is Stream where async_channel overrides the operator, and Observable everywhere else."""
    stream: str | None = None
    """The type on a Channel, if async_channel promises a better one."""
    on: frozenset[str] = frozenset({FLUENT, PIPE, CHANNEL})
    vague: str = ""
    """Why no type can say what is in the result, if so; such a form counts as imprecise."""


def form(
    call: str,
    type: str,
    *,
    stream: str | None = None,
    on: str = "",
    without: str = "",
    vague: str = "",
) -> Form:
    """A row: ``on`` these matrices only, or on all of methods ``without`` these."""
    matrices = frozenset(on.split() or {FLUENT, PIPE, CHANNEL} - set(without.split()))
    return Form(call, type, stream, matrices, vague)


@dataclass(frozen=True, slots=True)
class Function:
    """A function that rows name: its twins take something else instead of a parameter, or use it wrongly."""

    parameters: str
    result: str
    body: str


NAMED = {
    "is_dear": Function("t: Tick", "bool", "t.price > 1.0"),
    "is_dear_at": Function("t: Tick, i: int", "bool", "t.price > i.real"),
    "is_found": Function("t: Tick, i: int, s: Observable[Tick]", "bool", "t.price > i.real and s.lock.acquire()"),
    "price_of": Function("t: Tick", "float", "t.price"),
    "price_at": Function("t: Tick, i: int", "float", "t.price * i.real"),
    "size_of": Function("t: Tick", "int", "len(t.tags)"),
    "symbol_of": Function("t: Tick", "str", "t.symbol"),
    "amount_of": Function("t: Tick", "Decimal", "t.amount"),
    "tags_of": Function("t: Tick", "list[str]", "t.tags"),
    "tags_at": Function("t: Tick, i: int", "list[str]", "t.tags * i.real"),
    "same_tick": Function("a: Tick, b: Tick", "bool", "a.price == b.price"),
    "same_text": Function("a: str, b: str", "bool", "a.lower() == b.lower()"),
    "price_is": Function("a: Tick, b: float", "bool", "a.price == b.real"),
    "dearer": Function("a: Tick, b: Tick", "Tick", "a if a.price > b.price else b"),
    "by_price": Function("a: Tick, b: Tick", "int", "round(a.price - b.price)"),
    "by_length": Function("a: str, b: str", "int", "len(a.lower()) - len(b.lower())"),
    "add_price": Function("total: float, t: Tick", "float", "total.real + t.price"),
    "pair_text": Function("symbol: str, price: float", "str", "symbol.lower() + str(price.real)"),
    "triple_text": Function("symbol: str, price: float, i: int", "str", "symbol.lower() + str(price.real * i.real)"),
    "orders_of": Function("t: Tick", "Observable[Order]", "orders_for(t.symbol)"),
    "orders_at": Function("t: Tick, i: int", "Observable[Order]", "orders_for(t.symbol * i.real)"),
    "order_soon": Function("t: Tick", "asyncio.Future[Order]", "order_for(t.symbol)"),
    "order_soon_at": Function("t: Tick, i: int", "asyncio.Future[Order]", "order_for(t.symbol * i.real)"),
    "order_elsewhere": Function("t: Tick", "concurrent.futures.Future[Order]", "thread_order_for(t.symbol)"),
    "after_tick": Function("t: Tick", "Observable[int]", "timer_for(t.price)"),
    "after_order": Function("o: Order", "Observable[int]", "timer_for(o.size)"),
    "size_in": Function("o: Order", "float", "o.size"),
    "after_text": Function("x: str", "Observable[int]", "timer_for(len(x.lower()))"),
    "later": Function("", "Observable[int]", "timer_for(1.0)"),
    "more_ticks": Function("t: Tick", "Observable[Tick]", "ticks_for(t.symbol)"),
    "recover": Function("e: Exception, s: Observable[Tick]", "Observable[Order]", "orders_if(e.args, s.lock)"),
    "note": Function("t: Tick", "object", "t.price"),
    "note_error": Function("e: Exception", "object", "e.args"),
    "note_end": Function("", "object", "0"),
    "goes_on": Function("s: Observable[Tick]", "bool", "s.lock.acquire()"),
    "prices_in": Function("s: Observable[Tick]", "Observable[float]", "prices_from(s.lock)"),
    "orders_in": Function("s: Observable[Tick | Order]", "Observable[Order]", "orders_if(s.lock, s)"),
    "end_of_group": Function("g: GroupedObservable[str, Tick]", "Observable[int]", "timer_for(len(g.key.lower()))"),
    "end_of_prices": Function("g: GroupedObservable[str, float]", "Observable[int]", "timer_for(len(g.key.lower()))"),
    "make_subject": Function("", "Subject[Tick]", "Subject()"),
    "make_price_subject": Function("", "Subject[float]", "Subject()"),
    "make_future": Function("", "asyncio.Future[Tick]", "future"),
}

RECEIVERS = {
    "source": "Tick",
    "prices": "float",
    "counts": "int",
    "amounts": "Decimal",
    "texts": "str",
    "pairs": "tuple[str, float]",
    "triples": "tuple[str, float, int]",
    "rows": "dict[str, float]",
    "notices": "Notification[Tick]",
    "nested": "Observable[Tick]",
    "futures": "asyncio.Future[Tick]",
}
"""What operators are called on, with the type of their events: Observables, or Channels."""

PREAMBLE = """
from __future__ import annotations

import asyncio
import concurrent.futures
import datetime
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from decimal import Decimal

import reactivex
from reactivex import ConnectableObservable, GroupedObservable, Notification, Observable, Subject, abc
from reactivex import operators as ops


class Unrelated: ...


@dataclass(frozen=True)
class Tick:
    symbol: str
    price: float
    amount: Decimal
    tags: list[str]


@dataclass(frozen=True)
class Order:
    size: float


@dataclass(frozen=True)
class Candle:
    close: float


def orders_for(symbol: str) -> Observable[Order]: raise NotImplementedError
def order_for(symbol: str) -> asyncio.Future[Order]: raise NotImplementedError
def thread_order_for(symbol: str) -> concurrent.futures.Future[Order]: raise NotImplementedError
def timer_for(seconds: float) -> reactivex.Observable[int]: raise NotImplementedError
def ticks_for(symbol: str) -> Observable[Tick]: raise NotImplementedError
def prices_from(what: object) -> Observable[float]: raise NotImplementedError
def call_back(symbol: str, handler: Callable[[Tick], None]) -> None: raise NotImplementedError
def call_back_twice(symbol: str, handler: Callable[[Tick, str], None]) -> None: raise NotImplementedError
def price_in(t: Tick) -> float: raise NotImplementedError
def subscribed(observer: abc.ObserverBase[Tick], scheduler: abc.SchedulerBase | None) -> abc.DisposableBase:
    raise NotImplementedError
async def order_fetched(symbol: str) -> Order: raise NotImplementedError
async def is_allowed(symbol: str) -> bool: raise NotImplementedError
def orders_paged(symbol: str) -> AsyncIterator[Order]: raise NotImplementedError
def orders_if(one: object, other: object) -> Observable[Order]: raise NotImplementedError

tick: Tick
number: int
moment: datetime.datetime
period: datetime.timedelta
future: asyncio.Future[Tick]
order_future: asyncio.Future[Order]
thread_future: concurrent.futures.Future[Order]
scheduler: abc.SchedulerBase
watcher: abc.ObserverBase[Tick]
subject: Subject[Tick]
wide_subject: Subject[Tick | Order]
connectable: ConnectableObservable[Tick]
ticks: Observable[Tick]
orders: Observable[Order]
candles: Observable[Candle]
words: Observable[str]
flags: Observable[bool]
many: list[Observable[Order]]
"""
