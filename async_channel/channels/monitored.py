"""Monitored: a channel or a registry, as those see it who watch it live."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Literal

from async_channel import util

if TYPE_CHECKING:
    from async_channel.monitoring.monitor import Monitor
    from async_channel.monitoring.screens import Screen


class Monitored:
    """What can be watched while it runs."""

    def monitor(
        self,
        *,
        every: float | timedelta = 0.5,
        seconds: float | timedelta | None = None,
        screen: Screen | Literal["auto", "notebook", "terminal", "none"] = "auto",
    ) -> Monitor:
        """A live view of rates, lags, losses and failures, which updates in place: in a notebook, or in a terminal.

        ``await channels.monitor()`` shows it until all is stopped, or the cell is interrupted; ``async with
        channels.monitor():`` while the block runs. What it showed last stays. Channels that are opened meanwhile are
        included. A notebook shows one that is neither awaited nor entered as the numbers of this moment.

        >>> import asyncio, math
        >>> from async_channel import Channel, Overflow, clock
        >>> async def main() -> None:
        ...     async with Channel[int]("Ticks") as ticks, ticks.monitor(screen="none") as view:
        ...         ticks.consume(lambda tick: asyncio.sleep(2), name="slow", capacity=8, overflow=Overflow.DROP_OLDEST)
        ...         for tick in range(40):
        ...             await ticks.send(tick)
        ...             await asyncio.sleep(0.1)
        ...         print(view.state.channels[0].sent, view.state.channels[0].consumers[0].dropped)
        >>> clock.run(main(), speed=math.inf)
        40 30

        Args:
            every: how often it looks (seconds on the loop's clock); less often where that would take more than 1 % of
                the time.
            seconds: when it ends by itself (seconds on the loop's clock); None for never.
            screen: where it is shown. By itself that is a notebook, if this is one, or a terminal, with rich (extra
                ``monitor``); "none" is for programs that ask the view for its ``state``, ``to_svg()`` or text; one of
                your own has ``show(view)`` and ``close()``.

        Raises:
            TypeError, ValueError: an argument is of another type or range.
        """
        return util.drawn.monitor_of(self, every=every, seconds=seconds, screen=screen)
