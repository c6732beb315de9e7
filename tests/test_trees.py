"""Trees of channels: an event rises from a channel to its parent, and on from there, as one send."""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import AsyncIterator
from typing import Any

import pytest

from async_channel import (
    Channel,
    ChannelClosed,
    ChannelFull,
    Consumer,
    Overflow,
    Priority,
    Producer,
    WrongLoop,
)
from async_channel.recording import record
from async_channel.replay import replay
from tests.support import run

Chain = tuple[Channel[int], Channel[int], Channel[int]]


def chain(capacity: int = 1024) -> Chain:
    top: Channel[int] = Channel("Top", capacity=capacity)
    middle: Channel[int] = Channel("Middle", capacity=capacity, parent=top)
    return top, middle, Channel("Leaf", capacity=capacity, parent=middle)


def pending(consumer: Consumer[Any]) -> list[Any]:
    return [consumer.get_nowait() for _ in range(consumer.stats().pending)]


async def turns(count: int = 3) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


def unlinked(channel: Channel[Any]) -> bool:
    """Whether a channel is alone: nothing rises from it or to it, and nobody is told of anything."""
    log, branch = channel._log, channel._branch
    return not (log.taps or log.gates or log.look_above or log.below or branch.parent or branch._children) and not (
        branch._wanted or channel._audience._watchers or log._margin or channel._fan_out._rises
    )


# ---- what rises


def test_an_event_rises_to_every_parent_in_the_order_of_sending() -> None:
    top, middle, leaf = chain()
    other: Channel[int] = Channel("Other", parent=middle)
    readers = [Consumer(one) for one in (top, middle, leaf, other)]
    seen: list[list[int]] = [[] for _ in range(4)]
    for channel, into in zip((top, middle, leaf, other), seen, strict=True):
        channel.subscribe(into.append)
    for event, channel in enumerate([leaf, top, other, middle, leaf, other]):
        channel.send_nowait(event)
    expected = [[0, 1, 2, 3, 4, 5], [0, 2, 3, 4, 5], [0, 4], [2, 5]]
    assert [pending(reader) for reader in readers] == seen == expected
    assert [one.stats().sent for one in (top, middle, leaf, other)] == [6, 5, 2, 2]
    assert all(reader.stats().balanced for reader in readers)


def test_all_ways_to_send_rise() -> None:
    async def main() -> None:
        top, _, leaf = chain()
        consumer = Consumer(top)
        async with leaf:
            await leaf.send(1)
            leaf.send_nowait(2)
            await leaf.send_many([3, 4])
            leaf.on_next(5)
            await Producer(leaf).send(6)
            await asyncio.wrap_future(leaf.send_from_thread(7))
            assert pending(consumer) == [1, 2, 3, 4, 5, 6, 7]

    run(main())


def test_a_parent_keeps_what_rises_for_its_first_consumer() -> None:
    top: Channel[int] = Channel("Top", capacity=2, replay=1)
    leaf: Channel[int] = Channel("Leaf", parent=top)
    for event in range(5):
        leaf.send_nowait(event)
    first = Consumer(top, capacity=4)
    leaf.send_nowait(5)
    late = Consumer(top)
    assert (pending(first), pending(late)) == ([3, 4, 5], [5])
    assert pending(Consumer(leaf)) == list(range(6))


def test_what_an_observer_sends_comes_behind_at_every_level() -> None:
    top, middle, leaf = chain()
    seen: list[list[int]] = [[], [], []]

    def answering(into: list[int], question: int, channel: Channel[int]) -> Any:
        def see(event: int) -> None:
            into.append(event)
            if event == question:
                channel.send_nowait(event * 10)
                channel.send_nowait(event * 100)

        return see

    for channel, into in zip((top, middle, leaf), seen, strict=True):
        for question, to in ((1, leaf), (2, middle), (3, top)):
            channel.subscribe(answering(into if question == 1 else [], question, to))
    readers = [Consumer(top), Consumer(middle.map(int)), Consumer(leaf)]
    for event in (1, 2, 3):
        leaf.send_nowait(event)
    order = pending(readers[0])
    assert order == seen[0]
    assert pending(readers[1]) == seen[1] == [event for event in order if event in {1, 2, 3, 10, 100, 20, 200}]
    assert pending(readers[2]) == seen[2] == [event for event in order if event in {1, 2, 3, 10, 100}]
    assert not any(one._log.delivering or one._fan_out.postponed for one in (top, middle, leaf))


def test_what_a_sink_answers_for_ever_does_not_recurse() -> None:
    top, _, leaf = chain()
    depths: list[int] = []
    depth = 0

    def answer(event: int) -> None:
        nonlocal depth
        depth += 1
        depths.append(depth)
        if event < 5000:
            leaf.send_nowait(event + 1)
        depth -= 1

    top.subscribe(answer)
    leaf.send_nowait(0)
    assert depths == [1] * 5001
    assert leaf.stats().sent == top.stats().sent == 5001


def test_an_observer_above_that_raises_is_reported_there_and_harms_nobody() -> None:
    top, middle, leaf = chain()
    failures: list[tuple[str, object]] = []
    for channel in (top, middle, leaf):
        channel.errors.subscribe(lambda failure: failures.append((failure.channel, failure.event)))

    def fail(event: int) -> None:
        raise ValueError(event)

    seen: list[int] = []
    middle.subscribe(fail)
    middle.subscribe(seen.append)
    top.subscribe(seen.append)
    leaf.send_nowait(1)
    assert seen == [1, 1]
    assert failures == [("Middle", 1)]


class Stop(BaseException):
    """What nothing catches."""


def test_an_interrupt_in_an_observer_leaves_the_tree_in_order() -> None:
    top, middle, leaf = chain()
    seen: list[int] = []
    top.subscribe(seen.append)

    def interrupt(event: int) -> None:
        if event == 1:
            raise Stop

    leaf.subscribe(interrupt)
    middle.subscribe(lambda event: None)
    with pytest.raises(Stop):
        leaf.send_nowait(1)
    leaf.send_nowait(2)
    top.send_nowait(3)
    assert seen == [1, 2, 3]
    assert not any(one._log.delivering for one in (top, middle, leaf))


# ---- backpressure


@pytest.mark.parametrize("level", range(3))
@pytest.mark.parametrize("kind", ["direct", "pipeline"])
def test_a_send_waits_for_a_full_consumer_at_any_level(level: int, kind: str) -> None:
    async def main() -> None:
        channels = chain()
        leaf = channels[2]
        source = channels[level]
        slow = Consumer(source if kind == "direct" else source.map(int), capacity=2, name="slow")
        others = [Consumer(one) for one in channels]
        await leaf.send(1)
        await leaf.send(2)
        with pytest.raises(ChannelFull, match="'slow'"):
            leaf.send_nowait(3)
        waiting = asyncio.create_task(leaf.send(4))
        await turns()
        assert not waiting.done()
        assert [one.stats().pending for one in others] == [2, 2, 2]
        waiting.cancel()
        await asyncio.wait([waiting])
        again = asyncio.create_task(leaf.send(5))
        await turns()
        assert not again.done()
        assert await slow.get() == 1
        await again
        assert [pending(one) for one in others] == [[1, 2, 5]] * 3
        assert pending(slow) == [2, 5]
        assert leaf.stats().waits == 2

    run(main())


def test_the_message_names_who_is_full_above() -> None:
    top, _, leaf = chain()
    Consumer(top.map(int), capacity=1, name="screen")
    direct = Consumer(top, capacity=1, name="table")
    leaf.send_nowait(1)
    with pytest.raises(ChannelFull) as raised:
        leaf.send_nowait(2)
    del direct
    said = str(raised.value)
    assert said.startswith("channel 'Leaf' is full, nobody got the event: ")
    assert "'table' of 'Top' above (1 pending, capacity 1)" in said
    assert [one.stats().sent for one in (top, leaf)] == [1, 1]


@pytest.mark.parametrize("waits", [False, True])
@pytest.mark.parametrize("capacity", [1, 2, 3])
def test_whoever_fills_the_parent_holds_the_children_back(capacity: int, waits: bool) -> None:
    async def main() -> None:
        top, middle, leaf = chain()
        for one in (top, middle, leaf):
            await one.start()
        slow = Consumer(top, capacity=capacity)
        leaf.send_nowait(0)
        await slow.get()
        for event in range(capacity):
            channel = (top, middle)[event % 2] if event else leaf
            if waits:
                await channel.send(event)
            else:
                channel.send_nowait(event)
        for channel in (leaf, middle, top):
            with pytest.raises(ChannelFull):
                channel.send_nowait(9)
        new: Channel[int] = Channel("New", parent=middle)
        with pytest.raises(ChannelFull):
            new.send_nowait(9)
        slow.get_nowait()
        new.send_nowait(10)
        with pytest.raises(ChannelFull):
            leaf.send_nowait(9)
        assert pending(slow)[-1] == 10

    run(main())


def test_a_parent_of_capacity_one_without_readers_holds_nobody_back() -> None:
    top: Channel[int] = Channel("Top", capacity=1)
    leaf: Channel[int] = Channel("Leaf", parent=top)
    for event in range(5):
        leaf.send_nowait(event)
        top.send_nowait(event)

    async def main() -> None:
        for event in range(5):
            await asyncio.wait_for(leaf.send(event), 1)
            await asyncio.wait_for(top.send(event), 1)

    run(main())
    assert top.stats().sent == 20


def test_a_consumer_that_comes_to_the_parent_holds_back_those_who_had_room() -> None:
    async def main() -> None:
        top, _, leaf = chain()
        for event in range(3):
            await leaf.send(event)
        late = Consumer(top, capacity=2)  # it begins with three pending
        waiting = asyncio.create_task(leaf.send(3))
        await turns()
        assert not waiting.done()
        assert [await late.get(), late.get_nowait()] == [0, 1]
        await waiting
        assert pending(late) == [2, 3]
        late.close()
        await leaf.send(4)

    run(main())


def test_a_lossy_consumer_above_holds_nobody_back() -> None:
    top, _, leaf = chain()
    lossy = Consumer(top, capacity=2, overflow=Overflow.DROP_OLDEST)
    for event in range(10):
        leaf.send_nowait(event)
    assert pending(lossy) == [8, 9]
    assert lossy.stats().dropped == 8


def test_who_waits_above_and_who_waits_below_take_turns() -> None:
    async def main() -> None:
        top: Channel[str] = Channel("Top")
        left: Channel[str] = Channel("Left", parent=top)
        right: Channel[str] = Channel("Right", parent=top)
        deep: Channel[str] = Channel("Deep", parent=left)
        reader = Consumer(top, capacity=1)

        async def keep_sending(channel: Channel[str]) -> None:
            while True:
                await channel.send(channel.name)

        tasks = [asyncio.create_task(keep_sending(channel)) for channel in (top, left, right, deep) for _ in range(2)]
        got = [await reader.get() for _ in range(120)]
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        for start in range(0, 120, 12):
            assert set(got[start : start + 12]) == {"Top", "Left", "Right", "Deep"}

    run(main())


def test_who_reads_and_sends_below_in_one_go_does_not_starve_who_waits_above() -> None:
    async def main() -> None:
        top: Channel[int] = Channel("Top")
        leaf: Channel[int] = Channel("Leaf", parent=top)
        reader = Consumer(top, capacity=1)
        await leaf.send(0)
        waiting = [asyncio.create_task(top.send(-1)) for _ in range(2)]
        await turns()
        refused = 0
        for event in range(1, 9):
            pending(reader)
            try:
                leaf.send_nowait(event)
            except ChannelFull as full:
                assert "'Top' above, for those who wait there" in str(full)
                refused += 1
            await turns()
        assert all(task.done() for task in waiting)
        assert refused == 2
        assert leaf.stats().sent == 7

    run(main())


def test_a_turn_above_that_is_given_up_is_passed_on() -> None:
    async def main() -> None:
        top: Channel[int] = Channel("Top")
        leaf: Channel[int] = Channel("Leaf", parent=top)
        reader = Consumer(top, capacity=1)
        await leaf.send(0)
        above, below = asyncio.create_task(top.send(1)), asyncio.create_task(leaf.send(2))
        await turns()
        assert reader.get_nowait() == 0  # it is the turn of the one above, who is cancelled before it knows
        above.cancel()
        await asyncio.wait_for(below, 1)
        assert pending(reader) == [2]

    run(main())


def test_synchronized_channels_of_a_tree_make_room_for_each_other() -> None:
    async def main() -> None:
        top: Channel[int] = Channel("Top", synchronized=True)
        leaf: Channel[int] = Channel("Leaf", synchronized=True, parent=top)
        got: list[int] = []
        plain = Consumer(leaf)
        async with top, leaf:
            top.consume(got.append, capacity=2)
            leaf.consume(lambda event: got.append(event * 10), capacity=3)
            for event in range(1, 7):
                await (top, leaf)[event % 2].send(event)
                assert all(one.pending <= 2 for one in top.stats().consumers)
            await leaf.drain()
        assert [event for event in got if event < 10] == [1, 2, 3, 4, 5, 6]
        assert [event for event in got if event >= 10] == [10, 30, 50]
        assert pending(plain) == [1, 3, 5]

    run(main())


# ---- demand


def test_who_reads_the_parent_wants_the_events_of_every_child() -> None:
    top, middle, leaf = chain()
    assert not leaf.has_demand
    consumer = Consumer(top)
    assert [one.has_demand for one in (top, middle, leaf)] == [True] * 3
    new: Channel[int] = Channel("New", parent=middle)
    assert new.has_demand
    consumer.close()
    assert [one.has_demand for one in (top, middle, leaf, new)] == [False] * 4
    below = Consumer(leaf)
    assert [one.has_demand for one in (top, middle, leaf, new)] == [False, False, True, False]
    below.close()
    Consumer(top, priority=Priority.OPTIONAL).close()
    assert not leaf.has_demand


def test_the_source_of_a_child_runs_while_only_the_parent_is_read() -> None:
    async def main() -> None:
        top, _, leaf = chain()
        async with top, leaf:

            @leaf.source(grace=0)
            async def count() -> AsyncIterator[int]:
                for number in range(1000):
                    yield number
                    await asyncio.sleep(1)

            assert leaf._sources[0].task is None
            async with Consumer(top) as consumer:
                assert [await consumer.get() for _ in range(3)] == [0, 1, 2]
            await asyncio.sleep(1)
            assert leaf._sources[0].task is None

    run(main())


# ---- the end


@pytest.mark.parametrize("end", ["stop", "error", "dispose"])
def test_children_go_on_alone_when_the_parent_has_ended(end: str) -> None:
    async def main() -> None:
        top, middle, leaf = chain()
        slow = Consumer(middle, capacity=1)
        own = Consumer(leaf)
        await leaf.send(1)
        waiting = asyncio.create_task(leaf.send(2))
        await turns()
        if end == "stop":
            await middle.stop()
        elif end == "error":
            middle.on_error(ValueError())
        else:
            middle.dispose()
        await waiting
        await leaf.send(3)
        assert pending(own) == [1, 2, 3]
        assert top.stats().sent == 1
        assert pending(slow) == [1]
        own.close()
        assert unlinked(leaf)
        assert unlinked(top)
        assert not leaf.has_demand

    run(main())


@pytest.mark.parametrize("end", ["stop", "dispose"])
def test_a_child_that_ends_while_the_parent_is_full_leaves_nothing(end: str) -> None:
    async def main() -> None:
        top, middle, leaf = chain()
        slow = Consumer(top, capacity=1)
        await leaf.send(1)
        waiting = asyncio.create_task(leaf.send(2))
        await turns()
        if end == "stop":
            await leaf.stop()
        else:
            leaf.dispose()
        with pytest.raises(ChannelClosed):
            await waiting
        assert unlinked(leaf)
        slow.get_nowait()
        await middle.send(3)
        assert pending(slow) == [3]

    run(main())


def test_a_thousand_children_that_come_and_go_leave_nothing() -> None:
    top: Channel[int] = Channel("Top")
    consumer = Consumer(top, capacity=999)

    def come_and_go(event: int) -> weakref.ref[Channel[int]]:
        child: Channel[int] = Channel("Child", parent=top)
        child.send_nowait(event)
        child.on_completed()
        assert unlinked(child)
        return weakref.ref(child)

    gone = [come_and_go(event) for event in range(999)]
    gc.collect()
    assert not any(ref() for ref in gone)
    assert pending(consumer) == list(range(999))
    consumer.close()
    assert unlinked(top)


def test_a_parent_that_ends_while_its_event_is_on_its_way_still_pushes_it_first() -> None:
    top, middle, leaf = chain()
    seen: list[object] = []
    middle.subscribe(seen.append, on_completed=lambda: seen.append("end"))
    top.subscribe(lambda event: seen.append(-event))
    leaf.subscribe(lambda event: middle.on_completed())
    leaf.send_nowait(1)
    leaf.send_nowait(2)
    assert seen == [1, "end", -1] or seen == [1, -1, "end"]
    assert not any(one._log.delivering for one in (top, middle, leaf))


# ---- what is wrong


@pytest.mark.parametrize("wrong", [1, "Top", Producer(Channel("Top")), Channel])
def test_a_parent_that_is_no_channel_is_refused(wrong: Any) -> None:
    with pytest.raises(TypeError, match=r"Channel\(parent=\.\.\.\) takes a Channel, got "):
        _ = Channel("Leaf", parent=wrong)


def test_a_parent_that_is_stopped_is_refused() -> None:
    top: Channel[int] = Channel("Top")
    top.on_completed()
    with pytest.raises(ChannelClosed, match="'Top' is stopped: nothing can rise to it"):
        _ = Channel("Leaf", parent=top)


@pytest.mark.real_time
@pytest.mark.parametrize("ready", [False, True])
def test_a_parent_on_another_loop_is_an_error_at_the_call(ready: bool) -> None:
    top, middle, leaf = chain()
    if ready:
        leaf.send_nowait(0)
    there = asyncio.new_event_loop()
    here = asyncio.new_event_loop()
    try:
        there.run_until_complete(top.start())
        with pytest.raises(WrongLoop):
            here.run_until_complete(leaf.send(1))
        assert [one.stats().sent for one in (top, middle, leaf)] == [int(ready)] * 3
    finally:
        here.close()
        there.close()


@pytest.mark.real_time
def test_a_tree_lives_on_from_loop_to_loop() -> None:
    top, _, leaf = chain()
    consumer = Consumer(top, capacity=1)

    async def main(event: int) -> None:
        await leaf.send(event)
        assert await consumer.get() == event

    for event in range(3):
        asyncio.run(main(event))


@pytest.mark.real_time
def test_in_debug_mode_the_ledgers_are_the_same() -> None:
    async def main() -> None:
        top, middle, leaf = chain()
        readers = [Consumer(one, capacity=2) for one in (top, middle, leaf)]

        async def send(channel: Channel[int], first: int) -> None:
            for event in range(first, first + 5):
                await channel.send(event)

        tasks = [asyncio.create_task(send(one, n * 10)) for n, one in enumerate((top, middle, leaf))]
        got: list[list[int]] = [[], [], []]
        while not all(task.done() for task in tasks) or any(reader.stats().pending for reader in readers):
            for reader, into in zip(readers, got, strict=True):
                into.extend(pending(reader))
            await asyncio.sleep(0)
        assert sorted(got[0]) == [*range(5), *range(10, 15), *range(20, 25)]
        assert got[1] == [event for event in got[0] if event >= 10]
        assert got[2] == [event for event in got[0] if event >= 20]

    asyncio.run(main(), debug=True)


# ---- recording


def test_an_event_is_recorded_where_it_was_sent_and_rises_again_in_a_replay() -> None:
    async def main() -> None:
        top, middle, leaf = chain()
        async with record([top, leaf]) as recording:
            await leaf.send(1)
            await middle.send(2)
            await top.send(3)
        rows = [(name, event) for name, _, event in recording]
        assert rows == [("Leaf", 1), ("Top", 2), ("Top", 3)]
        again = chain()
        consumer = Consumer(again[0])
        await replay(recording, {"Top": again[0], "Leaf": again[2]})
        assert pending(consumer) == [1, 2, 3]
        assert again[2].stats().sent == 1

    run(main())
