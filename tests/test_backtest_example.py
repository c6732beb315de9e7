"""The back-test of the market capture: two runs give identical traces, byte for byte."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from examples import backtest

ROOT = Path(backtest.__file__).parents[1]


def traced(folder: Path, seed: str) -> tuple[bytes, str]:
    """The trace of a run in a process of its own, and what it printed."""
    trace = folder / f"trace-{seed}"
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-m", "examples.backtest", "--trace", trace],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": seed},
        capture_output=True,
        text=True,
        check=True,
    )
    return trace.read_bytes(), ran.stdout


@pytest.mark.real_time
def test_two_runs_are_identical(tmp_path: Path) -> None:
    trace, printed = traced(tmp_path, "1")
    assert (trace, printed) == traced(tmp_path, "2")
    assert "all balanced" in printed
    lines = trace.decode().splitlines()
    assert sum(line.startswith("Fill(") for line in lines) == sum(line.startswith("Signal(") for line in lines) > 2


def test_a_folder_without_a_capture_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert backtest.main(["--data", str(tmp_path)]) == 2
    assert capsys.readouterr().err.startswith("backtest: ")


def test_an_average_halves_the_weight_of_a_price_in_its_half_life() -> None:
    average = backtest.Average(1)
    assert [average.add(price) for price in (4.0, 8.0, 8.0)] == [4.0, 6.0, 7.0]
