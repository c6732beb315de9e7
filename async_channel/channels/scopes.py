"""Scope: channels by key, and scopes inside it whose events rise to the channels of the same key here."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self, TypeVar

from async_channel import util
from async_channel.channels.channel import Channel
from async_channel.channels.keys import ChannelKey
from async_channel.channels.monitored import Monitored
from async_channel.channels.selecting import Openings, Path, Query, Selected, parts_of
from async_channel.errors import ChannelClosed, EventTypeConflict
from async_channel.handling.agenda import Agenda, agenda
from async_channel.handling.endings import all_settled, leave
from async_channel.policy import Priority
from async_channel.stats import ChannelStats, Leftover
from async_channel.stream import Stream
from async_channel.util import check

if TYPE_CHECKING:
    from async_channel.pictures.graph import Graph

T = TypeVar("T")

BETWEEN: Final = "::"
"""Stands between a scope's path and a key's name, in the name of a channel in a scope."""


class Scope(Monitored):
    """A part of the registry `Channels`: its channels, and the scopes inside it. `Channels.scope` makes them.

    An event that is sent to a channel in a scope rises to the channel of the same key in the nearest scope around it
    that has one open, and on from there: one send, as with ``Channel(parent=...)``.

    >>> import asyncio
    >>> from async_channel import ChannelKey, Channels
    >>> PRICE = ChannelKey("Price", float)
    >>> async def main() -> None:
    ...     async with Channels() as channels:
    ...         channels.open(PRICE).subscribe(print)
    ...         bitcoin = channels.scope("binance/BTC/USDT").open(PRICE)
    ...         await bitcoin.send(64.0)
    ...         print(bitcoin.name)
    >>> asyncio.run(main())
    64.0
    binance/BTC/USDT::Price
    """

    def __init__(self, name: str, around: Scope | None, *, synchronized: bool = False) -> None:
        self._around = around
        self._synchronized = synchronized
        self._drains: Agenda | None = None
        self._path: Path = () if around is None else (*around._path, name)
        self._channels: dict[str, Channel[Any]] = {}  # each of its own event type; the keys know which
        self._scopes: dict[str, Scope] = {}
        self._openings = Openings()
        self._stopped = False

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.path!r} of {len(self)} channels{' stopped' * self._stopped}>"

    @property
    def path(self) -> str:
        """The names of the scopes that lead here, with slashes between them; nothing for the registry itself."""
        return "/".join(self._path)

    def scope(self, name: str) -> Scope:
        """The scope of that name inside this one: the same each time, until it is stopped.

        Args:
            name: with slashes it is a path: ``scope("a/b")`` is ``scope("a").scope("b")``.

        Raises:
            TypeError, ValueError: it is no string, a name in it is empty, or has ``*`` or ``::`` in it.
            ChannelClosed: it is new, and this scope is stopped.
        """
        scope = self
        for part in parts_of("scope", name):
            if "*" in part or BETWEEN in part:
                raise ValueError(f"scope({name!r}): a name has no '*' in it, which select() takes, and no {BETWEEN!r}")
            if part not in scope._scopes:
                scope._check_open(f"scope {name!r}")
                scope._scopes[part] = Scope(part, scope, synchronized=self._synchronized)
            scope = scope._scopes[part]
        return scope

    def open(self, key: ChannelKey[T], *, capacity: int | None = None, replay: int | None = None) -> Channel[T]:
        """The channel of that key in this scope, made if it is new. Then those of the scopes inside rise to it.

        Args:
            key: its typed name.
            capacity: as that of `Channel`, for a new one; a known one must have been made with the same.
            replay: likewise.

        Raises:
            EventTypeConflict: the name is known with another event class here; in a scope inside with one that is no
                subclass, or in one around this with one that is no superclass.
            ValueError: the name is known with another capacity or replay than the ones asked for; or it has ``::`` in
                it, and this is not the registry itself.
            TypeError: key is no ChannelKey.
            ChannelClosed: the scope is stopped.
        """
        self._check_open(repr(key))
        known = self._find(key)
        if known is None:
            return self._make(key, 1024 if capacity is None else capacity, 0 if replay is None else replay)
        for what, asked, has in (("capacity", capacity, known.capacity), ("replay", replay, known._log.replay)):
            if asked is not None and asked != has:
                raise ValueError(
                    f"channel {known.name!r} is open with {what}={has}, not {asked}: open it alike everywhere"
                )
        return known

    def _make(self, key: ChannelKey[T], capacity: int, replay: int) -> Channel[T]:
        if self._path and BETWEEN in key.name:
            raise ValueError(
                f"{key!r} can't be opened in a scope: {BETWEEN!r} stands between scopes and the key's name"
            )
        around = list(self._outwards(key.name))
        inside = list(self._inwards(key.name))
        for other in around:
            self._check_line(key, other, issubclass(key.event_type, other._class_of(key.name)))
        for other in inside:
            self._check_line(key, other, issubclass(other._class_of(key.name), key.event_type))
        name = f"{self.path}{BETWEEN}{key.name}" if self._path else key.name
        parent = next((one for one in (scope._channels[key.name] for scope in around) if not one._log.closed), None)
        made = Channel[T](
            key.event_type,
            name=name,
            capacity=capacity,
            replay=replay,
            parent=parent,
            synchronized=self._synchronized,
        )
        if asyncio._get_running_loop() is not None:
            made._begin()
        self._channels[key.name] = made
        for scope in inside:
            child = scope._channels[key.name]
            if not child._log.closed:
                child._branch.rise_to(made._branch)
        scope_around: Scope | None = self
        while scope_around is not None:
            scope_around._openings.opened(made, key.name, self._path[len(scope_around._path) :])
            scope_around = scope_around._around
        return made

    def _outwards(self, name: str) -> Iterator[Scope]:
        """The scopes around this one that have a channel of that name, the nearest first."""
        scope = self._around
        while scope is not None:
            if name in scope._channels:
                yield scope
            scope = scope._around

    def _inwards(self, name: str) -> Iterator[Scope]:
        """The scopes inside this one that have a channel of that name, but not those inside these."""
        for scope in self._scopes.values():
            if name in scope._channels:
                yield scope
            else:
                yield from scope._inwards(name)

    def _class_of(self, name: str) -> type[Any]:
        event_type = self._channels[name].event_type
        assert event_type is not None
        return event_type

    def _check_line(self, key: ChannelKey[Any], other: Scope, fits: bool) -> None:
        if not fits:
            raise EventTypeConflict(
                f"{key.name!r} carries {other._class_of(key.name).__name__} in {other._called}, and can't carry "
                f"{key.event_type.__name__} in {self._called}: events rise from scope to scope, to a channel of their "
                "class or of a superclass"
            )

    @property
    def _called(self) -> str:
        return f"scope {self.path!r}" if self._path else "the registry itself"

    def get(self, key: ChannelKey[T]) -> Channel[T]:
        """The channel of that key, which must be open in this scope.

        Raises:
            KeyError: there is none; the message names those there are.
            EventTypeConflict: the name is known with another event class.
        """
        known = self._find(key)
        if known is None:
            where = f" in {self._called}" if self._path else ""
            raise KeyError(f"no channel {key.name!r} is open{where}; open are: {', '.join(self) or 'none'}")
        return known

    def _find(self, key: ChannelKey[T]) -> Channel[T] | None:
        if not isinstance(key, ChannelKey):
            raise TypeError(f"channels are opened and found by a ChannelKey(name, event class), got {key!r}")
        known = self._channels.get(key.name)
        if known is not None and known.event_type is not key.event_type:
            has = known.event_type.__name__ if known.event_type is not None else "events of no class"
            raise EventTypeConflict(
                f"channel {known.name!r} carries {has}, not {key.event_type.__name__}: one name has one class of events"
            )
        return known

    def select(self, pattern: str, key: ChannelKey[T]) -> Stream[T]:
        """The events of all channels of a key in the scopes whose paths match, with those that are opened later.

        A consumer of it holds back whoever sends to any of them, and counts as demand for each. It completes when this
        scope has stopped. An event that rises from one selected channel to another comes once from each.

        >>> import asyncio
        >>> from async_channel import ChannelKey, Channels, Consumer
        >>> PRICE = ChannelKey("Price", float)
        >>> async def main() -> None:
        ...     async with Channels() as channels:
        ...         consumer = Consumer(channels.select("*/BTC/USDT", PRICE))
        ...         await channels.scope("binance/BTC/USDT").open(PRICE).send(64.0)
        ...         await channels.scope("binance/ETH/USDT").open(PRICE).send(3.0)
        ...         await channels.scope("kraken/BTC/USDT").open(PRICE).send(65.0)
        ...     print([price async for price in consumer])
        >>> asyncio.run(main())
        [64.0, 65.0]

        Args:
            pattern: a path from here, in which ``*`` is any one name, or a piece of one as in a shell, and ``**`` any
                number of names, also none.
            key: the channels' key. Where the name carries a subclass of its class, that is selected too.

        Raises:
            TypeError, ValueError: pattern is no string, or a name in it is empty; key is no ChannelKey.
        """
        parts = parts_of("select", pattern)
        if not isinstance(key, ChannelKey):
            raise TypeError(f"select() takes the ChannelKey of the channels, got {key!r}")
        query = Query(parts, key.name, key.event_type)
        selected = Selected(self._openings, lambda: self._each(len(self._path)), query)
        return Stream[Any](selected)._then(util.dynamic.flatten(_itself), key.event_type)

    def _each(self, skip: int = 0) -> Iterator[tuple[Channel[Any], str, Path]]:
        """Every channel here and in the scopes inside, with its name and its path but for the first names of that."""
        for scope in self._all():
            for name, channel in scope._channels.items():
                yield channel, name, scope._path[skip:]

    def _all(self) -> Iterator[Scope]:
        """This scope and all inside it, each before those inside it."""
        yield self
        for scope in self._scopes.values():
            yield from scope._all()

    def _every(self) -> tuple[Channel[Any], ...]:
        return tuple(channel for channel, _, _ in self._each())

    def __contains__(self, key: object) -> bool:
        """Whether a channel is open here under that key, or that name; or here or in a scope inside with that name."""
        if isinstance(key, ChannelKey):
            known = self._channels.get(key.name)
            return known is not None and known.event_type is key.event_type
        return key in self._channels or any(channel.name == key for channel in self._every())

    def __iter__(self) -> Iterator[str]:
        """The names of the channels, in the order they were opened, then those of each scope inside."""
        return iter(tuple(channel.name for channel in self._every()))

    def __len__(self) -> int:
        """How many channels are open here and in the scopes inside."""
        return len(self._every())

    def stats(self) -> tuple[ChannelStats, ...]:
        """The numbers of every channel, in the order of iteration."""
        return tuple(channel.stats() for channel in self._every())

    def graph(self) -> Graph:
        """Every channel, here and in the scopes inside, where its events come from and where they go, at this moment.

        >>> from async_channel import ChannelKey, Channels
        >>> channels, price = Channels(), ChannelKey("Price", float)
        >>> channels.scope("kraken").open(price) is channels.open(price)
        False
        >>> print(channels.graph())
        Price: channel of float, capacity 1,024, 0 sent
        kraken::Price: channel of float, capacity 1,024, 0 sent
          rises to Price

        A notebook shows it as a picture, in which those who lag stand out. See `Stream.graph` for that of one channel.
        """
        return util.drawn.graph_of(*self._every())

    # ---- life

    async def start(self) -> None:
        """Start every channel that is open, here and in the scopes inside."""
        for channel in self._every():
            await channel.start()

    async def drain(self, priority: Priority = Priority.OPTIONAL) -> None:
        """Call back with all that is pending, and with what that sends, until nothing is left: see `Channel.drain`.

        >>> import asyncio
        >>> from async_channel import ChannelKey, Channels
        >>> PRICE = ChannelKey("Price", float)
        >>> async def main() -> None:
        ...     async with Channels(synchronized=True) as channels:
        ...         channels.open(PRICE).consume(lambda price: print("anywhere", price))
        ...         kraken = channels.scope("kraken").open(PRICE)
        ...         kraken.consume(lambda price: print("on kraken", price))
        ...         await kraken.send(64.0)
        ...         await channels.drain()
        >>> asyncio.run(main())
        anywhere 64.0
        on kraken 64.0

        Args:
            priority: the lowest that is called; what is pending for lower ones stays pending.

        Raises:
            RuntimeError: the channels are not synchronized; or a callback calls this, that a drain has called.
            TypeError: priority is no Priority.
            WrongLoop: a channel belongs to another event loop.
        """
        if not self._synchronized:
            raise RuntimeError("these channels are not synchronized: make them with Channels(synchronized=True)")
        check.require_priority("drain", priority)
        house = agenda()
        if self._drains is not house:  # those that were opened on a loop have begun there
            self._drains = house
            for channel in self._every():
                channel._log.bind()
        await house.drain(priority)

    async def stop(self, timeout: float | None = None) -> tuple[Leftover, ...]:
        """Stop every channel, as `Channel.stop` does: first those in the innermost scopes. Twice does nothing more.

        The scopes around go on, and forget this one.

        Args:
            timeout: seconds for all of them to wait for callbacks, then these are cancelled; None waits for them, 0
                does not.

        Returns:
            What was left, of every channel: see `Channel.stop`.

        Raises:
            ConsumersFailed: callbacks ended with errors: a group for each channel of which some did.
            TypeError, ValueError: timeout is not a number, or negative.
        """
        check.timeout("stop", timeout)
        scopes = list(self._all())
        for scope in scopes:
            scope._stopped = True
            scope._openings.end()
        caller = asyncio.current_task()
        loop = asyncio.get_running_loop()
        end = None if timeout is None else loop.time() + timeout
        for depth in sorted({len(scope._path) for scope in scopes}, reverse=True):
            left = None if end is None else max(0.0, end - loop.time())
            level = [scope for scope in scopes if len(scope._path) == depth]
            await asyncio.gather(*(one._stop(left, caller) for scope in level for one in scope._channels.values()))
        if self._around is not None and self._around._scopes.get(self._path[-1]) is self:
            del self._around._scopes[self._path[-1]]
        return all_settled((one._subscriptions for scope in scopes for one in scope._channels.values()), caller)

    def _check_open(self, what: str) -> None:
        if self._stopped:
            of = f" of {self._called}" if self._path else ""
            raise ChannelClosed(f"these channels{of} are stopped: {what} can't be opened any more")

    async def __aenter__(self) -> Self:
        """Start it; leaving the block stops every channel."""
        await self.start()
        return self

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stop every channel: after an exception without waiting for callbacks."""
        await leave(self.stop, exc)


def _itself(channel: Channel[Any]) -> Channel[Any]:
    return channel
