"""A plain publisher that keeps to every rule, with a seam wherever a broken one does otherwise."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any

from typing_extensions import override

from async_channel.testing.conformance import Publisher, PublisherFactory, Source, Subscription, Traits

END = StopAsyncIteration()


class Reader:
    """A subscription of the plain publisher."""

    def __init__(self, publisher: Plain, capacity: int) -> None:
        self.check(capacity)
        self.publisher = publisher
        self.capacity = capacity
        self.loop = asyncio.get_running_loop()
        self.pending: deque[Any] = deque()
        self.ending = publisher.ending
        self.closed = False
        self.waiters: list[asyncio.Future[None]] = []
        self.reads = 0

    def check(self, capacity: int) -> None:
        if capacity < 1:
            raise ValueError(f"capacity is at least 1, got {capacity}")

    async def get(self) -> Any:
        self.check_loop()
        while True:
            if self.closed:
                return await self.after_close()
            if self.pending:
                return await self.take()
            if self.ending is not None:
                return await self.tell(self.ending)
            await self.wait_for_event()

    def check_loop(self) -> None:
        if asyncio.get_running_loop() is not self.loop:
            raise RuntimeError("this subscription belongs to another event loop")

    async def take(self) -> Any:
        self.reads += 1
        event = self.pending.popleft()
        self.wake()
        return event

    async def tell(self, ending: Exception) -> Any:
        self.publisher.forget(self)
        raise ending.with_traceback(None)

    async def after_close(self) -> Any:
        raise END.with_traceback(None)

    async def wait_for_event(self) -> None:
        await self.wait()

    async def wait(self) -> None:
        waiter = asyncio.get_running_loop().create_future()
        self.waiters.append(waiter)
        await waiter

    def wake(self) -> None:
        waiters, self.waiters = self.waiters, []
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)

    @property
    def full(self) -> bool:
        return len(self.pending) >= self.capacity and not self.closed

    def put(self, event: Any) -> None:
        self.pending.append(event)
        self.wake()

    async def close(self) -> None:
        if not self.closed:
            self.closed = True
            self.pending.clear()
            self.publisher.forget(self)
            self.wake()


class Plain:
    """A publisher that gives each event to all of its readers, as soon as all of them have room."""

    def __init__(self, source: Source, reader: type[Reader] = Reader) -> None:
        self.reader = reader
        self.source = source
        self.readers: list[Reader] = []
        self.ending: Exception | None = None

    async def subscribe(self, capacity: int) -> Subscription[Any]:
        reader = self.reader(self, capacity)
        self.readers.append(reader)
        return reader

    def forget(self, reader: Reader) -> None:
        self.readers = [other for other in self.readers if other is not reader]

    async def run(self) -> None:
        try:
            async for element in self.source:
                await self.deliver(element)
        except Exception as error:
            await self.end(error)
        else:
            await self.end(END)

    async def deliver(self, event: Any) -> None:
        await self.wait_for_room()
        for reader in self.readers:
            reader.put(event)

    async def wait_for_room(self) -> None:
        while full := [reader for reader in self.readers if reader.full]:
            await full[0].wait()

    async def end(self, ending: Exception) -> None:
        self.ending = ending
        for reader in self.readers:
            reader.ending = ending
            reader.wake()


class Making(PublisherFactory[Any]):
    """Makes publishers of one kind."""

    def __init__(self, make: Callable[[Source], Publisher[Any]], traits: Traits) -> None:
        self._make = make
        self._traits = traits

    @property
    @override
    def traits(self) -> Traits:
        return self._traits

    @override
    def publisher(self, source: Source) -> Publisher[Any]:
        return self._make(source)
