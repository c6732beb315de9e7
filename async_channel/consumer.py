"""Consumer: reads a channel, or any pipeline made of channels, at its own pace."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from reactivex import Observable
from typing_extensions import override

from async_channel.policy import Conflate, Overflow, Priority
from async_channel.stream import from_observable
from async_channel.util.check import require_consumer_options, require_observable
from async_channel.util.origin import made_at, warn_left_open
from async_channel.util.reader import Reader

T_co = TypeVar("T_co", covariant=True)


class Consumer(Reader[T_co]):
    """Reads the events of a channel or a pipeline: await `get`, iterate with ``async for``, or take `batches`.

    It gets every event sent since it was made, and what was sent before if it is the channel's first consumer. While it
    is ``capacity`` events behind, whoever sends to a channel above waits, unless it chose an overflow policy that may
    lose events.

    >>> import asyncio
    >>> from async_channel import Channel
    >>> async def main() -> None:
    ...     prices: Channel[float] = Channel("Price")
    ...     async with Consumer(prices.pairwise().starmap(lambda a, b: b - a)) as changes:
    ...         await prices.send_many([1.0, 4.0, 2.0])
    ...         await prices.stop()
    ...         async for change in changes:
    ...             print(change)
    >>> asyncio.run(main())
    3.0
    -2.0

    Args:
        source: a Channel, a Stream, or any reactivex Observable.
        filter_func: function of an event; those for which it is false are kept from this consumer and counted. It is
            applied as events are read: where capacity should count wanted events only, consume ``source.filter(...)``.
        capacity: how many events it may be behind, 1 or more; by default the channel's, and 1024 for a pipeline.
        overflow: what happens to events when it is ``capacity`` behind: a member of `Overflow`, or `conflate_by`.
        priority: who goes first among consumers that read one channel directly and are woken by the same event.
        name: its name in messages and statistics; by default the channel's with a number, or "pipeline".

    Raises:
        TypeError: source is no Observable, or another argument is of another type.
        ValueError: capacity is below 1.
        NotStarted: the pipeline has a timed operator, and no event loop is running.
    """

    def __init__(
        self,
        source: Observable[T_co],
        *,
        filter_func: Callable[[T_co], object] | None = None,
        capacity: int | None = None,
        overflow: Overflow | Conflate[T_co] = Overflow.BLOCK,
        priority: Priority = Priority.HIGH,
        name: str = "",
    ) -> None:
        require_observable("Consumer", source)
        require_consumer_options(
            "Consumer", filter_func=filter_func, capacity=capacity, overflow=overflow, priority=priority, name=name
        )
        stream = from_observable(source)
        intake = stream._open(name, capacity, overflow, priority)
        super().__init__(intake, filter_func)
        self._roots = intake.roots
        self._made_at = made_at()

    @override
    def __del__(self) -> None:
        """Let go of it, and warn if it was left open while its channel goes on."""
        made_at = getattr(self, "_made_at", None)  # it has none if it could not be made
        left = made_at is not None and not self.exhausted and not self._cursor.watched
        channels = [repr(root.name) for root in self._roots()] if left else []
        super().__del__()
        if made_at is not None and channels:
            of = f"of channel{'s' * (len(channels) > 1)} {' and '.join(channels)}"
            warn_left_open(f"consumer {self.name!r} {of}", made_at, "close it", self)
