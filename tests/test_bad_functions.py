"""Bad functions: what can't be called, or would have to be awaited, is refused at once; what raises is told, once."""

from __future__ import annotations

import asyncio
import functools
import inspect
import logging
import math
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import pytest

from async_channel import Channel, Consumer, Stream, Subscription, from_async_iterable, from_iterable, interval, timer
from tests.rx_scripts import Boom
from tests.support import run

AWAITING = {"map_async": "fn", "filter_async": "predicate", "flat_map_async": "fn", "consume": "callback"}
"""Which take coroutine functions."""
UNTYPED = {("do", "on_next"), ("flat_map", "mapper"), ("join", "on")}
"""Parameters that take functions, though their annotation does not say so."""


def operators() -> list[tuple[str, str]]:
    """Every operator of a Stream that takes a function, with the name of that: also those that are still to come."""
    return [
        (name, parameter)
        for name, method in inspect.getmembers(Stream, inspect.isfunction)
        if not name.startswith("_") and method.__module__.startswith("async_channel")
        for parameter, about in inspect.signature(method).parameters.items()
        if "Callable[" in str(about.annotation) or (name, parameter) in UNTYPED
    ]


def given(name: str, parameter: str, value: object) -> object:
    """Call an operator of a channel with one argument of this value."""
    channel: Any = Channel("Numbers")
    options: dict[str, Any] = {}  # what else it must be given
    if name == "join":
        both = {"left_duration_mapper": print, "right_duration_mapper": print}
        options = {"right": Channel("Other"), **({"within": 1.0} if parameter == "on" else both)}
    elif name == "contains":
        options = {"value": 1}
    elif name in AWAITING:
        options = {AWAITING[name]: coroutine_function}
    return getattr(channel, name)(**{**options, parameter: value})


async def coroutine_function(*_: object) -> bool:
    return True


async def generator_function(*_: object) -> AsyncIterator[bool]:
    yield True


class Awaits:
    async def __call__(self, *_: object) -> bool:
        return True

    async def method(self, *_: object) -> bool:
        return True

    @staticmethod
    async def static(*_: object) -> bool:
        return True


@functools.wraps(coroutine_function)
async def wrapped(*_: object) -> bool:
    return True


COROUTINES: dict[str, object] = {
    "function": coroutine_function,
    "generator function": generator_function,
    "partial": functools.partial(coroutine_function, 1),
    "partial of a partial": functools.partial(functools.partial(generator_function, 1), 2),
    "object": Awaits(),
    "partial of an object": functools.partial(Awaits(), 1),
    "method": Awaits().method,
    "static method": Awaits.static,
    "wrapped": wrapped,
}


def test_all_operators_that_take_functions_are_found() -> None:
    assert len(operators()) >= 38
    assert {("map", "mapper"), ("key_by", "key"), ("min", "comparer"), ("join", "on")} <= set(operators())


@pytest.mark.parametrize(("name", "parameter"), operators())
def test_what_can_not_be_called_is_refused(name: str, parameter: str) -> None:
    for value in (7,) if name == "flat_map" else (7, "map", [print]):  # which takes an iterable as well
        with pytest.raises(TypeError) as caught:
            given(name, parameter, value)
        assert str(caught.value).startswith(f"{name}({parameter}=...) takes a")
        assert repr(value) in str(caught.value)


@pytest.mark.parametrize(
    ("name", "parameter"), [each for each in operators() if AWAITING.get(each[0]) != each[1] and each[0] != "via"]
)
def test_a_coroutine_function_is_refused_by_what_awaits_nothing(name: str, parameter: str) -> None:
    for kind, value in COROUTINES.items():
        with pytest.raises(TypeError) as caught:
            given(name, parameter, value)
            pytest.fail(f"it takes a {kind}")
        message = str(caught.value)
        assert message.startswith(f"{name}({parameter}=...) takes a plain function, and ")
        assert repr(value) in message
        assert "is a coroutine function" in message
        assert f"use {name}_async()" in message if f"{name}_async" in AWAITING else "map_async() awaits" in message


@pytest.mark.parametrize("name", AWAITING)
def test_it_is_taken_by_what_awaits(name: str) -> None:
    for value in COROUTINES.values():
        assert isinstance(given(name, AWAITING[name], value), Stream | Subscription)


@pytest.mark.parametrize("kind", COROUTINES)
def test_each_takes_a_plain_function_too(kind: str) -> None:
    keyed: Any = Channel("Numbers").key_by(hash)
    with pytest.raises(TypeError, match=r"each\(build=\.\.\.\) takes a plain function"):
        keyed.each(COROUTINES[kind])
    with pytest.raises(TypeError, match=r"each\(build=\.\.\.\) takes a function, got 7"):
        keyed.each(7)


PLAIN: dict[str, Any] = {
    "class": str,
    "builtin": repr,
    "method": "{}".format,
    "object": functools.partial(str),
    "lambda": lambda number: f"{number}",
}


@pytest.mark.parametrize("kind", PLAIN)
def test_anything_that_gives_its_result_at_once_is_taken(kind: str) -> None:
    seen: list[object] = []
    from_iterable([1]).map(PLAIN[kind]).subscribe(seen.append)
    assert seen == ["1"]


# ---- numbers

any_timer: Any = timer
any_interval: Any = interval


def of(name: str, parameter: str, **others: object) -> Callable[[Any], object]:
    def call(value: Any) -> object:
        target: Any = Channel("Numbers")
        if name == "each":
            target = target.key_by(hash)
        arguments: list[Any] = [Channel("Other")] if name == "join" else []
        return getattr(target, name)(*arguments, **{parameter: value, **others})

    return call


def same(number: int) -> int:
    return number


SECONDS: dict[str, tuple[Callable[[Any], object], bool, bool]] = {  # whether 0, and a timedelta, will do
    "throttle(seconds=...)": (of("throttle", "seconds"), False, False),
    "debounce(duetime=...)": (of("debounce", "duetime"), False, True),
    "sample(sampler=...)": (of("sample", "sampler"), False, True),
    "delay(duetime=...)": (of("delay", "duetime"), True, True),
    "timeout(duetime=...)": (of("timeout", "duetime"), False, True),
    "buffer(seconds=...)": (of("buffer", "seconds"), False, False),
    "window(seconds=...)": (of("window", "seconds"), False, False),
    "join(within=...)": (of("join", "within", on=same), False, False),
    "each(idle=...)": (of("each", "idle", build=same), False, False),
    "interval(period=...)": (any_interval, False, True),
    "timer(duetime=...)": (any_timer, True, True),
    "timer(period=...)": (lambda value: any_timer(1, value), False, True),
}


@pytest.mark.parametrize("name", SECONDS)
def test_seconds_are_a_finite_number_above_0(name: str) -> None:
    call, zero, spans = SECONDS[name]
    for value in (math.nan, math.inf, -math.inf, -1, -0.001, *([] if zero else [0, 0.0])):
        with pytest.raises(ValueError, match="a finite number of seconds") as caught:
            call(value)
        assert str(caught.value).startswith(f"{name} takes")
    for value in (10**400, 1e300):  # no date is that far off
        with pytest.raises(ValueError, match="seconds") as caught:
            call(value)
        assert str(caught.value).startswith(f"{name} takes")
    for wrong in (True, False, "1", 1j, [1], timedelta, None if spans else timedelta(1)):
        if wrong is not None:
            with pytest.raises(TypeError, match="seconds"):
                call(wrong)
    if spans:
        for span in (timedelta(seconds=-1), *([] if zero else [timedelta(0)])):
            with pytest.raises(ValueError, match="a finite number of seconds"):
                call(span)
        assert isinstance(call(timedelta(seconds=1)), Stream)
    assert isinstance(call(0 if zero else 0.5), Stream)


COUNTS: dict[str, tuple[Callable[[Any], object], int]] = {  # the least that will do
    "take(count=...)": (of("take", "count"), 0),
    "take_last(count=...)": (of("take_last", "count"), 0),
    "skip(count=...)": (of("skip", "count"), 0),
    "skip_last(count=...)": (of("skip_last", "count"), 0),
    "element_at(index=...)": (of("element_at", "index"), 0),
    "element_at_or_default(index=...)": (of("element_at_or_default", "index"), 0),
    "buffer(count=...)": (of("buffer", "count"), 1),
    "buffer(skip=...)": (of("buffer", "skip", count=2), 1),
    "window(count=...)": (of("window", "count"), 1),
    "window(skip=...)": (of("window", "skip", count=2), 1),
    "merge(max_concurrent=...)": (of("merge", "max_concurrent"), 1),
    "map_async(concurrency=...)": (of("map_async", "concurrency", fn=coroutine_function), 1),
    "filter_async(concurrency=...)": (of("filter_async", "concurrency", predicate=coroutine_function), 1),
    "flat_map_async(concurrency=...)": (of("flat_map_async", "concurrency", fn=generator_function), 1),
}


@pytest.mark.parametrize("name", COUNTS)
def test_a_count_is_an_int_that_is_large_enough(name: str) -> None:
    call, least = COUNTS[name]
    for value in (True, False, 1.0, math.nan, "1", [1], 1j):
        with pytest.raises(TypeError) as caught:
            call(value)
        assert str(caught.value) == f"{name} takes a number of events (int), got {value!r}"
    for value in (least - 1, -100):
        with pytest.raises(ValueError, match="takes at least") as refused:
            call(value)
        assert str(refused.value) == f"{name} takes at least {least}, got {value}"
    assert isinstance(call(least), Stream)


OTHERS: dict[str, tuple[Callable[[], object], str]] = {
    "on_error": (
        lambda: of("map_async", "on_error", fn=coroutine_function)("skip"),
        "takes a member of OnError or retry",
    ),
    "on_error filter": (lambda: of("filter_async", "on_error", predicate=coroutine_function)(None), "got None"),
    "on_error flat": (lambda: of("flat_map_async", "on_error", fn=generator_function)(1), "or retry(...), got 1"),
    "from_iterable": (lambda: of_any(from_iterable, 7), "from_iterable() takes an iterable, got 7"),
    "from_iterable async": (lambda: of_any(from_iterable, generator_function()), "from_iterable() takes an iterable"),
    "from_async_iterable": (
        lambda: of_any(from_async_iterable, [7]),
        "takes an asynchronous iterable, or a function of none, got [7]",
    ),
    "join nothing": (lambda: of("join", "within")(1.0), "join("),
    "join without time": (lambda: of("join", "on")(same), "join("),
    "timeout other": (lambda: of("timeout", "other", duetime=1)(7), "timeout(...) takes a Channel, a Stream"),
    "window nothing": (lambda: of("window", "count")(None), "window() takes either boundaries"),
    "buffer skip alone": (lambda: of("buffer", "skip", seconds=1)(1), "buffer(skip=...) goes with count= alone"),
}


def of_any(function: Any, value: object) -> object:
    return function(value)


@pytest.mark.parametrize("name", OTHERS)
def test_what_else_is_wrong_is_said(name: str) -> None:
    call, message = OTHERS[name]
    with pytest.raises(TypeError) as caught:
        call()
    assert message in str(caught.value)


@pytest.mark.parametrize("wrong", [7, [1], "events", None, coroutine_function])
def test_feed_takes_a_stream(wrong: Any) -> None:
    async def main() -> None:
        with pytest.raises(TypeError, match=r"feed\(\.\.\.\) takes a Channel, a Stream or another"):
            await Channel[Any]("Numbers").feed(wrong)

    run(main())


# ---- functions that raise


def test_what_a_mapper_raises_ends_the_stream_with_it_and_is_logged_nowhere(caplog: pytest.LogCaptureFixture) -> None:
    def fussy(number: int) -> int:
        if number == 2:
            raise Boom("two")
        return number

    async def main() -> None:
        channel: Channel[int] = Channel("Numbers")
        failures: list[object] = []
        channel.errors.subscribe(failures.append)
        told: list[object] = []
        channel.map(fussy).subscribe(told.append, told.append)
        async with Consumer(channel.map(fussy).filter(bool)) as consumer:
            for number in (1, 2, 3):
                await channel.send(number)  # the sender hears nothing of it
            assert await consumer.get() == 1
            for _ in range(2):
                with pytest.raises(Boom, match="two"):
                    await consumer.get()
        assert told == [1, Boom("two")]
        assert failures == []
        assert not channel._fan_out._sinks

    run(main())
    assert not caplog.records


def test_a_subscriber_without_a_handler_is_told_of_in_the_log_once(caplog: pytest.LogCaptureFixture) -> None:
    def raises(_: int) -> int:
        raise Boom("mapper")

    channel: Channel[int] = Channel("Numbers")
    failures: list[object] = []
    channel.errors.subscribe(lambda failure: failures.append(failure.error))
    channel.map(raises).subscribe(print)
    with caplog.at_level(logging.ERROR, "async_channel"):
        channel.send_nowait(1)
        channel.send_nowait(2)
    assert failures == [Boom("mapper")]
    assert len(caplog.records) == 1


def test_a_coroutine_that_raises_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    async def raises(_: int) -> int:
        await asyncio.sleep(1)
        raise Boom("coroutine")

    async def main() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: trouble.append(context))
        channel: Channel[int] = Channel("Numbers")
        async with Consumer(channel.map_async(raises, 3)) as consumer:
            await channel.send_many(range(3))
            with pytest.raises(Boom, match="coroutine"):
                await consumer.get()

    trouble: list[object] = []
    run(main())
    assert trouble == []
    assert not caplog.records
