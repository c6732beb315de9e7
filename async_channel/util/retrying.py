"""Retrying: what failed is called again, by tenacity, which need not be asked about the first call: that was made."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from tenacity import AsyncRetrying, RetryCallState, stop_after_attempt

from async_channel.policy import Retry
from async_channel.util.failure import as_failure, being_cancelled

T = TypeVar("T")


async def again(
    policy: Retry, failure: Exception, call: Callable[[], Coroutine[Any, Any, T]], lost: Callable[[], bool]
) -> T:
    """Call until it does not fail, or the attempts are used up; then the last failure is raised, as it was.

    Args:
        policy: how often, and after how long.
        failure: that of the first call, which has been made already. It is one that the policy tries again.
        call: what to call.
        lost: whether calling once more would not do, whatever the policy says.
    """
    trace = failure.__traceback__

    async def attempt() -> T:
        nonlocal failure, trace
        if lost():
            raise failure
        try:
            return await call()
        except asyncio.CancelledError as error:
            if being_cancelled():
                raise
            failure, trace = as_failure(error), None
            raise failure from error
        except Exception as error:
            failure, trace = error, error.__traceback__
            raise

    async def may(call: RetryCallState) -> bool:  # a coroutine function is what tenacity asks the least about
        error = None if call.outcome is None else call.outcome.exception()
        return isinstance(error, policy.on) and not being_cancelled() and not lost()

    if not being_cancelled() and not lost():
        await asyncio.sleep(policy.pause(1))
        retrying = AsyncRetrying(
            sleep=asyncio.sleep,
            stop=stop_after_attempt(policy.attempts - 1),
            wait=lambda state: policy.pause(state.attempt_number + 1),
            retry=may,
        )
        try:
            return await retrying(attempt)
        except Exception:  # noqa: S110  it is the failure, which is raised below without the marks of its journey
            pass
    raise failure.with_traceback(trace)
