"""Pumps: sources that a task reads, as far as there is room below; and reactivex's timers on the loop's clock."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable, Callable, Iterable
from typing import Any

import reactivex
from reactivex import Observable, abc
from typing_extensions import override

from async_channel.util.failure import FAILURES, SOMEBODY, Handler, as_failure, report_to
from async_channel.util.fused import Fused, subscribe
from async_channel.util.outlet import CAPACITY, Outlet, raise_if_cancelled
from async_channel.util.pipeline import Pipeline, Receiver
from async_channel.util.scheduler import LoopScheduler


class Pump(Fused[Any]):
    """The items of an iterable. A subscription with nobody to wait for gets them at once."""

    def __init__(self, items: Iterable[Any]) -> None:
        super().__init__()
        self._items = items

    @override
    def _attach(self, sink: Receiver, scheduler: abc.SchedulerBase | None) -> abc.DisposableBase:
        below = Pipeline(sink, (), scheduler)
        if not isinstance(scheduler, LoopScheduler) or scheduler.inbox is None or not scheduler.inbox.present:
            return subscribe(reactivex.from_iterable(self._items), below)
        outlet = Outlet("from_iterable", below, _report)
        outlet.spawn(self._run(outlet))
        return below

    async def _run(self, outlet: Outlet) -> None:
        below = outlet.below
        try:
            left = CAPACITY
            for item in self._items:
                await outlet.deliver(item)
                if below.closed:
                    return
                left = left - 1 or await outlet.breathe()
        except FAILURES as error:
            raise_if_cancelled(below, error)
            below.error(as_failure(error))
        else:
            below.completed()


class AsyncPump(Fused[Any]):
    """The items of an asynchronous iterable, or of the one that a function makes for each subscription."""

    def __init__(self, items: AsyncIterable[Any] | Callable[[], AsyncIterable[Any]]) -> None:
        super().__init__()
        self._items = items
        self._begun = False

    @override
    def _attach(self, sink: Receiver, scheduler: abc.SchedulerBase | None) -> abc.DisposableBase:
        if self._begun and isinstance(self._items, AsyncGenerator):
            raise RuntimeError(
                f"from_async_iterable() was given {self._items!r}, which can be read but once, and this is the second "
                "subscription: give it the generator function, which is called for each"
            )
        below = Pipeline(sink, (), scheduler)
        outlet = Outlet("from_async_iterable", below, _report)
        self._begun = True
        outlet.spawn(self._run(outlet))
        return below

    async def _run(self, outlet: Outlet) -> None:
        below = outlet.below
        try:
            await outlet.deliver_all(self._items if isinstance(self._items, AsyncIterable) else self._items())
        except FAILURES as error:
            raise_if_cancelled(below, error)
            below.error(as_failure(error))
        else:
            below.completed()


class OnClock(Fused[Any]):
    """A source of reactivex's that needs a clock: that of the subscription, else the running loop's."""

    def __init__(self, source: Observable[Any]) -> None:
        super().__init__()
        self._upstream = source

    @override
    def _attach(self, sink: Receiver, scheduler: abc.SchedulerBase | None) -> abc.DisposableBase:
        below = Pipeline(sink, (), scheduler)
        _ = below.clock
        return subscribe(self._upstream, below)


def _report(where: str, error: Exception, event: object, of: Handler = SOMEBODY, /) -> None:
    report_to((), where, error, event, of)
