"""Channel, Producer, Channels: what may be sent where, and what a key opens."""

from collections.abc import AsyncIterable
from concurrent.futures import Future
from typing import reveal_type

from async_channel import Channel, ChannelKey, Channels, Producer, Stream, Subscription
from async_channel.replay import replay
from tests.typing.cases._events import Order, Tick, is_large

TICK = ChannelKey("Tick", Tick)


class OrdersChannel(Channel[Order]):
    """A channel with a class of its own."""


def made() -> None:
    reveal_type(Channel(Tick))  # expect: Channel[Tick]
    reveal_type(Channel(Tick, "Ticks", capacity=8, replay=1))  # expect: Channel[Tick]
    named: Channel[Tick] = Channel("Ticks")
    reveal_type(named)  # expect: Channel[Tick]
    reveal_type(Channel[Tick](name="Ticks"))  # expect: Channel[Tick]
    reveal_type(OrdersChannel())  # expect: OrdersChannel
    reveal_type(OrdersChannel("Mine").filter(is_large))  # expect: Stream[Order]
    reveal_type(TICK)  # expect: ChannelKey[Tick]


async def sent(ticks: Channel[Tick], orders: OrdersChannel, tick: Tick, order: Order, more: AsyncIterable[Tick]) -> None:
    await ticks.send(tick)
    await orders.send(order)
    ticks.send_nowait(tick)
    ticks.on_next(tick)
    reveal_type(await ticks.send_many([tick, tick]))  # expect: int
    reveal_type(await ticks.send_many(more))  # expect: int
    sending: Future[None] = ticks.send_from_thread(tick)
    sending.result()
    reveal_type(await replay(ticks, [(1.5, tick)]))  # expect: int

    await ticks.send(order)  # error: arg-type  # pyright-error: reportArgumentType
    await orders.send(tick)  # error: arg-type  # pyright-error: reportArgumentType
    ticks.send_nowait(order)  # error: arg-type  # pyright-error: reportArgumentType
    ticks.on_next(order)  # error: arg-type  # pyright-error: reportArgumentType
    ticks.send_from_thread(order)  # error: arg-type  # pyright-error: reportArgumentType
    await ticks.send_many([order])  # error: list-item  # pyright-error: reportArgumentType
    await ticks.send_many(tick)  # error: arg-type  # pyright-error: reportArgumentType
    await replay(ticks, [(1.5, order)])  # error: misc  # pyright-error: reportArgumentType, reportCallIssue
    ticks.send(tick)  # error: unused-coroutine  # pyright-error: reportUnusedCoroutine


def produced(either: Channel[Tick | Order], ticks: Channel[Tick], orders: OrdersChannel) -> None:
    reveal_type(Producer(ticks))  # expect: Producer[Tick]
    reveal_type(Producer(orders))  # expect: Producer[Order]
    narrow: Producer[Tick] = Producer(either)
    handed: Producer[Tick] = wide(either)
    _ = narrow, handed

    _1: Producer[Tick | Order] = Producer(ticks)  # error: arg-type  # pyright-error: reportAssignmentType
    _2: Producer[Order] = Producer(ticks)  # error: arg-type  # pyright-error: reportAssignmentType
    _3 = Producer("Ticks")  # error: arg-type, var-annotated  # pyright-error: reportArgumentType
    _4: Producer[Tick] = Producer(orders)  # error: arg-type  # pyright-error: reportAssignmentType


def too_narrow(ticks: Producer[Tick]) -> Producer[Tick | Order]:
    return ticks  # error: return-value  # pyright-error: reportReturnType


def wide(either: Channel[Tick | Order]) -> Producer[Tick | Order]:
    return Producer(either)


async def produced_events(producer: Producer[Tick], tick: Tick, order: Order) -> None:
    await producer.send(tick)
    producer.send_nowait(tick)
    reveal_type(await producer.send_many([tick]))  # expect: int

    await producer.send(order)  # error: arg-type  # pyright-error: reportArgumentType
    producer.send_nowait(order)  # error: arg-type  # pyright-error: reportArgumentType
    await producer.send_many([order])  # error: list-item  # pyright-error: reportArgumentType
    await producer.send({"price": 1.0})  # error: arg-type  # pyright-error: reportArgumentType


def invariant(ticks: Channel[Tick]) -> Channel[Tick | Order]:
    return ticks  # error: return-value  # pyright-error: reportReturnType


def readable(ticks: Channel[Tick]) -> Stream[Tick | Order]:
    return ticks


async def registry() -> None:
    async with Channels() as channels:
        reveal_type(channels.open(TICK))  # expect: Channel[Tick]
        reveal_type(channels.get(TICK))  # expect: Channel[Tick]
        reveal_type(channels.open(ChannelKey("Price", float), capacity=8))  # expect: Channel[float]
        _1: Channel[Order] = channels.open(TICK)  # error: arg-type  # pyright-error: reportAssignmentType
        _2 = channels.open("Tick")  # error: arg-type, var-annotated  # pyright-error: reportArgumentType
        _3: ChannelKey[Order] = TICK  # error: assignment  # pyright-error: reportAssignmentType


async def called_back(ticks: Channel[Tick]) -> None:
    async def later(tick: Tick) -> None: ...

    def with_order(order: Order) -> None: ...

    reveal_type(ticks.consume(later))  # expect: Subscription[Tick]
    reveal_type(ticks.consume(lambda t: t.price))  # expect: Subscription[Tick]
    kept: Subscription[Tick] = ticks.consume(print, filter_func=lambda t: t.price > 1)
    kept.close()

    ticks.consume(with_order)  # error: arg-type  # pyright-error: reportArgumentType
    ticks.consume(lambda t: t.nope)  # error: attr-defined  # pyright-error: reportAttributeAccessIssue
    ticks.consume(print, filter_func=lambda t: t.nope)  # error: attr-defined  # pyright-error: reportAttributeAccessIssue
    ticks.consume(print, filter_func=is_large)  # error: arg-type  # pyright-error: reportArgumentType
    ticks.consume(lambda: None)  # error: arg-type, misc  # pyright-error: reportArgumentType


async def stated(ticks: Channel[Tick]) -> None:
    reveal_type(ticks.stats().sent)  # expect: int
    reveal_type(ticks.errors)  # expect: Stream[Failure]
    ticks.stats().sent = 0  # error: misc  # pyright-error: reportAttributeAccessIssue
