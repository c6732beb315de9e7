"""The examples of docs/testing.md: the page shows all of this file, block by block."""

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable

import pytest

from async_channel import Channel, ChannelKey, Consumer, Stream, clock, event, from_async_iterable
from async_channel.recording import Recording
from async_channel.replay import replay
from async_channel.testing import ChannelFactory, assert_marbles, explore, marbles, probe
from async_channel.testing.conformance import ColdPublishers, Element, PublisherRules, SubscriptionRules


def searches(keystrokes: Stream[str]) -> Stream[str]:
    return keystrokes.debounce(3.0)


def test_a_search_begins_when_nobody_types_for_three_seconds() -> None:
    assert_marbles(searches(marbles("a-bc------d-|")), "------c-----(d|)")


def quotes(symbols: Stream[str], fetch: Callable[[str], Awaitable[float]]) -> Stream[float]:
    async def with_retries(symbol: str) -> float:
        for pause in (1.0, 2.0, 4.0):
            try:
                return await fetch(symbol)
            except ConnectionError:
                await asyncio.sleep(pause)
        return await fetch(symbol)

    return symbols.map_async(with_retries)


class Exchange:
    """Stands in for the real one: the first few requests fail."""

    def __init__(self, failures: int) -> None:
        self.failures = failures

    async def fetch(self, symbol: str) -> float:
        self.failures -= 1
        if self.failures >= 0:
            raise ConnectionError(symbol)
        return 64.0


def test_a_request_that_fails_is_tried_again_after_one_second_and_after_two_more() -> None:
    assert_marbles(quotes(marbles("b-----|"), Exchange(failures=2).fetch), "---x--|", {"x": 64.0})


def test_after_four_requests_and_seven_seconds_the_stream_fails() -> None:
    assert_marbles(quotes(marbles("b-----|"), Exchange(failures=4).fetch), "-------#", error=ConnectionError)


@pytest.mark.virtual_time
async def test_a_slow_consumer_holds_the_producer_back(channel_factory: ChannelFactory) -> None:
    orders: Channel[str] = channel_factory("Orders")
    sent_at: list[float] = []

    async def produce() -> None:
        for order in "abcd":
            await orders.send(order)
            sent_at.append(clock.now())

    async with probe(orders, capacity=2) as slow, asyncio.TaskGroup() as tasks:
        tasks.create_task(produce())
        for order in "abcd":
            await asyncio.sleep(60)
            await slow.expect(order)
    assert sent_at == [0.0, 0.0, 60.0, 120.0]  # two there is room for; each of the others waits until one is read


@event
class Candle:
    first: float
    high: float
    low: float
    last: float


def candles(prices: Stream[float]) -> Stream[Candle]:
    hours = prices.buffer(seconds=3600).filter(bool)
    return hours.map(lambda hour: Candle(hour[0], max(hour), min(hour), hour[-1]))


@pytest.mark.virtual_time
async def test_a_candle_is_one_hour_and_an_hour_without_prices_has_none(channel_factory: ChannelFactory) -> None:
    prices: Channel[float] = channel_factory("Prices")
    async with probe(candles(prices)) as p:
        for price in (64.0, 66.0, 63.0, 65.0):
            await prices.send(price)
            await asyncio.sleep(1000)
        await p.expect(Candle(64.0, 66.0, 63.0, 65.0))
        await p.expect_no_events(for_=7200)
        await prices.send(70.0)
        await p.expect(Candle(70.0, 70.0, 70.0, 70.0))
        assert [received.time for received in p.received] == [3600, 14_400]


async def work(jobs: Channel[str], mine: Consumer[str], handle: Callable[[str], Awaitable[None]]) -> None:
    async for job in mine:
        try:
            await handle(job)
        except asyncio.CancelledError:
            jobs.send_nowait(job)  # to whoever goes on
            raise


@explore(schedules=200, cancellations=True)
async def test_a_job_is_done_although_its_worker_is_cancelled() -> None:
    done: list[str] = []

    async def handle(job: str) -> None:
        await asyncio.sleep(1)
        done.append(job)

    async with Channel[str]("Jobs") as jobs, Consumer(jobs) as shared:
        workers = [asyncio.create_task(work(jobs, shared, handle)) for _ in range(2)]
        await jobs.send_many(["a", "b", "c"])
        await asyncio.sleep(60)
    await asyncio.wait(workers)
    assert sorted(done) == ["a", "b", "c"]


PRICES = ChannelKey("Prices", float)


@pytest.mark.virtual_time
async def test_the_candles_of_a_recorded_morning(channel_factory: ChannelFactory) -> None:
    morning = Recording([PRICES], [("Prices", 0.0, 64.0), ("Prices", 1800.0, 66.0), ("Prices", 3601.0, 65.0)])
    prices = channel_factory(float, "Prices")
    async with probe(candles(prices)) as p:
        await replay(morning, {"Prices": prices})
        await p.expect(Candle(64.0, 66.0, 64.0, 66.0), Candle(65.0, 65.0, 65.0, 65.0))


async def ticks(lines: AsyncIterable[bytes]) -> AsyncIterator[int]:
    async for line in lines:
        yield int(line)


async def lines_of(source: AsyncIterable[Element]) -> AsyncIterator[bytes]:
    async for element in source:
        yield b"%d\n" % element.number


class TestTicks(PublisherRules, SubscriptionRules):
    @pytest.fixture
    def publishers(self) -> ColdPublishers[int]:
        return ColdPublishers(
            lambda source: from_async_iterable(lambda: ticks(lines_of(source))),
            expected=lambda elements: [element.number for element in elements],
        )
