"""The schedule explorer: runs a test in the orders that asyncio permits, and cancels what may be cancelled."""

from async_channel.testing.explorer.decorator import (
    cancelled_by_explorer,
    explore,
    explore_schedules,
    may_cancel,
    spare,
)
from async_channel.testing.explorer.errors import Deadlock, LeakedTasks, Livelock, NotDeterministic
from async_channel.testing.explorer.search import Exploration, ScheduleFailure

__all__ = [
    "Deadlock",
    "Exploration",
    "LeakedTasks",
    "Livelock",
    "NotDeterministic",
    "ScheduleFailure",
    "cancelled_by_explorer",
    "explore",
    "explore_schedules",
    "may_cancel",
    "spare",
]
