"""Supervision: what becomes of an event on which a callback fails."""

from __future__ import annotations

import asyncio
import itertools
import logging
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import nullcontext
from typing import Any

import pytest

from async_channel import (
    CallbackCancelled,
    Channel,
    ChannelClosed,
    Consumer,
    ConsumerClosed,
    ConsumersFailed,
    DeadLetter,
    Failure,
    OnError,
    Producer,
    Subscription,
    clock,
    retry,
)
from tests.support import run


class Boom(Exception):
    """What is raised on purpose."""


@pytest.fixture(autouse=True)
def _caught(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, logger="async_channel")


def failures_of(channel: Channel[Any]) -> list[Failure]:
    failures: list[Failure] = []
    channel.errors.subscribe(failures.append)
    return failures


def fails_on(*bad: int, times: int = 1 << 30, seen: list[int] | None = None) -> Callable[[int], None]:
    """A callback that fails so many times on some events."""
    left = dict.fromkeys(bad, times)

    def call(event: int) -> None:
        if left.get(event, 0) > 0:
            left[event] -= 1
            raise Boom(event)
        if seen is not None:
            seen.append(event)

    return call


def later(callback: Callable[[int], None]) -> Callable[[int], Any]:
    """The same, as a coroutine function that waits."""

    async def call(event: int) -> None:
        await asyncio.sleep(0.001)
        callback(event)

    return call


WAYS: dict[str, Callable[[Channel[int]], Any]] = {
    "channel": lambda channel: channel,
    "pipeline": lambda channel: channel.map(lambda n: n),
    "keys": lambda channel: channel.key_by(lambda _: "all")["all"],
    "several": lambda channel: channel.merge(channel.filter(lambda _: False)),
}


@pytest.fixture(params=[f"{way} {mode}" for way in WAYS for mode in ("task", "task later", "drain", "drain later")])
def world(request: pytest.FixtureRequest) -> tuple[Callable[[Channel[int]], Any], bool, bool]:
    """A way from a channel to what is consumed, whether it is drained, and whether the callback awaits."""
    way, mode, *rest = request.param.split()
    return WAYS[way], mode == "drain", bool(rest)


World = tuple[Callable[[Channel[int]], Any], bool, bool]


async def settled(channel: Channel[Any]) -> None:
    """Until nothing is left to be done."""
    if channel.synchronized:
        await channel.drain()
    else:
        await asyncio.sleep(1)


# ---- LOG and STOP


def test_log_reports_counts_and_goes_on(world: World) -> None:
    way, drained, waits = world

    async def main() -> None:
        channel: Channel[int] = Channel("Numbers", synchronized=drained)
        failures, seen = failures_of(channel), list[int]()
        callback = fails_on(2, seen=seen)
        subscription: Subscription[int] = way(channel).consume(later(callback) if waits else callback, name="mine")
        await channel.send_many([1, 2, 3])
        await settled(channel)
        assert seen == [1, 3]
        assert [(f.event, type(f.error), f.consumer, f.attempts) for f in failures] == [(2, Boom, "mine", 1)]
        assert subscription.failure is None
        stats = subscription.stats()
        assert (stats.delivered, stats.failed) == (3, 1)
        assert stats.balanced
        await channel.stop()

    run(main())


def test_stop_ends_that_consumer_alone(world: World) -> None:
    way, drained, waits = world

    async def main() -> None:
        channel: Channel[int] = Channel("Numbers", capacity=2, synchronized=drained)
        failures, seen, others = failures_of(channel), list[int](), list[int]()
        callback = fails_on(2, seen=seen)
        subscription: Subscription[int] = way(channel).consume(
            later(callback) if waits else callback, on_error=OnError.STOP, name="mine", capacity=2
        )
        channel.consume(others.append, name="other")
        async with asyncio.timeout(5):
            await channel.send_many([1, 2, 3, 4, 5, 6, 7])
        await settled(channel)
        assert seen == [1]
        assert others == [1, 2, 3, 4, 5, 6, 7]
        assert isinstance(subscription.failure, Boom)
        assert subscription.ended
        assert [failure.error for failure in failures] == [subscription.failure]
        stats = subscription.stats()
        assert (stats.delivered, stats.failed, stats.pending) == (2, 1, 0)
        assert stats.dropped == stats.sent - 2
        assert stats.balanced
        assert channel._subscriptions.failed == [subscription]
        with pytest.raises(ConsumersFailed) as raised:
            await channel.stop()
        assert raised.value.exceptions == (subscription.failure,)
        await channel.stop()  # it was told
        assert len(asyncio.all_tasks()) == 1

    run(main())


def test_a_consumer_of_several_channels_that_stops_is_known_to_each() -> None:
    async def main() -> None:
        one, other = Channel[int]("One"), Channel[int]("Other")
        both = one.merge(other)
        subscription = both.consume(fails_on(1), on_error=OnError.STOP, dead_letters=(letters := Channel[Any]()))
        await one.send(1)
        await asyncio.sleep(1)
        assert one._subscriptions.failed == other._subscriptions.failed == [subscription]
        letter: DeadLetter[int] = await Consumer(letters).get()
        assert letter.channel == "One, Other"
        with pytest.raises(ConsumersFailed, match="channel 'One': 1 consumer ended with an error"):
            await one.stop()
        await other.stop()  # it was told

    run(main())


def test_a_callback_that_closes_itself_and_sends_on_does_not_keep_the_drain() -> None:
    async def main() -> None:
        async with Channel[int](synchronized=True) as channel:

            def once(event: int) -> None:
                subscription.close()
                if event < 3:
                    channel.send_nowait(event + 1)

            subscription = channel.consume(once)
            await channel.send(1)
            async with asyncio.timeout(5):
                await channel.drain()
            assert subscription.stats().delivered == 1

    run(main())


# ---- retry


def test_retry_calls_again_after_growing_pauses_and_keeps_the_order(world: World) -> None:
    way, drained, waits = world

    async def main() -> None:
        channel: Channel[int] = Channel("Numbers", synchronized=drained)
        failures, seen, times = failures_of(channel), list[int](), list[float]()
        callback = fails_on(2, times=3, seen=seen)

        def timed(event: int) -> None:
            if event == 2:
                times.append(clock.now())
            callback(event)

        policy = retry(4, backoff=1.0, factor=3.0, longest=5.0)
        subscription: Subscription[int] = way(channel).consume(later(timed) if waits else timed, on_error=policy)
        await channel.send_many([1, 2, 3])
        await channel.stop()
        wait = 0.001 if waits else 0.0
        assert [b - a for a, b in itertools.pairwise(times)] == pytest.approx(
            [1.0 + wait, 3.0 + wait, 5.0 + wait], abs=1e-9
        )
        assert seen == [1, 2, 3]
        assert failures == []
        assert subscription.stats().failed == 0

    run(main())


def test_pauses_are_exact() -> None:
    async def main() -> None:
        times: list[float] = []

        def call(_: int) -> None:
            times.append(clock.now())
            raise Boom

        async with Channel[int]() as channel:
            channel.consume(call, on_error=retry(5, backoff=0.25))
            await channel.send(1)
        assert times == [0.0, 0.25, 0.75, 1.75, 3.75]

    run(main())


@pytest.mark.parametrize(("backoff", "pause"), [(0.0, 0.0), (0.25, 7.0)])
def test_a_pause_that_outgrows_all_numbers_is_the_longest_and_none_stays_none(backoff: float, pause: float) -> None:
    policy = retry(10_000, backoff=backoff, longest=7.0)
    assert [policy.pause(calls) for calls in (1, 9, 9_999)] == [backoff, pause, pause]


@pytest.mark.parametrize("then", [None, OnError.LOG, OnError.STOP])
def test_what_is_tried_in_vain_ends_as_then_says(then: OnError | None) -> None:
    async def main() -> None:
        channel: Channel[int] = Channel("Numbers")
        failures, seen = failures_of(channel), list[int]()
        subscription = channel.consume(fails_on(1, seen=seen), on_error=retry(3, backoff=0, then=then), name="mine")
        await channel.send_many([1, 2])
        with pytest.raises(ConsumersFailed) if then is OnError.STOP else nullcontext():
            await channel.stop()
        (failure,) = failures
        assert (failure.consumer, failure.attempts, failure.event) == ("mine", 3, 1)
        assert isinstance(failure.error, Boom)
        assert seen == ([] if then is OnError.STOP else [2])
        assert (subscription.failure is failure.error) is (then is OnError.STOP)

    run(main())


def test_the_error_that_is_told_is_the_last_and_shows_nothing_of_how_it_was_retried() -> None:
    async def main() -> None:
        channel: Channel[int] = Channel()
        failures = failures_of(channel)
        raised: list[Exception] = []

        async def call(_: int) -> None:
            raised.append(Boom(len(raised)))
            raise raised[-1]

        channel.consume(call, on_error=retry(3))
        await channel.send(1)
        await channel.stop()
        (failure,) = failures
        assert failure.error is raised[-1]
        assert len(raised) == 3
        error: BaseException | None = failure.error
        while error is not None:
            assert type(error) is Boom
            error = error.__cause__ or error.__context__

    run(main())


@pytest.mark.parametrize(("on", "calls"), [(Boom, 3), (OSError, 1), ((OSError, Boom), 3), (Exception, 3)])
def test_only_what_is_in_on_is_tried_again(on: Any, calls: int) -> None:
    async def main() -> None:
        channel: Channel[int] = Channel()
        failures = failures_of(channel)
        channel.consume(fails_on(1), on_error=retry(3, on=on))
        await channel.send(1)
        await channel.stop()
        assert [failure.attempts for failure in failures] == [calls]

    run(main())


def test_another_error_in_the_middle_ends_the_attempts() -> None:
    async def main() -> None:
        errors = iter([Boom(), OSError("other"), Boom()])
        channel: Channel[int] = Channel()
        failures = failures_of(channel)

        def call(_: int) -> None:
            raise next(errors)

        channel.consume(call, on_error=retry(3, on=Boom))
        await channel.send(1)
        await channel.stop()
        assert [(f.attempts, type(f.error)) for f in failures] == [(2, OSError)]

    run(main())


def test_a_stray_cancellation_is_a_failure_like_others() -> None:
    async def main() -> None:
        calls: list[int] = []

        async def call(event: int) -> None:
            calls.append(event)
            if len(calls) < 3:
                future = asyncio.get_running_loop().create_future()
                future.cancel()
                await future

        channel: Channel[int] = Channel()
        failures = failures_of(channel)
        channel.consume(call, on_error=retry(3))
        await channel.send_many([1, 2])
        await channel.stop()
        assert calls == [1, 1, 1, 2]
        assert failures == []

    run(main())


def test_what_succeeds_at_once_is_not_retried_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    from async_channel.util import retrying

    async def never(*_: object, **__: object) -> None:
        raise AssertionError("nobody failed")

    monkeypatch.setattr(retrying, "again", never)

    async def main() -> None:
        channel: Channel[int] = Channel()
        failures, seen = failures_of(channel), list[int]()
        channel.consume(seen.append, on_error=retry(3))
        channel.consume(fails_on(1), on_error=retry(1))
        await channel.send_many([1, 2])
        await channel.stop()
        assert seen == [1, 2]
        assert [failure.attempts for failure in failures] == [1]

    run(main())


def test_without_tenacity_retry_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(ModuleNotFoundError, match=r"retry\(\) needs tenacity: pip install 'async-channel-rx\[retry\]'"):
        retry(3)


def test_tenacity_is_imported_by_the_first_retry() -> None:
    program = (
        "import sys, async_channel\n"
        "assert 'tenacity' not in sys.modules\n"
        "async_channel.retry(2)\n"
        "assert 'tenacity' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_a_policy_shows_what_it_is() -> None:
    assert repr(retry(3, on=OSError, then=OnError.STOP)) == (
        "retry(3, backoff=0.1, factor=2.0, longest=60.0, on=(OSError), then=OnError.STOP)"
    )


BAD: list[tuple[dict[str, Any], type[Exception], str]] = [
    ({"attempts": 0}, ValueError, "attempts"),
    ({"attempts": 1.5}, TypeError, "attempts"),
    ({"backoff": -1}, ValueError, "backoff"),
    ({"backoff": "1"}, TypeError, "backoff"),
    ({"factor": 0.5}, ValueError, "at least 1, got 0.5"),
    ({"factor": None}, TypeError, "factor"),
    ({"longest": -1}, ValueError, "longest"),
    ({"on": ()}, ValueError, "at least one class"),
    ({"on": KeyboardInterrupt}, TypeError, "on="),
    ({"on": (Boom, "x")}, TypeError, "a class of exceptions or a tuple"),
    ({"then": retry}, TypeError, "then="),
]


@pytest.mark.parametrize(("options", "error", "words"), BAD)
def test_a_policy_is_refused_where_it_is_made(options: dict[str, Any], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        made: dict[str, Any] = {"attempts": 3, **options}
        retry(**made)


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"on_error": "log"}, TypeError),
        ({"dead_letters": []}, TypeError),
        ({"dead_letters": (n for n in range(3))}, TypeError),
        ({"slow": 0}, ValueError),
        ({"slow": "1"}, TypeError),
        ({"report_lag": 0}, ValueError),
        ({"report_lag": 1.1}, ValueError),
        ({"report_lag": True}, TypeError),
    ],
)
def test_consume_refuses_what_it_can_not_mean(options: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error, match=rf"consume\({next(iter(options))}=\.\.\.\)"):
        Channel[int]().consume(print, **options)


def test_a_callback_that_is_replaced_is_retried_as_what_it_is_now() -> None:
    async def main() -> None:
        channel: Channel[int] = Channel("Numbers")
        seen: list[int] = []
        subscription = channel.consume(fails_on(1), on_error=retry(2, backoff=1.0))
        await channel.send(1)
        await asyncio.sleep(0.5)
        subscription.replace(seen.append)
        await channel.stop()
        assert seen == [1]
        assert subscription.stats().failed == 0

    run(main())


# ---- dead letters


def test_a_dead_letter_says_all_about_it(world: World) -> None:
    way, drained, waits = world

    async def main() -> None:
        letters: Channel[DeadLetter[int]] = Channel("Letters")
        found = Consumer(letters)
        channel: Channel[int] = Channel("Numbers", synchronized=drained)
        failures = failures_of(channel)
        callback = fails_on(2)
        way(channel).consume(
            later(callback) if waits else callback,
            name="mine",
            on_error=retry(2, backoff=1.0),
            dead_letters=Producer(letters),
        )
        await channel.send_many([1, 2, 3])
        await channel.stop()
        (letter,) = [found.get_nowait() for _ in range(found.stats().pending)]
        (failure,) = failures
        assert (letter.event, letter.consumer, letter.channel, letter.attempts) == (2, "mine", "Numbers", 2)
        assert letter.error is failure.error
        assert letter.time == failure.time == pytest.approx(1.0, abs=0.01)
        assert letter == letter
        assert repr(letter).startswith("DeadLetter(event=2, consumer='mine'")

    run(main())


def test_the_event_that_stops_a_consumer_is_a_dead_letter_too(world: World) -> None:
    way, drained, waits = world

    async def main() -> None:
        letters: Channel[DeadLetter[int]] = Channel("Letters")
        found = Consumer(letters)
        channel: Channel[int] = Channel("Numbers", synchronized=drained)
        callback = fails_on(2)
        subscription: Subscription[int] = way(channel).consume(
            later(callback) if waits else callback, on_error=OnError.STOP, dead_letters=letters
        )
        await channel.send_many([1, 2, 3])
        with pytest.raises(ConsumersFailed):
            await channel.stop()
        assert found.get_nowait().event == 2
        assert found.stats().pending == 0
        assert subscription.stats().dropped == 1

    run(main())


def test_dead_letters_hold_the_callback_back() -> None:
    async def main() -> None:
        letters: Channel[DeadLetter[int]] = Channel("Letters")
        found = Consumer(letters, capacity=1)
        channel: Channel[int] = Channel("Numbers")
        seen: list[int] = []

        def call(event: int) -> None:
            seen.append(event)
            raise Boom

        channel.consume(call, dead_letters=letters)
        await channel.send_many([1, 2, 3])
        await asyncio.sleep(1)
        assert seen == [1, 2]
        assert (await found.get()).event == 1
        await asyncio.sleep(1)
        assert seen == [1, 2, 3]
        assert [(await found.get()).event for _ in range(2)] == [2, 3]
        await channel.stop()

    run(main())


def test_dead_letters_that_nobody_takes_are_reported() -> None:
    async def main() -> None:
        letters: Channel[DeadLetter[int]] = Channel("Letters")
        await letters.stop()
        channel: Channel[int] = Channel("Numbers")
        failures, seen = failures_of(channel), list[int]()
        channel.consume(fails_on(1, seen=seen), dead_letters=letters, name="mine")
        await channel.send_many([1, 2])
        await channel.stop()
        assert seen == [2]
        assert [(f.where, type(f.error), f.event) for f in failures] == [
            ("callback of consumer 'mine'", Boom, 1),
            ("dead letters of consumer 'mine'", ChannelClosed, 1),
        ]

    run(main())


# ---- cancelled in the middle


@pytest.mark.parametrize("room", [True, False])
@pytest.mark.parametrize("drained", [False, True])
def test_the_event_in_hand_of_a_cancelled_callback_is_not_lost(drained: bool, room: bool) -> None:
    async def main() -> None:
        letters: Channel[DeadLetter[int]] = Channel("Letters")
        found = Consumer(letters, capacity=1)
        if not room:
            letters.send_nowait(DeadLetter(event=0, consumer="", channel="", error=Boom(), attempts=1, time=0.0))
        channel: Channel[int] = Channel("Numbers", synchronized=drained)
        failures = failures_of(channel)

        async def stuck(_: int) -> None:
            await asyncio.Event().wait()

        subscription = channel.consume(stuck, dead_letters=letters, name="mine")
        await channel.send_many([1, 2])
        if drained:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(1):
                    await channel.drain()
            subscription.close()
        else:
            await asyncio.sleep(1)
            subscription.close()
            await asyncio.sleep(1)
        assert next((f.where, f.event) for f in failures) == ("callback of consumer 'mine'", 1)
        assert isinstance(failures[0].error, CallbackCancelled)
        stats = subscription.stats()
        assert (stats.delivered, stats.failed, stats.dropped) == (1, 1, 1)
        letter = found.get_nowait()
        if room:
            assert letter.event == 1
            assert letter.error is failures[0].error
            assert len(failures) == 1
        else:
            assert [(f.where, f.event) for f in failures][1:] == [("dead letters of consumer 'mine'", 1)]
        await channel.stop()

    run(main())


def test_cancelled_while_it_waits_to_try_again_it_tells_what_it_failed_with() -> None:
    async def main() -> None:
        letters: Channel[DeadLetter[int]] = Channel("Letters")
        found = Consumer(letters)
        channel: Channel[int] = Channel("Numbers")
        subscription = channel.consume(fails_on(1), on_error=retry(3, backoff=10), dead_letters=letters)
        await channel.send(1)
        await asyncio.sleep(15)
        await channel.stop(timeout=0)
        letter = found.get_nowait()
        assert (letter.attempts, type(letter.error), letter.time) == (2, Boom, 15.0)
        assert subscription.failure is None

    run(main())


def test_cancelled_while_a_dead_letter_waits_it_says_that_it_is_lost() -> None:
    async def main() -> None:
        letters: Channel[DeadLetter[int]] = Channel("Letters")
        found = Consumer(letters, capacity=1)
        channel: Channel[int] = Channel("Numbers")
        failures = failures_of(channel)
        channel.consume(fails_on(1, 2), dead_letters=letters, name="mine")
        await channel.send_many([1, 2])
        await asyncio.sleep(1)
        await channel.stop(timeout=0)
        assert found.get_nowait().event == 1
        assert found.stats().pending == 0
        assert [(f.where, type(f.error), f.event) for f in failures][2:] == [
            ("dead letters of consumer 'mine'", CallbackCancelled, 2)
        ]

    run(main())


def test_a_callback_that_swallows_its_cancellation_and_fails_is_not_called_again() -> None:
    async def main() -> None:
        letters: Channel[DeadLetter[int]] = Channel("Letters")
        found = Consumer(letters)
        channel: Channel[int] = Channel("Numbers")
        calls: list[int] = []

        async def call(event: int) -> None:
            calls.append(event)
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                raise Boom from None

        channel.consume(call, on_error=retry(5), dead_letters=letters)
        await channel.send_many([1, 2])
        await asyncio.sleep(1)
        await channel.stop(timeout=0)
        assert calls == [1]
        assert type(found.get_nowait().error) is Boom
        assert len(asyncio.all_tasks()) == 1

    run(main())


def test_a_closed_callback_is_not_tried_again_and_what_it_failed_with_ends_nothing() -> None:
    async def main() -> None:
        numbers, calls = Channel[int]("Numbers", synchronized=True), list[int]()

        def fails(n: int) -> None:
            calls.append(n)
            raise Boom(n)

        subscription = numbers.consume(fails, on_error=retry(3, backoff=1, then=OnError.STOP))
        numbers.send_nowait(1)
        draining = asyncio.create_task(numbers.drain())
        await asyncio.sleep(0.5)
        subscription.close()
        await numbers.stop()
        await draining
        assert calls == [1]
        assert subscription.failure is None
        assert subscription.stats().failed == 1
        assert await numbers.stop() == ()

    run(main())


def test_one_that_fails_as_it_is_cancelled_is_not_tried_again() -> None:
    async def main() -> None:
        letters: Channel[DeadLetter[int]] = Channel("Letters")
        found = Consumer(letters)
        channel: Channel[int] = Channel("Numbers")
        calls: list[int] = []

        async def call(event: int) -> None:
            calls.append(event)
            try:
                await asyncio.sleep(0 if len(calls) == 1 else 100)
            finally:
                raise Boom

        channel.consume(call, on_error=retry(5, backoff=1), dead_letters=letters)
        await channel.send_many([1, 2])
        await asyncio.sleep(5)
        await channel.stop(timeout=0)
        assert calls == [1, 1]
        assert found.get_nowait().attempts == 2
        assert found.stats().pending == 0

    run(main())


# ---- redelivery


def test_a_dead_letter_is_redelivered_among_the_other_events(world: World) -> None:
    way, drained, waits = world

    async def main() -> None:
        letters: Channel[DeadLetter[int]] = Channel("Letters")
        found = Consumer(letters)
        channel: Channel[int] = Channel("Numbers", synchronized=drained)
        seen: list[int] = []
        callback = fails_on(2, times=2, seen=seen)
        subscription: Subscription[int] = way(channel).consume(
            later(callback) if waits else callback, dead_letters=letters
        )
        await channel.send_many([1, 2, 3])
        await settled(channel)
        letter = await found.get()
        assert await subscription.redeliver(letter) is False
        again = await found.get()
        assert (again.event, again.attempts) == (2, 2)
        await channel.send_many([4, 5])
        assert await subscription.redeliver(again) is True
        await settled(channel)
        assert sorted(seen) == [1, 2, 3, 4, 5]
        assert seen[:2] == [1, 3]
        assert found.stats().pending == 0
        stats = subscription.stats()
        assert (stats.delivered, stats.failed) == (5, 1)
        await channel.stop()
        with pytest.raises(ConsumerClosed, match="calls back no more"):
            await subscription.redeliver(letter)

    run(main())


@pytest.mark.parametrize("drained", [False, True])
def test_redelivering_waits_for_its_turn(drained: bool) -> None:
    async def main() -> None:
        channel: Channel[int] = Channel("Numbers", synchronized=drained)
        trace: list[str] = []

        async def call(event: int) -> None:
            trace.append(f"begin {event}")
            await asyncio.sleep(1)
            trace.append(f"end {event}")

        subscription = channel.consume(call, on_error=retry(2))
        letter = DeadLetter(event=9, consumer="", channel="", error=Boom(), attempts=1, time=0.0)
        await channel.send_many([1, 2])
        draining = asyncio.create_task(settled(channel))
        await asyncio.sleep(0.5)
        assert await subscription.redeliver(letter)
        await draining
        await channel.stop()
        assert [line.split()[0] for line in trace] == ["begin", "end"] * 3
        assert sorted(trace) == sorted(f"{what} {n}" for what in ("begin", "end") for n in (1, 2, 9))

    run(main())


def test_while_one_is_redelivered_not_even_a_sender_without_room_has_others_handled() -> None:
    async def main() -> None:
        channel: Channel[int] = Channel("Numbers", capacity=1, synchronized=True)
        trace: list[str] = []

        async def call(event: int) -> None:
            trace.append(f"begin {event}")
            await asyncio.sleep(1)
            trace.append(f"end {event}")

        subscription = channel.consume(call)
        letter = DeadLetter(event=9, consumer="", channel="", error=Boom(), attempts=1, time=0.0)
        await channel.send(1)
        redelivering = asyncio.create_task(subscription.redeliver(letter))
        await asyncio.sleep(0.5)
        sending = asyncio.create_task(channel.send(2))
        assert await redelivering
        await channel.drain()
        await sending
        await channel.drain()
        assert trace == ["begin 9", "end 9", "begin 1", "end 1", "begin 2", "end 2"]
        assert await subscription.redeliver(letter)
        await channel.send(3)
        await channel.drain()
        assert trace[6:] == ["begin 9", "end 9", "begin 3", "end 3"]
        await channel.stop()

    run(main())


@pytest.mark.parametrize("drained", [False, True])
def test_a_callback_can_not_redeliver_to_itself(drained: bool) -> None:
    async def main() -> None:
        channel: Channel[int] = Channel("Numbers", synchronized=drained)
        failures = failures_of(channel)
        letter = DeadLetter(event=9, consumer="", channel="", error=Boom(), attempts=1, time=0.0)

        async def call(_: int) -> None:
            await subscription.redeliver(letter)

        subscription = channel.consume(call)
        await channel.send(1)
        await channel.stop()
        assert [type(failure.error) for failure in failures] == [RuntimeError]
        assert "wait for itself" in str(failures[0].error)

    run(main())


def test_a_letter_that_is_taken_back_in_time_is_not_redelivered() -> None:
    async def main() -> None:
        channel: Channel[int] = Channel("Numbers")
        seen: list[int] = []

        async def call(event: int) -> None:
            await asyncio.sleep(1)
            seen.append(event)

        subscription = channel.consume(call)
        await channel.send(1)
        await asyncio.sleep(0)
        letter = DeadLetter(event=9, consumer="", channel="", error=Boom(), attempts=1, time=0.0)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.5):
                await subscription.redeliver(letter)
        waiting = asyncio.create_task(subscription.redeliver(letter))
        await asyncio.sleep(0)
        subscription.close()
        with pytest.raises(ConsumerClosed, match="ended before it was given the letter"):
            await waiting
        assert seen == []
        await channel.stop()

    run(main())


def test_only_a_dead_letter_is_redelivered() -> None:
    async def main() -> None:
        async with Channel[int]() as channel:
            wrong: Any = 1
            with pytest.raises(TypeError, match=r"redeliver\(\.\.\.\) takes a DeadLetter, got 1"):
                await channel.consume(print).redeliver(wrong)

    run(main())


# ---- operators


def test_map_async_tries_again_and_then_ends_the_stream_or_leaves_the_event_out() -> None:
    async def main(then: OnError | None, times: int) -> tuple[list[int], list[Failure], BaseException | None]:
        channel: Channel[int] = Channel("Numbers")
        failures = failures_of(channel)
        callback = later(fails_on(2, times=times))

        async def double(event: int) -> int:
            await callback(event)
            return event * 2

        consumer = Consumer(channel.map_async(double, 2, on_error=retry(3, backoff=1.0, then=then)))
        await channel.send_many([1, 2, 3])
        results: list[int] = []
        error: BaseException | None = None
        completing = asyncio.create_task(channel.stop())
        try:
            results.extend([result async for result in consumer])
        except Boom as caught:
            error = caught
        await completing
        return results, failures, error

    assert run(main(None, 2)) == ([2, 4, 6], [], None)
    results, failures, error = run(main(None, 3))
    assert isinstance(error, Boom)
    assert failures == []
    results, failures, error = run(main(OnError.LOG, 3))
    assert (results, error) == ([2, 6], None)


def test_a_skipped_event_of_an_operator_says_how_often_it_was_tried() -> None:
    async def main() -> None:
        channel: Channel[int] = Channel("Numbers")
        failures = failures_of(channel)
        policy = retry(3, backoff=1.0, then=OnError.LOG)
        consumer = Consumer(channel.filter_async(later(fails_on(2)), on_error=policy))
        await channel.send_many([1, 2])
        await asyncio.sleep(10)
        assert [(f.where, f.event, f.attempts, f.consumer) for f in failures] == [("filter_async()", 2, 3, "")]
        consumer.close()
        await channel.stop()

    run(main())


def test_flat_map_async_tries_no_more_when_an_item_of_a_later_attempt_has_gone_on() -> None:
    async def main() -> None:
        channel: Channel[int] = Channel("Numbers")
        failures = failures_of(channel)
        made: list[int] = []

        async def items(event: int) -> AsyncIterator[int]:
            made.append(event)
            if len(made) > 1:
                yield event
            raise Boom

        consumer = Consumer(channel.flat_map_async(items, on_error=retry(5, then=OnError.LOG)))
        await channel.send(1)
        await asyncio.sleep(30)
        assert consumer.get_nowait() == 1
        assert consumer.stats().pending == 0
        assert [failure.attempts for failure in failures] == [2]
        await channel.stop()

    run(main())


@pytest.mark.parametrize("failing_after", [0, 1])
def test_flat_map_async_tries_again_until_an_item_has_gone_on(failing_after: int) -> None:
    async def main() -> None:
        channel: Channel[int] = Channel("Numbers")
        failures = failures_of(channel)
        made: list[int] = []

        async def items(event: int) -> AsyncIterator[int]:
            made.append(event)
            for item in range(2):
                if item == failing_after and len(made) < 3:
                    raise Boom
                await asyncio.sleep(0)
                yield item

        policy = retry(3, then=OnError.LOG)
        consumer = Consumer(channel.flat_map_async(items, on_error=policy))
        await channel.send(1)
        await asyncio.sleep(10)
        got = [consumer.get_nowait() for _ in range(consumer.stats().pending)]
        if failing_after:
            assert (made, got, [f.attempts for f in failures]) == ([1], [0], [1])
        else:
            assert (made, got, failures) == ([1, 1, 1], [0, 1], [])
        await channel.stop()

    run(main())


def test_what_is_no_coroutine_function_is_not_tried_again() -> None:
    async def main() -> None:
        channel: Channel[int] = Channel("Numbers")
        calls: list[int] = []
        plain: Any = calls.append
        consumer = Consumer(channel.map_async(plain, on_error=retry(3)))
        await channel.send(1)
        with pytest.raises(TypeError, match="takes a coroutine function"):
            await consumer.get()
        assert calls == [1]
        await channel.stop()

    run(main())
