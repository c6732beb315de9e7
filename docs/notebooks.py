"""The notebooks in examples/notebooks: each is a source in Python (py:percent), and the same executed.

Run `make notebooks`, or `python -m docs.notebooks 01-first-channel`, after a change of a source or of what it shows.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypeAlias

import jupytext  # type: ignore[import-untyped]  # it ships no types
import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode
from traitlets.config import Config

FOLDER = Path(__file__).parents[1] / "examples" / "notebooks"

VARIES = "varies"
"""The tag of a cell that shows what is never the same twice, such as a measured time."""

_TELLING = {"PYTHONPATH", "CI", "BUILD_NUMBER", "COLUMNS", "PYTEST_ADDOPTS"}  # what changes what pytest or mypy say

ENVIRONMENT = {name: text for name, text in os.environ.items() if name not in _TELLING} | {
    "PYTHONHASHSEED": "0",
    "NO_COLOR": "1",
}
"""In which a notebook shows the same each time: the package is the installed one, as type checkers know it."""

Output: TypeAlias = dict[str, str]


def _head() -> NotebookNode:
    """A notebook's metadata: without versions, which would make a file of each machine another one."""
    return NotebookNode(
        jupytext=NotebookNode(formats="ipynb,py:percent"),
        kernelspec=NotebookNode(display_name="Python 3", language="python", name="python3"),
        language_info=NotebookNode(name="python"),
    )


def sources(folder: Path = FOLDER) -> list[Path]:
    """The notebooks as Python, in their order."""
    return sorted(folder.glob("*.py"))


def executed(source: Path) -> Path:
    """Where a notebook is with its outputs."""
    return source.with_suffix(".ipynb")


def read(source: Path) -> NotebookNode:
    """A notebook without outputs, as its source has it."""
    notebook: NotebookNode = jupytext.read(source, fmt="py:percent")
    notebook.metadata = _head()
    notebook.nbformat_minor = 5  # the first in which cells have ids
    for cell, name in zip(notebook.cells, _ids(notebook.cells), strict=True):
        cell.id = name
        cell.metadata = NotebookNode({key: cell.metadata[key] for key in ("tags",) if key in cell.metadata})
    return notebook


def _ids(cells: Iterable[NotebookNode]) -> Iterator[str]:
    """A name for each cell, from what it says: the same each time, and others stay as they are when one is added."""
    seen: set[str] = set()
    for cell in cells:
        text, again = f"{cell.cell_type}\n{cell.source}", 0
        while (name := hashlib.sha256(f"{again}{text}".encode()).hexdigest()[:8]) in seen:
            again += 1
        seen.add(name)
        yield name


def execute(source: Path) -> NotebookNode:
    """A notebook with its outputs, run in a Jupyter kernel.

    Raises:
        CellExecutionError: a cell failed.
    """
    notebook = read(source)
    with tempfile.TemporaryDirectory() as folder:  # for the kernel's sockets, and instead of the user's own settings
        client = NotebookClient(
            notebook,
            timeout=60,
            record_timing=False,
            coalesce_streams=True,  # how a text was cut on its way is no part of it
            resources={"metadata": {"path": str(source.parent)}},
            config=Config({"KernelManager": {"transport": "ipc", "ip": str(Path(folder, "kernel"))}}),  # on no port
        )
        client.execute(env={**ENVIRONMENT, "IPYTHONDIR": folder})
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
    notebook.metadata = _head()  # the kernel has told its versions
    return notebook


def outputs(cell: NotebookNode) -> list[Output]:
    """What a cell shows, as texts that can be compared: by kind, such as stdout, text/plain or image/svg+xml."""
    shown: list[Output] = []
    for output in cell.outputs:
        if output.output_type == "stream":
            shown.append({output.name: output.text})
        elif output.output_type == "error":
            shown.append({"error": f"{output.ename}: {output.evalue}"})
        else:
            shown.append({kind: str(data) for kind, data in output.data.items()})
    return shown


def view(text: str) -> str:
    """A source as type checkers take it: the whole is one coroutine, for cells await; each line keeps its number.

    A column is one more than in the source.
    """
    head, *lines = text.splitlines()
    assert head == "# ---", "a source begins with its Jupytext header, whose first line is given away here"
    return "\n".join(["async def notebook() -> None:", *(f" {line}" if line else "" for line in lines), ""])


def shown(source: Path) -> NotebookNode:
    """A notebook with the outputs that are kept."""
    notebook: NotebookNode = nbformat.read(executed(source), as_version=4)
    return notebook


def keep(notebook: NotebookNode, source: Path) -> None:
    """Write a notebook with its outputs beside its source."""
    nbformat.write(notebook, executed(source))


def main() -> None:
    """Execute notebooks, all or those that are named, and keep what they show."""
    parser = argparse.ArgumentParser(prog="python -m docs.notebooks", description=main.__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="such as 01-first-channel; all if none is named")
    names: list[str] = parser.parse_args().names
    for source in [FOLDER / f"{name}.py" for name in names] or sources():
        print(f"{source.stem} ...", flush=True)  # noqa: T201  # it tells how far it is
        keep(execute(source), source)


if __name__ == "__main__":
    main()
