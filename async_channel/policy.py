"""How a consumer wants to be served: what happens when it lags or fails, and who goes first."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from enum import Enum, IntEnum
from typing import Generic, TypeVar

_T_contra = TypeVar("_T_contra", contravariant=True)
_T = TypeVar("_T")


class Overflow(Enum):
    """What happens to events for a consumer that is already ``capacity`` events behind.

    It is the consumer's choice: one slow lossy consumer never slows anybody else.
    :func:`conflate_by` makes one more policy, with a key.
    """

    BLOCK = "block"
    """Senders wait until it has room: nothing is lost (the default)."""
    DROP_OLDEST = "drop_oldest"
    """It loses the oldest of its pending events, and keeps the newest ``capacity``."""
    DROP_NEWEST = "drop_newest"
    """It loses the new events, and keeps those that were pending."""
    LATEST = "latest"
    """It keeps the newest event only, whatever its capacity."""
    FAIL = "fail"
    """As DROP_OLDEST, but its next read raises :class:`~async_channel.ConsumerLagged` with how many it missed.

    That ends an ``async for``, as any exception does; a new one goes on with the events that are left.
    """

    @staticmethod
    def conflate_by(key: Callable[[_T], Hashable]) -> Conflate[_T]:
        """The same as :func:`conflate_by`, for those who look for it here."""
        return conflate_by(key)


class OnError(Enum):
    """What becomes of an event on which a callback fails, or the coroutine of an asynchronous operator.

    :func:`retry` makes one more policy, which tries again first.
    """

    LOG = "log"
    """The error goes to ``channel.errors`` and to the logger, and the next event is its turn (default of callbacks).

    An operator leaves that event out. What it is still at when the channel has stopped goes to the logger alone: the
    channel's ``errors`` have ended then.
    """
    STOP = "stop"
    """It ends there. A stream ends with the error, as in Rx, and what else is in flight is cancelled (the default of
    operators). Of `consume` that callback is called no more, its error is its ``failure``, what was pending for it is
    dropped and counted, and senders no longer wait for it; all others go on."""


class Retry:
    """The policy that :func:`retry` makes: an event on which the callback fails is tried again."""

    __slots__ = ("attempts", "backoff", "factor", "longest", "on", "then")

    def __init__(
        self,
        attempts: int,
        *,
        backoff: float,
        factor: float,
        longest: float,
        on: tuple[type[Exception], ...],
        then: OnError | None,
    ) -> None:
        self.attempts = attempts
        """How often it is called for one event at most, the first time included (a count)."""
        self.backoff = backoff
        """How long it waits before the second call (seconds)."""
        self.factor = factor
        """How many times as long it waits before each later one."""
        self.longest = longest
        """The longest that it waits (seconds)."""
        self.on = on
        """What is tried again."""
        self.then = then
        """What happens when all has failed; None is the default of the place."""

    def __repr__(self) -> str:
        on = ", ".join(error.__name__ for error in self.on)
        return (
            f"retry({self.attempts}, backoff={self.backoff}, factor={self.factor}, longest={self.longest}, "
            f"on=({on}), then={self.then})"
        )

    def covers(self, error: Exception) -> bool:
        """Whether the callback is called again after that error."""
        return self.attempts > 1 and isinstance(error, self.on)

    def pause(self, calls: int) -> float:
        """How long it waits when it was called that often (seconds)."""
        try:
            return min(self.backoff * self.factor ** (calls - 1), self.longest)
        except OverflowError:
            return self.longest if self.backoff else 0.0


class Priority(IntEnum):
    """Who goes first among consumers that read one channel directly and are woken by the same event."""

    HIGH = 0
    MEDIUM = 1
    LOW = 2
    OPTIONAL = 3


class Conflate(Generic[_T_contra]):
    """The policy that :func:`conflate_by` makes: at most one pending event a key, the newest."""

    __slots__ = ("key",)

    def __init__(self, key: Callable[[_T_contra], Hashable]) -> None:
        if not callable(key):
            raise TypeError(f"conflate_by takes a function from an event to its key, got {key!r}")
        self.key = key

    def __repr__(self) -> str:
        return f"conflate_by({self.key!r})"


def conflate_by(key: Callable[[_T], Hashable]) -> Conflate[_T]:
    """An overflow policy that keeps the newest pending event of each key: a price board, not a tape.

    A key keeps its place in the line when a newer event replaces its older one. When ``capacity`` keys are
    pending and one more comes, the event that has waited longest goes. What is replaced or goes counts as dropped.

    Args:
        key: function from an event to a hashable key.

    Raises:
        TypeError: key is not callable.

    >>> from async_channel import Channel, Consumer
    >>> ticks: Channel[tuple[str, float]] = Channel("Ticks")
    >>> board = Consumer(ticks, overflow=conflate_by(lambda tick: tick[0]))
    >>> for tick in [("BTC", 1.0), ("ETH", 2.0), ("BTC", 3.0)]:
    ...     ticks.send_nowait(tick)
    >>> board.get_nowait(), board.get_nowait()
    (('BTC', 3.0), ('ETH', 2.0))
    >>> board.close()
    """
    return Conflate(key)
