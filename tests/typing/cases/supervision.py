"""Supervision: policies, dead letters, redelivery."""

from typing import reveal_type

from async_channel import Channel, Consumer, DeadLetter, OnError, Producer, Stream, Subscription, retry
from tests.typing.cases._events import Order, Tick


async def handle(tick: Tick) -> None: ...


async def price_of(tick: Tick) -> float:
    return 1.0


def policies(ticks: Channel[Tick]) -> None:
    reveal_type(retry(3))  # expect: Retry
    retry(3, backoff=1, factor=2, longest=30, on=(OSError, TimeoutError), then=OnError.STOP)
    retry("3")  # error: arg-type  # pyright-error: reportArgumentType
    retry(3, 0.1)  # error: call-arg  # pyright-error: reportCallIssue
    retry(3, on="OSError")  # error: arg-type  # pyright-error: reportArgumentType
    retry(3, on=KeyboardInterrupt)  # error: arg-type  # pyright-error: reportArgumentType
    retry(3, then=retry(2))  # error: arg-type  # pyright-error: reportArgumentType
    ticks.consume(handle, on_error=OnError.STOP, slow=None, report_lag=0.5)
    ticks.consume(handle, on_error=retry(3))
    ticks.consume(handle, on_error="log")  # error: arg-type  # pyright-error: reportArgumentType
    ticks.consume(handle, slow="1")  # error: arg-type  # pyright-error: reportArgumentType
    Consumer(ticks, report_lag=1)
    Consumer(ticks, report_lag="1")  # error: arg-type  # pyright-error: reportArgumentType
    reveal_type(ticks.map_async(price_of, on_error=retry(3)))  # expect: Stream[float]
    ticks.map_async(price_of, on_error=3)  # error: arg-type  # pyright-error: reportArgumentType


async def letters(
    ticks: Channel[Tick],
    changes: Stream[Tick],
    dead: Channel[DeadLetter[Tick]],
    either: Channel[DeadLetter[Tick | Order]],
    anything: Channel[DeadLetter[object]],
    mixed: Channel[DeadLetter[Tick] | Order],
    orders: Channel[DeadLetter[Order]],
    letter: DeadLetter[Tick],
    order: DeadLetter[Order],
) -> None:
    subscription = ticks.consume(handle, dead_letters=dead)
    reveal_type(subscription)  # expect: Subscription[Tick]
    reveal_type(subscription.failure)  # expect: Exception | None
    changes.consume(handle, dead_letters=Producer(dead))
    ticks.consume(handle, dead_letters=either)
    ticks.consume(handle, dead_letters=anything)
    ticks.consume(handle, dead_letters=mixed)
    ticks.consume(handle, dead_letters=orders)  # error: arg-type  # pyright-error: reportArgumentType
    changes.consume(handle, dead_letters=Producer(orders))  # error: arg-type  # pyright-error: reportArgumentType
    ticks.consume(handle, dead_letters=ticks)  # error: arg-type  # pyright-error: reportArgumentType
    ticks.consume(handle, dead_letters=[])  # error: arg-type  # pyright-error: reportArgumentType

    reveal_type(letter.event)  # expect: Tick
    reveal_type(letter.error)  # expect: Exception
    reveal_type(letter.attempts)  # expect: int
    letter.attempts = 1  # error: misc  # pyright-error: reportAttributeAccessIssue
    wider: DeadLetter[Tick | Order] = letter
    _ = wider

    reveal_type(await subscription.redeliver(letter))  # expect: bool
    await subscription.redeliver(order)  # error: arg-type  # pyright-error: reportArgumentType
    await subscription.redeliver(letter.event)  # error: arg-type  # pyright-error: reportArgumentType
    both: Subscription[Tick | Order]
    both = Channel[Tick | Order]().consume(print)
    await both.redeliver(letter)
