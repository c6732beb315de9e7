"""aioreactive: Rx with async observers. It needs another major version of reactivex, so it has its own process."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from benchmarks import model
from benchmarks.model import Figures, Load, Peer, load_module
from benchmarks.timing import Latency, memory_each, time_callbacks, time_readers


def _subject() -> Any:
    return load_module("aioreactive").AsyncSubject()


async def _asend_each(subject: Any, events: list[float]) -> None:
    asend = subject.asend
    for event in events:
        await asend(event)


async def _one_by_one(load: Load) -> Figures:
    """Its async iterator has no buffer: the sender waits until each reader has taken the event."""
    subject = _subject()
    observers = [load_module("aioreactive").AsyncIteratorObserver(subject) for _ in range(load.consumers)]

    async def read(observer: Any) -> float:
        total = 0.0
        for _ in range(load.events):
            total += await observer.__anext__()
        return total

    return await time_readers(load, _asend_each(subject, load.stream()), [read(one) for one in observers])


def _counter() -> tuple[Callable[[float], Awaitable[None]], Callable[[], float]]:
    total = 0.0

    async def asend(event: float) -> None:
        nonlocal total
        total += event

    return asend, lambda: total


async def _callbacks(load: Load) -> Figures:
    subject = _subject()
    callbacks = [_counter() for _ in range(load.consumers)]
    for callback, _ in callbacks:
        await subject.subscribe_async(callback)
    return await time_callbacks(load, _asend_each(subject, load.stream()), [total for _, total in callbacks])


async def _latency(load: Load) -> Figures:
    subject = _subject()
    observer = load_module("aioreactive").AsyncIteratorObserver(subject)
    latency = Latency(load)
    return await latency.measure(latency.send_all(subject.asend), latency.receive_all(observer.__anext__))


async def _memory_waiting(load: Load) -> Figures:
    subject = _subject()
    observer = load_module("aioreactive").AsyncIteratorObserver
    made: list[Any] = []

    def create() -> Any:
        made.append(observer(subject))
        return made[-1].__anext__()

    return await memory_each(load, create)


PEER = Peer(
    name="aioreactive",
    module="aioreactive",
    distribution="aioreactive",
    remarks={
        "fan-out/async-for": "no buffer: the sender waits for every reader",
        "fan-out/callbacks": "async callbacks awaited inline, nothing is buffered",
    },
    share={"fan-out/async-for": 0.05},
    rounds={
        **model.fan_out("async-for", _one_by_one),
        **model.fan_out("callbacks", _callbacks),
        model.LATENCY: _latency,
        model.MEMORY_WAITING: _memory_waiting,
    },
    absent={
        **model.no_fan_out("batches", "hands over one event at a time"),
        model.PIPELINE: "no buffer operator",
        model.MEMORY_ATTACHED: "its iterator subscribes when it is first awaited",
    },
)
