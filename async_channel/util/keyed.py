"""Keys: one subscription to a source, whose events find their readers by a dictionary lookup.

So an event costs the same whether one key is read or ten thousand.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Hashable
from functools import partial
from typing import Any, Final

from reactivex import Observable, abc
from reactivex.disposable import Disposable
from typing_extensions import override

from async_channel.util.demand import Demand
from async_channel.util.dynamic import Inners
from async_channel.util.failure import FAILURES
from async_channel.util.fused import Fused, subscribe
from async_channel.util.hot import Hot, join_for, relayed
from async_channel.util.pipeline import (
    SAME,
    Done,
    Next,
    ObserverError,
    Pipeline,
    Receiver,
    Sink,
    ignore,
    nothing,
    push,
    settle,
)
from async_channel.util.relay import Relay
from async_channel.util.scheduler import LoopScheduler


class Hub:
    """Subscribes its source while anybody reads a key, and hands each event to those who read the key it has."""

    def __init__(self, source: Observable[Any], key_of: Callable[[Any], Hashable]) -> None:
        self._source = source
        self._key_of = key_of
        self.readers: dict[Hashable, tuple[Pipeline, ...]] = {}
        self._alone: dict[Hashable, Next] = {}
        """What to call for a key that one reads, past all that lies between: with many keys each object on the way is
        one that no cache holds."""
        self._relay = Relay()
        self._connection: Pipeline | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        """The tasks above that are ending, since nobody reads any more."""

    def _route(self, event: object) -> None:
        key = self._key_of(event)
        alone = self._alone.get(key)
        if alone is None:
            push(event, self.readers.get(key, ()), self._relay.report)
            return
        try:
            alone(event)
        except FAILURES as error:
            self._raised(key, alone, error, event)

    def _raised(self, key: Hashable, called: Next, error: BaseException, event: object) -> None:
        """The one who reads a key raised, and may read it no more, or not alone."""
        reader = next((reader for reader in self.readers.get(key, ()) if _direct(reader) is called), _GONE)
        if called is not reader.next and isinstance(error, Exception) and not isinstance(error, ObserverError):
            error = ObserverError(error)
        settle(reader, error, event, self._relay.report)

    def _find_alone(self, keys: tuple[Hashable, ...]) -> None:
        """Who reads these keys has changed."""
        for key in keys:
            readers = self.readers.get(key, ())
            if len(readers) == 1 and readers[0].next is not ignore:
                self._alone[key] = _direct(readers[0])
            else:
                self._alone.pop(key, None)

    def attach(
        self, keys: tuple[Hashable, ...], reader: Pipeline, scheduler: abc.SchedulerBase | None
    ) -> abc.DisposableBase:
        """Call a pipeline with every event that has one of these keys, until what this returns is disposed."""
        inbox = scheduler.inbox if isinstance(scheduler, LoopScheduler) else None
        if inbox is not None:
            self._give_backlog(keys, reader, scheduler, inbox)
            if reader.closed:
                return Disposable()
            self._relay.join(inbox)
        for key in keys:
            self.readers[key] = (*self.readers.get(key, ()), reader)
            self._alone.pop(key, None)

        def detach() -> None:
            reader.next = ignore  # an event that is just being pushed must not reach it any more
            for key in keys:
                others = tuple(other for other in self.readers.pop(key, ()) if other is not reader)
                if others:
                    self.readers[key] = others
            self._find_alone(keys)
            if inbox is not None:
                self._relay.leave(inbox)
            if not self.readers and self._connection is not None:
                connection, self._connection = self._connection, None
                connection.dispose()
                if isinstance(scheduler, LoopScheduler):  # who leaves last waits for the tasks that worked for all
                    scheduler.tasks.update(self._tasks)

        if self._connection is None:
            try:
                self._connect(scheduler)
            except BaseException:
                detach()
                raise
        self._find_alone(keys)  # not before: what ends it while the source begins can't reach it by then
        return Disposable(detach)

    def _connect(self, scheduler: abc.SchedulerBase | None) -> None:
        ending = Sink(self._route, self._fail, self._complete)
        self._connection = Pipeline(ending, (), relayed(scheduler, self._relay, self._tasks))
        subscribe(self._source, self._connection)

    def _give_backlog(
        self, keys: tuple[Hashable, ...], reader: Pipeline, scheduler: abc.SchedulerBase | None, inbox: Demand
    ) -> None:
        """What a consumer that comes later is entitled to: it came through the shared subscription long ago."""
        if self._connection is None or not self._relay.owes(inbox):
            return
        alone = type(self)(self._source, self._key_of)
        passing = Pipeline(Sink(reader.next, reader.error, nothing, failed=reader.failed), (), scheduler)
        alone.attach(keys, passing, scheduler).dispose()

    def _complete(self) -> None:
        for reader in self._ended():
            reader.completed()

    def _fail(self, error: Exception) -> None:
        for reader in self._ended():
            reader.error(error)

    def _ended(self) -> list[Pipeline]:
        """The source has ended: whoever comes from now on subscribes it anew."""
        readers, self.readers = self.readers, {}
        self._alone.clear()
        self._connection = None
        return list(dict.fromkeys(reader for ones in readers.values() for reader in ones))


def _direct(reader: Pipeline) -> Next:
    """What to call for a pipeline while it is attached: the observer's own function, where no stage is before it."""
    sink = reader._sink
    return sink.bare if isinstance(sink, Sink) and sink.bare is not None and reader.next is sink.next else reader.next


def _tell(error: Exception) -> None:
    """What a reader raised that is gone by then is nobody's end, and reported."""
    raise error.error if isinstance(error, ObserverError) else error


_GONE: Final = Sink(ignore, ignore, nothing, failed=_tell)


class WildcardHub(Hub):
    """A hub whose keys are tuples. An event that has the wildcard in a place is for all who read the rest of it."""

    @override
    def _route(self, event: object) -> None:
        key = self._key_of(event)
        if not isinstance(key, tuple):
            return
        try:
            readers = self._readers_of(key) if WILDCARD in key else self.readers.get(key, ())
        except TypeError:  # a value that has no hash equals none that was asked for
            return
        push(event, readers, self._relay.report)

    def _readers_of(self, key: tuple[object, ...]) -> tuple[Pipeline, ...]:
        """Who reads an event with a wildcard, each once, however many of the keys it asked for this matches."""
        return tuple(
            dict.fromkeys(
                reader
                for wanted, readers in self.readers.items()
                if isinstance(wanted, tuple)
                and all(mine in (WILDCARD, theirs) for mine, theirs in zip(key, wanted, strict=True))
                for reader in readers
            )
        )


WILDCARD = "*"
"""Matches any value, in a filter as in an event."""


class KeySource(Fused[Any]):
    """The events of some keys of a hub."""

    def __init__(self, hub: Hub, keys: tuple[Hashable, ...]) -> None:
        super().__init__()
        self._hub = hub
        self._keys = keys

    @override
    def _attach(self, sink: Receiver, scheduler: abc.SchedulerBase | None) -> abc.DisposableBase:
        if isinstance(sink, Pipeline):  # that of the stages on this source
            return self._hub.attach(self._keys, sink, scheduler)
        reader = Pipeline(sink, (), scheduler)
        return reader.connect(self._hub.attach(self._keys, reader, scheduler))


class Each(Fused[Any]):
    """A pipeline for each key of a source, built as the key first comes; what comes out of all of them.

    Args:
        source: the events.
        key_of: function from an event to its key.
        make: makes a stream of the events of a key.
        build: function from a key and its stream to what is let through.
        idle: seconds after which a key that had no event is let go; None keeps all.
    """

    def __init__(
        self,
        source: Observable[Any],
        key_of: Callable[[Any], Hashable],
        make: Callable[[Hot], Observable[Any]],
        build: Callable[[Any, Any], Observable[Any]],
        idle: float | None,
    ) -> None:
        super().__init__()
        self._upstream = source
        self._key_of = key_of
        self._make = make
        self._build = build
        self._idle = idle

    @override
    def _attach(self, sink: Receiver, scheduler: abc.SchedulerBase | None) -> abc.DisposableBase:
        below = Pipeline(sink, (), scheduler)
        relay = Relay()
        join_for(below, relay)
        branches: OrderedDict[Hashable, Hot] = OrderedDict()

        def error(error: Exception) -> None:
            while branches:
                branches.popitem(last=False)[1].error(error)
            below.error(error)

        stage = partial(self._stage, below, relay, branches)
        above = Pipeline(Sink(ignore, error, below.completed), (stage,), relayed(scheduler, relay))
        below.connect(above)
        subscribe(self._upstream, above)
        return below

    def _stage(
        self, below: Pipeline, relay: Relay, branches: OrderedDict[Hashable, Hot], above: Pipeline, _: Next, __: Done
    ) -> tuple[Next, Done]:
        inners = Inners(below, below.relayed_next, below.completed)
        touch = ignore if self._idle is None else _idle_keys(above, branches, self._idle)

        def next(event: object) -> None:
            key = self._key_of(event)
            branch = branches.get(key)
            if branch is None:
                branch = branches[key] = Hot(relay)
                built = self._build(key, self._make(branch))
                if not isinstance(built, Observable):
                    raise TypeError(f"each(build=...) made {built!r} of key {key!r}, not a stream: return one")
                inners.add(built)
            touch(key)
            branch.next(event)

        def complete_branches() -> None:
            while branches:
                branches.popitem(last=False)[1].completed()

        def completed() -> None:
            complete_branches()
            inners.completed()

        above.at_end(complete_branches)  # who reads a key apart from the rest must not wait for ever
        return next, completed


def _idle_keys(pipeline: Pipeline, branches: OrderedDict[Hashable, Hot], seconds: float) -> Callable[[Hashable], None]:
    """What to call with a key as an event of it comes, so that keys without one are let go in time."""
    time, timer = pipeline.time, pipeline.timer()
    last: dict[Hashable, float] = {}

    def let_go() -> None:
        now = time()
        while branches:
            key = next(iter(branches))  # the one that has been without an event for longest
            left = last[key] + seconds - now
            if left > SAME:
                pipeline.later(timer, left, let_go)
                return
            del last[key]
            branches.pop(key).completed()

    def touch(key: Hashable) -> None:
        if not last:
            pipeline.later(timer, seconds, let_go)
        last[key] = time()
        branches.move_to_end(key)

    return touch
