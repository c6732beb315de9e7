"""Turns: senders that wait for room, first come, first served."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable


class Turns:
    """A line of waiting senders, of whom only the first is ever woken; it wakes the next when it has had its turn."""

    __slots__ = ("_line",)

    def __init__(self) -> None:
        self._line: deque[asyncio.Future[None]] = deque()

    def __len__(self) -> int:
        """How many are waiting."""
        return len(self._line)

    def offer(self) -> None:
        """Wake the first in line, if there is one."""
        if self._line and not self._line[0].done():
            self._line[0].set_result(None)

    def dismiss(self) -> None:
        """Wake all at once: there will be no room any more, and each is told so."""
        line, self._line = self._line, deque()
        for turn in line:
            if not turn.done():
                turn.set_result(None)

    def forget(self) -> None:
        """Empty the line of those who waited on a loop that is closed."""
        self._line.clear()

    async def wait(self, loop: asyncio.AbstractEventLoop, take: Callable[[], bool], offer: Callable[[], None]) -> None:
        """Wait in line until `take`, called whenever it is this one's turn, says that it got what it waits for.

        Args:
            loop: the running loop.
            take: takes what there is and says whether that was enough; an exception of its ends the wait.
            offer: offers the turn to the first in line if there is something to take. It is called when this is
                cancelled, perhaps between being offered a turn and taking it: no turn is ever lost.
        """
        turn = loop.create_future()
        self._line.append(turn)
        try:
            while True:
                await turn
                if self._line and self._line[0] is turn:
                    del self._line[0]
                if take():
                    return
                turn = loop.create_future()
                self._line.appendleft(turn)
        except BaseException:
            if turn in self._line:
                self._line.remove(turn)
            offer()
            raise
