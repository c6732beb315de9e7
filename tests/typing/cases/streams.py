"""Stream: what each operator gives, and which functions it takes."""

from typing import reveal_type

from reactivex import Observable
from reactivex import operators as ops

from async_channel import Channel, Stream, from_observable
from tests.typing.cases._events import Order, Tick, is_large, tick_price


def choosing(ticks: Channel[Tick], either: Stream[Tick | Order]) -> None:
    reveal_type(ticks.filter(lambda t: t.price > 1))  # expect: Stream[Tick]
    reveal_type(ticks.take(3))  # expect: Stream[Tick]
    reveal_type(ticks.take_while(lambda t: t.price > 1))  # expect: Stream[Tick]
    reveal_type(ticks.take_while(lambda t: t.price > 1, inclusive=True))  # expect: Stream[Tick]
    reveal_type(ticks.skip(3))  # expect: Stream[Tick]
    reveal_type(ticks.skip_while(lambda t: t.price > 1))  # expect: Stream[Tick]
    reveal_type(ticks.distinct_until_changed())  # expect: Stream[Tick]
    reveal_type(ticks.distinct_until_changed(lambda t: t.symbol))  # expect: Stream[Tick]
    reveal_type(ticks.distinct_until_changed(tick_price, lambda a, b: a == b))  # expect: Stream[Tick]
    reveal_type(either.of_type(Tick))  # expect: Stream[Tick]
    reveal_type(either.of_type(Order).filter(is_large))  # expect: Stream[Order]


def changing(ticks: Channel[Tick], pairs: Stream[tuple[int, str]]) -> None:
    reveal_type(ticks.map(lambda t: t.price))  # expect: Stream[float]
    reveal_type(ticks.map(lambda t: (t.symbol, t.price)))  # expect: Stream[tuple[str, float]]
    reveal_type(ticks.map(tick_price).map(round))  # expect: Stream[int]
    reveal_type(pairs.starmap(lambda number, text: text * number))  # expect: Stream[str]
    reveal_type(pairs.starmap())  # expect: Stream[tuple[int, str]]
    reveal_type(ticks.map(tick_price).scan(lambda a, b: a + b))  # expect: Stream[float]
    reveal_type(ticks.scan(lambda count, _: count + 1, 0))  # expect: Stream[int]
    reveal_type(ticks.scan(lambda total, t: total + t.price, 0.0))  # expect: Stream[float]
    reveal_type(ticks.pairwise())  # expect: Stream[tuple[Tick, Tick]]
    reveal_type(ticks.pairwise().starmap(lambda a, b: b.price - a.price))  # expect: Stream[float]


def in_time(ticks: Channel[Tick], clock: Observable[int]) -> None:
    reveal_type(ticks.buffer(count=3))  # expect: Stream[list[Tick]]
    reveal_type(ticks.buffer(seconds=60.0))  # expect: Stream[list[Tick]]
    reveal_type(ticks.buffer(count=3, seconds=60))  # expect: Stream[list[Tick]]
    reveal_type(ticks.buffer(clock))  # expect: Stream[list[Tick]]
    reveal_type(ticks.map(tick_price).buffer(seconds=60).map(max))  # expect: Stream[float]
    reveal_type(ticks.throttle(1.0))  # expect: Stream[Tick]
    reveal_type(ticks.debounce(1.0))  # expect: Stream[Tick]
    reveal_type(ticks.sample(1.0))  # expect: Stream[Tick]
    reveal_type(ticks.sample(clock))  # expect: Stream[Tick]


def several(ticks: Channel[Tick], orders: Stream[Order], numbers: Observable[int]) -> None:
    reveal_type(ticks.merge(ticks))  # expect: Stream[Tick]
    reveal_type(ticks.merge(orders))  # expect: Stream[Tick | Order]
    reveal_type(ticks.merge(orders).merge(numbers))  # expect: Stream[Tick | Order | int]
    reveal_type(from_observable(numbers))  # expect: Stream[int]
    reveal_type(from_observable(numbers).map(lambda n: n / 2))  # expect: Stream[float]
    reveal_type(ticks.via(lambda source: source.pipe(ops.map(tick_price))))  # expect: Stream[float]


def covariant(ticks: Stream[Tick]) -> Stream[Tick | Order]:
    return ticks


def rejected_functions(ticks: Channel[Tick], pairs: Stream[tuple[int, str]]) -> None:
    ticks.filter(lambda t: t.nope)  # error: attr-defined  # pyright-error: reportAttributeAccessIssue
    ticks.map(lambda t: t.nope)  # error: attr-defined  # pyright-error: reportAttributeAccessIssue
    _1 = ticks.filter(is_large)  # error: arg-type  # pyright-error: reportArgumentType
    _2 = ticks.take_while(lambda t: t.nope)  # error: attr-defined  # pyright-error: reportAttributeAccessIssue
    _3 = ticks.skip_while(is_large)  # error: arg-type  # pyright-error: reportArgumentType
    _4 = ticks.scan(lambda total, t: total + t.nope, 0)  # error: attr-defined  # pyright-error: reportAttributeAccessIssue
    _5 = pairs.starmap(lambda one: one)  # error: arg-type, misc  # pyright-error: reportArgumentType, reportCallIssue
    _6 = pairs.starmap(lambda a, b, c: c)  # error: arg-type, misc  # pyright-error: reportArgumentType, reportCallIssue
    _7 = pairs.starmap(lambda number, text: number.nope)  # error: attr-defined  # pyright-error: reportAttributeAccessIssue
    _8 = ticks.starmap(lambda a, b: a)  # error: arg-type  # pyright-error: reportArgumentType
    _9 = ticks.pairwise().map(lambda pair: pair[2])  # error: misc  # pyright-error: reportGeneralTypeIssues
    _10 = ticks.distinct_until_changed(lambda t: t.nope)  # error: attr-defined  # pyright-error: reportAttributeAccessIssue


def rejected_arguments(ticks: Channel[Tick], orders: Stream[Order]) -> None:
    _1 = ticks.take("3")  # error: arg-type  # pyright-error: reportArgumentType
    _2 = ticks.buffer()  # error: call-overload  # pyright-error: reportCallIssue
    _3 = ticks.buffer(3)  # error: call-overload  # pyright-error: reportArgumentType
    _4 = ticks.throttle("1s")  # error: arg-type  # pyright-error: reportArgumentType
    _5 = ticks.merge([orders])  # error: call-overload  # pyright-error: reportArgumentType
    _6 = orders.of_type("Order")  # error: arg-type, var-annotated  # pyright-error: reportArgumentType
    _7: Stream[Order] = ticks.map(tick_price)  # error: arg-type  # pyright-error: reportAssignmentType
    _8: Stream[Order] = ticks.filter(lambda t: True)  # error: assignment  # pyright-error: reportAssignmentType
    _9 = from_observable([1, 2])  # error: arg-type, var-annotated  # pyright-error: reportArgumentType
