"""The notebooks: they run, show what is committed, are typed, and say in words what each cell does."""

from __future__ import annotations

import asyncio
import builtins
import itertools
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode

from async_channel import clock
from async_channel.notebook import use_clock
from docs.notebooks import ENVIRONMENT, FOLDER, VARIES, Output, execute, outputs, read, shown, sources, view
from tests.typing import checkers

SOURCES = sources()
HEADER = "# ---\n# jupyter:\n#   jupytext:\n#     formats: ipynb,py:percent\n# ---\n"

each_notebook = pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.stem)


def code_of(notebook: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def run_plainly(cells: Sequence[NotebookNode]) -> list[list[Output]]:
    """What cells show in a plain Python."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.notebook_shell"],
        input=json.dumps([cell.source for cell in cells]),
        capture_output=True,
        text=True,
        check=False,
        cwd=FOLDER,
        env=ENVIRONMENT,
    )
    assert done.returncode == 0, done.stderr
    answer: list[list[Output]] = json.loads(done.stdout)
    return answer


def wrong(kept: Sequence[NotebookNode], now: Sequence[Sequence[Output]]) -> list[str]:
    """What is to be said of cells that failed, or show something else than what is kept of them."""
    found: list[str] = []
    for cell, new in itertools.zip_longest(kept, now):
        if new is None:
            return [*found, f"not run: {cell.source}"]
        if errors := [output["error"] for output in new if "error" in output]:
            return [*found, f"fails with {errors[0]}: {cell.source}"]
        old = outputs(cell)
        is_same = _kinds(old) == _kinds(new) if VARIES in cell.metadata.get("tags", ()) else old == new
        if not is_same:
            found.append(f"stale, run `make notebooks`: {cell.source}\nkept: {_short(old)}\nnow: {_short(new)}")
    return found


def _kinds(shown_by: Sequence[Output]) -> list[set[str]]:
    return [set(output) for output in shown_by]


def _short(shown_by: Sequence[Output]) -> str:
    return str(list(shown_by))[:2000]


def without_text(notebook: NotebookNode) -> list[str]:
    """The cells of code that follow no text."""
    before = ["code", *(cell.cell_type for cell in notebook.cells)]
    return [
        cell.source
        for kind, cell in zip(before, notebook.cells, strict=False)
        if cell.cell_type == "code" and kind != "markdown"
    ]


def test_each_source_has_its_notebook() -> None:
    assert SOURCES
    assert {path.stem for path in FOLDER.glob("*.ipynb")} == {source.stem for source in SOURCES}


def difference(source: Path, kept: NotebookNode) -> str | None:
    """In what a notebook and its source differ, outputs aside."""
    fresh = read(source)
    for number, (one, other) in enumerate(itertools.zip_longest(fresh.cells, kept.cells), 1):
        for part in ("cell_type", "source", "metadata", "id"):
            if (one or {}).get(part) != (other or {}).get(part):
                return f"cell {number}: run `make notebooks`, or take to the source what was changed in the notebook"
    return None if fresh.metadata == kept.metadata else "metadata"


@each_notebook
def test_source_and_notebook_are_a_pair(source: Path) -> None:
    kept = shown(source)
    assert difference(source, kept) is None
    kept.cells[-1].source += " "
    assert difference(source, kept) is not None
    del kept.cells[-1]
    assert difference(source, kept) is not None


@each_notebook
def test_each_cell_has_its_text(source: Path) -> None:
    notebook = read(source)
    assert notebook.cells[0].source.startswith("# ")
    assert without_text(notebook) == []
    assert notebook.cells[-1].source.startswith("## Where next")


@each_notebook
def test_the_index_names_it(source: Path) -> None:
    title = read(source).cells[0].source.splitlines()[0].removeprefix("# ")
    assert f"[{title}]({source.stem}.ipynb)" in FOLDER.joinpath("README.md").read_text("utf-8")


@each_notebook
def test_it_runs_and_shows_what_is_kept(source: Path) -> None:
    cells = code_of(shown(source))
    assert wrong(cells, run_plainly(cells)) == []


@pytest.mark.real_time
def test_it_shows_the_same_in_a_kernel() -> None:
    assert wrong(code_of(shown(SOURCES[0])), [outputs(cell) for cell in code_of(execute(SOURCES[0]))]) == []


def notebook_of(folder: Path, *cells: str) -> Path:
    source = folder / "planted.py"
    source.write_text(HEADER + "".join(f"\n# %% {cell}\n" for cell in cells), "utf-8")
    return source


def test_a_cell_that_shows_something_else_is_stale(tmp_path: Path) -> None:
    cells = code_of(read(notebook_of(tmp_path, "\nprint(1)\n2", '["varies"]\n3', "[markdown]\n# text", "\nNone")))
    now = run_plainly(cells)
    assert now == [[{"stdout": "1\n"}, {"text/plain": "2"}], [{"text/plain": "3"}], []]
    assert [text.partition("\n")[0] for text in wrong(cells, now)] == [
        "stale, run `make notebooks`: print(1)",
        "stale, run `make notebooks`: 3",
    ]


def test_what_varies_may_vary_and_not_vanish(tmp_path: Path) -> None:
    cells = code_of(read(notebook_of(tmp_path, 'tags=["varies"]\n1', "\n1")))
    for cell in cells:
        cell.outputs = [NotebookNode(output_type="execute_result", data={"text/plain": "2"})]
    (stale,) = wrong(cells, run_plainly(cells))
    assert stale.startswith("stale, run `make notebooks`: 1\nkept: [{'text/plain': '2'}]\nnow: [{'text/plain': '1'}]")
    assert len(wrong(cells, [[], []])) == 2


def test_a_cell_that_fails_is_told_and_ends_the_run(tmp_path: Path) -> None:
    cells = code_of(read(notebook_of(tmp_path, "\nNone", '\nraise ValueError("no")', "\nNone")))
    assert wrong(cells, run_plainly(cells)) == ['fails with ValueError: no: raise ValueError("no")']
    assert wrong(cells, [[]]) == ['not run: raise ValueError("no")']


@pytest.mark.real_time
def test_a_cell_that_fails_in_a_kernel_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CellExecutionError) as caught:
        execute(notebook_of(tmp_path, '\nraise ValueError("no")'))
    assert (caught.value.ename, caught.value.evalue) == ("ValueError", "no")


def test_a_cell_without_text_is_found(tmp_path: Path) -> None:
    assert without_text(read(notebook_of(tmp_path, "\n1", "[markdown]\n# text", "\n2", "\n3"))) == ["1", "3"]


PLANTED = """
from async_channel import Channel, Consumer

prices = Channel(float, "Prices")

# %% [markdown]
# Some text.

# %%
await prices.send("no float")
prices.send(1.0)
async for price in Consumer(prices):
    price.upper()
    break

# %%
async with Consumer(prices) as consumer:
    price = await consumer.get()
consumer
"""


def refused(verdicts: checkers.Verdicts) -> dict[tuple[str, int], set[str]]:
    return {place: verdict.errors for place, verdict in verdicts.items() if verdict.errors}


def views(folder: Path) -> tuple[list[Path], int]:
    """All notebooks as type checkers take them, a faulty one among them; and where its faults begin."""
    faulty = notebook_of(folder, PLANTED)
    made: list[Path] = []
    for source in (*SOURCES, faulty):
        made.append(folder / f"cells_{source.stem.replace('-', '_')}.py")
        made[-1].write_text(view(source.read_text("utf-8")), "utf-8")
    return made, 1 + faulty.read_text("utf-8").splitlines().index('await prices.send("no float")')


def test_mypy_finds_nothing_but_what_was_planted(tmp_path: Path) -> None:
    files, line = views(tmp_path)
    assert refused(checkers.mypy(files, "--config-file", "mypy.ini")) == {
        ("cells_planted.py", line): {"arg-type"},
        ("cells_planted.py", line + 1): {"unused-coroutine"},
        ("cells_planted.py", line + 3): {"attr-defined"},
    }


def test_pyright_finds_nothing_but_what_was_planted(tmp_path: Path) -> None:
    files, line = views(tmp_path)
    at_top_level = dict.fromkeys(
        # What stands last in a cell is shown, and names at the top level are for whoever reads on.
        ("reportUnusedExpression", "reportUnusedVariable", "reportUnusedClass", "reportUnusedFunction"),
        "none",
    )
    settings: dict[str, Any] = {
        **checkers.project_settings(),
        **at_top_level,
        "extraPaths": [os.path.relpath(checkers.ROOT, tmp_path)],
    }
    assert refused(checkers.pyright(files, settings, folder=tmp_path)) == {
        ("cells_planted.py", line): {"reportArgumentType"},
        ("cells_planted.py", line + 1): {"reportUnusedCoroutine"},
        ("cells_planted.py", line + 3): {"reportAttributeAccessIssue"},
    }


# ---- the clock of a notebook


CELLS = (
    """
import asyncio
from async_channel import Channel, Consumer, clock
from async_channel import clock
from async_channel.notebook import use_clock

use_clock()
""",
    """
consumer = Consumer(prices := Channel(float))
prices.send_nowait(1.0)
rung = []
timer = asyncio.get_running_loop().call_later(5400, rung.append, "after an hour and a half")
clock.now()
""",
    """
await asyncio.sleep(3600)
print(await consumer.get())
clock.now()
""",
    """
await asyncio.to_thread(print, "in a thread")
assert not rung
await asyncio.sleep(3600)
print(*rung)
clock.now()
""",
    """
use_clock(start=60)
""",
    """
clock.now()
""",
)
SHOWN = [
    [],
    [{"text/plain": "0.0"}],
    [{"stdout": "1.0\n"}, {"text/plain": "3600.0"}],
    [{"stdout": "in a thread\nafter an hour and a half\n"}, {"text/plain": "7200.0"}],
    [],
    [{"text/plain": "60.0"}],
]


def test_cells_share_a_clock_that_stands_still_between_them(tmp_path: Path) -> None:
    assert run_plainly(code_of(read(notebook_of(tmp_path, *CELLS)))) == SHOWN


@pytest.mark.real_time
def test_so_they_do_in_a_kernel(tmp_path: Path) -> None:
    assert [outputs(cell) for cell in code_of(execute(notebook_of(tmp_path, *CELLS)))] == SHOWN


class Shell:
    """What a kernel has in the place of `get_ipython()`."""

    def __init__(self) -> None:
        self.loop_runner: Any = None
        self.trio_runner: Any = None


def test_the_kernels_loop_stands_aside_while_a_cell_is_run(monkeypatch: pytest.MonkeyPatch) -> None:
    shell = Shell()
    monkeypatch.setattr(builtins, "get_ipython", lambda: shell, raising=False)
    use_clock(start=60)
    assert shell.trio_runner is shell.loop_runner
    seen: list[object] = []

    async def cell(kernel: asyncio.AbstractEventLoop) -> float:
        seen.append(asyncio.current_task(kernel))
        await asyncio.sleep(3600)
        return clock.now()

    async def later() -> float:
        return clock.now()

    async def failing() -> None:
        raise ValueError("no")

    async def serve() -> None:
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        seen.append(shell.loop_runner(cell(loop)))
        with pytest.raises(ValueError, match="no"):
            shell.loop_runner(failing())
        assert (asyncio.get_running_loop(), asyncio.current_task()) == (loop, task)
        await asyncio.sleep(0)

    asyncio.run(serve())
    assert seen == [None, 3660.0]
    assert shell.loop_runner(later()) == 3660.0


def test_use_clock_is_for_notebooks() -> None:
    with pytest.raises(RuntimeError, match="called from a cell of a notebook"):
        use_clock()


def test_a_clock_has_a_speed_and_a_start_that_can_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(builtins, "get_ipython", object, raising=False)
    with pytest.raises(ValueError, match="speed is above 0"):
        use_clock(speed=0)
    with pytest.raises(TypeError, match="start is a datetime"):
        use_clock(start="now")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # that is the test
