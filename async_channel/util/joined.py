"""Two streams joined by key: each pair of events that have the same key and come within a time of each other."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable
from typing import Any

from reactivex import Observable
from typing_extensions import override

from async_channel.util.combine import Combined
from async_channel.util.pipeline import SAME, TICK, Done, Next, Pipeline

Key = Callable[[Any], Hashable]


class Joined(Combined):
    """What is kept of each side is what came within the time, found by its key."""

    def __init__(self, left: Observable[Any], right: Observable[Any], keys: tuple[Key, Key], seconds: float) -> None:
        super().__init__((left, right))
        self._keys = keys
        self._span = seconds

    @override
    def _inlets(self, whole: Pipeline) -> list[tuple[Next, Done]]:
        time = whole.time
        timer = whole.timer()
        span = self._span
        sides = _Side(), _Side()
        armed = False

        def sweep() -> None:
            """Let go of what can pair no more, and come back when the next one can't."""
            nonlocal armed
            now = time()
            for side in sides:
                side.forget_before(now - span - SAME)
            if any(side.ended and not side for side in sides):
                whole.completed()
                return
            oldest = min((side.oldest for side in sides if side), default=None)
            armed = oldest is not None
            if oldest is not None:
                whole.later(timer, oldest + span + TICK - now, sweep)

        def inlet(place: int) -> tuple[Next, Done]:
            mine, other, key_of = sides[place], sides[1 - place], self._keys[place]

            def next(event: object) -> None:
                nonlocal armed
                key = key_of(event)
                now = time()
                other.forget_before(now - span - SAME)
                if not other.ended:
                    mine.keep(now, key, event)
                    if not armed:
                        armed = True
                        whole.later(timer, span + TICK, sweep)
                for match in other.found(key):
                    whole.next((match, event) if place else (event, match))

            def completed() -> None:
                mine.ended = True
                if other.ended or not mine:
                    whole.completed()

            return next, completed

        return [inlet(0), inlet(1)]


class _Side:
    """The events of one side that may still find their pair."""

    __slots__ = ("_by_key", "_times", "ended")

    def __init__(self) -> None:
        self._times: deque[tuple[float, Hashable]] = deque()
        self._by_key: dict[Hashable, deque[object]] = {}
        self.ended = False

    def __bool__(self) -> bool:
        return bool(self._times)

    @property
    def oldest(self) -> float:
        """When the oldest event came."""
        return self._times[0][0]

    def keep(self, now: float, key: Hashable, event: object) -> None:
        """Remember an event."""
        self._times.append((now, key))
        self._by_key.setdefault(key, deque()).append(event)

    def found(self, key: Hashable) -> tuple[object, ...]:
        """The remembered events of a key, oldest first."""
        events = self._by_key.get(key)
        return () if events is None else tuple(events)

    def forget_before(self, time: float) -> None:
        """Let go of what came before a time."""
        while self._times and self._times[0][0] < time:
            _, key = self._times.popleft()
            events = self._by_key[key]
            events.popleft()
            if not events:
                del self._by_key[key]
