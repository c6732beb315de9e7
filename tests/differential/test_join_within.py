"""join(other, on=, within=) has no twin in reactivex: it is held against all the pairs that a naive model finds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reactivex.notification import Notification, OnCompleted, OnError, OnNext

from tests.differential.functions import Fn, fussy
from tests.differential.world import (
    Event,
    Make,
    Record,
    Script,
    World,
    channels,
    described,
    play,
    scripts,
    streams,
)
from tests.rx_scripts import Boom

TICK = 0.000001
"""The clock's: what came just so many seconds ago still pairs, a tick more than that no longer."""

Keys: TypeAlias = tuple[Callable[[int], int], Callable[[int], int]]

SAME = Fn("same", lambda number: number)
ODD = Fn("odd", lambda number: number % 2)
ANY = Fn("any", lambda _: 0)
FUSSY = Fn("fussy", fussy)
KEYS: list[Keys] = [(SAME, SAME), (ODD, ODD), (ANY, ANY), (SAME, ODD), (FUSSY, SAME)]


def timeline(script: Script) -> list[tuple[float, int, Notification[int]]]:
    """When which of the two sources gives what: nothing after its end, nothing from before but the end."""
    came: list[tuple[float, int, Notification[int]]] = []
    ended: set[int] = set()
    time = 0.0
    for event in script.events:
        time += event.gap
        side = event.source % 2
        if side not in ended and (time >= script.subscribed or not isinstance(event.what, OnNext)):
            came.append((time, side, event.what))
        if not isinstance(event.what, OnNext):
            ended.add(side)
    before = sorted((script.subscribed, side, what) for time, side, what in came if time < script.subscribed)
    return [*before, *(one for one in came if one[0] >= script.subscribed)]


def model(script: Script, keys: Keys, within: float) -> list[Record]:
    """The pairs with equal keys that are at most so long apart, as the later one comes, the oldest partner first."""
    records: list[Record] = []
    came: tuple[list[tuple[float, int]], list[tuple[float, int]]] = [], []
    ended: dict[int, float] = {}

    def over() -> float:
        """From when on no pair can come: both sides have ended, or what one had before its end is too old."""
        if len(ended) == 2:
            return max(ended.values())
        lasting = [max([end, *(time + within + TICK for time, _ in came[side])]) for side, end in ended.items()]
        return min(lasting, default=float("inf"))

    for time, side, what in timeline(script):
        if over() <= time:
            break
        if isinstance(what, OnError):
            return [*records, (time, "error", described(what.exception))]
        if isinstance(what, OnCompleted):
            ended[side] = time
            continue
        assert isinstance(what, OnNext)
        try:
            key = keys[side](what.value)
        except Boom as error:
            return [*records, (time, "error", described(error))]
        for other, value in came[1 - side]:
            if time - other <= within and keys[1 - side](value) == key:
                records.append((time, "next", [value, what.value] if side else [what.value, value]))
        came[side].append((time, what.value))
    end = over()
    return records if end == float("inf") else [*records, (end, "completed", None)]


def seen(script: Script, records: list[Record]) -> list[Record]:
    """What of it an observer sees that leaves early."""
    seen = [record for record in records if record[0] <= script.disposed]
    if script.reaction is not None:
        nexts = [place for place, record in enumerate(seen) if record[1] == "next"]
        if len(nexts) >= script.reaction.nth:
            return seen[: nexts[script.reaction.nth - 1] + 1]
    return seen


@pytest.mark.parametrize("make", [channels, streams])
@pytest.mark.parametrize("keys", KEYS, ids=str)
@given(script=scripts(), within=st.sampled_from([1.0, 2.0, 5.0]), other_is_a_stream=st.booleans())
@settings(max_examples=60)
def test_join_gives_every_pair_within_the_time_and_completes_when_no_more_can_come(
    keys: Keys, make: Make, script: Script, within: float, other_is_a_stream: bool
) -> None:
    def build(world: World) -> Any:
        one, other = world.source(), world.source()
        if other_is_a_stream:
            other = other.map(lambda number: number)
        return one.join(other, on=keys[0] if keys[0] is keys[1] else keys, within=within)

    played = play(make, build, script)
    expected = seen(script, model(script, keys, within))
    assert [(round(time, 6), kind, value) for time, kind, value in played.records] == expected
    ended = [time for time, kind, _ in expected if kind != "next"]
    let_go = ended[0] if ended else None
    assert all(let_go is None or round(end, 6) <= let_go for _, _, end in played.spans)


def test_the_model_pairs_what_it_should() -> None:
    """A model that finds nothing would agree with a join that gives nothing."""
    script = Script(
        (
            Event(1, 0, OnNext(1)),
            Event(2, 1, OnNext(1)),
            Event(0, 1, OnNext(3)),
            Event(3, 0, OnNext(3)),
            Event(0, 1, OnNext(5)),
            Event(1, 0, OnCompleted()),
        )
    )
    pairs: list[Record] = [(3.0, "next", [1, 1]), (3.0, "next", [1, 3]), (6.0, "next", [3, 5])]
    assert model(script, (ODD, ODD), 2.0) == [*pairs, (8.0 + TICK, "completed", None)]
