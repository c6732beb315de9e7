"""The testing kit's probes and channels: they know the class of the events, and a test can't ask for others."""

from typing import reveal_type

from reactivex import Observable

from async_channel import Channel, Consumer, Overflow, conflate_by
from async_channel.testing import ChannelFactory, VirtualTime, probe, run_virtual
from tests.typing.cases._events import Order, Tick, is_large, tick_price


async def of_anything(ticks: Channel[Tick], numbers: Observable[int], orders: Consumer[Order]) -> None:
    reveal_type(probe(ticks))  # expect: TestConsumer[Tick]
    reveal_type(probe(ticks.map(tick_price)))  # expect: TestConsumer[float]
    reveal_type(probe(numbers, name="numbers", within=60))  # expect: TestConsumer[int]
    reveal_type(probe(orders))  # expect: TestConsumer[Order]
    reveal_type(probe(ticks, overflow=Overflow.LATEST))  # expect: TestConsumer[Tick]
    reveal_type(probe(ticks, capacity=2, overflow=conflate_by(tick_price)))  # expect: TestConsumer[Tick]


async def asked(ticks: Channel[Tick], order: Order, tick: Tick) -> None:
    async with probe(ticks) as p:
        reveal_type(p)  # expect: TestConsumer[Tick]
        await p.expect(tick, tick, within=1.0)
        p.expect_no_events(for_=1.0)
        await p.expect_no_events(for_=1.0)
        reveal_type(await p.next())  # expect: Tick
        reveal_type(await p.expect_that(lambda t: t.price > 1))  # expect: Tick
        reveal_type(await p.expect_error(ValueError, match="x"))  # expect: ValueError
        reveal_type(p.received[0].time)  # expect: float
        reveal_type(p.received[0].event)  # expect: Tick
        for time, event in p.received:
            reveal_type(time)  # expect: float
            reveal_type(event)  # expect: Tick
        p.cancel()
        await p.cancel_and_ignore()


async def refused(ticks: Channel[Tick], order: Order, tick: Tick) -> None:
    async with probe(ticks) as p:
        await p.expect(order)  # error: arg-type  # pyright-error: reportArgumentType
        await p.expect(tick, within="1")  # error: arg-type  # pyright-error: reportArgumentType
        await p.expect_that(is_large)  # error: arg-type  # pyright-error: reportArgumentType
        await p.expect_that(lambda t: t.nope)  # error: attr-defined  # pyright-error: reportAttributeAccessIssue
        await p.expect_error(ValueError("x"))  # error: arg-type  # pyright-error: reportArgumentType
        await p.expect_error(KeyboardInterrupt)  # error: type-var  # pyright-error: reportArgumentType
        await p.skip("all")  # error: arg-type  # pyright-error: reportArgumentType
        p.expect_no_events(1.0)  # error: call-arg  # pyright-error: reportCallIssue
        p.expect(tick)  # error: unused-coroutine  # pyright-error: reportUnusedCoroutine
        other: Order = await p.next()  # error: assignment  # pyright-error: reportAssignmentType
        _ = other
    _1 = probe([1, 2])  # error: arg-type, var-annotated  # pyright-error: reportArgumentType
    _2 = probe(ticks, 2)  # error: call-arg  # pyright-error: reportCallIssue
    _3 = probe(ticks, overflow="block")  # error: arg-type  # pyright-error: reportArgumentType
    _4 = probe(ticks, overflow=conflate_by(is_large))  # error: misc  # pyright-error: reportArgumentType
    _5 = probe(ticks, within="1")  # error: arg-type  # pyright-error: reportArgumentType
    with probe(ticks):  # error: attr-defined  # pyright-error: reportGeneralTypeIssues
        pass


def channels(channel_factory: ChannelFactory) -> None:
    reveal_type(channel_factory(Tick))  # expect: Channel[Tick]
    reveal_type(channel_factory(Tick, "Ticker", capacity=2))  # expect: Channel[Tick]
    numbers: Channel[int] = channel_factory("Numbers", capacity=2, replay=1)
    named: Channel[int] = channel_factory(name="Numbers")
    wrong: Channel[Order] = channel_factory(Tick)  # error: arg-type  # pyright-error: reportAssignmentType
    untold = channel_factory("Untold")  # error: var-annotated
    bad: Channel[int] = channel_factory(3)  # error: call-overload  # pyright-error: reportCallIssue, reportArgumentType
    _ = numbers, named, wrong, untold, bad


async def answer() -> int:
    return 42


def times(virtual_time: VirtualTime) -> None:
    reveal_type(virtual_time.run(answer()))  # expect: int
    reveal_type(virtual_time.now)  # expect: float
    reveal_type(run_virtual(answer(), start=1))  # expect: int
    virtual_time.run(answer)  # error: arg-type  # pyright-error: reportArgumentType
    virtual_time.now = 3.0  # error: misc  # pyright-error: reportAttributeAccessIssue
    VirtualTime(start="noon")  # error: arg-type  # pyright-error: reportArgumentType
    run_virtual(answer(), start="noon")  # error: arg-type  # pyright-error: reportArgumentType
