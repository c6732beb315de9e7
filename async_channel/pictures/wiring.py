"""Wiring: the graph of what is subscribed at this moment, found out by looking: nothing is noted while events flow.

Down from a channel it goes by what is really called (see `ends`), and up again by the stream that was subscribed, which
knows its operators by name and all its sources.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any, Final, TypeAlias

from reactivex import Observable
from reactivex.subject import Subject

from async_channel.channels.channel import Channel
from async_channel.channels.selecting import Selected
from async_channel.handling.subscription import Subscription
from async_channel.pictures import naming
from async_channel.pictures.ends import End, ends_of
from async_channel.pictures.graph import Edge, Graph, Kind, Node
from async_channel.producer import Producer
from async_channel.stream import Stream
from async_channel.util.boundary import Fenced
from async_channel.util.crew import Crewed
from async_channel.util.cursor import Cursor
from async_channel.util.fused import Fused
from async_channel.util.inbox import Inbox
from async_channel.util.keyed import KeySource
from async_channel.util.pump import OnClock

Ids: TypeAlias = tuple[str, ...]
Found: TypeAlias = "tuple[Ids, str]"
"""The nodes that events come out of, and their type."""

_DYNAMIC: Final = frozenset(
    {"flat_map", "flat_map_async", "switch_map", "switch_latest", "select", "each", "merge", "merge_all"}
)
"""Operators that subscribe to streams as they come."""
_DEEPEST: Final = 100
"""How many sources one above the other are shown."""
_SENDS: Final = frozenset({"send", "send_nowait", "on_next"})
"""The methods of a channel, and of its producers, that a callback may be."""


def graph_of(*shown: Observable[object]) -> Graph:
    """The graph of these streams and channels, and of what hangs from them."""
    wiring = Wiring()
    channels = [one for one in shown if isinstance(one, Channel)]
    for channel in channels:
        wiring.expect(channel)
    for one in shown:
        if not isinstance(one, Channel):
            wiring.above(one, ("shown", id(one)))
    wiring.explore(channels)
    return wiring.graph()


class Wiring:
    """A graph in the making."""

    def __init__(self) -> None:
        self._nodes: dict[Hashable, Node] = {}
        self._edges: dict[tuple[str, str], Edge] = {}
        self._fed: dict[int, Channel[Any]] = {}
        self._crews: dict[int, Inbox[Any]] = {}
        self._waiting: list[Channel[Any]] = []
        self._halves: set[str] = set()
        """The upper halves of operators that are in two parts."""
        self._keep: list[object] = []  # what is known by its identity must not go meanwhile

    def graph(self) -> Graph:
        """What was found."""
        return Graph(tuple(self._nodes.values()), tuple(self._edges.values()))

    def expect(self, channel: Channel[Any]) -> None:
        """A channel will be explored: who feeds it is known by that."""
        for _, cursor in channel._feeds:
            self._fed[id(cursor)] = channel

    def explore(self, channels: Sequence[Channel[Any]]) -> None:
        """Find all that hangs from channels, and from those that their events go on to."""
        explored: set[int] = set()
        self._waiting = [*reversed(channels)]
        while self._waiting:
            channel = self._waiting.pop()
            if id(channel) not in explored:
                explored.add(id(channel))
                self._explore(channel)

    def _explore(self, channel: Channel[Any]) -> None:
        id_ = self._channel(channel)
        self._tree(channel, id_)
        for number, source in enumerate(channel._sources):
            name = source.name.removeprefix("source ").strip("'\"")
            detail = "that runs" if source.task is not None else "that rests"
            self._join((self._add((id(channel), "source", number), "source", name, detail=detail),), id_)
        for stream, cursor in channel._feeds:
            self._fed[id(cursor)] = channel
            self._join((self._feed(stream, cursor),), id_)
        type_ = naming.type_name(channel.event_type)
        callbacks = {id(one._intake.cursor): one for one in channel._subscriptions._all}
        for cursor in channel._cursors:
            self._join((id_,), self._reader(cursor, callbacks.get(id(cursor)), type_))
        for sink in channel._fan_out._sinks:
            for end in ends_of(sink, self._crews):
                self._end(channel, id_, sink, end)

    def _tree(self, channel: Channel[Any], id_: str) -> None:
        """Those that its events rise to, which go on from there, and those that rise here."""
        branch = channel._branch
        above = None if branch.parent is None or branch.parent.channel is None else branch.parent.channel()
        if isinstance(above, Channel):
            self._waiting.append(above)
            self._rise(id_, self._channel(above))
        for child in branch._children:
            below = None if child.channel is None else child.channel()
            if isinstance(below, Channel):
                self._rise(self._channel(below), id_)

    def _rise(self, start: str, end: str) -> None:
        self._edges[start, end] = Edge(start=start, end=end, rises=True)

    # ---- nodes

    def _add(self, key: Hashable, kind: Kind, name: str, **more: Any) -> str:
        if key not in self._nodes:
            self._nodes[key] = Node(id=f"n{len(self._nodes)}", kind=kind, name=name, **more)
        return self._nodes[key].id

    def _join(self, starts: Ids, end: str) -> None:
        for start in starts:
            self._edges.setdefault((start, end), Edge(start=start, end=end))

    def _channel(self, channel: Channel[Any]) -> str:
        log = channel._log
        return self._add(
            ("channel", id(log)),
            "channel",
            channel.name,
            detail="stopped" * log.closed,
            event_type=naming.type_name(channel.event_type),
            capacity=channel.capacity,
            count=log.next_seq,
            pending=log.held if log.warm else 0,
            dropped=log.unseen,
        )

    def _reader(self, cursor: Cursor[Any], callback: object, type_: str) -> str:
        stats = cursor.stats()
        called = naming.function_name(callback._callback) if isinstance(callback, Subscription) else ""
        id_ = self._add(
            ("cursor", id(cursor)),
            "callback" if called else "consumer",
            cursor.name,
            detail=called,
            event_type=type_,
            capacity=cursor.capacity,
            count=stats.delivered,
            pending=stats.pending,
            dropped=stats.dropped,
        )
        target = _sent_to(callback._callback) if isinstance(callback, Subscription) else None
        if target is not None:
            self._waiting.append(target)
            self._join((id_,), self._channel(target))
        return id_

    def _feed(self, stream: Stream[Any], cursor: Cursor[Any]) -> str:
        if ("cursor", id(cursor)) in self._nodes:
            return self._nodes["cursor", id(cursor)].id
        above, type_ = self.above(stream, ("feed", id(cursor)))
        id_ = self._reader(cursor, None, type_)
        self._join(above, id_)
        return id_

    # ---- the end of what is subscribed

    def _end(self, channel: Channel[Any], id_: str, sink: object, end: End) -> None:
        to = end.to
        above: Ids
        if isinstance(to, Inbox) and id(to.cursor) in self._fed:
            return  # shown where that is fed
        if end.pipeline is None:
            above, type_ = (id_,), naming.type_name(channel.event_type)
        else:
            plan: Any = end.pipeline.plan
            key = ("pipeline", id(end.pipeline))
            above, type_ = self.above(plan, key)
            self._join_dynamic(id_, above, key)
        for number, name in enumerate(end.operators):
            node = self._add(("rx", id(sink), id(to), number, name), "operator", name)
            self._join(above, node)
            above, type_ = (node,), naming.operator_type(name, type_)
        if isinstance(to, Channel):
            self._waiting.append(to)
            self._join(above, self._channel(to))
        elif isinstance(to, Inbox):
            self._join(above, self._reader(to.cursor, to.tenant, type_))
        else:
            name = "subscriber" if to is None else naming.function_name(to)
            at = (id(sink if end.pipeline is None else end.pipeline), "end", id(to))
            self._join(above, self._add(at, "subscriber", name, event_type=type_))

    def _join_dynamic(self, id_: str, last: Ids, key: Hashable) -> None:
        """A channel that no source of a stream is was subscribed by one of its operators, as it came."""
        reaches = {id_}
        for start, end in self._edges:
            if start in reaches:
                reaches.add(end)
        if reaches.isdisjoint(last):
            mine = [node for at, node in self._nodes.items() if isinstance(at, tuple) and at[0] == key]
            inside = next((node.id for node in mine if node.name in _DYNAMIC), None)
            self._join((id_,), inside or last[-1])

    # ---- upwards

    def above(self, source: Observable[Any], key: Hashable, depth: int = 0) -> Found:
        """The nodes of a stream, and of all that it is made of.

        Args:
            source: the stream.
            key: tells this subscription of it from others.
            depth: how many are below it.
        """
        if isinstance(source, Channel):
            return (self._channel(source),), naming.type_name(source.event_type)
        self._keep.append(source)
        if depth > _DEEPEST:
            return (self._add((key, id(source)), "source", "and so on"),), ""
        if isinstance(source, Fused) and source._source is not source:
            return self._chain(source, key, depth)
        if isinstance(source, Selected):
            means, found = source._query.means, source._present()
            return tuple(self._channel(one) for one, name, path in found if means(one, name, path)), ""
        if isinstance(source, OnClock):
            return self.above(source._upstream, key, depth + 1)
        return (self._key if isinstance(source, KeySource) else self._made_of)(source, key, depth)

    def _chain(self, stream: Fused[Any], key: Hashable, depth: int) -> Found:
        """The operators of one stream, one after the other."""
        above, type_ = self.above(stream._source, key, depth + 1)
        for number, step in enumerate(stream._steps):
            type_ = naming.step_type(step, type_)
            if step.name == "do" and not self._halves.isdisjoint(above):
                continue
            name, detail = naming.step_name(step), naming.step_detail(step)
            id_ = self._add((key, id(stream), number), "operator", name, detail=detail, event_type=type_)
            self._join(above, id_)
            above = (id_,)
        if not type_ and isinstance(stream, Stream):
            type_ = naming.type_name(stream.event_type)
        return above, type_

    def _key(self, source: Observable[Any], key: Hashable, depth: int) -> Found:
        """What reads keys: they share one subscription."""
        assert isinstance(source, KeySource)
        hub = source._hub
        above, type_ = self.above(hub._source, ("hub", id(hub)), depth + 1)
        shared = self._add(("hub", id(hub)), "operator", "key_by" if type(hub).__name__ == "Hub" else "matching")
        self._join(above, shared)
        keys = ", ".join(_written(one) for one in source._keys)
        id_ = self._add((key, id(source)), "operator", keys, event_type=type_)
        self._join((shared,), id_)
        return (id_,), type_

    def _made_of(self, source: Observable[Any], key: Hashable, depth: int) -> Found:
        """One operator, or none of ours, over its sources."""
        sources = _sources(source)
        found = [self.above(one, key, depth + 1) for one in sources]
        given = [type_ for _, type_ in found]
        detail, more = "", dict[str, Any]()
        if isinstance(source, Fused):
            name, type_ = naming.source_name(source), naming.source_type(source, given)
            detail = naming.source_detail(source)
            inbox = self._crews.get(id(source)) if isinstance(source, Crewed) else None
            if inbox is not None:
                more = {"capacity": inbox.cursor.capacity, "pending": inbox.cursor.stats().pending}
        else:
            name = naming.rx_name(getattr(source, "_subscribe", None), type(source).__name__)
            type_ = naming.operator_type(name, given[0]) if len(given) == 1 else ""
        kind: Kind = "operator" if sources else "source"
        id_ = self._add((key, id(source)), kind, name, detail=detail, event_type=type_, **more)
        if isinstance(source, Fenced) and name == "do":
            self._halves.add(id_)
        for above, _ in found:
            self._join(above, id_)
        return (id_,), type_


def _sources(source: Observable[Any]) -> Sequence[Observable[Any]]:
    if not isinstance(source, Fused):
        return [] if isinstance(source, Subject) else naming.rx_sources(source)
    joint = getattr(source, "_sources", None)
    one = getattr(source, "_upstream", None)
    return joint if isinstance(joint, tuple) else [one] if isinstance(one, Observable) else []


def _sent_to(callback: object) -> Channel[Any] | None:
    """The channel that a callback sends to, where it is nothing but a method of it that sends."""
    owner = getattr(callback, "__self__", None)
    while isinstance(owner, Producer):
        owner = owner._channel
    return owner if isinstance(owner, Channel) and getattr(callback, "__name__", "") in _SENDS else None


def _written(key: object) -> str:
    parts = key if isinstance(key, tuple) else (key,)
    return "/".join(part if isinstance(part, str) else repr(part) for part in parts)
