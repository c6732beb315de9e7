"""What the explorer finds by itself, whatever the test asserts."""

from __future__ import annotations


class Deadlock(AssertionError):
    """Nothing is ready, no timer is set, and the test is not over: everybody waits for somebody."""


class Livelock(AssertionError):
    """The test took more steps than it may: some loop goes round without getting anywhere."""


class LeakedTasks(AssertionError):
    """The test is over, and tasks that it started still wait."""


class NothingToCancel(ValueError):
    """Cancellations were asked for, and there is no task that may be cancelled."""


class NotDeterministic(AssertionError):
    """The same choices led elsewhere, so that no schedule can be repeated."""
