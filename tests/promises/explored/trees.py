"""Promises 1, 2, 5 and 7 across a tree of channels, as scenarios."""

from __future__ import annotations

import asyncio

from async_channel.testing import spare
from tests.promises.explored.common import (
    Api,
    by_get,
    by_iteration,
    check_ledger,
    check_nothing_left,
    check_quiet,
    ended,
    reading,
    start,
)


async def atomic_at_every_level(api: Api) -> None:
    """1, 2, 7: an event reaches every level or none, in the order of sending, whoever is cancelled while it waits."""
    top = api.Channel("Top", capacity=2)
    middle = api.Channel("Middle", capacity=2, parent=top)
    leaves = [api.Channel(f"Leaf {n}", capacity=2, parent=middle) for n in range(2)]
    channels = [top, middle, *leaves]
    consumers = [
        api.Consumer(top, capacity=1),
        api.Consumer(middle.map(lambda event: event), capacity=2),
        api.Consumer(leaves[0], capacity=1),
        api.Consumer(leaves[1], capacity=1),
    ]
    got: list[list[int]] = [[] for _ in consumers]
    sent: list[tuple[int, int]] = []
    pushed: list[int] = []
    top.subscribe(pushed.append)

    async def produce(level: int, first: int) -> None:
        for event in range(first, first + 2):
            await channels[level].send(event)
            sent.append((level, event))
        try:
            channels[level].send_nowait(first + 2)
        except api.ChannelFull:
            return
        sent.append((level, first + 2))

    reads = [by_iteration(consumers[0], got[0]), *(by_get(api, consumers[n], got[n]) for n in (1, 2, 3))]
    readers = reading(*reads)
    senders = start(*(produce(level, level * 10) for level in range(4)))
    await ended(senders)
    for channel in channels:
        await check_quiet(channel, *consumers)
        check_ledger(channel, *consumers)
    for channel in reversed(channels):
        await channel.stop()
    await ended(readers)
    assert got[0] == pushed
    assert sorted(got[0]) == sorted(event for _, event in sent)
    assert got[1] == [event for event in got[0] if event >= 10]
    assert got[2] == [event for event in got[0] if 20 <= event < 30]
    assert got[3] == [event for event in got[0] if event >= 30]
    for channel in channels:
        check_nothing_left(channel, *consumers)


async def everybody_gets_a_turn(api: Api) -> None:
    """2, 7: where there is room for one at a time, whoever waits at any level sends in the end, and nobody else waits.

    That who waits above and who waits below take turns is a matter of asyncio's own order, in which they are woken.
    """
    top = api.Channel("Top")
    middle = api.Channel("Middle", parent=top)
    leaves = [api.Channel(f"Leaf {n}", parent=middle) for n in range(2)]
    channels = [top, middle, *leaves]
    slow = api.Consumer(top, capacity=1)
    picky = api.Consumer(leaves[1], capacity=1)
    got: list[int] = []
    sent: list[int] = []

    async def produce(level: int, first: int) -> None:
        for event in range(first, first + 2):
            await channels[level].send(event)
            sent.append(event)

    senders = start(*(produce(level % 4, level * 10) for level in range(6)))
    readers = reading(by_get(api, slow, got), by_get(api, picky, []))
    await ended(senders)
    for channel in reversed(channels):
        await channel.stop()
    await ended(readers)
    assert sorted(got) == sorted(sent)
    for channel in channels:
        check_nothing_left(channel, slow, picky)


async def ends_in_a_tree(api: Api) -> None:
    """5, 7: whichever channel of a tree ends while others wait for it, they go on, and nothing is left of it."""
    top = api.Channel("Top")
    middle = api.Channel("Middle", parent=top)
    leaves = [api.Channel(f"Leaf {n}", parent=middle) for n in range(2)]
    slow = api.Consumer(middle, capacity=1)
    own = api.Consumer(leaves[0])
    sent: list[int] = []
    got: list[int] = []

    async def produce(leaf: int, first: int) -> None:
        try:
            for event in range(first, first + 3):
                await leaves[leaf].send(event)
                if not leaf:
                    sent.append(event)
        except api.ChannelClosed:
            assert leaf

    async def end(channel: object, turns: int) -> None:
        for _ in range(turns):
            await asyncio.sleep(0)
        await channel.stop()  # type: ignore[attr-defined]  # as above

    readers = reading(by_get(api, own, got))
    senders = start(produce(0, 0), produce(1, 10))
    enders = [spare(asyncio.create_task(end(leaves[1], 3))), spare(asyncio.create_task(end(middle, 6)))]
    await asyncio.wait(enders)
    await ended(senders)
    await leaves[0].stop()
    await ended(readers)
    assert got == sent
    for channel in (top, middle, *leaves):
        check_nothing_left(channel, slow, own)
        assert not channel._branch.parent
        assert not channel._branch._children
        assert not channel._log.taps
        assert not channel._log.delivering
    await top.stop()
