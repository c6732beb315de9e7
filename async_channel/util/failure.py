"""What counts as a failure of a user's function: any exception, and a cancellation that was not ours."""

from __future__ import annotations

import asyncio
from typing import Final

FAILURES: Final = (Exception, asyncio.CancelledError)
"""What is caught around a synchronous function. It is never itself cancelled, so a CancelledError is its own doing:
it looked at the result of something that was."""


def as_failure(error: BaseException) -> Exception:
    """The failure to report: a stray CancelledError must not cancel whoever reads of it."""
    if isinstance(error, Exception):
        return error
    failure = RuntimeError(f"it used something that was cancelled: {error!r}")
    failure.__cause__ = error
    return failure
