"""What the tests of the rules share: a publisher that runs, and reads that come to something."""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Generic, Self, TypeAlias, TypeVar

from async_channel.testing.conformance.protocols import PublisherFactory, Subscription
from async_channel.testing.conformance.running import must, skip_unless
from async_channel.testing.conformance.source import Element, Silence, Source, SourceFailed

ROOM = 16
"""The capacity of a subscription where a test does not depend on it (events)."""

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

__tracebackhide__ = True  # what pytest shows is the test of the rule


# ---- what a read came to


@dataclass(frozen=True, slots=True)
class Got(Generic[T_co]):
    """An event."""

    event: T_co

    def __str__(self) -> str:
        return f"the event {self.event!r}"


@dataclass(frozen=True, slots=True)
class Ended:
    """The end, or the error that there was."""

    error: Exception | None = None

    def __str__(self) -> str:
        return "the end" if self.error is None else f"the error {self.error!r}"


Outcome: TypeAlias = Got[T] | Ended


async def _outcome(subscription: Subscription[T]) -> Outcome[T]:
    try:
        return Got(await subscription.get())
    except StopAsyncIteration as end:
        end.__traceback__ = None  # which holds the frames that hold the subscription, should somebody keep the end
        return Ended()
    except Exception as error:
        return Ended(error.with_traceback(None))  # for the same reason


class Play(Generic[T]):
    """One publisher, those who read it, and the time there is."""

    def __init__(self, factory: PublisherFactory[T], source: Source) -> None:
        self.traits = factory.traits
        skip_unless(self.traits.completes or source.ending is not None, "these publishers do not complete")
        self.source = source
        self.publisher = factory.publisher(source)
        self.expected = list(factory.expected([Element(number) for number in range(source.count)]))
        self._subscriptions: list[weakref.ref[Subscription[T]]] = []
        self._running: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stop publishing, and close what is still open; what it raised that the test did not see fails the test."""
        failed: BaseException | None = None
        if self._running is not None:
            self._running.cancel()
            await asyncio.wait({self._running}, timeout=self.traits.patience)
            if self._running.done() and not self._running.cancelled():
                failed = self._running.exception()
        for ref in self._subscriptions:
            if (subscription := ref()) is not None:
                closing = asyncio.ensure_future(subscription.close())
                await asyncio.wait({closing}, timeout=self.traits.patience)
                _ = closing.done() and not closing.cancelled() and closing.exception()
        if exc is None and failed is not None:
            raise AssertionError(f"run() of the publisher raised {failed!r}") from failed

    async def subscribe(self, capacity: int = ROOM) -> Subscription[T]:
        """A new subscription."""
        subscribing = asyncio.ensure_future(self.publisher.subscribe(capacity))
        await asyncio.wait({subscribing}, timeout=self.traits.patience)
        if not subscribing.done():
            subscribing.cancel()
            raise AssertionError("subscribe() waited for ever")
        subscription = subscribing.result()
        self._subscriptions.append(weakref.ref(subscription))
        return subscription

    def start(self) -> None:
        """Begin to publish."""
        self._running = asyncio.ensure_future(self.publisher.run())

    async def subscribers(self, count: int, capacity: int = ROOM) -> list[Subscription[T]]:
        """Several subscriptions, after which it begins to publish."""
        subscriptions = [await self.subscribe(capacity) for _ in range(count)]
        self.start()
        return subscriptions

    async def subscriber(self, capacity: int = ROOM) -> Subscription[T]:
        """One subscription, after which it begins to publish."""
        return (await self.subscribers(1, capacity))[0]

    # ---- reading

    def begin(self, subscription: Subscription[T]) -> asyncio.Task[Outcome[T]]:
        """Begin to read one event."""
        return asyncio.ensure_future(_outcome(subscription))

    async def finish(self, reading: asyncio.Task[Outcome[T]], what: str) -> Outcome[T]:
        """What came of a read, which must come to something.

        Raises:
            AssertionError: it waits for ever, or ended as if it were cancelled.
        """
        await asyncio.wait({reading}, timeout=self.traits.patience)
        if not reading.done():
            reading.cancel()
            await asyncio.wait({reading}, timeout=self.traits.beat)
            raise AssertionError(f"{what}: the read waited for ever")
        if reading.cancelled():
            raise AssertionError(f"{what}: the read was cancelled, by nobody who reads")
        return reading.result()

    async def read(self, subscription: Subscription[T], what: str) -> Outcome[T]:
        """Read one event, or the end."""
        return await self.finish(self.begin(subscription), what)

    async def take(self, subscription: Subscription[T], count: int) -> list[T]:
        """Read so many events.

        Raises:
            AssertionError: there were fewer.
        """
        events: list[T] = []
        for number in range(count):
            outcome = await self.read(subscription, f"event {number + 1} of {count}")
            if isinstance(outcome, Ended):
                raise AssertionError(  # noqa: TRY004  an expectation, of a value that came
                    f"event {number + 1} of {count} should have come, and {outcome} did"
                )
            events.append(outcome.event)
        return events

    async def rest(
        self, subscription: Subscription[T], dawdle: Callable[[], float] | None = None
    ) -> tuple[list[T], Ended]:
        """Read to the end, and after each event take so many seconds for it."""
        events: list[T] = []
        while True:
            if dawdle is not None:
                await asyncio.sleep(dawdle())
            outcome = await self.read(subscription, f"after {len(events)} events")
            if isinstance(outcome, Ended):
                return events, outcome
            events.append(outcome.event)
            if len(events) > 2 * len(self.expected) + ROOM:
                raise AssertionError(f"more than {len(events)} events came of {len(self.expected)}")

    async def drain(self, subscription: Subscription[T]) -> tuple[list[T], Ended | None]:
        """Read all that comes, and give up when nothing more does."""
        events: list[T] = []
        while True:
            reading = self.begin(subscription)
            await asyncio.wait({reading}, timeout=self.traits.patience)
            if not reading.done():
                reading.cancel()
                return events, None
            outcome = await self.finish(reading, "draining")
            if isinstance(outcome, Ended):
                return events, outcome
            events.append(outcome.event)
            if len(events) > 2 * len(self.expected) + ROOM:
                raise AssertionError(f"more than {len(events)} events came of {len(self.expected)}")

    async def closed(self, subscription: Subscription[T]) -> None:
        """Close a subscription, which must not take time."""
        now = asyncio.get_running_loop().time()
        closing = asyncio.ensure_future(subscription.close())
        await asyncio.wait({closing}, timeout=self.traits.patience)
        if not closing.done():
            closing.cancel()
            raise AssertionError("close() waited for ever")
        must(not closing.cancelled(), "close() was cancelled, by nobody who called it")
        error = closing.exception()
        must(error is None, f"close() raised {error!r}")
        took = asyncio.get_running_loop().time() - now
        must(took < self.traits.beat, f"close() took {took:g} seconds")

    async def until_taken(self, events: int) -> None:
        """Wait until what makes so many events was taken of the source, and look at once when it was."""
        while self.source.taken < events * self.traits.every:  # noqa: ASYNC110  an event would come a step later
            await asyncio.sleep(self.traits.beat / 8)

    async def settle(self) -> None:
        """Let everybody do what can be done at once."""
        await asyncio.sleep(self.traits.beat / 4)

    # ---- what must be true

    def check(self, events: Sequence[T], *, skipped: int = 0, behind: bool = False) -> None:
        """Those are the first events that were expected; where some may be lost, in the same order.

        Args:
            events: what came.
            skipped: how many expected events came before these (a count).
            behind: whether the reader fell behind, so that a lossy subscription may have lost some.
        """
        expected = self.expected[skipped:]
        if behind and self.traits.lossy:
            left = iter(expected)
            ordered = all(event in left for event in events)
            must(ordered, f"got {_short(events)}, which is not in the order of {_short(expected)}")
        else:
            wanted = expected[: len(events)]
            must(list(events) == wanted, f"got {_short(events)}, expected {_short(wanted)}")

    def check_all(self, events: Sequence[T], *, skipped: int = 0, behind: bool = False) -> None:
        """As `check`, and none is missing, but where some may be lost."""
        self.check(events, skipped=skipped, behind=behind)
        if not (behind and self.traits.lossy):
            expected = self.expected[skipped:]
            must(len(events) == len(expected), f"got {len(events)} events of {len(expected)}")

    def check_error(self, ended: Ended | Got[T]) -> None:
        """It ended with the error of the source."""
        wanted = self.source.ending
        must(isinstance(ended, Ended), f"{ended} came where the error {wanted!r} should have")
        assert isinstance(ended, Ended)
        if ended.error is wanted:
            return
        same = type(ended.error) is type(wanted) and str(ended.error) == str(wanted)  # as when it came over a wire
        must(same, f"the source failed with {wanted!r}, and the subscriber was told {ended}")

    def check_end(self, outcome: Outcome[T]) -> None:
        """It ended as the source did."""
        must(isinstance(outcome, Ended), f"{outcome} came where the end should have")
        assert isinstance(outcome, Ended)
        if self.source.ending is None:
            must(outcome.error is None, f"the source completed, and the subscriber was told {outcome}")
        else:
            self.check_error(outcome)


def play(
    factory: PublisherFactory[T],
    count: int,
    ending: Exception | Silence | None = None,
    *,
    burst: bool = False,
    pause: float | Callable[[int], float] | None = None,
) -> Play[T]:
    """A publisher of so many events.

    Args:
        factory: makes the publisher.
        count: how many events, as its subscribers see them.
        ending: as that of `Source`.
        burst: whether all are there at once, or one each beat.
        pause: seconds before each and before the ending, instead; or a function of its number that gives them.
    """
    traits = factory.traits
    every = traits.every
    step = (0.0 if burst else traits.beat) if pause is None else pause

    def pauses(number: int) -> float:
        if number % every:
            return 0.0
        return step(number // every) if callable(step) else step

    return Play(factory, Source(count * every, ending, pause=pauses))


def failure() -> SourceFailed:
    """What a source fails with."""
    return SourceFailed("as it was told to")


def _short(events: Sequence[object]) -> str:
    text = repr(list(events))
    return text if len(text) <= 120 else f"{text[:117]}..."
