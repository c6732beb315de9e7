"""Section 4: what a processor, which reads a source and is itself read, must keep to besides sections 1, 2 and 3."""

# ruff: noqa: D102  a test is documented by its name, and by the rule it is named after

from __future__ import annotations

import asyncio
from typing import Any

from async_channel.testing.conformance.harness import failure, play
from async_channel.testing.conformance.protocols import PublisherFactory
from async_channel.testing.conformance.running import must, on_the_clock, skip_unless
from async_channel.testing.conformance.source import SILENT


class ProcessorRules:
    """Holds an operator to section 4; to be used together with `PublisherRules` and `SubscriptionRules`."""

    @on_the_clock
    async def test_required_spec401_what_was_asked_for_long_ago_is_asked_for_above(
        self, publishers: PublisherFactory[Any]
    ) -> None:
        beat = publishers.traits.beat
        async with play(publishers, 3, SILENT, pause=50 * beat) as played:
            reader = await played.subscriber(1)
            reading = played.begin(reader)
            await asyncio.sleep(49 * beat)
            must(not reading.done(), "a read ended before there was an event")
            await played.finish(reading, "a read that began long before its event")
            played.check_all(await played.take(reader, 2), skipped=1)

    @on_the_clock
    async def test_required_spec401_what_comes_above_goes_on_below_at_once(
        self, publishers: PublisherFactory[Any]
    ) -> None:
        beat = publishers.traits.beat
        async with play(publishers, 3, SILENT, pause=10 * beat) as played:
            reader = await played.subscriber()
            for number in range(3):
                played.check(await played.take(reader, 1), skipped=number)
                late = (
                    asyncio.get_running_loop().time() - played.source.times[(number + 1) * publishers.traits.every - 1]
                )
                must(late < beat, f"an event came {late:g} seconds after the element it was made of")

    @on_the_clock
    async def test_optional_spec401_closing_below_closes_the_source_above(
        self, publishers: PublisherFactory[Any]
    ) -> None:
        skip_unless(publishers.traits.cold, "the source is not the subscription's own")
        async with play(publishers, 100, SILENT) as played:
            reader = await played.subscriber()
            await played.take(reader, 2)
            await played.closed(reader)
            await played.settle()
            must(not played.source.open, "below it was closed, and the source above was not")

    @on_the_clock
    async def test_required_spec402_an_error_above_is_told_below_at_once(
        self, publishers: PublisherFactory[Any]
    ) -> None:
        beat = publishers.traits.beat
        async with play(publishers, 2, failure(), pause=10 * beat) as played:
            reader = await played.subscriber()
            played.check_all(await played.take(reader, 2))
            played.check_error(await played.read(reader, "the error"))
            late = asyncio.get_running_loop().time() - played.source.times[-1]
            must(late < beat, f"the error was told {late:g} seconds after it came")

    @on_the_clock
    async def test_required_spec402_after_an_error_nothing_is_asked_for_above(
        self, publishers: PublisherFactory[Any]
    ) -> None:
        async with play(publishers, 2, failure()) as played:
            reader = await played.subscriber()
            await played.rest(reader)
            await asyncio.sleep(10 * publishers.traits.beat)
            source = played.source
            must(not source.asked_after_end, "the source was asked for an element after its error was told")
            must(not source.open, "the source was not let go of after its error was told")
            must(source.begun == 1, "the source was begun anew after its error was told")
