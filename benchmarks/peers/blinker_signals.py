"""blinker: signals whose receivers are called inline."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from benchmarks import model
from benchmarks.model import Figures, Load, Peer, load_module
from benchmarks.timing import memory_each, time_callbacks


def _signal() -> Any:
    return load_module("blinker").Signal()


def _receiver() -> tuple[Callable[[object], None], Callable[[], float]]:
    """The event travels as the sender, blinker's one positional argument: its cheapest form."""
    total = 0.0

    def receive(sender: Any) -> None:
        nonlocal total
        total += sender

    return receive, lambda: total


async def _callbacks(load: Load) -> Figures:
    signal = _signal()
    callbacks = [_receiver() for _ in range(load.consumers)]
    for callback, _ in callbacks:
        signal.connect(callback, weak=False)

    async def send_each(events: list[float]) -> None:
        send = signal.send
        for event in events:
            send(event)

    return await time_callbacks(load, send_each(load.stream()), [total for _, total in callbacks])


async def _memory(load: Load) -> Figures:
    signal = _signal()

    def create() -> object:
        callback, _ = _receiver()
        return signal.connect(callback, weak=False)

    return await memory_each(load, create)


_INLINE = "receivers are called inline: nothing to await"

PEER = Peer(
    name="blinker",
    module="blinker",
    distribution="blinker",
    rounds={**model.fan_out("callbacks", _callbacks), model.MEMORY_ATTACHED: _memory},
    absent={
        **model.no_fan_out("async-for", _INLINE),
        **model.no_fan_out("batches", _INLINE),
        model.PIPELINE: "no operators",
        model.LATENCY: _INLINE,
        model.MEMORY_WAITING: _INLINE,
    },
    remarks={"fan-out/callbacks": "called inline, nothing is buffered"},
)
