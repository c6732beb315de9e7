"""More of what becomes of the plain publisher when it does one thing wrong: section 3."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

from typing_extensions import override

from async_channel.testing.conformance import Element, Source
from tests.testing.broken_publishers import BROKEN, breaks
from tests.testing.plain_publisher import END, Plain, Reader


@breaks("3.1")
class ReadsOnAnyLoop(Reader):
    def check_loop(self) -> None:
        pass


@breaks("3.2")
class RefusesToBeReadBeforeItRuns(Reader):
    async def get(self) -> Any:
        if not self.publisher.source.begun:
            raise RuntimeError("nothing is published yet")
        return await super().get()


@breaks("3.3 3.13 3.17")
class Recurses(Plain):
    async def run(self) -> None:
        await self.next(aiter(self.source))

    async def next(self, elements: AsyncGenerator[Element, None]) -> None:
        try:
            element = await anext(elements)
        except StopAsyncIteration:
            await self.end(END)
        except Exception as error:
            await self.end(error)
        else:
            await self.deliver(element)
            await self.next(elements)


@breaks("3.4")
class Polls(Reader):
    async def wait_for_event(self) -> None:
        for _ in range(200):  # then it gives in, or time would never pass
            if self.pending or self.ending is not None or self.closed:
                return
            await asyncio.sleep(0)
        await super().wait_for_event()


@breaks("3.5")
class TakesTimeToClose(Reader):
    async def close(self) -> None:
        if self.publisher.source.pause_before(0) >= 100 and not self.closed:
            await asyncio.sleep(5)
        await super().close()


@breaks("3.6")
class GivesWhatWasPendingAfterClose(Reader):
    async def after_close(self) -> Any:
        if self.pending:
            return self.pending.popleft()
        return await super().after_close()

    async def close(self) -> None:
        pending = self.pending.copy()
        await super().close()
        self.pending = pending


@breaks("1.8 3.6 3.12")
class WaitsForEverAfterClose(Reader):
    async def after_close(self) -> Any:
        await asyncio.get_running_loop().create_future()


@breaks("3.5 3.7")
class ClosesOnlyOnce(Reader):
    async def close(self) -> None:
        if self.closed:
            raise RuntimeError("it is closed already")
        await super().close()


@breaks("3.7")
class ClosesAnotherTheSecondTime(Reader):
    async def close(self) -> None:
        for other in self.publisher.readers[:1]:
            if self.closed:
                await other.close()
        await super().close()


@breaks("3.4 3.8 4.1")
class GivesUpWaiting(Reader):
    async def wait_for_event(self) -> None:
        try:
            await asyncio.wait_for(super().wait_for_event(), 20)
        except TimeoutError:
            self.ending = END


@breaks("1.1 1.11 3.3 3.8")
class LosesAWakeUp(Reader):
    """It tells of room only as it becomes empty."""

    async def take(self) -> Any:
        self.reads += 1
        event = self.pending.popleft()
        if not self.pending and self.reads < 3:
            self.wake()
        return event


@breaks("3.9")
class TakesAnyCapacity(Reader):
    @override
    def check(self, capacity: int) -> None:
        if capacity == 0:
            super().check(capacity)


@breaks("3.9")
class TakesNoCapacityForNoBound(Reader):
    """As a queue of asyncio does."""

    def __init__(self, publisher: Plain, capacity: int) -> None:
        super().__init__(publisher, capacity or 1 << 60)


@breaks("3.10 4.1")
class GivesWithTheNextBeat(Reader):
    async def take(self) -> Any:
        await asyncio.sleep(1 - self.loop.time() % 1)
        return await super().take()


@breaks("3.11 4.2")
class TellsTheEndWithTheNextBeat(Reader):
    async def tell(self, ending: Exception) -> Any:
        await asyncio.sleep(1 - self.loop.time() % 1)
        return await super().tell(ending)


@breaks("1.11 3.12")
class LeavesAReadWaiting(Reader):
    async def close(self) -> None:
        waiters, self.waiters = self.waiters, []
        await super().close()
        self.waiters = waiters


@breaks("3.13")
class HoldsWhoHasClosed(Plain):
    def __init__(self, source: Source) -> None:
        super().__init__(source)
        self.gone: list[Reader] = []

    def forget(self, reader: Reader) -> None:
        super().forget(reader)
        if reader.closed:
            self.gone.append(reader)


@breaks("3.13")
class HoldsWhatWasPending(Plain):
    def __init__(self, source: Source) -> None:
        super().__init__(source)
        self.held: list[Element] = []
        self.unread: list[Element] = []

    def forget(self, reader: Reader) -> None:
        super().forget(reader)
        self.held.extend(self.unread)

    async def deliver(self, event: Any) -> None:
        await super().deliver(event)
        self.unread = [event for reader in self.readers for event in reader.pending]


@breaks("3.14")
class StopsInSilenceWithTheLast(Plain):
    stopped = False

    def forget(self, reader: Reader) -> None:
        super().forget(reader)
        self.stopped = self.stopped or (reader.closed and not self.readers)

    async def deliver(self, event: Any) -> None:
        if not self.stopped:
            await super().deliver(event)


@breaks("3.15")
class RaisesAsOneClosesAfterAnEnd(Reader):
    async def close(self) -> None:
        if self.ending is not None and not self.closed:
            self.closed = True
            raise RuntimeError("it has ended already")
        await super().close()


@breaks("3.16")
class LosesWithACancelledRead(Reader):
    async def take(self) -> Any:
        event = await super().take()
        await asyncio.sleep(0)
        return event


@breaks("3.16")
class EndsWithACancelledRead(Reader):
    async def wait_for_event(self) -> None:
        try:
            await super().wait_for_event()
        except asyncio.CancelledError:
            self.ending = END
            raise


@breaks("3.17")
class MakesRoomBeforehand(Reader):
    def __init__(self, publisher: Plain, capacity: int) -> None:
        super().__init__(publisher, capacity)
        self.room = bytearray(capacity) if capacity < 1 << 20 else bytearray(1 << 62)


@breaks("3.17")
class CountsInTenBits(Reader):
    async def take(self) -> Any:
        if self.reads == 1023 and self.publisher.source.pause_before(0):
            raise OverflowError("too many reads")
        return await super().take()


__all__ = ["BROKEN"]
