"""Probes: what a stream does is asked for event by event, and what was not asked for fails the test."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Coroutine, Generator
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Generic, Self, TypeAlias, TypeVar, final

from reactivex import Observable

from async_channel.channels import Channel
from async_channel.consumer import Consumer
from async_channel.policy import Conflate, Overflow, Priority
from async_channel.testing import _core
from async_channel.testing.probing.feeds import Feed, Observing, Reading, Tell
from async_channel.testing.probing.signals import Completed, Event, Failed, Received, Signal, listed, seconds, shortened
from async_channel.testing.probing.watch import Watch

T = TypeVar("T")
E = TypeVar("E", bound=Exception)

__tracebackhide__ = True  # what pytest shows is the test

PATIENCE: Final = 10.0
"""How long an expectation waits unless it is told otherwise (seconds)."""
PATIENCE_ON_VIRTUAL_TIME: Final = 86_400.0
"""The same where waiting costs nothing (seconds on the loop's clock)."""


@final
class Quiet:
    """What `TestConsumer.expect_no_events` returns: awaiting it waits until the time is over."""

    __slots__ = ("_wait",)

    def __init__(self, wait: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self._wait = wait

    def __await__(self) -> Generator[Any, None, None]:
        return self._wait().__await__()


if TYPE_CHECKING:

    class _Unawaited:
        """There is none: it makes a union with `Quiet`, which mypy's unused-awaitable lets be left alone."""

        def __await__(self) -> Generator[Any, None, None]: ...

    MayBeAwaited: TypeAlias = Quiet | _Unawaited
else:
    MayBeAwaited = Quiet


def probe(
    source: Observable[T] | Consumer[T],
    *,
    capacity: int | None = None,
    overflow: Overflow | Conflate[T] | None = None,
    name: str = "",
    within: float | None = None,
) -> TestConsumer[T]:
    """Watch a stream in a test: ask for its events one by one; what nobody asked for fails the test.

    >>> import asyncio, math
    >>> from async_channel import Channel, clock
    >>> async def main() -> None:
    ...     numbers: Channel[int] = Channel("Numbers")
    ...     async with probe(numbers.debounce(0.5)) as p:
    ...         await numbers.send_many([1, 2])
    ...         p.expect_no_events(for_=0.5)
    ...         await p.expect(2)
    ...         await numbers.stop()
    ...         await p.expect_complete()
    ...         print(*p.received)
    >>> clock.run(main(), speed=math.inf)
    Received(time=0.5, event=2)

    Unless it is given a capacity or an overflow policy, it sees each event in the moment it occurs, and never slows the
    source: it is the first choice for what a stream does, and when. With either of them, and over a Consumer, it is a
    slow consumer: it reads one event when an expectation asks for one, so whoever sends waits, or events are lost, as
    the policy says; its times are then those of reading.

    Args:
        source: a Channel, a Stream, any reactivex Observable; or a Consumer, which is read and not closed.
        capacity: how many events it may be behind, 1 or more; it then reads only when asked.
        overflow: what happens to events when it is; it then reads only when asked.
        name: its name in messages; by default that of the channel or consumer.
        within: how long an expectation waits for an event (seconds on the loop's clock), if it does not say so itself;
            by default 10, or a whole day on virtual time, where waiting costs nothing.

    Raises:
        TypeError, ValueError: an argument is of another type or range, or beside a Consumer, which has its own.

    The idea is that of Turbine for Kotlin's flows, and of Reactor's StepVerifier.
    """
    if not isinstance(source, Observable | Consumer):
        raise TypeError(
            f"probe(...) takes a Channel, a Stream, another reactivex Observable or a Consumer, got {source!r}"
        )
    _core.require_consumer_options(
        "probe",
        filter_func=None,
        capacity=capacity,
        overflow=Overflow.BLOCK if overflow is None else overflow,
        priority=Priority.HIGH,
        name=name,
    )
    if within is not None:
        _core.positive_seconds("probe", "within", within)
    if isinstance(source, Consumer) and (capacity is not None or overflow is not None):
        raise TypeError(f"probe({source.name!r}) takes no capacity and no overflow: a Consumer has its own")
    return TestConsumer(source, capacity, overflow, name, within)


class TestConsumer(Generic[T]):
    """What `probe` returns: an asynchronous context manager, open inside its block.

    When the block is left without an exception, whatever came and was not asked for is an AssertionError: events, an
    error, and completion as well, as in Turbine. That no end has come is none. When the block is left with an
    exception, that goes through, with a note of what was not asked for. Either way the source is unsubscribed.

    What is asked of it before its block is a RuntimeError.
    """

    __test__ = False  # no test class of pytest's, for all its name

    def __init__(
        self,
        source: Observable[T] | Consumer[T],
        capacity: int | None,
        overflow: Overflow | Conflate[T] | None,
        name: str,
        within: float | None,
    ) -> None:
        self._source = source
        self._capacity = capacity
        self._overflow = overflow
        self._within = within
        self.name = name or (source.name if isinstance(source, Channel | Consumer) else "pipeline")
        """Its name in messages."""
        self._watch: Watch[T] | None = None
        self._ignoring = False

    def __repr__(self) -> str:
        watch = self._watch
        numbers = "not open" if watch is None else f"seen={len(watch.seen)} unconsumed={len(watch.unconsumed)}"
        return f"<TestConsumer {self.name!r} {numbers}>"

    @property
    def received(self) -> tuple[Received[T], ...]:
        """The events seen so far, asked for or not, each with its time (seconds since the probe was opened)."""
        seen = [] if self._watch is None else self._watch.seen
        return tuple(Received(one.time, one.signal.value) for one in seen if isinstance(one.signal, Event))

    # ---- expectations

    async def expect(self, *events: T, within: float | None = None) -> None:
        """The next events are these, in this order.

        Args:
            events: what is to come, 1 or more, compared by ``==``.
            within: seconds in which all of them must have come; by default each may take the probe's own `within`.

        Raises:
            AssertionError: something else came, or nothing in time.
            TypeError, ValueError: no event is given, or within is no number of seconds.
        """
        if not events:
            raise TypeError("expect() takes one event or more; expect_complete() waits for the end")
        watch, limit = await self._prepare("expect", within)
        due = None if within is None else watch.now + limit
        for event in events:
            wanted = shortened(repr(event))
            seen = await watch.next(wanted, limit, due)
            if not isinstance(seen.signal, Event) or not _same(seen.signal.value, event):
                watch.refuse(wanted)

    async def next(self, *, within: float | None = None) -> T:
        """Wait for the next event, whatever it is, and return it.

        Args:
            within: seconds in which it must come.

        Raises:
            AssertionError: the stream ended, or nothing came in time.
            TypeError, ValueError: within is no number of seconds.
        """
        watch, limit = await self._prepare("next", within)
        return await self._next_event(watch, "an event", limit)

    async def expect_that(self, predicate: Callable[[T], object], *, within: float | None = None) -> T:
        """The next event is one for which a function is true; return it.

        Args:
            predicate: function of the event.
            within: seconds in which it must come.

        Raises:
            AssertionError: it is not true of the next event; or as `next`.
            TypeError, ValueError: predicate is no function, or within no number of seconds.
        """
        _core.require_callable("expect_that", "predicate", predicate)
        name = str(getattr(predicate, "__qualname__", predicate)).rpartition("<locals>.")[2]
        wanted = f"an event for which {name} is true"
        watch, limit = await self._prepare("expect_that", within)
        event = await self._next_event(watch, wanted, limit)
        if not predicate(event):
            watch.refuse(wanted)
        return event

    async def skip(self, count: int, *, within: float | None = None) -> None:
        """Let so many events pass, whatever they are.

        Args:
            count: how many, 1 or more.
            within: seconds in which each must come.

        Raises:
            AssertionError: as `next`.
            TypeError, ValueError: count is no int of at least 1, or within no number of seconds.
        """
        _core.positive_count("skip", "count", count)
        watch, limit = await self._prepare("skip", within)
        for skipped in range(count):
            await self._next_event(watch, f"event {skipped + 1} of {count} to skip", limit)

    async def expect_complete(self, *, within: float | None = None) -> None:
        """The stream completes, and nothing comes before.

        Args:
            within: seconds in which it must.

        Raises:
            AssertionError: something else came, or nothing in time.
            TypeError, ValueError: within is no number of seconds.
        """
        watch, limit = await self._prepare("expect_complete", within)
        seen = await watch.next("completion", limit)
        if not isinstance(seen.signal, Completed):
            watch.refuse("completion")

    async def expect_error(self, error_type: type[E], *, match: str | None = None, within: float | None = None) -> E:
        """The stream fails with an error of a class, and nothing comes before; return the error.

        A slow consumer is told of events it missed by a `ConsumerLagged`, expected this way too; events follow it.

        Args:
            error_type: the class.
            match: regular expression that the error's text must contain, as `re.search` finds it.
            within: seconds in which it must.

        Raises:
            AssertionError: something else came, or nothing in time.
            TypeError, ValueError: error_type is no class of exceptions, or within no number of seconds.
        """
        if not (isinstance(error_type, type) and issubclass(error_type, Exception)):
            raise TypeError(f"expect_error() takes a class of exceptions, got {error_type!r}")
        wanted = f"error {error_type.__name__}" + (f" matching {match!r}" if match is not None else "")
        watch, limit = await self._prepare("expect_error", within)
        seen = await watch.next(wanted, limit)
        error = _error_of(seen.signal)
        if not isinstance(error, error_type) or (match is not None and not re.search(match, str(error))):
            watch.refuse(wanted)
        return error

    def expect_no_events(self, *, for_: float) -> MayBeAwaited:
        """Nothing comes from now on for so many seconds, and nothing is there that was not asked for: no end either.

        It says so and returns at once. The next expectation waits until the time is over, and so does the end of the
        block; or await what it returns. What comes in the very moment at which the time is over is not part of it.

        Args:
            for_: how long (seconds on the loop's clock), above 0.

        Raises:
            TypeError, ValueError: ``for_`` is no number of seconds above 0.
        """
        _core.positive_seconds("expect_no_events", "for_", for_)
        watch = self._watching()
        watch.open_window(for_)
        return Quiet(watch.quiet)

    # ---- the end

    def cancel(self) -> None:
        """Unsubscribe now. What came before must still be asked for. Cancelling twice does nothing more."""
        watch = self._watching()
        watch.stop(f"it was cancelled at {seconds(watch.now)}")

    async def cancel_and_ignore(self) -> None:
        """Unsubscribe now, and let pass whatever came and was not asked for."""
        watch = self._watching()
        self._ignoring = True
        self.cancel()
        await watch.feed.close()

    async def __aenter__(self) -> Self:
        """Subscribe the source. What it gives while it is subscribed, such as a backlog, comes at 0 s.

        Raises:
            RuntimeError: it was opened before: a probe is for one block.
        """
        if self._watch is not None:
            raise RuntimeError(f"probe {self.name!r} was opened before: make a new one for each block")
        self._watch = Watch(self.name, self._subscribe)
        if self._within is None:
            virtual = isinstance(asyncio.get_running_loop(), _core.VirtualLoop)
            self._within = PATIENCE_ON_VIRTUAL_TIME if virtual else PATIENCE
        return self

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Wait until the time of `expect_no_events` is over, refuse what nobody asked for, and unsubscribe.

        Raises:
            AssertionError: something came that nobody asked for, and there is no other exception.
        """
        watch = self._watching()
        try:
            if not self._ignoring:
                if exc is None:
                    await watch.quiet()
                watch.feed.drain()
                left = watch.unconsumed
                if left and exc is None:
                    cause = next((seen.signal.error for seen in left if isinstance(seen.signal, Failed)), None)
                    what = f"the block is over, and nobody asked for{listed(left)}\n{_remedy(left[0].signal)}"
                    raise AssertionError(f"probe {self.name!r}: {what}") from cause
                if left and exc is not None:
                    exc.add_note(f"probe {self.name!r}: besides, nobody asked for{listed(left)}")
        finally:
            watch.forget_windows()
            watch.stop("its block is over")
            await watch.feed.close()

    def _subscribe(self, tell: Tell[T]) -> Feed:
        source = self._source
        if isinstance(source, Consumer):
            return Reading(source, owned=False, tell=tell)
        if self._capacity is None and self._overflow is None:
            return Observing(source, self.name, tell)
        overflow = Overflow.BLOCK if self._overflow is None else self._overflow
        consumer = Consumer(source, capacity=self._capacity, overflow=overflow, name=self.name)
        return Reading(consumer, owned=True, tell=tell)

    def _watching(self) -> Watch[T]:
        if self._watch is None:
            raise RuntimeError(f"probe {self.name!r} is not open: use it inside 'async with probe(...) as p:'")
        return self._watch

    async def _prepare(self, where: str, within: float | None) -> tuple[Watch[T], float]:
        """What every expectation begins with: how long it may take, once the windows of no events are over."""
        watch = self._watching()
        assert self._within is not None  # it is open
        limit = self._within if within is None else _core.positive_seconds(where, "within", within, or_zero=True)
        await watch.quiet()
        return watch, limit

    async def _next_event(self, watch: Watch[T], wanted: str, limit: float) -> T:
        seen = await watch.next(wanted, limit)
        if not isinstance(seen.signal, Event):
            watch.refuse(wanted)
        return seen.signal.value


def _same(one: object, other: object) -> bool:
    return one is other or bool(one == other)


def _remedy(signal: Signal[Any]) -> str:
    """What to do about a signal that nobody asked for."""
    match signal:
        case Completed():
            expectation = "expect_complete()"
        case Failed(error):
            expectation = f"expect_error({type(error).__name__})"
        case _:
            expectation = "expect(...)"
    return f"ask for it: await p.{expectation}; or let it pass: await p.cancel_and_ignore()"


def _error_of(signal: Signal[Any]) -> object:
    return signal.error if isinstance(signal, Failed) else None
