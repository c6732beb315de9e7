"""Channel: a reactivex Subject that also knows await, backpressure and a ledger."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Any, Self, TypeVar, overload
from weakref import ref

from reactivex import abc
from reactivex.disposable import Disposable
from reactivex.subject import Subject
from typing_extensions import override

from async_channel.channels.demand import Audience, Demanding, Source
from async_channel.channels.draining import Draining
from async_channel.channels.failures import Failures
from async_channel.channels.fanout import FanOut
from async_channel.channels.feeding import Feeding, declared_event_type
from async_channel.channels.monitored import Monitored
from async_channel.channels.rising import Branch, Parent
from async_channel.channels.sending import Sending
from async_channel.errors import ChannelClosed
from async_channel.handling.endings import leave, settled
from async_channel.handling.subscription import Subscription
from async_channel.handling.subscriptions import Subscriptions
from async_channel.policy import Conflate, Overflow, Priority
from async_channel.stats import ChannelStats, Failure, Leftover
from async_channel.stream import Stream
from async_channel.util import check
from async_channel.util.cursor import Cursor
from async_channel.util.failure import Handler
from async_channel.util.inbox import Inbox
from async_channel.util.log import Log
from async_channel.util.origin import made_at, warn_left_open
from async_channel.util.pipeline import Receiver, Sink, bare_sink
from async_channel.util.reader import Intake
from async_channel.util.scheduler import LoopScheduler

T = TypeVar("T")


class Channel(Stream[T], Sending[T], Feeding[T], Demanding[T], Draining[T], Monitored, Subject[T]):
    """A typed stream that is sent into: await `send` on one side, consume or subscribe on the other.

    It is a reactivex ``Subject``, so all of Rx works on it; and it keeps its events in one bounded log, so consumers
    have backpressure and exact counts.

    >>> import asyncio
    >>> async def main() -> None:
    ...     async with Channel("Numbers") as numbers:
    ...         consumer = Consumer(numbers.map(lambda n: n * 10))
    ...         await numbers.send(1)
    ...         print(await consumer.get())
    >>> from async_channel import Channel, Consumer
    >>> asyncio.run(main())
    10

    Args:
        name: its name in messages and statistics. A class of events instead of a name makes a ``Channel`` of that
            class, named after it; a subclass ``OrdersChannel(Channel[Order])`` is named "Orders" by default.
        capacity: how many events a blocking consumer may be behind before senders wait, 1 or more; also how many are
            kept for a first consumer that has yet to come.
        replay: how many of the last events each later consumer is given when it subscribes, 0 or more.
        synchronized: whether callbacks have no tasks, and are called by `drain`, in one order.
        parent: a channel that each event rises to when it is sent here: one send reaches both or nobody, and waits for
            the consumers of both. It may be a channel of a superclass. When either is stopped the other goes on.

    Raises:
        TypeError, ValueError: an argument is of another type or range.
        ChannelClosed: the parent is stopped.
    """

    @overload
    def __init__(
        self,
        name: str = "",
        /,
        *,
        capacity: int = 1024,
        replay: int = 0,
        synchronized: bool = False,
        parent: Parent[T] | None = None,
    ) -> None: ...

    @overload
    def __init__(
        self,
        /,
        *,
        name: str,
        capacity: int = 1024,
        replay: int = 0,
        synchronized: bool = False,
        parent: Parent[T] | None = None,
    ) -> None: ...

    @overload
    def __init__(
        self,
        event_type: type[T],
        /,
        name: str = "",
        *,
        capacity: int = 1024,
        replay: int = 0,
        synchronized: bool = False,
        parent: Parent[T] | None = None,
    ) -> None: ...

    def __init__(
        self,
        event_type: type[T] | str = "",
        /,
        name: str = "",
        *,
        capacity: int = 1024,
        replay: int = 0,
        synchronized: bool = False,
        parent: Parent[T] | None = None,
    ) -> None:
        self._made_at = made_at()
        check.name_or_class("Channel", event_type)
        check.require_name("Channel", name)
        check.positive_count("Channel", "capacity", capacity)
        check.whole_count("Channel", "replay", replay)
        check.require_bool("Channel", "synchronized", synchronized)
        if parent is not None and not isinstance(parent, Channel):
            raise TypeError(f"Channel(parent=...) takes a Channel, got {parent!r}")
        super().__init__(
            event_type=event_type if isinstance(event_type, type) else declared_event_type(type(self), Channel)
        )
        self.name = (
            name
            or (event_type.__name__ if isinstance(event_type, type) else event_type)
            or type(self).__name__.removesuffix("Channel")
            or "Channel"
        )
        self.capacity = capacity
        self._subscriptions = Subscriptions(self.name)
        self._failures = Failures(self.name, self._subscriptions.failed)
        self._report = self._failures.report
        self._log: Log[T] = Log(self.name, capacity, replay=replay)
        self._log.report = self._report
        self._audience = Audience()
        self._sources: list[Source] = []
        self._fan_out: FanOut[T] = FanOut(self._log, self._report, self._audience)
        self._cursors: list[Cursor[T]] = []
        self._made = 0
        if synchronized:
            self._synchronize()
        self._branch = Branch(self._log, self._fan_out, self._audience)
        self._branch.channel = ref(self)
        if parent is not None:
            if parent._log.closed:
                raise ChannelClosed(f"channel {parent.name!r} is stopped: nothing can rise to it")
            self._branch.rise_to(parent._branch)
        self._begun = False

    def __del__(self) -> None:
        """Warn if it was begun and never stopped."""
        begun = getattr(self, "_begun", None)  # the last thing that is made of it
        if begun is not None and not self._log.closed and (begun or self._subscriptions):
            warn_left_open(f"channel {self.name!r}", self._made_at, "stop it", self)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name!r} sent={self._log.next_seq}{' stopped' * self._log.closed}>"

    # ---- as a reactivex Subject

    @override
    def on_next(self, value: T) -> None:
        """Rx's way to send: `send_nowait`, but silent on a channel that is stopped.

        Raises:
            ChannelFull: a blocking consumer is full; nobody got the event.
            reactivex.internal.DisposedException: the channel was disposed.
        """
        self.check_disposed()
        if not self.is_stopped:
            self.send_nowait(value)

    @override
    def on_completed(self) -> None:
        """Rx's way to stop: consumers still get what is pending, then the end. Twice does nothing more."""
        self.check_disposed()
        self._end(None)

    @override
    def on_error(self, error: Exception) -> None:
        """End with an error: consumers still get what is pending, then the error."""
        self.check_disposed()
        self._end(error)

    def _end(self, error: Exception | None) -> None:
        if self.is_stopped:
            return
        self._log.check_thread()
        self.is_stopped = True
        self.exception = error
        self._log.close(error)
        self.observers.clear()
        self._subscriptions.outlived_by(self._fan_out.tenants())
        self._fan_out.end(error)
        self._branch.end()
        self._end_demand()

    @override
    def dispose(self) -> None:
        """Let go of everybody at once, as Rx's Subject does: nobody is told, and the channel is of no more use."""
        self._log.check_thread()
        self._log.close()
        self._fan_out.mute()
        self._branch.end()
        self._end_demand()
        super().dispose()

    @override
    def _subscribe_core(
        self, observer: abc.ObserverBase[T], scheduler: abc.SchedulerBase | None = None
    ) -> abc.DisposableBase:
        if not self.is_stopped and not self.is_disposed:
            self.observers.append(observer)
        attached = self._attach(bare_sink(observer), scheduler)

        def detach() -> None:
            attached.dispose()
            if observer in self.observers:
                self.observers.remove(observer)

        return Disposable(detach)

    @override
    def _attach(self, sink: Receiver, scheduler: abc.SchedulerBase | None) -> abc.DisposableBase:
        self.check_disposed()
        return self._fan_out.attach(sink, scheduler.inbox if isinstance(scheduler, LoopScheduler) else None)

    # ---- reading

    @override
    def _check_consumable(self) -> None:
        if self._log.closed:
            raise ChannelClosed(f"channel {self.name!r} is stopped: it can't be consumed by a callback any more")

    @override
    def _own(self, subscription: Subscription[Any], intake: Intake[Any]) -> None:
        self._subscriptions.add(subscription)

    @override
    def _open(self, name: str, capacity: int | None, overflow: Overflow | Conflate[T], priority: Priority) -> Intake[T]:
        self.check_disposed()
        self._made += 1
        name = name or f"{self.name}#{self._made}"
        capacity = self.capacity if capacity is None else capacity
        inbox: Inbox[T] | None = None
        if overflow is Overflow.DROP_NEWEST or isinstance(overflow, Conflate):
            # What these keep is no range of the shared log, so they keep it themselves.
            inbox = Inbox(name=name, capacity=capacity, overflow=overflow, priority=priority)

            def failed(error: Exception) -> None:
                self._report(f"key of consumer {name!r}", error, None, Handler(name))

            sink = Sink(inbox.push, inbox.fail, inbox.complete, failed)
            attached = self._attach(sink, LoopScheduler(inbox))
            inbox.opened()
            cursor, detach = inbox.cursor, attached.dispose
        else:
            cursor = Cursor(self._log, name=name, capacity=capacity, overflow=overflow, priority=priority)
            detach = _nothing
            if priority < Priority.OPTIONAL:
                self._audience.joined()
                detach = self._audience.left
        self._cursors.append(cursor)

        def release() -> None:
            self._cursors.remove(cursor)
            detach()

        return Intake(cursor, self._report, release, inbox=inbox)

    @property
    def errors(self) -> Stream[Failure]:
        """Every exception that could not be raised to whoever caused it: of observers, callbacks, filters.

        They go to the logger ``async_channel`` as well. It completes when `stop` has finished.
        """
        return self._failures.stream

    def stats(self) -> ChannelStats:
        """The numbers of this channel and of each consumer that reads it directly, at this moment."""
        log = self._log
        return ChannelStats.summing(
            tuple(cursor.stats() for cursor in self._cursors),
            name=self.name,
            sent=log.next_seq,
            unseen=log.unseen,
            unread=log.held if log.warm else 0,
            waits=log.waits,
        )

    # ---- life

    async def start(self) -> None:
        """Tie the channel to the running event loop and begin to call back. Starting again does nothing more.

        A channel need not be started to be sent to or consumed; callbacks given to `consume` without a loop, and
        `send_from_thread`, need it.

        Raises:
            ChannelClosed: it was stopped; make a new one.
            WrongLoop: it belongs to another event loop.
        """
        if self._log.closed:
            raise ChannelClosed(f"channel {self.name!r} is stopped and can't be started again: make a new one")
        self._begin()
        self._start_callbacks()
        for source in self._sources:
            source.start()

    def _begin(self) -> None:
        """Belong to the running loop; from now on somebody is to stop it."""
        self._log.bind()
        self._begun = True

    async def run(self) -> None:  # type: ignore[override]  # reactivex's run blocks the thread, of no use on a loop
        """The same as `start`: it does not block."""
        await self.start()

    async def stop(self, timeout: float | None = None) -> tuple[Leftover, ...]:
        """Refuse senders, complete subscribers, let callbacks finish what is pending, and end.

        Consumers still get what is pending for them, then the end. Who stops it a second time waits as well, and gets
        the same report. A callback may await it, and is then not waited for; inside another task (or wait_for on Python
        3.11) it would wait for itself.

        >>> import asyncio
        >>> from async_channel import Channel
        >>> async def main() -> None:
        ...     orders: Channel[int] = Channel("Orders")
        ...     orders.consume(lambda order: asyncio.sleep(60), name="slow")
        ...     await orders.send_many([1, 2, 3])
        ...     await asyncio.sleep(0)
        ...     print(*await orders.stop(timeout=0.001))
        >>> asyncio.run(main())
        Leftover(channel='Orders', consumer='slow', pending=2, in_flight=1, event=1)

        Args:
            timeout: seconds to wait for callbacks, then they are cancelled; None waits for them, 0 does not.

        Returns:
            What callbacks had not handled when they were cancelled, one record each; usually none. It is logged, too.

        Raises:
            ConsumersFailed: callbacks ended with errors; raised once, when everything has ended.
            TypeError, ValueError: timeout is not a number, or negative.
        """
        check.timeout("stop", timeout)
        caller = asyncio.current_task()
        await self._stop(timeout, caller)
        return settled(self._subscriptions, caller)

    async def _stop(self, timeout: float | None, caller: asyncio.Task[Any] | None) -> None:
        self._end(None)
        self._end_demand()  # again: one that ran as the channel ended was left to find out by itself
        await self._subscriptions.finish(timeout, caller, [source.task for source in self._sources])
        self._failures.complete()

    async def __aenter__(self) -> Self:
        """Start it; leaving the block stops it."""
        await self.start()
        return self

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stop it: after an exception without waiting for callbacks, and in no case leaving a task behind."""
        await leave(self.stop, exc)


def _nothing() -> None: ...
