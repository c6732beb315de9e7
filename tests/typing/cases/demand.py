"""Demand: what a source may yield, what a producer may perform."""

from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterator
from typing import reveal_type

from typing_extensions import override

from async_channel import Channel, Producer, Stream
from tests.typing.cases._events import Order, Tick


async def ticks_made() -> AsyncIterator[Tick]:
    yield Tick("BTC/USDT", 1.0)


async def orders_made() -> AsyncIterator[Order]:
    yield Order(1, 1.0)


async def one_tick() -> Tick:
    return Tick("BTC/USDT", 1.0)


def plain_ticks() -> Iterator[Tick]:
    yield Tick("BTC/USDT", 1.0)


async def ticks_of(symbol: str) -> AsyncIterator[Tick]:
    yield Tick(symbol, 1.0)


async def wanted(ticks: Channel[Tick], stream: Stream[Tick]) -> None:
    reveal_type(ticks.has_demand)  # expect: bool
    reveal_type(await ticks.demand())  # expect: None
    ticks.has_demand = True  # error: misc  # pyright-error: reportAttributeAccessIssue
    ticks.demand()  # error: unused-coroutine  # pyright-error: reportUnusedCoroutine
    _ = stream.has_demand  # error: attr-defined  # pyright-error: reportAttributeAccessIssue


def called(ticks: Channel[Tick], either: Channel[Tick | Order], numbers: Channel[int]) -> None:
    ticks.source(ticks_made)
    ticks.source(ticks_made, grace=5, name="ticks")
    ticks.source(lambda: ticks_of("BTC/USDT"))
    either.source(ticks_made)
    either.source(orders_made)
    ticks.source(grace=5)(ticks_made)
    same: Callable[[], AsyncIterable[Tick]] = ticks.source(ticks_made)
    _ = same

    ticks.source(orders_made)  # error: arg-type  # pyright-error: reportArgumentType
    numbers.source(ticks_made)  # error: arg-type  # pyright-error: reportArgumentType
    ticks.source(grace=5)(orders_made)  # error: arg-type  # pyright-error: reportArgumentType
    ticks.source(one_tick)  # error: arg-type  # pyright-error: reportArgumentType
    ticks.source(plain_ticks)  # error: arg-type  # pyright-error: reportArgumentType
    ticks.source(ticks_made())  # error: call-overload  # pyright-error: reportArgumentType
    ticks.source(ticks_of)  # error: arg-type  # pyright-error: reportArgumentType
    ticks.source(None)  # error: call-overload  # pyright-error: reportArgumentType
    ticks.source(ticks_made, grace="5")  # error: call-overload  # pyright-error: reportArgumentType
    ticks.source(ticks_made, 5)  # error: call-overload  # pyright-error: reportCallIssue


def decorated(numbers: Channel[int]) -> None:
    @numbers.source
    async def count() -> AsyncIterator[int]:
        yield 1

    @numbers.source(grace=0.5, name="to two")
    async def count_to_two() -> AsyncIterator[int]:
        yield 1
        yield 2

    reveal_type(count())  # expect: AsyncIterable[int]
    reveal_type(count_to_two())  # expect: AsyncIterable[int]

    @numbers.source  # error: arg-type  # pyright-error: reportArgumentType
    async def words() -> AsyncIterator[str]:
        yield "one"

    @numbers.source  # error: arg-type  # pyright-error: reportArgumentType
    async def number() -> int:
        return 1

    @numbers.source(grace=1)  # error: arg-type  # pyright-error: reportArgumentType
    async def more_words() -> AsyncIterator[str]:
        yield "one"

    _ = words, number, more_words


class Ticker(Producer[Tick]):
    grace = 5.0

    @override
    async def perform(self) -> None:
        await self.send(Tick("BTC/USDT", 1.0))
        reveal_type(await self.send_many([Tick("BTC/USDT", 1.0)]))  # expect: int
        await self.send(Order(1, 1.0))  # error: arg-type  # pyright-error: reportArgumentType

    @override
    async def on_pause(self) -> None: ...

    @override
    async def on_resume(self) -> None: ...


class Wrong(Producer[Tick]):
    grace = "5"  # error: assignment  # pyright-error: reportAssignmentType

    async def perform(self) -> AsyncIterator[Tick]:  # error: override  # pyright-error: reportIncompatibleMethodOverride
        yield Tick("BTC/USDT", 1.0)

    def on_pause(self) -> None: ...  # error: override  # pyright-error: reportIncompatibleMethodOverride


def made(ticks: Channel[Tick], either: Channel[Tick | Order], orders: Channel[Order]) -> None:
    reveal_type(Ticker(ticks))  # expect: Ticker
    Ticker(either)
    Ticker(Producer(either))
    Ticker(orders)  # error: arg-type  # pyright-error: reportArgumentType
    Ticker(Producer(orders))  # error: arg-type  # pyright-error: reportArgumentType
