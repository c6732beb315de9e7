"""What the tests share: running a coroutine on virtual time, where sleeping costs nothing."""

from async_channel.testing import run_virtual as run

__all__ = ["run"]
