"""Promise 1: an event whose send returned reaches every consumer once, in one order for all."""

from __future__ import annotations

import pytest

from async_channel import Channel, Consumer, Overflow, Stream
from tests.support import run


@pytest.mark.parametrize("replay", [0, 1, 2])
@pytest.mark.parametrize("overflow", [Overflow.BLOCK, Overflow.DROP_NEWEST])
@pytest.mark.parametrize("through_a_pipeline", [False, True])
def test_who_subscribes_inside_an_observer_gets_no_event_twice(
    replay: int, overflow: Overflow, through_a_pipeline: bool
) -> None:
    async def main() -> None:
        channel: Channel[int] = Channel(replay=replay)
        first = Consumer(channel)
        late: list[Consumer[int]] = []

        def observer(event: int) -> None:
            if event == 1:
                channel.send_nowait(2)
                source: Stream[int] = channel.map(lambda n: n) if through_a_pipeline else channel
                late.append(Consumer(source, overflow=overflow))

        channel.subscribe(observer)
        await channel.send(1)
        await channel.send(3)
        await channel.stop()
        assert [event async for event in first] == [1, 2, 3]
        # 1 and 2 were sent before it subscribed: they are its replay, or none of its business.
        assert [event async for event in late[0]] == [*[1, 2][2 - replay :], 3]

    run(main())
