"""Ten thousand random pipelines: Stream's operators give what reactivex's give, when they give it.

Sources are compared as well: when each of them was subscribed, and when it was let go.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.differential.catalogue import CHANGING, CHOOSING, GATHERING, TIMING
from tests.differential.combinations import COMBINING
from tests.differential.steps import Step, ours, theirs
from tests.differential.world import Make, Script, channels, play, scripts, streams, subjects

SHARDS = 20
# What an operator does depends on no version of Python: one runs them all, the others a sample.
EXAMPLES = 10_000 // SHARDS if sys.version_info[:2] == (3, 11) else 25
EQUALLY = 24


def _equally(operators: Iterable[list[Step]]) -> list[Step]:
    """Steps of which each operator has as many, whatever the number of its arguments."""
    return [steps[place * len(steps) // EQUALLY] for steps in operators for place in range(EQUALLY)]


def _beginning_once(pipeline: list[Step]) -> tuple[Step, ...]:
    """The same pipeline, with one step at most that gives events while the subscription is made.

    Of several, reactivex's trampoline lets some go behind others that are subscribed later; ours go one by one.
    """
    kept: list[Step] = []
    for step in pipeline:
        if not ((step.at_start or step.cold) and any(other.at_start or other.cold for other in kept)):
            kept.append(step)
    return tuple(kept)


_STEPS = _equally([*CHOOSING.values(), *CHANGING.values(), *GATHERING.values(), *TIMING.values(), *COMBINING.values()])
_STEP = st.sampled_from(_STEPS)
PIPELINES = st.one_of(st.lists(_STEP, min_size=1, max_size=4), st.lists(_STEP, min_size=4, max_size=8)).map(
    _beginning_once
)


@pytest.mark.at_scale
@pytest.mark.parametrize("shard", range(SHARDS))
@given(pipeline=PIPELINES, script=scripts(), make=st.sampled_from([channels, streams]))
@settings(max_examples=EXAMPLES)
def test_a_random_pipeline_does_what_it_does_in_reactivex(
    shard: int, pipeline: tuple[Step, ...], script: Script, make: Make
) -> None:
    played = play(make, ours(pipeline), script, untied=True)
    expected = play(subjects, theirs(pipeline), script, untied=True)
    assert played.records == expected.records
    assert played.spans == expected.spans
    assert played.raised == expected.raised
