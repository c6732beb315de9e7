"""The kit that proves streams: marbles, probes, schedules and protocol rules, on virtual time.

It rests on the public API alone; what it needs of the core beyond that is listed in `async_channel.testing._core`.
"""

from async_channel.pictures.diagrams import Diagram, MarbleError, Mark
from async_channel.testing.explorer import (
    Deadlock,
    Exploration,
    LeakedTasks,
    Livelock,
    NotDeterministic,
    ScheduleFailure,
    cancelled_by_explorer,
    explore,
    explore_schedules,
    may_cancel,
    spare,
)
from async_channel.testing.leaks import ChannelFactory
from async_channel.testing.marble.expectations import assert_marbles, expect_marbles
from async_channel.testing.marble.sources import marbles, play_marbles
from async_channel.testing.probe import TestConsumer, probe
from async_channel.testing.probing.signals import Received
from async_channel.testing.virtual import VirtualTime, run_virtual

__all__ = [
    "ChannelFactory",
    "Deadlock",
    "Diagram",
    "Exploration",
    "LeakedTasks",
    "Livelock",
    "MarbleError",
    "Mark",
    "NotDeterministic",
    "Received",
    "ScheduleFailure",
    "TestConsumer",
    "VirtualTime",
    "assert_marbles",
    "cancelled_by_explorer",
    "expect_marbles",
    "explore",
    "explore_schedules",
    "marbles",
    "may_cancel",
    "play_marbles",
    "probe",
    "run_virtual",
    "spare",
]
