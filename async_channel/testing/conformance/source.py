"""The source that a publisher or a subscriber under test reads: it keeps to its script, and sees how it is treated."""

from __future__ import annotations

import asyncio
import sys
import weakref
from collections.abc import AsyncGenerator, AsyncIterable, Callable
from dataclasses import dataclass
from typing import Any, Final

from typing_extensions import override


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Element:
    """An event of the kit's: it has a number, equals its copies, can be pickled, and can be watched as it is let go."""

    number: int


class SourceFailed(Exception):
    """What a source of the kit fails with."""


@dataclass(frozen=True, slots=True)
class Silence:
    """An ending: nothing more ever comes, not even the end."""


SILENT: Final = Silence()


class Source(AsyncIterable[Element]):
    """Elements 0, 1, 2 ... and an ending, anew for each iteration.

    It is asked for an element by ``__anext__``, which is Reactive Streams' ``request(1)``, and let go of by ``aclose``,
    which is its ``cancel``. What it sees of its readers can be read off it at any time.

    >>> import asyncio
    >>> async def main() -> None:
    ...     source = Source(3)
    ...     print([element.number async for element in source], source.taken, source.open)
    >>> asyncio.run(main())
    [0, 1, 2] 3 0

    Args:
        count: how many elements there are, 0 or more.
        ending: what comes after them: None is the end, an exception a failure, SILENT nothing at all.
        pause: seconds before each element and before the ending; or a function of its number that gives them. Without
            a pause an element is there at once, and the reader is not suspended.
        replace: what is given in place of an element, by its number.
        threaded: whether each element is made in another thread.
    """

    def __init__(
        self,
        count: int,
        ending: Exception | Silence | None = None,
        *,
        pause: float | Callable[[int], float] = 0.0,
        replace: dict[int, Any] | None = None,
        threaded: bool = False,
    ) -> None:
        self.count = count
        self.ending = ending
        self._pause = pause
        self._replace = replace or {}
        self.threaded = threaded
        self.taken = 0
        """How many elements were handed out, by all iterations together (a count)."""
        self.begun = 0
        """How many iterations were begun (a count)."""
        self.open = 0
        """How many of these have neither come to their end nor been closed (a count)."""
        self.overlaps = 0
        """How often an iteration was called while a call of it was under way (a count)."""
        self.asked_after_end = 0
        """How often an iteration was asked for an element after its end was told, or after it was closed (a count)."""
        self.times: list[float] = []
        """When each element, and then the ending, was there (seconds on the loop's clock)."""
        self.depths: list[int] = []
        """How deep the stack was each time when an element was asked for (frames)."""
        self.given: list[weakref.ref[Element]] = []
        """The elements that were handed out, for those of them that are still alive."""
        self.iterations: list[weakref.ref[Iteration]] = []
        """The iterations, for those of them that are still alive."""

    @override
    def __aiter__(self) -> Iteration:
        iteration = Iteration(self)
        self.begun += 1
        self.open += 1
        self.iterations.append(weakref.ref(iteration))
        return iteration

    def pause_before(self, number: int) -> float:
        """Seconds before this element, or, with `count`, before the ending."""
        return self._pause(number) if callable(self._pause) else self._pause

    def element(self, number: int) -> Element:
        """A new element of this number, or what is to be given in its place."""
        if number in self._replace:
            replaced: Element = self._replace[number]
            return replaced
        element = Element(number)
        self.given.append(weakref.ref(element))
        return element

    @property
    def alive(self) -> list[int]:
        """The numbers of the elements that somebody still holds."""
        return [element.number for ref in self.given if (element := ref()) is not None]


class Iteration(AsyncGenerator[Element, None]):
    """One reading of a source. It behaves as a generator does: cancelled while it waits, it is over."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._next = 0
        self._busy = False
        self._over = False

    @override
    async def asend(self, value: None) -> Element:
        source = self._source
        self._enter()
        if self._over:
            source.asked_after_end += 1
            raise StopAsyncIteration
        source.depths.append(_depth())
        self._busy = True
        try:
            pause = source.pause_before(self._next)
            if pause:
                await asyncio.sleep(pause)
            source.times.append(asyncio.get_running_loop().time())
            if self._next < source.count:
                source.taken += 1
                self._next += 1
                if source.threaded:
                    return await asyncio.to_thread(source.element, self._next - 1)
                return source.element(self._next - 1)
            ending = source.ending
            if isinstance(ending, Silence):
                await asyncio.get_running_loop().create_future()
            self._end()
            if isinstance(ending, Exception):
                raise ending
            raise StopAsyncIteration
        except asyncio.CancelledError:
            self._end()
            raise
        finally:
            self._busy = False

    @override
    async def athrow(self, typ: Any, val: Any = None, tb: Any = None) -> Element:
        self._enter()
        self._end()
        raise typ if val is None else val

    @override
    async def aclose(self) -> None:
        self._enter()
        self._end()

    def _enter(self) -> None:
        if self._busy:
            self._source.overlaps += 1
            raise RuntimeError("the source was called while a call of it was under way")

    def _end(self) -> None:
        if not self._over:
            self._over = True
            self._source.open -= 1


def _depth() -> int:
    depth, frame = 0, sys._getframe()
    while frame.f_back is not None:
        depth, frame = depth + 1, frame.f_back
    return depth
