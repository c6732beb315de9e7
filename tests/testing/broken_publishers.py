"""What becomes of the plain publisher when it does one thing wrong: sections 1 and 4."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

from typing_extensions import override

from async_channel.testing.conformance import Element, PublisherFactory, Source, Subscription, Traits
from tests.testing.plain_publisher import END, Making, Plain, Reader


@dataclass(frozen=True)
class Broken:
    """Something broken, and the rules that it breaks."""

    factory: PublisherFactory[Any]
    rules: set[str] = field(default_factory=set[str])


BROKEN: dict[str, Broken] = {"nothing": Broken(Making(Plain, Traits()))}
C = TypeVar("C", bound=type[Plain] | type[Reader])


def maker(kind: type[Plain | Reader]) -> Callable[[Source], Plain]:
    return kind if issubclass(kind, Plain) else partial(Plain, reader=kind)


def breaks(rules: str, traits: Traits | None = None) -> Callable[[C], C]:
    """Note all the rules that a publisher, or one with such readers, breaks, in one string."""

    def note(kind: C) -> C:
        BROKEN[kind.__name__] = Broken(Making(maker(kind), traits or Traits()), set(rules.split()))
        return kind

    return note


# ---- section 1: what is told, in what order, and to whom


@breaks("1.1")
class RunsAhead(Plain):
    async def wait_for_room(self) -> None:
        """There is always some."""


@breaks("1.1 1.2 1.3 1.4 1.5 1.8 1.9 1.10 1.11 3.2 3.3 3.6 3.7 3.8 3.10 3.16 3.17 4.1 4.2")
class GivesTwice(Plain):
    async def deliver(self, event: Any) -> None:
        await super().deliver(event)
        await super().deliver(event)


@breaks("1.1 1.2 1.3 1.4 1.5 1.8 1.9 1.10 1.11 3.2 3.3 3.6 3.7 3.8 3.10 3.16 3.17 4.1 4.2")
class GivesNoneBetween(Plain):
    async def deliver(self, event: Any) -> None:
        await super().deliver(event)
        await super().deliver(None)


@breaks("1.2")
class TakesAnEarlyEndForAFailure(Plain):
    async def end(self, ending: Exception) -> None:
        early = ending is END and 0 < self.source.taken < 5
        await super().end(EOFError("fewer than there was room for") if early else ending)


@breaks("1.1 1.3 1.4 1.5 1.11 3.3 3.6 3.8 3.10 3.17")
class GivesConcurrently(Plain):
    def __init__(self, source: Source) -> None:
        super().__init__(source)
        self.tasks: set[asyncio.Task[None]] = set()

    async def deliver(self, event: Any) -> None:
        await self.wait_for_room()
        self.tasks.add(asyncio.ensure_future(self.give(event)))

    async def give(self, event: Any) -> None:
        await asyncio.sleep(0.2 if event.number % 3 == 0 else 0.01)
        for reader in self.readers:
            reader.put(event)

    async def end(self, ending: Exception) -> None:
        if self.tasks:
            await asyncio.wait(self.tasks)
        await super().end(ending)


@breaks("1.4 1.9 4.2")
class SwallowsTheError(Plain):
    async def end(self, ending: Exception) -> None:
        await super().end(END)


@breaks("1.4")
class TellsOnlyTheFirstOfAnError(Plain):
    async def end(self, ending: Exception) -> None:
        await super().end(ending)
        for reader in self.readers[1:]:
            reader.ending = END


@breaks("1.4")
class ErrorsOvertake(Plain):
    async def end(self, ending: Exception) -> None:
        for reader in self.readers:
            if ending is not END:
                reader.pending.clear()
        await super().end(ending)


@breaks("1.2 1.3 1.5 1.6 1.7 1.11 3.11 3.15")
class NeverEnds(Plain):
    async def end(self, ending: Exception) -> None:
        if ending is not END:
            await super().end(ending)


@breaks("1.5 3.11")
class NeverEndsWithoutAnEvent(Plain):
    async def end(self, ending: Exception) -> None:
        if ending is not END or self.source.taken:
            await super().end(ending)


@breaks("1.3 1.5 1.11")
class TheEndOvertakes(Plain):
    async def end(self, ending: Exception) -> None:
        for reader in self.readers:
            if ending is END and reader.pending:
                reader.pending.pop()
        await super().end(ending)


@breaks("1.6")
class HoldsWhoHasEnded(Plain):
    def forget(self, reader: Reader) -> None:
        if reader.closed:
            super().forget(reader)


@breaks("1.7")
class GivesAnEventAfterTheEnd(Reader):
    async def tell(self, ending: Exception) -> Any:
        if ending is END:
            self.put(Element(0))
        return await super().tell(ending)


@breaks("1.7")
class GivesAnEventAfterTheError(Reader):
    async def tell(self, ending: Exception) -> Any:
        if ending is not END:
            self.put(Element(0))
        return await super().tell(ending)


@breaks("1.7")
class EndsOnce(Reader):
    """The end is a mark in its queue, and who reads on waits for ever."""

    async def tell(self, ending: Exception) -> Any:
        self.ending = None
        return await super().tell(ending)


class Lagged(Exception): ...


@breaks("1.7", traits=Traits(lossy=True, overrun=Lagged))
class GoesOnAfterAnOverrun(Reader):
    missed = 0

    @property
    @override
    def full(self) -> bool:
        return False

    @override
    def put(self, event: Any) -> None:
        super().put(event)
        if len(self.pending) > self.capacity:
            self.pending.popleft()
            self.missed += 1

    @override
    async def get(self) -> Any:
        if self.missed and not self.closed:
            self.missed = 0
            raise Lagged
        return await super().get()


@breaks("1.8 3.6 3.13")
class GivesAfterClose(Reader):
    async def after_close(self) -> Any:
        if self.pending:
            return await self.take()
        return await super().after_close()

    async def close(self) -> None:
        self.closed = True
        self.wake()


@breaks("1.9")
class TakesTimeToSubscribe(Plain):
    async def subscribe(self, capacity: int) -> Subscription[Any]:
        await asyncio.sleep(5)
        return await super().subscribe(capacity)


@breaks("1.9")
class RaisesAsOneSubscribes(Plain):
    async def subscribe(self, capacity: int) -> Subscription[Any]:
        if self.ending is not None:
            raise self.ending
        return await super().subscribe(capacity)


@breaks("1.9")
class TellsNothingToLatecomers(Plain):
    async def subscribe(self, capacity: int) -> Subscription[Any]:
        reader = self.reader(self, capacity)
        reader.ending = None
        self.readers.append(reader)
        return reader


@breaks("1.3 1.4 1.8 1.10 1.11 3.6 3.7")
class GivesOneSubscriptionTwice(Plain):
    async def subscribe(self, capacity: int) -> Subscription[Any]:
        return self.readers[0] if self.readers else await super().subscribe(capacity)


@breaks("1.10", traits=Traits(multicast=False))
class SharesInSilence(Plain):
    """It says that it has one subscriber only, and takes others."""


@breaks("1.11")
class LosesForTheSlow(Plain):
    async def wait_for_room(self) -> None:
        while self.readers and self.readers[0].full:
            await self.readers[0].wait()

    async def deliver(self, event: Any) -> None:
        await self.wait_for_room()
        for reader in self.readers:
            if not reader.full:
                reader.put(event)


@breaks("1.3 1.4 1.8 1.10 1.11 3.6 3.7")
class TakesTurns(Plain):
    """Each event goes to one of its subscribers."""

    async def deliver(self, event: Any) -> None:
        await self.wait_for_room()
        for reader in self.readers[:1]:
            self.readers = [*self.readers[1:], reader]
            reader.put(event)


@breaks("1.11")
class WaitsForThoseWhoHaveClosed(Reader):
    @override
    def wake(self) -> None:
        if not (self.closed and self.reads == 0 and self.capacity == 2):
            super().wake()


# ---- section 4, with a publisher of its own for each subscription


class Cold(Plain):
    """Each subscription reads the source by itself."""

    def __init__(self, source: Source) -> None:
        super().__init__(source)
        self.tasks: dict[int, asyncio.Task[None]] = {}

    @override
    async def run(self) -> None:
        pass

    @override
    async def subscribe(self, capacity: int) -> Subscription[Any]:
        alone = self.one()
        reader = await alone.subscribe(capacity)
        task = asyncio.ensure_future(alone.run())
        forget = alone.forget

        def closed(reader: Reader) -> None:
            forget(reader)
            self.stop(task)

        alone.forget = closed  # type: ignore[method-assign]  # of this one alone
        return reader

    def one(self) -> Plain:
        return Plain(self.source)

    def stop(self, task: asyncio.Task[None]) -> None:
        task.cancel()


BROKEN["nothing, cold"] = Broken(Making(Cold, Traits(cold=True)))


@breaks("3.12 4.1", traits=Traits(cold=True))
class ReadsOnAfterClose(Cold):
    @override
    def stop(self, task: asyncio.Task[None]) -> None:
        pass


@breaks("1.1 1.8 1.10 1.11 3.1 3.2 3.3 3.4 3.6 3.7 3.8 3.10 3.16 3.17 4.1")
class HoldsOneBack(Plain):
    """An event goes on when the next one comes."""

    held: Any = None

    async def deliver(self, event: Any) -> None:
        if self.held is not None:
            await super().deliver(self.held)
        self.held = event

    async def end(self, ending: Exception) -> None:
        if self.held is not None:
            await super().deliver(self.held)
        await super().end(ending)


@breaks("3.11 4.2")
class TellsAnErrorLate(Plain):
    async def end(self, ending: Exception) -> None:
        if ending is not END:
            await asyncio.sleep(5)
        await super().end(ending)


@breaks("4.2")
class AsksOnAfterAnError(Plain):
    async def end(self, ending: Exception) -> None:
        await super().end(ending)
        if ending is not END:
            elements: AsyncGenerator[Element, None] = aiter(self.source)
            with suppress(Exception):
                await anext(elements)
