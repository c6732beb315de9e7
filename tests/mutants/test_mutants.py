"""Every fault is found: by the explorer in the scenario named for it, or by the test named for it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import async_channel
from tests.mutants.copies import NAME, altered_text, mutated
from tests.mutants.fault import PACKAGE, Fault, Needs, Scenario
from tests.mutants.faults import FAULTS, PLAIN, explored, replayed, unheard
from tests.support import sampled

EXPLORED = [fault for fault in FAULTS if fault.needs is not Needs.THREADS]
SUBTLE = [fault for fault in EXPLORED if fault.needs is not Needs.NOTHING]
CANCELLING = [fault for fault in FAULTS if fault.needs is Needs.CANCELLATION]
THREADED = [fault for fault in FAULTS if fault.needs is Needs.THREADS]


def name_of(case: object) -> str:
    return case.name if isinstance(case, Fault) else str(getattr(case, "__name__", case))


pytestmark = pytest.mark.at_scale


@pytest.fixture(autouse=True)
def _unheard() -> Iterator[None]:
    with unheard():
        yield


def tell(fault: Fault) -> str:
    return f"nothing finds the fault {fault.name!r} in {fault.file}: {fault.broken}"


def test_there_are_many_faults_and_a_plain_run_finds_less_than_half_of_them() -> None:
    assert len({fault.name for fault in FAULTS}) == len(FAULTS) >= 40
    assert 2 * len(SUBTLE) >= len(EXPLORED)
    assert {promise for fault in FAULTS for promise in fault.promises} >= {1, 2, 3, 4, 5, 6, 7, 8, 9, 11}


SLIPS = (NameError, AttributeError, TypeError, ImportError, SyntaxError)
"""What a fault raises that is not what it says it is: code that can't run is found by anything."""


@pytest.mark.parametrize("fault", sampled(EXPLORED), ids=name_of)
def test_the_explorer_finds_the_fault_and_its_seed_shows_it_again(fault: Fault) -> None:
    assert callable(fault.killer)
    with mutated(fault) as api:
        failure = explored(fault, api).failure
        assert failure is not None, tell(fault)
        assert not isinstance(failure.error, SLIPS), f"{fault.name!r} is written wrong: {failure.error!r}"
        for _ in range(3):
            again = replayed(fault.killer, api, failure.seed).failure
            assert again is not None
            assert type(again.error) is type(failure.error)
            assert (again.seed, again.steps) == (failure.seed, failure.steps)
    with mutated(None) as api:
        assert replayed(fault.killer, api, failure.seed).failure is None


@pytest.mark.parametrize("fault", sampled(SUBTLE), ids=name_of)
def test_asyncios_own_order_does_not_show_it(fault: Fault) -> None:
    with mutated(fault) as api:
        for scenario in dict.fromkeys([*PLAIN, fault.killer]):
            assert callable(scenario)
            failure = replayed(scenario, api, "fifo").failure
            assert failure is None, f"{fault.name!r} needs less than it says: {scenario.__name__}: {failure.note}"


@pytest.mark.parametrize("fault", sampled(CANCELLING), ids=name_of)
def test_without_a_cancellation_no_order_shows_it(fault: Fault) -> None:
    with mutated(fault) as api:
        failure = explored(fault, api, Needs.ORDER).failure
        assert failure is None, f"{fault.name!r} needs less than it says: {failure.note}"


def in_each_way() -> list[Fault]:
    """One fault for each scenario, and way to explore it, that faults are found by."""
    faults = sorted(EXPLORED, key=lambda fault: fault.schedules)  # the last of each is the one that takes most
    return list({(fault.killer, fault.needs is Needs.CANCELLATION): fault for fault in faults}.values())


@pytest.mark.parametrize("fault", sampled(in_each_way()), ids=lambda fault: fault.killer.__name__)
def test_a_copy_without_a_fault_passes_what_finds_them(fault: Fault) -> None:
    with mutated(None) as api:
        failure = explored(fault, api).failure
        assert failure is None, failure.note


# ---- what the explorer can't see, for it has no threads


def run_test(killer: Scenario | str, fault: Fault | None, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run one test in a process of its own, against a copy of the whole package, with a fault or without."""
    tree = folder / "async_channel"
    shutil.copytree(PACKAGE, tree, ignore=shutil.ignore_patterns("__pycache__"))
    if fault is not None:
        (tree / fault.file).write_text(altered_text(PACKAGE / fault.file, fault), "utf-8")
    root = Path(__file__).parents[2]
    command = [
        sys.executable,
        "-P",
        "-m",
        "pytest",
        "-q",
        "-x",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:randomly",
        str(killer),
    ]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(folder), str(root)]), "PYTHONDONTWRITEBYTECODE": "1"}
    environment = {name: value for name, value in environment.items() if not name.startswith(("COV_", "PYTEST_"))}
    return subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.real_time  # another process is waited for
@pytest.mark.parametrize("fault", THREADED, ids=name_of)
def test_the_test_of_threads_finds_the_fault(fault: Fault, tmp_path: Path) -> None:
    sound = run_test(fault.killer, None, tmp_path / "sound")
    assert sound.returncode == 0, sound.stdout + sound.stderr
    found = run_test(fault.killer, fault, tmp_path / "mutated")
    assert found.returncode == 1, found.stdout + found.stderr
    assert "1 failed" in found.stdout, tell(fault)


# ---- the copies


def test_a_copy_is_another_package_and_leaves_nothing_behind() -> None:
    with mutated(None) as api:
        assert api.Channel is not async_channel.Channel
        assert api.Channel.__module__ == f"{NAME}.channels.channel"
        assert NAME in sys.modules
    assert not [name for name in sys.modules if name.startswith(NAME)]
    assert async_channel.Channel.__module__ == "async_channel.channels.channel"


def test_a_fault_in_a_source_that_has_moved_on_is_told() -> None:
    fault = FAULTS[0]
    text = altered_text(PACKAGE / fault.file, None)
    with pytest.raises(LookupError, match=r"wakes one reader only.* is 0 times in util/log\.py"):
        fault.alter(text.replace(fault.old, ""))
    with pytest.raises(LookupError, match="2 times"):
        fault.alter(text + fault.old)
