"""Ends: who stands at the other end of what is subscribed, found by going down through what is called."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from reactivex import abc
from reactivex.observer.autodetachobserver import AutoDetachObserver
from reactivex.subject import Subject

from async_channel.channels.channel import Channel
from async_channel.pictures.naming import OURS, rx_name
from async_channel.util.crew import _Crew
from async_channel.util.inbox import Inbox
from async_channel.util.keyed import Hub
from async_channel.util.pipeline import Pipeline, Receiver, Sink
from async_channel.util.windows import _Panes

_DEEPEST: Final = 12
"""How many of reactivex's functions one after another are looked through."""


@dataclass(frozen=True, slots=True)
class End:
    """What events reach at last, and how."""

    to: object
    """An inbox, a channel, a function, an observer; None where that can't be seen."""
    pipeline: Pipeline | None
    """The subscription of a stream that is nearest to it, if there is one."""
    operators: tuple[str, ...]
    """reactivex's operators below that."""


def ends_of(receiver: Receiver, crews: dict[int, Inbox[Any]]) -> Iterator[End]:
    """Who is reached through a receiver of a channel's events.

    Args:
        receiver: what the channel calls.
        crews: where to note the inboxes of operators that have some, by the identity of what made them.
    """
    seen: set[int] = set()
    waiting: list[tuple[Receiver, Pipeline | None]] = [(receiver, None)]
    while waiting:
        one, nearest = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        if isinstance(one, Pipeline):
            waiting.append((one._sink, one if one.plan is not None else nearest))
            continue
        below = _pipelines(one, crews)
        if below is None:
            yield from _reached(one, nearest)
        else:
            waiting += [(pipeline, nearest) for pipeline in reversed(below)]


def _pipelines(sink: Sink, crews: dict[int, Inbox[Any]]) -> list[Pipeline] | None:
    """The pipelines that a sink in the middle of a stream hands on to; None if it is the end of one."""
    owners = [getattr(called, "__self__", None) for called in (sink.next, sink.error, sink.completed)]
    for owner in owners:
        if isinstance(owner, _Crew):
            crews[id(owner._plan)] = owner.inbox
            return [owner._below]
        if isinstance(owner, _Panes):
            return [owner._below]
        if isinstance(owner, Hub):
            return list(dict.fromkeys(reader for readers in owner.readers.values() for reader in readers))
    held = [*owners[1:], *_held(sink.next), *_held(sink.error)]
    found = [one for one in held if isinstance(one, Pipeline)]
    return found[:1] or None


def _reached(sink: Sink, nearest: Pipeline | None) -> Iterator[End]:
    """Who a sink calls, through reactivex's operators if there are any."""
    found = False
    seen: set[int] = set()
    waiting: list[tuple[object, tuple[str, ...]]] = [(sink.next, ())]
    while waiting:
        one, operators = waiting.pop()
        owner = getattr(one, "__self__", None)
        if isinstance(owner, Pipeline | Inbox | Channel | abc.ObserverBase):
            one = owner
        if id(one) in seen or len(operators) > _DEEPEST:
            continue
        seen.add(id(one))
        if isinstance(one, Pipeline):
            found = True
            for end in ends_of(one, {}):  # a stream below knows the operators above it
                yield end if end.pipeline is not None else End(end.to, None, (*operators, *end.operators))
        elif isinstance(one, AutoDetachObserver):
            waiting.append((one._on_next, operators))
        elif isinstance(one, Subject) and not isinstance(one, Channel):
            waiting += [(observer, operators) for observer in reversed(one.observers)]
        elif not isinstance(one, Inbox | Channel) and (getattr(one, "__module__", None) or "").startswith(OURS):
            inside_rx = str(one.__module__).startswith("reactivex.")
            name = rx_name(one, "") if inside_rx else ""
            through = (*operators, name) if name and name != "subscribe" else operators
            waiting += [(held, through) for held in reversed(_held(one)) if _goes_on(held, inside_rx)]
        else:
            found = True
            yield End(one, nearest, operators)
    if not found:
        yield End(None, nearest, ())


def _goes_on(held: object, inside_rx: bool) -> bool:
    """Whether events go on to something that a function holds: inside reactivex functions of users are operators'."""
    if isinstance(held, abc.ObserverBase) or isinstance(getattr(held, "__self__", None), abc.ObserverBase | Pipeline):
        return True
    return callable(held) and (not inside_rx or (getattr(held, "__module__", None) or "").startswith("reactivex."))


def _held(function: object) -> list[Any]:
    held: list[Any] = []
    for cell in getattr(function, "__closure__", None) or ():
        try:
            held.append(cell.cell_contents)
        except ValueError:  # it has yet to be given something
            continue
    return held
