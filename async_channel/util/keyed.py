"""Keys: one subscription to a source, whose events find their readers by a dictionary lookup.

So an event costs the same whether one key is read or ten thousand.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from reactivex import Observable, abc
from reactivex.disposable import Disposable
from typing_extensions import override

from async_channel.util.dynamic import Inners
from async_channel.util.fused import Fused, subscribe
from async_channel.util.hot import Hot, join_for, push, relayed
from async_channel.util.pipeline import Done, Next, Pipeline, Receiver, Sink, ignore
from async_channel.util.relay import Relay
from async_channel.util.scheduler import LoopScheduler


class Hub:
    """Subscribes its source while anybody reads a key, and hands each event to those who read the key it has."""

    def __init__(self, source: Observable[Any], key_of: Callable[[Any], Hashable]) -> None:
        self._source = source
        self._key_of = key_of
        self.branches: dict[Hashable, Hot] = {}
        self._relay = Relay()
        self._connection: Pipeline | None = None

    def _route(self, event: object) -> None:
        branch = self.branches.get(self._key_of(event))
        if branch is not None:
            branch.next(event)

    def attach(
        self, keys: tuple[Hashable, ...], sink: Pipeline, scheduler: abc.SchedulerBase | None
    ) -> abc.DisposableBase:
        """Call a pipeline with every event that has one of these keys, until what this returns is disposed."""
        inbox = None
        if isinstance(scheduler, LoopScheduler) and scheduler.inbox is not None:
            inbox = scheduler.inbox
            if self._connection is not None and self._relay.owes(inbox):
                self._give_backlog(keys, sink, scheduler)
                if sink.closed:
                    return Disposable()
            self._relay.join(inbox)
        attached = [self.branches.setdefault(key, Hot(self._relay))._attach(sink, scheduler) for key in keys]

        def detach() -> None:
            for one in attached:
                one.dispose()
            for key in keys:
                if key in self.branches and not self.branches[key].sinks:
                    del self.branches[key]
            if inbox is not None:
                self._relay.leave(inbox)
            if not self.branches and self._connection is not None:
                connection, self._connection = self._connection, None
                connection.dispose()

        if self._connection is None:
            try:
                self._connect(scheduler)
            except BaseException:
                detach()
                raise
        return Disposable(detach)

    def _connect(self, scheduler: abc.SchedulerBase | None) -> None:
        ending = Sink(self._route, self._fail, self._complete)
        self._connection = Pipeline(ending, (), relayed(scheduler, self._relay))
        subscribe(self._source, self._connection)

    def _give_backlog(self, keys: tuple[Hashable, ...], sink: Pipeline, scheduler: abc.SchedulerBase) -> None:
        """What a consumer that comes later is entitled to: it came through the shared subscription long ago."""
        alone = type(self)(self._source, self._key_of)
        passing = Pipeline(Sink(sink.next, sink.error, _nothing, failed=sink.failed), (), scheduler)
        alone.attach(keys, passing, scheduler).dispose()

    def _complete(self) -> None:
        for branch in self._ended():
            branch.completed()

    def _fail(self, error: Exception) -> None:
        for branch in self._ended():
            branch.error(error)

    def _ended(self) -> list[Hot]:
        """The source has ended: whoever comes from now on subscribes it anew."""
        branches, self.branches = self.branches, {}
        self._connection = None
        return list(branches.values())


class WildcardHub(Hub):
    """A hub whose keys are tuples. An event that has the wildcard in a place is for all who read the rest of it."""

    @override
    def _route(self, event: object) -> None:
        key = self._key_of(event)
        if not isinstance(key, tuple):
            return
        try:
            if WILDCARD in key:
                push(event, self._readers_of(key), self._relay.report)
                return
            branch = self.branches.get(key)
        except TypeError:  # a value that has no hash equals none that was asked for
            return
        if branch is not None:
            branch.next(event)

    def _readers_of(self, key: tuple[object, ...]) -> list[Receiver]:
        """Who reads an event with a wildcard, each once, however many of the keys it asked for this matches."""
        return list(
            dict.fromkeys(
                sink
                for wanted, branch in self.branches.items()
                if isinstance(wanted, tuple)
                and all(mine in (WILDCARD, theirs) for mine, theirs in zip(key, wanted, strict=True))
                for sink in branch.sinks
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
        pipeline = Pipeline(sink, (), scheduler)
        return pipeline.connect(self._hub.attach(self._keys, pipeline, scheduler))


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
        above = Pipeline(Sink(ignore, below.error, below.completed), (partial(self._stage, below, relay),), scheduler)
        above.scheduler = relayed(scheduler, relay)
        return below.connect(subscribe(self._upstream, above))

    def _stage(self, below: Pipeline, relay: Relay, above: Pipeline, _: Next, __: Done) -> tuple[Next, Done]:
        inners = Inners(below, below.relayed_next, below.completed)
        branches: OrderedDict[Hashable, Hot] = OrderedDict()
        touch = _nothing_to if self._idle is None else _idle_keys(above, branches, self._idle)

        def next(event: object) -> None:
            key = self._key_of(event)
            branch = branches.get(key)
            if branch is None:
                branch = branches[key] = Hot(relay)
                inners.add(self._build(key, self._make(branch)))
            touch(key)
            branch.next(event)

        def completed() -> None:
            while branches:
                branches.popitem(last=False)[1].completed()
            inners.completed()

        return next, completed


def _idle_keys(pipeline: Pipeline, branches: OrderedDict[Hashable, Hot], seconds: float) -> Callable[[Hashable], None]:
    """What to call with a key as an event of it comes, so that keys without one are let go in time."""
    clock, timer, span = pipeline.clock, pipeline.timer(), timedelta(seconds=seconds)
    last: dict[Hashable, datetime] = {}

    def let_go() -> None:
        now = clock.now
        while branches:
            key = next(iter(branches))  # the one that has been without an event for longest
            left = (last[key] + span - now).total_seconds()
            if left > 0:
                pipeline.later(timer, left, let_go)
                return
            del last[key]
            branches.pop(key).completed()

    def touch(key: Hashable) -> None:
        if not last:
            pipeline.later(timer, seconds, let_go)
        last[key] = clock.now
        branches.move_to_end(key)

    return touch


def _nothing_to(_: object) -> None: ...


def _nothing() -> None: ...
