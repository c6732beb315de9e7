"""Supervision: what siblings notice of a callback that fails on every seventh event.

It is tried again, then logged and sent to the dead letters, and one thread does all of that: so what it costs is taken
from everybody, whoever is isolated. Therefore the round is timed three times: with a callback beside the siblings that
fails; with one that never fails, and itself does on every seventh event what becomes of a failure (the calls by the
same library, the line in the log, the letter); and with one that does nothing. The first two are compared: what is left
is what supervision takes from the siblings beyond the work it is asked to do.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from tenacity import AsyncRetrying, stop_after_attempt

from async_channel import Channel, DeadLetter, clock, retry
from benchmarks.model import CAPACITY, BenchmarkFailed, Figures, Load, Round, Workload
from benchmarks.timing import ROUND_LIMIT, counter, no_collector
from benchmarks.timing import clock as time_now

FAMILY = "supervision"
SIBLINGS = 4
EVERY = 7
ATTEMPTS = 2
WORKLOAD = Workload(
    FAMILY,
    FAMILY,
    f"Supervision: {SIBLINGS} callbacks beside one that fails on every {EVERY}th event, with retry and dead letters; "
    "beside the same work done by hand, with the same library; beside one that never fails",
    "ns per event until all siblings have it",
    "ns",
    Load(SIBLINGS, 3_500),
    Load(SIBLINGS, 700),
    rounds=7,
)
FAILING, BY_HAND, GOOD = "ns", "by hand", "good"
"""The figures: beside a callback that fails, one that does that work by hand, and one that does nothing."""

logger = logging.getLogger("async_channel")
Letters = Channel[DeadLetter[float]]


class Unlucky(Exception):
    """What the callback raises."""


def _failing(channel: Channel[float], letters: Letters) -> None:
    seen = 0

    def call(event: float) -> None:
        nonlocal seen
        seen += 1
        if event % EVERY == 0:
            raise Unlucky(event)

    channel.consume(call, on_error=retry(ATTEMPTS, backoff=0), dead_letters=letters, name="failing")


def _by_hand(channel: Channel[float], letters: Letters) -> None:
    async def fail(event: float) -> None:
        raise Unlucky(event)

    async def see_to(event: float) -> None:
        try:
            await AsyncRetrying(stop=stop_after_attempt(ATTEMPTS), sleep=asyncio.sleep, reraise=True)(fail, event)
        except Unlucky as error:
            logger.exception("channel %r: %s raised on %r", channel.name, "its callback", event)
            letter = DeadLetter(
                event=event, consumer="by hand", channel=channel.name, error=error, attempts=ATTEMPTS, time=clock.now()
            )
            await letters.send(letter)

    def call(event: float) -> Awaitable[None] | None:
        return see_to(event) if event % EVERY == 0 else None

    channel.consume(call, name="by hand")


def _good(channel: Channel[float], _: Letters) -> None:
    channel.consume(lambda event: event % EVERY == 0, name="good")


async def _time(load: Load, attach: Callable[[Channel[float], Letters], None], letters_due: int) -> float:
    channel: Channel[float] = Channel("bench", capacity=CAPACITY)
    letters: Letters = Channel("letters", capacity=CAPACITY)
    found = 0

    def collect(_: DeadLetter[float]) -> None:
        nonlocal found
        found += 1

    letters.consume(collect)
    attach(channel, letters)
    siblings = [counter() for _ in range(load.consumers)]
    for callback, _total in siblings:
        channel.consume(callback)
    events = load.stream()
    send = channel.send
    async with asyncio.timeout(ROUND_LIMIT):
        with no_collector():
            started = time_now()
            for event in events:
                await send(event)
            await channel.stop()
            elapsed = time_now() - started
    await letters.stop()
    load.check([total() for _callback, total in siblings])
    if found != letters_due:
        raise BenchmarkFailed(f"{found} dead letters, not {letters_due}")
    return elapsed / load.events


async def _round(load: Load) -> Figures:
    due = sum(event % EVERY == 0 for event in load.stream())
    written: list[logging.LogRecord] = []
    handler = logging.Handler()
    handler.emit = written.append  # type: ignore[method-assign,assignment]  # a log that keeps records costs the least there is
    propagated, logger.propagate = logger.propagate, False
    logger.addHandler(handler)
    try:
        figures = {
            FAILING: await _time(load, _failing, due),
            BY_HAND: await _time(load, _by_hand, due),
            GOOD: await _time(load, _good, 0),
        }
    finally:
        logger.removeHandler(handler)
        logger.propagate = propagated
    if len(written) != 2 * due:
        raise BenchmarkFailed(f"{len(written)} failures were logged, not {2 * due}")
    return figures


OURS: Round = _round
