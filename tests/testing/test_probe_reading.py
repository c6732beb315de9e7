"""probe with a capacity, an overflow policy, or over a Consumer: a slow consumer, which reads when it is asked to."""

from __future__ import annotations

import asyncio

import pytest

from async_channel import (
    Channel,
    ChannelClosed,
    ChannelEmpty,
    Consumer,
    ConsumerClosed,
    ConsumerLagged,
    Overflow,
    conflate_by,
)
from async_channel.testing import probe

pytestmark = pytest.mark.virtual_time


def time() -> float:
    return asyncio.get_running_loop().time()


async def test_it_reads_when_asked_and_senders_wait_meanwhile() -> None:
    ticks: Channel[int] = Channel("Ticks")
    async with probe(ticks, capacity=2) as p:
        sending = asyncio.create_task(ticks.send_many(range(5)))
        await asyncio.sleep(1)
        assert ticks.stats().sent == 2
        await p.expect(0)
        await asyncio.sleep(1)
        assert ticks.stats().sent == 3
        await p.expect(1, 2, 3, 4)
        assert await sending == 5
    assert p.received == ((1.0, 0), (2.0, 1), (2.0, 2), (2.0, 3), (2.0, 4)), "its times are those of reading"
    assert ticks.stats().consumers == (), "it is closed with the block"


async def test_through_a_pipeline_too() -> None:
    ticks: Channel[int] = Channel("Ticks")
    async with probe(ticks.map(str), capacity=1, name="slow") as p:
        sending = asyncio.create_task(ticks.send_many([1, 2]))
        await asyncio.sleep(1)
        assert ticks.stats().sent == 1
        await p.expect("1", "2")
        await sending
        await ticks.stop()
        await p.expect_complete()


async def test_an_overflow_policy_acts_on_what_was_not_asked_for_yet() -> None:
    ticks: Channel[int] = Channel("Ticks")
    async with (
        probe(ticks, overflow=Overflow.LATEST) as latest,
        probe(ticks, capacity=2, overflow=Overflow.DROP_NEWEST) as oldest,
        probe(ticks, overflow=conflate_by(lambda n: n % 2)) as parity,
    ):
        await ticks.send_many(range(10))
        await latest.expect(9)
        await oldest.expect(0, 1)
        await parity.expect(8, 9)


async def test_missed_events_are_an_error_and_others_follow() -> None:
    ticks: Channel[int] = Channel("Ticks")
    async with probe(ticks, capacity=2, overflow=Overflow.FAIL) as p:
        await ticks.send_many(range(5))
        error = await p.expect_error(ConsumerLagged)
        assert error.missed == 3
        await p.expect(3, 4)
        await ticks.send_many(range(5))
        with pytest.raises(AssertionError, match="expected 0, and got error ConsumerLagged"):
            await p.expect(0)
        await p.expect(3, 4)


async def test_an_event_is_waited_for_and_the_limit_holds() -> None:
    ticks: Channel[int] = Channel("Ticks")
    async with probe(ticks, capacity=4) as p:
        asyncio.get_running_loop().call_later(5.0, ticks.send_nowait, 1)
        await p.expect(1, within=5.0)
        with pytest.raises(AssertionError, match="expected 2 within 3 s, and nothing came from 5 s to 8 s"):
            await p.expect(2, within=3.0)
        await ticks.send(2)
        await asyncio.sleep(1)
        assert ticks.stats().consumers[0].pending == 1, "it reads no more when it has stopped waiting"
        await p.expect(2)


async def test_a_silence_is_watched_from_when_it_is_said() -> None:
    ticks: Channel[int] = Channel("Ticks")
    async with probe(ticks, capacity=4) as p:
        p.expect_no_events(for_=1.0)
        await asyncio.sleep(2)
        await ticks.send_many([1, 2, 3])
        await asyncio.sleep(1)
        assert ticks.stats().consumers[0].pending == 3, "it reads nothing any more when the time is over"
        await p.expect(1, 2, 3)
        p.expect_no_events(for_=1.0)
        await asyncio.sleep(0.5)
        await ticks.send(4)
        await asyncio.sleep(5)
        with pytest.raises(AssertionError, match=r"expected no events for 1 s from 3 s on, and got 4 at 3\.5 s"):
            await p.expect(4)


async def test_what_is_pending_fails_the_block() -> None:
    ticks: Channel[int] = Channel("Ticks")
    with pytest.raises(AssertionError) as caught:
        async with probe(ticks, capacity=4) as p:
            await ticks.send_many([1, 2, 3])
            await p.expect(1)
            await asyncio.sleep(1)
            await ticks.stop()
    assert str(caught.value) == (
        "probe 'Ticks': the block is over, and nobody asked for:\n"
        "  2 at 1 s\n"
        "  3 at 1 s\n"
        "  completion at 1 s\n"
        "ask for it: await p.expect(...); or let it pass: await p.cancel_and_ignore()"
    )


async def test_nothing_is_read_after_cancel() -> None:
    ticks: Channel[int] = Channel("Ticks")
    async with probe(ticks, capacity=4) as p:
        waiting = asyncio.create_task(p.next())
        await asyncio.sleep(1)
        p.cancel()
        await ticks.send(1)
        with pytest.raises(AssertionError, match="nothing comes any more: it was cancelled at 1 s"):
            await waiting
    assert p.received == ()


# ---- over a Consumer


async def test_a_consumer_is_read_as_it_is_and_stays_open() -> None:
    ticks: Channel[int] = Channel("Ticks")
    async with Consumer(ticks, filter_func=lambda n: n % 2 == 0, capacity=3, name="even") as consumer:
        async with probe(consumer) as p:
            assert p.name == "even"
            await ticks.send_many(range(3))
            await p.expect(0, 2)
            with pytest.raises(AssertionError, match="probe 'even': expected 4 within 86400 s, and nothing came"):
                await p.expect(4)
        await ticks.send(4)
        assert await consumer.get() == 4
        async with probe(consumer) as p:
            p.cancel()
        assert not consumer.exhausted
    with pytest.raises(TypeError, match=r"probe\('even'\) takes no capacity and no overflow: a Consumer has its own"):
        probe(consumer, capacity=3)


async def test_a_consumer_that_is_closed_meanwhile_is_an_error_if_asked_and_nothing_at_the_end() -> None:
    ticks: Channel[int] = Channel("Ticks")
    consumer = Consumer(ticks)
    async with probe(consumer) as p:
        asyncio.get_running_loop().call_later(1.0, consumer.close)
        await p.expect_error(ConsumerClosed)
    assert time() == 1
    async with probe(Consumer(ticks)) as p:
        p._source.close()  # type: ignore[union-attr]  # it is the consumer
    assert p.received == ()


@pytest.mark.parametrize(
    "error", [ChannelClosed("mine"), ChannelEmpty("mine"), ConsumerClosed("mine"), ValueError("x")]
)
@pytest.mark.parametrize("waiting", [True, False])
async def test_what_the_stream_failed_with_is_told_from_what_reading_raises(error: Exception, waiting: bool) -> None:
    ticks: Channel[int] = Channel("Ticks")
    async with probe(ticks, capacity=4) as p:
        if waiting:
            asyncio.get_running_loop().call_later(1.0, ticks.on_error, error)
        else:
            ticks.on_error(error)
        assert await p.expect_error(type(error)) is error


async def test_an_error_that_looks_like_nothing_pending_is_not_overlooked_at_the_end() -> None:
    ticks: Channel[int] = Channel("Ticks")
    with pytest.raises(AssertionError, match=r"nobody asked for:\n  error ChannelEmpty\('mine'\) at 0 s"):
        async with probe(ticks, capacity=4):
            ticks.on_error(ChannelEmpty("mine"))


async def test_a_stream_that_failed_with_missed_events_is_told_once() -> None:
    ticks: Channel[int] = Channel("Ticks")
    error = ConsumerLagged("mine", missed=1)
    async with probe(ticks, capacity=4) as p:
        ticks.on_error(error)
        assert await p.expect_error(ConsumerLagged) is error
        p.expect_no_events(for_=1.0)
