"""Sources made of several others: merge, concat, zip, combine_latest, with_latest_from.

Each of the others is a pipeline of its own into the same sink, subscribed with the same scheduler: so backpressure
reaches every root. Semantics are those of reactivex's functions of these names.
"""

from __future__ import annotations

from collections import deque
from typing import Any

from reactivex import Observable, abc
from reactivex.disposable import CompositeDisposable, SerialDisposable
from typing_extensions import override

from async_channel.util.fused import Fused, subscribe
from async_channel.util.pipeline import NOTHING, Done, Next, Pipeline, Receiver, Sink, nothing


class Combined(Fused[Any]):
    """What they have in common: sources, one pipeline to end, and that none is left subscribed alone."""

    def __init__(self, sources: tuple[Observable[Any], ...]) -> None:
        super().__init__()
        self._sources = sources

    @override
    def _attach(self, sink: Receiver, scheduler: abc.SchedulerBase | None) -> abc.DisposableBase:
        whole = Pipeline(sink, (), scheduler)
        self._subscribe_all(whole)
        return whole

    def _subscribe_all(self, whole: Pipeline) -> None:
        subscriptions = CompositeDisposable()
        whole.connect(subscriptions)  # before they are subscribed: an end below must reach them meanwhile
        try:
            for source, (next, completed) in zip(self._sources, self._inlets(whole), strict=True):
                if whole.closed:
                    break
                one = Pipeline(Sink(next, whole.error, completed), (), whole.scheduler)
                subscriptions.add(one)
                subscribe(source, one)
        except BaseException:
            subscriptions.dispose()  # a source that can't be subscribed must not leave the others hanging
            raise

    def _inlets(self, whole: Pipeline) -> list[tuple[Next, Done]]:
        """What each source calls with an event, and at its end."""
        raise NotImplementedError


class Merged(Combined):
    """Every event as it comes; completes when all sources have."""

    @override
    def _inlets(self, whole: Pipeline) -> list[tuple[Next, Done]]:
        running = len(self._sources)

        def next(event: object) -> None:
            down = whole.next
            down(event)

        def completed() -> None:
            nonlocal running
            running -= 1
            if running == 0:
                whole.completed()

        return [(next, completed)] * running


class Zipped(Combined):
    """The first of all, the second of all, and so on; completes when one has ended whose events are used up."""

    @override
    def _inlets(self, whole: Pipeline) -> list[tuple[Next, Done]]:
        queues: list[deque[object]] = [deque() for _ in self._sources]
        ended = [False] * len(queues)
        some_ended = False

        def inlet(place: int) -> tuple[Next, Done]:
            queue = queues[place]

            def next(event: object) -> None:
                queue.append(event)
                for other in queues:
                    if not other:
                        return
                down = whole.next
                down(tuple([other.popleft() for other in queues]))
                if some_ended and any(done and not other for other, done in zip(queues, ended, strict=True)):
                    whole.completed()

            def completed() -> None:
                nonlocal some_ended
                ended[place] = some_ended = True
                if not queue:
                    whole.completed()

            return next, completed

        return [inlet(place) for place in range(len(queues))]


class Latest(Combined):
    """With each event, the newest of all once each has had one; completes when all have."""

    @override
    def _inlets(self, whole: Pipeline) -> list[tuple[Next, Done]]:
        newest: list[object] = [NOTHING] * len(self._sources)
        ended = [False] * len(newest)
        missing = len(newest)

        def inlet(place: int) -> tuple[Next, Done]:
            def next(event: object) -> None:
                nonlocal missing
                if newest[place] is NOTHING:
                    missing -= 1
                newest[place] = event
                if not missing:
                    down = whole.next
                    down(tuple(newest))
                elif all(done for other, done in enumerate(ended) if other != place):
                    whole.completed()

            def completed() -> None:
                ended[place] = True
                if all(ended):
                    whole.completed()

            return next, completed

        return [inlet(place) for place in range(len(newest))]


class WithLatest(Combined):
    """The last source's events, each with the newest of all others once each has had one; ends with the last."""

    @override
    def _inlets(self, whole: Pipeline) -> list[tuple[Next, Done]]:
        newest: list[object] = [NOTHING] * (len(self._sources) - 1)
        missing = len(newest)

        def inlet(place: int) -> tuple[Next, Done]:
            def next(event: object) -> None:
                nonlocal missing
                if newest[place] is NOTHING:
                    missing -= 1
                newest[place] = event

            return next, nothing

        def next(event: object) -> None:
            if not missing:
                down = whole.next
                down((event, *newest))

        return [*(inlet(place) for place in range(len(newest))), (next, whole.completed)]


class Concatenated(Combined):
    """All events of the first source, then, when it has completed, those of the next."""

    @override
    def _subscribe_all(self, whole: Pipeline) -> None:
        current = SerialDisposable()
        whole.connect(current)
        left = deque(self._sources)
        advance = trampolined(lambda: self._subscribe_next(whole, left, current, advance))
        advance()

    @staticmethod
    def _subscribe_next(
        whole: Pipeline, left: deque[Observable[Any]], current: SerialDisposable, advance: Done
    ) -> None:
        if whole.closed:
            return
        if not left:
            whole.completed()
            return

        def next(event: object) -> None:
            down = whole.next
            down(event)

        one = Pipeline(Sink(next, whole.error, advance), (), whole.scheduler)
        current.disposable = one
        subscribe(left.popleft(), one)


def trampolined(action: Done) -> Done:
    """The same action, but called from inside itself it happens afterwards: nothing recurses."""
    wanted = 0

    def call() -> None:
        nonlocal wanted
        wanted += 1
        if wanted > 1:
            return
        try:
            while wanted:
                action()
                wanted -= 1
        finally:
            wanted = 0

    return call
