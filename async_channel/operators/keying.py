"""Operators that tell events apart by key: one stream a key, one pipeline a key, filters by field."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING, Generic, TypeVar

from reactivex import Observable

from async_channel import util
from async_channel.operators.base import Operators
from async_channel.util import check

if TYPE_CHECKING:
    from async_channel.stream import Stream
    from async_channel.util.keyed import WildcardHub

T_co = TypeVar("T_co", covariant=True)
U = TypeVar("U")
K = TypeVar("K", bound=Hashable)


class Keyed(Generic[K, T_co]):
    """The streams of a stream's keys. What `Stream.key_by` gives.

    >>> from async_channel import Channel
    >>> prices: Channel[tuple[str, float]] = Channel("Prices")
    >>> by_symbol = prices.key_by(lambda price: price[0])
    >>> subscription = by_symbol["BTC"].map(lambda price: price[1]).subscribe(print)
    >>> for price in [("BTC", 1.0), ("ETH", 2.0), ("BTC", 3.0)]:
    ...     prices.send_nowait(price)
    1.0
    3.0
    """

    def __init__(self, source: Operators[T_co], key: Callable[[T_co], K]) -> None:
        self._source = source
        self._key = key
        self._hub = util.keyed.Hub(source, key)

    def __getitem__(self, key: K) -> Stream[T_co]:
        """The events of one key.

        ::

            numbers                      --1--2--3--4--|
            key_by(lambda n: n % 2)[0]   -----2-----4--|

        All keys share one subscription to the source, made for the first that is read and let go with the last. An
        event finds its readers by a dictionary lookup: it costs the same with 1 key read or with 10,000.
        """
        return self._source._over(util.keyed.KeySource(self._hub, (key,)), self._source.event_type)

    def each(self, build: Callable[[K, Stream[T_co]], Observable[U]], *, idle: float | None = None) -> Stream[U]:
        """Build a pipeline for each key as it first comes, and let through what comes out of all of them.

        ::

            numbers   --1--2--3--4--|
            key_by(lambda n: n % 2).each(lambda key, stream: stream.scan(lambda a, n: a + n))
                      --1--2--4--6--|

        What fails for one key ends all, as in Rx; to go on, let ``build`` catch it.

        Args:
            build: function from a key and the stream of its events to what is let through.
            idle: seconds, above 0, on the loop's clock, after which a key that had no event is let go: its stream
                completes, and should it come again, a new one is built. None keeps every key until the end.

        Raises:
            TypeError, ValueError: build is not callable, or a coroutine function; idle is not a number, or not above 0.
        """
        check.require_function("each", "build", build)
        if idle is not None:
            check.positive_seconds("each", "idle", idle)
        return self._source._over(util.keyed.Each(self._source, self._key, self._source._over, build, idle))


class Keying(Operators[T_co]):
    """Tell events apart by key, or by the values of their fields."""

    _hubs: dict[tuple[str, ...], WildcardHub] | None = None
    """The shared subscriptions of `matching`, by the names of the fields."""

    def key_by(self, key: Callable[[T_co], K]) -> Keyed[K, T_co]:
        """Tell events apart by key: ``keyed[key]`` is the stream of one, ``keyed.each(...)`` builds a pipeline a key.

        ::

            numbers                      --1--2--3--4--|
            key_by(lambda n: n % 2)[1]   --1-----3-----|

        Args:
            key: function from an event to its key, something that has a hash.

        Raises:
            TypeError: key is not callable, or a coroutine function.
        """
        check.require_function("key_by", "key", key)
        return Keyed(self, key)

    def matching(self, **filters: object) -> Stream[T_co]:
        """Let an event through if its fields have these values.

        >>> from async_channel import Channel, event
        >>> @event
        ... class Ticker:
        ...     symbol: str
        ...     exchange: str
        >>> tickers = Channel(Ticker)
        >>> subscription = tickers.matching(symbol=["BTC/USDT", "ETH/USDT"], exchange="*").subscribe(print)
        >>> for symbol in ["BTC/USDT", "XRP/USDT"]:
        ...     tickers.send_nowait(Ticker(symbol, "binance"))
        Ticker(symbol='BTC/USDT', exchange='binance')

        Filters on the same fields share one subscription and are found by lookup, as keys are: an event costs the same
        however many there are. ``True`` does not match ``1``.

        Args:
            filters: for each field of the events (or key, where they are dictionaries) a value; a list or a set of
                values to match any of; or ``"*"``, which matches any. An event whose field is ``"*"`` matches any
                filter on that field. One that lacks a field does not match.

        Raises:
            TypeError: the class of the events is known and has no such field, or a value has no hash.
        """
        util.fields.require_fields("matching", self.event_type, filters)
        asked = util.fields.wanted("matching", filters)
        if not asked:
            return self._over(self, self.event_type)
        names = tuple(asked)
        if self._hubs is None:
            self._hubs = {}
        hub = self._hubs.get(names)
        if hub is None:
            hub = self._hubs[names] = util.keyed.WildcardHub(self, util.fields.values_of(names))
        return self._over(util.keyed.KeySource(hub, util.fields.combinations(asked)), self.event_type)
