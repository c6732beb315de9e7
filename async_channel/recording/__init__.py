"""Recordings: the events of channels with their times, in memory or in a file, to be replayed and looked at.

>>> import asyncio, math
>>> from async_channel import Channel, clock
>>> from async_channel.replay import replay
>>> async def main() -> None:
...     prices = Channel(float, "Price")
...     async with record(prices) as recording:
...         await prices.send(1.5)
...         await asyncio.sleep(60)
...         await prices.send(1.6)
...     print(*recording)
...     prices.subscribe(print)
...     await replay(recording, {"Price": prices}, speed=math.inf)
>>> clock.run(main(), speed=math.inf)
('Price', 0.0, 1.5) ('Price', 60.0, 1.6)
1.5
1.6

In memory it needs nothing; files need the extra ``recording``, which is msgspec, and it is imported only for them.
"""

from async_channel.errors import RecordingError
from async_channel.recording.capture import record
from async_channel.recording.recording import Recording

__all__ = ["Recording", "RecordingError", "record"]
