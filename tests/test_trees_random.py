"""Random trees of channels, sent to at random: the ledgers are exact, and each level sees the one order of sending."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from async_channel import Channel, ChannelFull, Consumer
from tests.support import run


@dataclass
class Reading:
    level: int
    capacity: int
    through: bool
    """Whether it reads a pipeline."""
    pauses: int
    """How many turns of the loop it takes for an event."""


READINGS = st.builds(
    Reading,
    level=st.integers(0, 5),
    capacity=st.integers(1, 4),
    through=st.booleans(),
    pauses=st.integers(0, 3),
)
SENDING = st.tuples(st.integers(0, 5), st.sampled_from(["wait", "now", "cancel"]), st.integers(0, 2))


def ancestors(parents: list[int], node: int) -> list[int]:
    found = [node]
    while node:
        node = parents[node]
        found.append(node)
    return found


@settings(max_examples=150)
@given(
    parents=st.lists(st.integers(0, 5), min_size=1, max_size=5),
    capacities=st.lists(st.integers(1, 5), min_size=6, max_size=6),
    readings=st.lists(READINGS, max_size=6),
    senders=st.lists(st.lists(SENDING, max_size=8), min_size=1, max_size=4),
    late=st.integers(0, 6),
    debug=st.booleans(),
)
def test_every_ledger_is_exact_and_every_level_sees_one_order(  # noqa: C901  one world, told in its order
    parents: list[int],
    capacities: list[int],
    readings: list[Reading],
    senders: list[list[tuple[int, str, int]]],
    late: int,
    debug: bool,
) -> None:
    above = [0, *(parent % (node + 1) for node, parent in enumerate(parents))]

    async def main() -> None:  # noqa: C901  as above
        asyncio.get_running_loop().set_debug(debug)
        asyncio.get_running_loop().slow_callback_duration = 1e9
        channels: list[Channel[int]] = []
        for node, parent in enumerate(above):
            channels.append(Channel(f"N{node}", capacity=capacities[node], parent=channels[parent] if node else None))
        size = len(channels)
        sent: list[list[int]] = [[] for _ in channels]  # the model: what each channel was sent, in order
        pushed: list[list[int]] = [[] for _ in channels]
        for channel, into in zip(channels, pushed, strict=True):
            channel._fan_out.tap(into.append)
        seen: list[list[int]] = [[] for _ in channels]
        for channel, into in zip(channels, seen, strict=True):
            channel.subscribe(into.append)

        def note(node: int, event: int) -> None:
            for one in ancestors(above, node):
                sent[one].append(event)

        consumers: list[tuple[int, Consumer[int], list[int], int]] = []
        tasks: list[asyncio.Task[None]] = []

        def come(reading: Reading) -> None:
            channel = channels[reading.level % size]
            consumer = Consumer(channel.map(int) if reading.through else channel, capacity=reading.capacity)
            got: list[int] = []
            before = len(pushed[reading.level % size]) - consumer.stats().pending

            async def read() -> None:
                async for event in consumer:
                    got.append(event)
                    assert consumer.stats().balanced
                    for _ in range(reading.pauses):
                        await asyncio.sleep(0)

            tasks.append(asyncio.create_task(read()))
            consumers.append((reading.level % size, consumer, got, before))

        async def send(first: int, plan: list[tuple[int, str, int]]) -> None:
            for number, (place, how, pause) in enumerate(plan):
                node, event = place % size, first + number
                if how == "now":
                    try:
                        channels[node].send_nowait(event)
                    except ChannelFull:
                        continue
                elif how == "wait":
                    await channels[node].send(event)
                else:
                    try:
                        async with asyncio.timeout(0):
                            await channels[node].send(event)
                    except TimeoutError:
                        continue
                note(node, event)
                for _ in range(pause):
                    await asyncio.sleep(0)

        for reading in readings[late:]:
            come(reading)
        sending = [asyncio.create_task(send(n * 100, plan)) for n, plan in enumerate(senders)]
        await asyncio.sleep(0)
        for reading in readings[:late]:
            come(reading)
        async with asyncio.timeout(1000):
            await asyncio.gather(*sending)
            for channel in channels:
                channel.on_completed()
            await asyncio.gather(*tasks)
        for node, channel in enumerate(channels):
            assert seen[node] == pushed[node]
            assert sorted(pushed[node]) == sorted(sent[node])
            assert channel.stats().sent == len(sent[node])
            inside = set(pushed[node])
            assert [event for event in pushed[0] if event in inside] == pushed[node]
        for node, consumer, got, before in consumers:
            stats = consumer.stats()
            assert got == pushed[node][before:]
            assert (stats.balanced, stats.pending, stats.dropped) == (True, 0, 0)
            assert stats.delivered == len(got)
        for channel in channels:
            assert not channel._log.gates
            assert not len(channel._log.turns)

    run(main())


@settings(max_examples=80)
@given(
    answers=st.dictionaries(st.integers(0, 7), st.tuples(st.integers(0, 2), st.integers(0, 2)), max_size=6),
    sends=st.lists(st.integers(0, 2), min_size=1, max_size=4),
)
def test_what_observers_send_at_random_is_pushed_in_the_order_of_sending(
    answers: dict[int, tuple[int, int]], sends: list[int]
) -> None:
    """Event `n` makes an observer at one level send the next event at another."""
    top: Channel[int] = Channel("Top")
    middle: Channel[int] = Channel("Middle", parent=top)
    channels: list[Channel[Any]] = [top, middle, Channel("Leaf", parent=middle)]
    taps: list[list[int]] = [[], [], []]
    seen: list[list[int]] = [[], [], []]
    following = iter(range(1000))

    for level, channel in enumerate(channels):
        channel._fan_out.tap(taps[level].append)

        def see(event: int, level: int = level) -> None:
            seen[level].append(event)
            where, to = answers.get(event, (-1, 0))
            if where == level:
                channels[to].send_nowait(next(following))

        channel.subscribe(see)
    readers = [Consumer(channel.map(int)) for channel in channels]
    for level in sends:
        channels[level].send_nowait(next(following))
    for level in range(3):
        assert seen[level] == taps[level]
        assert [readers[level].get_nowait() for _ in taps[level]] == taps[level]
    assert sorted(taps[0]) == taps[0] == list(range(next(following)))
    assert not any(one._log.delivering or one._fan_out.postponed for one in channels)
