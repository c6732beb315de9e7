"""Recording, record, replay: what may be recorded and replayed, and of which type what is read is."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, reveal_type

from async_channel import Channel, ChannelKey, Channels, Producer
from async_channel.recording import Recording, record
from async_channel.replay import replay
from tests.typing.cases._events import Order, Tick

TICK = ChannelKey("Tick", Tick)


async def recorded(ticks: Channel[Tick], orders: Channel[Order], channels: Channels, path: Path) -> None:
    async with record(ticks) as recording:
        reveal_type(recording)  # expect: Recording
    async with record([ticks, orders], path), record(channels, "day.jsonl", flush=0.5, verify=False):
        pass

    record("Tick")  # error: arg-type  # pyright-error: reportArgumentType
    async with record(ticks, {"Names": ticks.map(str)}, [orders]) as tape:
        reveal_type(tape.marbles("Names").unit)  # expect: float
    record(ticks, 3)  # error: call-overload  # pyright-error: reportArgumentType, reportCallIssue
    with record(ticks):  # error: attr-defined  # pyright-error: reportGeneralTypeIssues
        pass


def read(recording: Recording) -> None:
    reveal_type(Recording.open("day.jsonl", [TICK], recover=True))  # expect: Recording
    for time, tick in recording.events(TICK):
        reveal_type(time)  # expect: float
        reveal_type(tick)  # expect: Tick
    for name, at, _ in recording:
        reveal_type(name)  # expect: str
        reveal_type(at)  # expect: float
    reveal_type(recording.only(TICK, "Order").load().save(Path("day.msgpack.gz")))  # expect: Recording
    reveal_type(recording.start)  # expect: float | None

    recording.events("Tick")  # error: arg-type  # pyright-error: reportArgumentType
    recording.only(3)  # error: arg-type  # pyright-error: reportArgumentType
    Recording.open("day.jsonl", ["Tick"])  # error: list-item  # pyright-error: reportArgumentType
    Recording.open("day.jsonl", recover="yes")  # error: arg-type  # pyright-error: reportArgumentType
    Recording([TICK], [("Tick", Tick("BTC", 1.0))])  # error: list-item  # pyright-error: reportArgumentType


async def replayed(
    recording: Recording, ticks: Channel[Tick], orders: Channel[Order], channels: Channels, names: Mapping[str, Channel[Any]],
) -> None:
    reveal_type(await replay(recording, channels))  # expect: int
    reveal_type(await replay(recording, {"Tick": ticks}, speed=60.0, origin=0.0))  # expect: int
    await replay(recording, {"Tick": ticks, "Order": orders}, speed=60)
    await replay(recording, names)
    await replay(ticks, recording.events(TICK), speed=2.0)
    await replay(Producer(ticks), timed_events=recording.events(TICK))

    await replay(recording, ticks)  # error: call-overload  # pyright-error: reportCallIssue, reportArgumentType
    await replay(recording, [ticks])  # error: call-overload  # pyright-error: reportCallIssue, reportArgumentType
    await replay(recording, {"Tick": 3})  # error: dict-item  # pyright-error: reportCallIssue, reportArgumentType
    await replay(recording, {TICK: ticks})  # error: dict-item  # pyright-error: reportCallIssue, reportArgumentType
    await replay(recording, channels, speed="fast")  # error: call-overload  # pyright-error: reportCallIssue, reportArgumentType
    await replay(recording)  # error: call-overload  # pyright-error: reportCallIssue
    await replay(ticks, channels)  # error: arg-type  # pyright-error: reportCallIssue, reportArgumentType
    await replay(orders, recording.events(TICK))  # error: misc  # pyright-error: reportCallIssue, reportArgumentType
    replay(recording, channels)  # error: unused-coroutine  # pyright-error: reportUnusedCoroutine
