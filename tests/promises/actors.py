"""The hands of those who live in a random world: what one step of a producer and one read of a reader is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterator
from types import coroutine
from typing import Any, TypeVar

import reactivex
from reactivex import operators as ops

from async_channel import Channel, ChannelEmpty, Consumer, Stream
from tests.promises.trace import Called, Event, Happening, Raised, Resumed, Returned, Suspended
from tests.promises.worlds import Moment, ReaderSpec, StageName, Step

T = TypeVar("T")


class Boom(Exception):
    """What channels fail with, and filters raise."""


def weight(event: Event) -> int:
    """A number for an event, whatever a pipeline has made of it."""
    return sum(map(weight, event)) if isinstance(event, tuple) else event


def key_of(event: Event) -> int:
    return weight(event) % 3


def verdict(seen: int) -> bool | None:
    """What a filter says of the n-th event that it sees: it keeps, refuses or raises."""
    return None if seen % 11 == 5 else seen % 3 != 1


@coroutine
def watched(awaitable: Awaitable[T], asleep: Callable[[], None], awake: Callable[[], None]) -> Generator[Any, None, T]:
    """Await something, and say when that suspends and resumes."""
    steps: Any = awaitable.__await__()
    error: BaseException | None = None
    while True:
        try:
            future = steps.send(None) if error is None else steps.throw(error)
        except StopIteration as done:
            result: T = done.value
            return result
        asleep()
        error = None
        try:
            yield future
        except BaseException as raised:
            error = raised
        awake()


def own_task() -> asyncio.Task[Any]:
    task = asyncio.current_task()
    assert task is not None
    return task


def with_stage(source: Stream[Event], stage: StageName) -> Stream[Event]:
    match stage:
        case "even":
            return source.filter(lambda event: weight(event) % 2 == 0)
        case "map":
            return source.map(lambda event: (event,))
        case "rx map":
            return source.via(ops.map(lambda event: (event,)))
        case "buffer":
            return source.buffer(count=2).map(tuple)
        case "pairwise":
            return source.pairwise()
        case "twice":
            return source.via(ops.flat_map(lambda event: reactivex.of(event, event)))
        case "delay":
            return source.via(ops.delay(1.0))
        case "take":
            return source.take(4)


async def pause(seconds: int) -> None:
    if seconds >= 0:
        await asyncio.sleep(seconds)


async def until(moment: Moment) -> None:
    await asyncio.sleep(moment.second - asyncio.get_running_loop().time())
    for _ in range(moment.turns):
        await asyncio.sleep(0)


class StepTaken:
    """One step of a producer: some events, sent in one way, each of them a call that is written down."""

    def __init__(
        self,
        note: Callable[[Happening], None],
        numbers: Iterator[int],
        channel: Channel[int],
        producer: int,
        number: int,
        step: Step,
    ) -> None:
        self.note = note
        self.numbers = numbers
        self.channel = channel
        self.producer = producer
        self.number = number
        self.step = step
        self.call = -1

    def begin(self) -> int:
        """A call begins: the event it sends."""
        self.call = next(self.numbers)
        event = self.call * 10 + self.producer
        self.note(Called(self.call, self.number, self.producer, event, self.step.how))
        return event

    def events(self) -> Iterator[int]:
        """For `send_many`, which asks for the next event when one is sent."""
        for _ in range(self.step.count):
            yield self.begin()
            self.note(Returned(self.call))

    async def take(self) -> None:
        try:
            match self.step.how:
                case "send":
                    for _ in range(self.step.count):
                        await self.watch(self.channel.send(self.begin()))
                        self.note(Returned(self.call))
                case "send_many":
                    assert await self.watch(self.channel.send_many(self.events())) == self.step.count
                case "send_many async":
                    assert await self.watch(self.channel.send_many(Asynchronous(self.events()))) == self.step.count
                case "send_nowait" | "on_next":
                    for _ in range(self.step.count):
                        self.send_now(self.begin())
        except asyncio.CancelledError as error:
            self.note(Raised(self.call, error))
            raise
        except Exception as error:
            self.note(Raised(self.call, error))

    async def watch(self, sending: Awaitable[T]) -> T:
        return await watched(sending, lambda: self.note(Suspended(self.call)), lambda: self.note(Resumed(self.call)))

    def send_now(self, event: int) -> None:
        silent = self.step.how == "on_next" and self.channel.is_stopped
        if self.step.how == "on_next":
            self.channel.on_next(event)
        else:
            self.channel.send_nowait(event)
        self.note(Raised(self.call, None) if silent else Returned(self.call))


class Asynchronous:
    """An iterator as an asynchronous one."""

    def __init__(self, events: Iterator[int]) -> None:
        self.events = events

    def __aiter__(self) -> AsyncIterator[int]:
        return self

    async def __anext__(self) -> int:
        for event in self.events:
            return event
        raise StopAsyncIteration


class Reads:
    """Reads a consumer in one way."""

    def __init__(self, consumer: Consumer[Event], spec: ReaderSpec) -> None:
        self.consumer = consumer
        self.spec = spec
        self.events: AsyncIterator[Event] | None = None
        self.left = 0

    async def once(self) -> tuple[Event, ...]:
        """One read: nothing if there was nothing, or not in time."""
        match self.spec.how:
            case "get":
                return (await self.consumer.get(),)
            case "get timeout":
                try:
                    return (await self.consumer.get(timeout=self.spec.size),)
                except TimeoutError:
                    return ()
            case "get_nowait":
                try:
                    return (self.consumer.get_nowait(),)
                except ChannelEmpty:
                    return ()
            case "async for":
                return (await anext(self.iterate(lambda: aiter(self.consumer))),)
            case "batches":
                return tuple(await anext(self.iterate(lambda: self.consumer.batches(self.spec.size))))

    def iterate(self, begin: Callable[[], AsyncIterator[Event]]) -> AsyncIterator[Event]:
        """The iterator of the loop that runs; after so many events there was a `break`, and another loop begins."""
        if self.events is None or not self.left:
            self.events, self.left = begin(), self.spec.size
        self.left -= 1
        return self.events

    def begin_anew(self) -> None:
        """Something was raised, which ends an iterator."""
        self.events = None
