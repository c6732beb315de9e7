"""Life of a tree: whatever is done to it in whatever order, each event is where the ledger says, once."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from functools import partial
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from async_channel import (
    Channel,
    ChannelClosed,
    ChannelEmpty,
    ChannelFull,
    ChannelKey,
    Channels,
    Consumer,
    ConsumerClosed,
    ConsumerLagged,
    ConsumersFailed,
    DeadLetter,
    Leftover,
    OnError,
    Overflow,
    Retry,
    clock,
    retry,
)
from async_channel.channels.scopes import Scope
from tests.lives import Calling, Keeper, Node, Reading, Tree, inside

pytestmark = pytest.mark.usefixtures("silence")


NUMBER = ChannelKey("Number", int)
LETTER = ChannelKey[DeadLetter[Any]]("Letter", DeadLetter)
PATHS = st.sampled_from(["", "a", "a/b", "a/b/c", "a/d", "e"])
PATTERNS: dict[str, Callable[[str], bool]] = {
    "**": lambda path: True,
    "*": lambda path: path != "" and "/" not in path,
    "a/**": lambda path: inside(path, "a"),
    "a/*": lambda path: inside(path, "a") and path.count("/") == 1,
}
LETTERS = st.sampled_from([False, False, False, True])
CAPACITIES = st.integers(1, 4)
OVERFLOWS = st.sampled_from([Overflow.BLOCK] * 4 + [one for one in Overflow if one is not Overflow.BLOCK])
KINDS = st.sampled_from(["hand", "each", "batches"])
POLICIES = st.sampled_from(
    [OnError.LOG, OnError.STOP, retry(2, backoff=0), retry(2, backoff=0.5), retry(3, backoff=1, then=OnError.STOP)]
)
TIMEOUTS = st.sampled_from([None, 0, 0.25, 1, 5])
KEEPS = st.sampled_from([None, None, None, 0, 1])


class Life(RuleBasedStateMachine):
    """Channels in scopes, and all that can be done to them, a rule for each."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = clock.new_event_loop(speed=math.inf)
        self.loop.set_exception_handler(lambda *_: None)  # a failure is raised where the tasks are looked at
        self.trees = {False: Tree(), True: Tree()}
        self.readings: list[Reading] = []
        self.selecting: list[tuple[bool, str, Reading]] = []
        self.scopes: dict[Scope, str] = {}
        self.stopping: set[Scope] = set()
        self.tasks: dict[asyncio.Task[None], Callable[[], None]] = {}
        """What goes on, and what is done when one of them was cancelled."""
        self.senders: list[asyncio.Task[None]] = []
        self.orders: dict[int, tuple[str, float | None]] = {}
        self.failures: list[BaseException] = []
        self.last = 0

    @initialize(synchronized=st.booleans())
    def begin(self, synchronized: bool) -> None:
        self.channels = Channels(synchronized=synchronized)
        self.scopes[self.channels] = ""
        for path in ("", "a", "a/b"):
            self.open(path, 2, False)

    def do(self, work: Awaitable[None]) -> None:
        async def in_time() -> None:
            async with asyncio.timeout(1000):
                await work

        self.loop.run_until_complete(in_time())

    def spawn(
        self, work: Coroutine[Any, Any, None], cancelled: Callable[[], None] = lambda: None
    ) -> asyncio.Task[None]:
        task = self.loop.create_task(work)
        self.tasks[task] = cancelled
        self.do(asyncio.sleep(0))
        return task

    def node(self, path: str, letters: bool = False) -> Node | None:
        """The node there, if it goes on."""
        node = self.trees[letters].nodes.get(path)
        return None if node is None or node.stopping else node

    # ---- who is there

    @rule(path=PATHS, capacity=CAPACITIES, letters=LETTERS)
    def open(self, path: str, capacity: int, letters: bool) -> None:
        async def work() -> None:
            tree = self.trees[letters]
            try:
                scope: Scope = self.channels.scope(path) if path else self.channels
                self.scopes.setdefault(scope, path)
                key: ChannelKey[Any] = LETTER if letters else NUMBER
                channel: Channel[Any] = scope.get(key) if key in scope else scope.open(key, capacity=capacity)
            except ChannelClosed:
                assert self.stopping.intersection(self._scopes(path))
                return
            if path in tree.nodes and tree.nodes[path].channel is channel:
                return
            node = Node(path, channel)
            tree.add(node)
            for of_letters, pattern, reading in self.selecting:
                if of_letters is letters and not reading.over and PATTERNS[pattern](path):
                    node.met(reading)

        self.do(work())

    @rule(
        path=PATHS,
        letters=LETTERS,
        kind=KINDS,
        capacity=CAPACITIES,
        overflow=OVERFLOWS,
        through=st.booleans(),
        pause=st.sampled_from([0, 0.5]),
        keep=KEEPS,
    )
    def read(
        self,
        path: str,
        letters: bool,
        kind: str,
        capacity: int,
        overflow: Overflow,
        through: bool,
        pause: float,
        keep: int | None,
    ) -> None:
        async def work() -> None:
            node = self.node(path, letters)
            if node is not None:
                self._warm(node, overflow)
                sieve = None if letters or overflow is not Overflow.BLOCK else keep
                source = node.channel.map(lambda event: event) if through else node.channel
                consumer: Consumer[Any] = Consumer(
                    source,
                    capacity=capacity,
                    overflow=overflow,
                    filter_func=None if sieve is None else lambda event: event % 3 != sieve,
                )
                reading = Reading(capacity, overflow, sieve)
                reading.reader = consumer
                node.met(reading)
                self._begin(reading, kind, pause)

        self.do(work())

    @rule(letters=LETTERS, pattern=st.sampled_from(list(PATTERNS)), kind=KINDS, capacity=CAPACITIES, overflow=OVERFLOWS)
    def select(self, letters: bool, pattern: str, kind: str, capacity: int, overflow: Overflow) -> None:
        async def work() -> None:
            key: ChannelKey[Any] = LETTER if letters else NUMBER
            nodes = [node for node in self.trees[letters].nodes.values() if PATTERNS[pattern](node.path)]
            for node in nodes:
                self._warm(node, None)
            consumer = Consumer(self.channels.select(pattern, key), capacity=capacity, overflow=overflow)
            reading = Reading(capacity, overflow, None)
            reading.reader = consumer
            for node in nodes:
                node.met(reading)
            self.selecting.append((letters, pattern, reading))
            self._begin(reading, kind, 0)

        self.do(work())

    @staticmethod
    def _warm(node: Node, overflow: Overflow | None) -> None:
        """What a reader that may lose events makes of a backlog is told elsewhere."""
        if node.warm and overflow is not Overflow.BLOCK:
            Consumer(node.channel).close()
            node.warm = False

    def _begin(self, reading: Reading, kind: str, pause: float) -> None:
        self.readings.append(reading)
        if kind != "hand":
            self._iterate(reading, kind, pause)

    def _iterate(self, reading: Reading, kind: str, pause: float) -> None:
        task = self.loop.create_task(_iterating(reading, kind, pause))
        self.tasks[task] = partial(self._iterate, reading, kind, pause)

    @rule(
        path=PATHS,
        capacity=CAPACITIES,
        overflow=OVERFLOWS,
        through=st.booleans(),
        keep=KEEPS,
        on_error=POLICIES,
        dead=st.none() | PATHS,
        salt=st.none() | st.integers(0, 27),
    )
    def consume(
        self,
        path: str,
        capacity: int,
        overflow: Overflow,
        through: bool,
        keep: int | None,
        on_error: OnError | Retry,
        dead: str | None,
        salt: int | None,
    ) -> None:
        async def work() -> None:
            node = self.node(path)
            if node is None:
                return
            self._warm(node, overflow)
            sieve = keep if overflow is Overflow.BLOCK else None
            calling = Calling(capacity, overflow, sieve, on_error, salt)
            letters = None if dead is None else self.trees[True].nodes.get(dead)
            calling.keeper = None if letters is None else Keeper(letters)
            calling.orders = partial(self._order, path)
            calling.reader = (node.channel.map(lambda event: event) if through else node.channel).consume(
                calling,
                capacity=capacity,
                overflow=overflow,
                filter_func=None if sieve is None else lambda event: event % 3 != sieve,
                on_error=on_error,
                dead_letters=calling.keeper,  # type: ignore[arg-type]  # of a channel it only needs the two sends
            )
            node.met(calling)
            self.readings.append(calling)

        self.do(work())

    def _order(self, path: str, event: int) -> Callable[[], Awaitable[None]] | None:
        """What a callback there is to do with an event, besides."""
        where, timeout = self.orders.get(event, ("nowhere", None))
        return partial(self._stop_scope, path, timeout) if where == path else None

    @precondition(lambda self: self.readings)
    @rule(data=st.data())
    def close(self, data: st.DataObject) -> None:
        reading = data.draw(st.sampled_from(self.readings))

        async def work() -> None:
            reading.look()
            reading.reader.close()
            if not reading.over:
                reading.end()

        self.do(work())

    # ---- what is sent and read

    def _next(self) -> int:
        self.last += 1
        return self.last

    @rule(path=PATHS)
    def send_nowait(self, path: str) -> None:
        async def work() -> None:
            node = self.trees[False].nodes.get(path)
            if node is not None:
                await self._send_nowait(node)

        self.do(work())

    async def _send_nowait(self, node: Node) -> None:
        full, event = node.full, self._next()
        try:
            node.channel.send_nowait(event)
        except ChannelFull:
            in_line = any(not sender.done() for sender in self.senders)  # it may be their turn
            assert full or node.sifted or in_line or any(one.warm for one in node.line)
            return
        except ChannelClosed:
            assert node.stopping
            return
        assert not full or node.sifted
        node.note(event)

    @rule(path=PATHS, count=st.integers(1, 8), how=st.sampled_from(["one", "many", "timeout"]))
    def send(self, path: str, count: int, how: str) -> None:
        node = self.trees[False].nodes.get(path)
        if node is not None:
            self.senders.append(self.spawn(self._send(node, count, how)))

    @rule(path=PATHS, timeout=TIMEOUTS)
    def send_order(self, path: str, timeout: float | None) -> None:
        """An event with which a callback stops the scope it is in."""
        self.orders[self.last + 1] = (path, timeout)
        self.send(path, 1, "one")

    async def _send(self, node: Node, count: int, how: str) -> None:
        def events() -> Iterator[int]:
            for _ in range(count):
                event = self._next()
                yield event
                node.note(event)

        try:
            if how == "many":
                assert await node.channel.send_many(events()) == count
                return
            for _ in range(count if how == "timeout" else 1):
                event = self._next()
                try:
                    async with asyncio.timeout(0.25 if how == "timeout" else None):
                        await node.channel.send(event)
                        node.note(event)
                except TimeoutError:
                    continue
        except ChannelClosed:
            assert node.stopping

    @precondition(lambda self: self.readings)
    @rule(data=st.data(), waiting=st.booleans())
    def take(self, data: st.DataObject, waiting: bool) -> None:
        consumers = [one for one in self.readings if isinstance(one.reader, Consumer)]
        if consumers:
            reading = data.draw(st.sampled_from(consumers))
            self.do(_take(reading, waiting))

    @precondition(lambda self: any(not task.done() for task in self.tasks))
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        tasks = [task for task in self.tasks if not task.done()]
        task = tasks[data.draw(st.integers(0, len(tasks) - 1))]
        then = self.tasks[task]

        async def work() -> None:
            task.cancel()
            await asyncio.wait([task])
            if task.cancelled():
                then()

        self.do(work())

    @rule(seconds=st.sampled_from([0, 0, 0.3, 3]))
    def wait(self, seconds: float) -> None:
        self.do(asyncio.sleep(seconds))

    @precondition(lambda self: self.channels._synchronized)
    @rule()
    def drain(self) -> None:
        _ = self.spawn(self.channels.drain())

    # ---- the end

    @rule(path=PATHS, timeout=TIMEOUTS, awaited=st.booleans())
    def stop_scope(self, path: str, timeout: float | None, awaited: bool) -> None:
        if path:  # the whole of it is stopped in the end
            task = self.spawn(self._stop_scope(path, timeout))
            if awaited and timeout is not None:
                self.do(_ended(task))

    def _scopes(self, path: str) -> list[Scope]:
        """Those that there are on the way to a path: the registry itself first."""
        scopes: list[Scope] = [self.channels]
        for name in path.split("/") if path else ():
            if name not in scopes[-1]._scopes:
                break
            scopes.append(scopes[-1]._scopes[name])
        return scopes

    async def _stop_scope(self, path: str, timeout: float | None) -> None:
        scope = self._scopes(path)[-1]
        if scope.path != path:
            return
        self.stopping.update(scope._all())
        for tree in self.trees.values():
            for node in tree.nodes.values():
                node.stopping = node.stopping or inside(node.path, path)
        await self._stop(scope.stop, timeout)
        for tree in self.trees.values():
            for node in [one for one in tree.nodes.values() if inside(one.path, path) and self._gone(one)]:
                del tree.nodes[node.path]
                tree.end(node)

    def _gone(self, node: Node) -> bool:
        """Whether its scope is no longer in the registry."""
        return node.channel.name not in self.channels

    @rule(path=PATHS, letters=LETTERS, timeout=TIMEOUTS)
    def stop_channel(self, path: str, letters: bool, timeout: float | None) -> None:
        node = self.node(path, letters)

        async def work() -> None:
            assert node is not None
            self.trees[letters].end(node)
            await self._stop(node.channel.stop, timeout)

        if node is not None:
            _ = self.spawn(work())

    async def _stop(
        self, stop: Callable[[float | None], Awaitable[tuple[Leftover, ...]]], timeout: float | None
    ) -> None:
        try:
            await stop(timeout)
        except ConsumersFailed as group:
            self.failures += _leaves(group)

    @invariant()
    def ledgers(self) -> None:
        async def work() -> None:
            for reading in self.readings:
                reading.check()
            for tree in self.trees.values():
                for node in tree.all:
                    assert node.channel.stats().sent == len(node.history)

        self.do(work())
        for task in [task for task in self.tasks if task.done()]:
            del self.tasks[task]
            if not task.cancelled():
                task.result()
        self.senders = [task for task in self.senders if not task.done()]

    def teardown(self) -> None:
        try:
            if hasattr(self, "channels"):
                self.do(self._end())
                self.ledgers()
                assert not asyncio.all_tasks(self.loop)
        finally:
            left = asyncio.all_tasks(self.loop)
            for task in left:
                task.cancel()
            if left:
                self.loop.run_until_complete(asyncio.wait(left))
            self.loop.close()

    async def _end(self) -> None:
        for node in [node for tree in self.trees.values() for node in tree.all]:
            node.stopping = True
        for sender in self.senders:
            sender.cancel()
        for scope in self.scopes:
            await self._stop(scope.stop, 5)
        for scope in self.scopes:  # a callback that itself stops a scope was not waited for, and may have failed since
            await self._stop(scope.stop, None)
        left = [one for scope in self.scopes for one in await scope.stop()]
        for reading in self.readings:
            if isinstance(reading.reader, Consumer) and not any(not task.done() for task in self.tasks):
                await _take_all(reading)
        if self.tasks:
            await asyncio.wait(self.tasks, timeout=500)
        for reading in self.readings:
            if isinstance(reading, Calling):
                reading.check_end()
                assert reading.reader.leftover is None or reading.reader.leftover in left
                assert [one is reading.reader.failure for one in self.failures].count(True) == (
                    reading.reader.failure is not None
                )
            else:
                await _take_all(reading)
        for node in [node for tree in self.trees.values() for node in tree.all]:
            log = node.channel._log
            assert not log.gates
            assert not len(log.turns)
            assert not log.sleepers


async def _ended(task: asyncio.Task[None]) -> None:
    await asyncio.wait([task])


def _leaves(group: BaseException) -> list[BaseException]:
    if isinstance(group, BaseExceptionGroup):
        return [leaf for one in group.exceptions for leaf in _leaves(one)]
    return [group]


async def _iterating(reading: Reading, kind: str, pause: float) -> None:
    consumer = reading.reader
    assert isinstance(consumer, Consumer)
    while True:
        try:
            if kind == "batches":
                async for batch in consumer.batches(2):
                    for event in batch:
                        reading.take(event)
                    await asyncio.sleep(pause)
            else:
                async for event in consumer:
                    reading.take(event)
                    if pause:
                        await asyncio.sleep(pause)
        except ConsumerLagged as error:
            assert 0 < error.missed <= reading.dropped
        else:
            return


async def _take(reading: Reading, waiting: bool) -> None:
    consumer = reading.reader
    assert isinstance(consumer, Consumer)
    while True:
        try:
            reading.take(await consumer.get(timeout=0.25) if waiting else consumer.get_nowait())
        except ConsumerLagged as error:
            assert 0 < error.missed <= reading.dropped
            continue
        except ConsumerClosed:
            assert reading.over
        except (ChannelEmpty, ChannelClosed):
            reading.sift()
            assert not reading.pending
        except TimeoutError:  # what came at that very moment is not lost
            reading.sift()
            if reading.pending:
                reading.take(consumer.get_nowait())
        return


async def _take_all(reading: Reading) -> None:
    while reading.pending:
        await _take(reading, False)
    await _take(reading, False)


# The same lives in each run: a life that is random has more turns than a failure of it could be shrunk in.
Life.TestCase.settings = settings(max_examples=100, stateful_step_count=50, derandomize=True, database=None)
TestLife = Life.TestCase
