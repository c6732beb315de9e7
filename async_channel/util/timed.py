"""The timed stages: they read the clock of the subscription, which under a consumer is the running loop's.

Semantics are those of reactivex's throttle_first, debounce, sample, delay, timeout, buffer_with_time and
buffer_with_time_or_count.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from math import inf

from reactivex.disposable import SerialDisposable

from async_channel.util.pipeline import NOTHING, SAME, Done, Next, Pipeline, Stage


def throttle_first(seconds: float) -> Stage:
    """Let an event through, then none for some seconds."""
    pause = seconds - SAME

    def build(pipeline: Pipeline, down: Next, done: Done) -> tuple[Next, Done]:
        last = -inf
        time = pipeline.time

        def next(event: object) -> None:
            nonlocal last
            now = time()
            if now - last >= pause:
                last = now
                down(event)

        return next, done

    return build


def debounce_by(seconds: float) -> Stage:
    """Let an event through once none has followed it for some seconds, or the stream completes."""

    def build(pipeline: Pipeline, down: Next, done: Done) -> tuple[Next, Done]:
        timer = pipeline.timer()
        time = pipeline.time
        latest = NOTHING
        due = 0.0
        armed = False

        def flush() -> None:
            nonlocal latest
            event, latest = latest, NOTHING
            if event is not NOTHING:
                down(event)

        def check() -> None:
            """The timer is not set anew with every event: it goes off, and goes on for what is left."""
            nonlocal armed
            left = due - time()
            armed = left > SAME
            if armed:
                pipeline.later(timer, left, check)
            else:
                flush()

        def next(event: object) -> None:
            nonlocal latest, due, armed
            latest = event
            due = time() + seconds
            if not armed:
                armed = True
                pipeline.later(timer, seconds, check)

        def completed() -> None:
            timer.dispose()
            flush()
            done()

        return next, completed

    return build


def sample_every(seconds: float) -> Stage:
    """Every so many seconds, let the newest event through if there is one since; the end waits for the next beat."""

    def build(pipeline: Pipeline, down: Next, done: Done) -> tuple[Next, Done]:
        latest = NOTHING
        ended = False

        def beat() -> None:
            nonlocal latest
            event, latest = latest, NOTHING
            if event is not NOTHING:
                down(event)
            if ended:
                timer.dispose()
                done()

        def next(event: object) -> None:
            nonlocal latest
            latest = event

        def completed() -> None:
            nonlocal ended
            ended = True

        timer = every(pipeline, seconds, beat)
        return next, completed

    return build


def delay_by(seconds: float) -> Stage:
    """Let each event, and the end, through some seconds later; an error at once."""

    def build(pipeline: Pipeline, down: Next, done: Done) -> tuple[Next, Done]:
        timer = pipeline.timer()
        time = pipeline.time
        held: deque[tuple[float, object]] = deque()

        def hold(event: object) -> None:
            held.append((time() + seconds, event))
            if len(held) == 1:
                pipeline.later(timer, seconds, release)

        def release() -> None:
            while held and held[0][0] - time() <= SAME:
                event = held[0][1]
                if event is NOTHING:
                    done()
                else:
                    down(event)
                held.popleft()  # only now: what comes meanwhile must not set the timer
            if held:
                pipeline.later(timer, held[0][0] - time(), release)

        return hold, lambda: hold(NOTHING)

    return build


def time_limit(seconds: float, expire: Callable[[Pipeline, Next, Done], None]) -> Stage:
    """Let every event through; once none has come for some seconds, let go of the source and do something else."""

    def build(pipeline: Pipeline, down: Next, done: Done) -> tuple[Next, Done]:
        position = pipeline.position
        timer = pipeline.timer()
        time = pipeline.time
        last = time()

        def check() -> None:
            left = last + seconds - time()
            if left > SAME:
                pipeline.later(timer, left, check)
            else:
                pipeline.finish(position, lambda: expire(pipeline, down, done))

        def next(event: object) -> None:
            nonlocal last
            last = time()
            down(event)

        def completed() -> None:
            timer.dispose()
            done()

        pipeline.later(timer, seconds, check)
        return next, completed

    return build


def buffer_by_time(seconds: float) -> Stage:
    """Gather events into one list every so many seconds, empty ones as well; what is left makes the last one."""

    def build(pipeline: Pipeline, down: Next, done: Done) -> tuple[Next, Done]:
        gathered: list[object] = []

        def flush() -> None:
            nonlocal gathered
            full, gathered = gathered, []
            down(full)

        def next(event: object) -> None:
            gathered.append(event)

        def completed() -> None:
            timer.dispose()
            flush()
            done()

        timer = every(pipeline, seconds, flush)
        return next, completed

    return build


def buffer_by_time_or_count(seconds: float, count: int) -> Stage:
    """Gather events into lists that go when they hold `count`, or some seconds after the list before went."""

    def build(pipeline: Pipeline, down: Next, done: Done) -> tuple[Next, Done]:
        gathered: list[object] = []
        timer = pipeline.timer()

        def flush() -> None:
            nonlocal gathered
            full, gathered = gathered, []
            pipeline.later(timer, seconds, flush)
            down(full)

        def next(event: object) -> None:
            gathered.append(event)
            if len(gathered) >= count:
                flush()

        def completed() -> None:
            timer.dispose()
            down(gathered)
            done()

        pipeline.later(timer, seconds, flush)
        return next, completed

    return build


def every(pipeline: Pipeline, seconds: float, action: Done) -> SerialDisposable:
    """Call an action at whole multiples of a period from now, until the stream ends or the timer is disposed."""
    timer = pipeline.timer()
    time = pipeline.time
    begin = time()
    beats = 0

    def schedule() -> None:
        nonlocal beats
        beats += 1
        pipeline.later(timer, begin + seconds * beats - time(), beat)

    def beat() -> None:
        schedule()
        action()

    schedule()
    return timer
