"""Consumer: what is read has the type of what is sent, through every way of reading."""

from typing import reveal_type

from reactivex import Observable
from reactivex import operators as ops

from async_channel import Channel, Consumer, Overflow, conflate_by
from tests.typing.cases._events import Order, Tick, is_large, tick_price


class OrdersChannel(Channel[Order]):
    """A channel with a class of its own."""


async def read(ticks: Channel[Tick]) -> None:
    consumer = Consumer(ticks)
    reveal_type(consumer)  # expect: Consumer[Tick]
    reveal_type(await consumer.get())  # expect: Tick
    reveal_type(await consumer.get(timeout=1.0))  # expect: Tick
    reveal_type(consumer.get_nowait())  # expect: Tick
    async for tick in consumer:
        reveal_type(tick)  # expect: Tick
        tick.nope  # error: attr-defined  # pyright-error: reportAttributeAccessIssue
    async for batch in consumer.batches(16):
        reveal_type(batch)  # expect: list[Tick]
    async with Consumer(ticks.map(tick_price), capacity=16) as prices:
        reveal_type(prices)  # expect: Consumer[float]
        async for price in prices:
            reveal_type(price)  # expect: float
    reveal_type(consumer.stats().balanced)  # expect: bool


def of_anything(ticks: Channel[Tick], numbers: Observable[int], either: Channel[Tick | Order]) -> None:
    reveal_type(Consumer(numbers))  # expect: Consumer[int]
    reveal_type(Consumer(OrdersChannel()))  # expect: Consumer[Order]
    reveal_type(Consumer(ticks.buffer(count=3)))  # expect: Consumer[list[Tick]]
    reveal_type(Consumer(ticks.pairwise()))  # expect: Consumer[tuple[Tick, Tick]]
    reveal_type(Consumer(ticks.merge(numbers)))  # expect: Consumer[Tick | int]
    reveal_type(Consumer(either.of_type(Order)))  # expect: Consumer[Order]
    reveal_type(Consumer(ticks.pipe(ops.map(tick_price))))  # expect: Consumer[float]
    wide: Consumer[Tick | Order] = Consumer(ticks)
    _ = wide


def options(ticks: Channel[Tick]) -> None:
    reveal_type(Consumer(ticks, filter_func=lambda t: t.price > 1))  # expect: Consumer[Tick]
    reveal_type(Consumer(ticks, overflow=Overflow.LATEST))  # expect: Consumer[Tick]
    reveal_type(Consumer(ticks, overflow=conflate_by(lambda t: t.symbol)))  # expect: Consumer[Tick]
    reveal_type(Consumer(ticks, overflow=conflate_by(tick_price)))  # expect: Consumer[Tick]


def rejected(ticks: Channel[Tick], either: Channel[Tick | Order]) -> None:
    _1: Consumer[Order] = Consumer(ticks)  # error: arg-type  # pyright-error: reportAssignmentType
    _2: Consumer[Tick] = Consumer(either)  # error: arg-type  # pyright-error: reportAssignmentType
    _3 = Consumer(ticks, filter_func=is_large)  # error: arg-type  # pyright-error: reportArgumentType
    _4 = Consumer(ticks, filter_func=lambda t: t.nope)  # error: attr-defined  # pyright-error: reportAttributeAccessIssue
    _5 = Consumer(ticks, overflow=conflate_by(is_large))  # error: misc  # pyright-error: reportArgumentType
    _6 = Consumer(ticks, overflow=conflate_by(lambda t: t.nope))  # error: attr-defined  # pyright-error: reportAttributeAccessIssue
    _7 = Consumer(ticks, overflow=conflate_by(lambda t: [t]))  # error: arg-type, return-value  # pyright-error: reportArgumentType
    _8 = Consumer(ticks, overflow="block")  # error: arg-type  # pyright-error: reportArgumentType
    _9 = Consumer(ticks, capacity="16")  # error: arg-type  # pyright-error: reportArgumentType
    _10 = Consumer(ticks, priority=1)  # error: arg-type  # pyright-error: reportArgumentType
    _11 = Consumer([1, 2])  # error: arg-type, var-annotated  # pyright-error: reportArgumentType
    _12: Consumer[str] = Consumer(ticks.map(tick_price))  # error: arg-type  # pyright-error: reportAssignmentType
    _13 = Consumer(ticks, 16)  # error: arg-type, call-arg  # pyright-error: reportCallIssue


def handed_on(ticks: Consumer[Tick]) -> Consumer[Tick | Order]:
    return ticks


def handed_back(either: Consumer[Tick | Order]) -> Consumer[Tick]:
    return either  # error: return-value  # pyright-error: reportReturnType


async def misused(ticks: Consumer[Tick]) -> None:
    for _ in ticks:  # error: attr-defined  # pyright-error: reportGeneralTypeIssues
        pass
    ticks.get()  # error: unused-coroutine  # pyright-error: reportUnusedCoroutine
    order: Order = await ticks.get()  # error: assignment  # pyright-error: reportAssignmentType
    _ = order
