"""The live view: where it is called, and what it may be shown on."""

from datetime import timedelta
from typing import reveal_type

from async_channel import Channel, Channels, Stream
from async_channel.monitoring import Monitor, State
from async_channel.monitoring.screens import View
from tests.typing.cases._events import Tick


class Lamp:
    def show(self, view: View) -> None:
        reveal_type(view.state)  # expect: State

    def close(self) -> None: ...


class Stone:
    def show(self) -> None: ...


async def watched(channels: Channels, ticks: Channel[Tick], stream: Stream[Tick]) -> None:
    reveal_type(await channels.monitor())  # expect: None
    async with channels.scope("a").monitor(every=timedelta(seconds=1), seconds=5, screen=Lamp()) as view:
        reveal_type(view)  # expect: Monitor
        state: State = view.state
        reveal_type(state.channels[0].sent_rate)  # expect: float | None
    kept: Monitor = ticks.monitor(screen="none")
    _ = kept

    _ = stream.monitor()  # error: attr-defined  # pyright-error: reportAttributeAccessIssue
    _ = ticks.monitor(every="1")  # error: arg-type  # pyright-error: reportArgumentType
    _ = ticks.monitor(screen="tv")  # error: arg-type  # pyright-error: reportArgumentType
    _ = ticks.monitor(screen=Stone())  # error: arg-type  # pyright-error: reportArgumentType
    _ = ticks.monitor(1.0)  # error: call-arg  # pyright-error: reportCallIssue

    with channels.monitor():  # error: attr-defined  # pyright-error: reportGeneralTypeIssues
        pass
