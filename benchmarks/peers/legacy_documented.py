"""Async-Channel 2.2.2 as its documentation has producers: a send of one's own, which makes a dict for each consumer."""

from __future__ import annotations

from typing import Any

from benchmarks import model
from benchmarks.model import Figures, Load, Peer
from benchmarks.peers.legacy import time_sends


async def _send_dicts(producer: Any, event: float) -> None:
    """The body of the example in the docstring of its `Producer.send`."""
    for consumer in producer.channel.get_consumers():
        await consumer.queue.put({"event": event})


async def _callbacks(load: Load) -> Figures:
    return await time_sends(load, _send_dicts)


PEER = Peer(
    name="Async-Channel, documented",
    module="async_channel",
    distribution="async-channel",
    rounds={**model.fan_out("async-for", _callbacks), **model.fan_out("callbacks", _callbacks)},
    absent={model.IMPORT: "the same package"},
    remarks={"fan-out/async-for": "as the example of Producer.send has it: a dict is made for each consumer"},
)
