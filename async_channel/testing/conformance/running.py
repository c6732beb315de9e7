"""How a test of a rule runs: on the clock its factory asks for, cut off if need be, and skipped where it has no say."""

from __future__ import annotations

import asyncio
import functools
import gc
import threading
import unittest
import weakref
from collections.abc import Awaitable, Callable, Coroutine, Generator
from functools import partial
from typing import Any, Protocol, TypeVar

from typing_extensions import override

from async_channel import clock
from async_channel.testing.conformance.protocols import Traits
from async_channel.testing.conformance.rules import RULES, rule_of

T_co = TypeVar("T_co", covariant=True)

__tracebackhide__ = True  # what pytest shows is the test of the rule


class HasTraits(Protocol):
    """A factory, of publishers or of subscribers."""

    @property
    def traits(self) -> Traits:
        """What is particular to what it makes."""
        ...


RulesT = TypeVar("RulesT")
FactoryT = TypeVar("FactoryT", bound=HasTraits)


class DoesNotConcern(unittest.SkipTest):
    """A rule has no say in what is tested.

    Args:
        why: why it has none.
        who: which rule, and by whose test.
    """

    def __init__(self, why: str, who: str = "") -> None:
        super().__init__(f"{who}: {why}" if who else why)
        self.why = why


def on_the_clock(
    test: Callable[[RulesT, FactoryT], Coroutine[Any, Any, None]],
) -> Callable[[RulesT, FactoryT], None]:
    """Make an asynchronous test an ordinary one: on the clock its factory asks for, and cut off when it is stuck.

    A failure gets a note of what the rule says, after which the test is named; and a skip tells which rule it was.
    """
    number = rule_of(test.__name__)
    (reading,) = (rule.reading for rule in RULES if rule.number == number)

    @functools.wraps(test)
    def run(rules: RulesT, *factory: FactoryT, **named: FactoryT) -> None:
        (made_by,) = (*factory, *named.values())  # pytest gives it by name
        traits = made_by.traits
        try:
            clock.run(_cut_off(test(rules, made_by), traits.stuck), speed=traits.speed)
        except DoesNotConcern as skipped:
            raise DoesNotConcern(skipped.why, f"{type(rules).__name__}, rule {number}") from None
        except Exception as broken:
            broken.add_note(f"rule {number}: {reading}")
            raise

    return run


async def _cut_off(test: Coroutine[Any, Any, None], seconds: float) -> None:
    """Run a test, and end it in real time: whoever polls on virtual time keeps that from ever passing."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    stuck = threading.Event()

    def interrupt() -> None:
        stuck.set()
        assert task is not None
        loop.call_soon_threadsafe(task.cancel)

    timer = threading.Timer(seconds, interrupt)
    timer.daemon = True
    timer.start()
    try:
        await test
    except asyncio.CancelledError:
        if not stuck.is_set():
            raise
    finally:
        timer.cancel()
        timer.join()
    if stuck.is_set():
        raise AssertionError(f"the event loop was kept busy, or blocked, for {seconds:g} real seconds")


def must(condition: bool, otherwise: str) -> None:
    """What a rule says, and what to say when it does not hold. An `assert` would be silent under ``python -O``."""
    if not condition:
        raise AssertionError(otherwise)


def skip_unless(condition: bool, why: str) -> None:
    """Skip a test of a rule that does not concern what is tested."""
    if not condition:
        raise DoesNotConcern(why)


async def let_go(what: weakref.ref[Any], settle: Callable[[], Coroutine[Any, Any, None]]) -> bool:
    """Whether nobody holds an object any more, after some time."""
    for _ in range(3):
        await settle()
        if what() is None:
            return True
        gc.collect()
    return what() is None


class Steps(Awaitable[T_co]):
    """Awaits something, and counts how often it is resumed.

    Args:
        awaited: what to await.
    """

    def __init__(self, awaited: Awaitable[T_co]) -> None:
        self._awaited = awaited
        self.count = 0
        """How often it was resumed (a count)."""

    @override
    def __await__(self) -> Generator[Any, Any, T_co]:
        inner = self._awaited.__await__()
        assert isinstance(inner, Generator | Coroutine)
        resume: Callable[[], Any] = partial(inner.send, None)
        while True:
            self.count += 1
            try:
                waits_for = resume()
            except StopIteration as result:
                returned: T_co = result.value
                return returned
            try:
                resume = partial(inner.send, (yield waits_for))
            except BaseException as thrown:
                resume = partial(inner.throw, thrown)
