"""Promise 4: each event sent to a consumer is delivered, dropped, filtered or pending, at every moment."""

from __future__ import annotations

from async_channel import Channel, Consumer, conflate_by
from tests.support import run


def test_an_event_whose_key_cannot_be_a_key_is_counted() -> None:
    async def main() -> None:
        channel: Channel[int] = Channel()
        consumer = Consumer(channel, overflow=conflate_by(lambda event: [event]))  # type: ignore[arg-type, return-value]  # unhashable
        await channel.send(1)
        stats = consumer.stats()
        assert (stats.sent, stats.dropped, stats.pending) == (1, 1, 0)

    run(main())
