"""Sending, the hot path of a channel: take a credit, keep the event, wake who sleeps, push it on.

Each of the sends has these lines in place, for a call would cost as much as they do.
"""

from __future__ import annotations

from collections.abc import AsyncIterable, Iterable
from concurrent.futures import Future
from functools import partial
from typing import Any, Generic, TypeVar

from async_channel import util
from async_channel.channels.fanout import FanOut
from async_channel.errors import ChannelFull, NotStarted
from async_channel.util.failure import FAILURES, Report
from async_channel.util.iteration import reading
from async_channel.util.log import Log
from async_channel.util.pipeline import settle

T = TypeVar("T")


class Sending(Generic[T]):
    """A channel, as its senders see it."""

    name: str
    _log: Log[T]
    _fan_out: FanOut[T]
    _report: Report

    async def send(self, event: T) -> None:
        """Send an event to every consumer and subscriber; wait while a blocking consumer is full.

        It returns without suspending while there is room (but for letting the loop run once per ``capacity`` sends).
        When it returns, every consumer that was subscribed will get the event, once, in the same order for all. When it
        is cancelled while it waits, nobody gets it.

        Raises:
            ChannelClosed: the channel is stopped, perhaps while this call waited.
            WrongLoop: the channel belongs to another event loop.
        """
        log = self._log
        credit = log.credit
        if credit <= 0:
            await log.reserve()
            credit = log.credit
        log.credit = credit - 1
        keep = log.keep
        if keep is not None:
            keep(event)
        if log.sleepers:
            log.wake()
        fan_out = self._fan_out
        sink = fan_out.sink
        if sink is not None:
            if log.delivering:
                fan_out.postpone(event)
            else:
                log.delivering = True
                try:
                    try:
                        next = sink.next
                        next(event)
                    except FAILURES as error:
                        settle(sink, error, event, self._report)
                    if fan_out.postponed:
                        fan_out.catch_up()
                finally:
                    log.delivering = False

    def send_nowait(self, event: T) -> None:
        """Send an event now or not at all. Where there is room it does not wait behind senders that are in line.

        Raises:
            ChannelFull: a blocking consumer is full; nobody got the event.
            ChannelClosed: the channel is stopped.
            WrongLoop: in asyncio debug mode, when called from another thread or loop.
        """
        log = self._log
        credit = log.credit
        if credit <= 0:
            if not log.reserve_nowait():
                raise ChannelFull(_who_is_full(log))
            credit = log.credit
        log.credit = credit - 1
        keep = log.keep
        if keep is not None:
            keep(event)
        if log.sleepers:
            log.wake()
        fan_out = self._fan_out
        sink = fan_out.sink
        if sink is not None:
            if log.delivering:
                fan_out.postpone(event)
            else:
                log.delivering = True
                try:
                    try:
                        next = sink.next
                        next(event)
                    except FAILURES as error:
                        settle(sink, error, event, self._report)
                    if fan_out.postponed:
                        fan_out.catch_up()
                finally:
                    log.delivering = False

    async def send_many(self, events: Iterable[T] | AsyncIterable[T]) -> int:
        """Send events one after another, each as `send` does, and say how many there were.

        Args:
            events: an iterable, or an asynchronous one. An asynchronous generator is closed when it is no longer read:
                at its end, and when this is cancelled or fails.

        Raises:
            TypeError: events is neither.
            ChannelClosed, WrongLoop: as `send`; the events before were sent.
        """
        if isinstance(events, AsyncIterable):
            return await self._send_each(events)
        if not isinstance(events, Iterable):
            raise TypeError(f"send_many() takes an iterable or an async iterable of events, got {events!r}")
        log, fan_out = self._log, self._fan_out
        count = 0
        for event in events:
            credit = log.credit
            if credit <= 0:
                await log.reserve()
                credit = log.credit
            log.credit = credit - 1
            keep = log.keep
            if keep is not None:
                keep(event)
            if log.sleepers:
                log.wake()
            sink = fan_out.sink
            if sink is not None:
                if log.delivering:
                    fan_out.postpone(event)
                else:
                    log.delivering = True
                    try:
                        try:
                            next = sink.next
                            next(event)
                        except FAILURES as error:
                            settle(sink, error, event, self._report)
                        if fan_out.postponed:
                            fan_out.catch_up()
                    finally:
                        log.delivering = False
            count += 1
        return count

    async def _send_each(self, events: AsyncIterable[T]) -> int:
        count = 0
        async with reading(events) as iterator:
            async for event in iterator:
                await self.send(event)
                count += 1
        return count

    def send_from_thread(self, event: T) -> Future[None]:
        """Send an event from another thread; the only way in from there.

        >>> import asyncio
        >>> from async_channel import Channel, Consumer
        >>> async def main() -> None:
        ...     async with Channel[int]("Numbers", capacity=1) as numbers:
        ...         consumer = Consumer(numbers)
        ...         await asyncio.to_thread(work, numbers)
        ...         print(await consumer.get())
        >>> def work(numbers: Channel[int]) -> None:
        ...     numbers.send_from_thread(1).result(timeout=5)
        ...     sending = numbers.send_from_thread(2)
        ...     try:
        ...         sending.result(timeout=0.01)
        ...     except TimeoutError:  # nobody made room, and it still waits
        ...         print("taken back" if sending.cancel() else "sent after all")
        >>> asyncio.run(main())
        taken back
        1

        Returns:
            A ``concurrent.futures.Future`` that is done when `send` is. Its ``result(timeout)`` waits some seconds for
            room and raises what `send` raises; after its TimeoutError the event is still in line. Its ``cancel()``
            takes the event back: True if nobody has got it and nobody will, False if it was too late. A coroutine of
            another loop awaits ``asyncio.wrap_future`` of it. Where it would wait on the channel's own loop it raises
            WrongLoop, and when that loop ends first, NotStarted.

        Raises:
            NotStarted: the channel does not know its event loop yet, or that loop is closed.
        """
        loop = self._log.loop
        if loop is None or loop.is_closed():
            raise NotStarted(f"channel {self.name!r} has no running event loop: await channel.start() on it first")
        return util.thread_sends.Handed(self.name, loop, partial(self.send, event))


def _who_is_full(log: Log[Any]) -> str:
    """Why there is no room, and what to do."""
    return (
        f"channel {log.name!r} is full, nobody got the event: {', '.join(_full(log))}. Await send(), read faster, "
        "or give the consumer an overflow policy that may lose events"
    )


def _full(log: Log[Any], where: str = "") -> list[str]:
    full = [f"{c.name!r}{where} ({c.lag(log.next_seq)} pending, capacity {c.capacity})" for c in log.cursors if c.full]
    for gate, name in log.gates.items():
        if isinstance(gate, Log):
            full += _full(gate, f" of {name!r} above") or [f"{name!r} above, for those who wait there"]
        else:
            full.append(f"{name!r} below{where}")
    return full
