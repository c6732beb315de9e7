"""Events told apart by key: the same number of them to the subscribers of 10,000 keys, and all to that of one key.

Every subscriber is the same list's `append`, so the events have to come out as they went in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from reactivex import Subject
from reactivex import operators as ops

from async_channel import Channel
from benchmarks.model import CAPACITY, BenchmarkFailed, Figures, Load, Round, Workload
from benchmarks.timing import clock, no_collector

FAMILY = "keys"
WORKLOAD = Workload(
    FAMILY,
    FAMILY,
    "Keys: 10,000 of them subscribed, or 1",
    "ns per event",
    "ns",
    Load(10_000, 20_000),
    Load(1_000, 2_000),
    rounds=5,
)
SPREAD, SAME, ALONE = "ns", "same", "alone"
"""The figures: 10,000 keys that have events in turn; one of them that has all the events; one subscribed alone."""


class Tick:
    """An event with a key."""

    __slots__ = ("number", "symbol")

    def __init__(self, symbol: str, number: int) -> None:
        self.symbol = symbol
        self.number = number


def symbol_of(tick: Tick) -> str:
    """The key."""
    return tick.symbol


Subscribe = Callable[[Sequence[str], Callable[[Tick], None]], Callable[[Tick], object]]
"""Subscribe one function to every key, and give what events are sent with."""


class _Keys:
    """Some keys, all subscribed."""

    def __init__(self, symbols: Sequence[str], subscribe: Subscribe) -> None:
        self._symbols = symbols
        self._received: list[Tick] = []
        self._send = subscribe(symbols, self._received.append)

    def time(self, spread: int, count: int) -> float:
        """Nanoseconds an event, of as many keys in turn.

        In turn, so that no cache is of help that does not hold all of them; not in a random order, because then even a
        bare dictionary takes nearly twice as long with 10,000 keys: it is memory that would be timed.
        """
        ticks = [Tick(self._symbols[number % spread], number) for number in range(count)]
        self._received.clear()
        send = self._send
        started = clock()
        for tick in ticks:
            send(tick)
        elapsed = clock() - started
        if self._received != ticks:
            raise BenchmarkFailed(f"{len(self._received)} of {len(ticks)} events came out, or in another order")
        return elapsed / count


def _round(subscribe: Subscribe, most: int | None = None) -> Round:
    """The three figures; with many keys of `most` events, where one takes very long."""

    async def measure(load: Load) -> Figures:
        events = load.events if most is None else most
        symbols = [f"COIN{number}/USDT" for number in range(load.consumers)]
        alone, all_keys = _Keys(symbols[:1], subscribe), _Keys(symbols, subscribe)
        with no_collector():
            return {
                SPREAD: all_keys.time(load.consumers, events),
                SAME: all_keys.time(1, events),
                ALONE: alone.time(1, load.events),
            }

    return measure


def _key_by(symbols: Iterable[str], on_next: Callable[[Tick], None]) -> Callable[[Tick], object]:
    channel: Channel[Tick] = Channel("bench", capacity=CAPACITY)
    keyed = channel.key_by(symbol_of)
    for symbol in symbols:
        keyed[symbol].subscribe(on_next)
    return channel.send_nowait


def _filters(symbols: Iterable[str], on_next: Callable[[Tick], None]) -> Callable[[Tick], object]:
    """What one does without keys: a filter for each consumer, all of which look at every event."""

    def has(symbol: str) -> Callable[[Tick], bool]:
        return lambda tick: tick.symbol == symbol

    channel: Channel[Tick] = Channel("bench", capacity=CAPACITY)
    for symbol in symbols:
        channel.filter(has(symbol)).subscribe(on_next)
    return channel.send_nowait


def _group_by(symbols: Iterable[str], on_next: Callable[[Tick], None]) -> Callable[[Tick], object]:
    """Groups come as their first events do, and each is subscribed then: so these come before the clock starts."""
    subject: Subject[Tick] = Subject()

    def subscribe(group: Any) -> None:
        group.subscribe(on_next)

    subject.pipe(ops.group_by(symbol_of)).subscribe(subscribe)
    for symbol in symbols:
        subject.on_next(Tick(symbol, -1))
    return subject.on_next


def _dictionary(symbols: Iterable[str], on_next: Callable[[Tick], None]) -> Callable[[Tick], object]:
    """By hand: a dictionary of functions, one a key, and a function that looks one up and calls it."""

    def reader() -> Callable[[Tick], None]:
        def read(tick: Tick) -> None:
            on_next(tick)

        return read

    functions = {symbol: reader() for symbol in symbols}

    def send(tick: Tick) -> None:
        function = functions.get(symbol_of(tick))
        if function is not None:
            function(tick)

    return send


OURS = _round(_key_by)
FILTERS = _round(_filters, most=10)
GROUP_BY = _round(_group_by)
DICTIONARY = _round(_dictionary)
