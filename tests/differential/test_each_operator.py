"""Each operator of Stream with each of its arguments does what its reactivex twin does, whatever is played into it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reactivex.testing import TestScheduler

from async_channel.operators.changing import Changing
from async_channel.operators.choosing import Choosing
from async_channel.operators.combining import Combining
from async_channel.operators.gathering import Gathering
from async_channel.operators.timing import Timing
from tests.differential.catalogue import CHANGING, CHOOSING, GATHERING, TIMING
from tests.differential.combinations import COMBINING
from tests.differential.steps import Step, ours, theirs
from tests.differential.world import Make, Script, channels, play, scripts, streams, subjects
from tests.support import sampled

OPERATORS = {**CHOOSING, **CHANGING, **GATHERING, **TIMING, **COMBINING}

# All but those that have something done at once, which a bare TestScheduler delays by a tick when reactivex does it.
ON_A_BARE_SCHEDULER = [name for name in OPERATORS if name not in {"start_with", "concat", "flat_map", "merge"}]


@pytest.mark.parametrize("make", [channels, streams])
@pytest.mark.parametrize("name", sampled(OPERATORS))
@given(data=st.data(), script=scripts())
@settings(max_examples=25)
def test_an_operator_does_what_it_does_in_reactivex(name: str, make: Make, data: st.DataObject, script: Script) -> None:
    pipeline = (data.draw(st.sampled_from(OPERATORS[name])),)
    assert play(make, ours(pipeline), script) == play(subjects, theirs(pipeline), script)


@pytest.mark.parametrize("name", ON_A_BARE_SCHEDULER)
@given(data=st.data(), script=scripts())
@settings(max_examples=8)
def test_an_operator_does_so_on_a_bare_test_scheduler(name: str, data: st.DataObject, script: Script) -> None:
    pipeline = (data.draw(st.sampled_from(OPERATORS[name])),)
    played = play(channels, ours(pipeline), script, clock=TestScheduler)
    expected = play(subjects, theirs(pipeline), script, clock=TestScheduler)
    assert played == expected


@pytest.mark.parametrize(
    ("group", "compared"),
    [(Choosing, CHOOSING), (Changing, CHANGING), (Gathering, GATHERING), (Timing, TIMING), (Combining, COMBINING)],
)
def test_no_operator_is_left_out(group: type[Any], compared: dict[str, list[Step]]) -> None:
    public = {name for name in vars(group) if not name.startswith("_")}
    also = {"flat_map_streams", "merge_streams", "timeout_and_go_on", "sample_by", "buffer_by", "window_by"}
    assert set(compared) - also == public - {"switch"}  # which is switch_latest
