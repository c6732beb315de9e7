"""Section 3: what a subscription must keep to: reading, which asks for an event, and closing, which cancels."""

# ruff: noqa: D102  a test is documented by its name, and by the rule it is named after

from __future__ import annotations

import asyncio
import math
import sys
import weakref
from typing import Any

from async_channel import clock
from async_channel.testing.conformance.harness import Ended, Got, failure, play
from async_channel.testing.conformance.protocols import PublisherFactory
from async_channel.testing.conformance.running import Steps, let_go, must, on_the_clock, skip_unless
from async_channel.testing.conformance.source import SILENT

DEEPER = 40
"""How many frames more than at first are no recursion yet: an event may take another path than the first."""


class SubscriptionRules:
    """Holds the subscriptions of a publisher to section 3; to be used as `PublisherRules` is, best together with it."""

    @on_the_clock
    async def test_optional_spec301_a_read_on_a_foreign_event_loop_is_refused(
        self, publishers: PublisherFactory[Any]
    ) -> None:
        async with play(publishers, 1, SILENT) as played:
            reader = await played.subscriber()
            mine = played.begin(reader)
            await asyncio.sleep(0)

            async def read_there() -> object:
                reading = asyncio.ensure_future(reader.get())
                done, _ = await asyncio.wait({reading}, timeout=played.traits.patience)
                return reading.exception() if done else None

            refused = await asyncio.to_thread(lambda: clock.run(read_there(), speed=math.inf))
            must(refused is not None, "a read on another loop waits there, and nobody wakes it")
            outcome = await played.finish(mine, "the read on its own loop")
            must(isinstance(outcome, Got), f"{outcome} came to the read on its own loop")

    @on_the_clock
    async def test_required_spec302_a_read_may_begin_at_once_and_while_an_event_is_handled(
        self, publishers: PublisherFactory[Any]
    ) -> None:
        async with play(publishers, 4, SILENT) as played:
            reader = await played.subscribe()
            events: list[Any] = []
            finished = asyncio.Event()

            def handle(reading: asyncio.Task[Any]) -> None:
                outcome = Ended() if reading.cancelled() else reading.result()
                if isinstance(outcome, Got) and len(events) < 4:
                    events.append(outcome.event)
                    played.begin(reader).add_done_callback(handle)
                if len(events) == 4:
                    finished.set()

            played.begin(reader).add_done_callback(handle)  # before anything is published
            await asyncio.sleep(0)
            played.start()
            waiting = asyncio.ensure_future(finished.wait())
            await asyncio.wait({waiting}, timeout=played.traits.patience)
            waiting.cancel()
            played.check_all(events)

    @on_the_clock
    async def test_required_spec303_the_stack_does_not_grow_with_the_events(
        self, publishers: PublisherFactory[Any]
    ) -> None:
        count = 2 * sys.getrecursionlimit()
        async with play(publishers, count, SILENT, burst=True) as played:
            reader = await played.subscriber()
            if publishers.traits.lossy:
                await played.settle()
                events, _ = await played.drain(reader)
            else:
                events = await played.take(reader, count)
            played.check_all(events, behind=True)
            deep = max(played.source.depths)
            first = played.source.depths[0]
            must(deep <= first + DEEPER, f"the source was asked {deep} frames deep, and {first} the first time")

    @on_the_clock
    async def test_optional_spec304_a_read_that_waits_obstructs_nobody(self, publishers: PublisherFactory[Any]) -> None:
        async with play(publishers, 1, SILENT, pause=100 * publishers.traits.beat) as played:
            reader = await played.subscriber()
            steps = Steps(reader.get())
            reading = asyncio.ensure_future(steps)
            for _ in range(100):
                await asyncio.sleep(0)
            took = steps.count
            if took >= 50:
                reading.cancel()
            must(took < 50, f"in 100 turns of the loop a read that waits took {took}: it polls")
            await asyncio.wait({reading}, timeout=played.traits.patience)
            must(reading.done(), "a read waited for ever")
            played.check_all([reading.result()])

    @on_the_clock
    async def test_required_spec305_closing_takes_no_time_however_slow_the_source_is(
        self, publishers: PublisherFactory[Any]
    ) -> None:
        async with play(publishers, 2, SILENT, pause=100 * publishers.traits.beat) as played:
            reader = await played.subscriber()
            await played.settle()
            await played.closed(reader)
            await played.closed(reader)

    @on_the_clock
    async def test_required_spec306_a_read_after_closing_ends_at_once_and_takes_nothing(
        self, publishers: PublisherFactory[Any]
    ) -> None:
        traits = publishers.traits
        async with play(publishers, 3, SILENT, burst=not traits.lossy) as played:
            gone, *others = await played.subscribers(2 if traits.multicast else 1)
            await played.settle()  # so some events are pending
            await played.closed(gone)
            for _ in range(3):
                now = asyncio.get_running_loop().time()
                outcome = await played.read(gone, "a read after close()")
                must(isinstance(outcome, Ended), f"{outcome} came after close()")
                must(asyncio.get_running_loop().time() - now < traits.beat, "a read after close() waited")
            for reader in others:
                played.check_all(await played.take(reader, 3))

    @on_the_clock
    async def test_required_spec307_closing_again_does_nothing_more(self, publishers: PublisherFactory[Any]) -> None:
        traits = publishers.traits
        async with play(publishers, 5, SILENT) as played:
            gone, *others = await played.subscribers(2 if traits.multicast else 1)
            await asyncio.gather(*(played.take(reader, 2) for reader in (gone, *others)))
            for _ in range(3):
                await played.closed(gone)
            for reader in others:
                played.check_all(await played.take(reader, 3), skipped=2)

    @on_the_clock
    async def test_required_spec308_each_read_gets_an_event_however_long_ago_it_began(
        self, publishers: PublisherFactory[Any]
    ) -> None:
        beat = publishers.traits.beat
        async with play(publishers, 4, SILENT, pause=lambda number: 30 * beat if number % 2 else beat) as played:
            played.check_all(await played.take(await played.subscriber(1), 4))

    @on_the_clock
    async def test_required_spec308_each_read_lets_one_more_event_come(self, publishers: PublisherFactory[Any]) -> None:
        skip_unless(not publishers.traits.lossy, "the source is never held back")
        count = 20
        async with play(publishers, count, SILENT, burst=True) as played:
            reader = await played.subscriber(3)
            for read in range(count):
                await played.settle()  # so it is full
                played.check(await played.take(reader, 1), skipped=read)

    @on_the_clock
    async def test_required_spec309_a_negative_capacity_is_refused(self, publishers: PublisherFactory[Any]) -> None:
        skip_unless(publishers.traits.sized, "it has no capacity")
        async with play(publishers, 2, SILENT) as played:
            for capacity in (-1, -(2**63)):
                try:
                    await played.subscribe(capacity)
                except (ValueError, TypeError) as error:
                    must(bool(str(error)), "it was refused, and not said why")
                else:
                    raise AssertionError(f"a subscription with a capacity of {capacity} was not refused")

    @on_the_clock
    async def test_required_spec309_a_capacity_of_nothing_is_not_without_bound(
        self, publishers: PublisherFactory[Any]
    ) -> None:
        traits = publishers.traits
        skip_unless(traits.sized, "it has no capacity")
        async with play(publishers, 50, SILENT, burst=True) as played:
            try:
                reader = await played.subscriber(0)
            except (ValueError, TypeError) as error:
                must(bool(str(error)), "it was refused, and not said why")
                return
            await played.settle()
            events, _ = await played.drain(reader) if traits.lossy else ([None] * played.source.taken, None)
            must(len(events) <= traits.slack * traits.every, f"{len(events)} events came, with a capacity of 0")

    @on_the_clock
    async def test_optional_spec310_an_event_that_is_there_comes_at_once(
        self, publishers: PublisherFactory[Any]
    ) -> None:
        traits = publishers.traits
        async with play(publishers, 3, SILENT, burst=True) as played:
            reader = await played.subscriber()
            await played.settle()
            now = asyncio.get_running_loop().time()
            events = await played.take(reader, 1 if traits.lossy else 3)
            played.check(events, behind=True)
            must(asyncio.get_running_loop().time() - now < traits.beat / 2, "a read waited, with an event there")

    @on_the_clock
    async def test_optional_spec311_an_end_that_is_there_is_told_at_once(
        self, publishers: PublisherFactory[Any]
    ) -> None:
        for ending in (failure(), None) if publishers.traits.completes else (failure(),):
            async with play(publishers, 0, ending, burst=True) as played:
                reader = await played.subscriber()
                await played.settle()
                now = asyncio.get_running_loop().time()
                await played.rest(reader)
                took = asyncio.get_running_loop().time() - now
                must(took < played.traits.beat / 2, "a read waited, with the end there")

    @on_the_clock
    async def test_required_spec312_closing_ends_a_read_that_waits(self, publishers: PublisherFactory[Any]) -> None:
        async with play(publishers, 0, SILENT) as played:
            reader = await played.subscriber()
            reading = played.begin(reader)
            await played.settle()
            await played.closed(reader)
            outcome = await played.finish(reading, "a read that waited when the subscription was closed")
            must(isinstance(outcome, Ended), f"{outcome} came after close()")

    @on_the_clock
    async def test_required_spec312_closing_lets_go_of_a_source_of_its_own(
        self, publishers: PublisherFactory[Any]
    ) -> None:
        skip_unless(publishers.traits.cold, "the source is not the subscription's own")
        async with play(publishers, 1000, SILENT) as played:
            reader = await played.subscriber()
            await played.take(reader, 2)
            await played.closed(reader)
            await played.settle()
            taken = played.source.taken
            await asyncio.sleep(10 * played.traits.beat)
            must(played.source.taken == taken, f"{played.source.taken - taken} events were taken after close()")
            must(not played.source.open, "the source was not closed")

    @on_the_clock
    async def test_required_spec313_a_subscription_that_was_closed_is_held_by_nobody(
        self, publishers: PublisherFactory[Any]
    ) -> None:
        async with play(publishers, 3, SILENT) as played:
            reader = await played.subscriber()
            played.check(await played.take(reader, 1))
            await played.closed(reader)
            watched = weakref.ref(reader)
            del reader
            must(await let_go(watched, played.settle), "the subscription is still held after close()")

    @on_the_clock
    async def test_required_spec313_what_was_pending_is_let_go_of(self, publishers: PublisherFactory[Any]) -> None:
        async with play(publishers, 5, SILENT, burst=True) as played:
            reader = await played.subscriber()
            await played.settle()
            await played.closed(reader)
            del reader  # only the publisher is asked: who reads may hold what it was given
            for ref in played.source.given[:4]:  # and who was just sending the last may hold it
                must(
                    await let_go(ref, played.settle), f"after close() the elements {played.source.alive} are still held"
                )

    @on_the_clock
    async def test_optional_spec314_after_the_last_has_closed_another_may_come(
        self, publishers: PublisherFactory[Any]
    ) -> None:
        skip_unless(publishers.traits.multicast, "one subscriber only")
        async with play(publishers, 50, SILENT) as played:
            first = await played.subscriber()
            await played.take(first, 2)
            await played.closed(first)
            await played.read(await played.subscribe(), "the first read of who came after the last had closed")

    @on_the_clock
    async def test_required_spec315_closing_raises_nothing_in_any_state(
        self, publishers: PublisherFactory[Any]
    ) -> None:
        async with play(publishers, 3, SILENT) as played:
            await played.closed(await played.subscribe())  # before it publishes
        async with play(publishers, 3, SILENT) as played:
            reader = await played.subscriber()
            reading = played.begin(reader)
            await played.settle()
            await played.closed(reader)  # while it waits
            reading.cancel()
        for ending in (failure(), None) if publishers.traits.completes else (failure(),):
            async with play(publishers, 1, ending) as played:
                reader = await played.subscriber()
                await played.rest(reader)
                await played.closed(reader)  # after the end

    @on_the_clock
    async def test_required_spec316_a_read_that_is_cancelled_takes_nothing_with_it(
        self, publishers: PublisherFactory[Any]
    ) -> None:
        traits = publishers.traits
        async with play(publishers, 4, SILENT) as played:
            reader = await played.subscriber()
            for number in range(4):
                for _ in range(2):
                    reading = played.begin(reader)
                    await asyncio.sleep(traits.beat / 8)
                    reading.cancel()
                    await asyncio.wait({reading}, timeout=traits.patience)
                    must(reading.cancelled(), "a read that was cancelled did not end so")
                played.check(await played.take(reader, 1), skipped=number)

    @on_the_clock
    async def test_required_spec316_a_read_that_is_cancelled_as_its_event_comes_loses_nothing(
        self, publishers: PublisherFactory[Any]
    ) -> None:
        traits = publishers.traits
        for steps in range(12):
            async with play(publishers, 4, SILENT) as played:
                reader = await played.subscriber()
                played.check(await played.take(reader, 1))
                reading = played.begin(reader)
                await played.until_taken(2)
                for _ in range(steps):  # the event is on its way, so many steps of the loop
                    await asyncio.sleep(0)
                reading.cancel()
                await asyncio.wait({reading}, timeout=traits.patience)
                came = reading.done() and not reading.cancelled()
                played.check(await played.take(reader, 2 - came), skipped=1 + came)

    @on_the_clock
    async def test_required_spec317_a_capacity_may_be_as_large_as_a_number(
        self, publishers: PublisherFactory[Any]
    ) -> None:
        for capacity in (2**31, 2**63 - 1):
            async with play(publishers, 5, SILENT) as played:
                played.check_all(await played.take(await played.subscriber(capacity), 5))

    @on_the_clock
    async def test_required_spec317_there_may_be_any_number_of_reads(self, publishers: PublisherFactory[Any]) -> None:
        count = 2000
        async with play(publishers, count, SILENT, pause=publishers.traits.beat / 1000) as played:
            played.check_all(await played.take(await played.subscriber(), count))
