"""Checks of arguments: what is wrong is said at the call that passes it, with the value and what is right."""

from __future__ import annotations

import inspect
from datetime import timedelta
from functools import partial

from reactivex import Observable

from async_channel.policy import Conflate, OnError, Overflow, Priority, Retry

_LONGEST = 1e9
"""Seconds, some 30 years: clocks and dates end somewhere."""

_ASYNCHRONOUS = frozenset({"map", "filter", "flat_map"})
"""The operators that have a twin for coroutine functions."""


def require_callable(where: str, name: str, value: object) -> None:
    """Raise TypeError unless value can be called."""
    if not callable(value):
        raise TypeError(f"{where}({name}=...) takes a function, got {value!r}")


def require_optional_callable(where: str, name: str, value: object) -> None:
    """Raise TypeError unless value can be called or is None."""
    if value is not None:
        require_callable(where, name, value)


def require_function(where: str, name: str, value: object) -> None:
    """Raise TypeError unless value is a function that gives its result at once."""
    require_callable(where, name, value)
    function = value
    while isinstance(function, partial):
        function = function.func
    called = function if inspect.isroutine(function) or isinstance(function, type) else type(function).__call__
    if inspect.iscoroutinefunction(called) or inspect.isasyncgenfunction(called):
        advice = f"use {where}_async()" if where in _ASYNCHRONOUS else "map_async() awaits, before or after it"
        raise TypeError(
            f"{where}({name}=...) takes a plain function, and {value!r} is a coroutine function, which nobody would "
            f"await: {advice}"
        )


def require_optional_function(where: str, name: str, value: object) -> None:
    """Raise TypeError unless value is such a function or is None."""
    if value is not None:
        require_function(where, name, value)


def whole_count(where: str, name: str, value: object, least: int = 0) -> int:
    """An int of at least `least`; raises TypeError or ValueError if value is none."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{where}({name}=...) takes a number of events (int), got {value!r}")
    if value < least:
        raise ValueError(f"{where}({name}=...) takes at least {least}, got {value}")
    return value


def positive_count(where: str, name: str, value: object) -> int:
    """An int of at least 1; raises TypeError or ValueError if value is none."""
    return whole_count(where, name, value, least=1)


def seconds_of(value: float | timedelta) -> float:
    """A time span as seconds."""
    return value.total_seconds() if isinstance(value, timedelta) else value


def require_bool(where: str, name: str, value: object) -> None:
    """Raise TypeError unless it is a bool."""
    if not isinstance(value, bool):
        raise TypeError(f"{where}({name}=...) takes True or False, got {value!r}")


def positive_seconds(where: str, name: str, value: object, *, or_zero: bool = False) -> float:
    """A finite number above 0 (or 0, if that will do); raises TypeError or ValueError if value is none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{where}({name}=...) takes seconds (a number), got {value!r}")
    if not -_LONGEST <= value <= _LONGEST or value < 0 or (value == 0 and not or_zero):
        least = "of seconds, 0 or more" if or_zero else "of seconds above 0"
        raise ValueError(f"{where}({name}=...) takes a finite number {least}, got {value!r}")
    return value


def factor(where: str, name: str, value: object) -> None:
    """Raise TypeError or ValueError unless value is a finite number of at least 1."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{where}({name}=...) takes a number, got {value!r}")
    if not 1 <= value <= _LONGEST:
        raise ValueError(f"{where}({name}=...) takes a finite number of at least 1, got {value!r}")


def require_share(where: str, name: str, value: object) -> None:
    """Raise TypeError or ValueError unless value is None or a number above 0, and 1 at most."""
    if value is None:
        return
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{where}({name}=...) takes a share of the capacity (a number) or None, got {value!r}")
    if not 0 < value <= 1:
        raise ValueError(f"{where}({name}=...) takes a share of the capacity, above 0 and 1 at most, got {value!r}")


def error_classes(where: str, name: str, value: object) -> tuple[type[Exception], ...]:
    """A class of exceptions, or a tuple of them, as a tuple; raises TypeError or ValueError if value is neither."""
    classes: tuple[object, ...] = value if isinstance(value, tuple) else (value,)
    if not classes:
        raise ValueError(f"{where}({name}=...) takes at least one class of exceptions")
    found = tuple(one for one in classes if isinstance(one, type) and issubclass(one, Exception))
    if len(found) < len(classes):
        raise TypeError(f"{where}({name}=...) takes a class of exceptions or a tuple of them, got {value!r}")
    return found


def require_on_error(where: str, value: object) -> None:
    """Raise TypeError unless value is a policy for failures."""
    if not isinstance(value, OnError | Retry):
        raise TypeError(f"{where}(on_error=...) takes a member of OnError or retry(...), got {value!r}")


def require_receiver(where: str, name: str, value: object) -> None:
    """Raise TypeError unless events can be sent to value."""
    if not callable(getattr(value, "send", None)) or not callable(getattr(value, "send_nowait", None)):
        raise TypeError(f"{where}({name}=...) takes a Channel or a Producer, got {value!r}")


def require_name(where: str, value: object) -> None:
    """Raise TypeError unless value is a string."""
    if not isinstance(value, str):
        raise TypeError(f"{where}(name=...) takes a string, got {value!r}")


def name_or_class(where: str, value: object) -> None:
    """Raise TypeError unless value is a string or a class."""
    if not isinstance(value, str | type):
        raise TypeError(
            f"{where}(...) takes a name or a class of events first, got {value!r}; "
            f"for several classes write {where}[A | B]('name')"
        )


def require_consumer_options(
    where: str,
    *,
    filter_func: object,
    capacity: object,
    overflow: object,
    priority: object,
    name: object,
    report_lag: object = None,
) -> None:
    """Check what a consumer and a callback take alike."""
    require_optional_function(where, "filter_func", filter_func)
    if capacity is not None:
        positive_count(where, "capacity", capacity)
    if not isinstance(overflow, Overflow | Conflate):
        raise TypeError(f"{where}(overflow=...) takes a member of Overflow or conflate_by(key), got {overflow!r}")
    require_priority(where, priority)
    require_name(where, name)
    require_share(where, "report_lag", report_lag)


def require_priority(where: str, value: object) -> None:
    """Raise TypeError unless value is a Priority."""
    if not isinstance(value, Priority):
        raise TypeError(f"{where}(priority=...) takes a member of Priority, got {value!r}")


def require_observable(where: str, value: object) -> None:
    """Raise TypeError unless value is an Observable."""
    if not isinstance(value, Observable):
        raise TypeError(f"{where}(...) takes a Channel, a Stream or another reactivex Observable, got {value!r}")


def timeout(where: str, value: object) -> None:
    """Raise TypeError or ValueError unless value is None or a number of seconds, 0 or more."""
    if value is None:
        return
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{where}(timeout=...) takes seconds (a number) or None, got {value!r}")
    if not value >= 0:
        raise ValueError(f"{where}(timeout=...) is in seconds, 0 or more, got {value!r}")
