"""Endings: what a stop returns, what a block that ends on a signal takes."""

from typing import reveal_type

from async_channel import Channel, Channels, Consumer, Leftover, stop_on_signal
from tests.typing.cases._events import Tick


async def stopped(ticks: Channel[Tick], channels: Channels) -> None:
    reveal_type(await ticks.stop())  # expect: tuple[Leftover, ...]
    reveal_type(await channels.stop(timeout=5))  # expect: tuple[Leftover, ...]
    for left in await ticks.stop(5.0):
        reveal_type(left.consumer)  # expect: str
        reveal_type(left.events)  # expect: int
        reveal_type(left.event)  # expect: object
        left.pending = 0  # error: misc  # pyright-error: reportAttributeAccessIssue
    ticks.stop()  # error: unused-coroutine  # pyright-error: reportUnusedCoroutine
    await ticks.stop("5")  # error: arg-type  # pyright-error: reportArgumentType
    await channels.stop(timeout="5")  # error: arg-type  # pyright-error: reportArgumentType


async def signalled(ticks: Channel[Tick], channels: Channels, consumer: Consumer[Tick]) -> None:
    async with stop_on_signal(ticks, channels, timeout=5) as ending:
        await ticks.send(Tick("BTC/USDT", 1.0))
    reveal_type(ending.signal)  # expect: Signals | None
    reveal_type(ending.leftovers)  # expect: tuple[Leftover, ...]
    stop_on_signal(ticks, timeout=None)
    stop_on_signal(ticks, 5)  # error: arg-type  # pyright-error: reportArgumentType
    stop_on_signal(consumer)  # error: arg-type  # pyright-error: reportArgumentType
    stop_on_signal("Ticks")  # error: arg-type  # pyright-error: reportArgumentType
    with stop_on_signal(ticks):  # error: attr-defined  # pyright-error: reportGeneralTypeIssues
        pass


left = Leftover(channel="Ticks", consumer="screen", pending=1, in_flight=0, event=None)
Leftover("Ticks", "screen", 1, 0, None)  # error: call-arg  # pyright-error: reportCallIssue
