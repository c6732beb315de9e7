"""The timed stages: they read the clock of the subscription, which under a consumer is the running loop's.

Semantics are those of reactivex's throttle_first, debounce, sample, buffer_with_time and buffer_with_time_or_count.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from async_channel.util.pipeline import Done, Next, Pipeline, Stage
from async_channel.util.stages import NOTHING, buffer_by_count


def throttle_first(seconds: float) -> Stage:
    """Let an event through, then none for some seconds."""
    pause = timedelta(seconds=seconds)

    def build(pipeline: Pipeline, down: Next, done: Done) -> tuple[Next, Done]:
        last: datetime | None = None
        clock = pipeline.clock

        def next(event: object) -> None:
            nonlocal last
            now = clock.now
            if last is None or now - last >= pause:
                last = now
                down(event)

        return next, done

    return build


def debounce_by(seconds: float) -> Stage:
    """Let an event through once none has followed it for some seconds, or the stream completes."""

    def build(pipeline: Pipeline, down: Next, done: Done) -> tuple[Next, Done]:
        timer = pipeline.timer()
        latest = NOTHING

        def flush() -> None:
            nonlocal latest
            event, latest = latest, NOTHING
            if event is not NOTHING:
                down(event)

        def next(event: object) -> None:
            nonlocal latest
            latest = event
            pipeline.later(timer, seconds, flush)

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
                done()

        def next(event: object) -> None:
            nonlocal latest
            latest = event

        def completed() -> None:
            nonlocal ended
            ended = True

        _every(pipeline, seconds, beat)
        return next, completed

    return build


def buffer_by(count: int | None, seconds: float | None) -> Stage:
    """Gather events into lists by number, by time or by both, whichever are given."""
    if seconds is None:
        assert count is not None
        return buffer_by_count(count)
    return buffer_by_time(seconds) if count is None else buffer_by_time_or_count(seconds, count)


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
            flush()
            done()

        _every(pipeline, seconds, flush)
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


def _every(pipeline: Pipeline, seconds: float, action: Done) -> None:
    """Call an action at whole multiples of a period from now until the stream ends."""
    timer = pipeline.timer()
    begin = pipeline.clock.now
    beats = 0

    def schedule() -> None:
        nonlocal beats
        beats += 1
        due = begin + timedelta(seconds=seconds * beats)
        pipeline.later(timer, (due - pipeline.clock.now).total_seconds(), beat)

    def beat() -> None:
        schedule()
        action()

    schedule()
