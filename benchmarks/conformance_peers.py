"""Holds what people use in asyncio today to the rules of Reactive Streams: `python -m benchmarks.conformance_peers`.

It prints which rules each breaks and how that shows; with ``--write`` it puts that into docs/conformance.md. It is run
where the peers are installed: in the environment of the benchmarks.
"""

from __future__ import annotations

import asyncio
import importlib
import importlib.metadata
import logging
import platform
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from typing_extensions import override

from async_channel.testing.conformance import (
    RULES,
    Element,
    Outcome,
    Publisher,
    PublisherFactory,
    Source,
    StreamPublishers,
    Subscription,
    Traits,
    Verdict,
    verify,
)
from benchmarks.contenders import FOLDER
from benchmarks.model import load_module

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "conformance.md"
MEASURED = re.compile(r"(?<=<!-- measured: peers -->\n).*?(?=<!-- end of measured -->)", re.DOTALL)


# ---- asyncio.Queue: one for each reader, as the recipe goes


class _End:
    """The mark behind the last event: the end, or an error."""

    def __init__(self, error: Exception | None) -> None:
        self.error = error


class _QueueReader:
    def __init__(self, queues: list[asyncio.Queue[Element | _End]], capacity: int) -> None:
        self._queues = queues
        self._queue: asyncio.Queue[Element | _End] = asyncio.Queue(capacity)
        queues.append(self._queue)

    async def get(self) -> Element:
        event = await self._queue.get()
        if isinstance(event, _End):
            raise StopAsyncIteration if event.error is None else event.error
        return event

    async def close(self) -> None:
        if self._queue in self._queues:
            self._queues.remove(self._queue)


class _Queues:
    def __init__(self, source: Source) -> None:
        self._source = source
        self._queues: list[asyncio.Queue[Element | _End]] = []

    async def subscribe(self, capacity: int) -> Subscription[Element]:
        return _QueueReader(self._queues, capacity)

    async def run(self) -> None:
        end = _End(None)
        try:
            async for element in self._source:
                await self._put(element)
        except Exception as error:
            end = _End(error)
        await self._put(end)

    async def _put(self, event: Element | _End) -> None:
        for queue in tuple(self._queues):
            await queue.put(event)


# ---- anyio: a memory object stream for each reader


class _StreamReader:
    def __init__(self, receiver: Any) -> None:
        self._receiver = receiver

    async def get(self) -> Element:
        try:
            element: Element = await self._receiver.receive()
        except load_module("anyio").EndOfStream:
            raise StopAsyncIteration from None
        return element

    async def close(self) -> None:
        self._receiver.close()


class _Streams:
    def __init__(self, source: Source) -> None:
        self._source = source
        self._senders: list[Any] = []

    async def subscribe(self, capacity: int) -> Subscription[Element]:
        sender, receiver = load_module("anyio").create_memory_object_stream(capacity)
        self._senders.append(sender)
        return _StreamReader(receiver)

    async def run(self) -> None:
        try:
            async for element in self._source:
                for sender in tuple(self._senders):
                    try:
                        await sender.send(element)
                    except load_module("anyio").BrokenResourceError:  # it was closed by who reads
                        self._senders.remove(sender)
                        sender.close()
        except Exception as error:
            logging.getLogger(__name__).debug("a stream can't carry %r", error)
        for sender in self._senders:
            sender.close()


# ---- aioreactive: a subject, and its observer that is an asynchronous iterator


class _ObserverReader:
    """The iterator subscribes with its first step, so that step is begun at once."""

    def __init__(self, observer: Any) -> None:
        self._observer = observer
        self._first: asyncio.Future[Element] | None = asyncio.ensure_future(anext(observer))

    async def get(self) -> Element:
        if self._first is not None:
            first, self._first = self._first, None
            return await first
        element: Element = await anext(self._observer)
        return element

    async def close(self) -> None:
        if self._first is not None:  # which nobody waits for yet
            self._first.cancel()
            self._first = None
        await self._observer.dispose_async()


class _Subject:
    def __init__(self, source: Source) -> None:
        self._source = source
        self._subject = load_module("aioreactive").AsyncSubject()

    async def subscribe(self, capacity: int) -> Subscription[Element]:  # noqa: ARG002  it has none
        reader = _ObserverReader(load_module("aioreactive").AsyncIteratorObserver(self._subject))
        await asyncio.sleep(0)
        return reader

    async def run(self) -> None:
        try:
            async for element in self._source:
                await self._subject.asend(element)
        except Exception as error:
            await self._subject.athrow(error)
        else:
            await self._subject.aclose()


# ---- all of them


class _Making(PublisherFactory[Element]):
    def __init__(self, make: Callable[[Source], Publisher[Element]], traits: Traits) -> None:
        self._make = make
        self._traits = traits

    @property
    @override
    def traits(self) -> Traits:
        return self._traits

    @override
    def publisher(self, source: Source) -> Publisher[Element]:
        return self._make(source)


@dataclass(frozen=True)
class Contender:
    """Something that is held to the rules."""

    name: str
    publishers: PublisherFactory[Any]
    distribution: str = ""
    verdicts: list[Verdict] = field(default_factory=list[Verdict])

    @property
    def broken(self) -> dict[str, str]:
        """The rules that it breaks, each with the first sign of it."""
        broken: dict[str, str] = {}
        for verdict in self.verdicts:
            if verdict.outcome is Outcome.BROKEN:
                broken.setdefault(verdict.rule, verdict.why)
        return broken

    @property
    def version(self) -> str:
        """What was held to them."""
        return f"{self.distribution} {importlib.metadata.version(self.distribution)}"


CONTENDERS = (
    Contender("Channel", StreamPublishers(lambda channel: channel)),
    Contender("asyncio.Queue each", _Making(_Queues, Traits())),
    Contender("anyio stream each", _Making(_Streams, Traits()), "anyio"),
    Contender("aioreactive", _Making(_Subject, Traits(sized=False, slack=2)), "aioreactive"),
)


def installed(contender: Contender) -> bool:
    """Whether it can be imported here; aioreactive from its folder, behind all else: a namesake of ours is there."""
    if not contender.distribution:
        return True
    if contender.name == "aioreactive" and str(ROOT / FOLDER) not in sys.path:
        sys.path.append(str(ROOT / FOLDER))
    try:
        importlib.import_module(contender.distribution)
    except ImportError:
        return False
    return True


def table(contenders: list[Contender]) -> str:
    """What they break, as Markdown."""
    names = [contender.name for contender in contenders]
    versions = ", ".join(contender.version for contender in contenders if contender.distribution)
    today = datetime.now(UTC).date().isoformat()
    lines = [
        "",
        f"Measured {today} with CPython {platform.python_version()}, {versions}. A cell says how it shows that",
        "a rule is broken; an empty one, that all of its tests hold or have no say.",
        "",
        f"| rule | there | {' | '.join(names)} |",
        "|---|---|" + "---|" * len(names),
    ]
    for rule in RULES:
        whys = [contender.broken.get(rule.number, "") for contender in contenders]
        if any(whys):
            lines.append(f"| {rule.number} | {rule.original} | {' | '.join(whys)} |")
    counts = [f"{len(contender.broken)} broken" for contender in contenders]
    lines.append(f"| | | {' | '.join(counts)} |")
    return "\n".join([*lines, "", ""])


def main() -> None:
    """Run the kit on all that are installed, and print what came of it."""
    logging.disable()  # what they log of their failures is in the verdicts
    contenders: list[Contender] = []
    for contender in CONTENDERS:
        if installed(contender):
            contender.verdicts.extend(verify(contender.publishers))
            contenders.append(contender)
        else:
            print(f"{contender.name} is not installed here: make bench sets it up", file=sys.stderr)
    text = table(contenders)
    print(text)
    if "--write" in sys.argv[1:]:
        PAGE.write_text(MEASURED.sub(lambda _: text, PAGE.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    main()
