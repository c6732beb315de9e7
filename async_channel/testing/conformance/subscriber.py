"""Section 2: what a subscriber must keep to: whatever reads a source, handles its elements, and lets go of it."""

# ruff: noqa: D102  a test is documented by its name, and by the rule it is named after

from __future__ import annotations

import asyncio
import logging
import threading
from types import TracebackType
from typing import Any, Self, cast

from typing_extensions import override

from async_channel.testing.conformance.harness import Ended, failure
from async_channel.testing.conformance.protocols import SubscriberFactory
from async_channel.testing.conformance.running import let_go, must, on_the_clock
from async_channel.testing.conformance.source import SILENT, Element, Source


class HandlerFailed(Exception):
    """What a handler of the kit fails with."""


class _Reports(logging.Handler):
    """The errors that were told to somebody: logged with their traceback, or given to the loop's exception handler."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.errors: list[BaseException] = []

    @override
    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info and record.exc_info[1] is not None:
            self.errors.append(record.exc_info[1])

    def from_loop(self, _: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        if "exception" in context:
            self.errors.append(context["exception"])


class Audience:
    """One subscriber that reads a source in a task, what it handled and what it reported."""

    def __init__(self, factory: SubscriberFactory, source: Source, *, fail_at: int | None = None) -> None:
        self.traits = factory.traits
        self.source = source
        self.handled: list[Element] = []
        self.threads: set[int] = set()
        self.after_the_end = 0
        self._fail_at = fail_at
        self._reports = _Reports()
        self._reading = asyncio.ensure_future(self._read(factory))

    async def _read(self, factory: SubscriberFactory) -> Ended:
        try:
            await factory.read(self.source, self._handle)
        except Exception as error:
            return Ended(error.with_traceback(None))
        return Ended()

    def _handle(self, element: Element) -> None:
        self.after_the_end += self._reading.done()
        self.threads.add(threading.get_ident())
        self.handled.append(element)
        if len(self.handled) - 1 == self._fail_at:
            raise HandlerFailed("as it was told to")

    async def __aenter__(self) -> Self:
        logging.getLogger().addHandler(self._reports)
        asyncio.get_running_loop().set_exception_handler(self._reports.from_loop)
        return self

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._reading.cancel()
        await asyncio.wait({self._reading}, timeout=self.traits.patience)
        logging.getLogger().removeHandler(self._reports)

    @property
    def reading(self) -> bool:
        """Whether it has not come to its end."""
        return not self._reading.done()

    @property
    def reported(self) -> list[str]:
        """The errors it told somebody of, apart from what it raised."""
        return [repr(error) for error in self._reports.errors]

    async def end(self) -> Ended:
        """How it ended, which it must."""
        await asyncio.wait({self._reading}, timeout=self.traits.patience)
        must(self._reading.done(), f"with {len(self.handled)} elements handled, the subscriber waited for ever")
        must(not self._reading.cancelled(), "the subscriber was cancelled, by nobody who reads")
        return self._reading.result()

    async def stop(self) -> None:
        """Cancel it, which it must heed."""
        self._reading.cancel()
        await asyncio.wait({self._reading}, timeout=self.traits.patience)
        must(self._reading.done(), "the subscriber was cancelled, and reads on")

    async def settle(self) -> None:
        """Let everybody do what can be done at once."""
        await asyncio.sleep(self.traits.beat / 4)

    def check(self, count: int) -> None:
        """The first so many elements, and no others, were handled, in order."""
        numbers = [element.number for element in self.handled]
        must(numbers == list(range(count)), f"elements {numbers} were handled, not the first {count}")


def _source(subscribers: SubscriberFactory, count: int, ending: Any = None, *, burst: bool = False) -> Source:
    return Source(count, ending, pause=0.0 if burst else subscribers.traits.beat)


class SubscriberRules:
    """Holds a subscriber to section 2. Subclass it under a name that pytest collects, with a fixture `subscribers`.

    >>> import pytest
    >>> from collections.abc import AsyncIterable, Callable
    >>> from async_channel import Consumer, from_async_iterable
    >>> from async_channel.testing.conformance import Element, SubscriberFactory
    >>> class Batches(SubscriberFactory):
    ...     async def read(self, source: AsyncIterable[Element], handle: Callable[[Element], None]) -> None:
    ...         async with Consumer(from_async_iterable(source)) as consumer:
    ...             async for batch in consumer.batches():
    ...                 for element in batch:
    ...                     handle(element)
    >>> class TestBatches(SubscriberRules):
    ...     @pytest.fixture
    ...     def subscribers(self) -> SubscriberFactory:
    ...         return Batches()

    As with `PublisherRules`, each test is named after its rule and can be called without pytest.
    """

    @on_the_clock
    async def test_required_spec201_what_it_handles_is_what_it_asked_for(self, subscribers: SubscriberFactory) -> None:
        source = _source(subscribers, 5, SILENT)
        async with Audience(subscribers, source) as audience:
            await asyncio.sleep(20 * audience.traits.beat)
            audience.check(5)
            must(len(source.depths) >= 5, "it handled more elements than it asked for")

    @on_the_clock
    async def test_optional_spec202_it_does_not_starve_the_loop(self, subscribers: SubscriberFactory) -> None:
        count = 5000
        async with Audience(subscribers, _source(subscribers, count, burst=True)) as audience:
            turns = 0
            while audience.reading and turns < 4:
                turns += 1
                await asyncio.sleep(0)
            await audience.end()
            audience.check(count)
            must(turns >= 4, f"while it read {count} elements that were there, nobody else had a turn")

    @on_the_clock
    async def test_required_spec203_it_asks_for_nothing_as_the_end_is_told(
        self, subscribers: SubscriberFactory
    ) -> None:
        await _asks_no_more(subscribers, None)

    @on_the_clock
    async def test_required_spec203_it_asks_for_nothing_as_an_error_is_told(
        self, subscribers: SubscriberFactory
    ) -> None:
        await _asks_no_more(subscribers, failure())

    @on_the_clock
    async def test_required_spec204_a_source_that_has_ended_is_held_by_nobody(
        self, subscribers: SubscriberFactory
    ) -> None:
        for ending in (None, failure()):
            source = _source(subscribers, 2, ending)
            async with Audience(subscribers, source) as audience:
                await audience.end()
                if ending is not None:
                    ending.__traceback__ = None  # whose frames hold the source
                for iteration in source.iterations:
                    must(await let_go(iteration, audience.settle), "the source is still held after its end was told")

    @on_the_clock
    async def test_required_spec206_a_source_that_is_no_longer_needed_is_closed(
        self, subscribers: SubscriberFactory
    ) -> None:
        beat = subscribers.traits.beat
        for moment in (2.0, 2.5):  # as an element comes, and while one is waited for
            source = _source(subscribers, 100, SILENT)
            async with Audience(subscribers, source) as audience:
                await asyncio.sleep(moment * beat)
                await audience.stop()
                await audience.settle()
                must(not source.open, "the subscriber was cancelled, and did not close the source")
                taken = source.taken
                await asyncio.sleep(10 * beat)
                must(source.taken == taken, "the subscriber was cancelled, and the source read on")

    @on_the_clock
    async def test_required_spec206_a_source_is_closed_while_elements_wait(
        self, subscribers: SubscriberFactory
    ) -> None:
        source = _source(subscribers, 20_000, SILENT, burst=True)
        async with Audience(subscribers, source) as audience:
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            await audience.stop()
            await audience.settle()
            must(not source.open, "the subscriber was cancelled, and did not close the source")

    @on_the_clock
    async def test_required_spec207_the_source_is_called_by_one_at_a_time(self, subscribers: SubscriberFactory) -> None:
        for count, ending in ((5, None), (5, failure()), (100, SILENT)):
            source = _source(subscribers, count, ending)
            async with Audience(subscribers, source) as audience:
                await asyncio.sleep(8.5 * audience.traits.beat)
                await audience.stop()
                await audience.settle()
                must(not source.overlaps, "the source was called while a call of it was under way")

    @on_the_clock
    async def test_required_spec208_an_element_that_comes_as_it_stops_does_no_harm(
        self, subscribers: SubscriberFactory
    ) -> None:
        beat = subscribers.traits.beat
        for steps in range(8):
            source = _source(subscribers, 100, SILENT)
            async with Audience(subscribers, source) as audience:
                while source.taken < 3:  # noqa: ASYNC110  an event would come a step later
                    await asyncio.sleep(beat / 8)
                for _ in range(steps):
                    await asyncio.sleep(0)
                await audience.stop()
                await asyncio.sleep(10 * beat)
                audience.check(len(audience.handled))
                must(not audience.after_the_end, "an element was handled after the subscriber had stopped")
                must(not audience.reported, f"as it was stopped, {audience.reported} were reported")

    @on_the_clock
    async def test_required_spec209_the_end_may_come_before_any_element(self, subscribers: SubscriberFactory) -> None:
        for burst in (True, False):
            async with Audience(subscribers, _source(subscribers, 0, burst=burst)) as audience:
                ended = await audience.end()
                must(ended.error is None, f"the source completed, and the subscriber raised {ended}")
                audience.check(0)

    @on_the_clock
    async def test_required_spec209_the_end_may_come_after_elements(self, subscribers: SubscriberFactory) -> None:
        for burst in (True, False):
            async with Audience(subscribers, _source(subscribers, 3, burst=burst)) as audience:
                ended = await audience.end()
                must(ended.error is None, f"the source completed, and the subscriber raised {ended}")
                audience.check(3)

    @on_the_clock
    async def test_required_spec210_an_error_may_come_before_any_element(self, subscribers: SubscriberFactory) -> None:
        await _is_told(subscribers, 0)

    @on_the_clock
    async def test_required_spec210_an_error_may_come_after_elements(self, subscribers: SubscriberFactory) -> None:
        await _is_told(subscribers, 3)

    @on_the_clock
    async def test_required_spec211_what_another_thread_made_is_handled_on_the_loop(
        self, subscribers: SubscriberFactory
    ) -> None:
        source = Source(5, threaded=True)
        async with Audience(subscribers, source) as audience:
            await audience.end()
            audience.check(5)
            must(audience.threads == {threading.get_ident()}, "elements were handled outside the loop's thread")

    @on_the_clock
    async def test_required_spec213_a_handler_that_fails_is_not_passed_over_in_silence(
        self, subscribers: SubscriberFactory
    ) -> None:
        source = _source(subscribers, 4)
        async with Audience(subscribers, source, fail_at=1) as audience:
            ended = await audience.end()
            await audience.settle()
            if isinstance(ended.error, HandlerFailed):  # then it was the end
                audience.check(2)
                must(not source.open, "the subscriber failed, and did not close the source")
            else:
                told = any(name.startswith("HandlerFailed(") for name in audience.reported)
                must(told, "a handler failed, which was neither raised nor reported")
                audience.check(4)

    @on_the_clock
    async def test_required_spec213_none_is_an_element_as_any_other(self, subscribers: SubscriberFactory) -> None:
        source = Source(3, pause=subscribers.traits.beat, replace={1: None})
        async with Audience(subscribers, source) as audience:
            ended = await audience.end()
            must(ended.error is None, f"the source completed, and the subscriber raised {ended}")
            handled = cast("list[Element | None]", audience.handled)
            must(handled == [Element(0), None, Element(2)], f"elements 0, None and 2 came, and {handled} were handled")


async def _asks_no_more(subscribers: SubscriberFactory, ending: Exception | None) -> None:
    for burst in (True, False):
        source = _source(subscribers, 3, ending, burst=burst)
        async with Audience(subscribers, source) as audience:
            await audience.end()
            await asyncio.sleep(10 * audience.traits.beat)
            must(not source.asked_after_end, "the source was asked for an element after its end was told")
            must(source.begun == 1, "the source was begun anew after its end was told")


async def _is_told(subscribers: SubscriberFactory, count: int) -> None:
    for burst in (True, False):
        async with Audience(subscribers, _source(subscribers, count, failure(), burst=burst)) as audience:
            ended = await audience.end()
            must(type(ended.error) is type(failure()), f"the source failed, and the subscriber came to {ended}")
            audience.check(count)
