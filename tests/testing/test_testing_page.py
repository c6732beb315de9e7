"""The page about testing shows the examples as they are tested, and failures as they are told."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from async_channel.testing import assert_marbles, explore_schedules, marbles
from tests.blocks import blocks_of, module_namespace

EXAMPLES = Path(__file__).with_name("test_your_pipeline.py")
PAGE = Path(__file__).parents[2] / "docs" / "testing.md"

RESCUE = """\
        try:
            await handle(job)
        except asyncio.CancelledError:
            jobs.send_nowait(job)  # to whoever goes on
            raise
"""


def shown(beginning: str) -> str:
    """What the page shows as output that begins so."""
    found: list[str] = re.findall(r"^```text\n(.*?)^```$", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    (output,) = [block for block in found if block.startswith(beginning)]
    return output


def without_lines(told: str) -> str:
    """Line numbers aside, which change with what is above."""
    return re.sub(r"\.py:\d+", ".py", told)


def test_the_page_shows_all_of_the_examples_in_order() -> None:
    _, _, examples = EXAMPLES.read_text("utf-8").partition('"""\n\n')
    assert "\n\n".join(block for _, block in blocks_of(PAGE)) == examples, "put the file's text in the page's blocks"


def test_the_page_shows_what_a_debounce_that_takes_too_long_is_told() -> None:
    with pytest.raises(AssertionError) as told:
        assert_marbles(marbles("a-bc------d-|").debounce(4.0), "------c-----(d|)")
    assert shown("AssertionError: ") == f"AssertionError: {told.value}\n"


def test_the_page_shows_what_the_explorer_tells_of_a_job_that_is_lost(tmp_path: Path) -> None:
    examples = EXAMPLES.read_text("utf-8")
    assert RESCUE in examples
    broken = tmp_path / EXAMPLES.name  # a file, of which the explorer tells lines
    broken.write_text(examples.replace(RESCUE, "        await handle(job)\n"), "utf-8")
    names: dict[str, Any] = module_namespace("examples_of_testing")
    exec(compile(broken.read_text("utf-8"), broken, "exec"), names)
    test = names["test_a_job_is_done_although_its_worker_is_cancelled"].__wrapped__
    failure = explore_schedules(test, schedules=200, cancellations=True).failure
    assert failure is not None
    told = without_lines(failure.note).splitlines()
    for line in without_lines(shown("explore: ")).splitlines():
        assert line in [*told, "..."]
    assert explore_schedules(test, seed=failure.seed).failure is not None
