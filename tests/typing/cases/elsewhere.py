"""From elsewhere: what another thread reads and sends, and what a channel is fed with."""

from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Generator, Iterable
from concurrent.futures import Future
from typing import reveal_type

from reactivex import Observable

from async_channel import Channel, Consumer, Overflow, Producer, conflate_by
from tests.typing.cases._events import Order, Tick, is_large, tick_price


async def ticks_made() -> AsyncGenerator[Tick, None]:
    yield Tick("BTC/USDT", 1.0)


async def orders_made() -> AsyncIterator[Order]:
    yield Order(1, 1.0)


def read(ticks: Channel[Tick], consumer: Consumer[Tick]) -> None:
    reveal_type(consumer.iter_in_thread())  # expect: Generator[Tick, None, None]
    for tick in consumer.iter_in_thread():
        reveal_type(tick)  # expect: Tick
        tick.nope  # error: attr-defined  # pyright-error: reportAttributeAccessIssue
    reveal_type(list(Consumer(ticks.map(tick_price)).iter_in_thread(timeout=1)))  # expect: list[float]
    wide: Iterable[Tick | Order] = consumer.iter_in_thread(0.5)
    consumer.iter_in_thread().close()
    _ = wide

    _1: Generator[Order, None, None] = consumer.iter_in_thread()  # error: assignment  # pyright-error: reportAssignmentType
    consumer.iter_in_thread("1")  # error: arg-type  # pyright-error: reportArgumentType
    ticks.iter_in_thread()  # error: attr-defined  # pyright-error: reportAttributeAccessIssue


async def not_awaited(consumer: Consumer[Tick]) -> None:
    async for tick in consumer.iter_in_thread():  # error: attr-defined  # pyright-error: reportGeneralTypeIssues
        _ = tick


def sent(ticks: Channel[Tick], producer: Producer[Tick], tick: Tick, order: Order) -> None:
    reveal_type(ticks.send_from_thread(tick))  # expect: Future[None]
    reveal_type(producer.send_from_thread(tick).cancel())  # expect: bool
    ticks.send_from_thread(tick).result(timeout=5)
    sending: Future[None] = producer.send_from_thread(tick)
    _ = sending

    producer.send_from_thread(order)  # error: arg-type  # pyright-error: reportArgumentType


async def fed(
    ticks: Channel[Tick], either: Channel[Tick | Order], numbers: Observable[int], many: AsyncIterable[Tick]
) -> None:
    reveal_type(await ticks.feed(ticks_made()))  # expect: int
    reveal_type(await ticks.feed(many, capacity=8, overflow=Overflow.LATEST))  # expect: int
    reveal_type(await ticks.feed(Consumer(ticks)))  # expect: int
    reveal_type(await ticks.feed(ticks.filter(lambda t: t.price > 1)))  # expect: int
    await ticks.feed(many, overflow=conflate_by(lambda t: t.symbol))
    await either.feed(ticks_made())
    await either.feed(orders_made())
    await either.feed(ticks)

    await ticks.feed(orders_made())  # error: arg-type  # pyright-error: reportArgumentType
    await ticks.feed(numbers)  # error: arg-type  # pyright-error: reportArgumentType
    await ticks.feed(either)  # error: arg-type  # pyright-error: reportArgumentType
    await ticks.feed(ticks_made)  # error: arg-type  # pyright-error: reportArgumentType
    await ticks.feed([Tick("BTC/USDT", 1.0)])  # error: arg-type  # pyright-error: reportArgumentType
    await ticks.feed(many, overflow=conflate_by(is_large))  # error: arg-type  # pyright-error: reportArgumentType
    ticks.feed(many)  # error: unused-coroutine  # pyright-error: reportUnusedCoroutine
