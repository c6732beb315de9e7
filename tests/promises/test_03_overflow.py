"""Promise 3: what happens on overflow is the consumer's choice, and one slow lossy consumer slows nobody else."""

from __future__ import annotations

import asyncio

import pytest
import reactivex

from async_channel import Consumer, ConsumerLagged
from tests.support import run


@pytest.mark.parametrize("how", ["get", "async for", "batches", "get_nowait"])
def test_what_a_source_that_cannot_wait_loses_is_told(how: str) -> None:
    async def main() -> None:
        consumer = Consumer(reactivex.interval(1.0), capacity=2)
        await asyncio.sleep(5.5)
        with pytest.raises(ConsumerLagged) as lagged:
            async with asyncio.timeout(0.1):
                while True:
                    match how:
                        case "get":
                            await consumer.get()
                        case "get_nowait":
                            consumer.get_nowait()
                        case "batches":
                            async for _ in consumer.batches():
                                pass
                        case _:
                            async for _ in consumer:
                                pass
        assert lagged.value.missed == 3
        consumer.close()

    run(main())
