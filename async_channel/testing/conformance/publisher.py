"""Section 1: what a publisher must keep to."""

# ruff: noqa: D102  a test is documented by its name, and by the rule it is named after

from __future__ import annotations

import asyncio
import random
import weakref
from itertools import cycle
from typing import Any

from async_channel.testing.conformance.harness import Ended, failure, play
from async_channel.testing.conformance.protocols import PublisherFactory
from async_channel.testing.conformance.running import let_go, must, on_the_clock, skip_unless
from async_channel.testing.conformance.source import SILENT


class PublisherRules:
    """Holds a publisher to section 1. Subclass it under a name that pytest collects, with a fixture `publishers`.

    >>> import pytest
    >>> from async_channel.testing.conformance import Element, PublisherFactory, StreamPublishers
    >>> class TestSquares(PublisherRules):
    ...     @pytest.fixture
    ...     def publishers(self) -> PublisherFactory[int]:
    ...         return StreamPublishers(
    ...             lambda elements: elements.map(lambda element: element.number**2),
    ...             expected=lambda elements: [element.number**2 for element in elements],
    ...         )

    Each test is named after its rule, and can be called without pytest, with the factory as its argument; `verify` does
    so with all of them. The idea is that of the Reactive Streams TCK.
    """

    @on_the_clock
    async def test_required_spec101_the_source_is_not_run_ahead_of_what_was_asked_for(
        self, publishers: PublisherFactory[Any]
    ) -> None:
        traits, room = publishers.traits, 4
        async with play(publishers, 100, SILENT, burst=True) as played:
            reader = await played.subscriber(room)
            if traits.lossy:  # the source may run ahead, but what is kept of it may not grow
                await played.settle()
                events, _ = await played.drain(reader)
                played.check(events, behind=True)
                must(len(events) <= room + traits.slack, f"{len(events)} events were kept, with a capacity of {room}")
                return
            for read in range(10):
                await played.settle()
                most = (read + (room if traits.sized else 0) + traits.slack) * traits.every
                taken = played.source.taken
                must(taken <= most, f"with {read} events read, {taken} were taken of the source, and not up to {most}")
                played.check(await played.take(reader, 1), skipped=read)

    @on_the_clock
    async def test_required_spec102_it_may_end_before_all_came_that_was_asked_for(
        self, publishers: PublisherFactory[Any]
    ) -> None:
        async with play(publishers, 3) as played:
            events, ended = await played.rest(await played.subscriber())
            played.check_all(events)
            played.check_end(ended)

    @on_the_clock
    async def test_stochastic_spec103_events_and_then_the_end_come_one_after_another(
        self, publishers: PublisherFactory[Any]
    ) -> None:
        traits = publishers.traits
        for seed in range(8):
            chance = random.Random(seed)  # noqa: S311  a schedule, not a secret
            pauses = [chance.choice([0.0, 0.0, 0.1, 0.5]) * traits.beat for _ in range(13)]
            dawdles = cycle([chance.choice([0.0, 0.3]) * traits.beat for _ in range(25)])
            async with play(publishers, 12, pause=pauses.__getitem__) as played:
                readers = await played.subscribers(2 if traits.multicast else 1)
                came = await asyncio.gather(*(played.rest(reader, dawdles.__next__) for reader in readers))
                for events, ended in came:
                    played.check_all(events, behind=True)
                    if traits.overrun is None or not isinstance(ended.error, traits.overrun):
                        played.check_end(ended)

    @on_the_clock
    async def test_required_spec104_a_failure_is_told_after_the_events_before_it(
        self, publishers: PublisherFactory[Any]
    ) -> None:
        for count, burst in ((0, False), (3, False), (3, not publishers.traits.lossy)):
            async with play(publishers, count, failure(), burst=burst) as played:
                events, ended = await played.rest(await played.subscriber())
                played.check_all(events)
                played.check_error(ended)

    @on_the_clock
    async def test_required_spec104_a_failure_is_told_to_every_subscriber(
        self, publishers: PublisherFactory[Any]
    ) -> None:
        skip_unless(publishers.traits.multicast, "one subscriber only")
        async with play(publishers, 2, failure()) as played:
            for events, ended in await asyncio.gather(*map(played.rest, await played.subscribers(3))):
                played.check_all(events)
                played.check_error(ended)

    @on_the_clock
    async def test_required_spec105_the_end_is_told_after_the_last_event(
        self, publishers: PublisherFactory[Any]
    ) -> None:
        async with play(publishers, 5, burst=not publishers.traits.lossy) as played:
            reader = await played.subscriber()
            events = await played.take(reader, 5)
            played.check_all(events)
            played.check_end(await played.read(reader, "the end"))

    @on_the_clock
    async def test_optional_spec105_an_empty_stream_ends(self, publishers: PublisherFactory[Any]) -> None:
        async with play(publishers, 0) as played:
            events, ended = await played.rest(await played.subscriber())
            played.check_all(events)
            played.check_end(ended)

    @on_the_clock
    async def test_required_spec106_a_subscription_that_has_ended_is_held_by_nobody(
        self, publishers: PublisherFactory[Any]
    ) -> None:
        endings = [failure(), None] if publishers.traits.completes else [failure()]
        for ending in endings:
            async with play(publishers, 2, ending) as played:
                reader = await played.subscriber()
                await played.rest(reader)
                watched = weakref.ref(reader)
                del reader
                must(await let_go(watched, played.settle), "the subscription is still held after its end was told")

    @on_the_clock
    async def test_required_spec107_nothing_comes_after_the_end(self, publishers: PublisherFactory[Any]) -> None:
        async with play(publishers, 2) as played:
            reader = await played.subscriber()
            await played.rest(reader)
            for _ in range(3):
                outcome = await played.read(reader, "a read after the end")
                must(isinstance(outcome, Ended), f"{outcome} came after the end")

    @on_the_clock
    async def test_required_spec107_nothing_comes_after_an_error(self, publishers: PublisherFactory[Any]) -> None:
        async with play(publishers, 2, failure()) as played:
            reader = await played.subscriber()
            await played.rest(reader)
            for _ in range(3):
                outcome = await played.read(reader, "a read after the error")
                must(isinstance(outcome, Ended), f"{outcome} came after the error")

    @on_the_clock
    async def test_required_spec107_nothing_comes_after_an_overrun(self, publishers: PublisherFactory[Any]) -> None:
        overrun = publishers.traits.overrun
        skip_unless(overrun is not None, "who falls behind is not told so")
        async with play(publishers, 50, SILENT, burst=True) as played:
            reader = await played.subscriber(4)
            await played.settle()
            _, ended = await played.drain(reader)
            must(ended is not None and isinstance(ended.error, overrun or ()), f"who fell behind came to {ended}")
            for _ in range(3):
                outcome = await played.read(reader, "a read after the overrun")
                must(isinstance(outcome, Ended), f"{outcome} came after the overrun")

    @on_the_clock
    async def test_required_spec108_who_has_closed_gets_nothing_while_others_read_on(
        self, publishers: PublisherFactory[Any]
    ) -> None:
        traits = publishers.traits
        async with play(publishers, 6, SILENT) as played:
            readers = await played.subscribers(2 if traits.multicast else 1)
            for events in await asyncio.gather(*(played.take(reader, 2) for reader in readers)):
                played.check(events)
            gone, *others = readers
            await played.closed(gone)
            after = played.begin(gone)
            for reader in others:
                played.check_all(await played.take(reader, 4), skipped=2)
            await asyncio.sleep(6 * traits.beat)
            if after.done() and not after.cancelled():
                must(isinstance(after.result(), Ended), f"{after.result()} came after close()")
            after.cancel()
            for _ in range(3):
                outcome = await played.read(gone, "a read after close()")
                must(isinstance(outcome, Ended), f"{outcome} came after close()")

    @on_the_clock
    async def test_required_spec109_subscribing_returns_a_subscription_before_anything_is_told(
        self, publishers: PublisherFactory[Any]
    ) -> None:
        async with play(publishers, 2, failure()) as played:
            now = asyncio.get_running_loop().time()
            reader = await played.subscriber()  # whatever is to be told comes out of that
            must(asyncio.get_running_loop().time() - now < played.traits.beat, "subscribe() waited for an event")
            played.check_all(await played.take(reader, 2))

    @on_the_clock
    async def test_required_spec109_who_comes_after_a_failure_is_told_by_the_subscription(
        self, publishers: PublisherFactory[Any]
    ) -> None:
        async with play(publishers, 0, failure()) as played:
            await played.rest(await played.subscriber())
            skip_unless(publishers.traits.multicast, "one subscriber only")
            played.check_error(await played.read(await played.subscribe(), "the first read after a failure"))

    @on_the_clock
    async def test_optional_spec110_each_subscription_is_another_one(self, publishers: PublisherFactory[Any]) -> None:
        skip_unless(publishers.traits.multicast, "one subscriber only")
        async with play(publishers, 4, SILENT) as played:
            first, second, third = readers = await played.subscribers(3)
            must(len({id(reader) for reader in readers}) == 3, "one subscription was given out twice")
            await played.closed(second)
            for events in await asyncio.gather(played.take(first, 4), played.take(third, 4)):
                played.check_all(events)

    @on_the_clock
    async def test_required_spec110_one_subscriber_only_is_said_at_the_second(
        self, publishers: PublisherFactory[Any]
    ) -> None:
        skip_unless(not publishers.traits.multicast, "it may have several subscribers")
        async with play(publishers, 2, SILENT) as played:
            first = await played.subscriber()
            try:
                second = await played.subscribe()
            except Exception:
                played.check_all(await played.take(first, 2))
            else:
                outcome = await played.read(second, "a second subscription")
                must(isinstance(outcome, Ended), f"{outcome} came to the second subscription of one subscriber only")

    @on_the_clock
    async def test_optional_spec111_all_subscribers_get_the_same_one_by_one(
        self, publishers: PublisherFactory[Any]
    ) -> None:
        skip_unless(publishers.traits.multicast, "one subscriber only")
        async with play(publishers, 5, SILENT) as played:
            for events in await asyncio.gather(*(played.take(one, 5) for one in await played.subscribers(3))):
                played.check_all(events)

    @on_the_clock
    async def test_optional_spec111_all_subscribers_get_the_same_and_the_end_however_slow_they_are(
        self, publishers: PublisherFactory[Any]
    ) -> None:
        traits = publishers.traits
        skip_unless(traits.multicast, "one subscriber only")
        async with play(publishers, 10, burst=True) as played:
            readers = await played.subscribers(3, capacity=2)
            paces = (lambda: 0.0, lambda: 0.3 * traits.beat, lambda: traits.beat)
            came = await asyncio.gather(*(played.rest(*each) for each in zip(readers, paces, strict=True)))
            for events, ended in came:
                played.check_all(events, behind=True)
                if traits.overrun is None or not isinstance(ended.error, traits.overrun):
                    played.check_end(ended)

    @on_the_clock
    async def test_optional_spec111_one_subscriber_that_closes_holds_back_nobody(
        self, publishers: PublisherFactory[Any]
    ) -> None:
        skip_unless(publishers.traits.multicast, "one subscriber only")
        async with play(publishers, 10, SILENT, burst=True) as played:
            reader, slow = await played.subscribers(2, capacity=2)
            reading = asyncio.ensure_future(played.drain(reader))
            await played.settle()
            await played.closed(slow)
            events, ended = await reading
            played.check_all(events, behind=True)
            must(bool(events) or ended is not None, "nothing came")
