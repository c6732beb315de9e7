"""The events that the other cases use."""

from async_channel import event


@event
class Tick:
    symbol: str
    price: float


@event
class Order:
    id: int
    size: float


def is_large(order: Order) -> bool:
    return order.size > 1


def tick_price(tick: Tick) -> float:
    return tick.price
