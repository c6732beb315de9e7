"""A plain subscriber that keeps to every rule, and what becomes of it when it does one thing wrong: section 2."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterable, Callable
from contextlib import aclosing, suppress
from typing import Any, ClassVar

from typing_extensions import override

from async_channel.testing.conformance import Element, SubscriberFactory

Handle = Callable[[Element], None]


class Plain(SubscriberFactory):
    """Reads one element after another, and lets the loop run after each."""

    rules: ClassVar[str] = ""
    """All the rules that it breaks."""

    @override
    async def read(self, source: AsyncIterable[Element], handle: Handle) -> None:
        iterator = aiter(source)
        assert isinstance(iterator, AsyncGenerator)
        async with aclosing(iterator) as elements:
            await self.read_all(elements, handle)

    async def read_all(self, elements: AsyncGenerator[Element, None], handle: Handle) -> None:
        async for element in elements:
            await self.handle(element, handle)
            await asyncio.sleep(0)

    async def handle(self, element: Element, handle: Handle) -> None:
        handle(element)


class HandlesTwice(Plain):
    rules = "2.1 2.2 2.8 2.9 2.10 2.11 2.13"

    async def handle(self, element: Element, handle: Handle) -> None:
        handle(element)
        handle(element)


class StarvesTheLoop(Plain):
    rules = "2.2"

    async def read_all(self, elements: AsyncGenerator[Element, None], handle: Handle) -> None:
        async for element in elements:
            handle(element)


class AsksAfterTheEnd(Plain):
    rules = "2.3"

    async def read_all(self, elements: AsyncGenerator[Element, None], handle: Handle) -> None:
        await super().read_all(elements, handle)
        await anext(elements, None)


class AsksAfterAnError(Plain):
    rules = "2.3"

    async def read_all(self, elements: AsyncGenerator[Element, None], handle: Handle) -> None:
        try:
            await super().read_all(elements, handle)
        except Exception:
            await anext(elements, None)
            raise


class BeginsAnew(Plain):
    rules = "2.3 2.13"

    async def read(self, source: AsyncIterable[Element], handle: Handle) -> None:
        try:
            await super().read(source, handle)
        except Exception:
            aiter(source)
            raise


class HoldsItsSource(Plain):
    rules = "2.4"

    def __init__(self) -> None:
        self.held: list[object] = []

    async def read_all(self, elements: AsyncGenerator[Element, None], handle: Handle) -> None:
        self.held.append(elements)
        await super().read_all(elements, handle)


class LeavesItOpen(Plain):
    rules = "2.6 2.13"

    async def read(self, source: AsyncIterable[Element], handle: Handle) -> None:
        iterator = aiter(source)
        assert isinstance(iterator, AsyncGenerator)
        await self.read_all(iterator, handle)


class ReadsOnInTheBackground(Plain):
    rules = "2.6"

    def __init__(self) -> None:
        self.tasks: set[asyncio.Task[None]] = set()

    async def read(self, source: AsyncIterable[Element], handle: Handle) -> None:
        stopped = False

        def unless_stopped(element: Element) -> None:
            if not stopped:
                handle(element)

        task = asyncio.ensure_future(super().read(source, unless_stopped))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        try:
            await asyncio.shield(task)
        finally:
            stopped = True


class AsksForTwoAtOnce(Plain):
    rules = "2.7"

    async def read_all(self, elements: AsyncGenerator[Element, None], handle: Handle) -> None:
        while True:
            asking = asyncio.ensure_future(anext(elements))
            await asyncio.sleep(0)
            if not asking.done():
                with suppress(RuntimeError):
                    await anext(elements)
            try:
                handle(await asking)
            except StopAsyncIteration:
                return


class HandlesAfterwards(Plain):
    rules = "2.8"

    async def read_all(self, elements: AsyncGenerator[Element, None], handle: Handle) -> None:
        async for element in elements:
            asyncio.get_running_loop().call_later(0.1, handle, element)
            await asyncio.sleep(0.2)


class ComplainsOfACancellation(Plain):
    rules = "2.8"

    async def read_all(self, elements: AsyncGenerator[Element, None], handle: Handle) -> None:
        try:
            await super().read_all(elements, handle)
        except asyncio.CancelledError:
            logging.getLogger("broken").exception("cancelled")
            raise


class WantsAnElement(Plain):
    rules = "2.9"

    async def read_all(self, elements: AsyncGenerator[Element, None], handle: Handle) -> None:
        handle(await anext(elements))
        await super().read_all(elements, handle)


class TakesTheEndForAFailure(Plain):
    rules = "2.9 2.13"

    async def read_all(self, elements: AsyncGenerator[Element, None], handle: Handle) -> None:
        await super().read_all(elements, handle)
        raise EOFError("it has ended")


class SwallowsTheError(Plain):
    rules = "2.10"

    async def read_all(self, elements: AsyncGenerator[Element, None], handle: Handle) -> None:
        while True:
            try:
                element = await anext(elements)
            except Exception:
                return
            await self.handle(element, handle)
            await asyncio.sleep(0)


class SwallowsAnErrorAtTheBeginning(SwallowsTheError):
    async def read_all(self, elements: AsyncGenerator[Element, None], handle: Handle) -> None:
        try:
            element = await anext(elements)
        except Exception:
            return
        await self.handle(element, handle)
        await Plain.read_all(self, elements, handle)


class HandlesInAThread(Plain):
    rules = "2.11"

    async def handle(self, element: Element, handle: Handle) -> None:
        await asyncio.to_thread(handle, element)


class SwallowsWhatAHandlerRaises(Plain):
    rules = "2.13"

    async def handle(self, element: Element, handle: Handle) -> None:
        try:
            handle(element)
        except Exception:
            return


class TakesNoneForTheEnd(Plain):
    rules = "2.13"

    async def read_all(self, elements: AsyncGenerator[Element, None], handle: Handle) -> None:
        while (element := await anext(elements, None)) is not None:
            await self.handle(element, handle)
            await asyncio.sleep(0)


def kinds() -> list[type[Plain]]:
    """The plain one, and all broken ones."""
    found: list[Any] = [Plain]
    for kind in found:
        found.extend(kind.__subclasses__())
    return found
