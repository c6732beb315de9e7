"""Runs the cells of a notebook in a plain Python, without a kernel: sources come in, what they show goes out.

IPython's own shell runs them, so a cell shows here what it shows in a kernel. `python -m tests.notebook_shell` reads a
list of sources as JSON, and prints a list of outputs for each, such as ``{"stdout": "..."}``; after a cell that fails
there are no more.
"""

from __future__ import annotations

import json
import sys
from contextlib import redirect_stderr, redirect_stdout
from io import TextIOBase
from tempfile import TemporaryDirectory
from typing import Any, TypeAlias

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from traitlets import Type
from traitlets.config import Config

Output: TypeAlias = dict[str, str]

shown: list[Output] = []
"""What the cell that runs has shown so far."""

updatable: dict[str, Output] = {}
"""What can be shown anew in its place, by its id."""


class Stream(TextIOBase):
    def __init__(self, name: str) -> None:
        self.name = name

    def write(self, text: str) -> int:
        if text:
            if shown and self.name in shown[-1]:
                shown[-1][self.name] += text
            else:
                shown.append({self.name: text})
        return len(text)


class Hook(DisplayHook):
    def write_output_prompt(self) -> None: ...

    def write_format_data(self, format_dict: dict[str, str], md_dict: object = None) -> None:
        shown.append(dict(format_dict))

    def finish_displayhook(self) -> None:
        self._is_active = False


class Publisher(DisplayPublisher):
    def publish(
        self, data: dict[str, Any], *_: object, transient: Any = None, update: bool = False, **__: object
    ) -> None:
        output = {kind: str(value) for kind, value in data.items()}
        name = str((transient or {}).get("display_id"))
        if update:
            updatable[name].clear()
            updatable[name].update(output)
        else:
            updatable[name] = output
            shown.append(output)

    def clear_output(self, wait: bool = False) -> None:
        shown.clear()


class Shell(InteractiveShell):
    displayhook_class = Type(Hook)  # type: ignore[mutable-override]  # a trait, which is set in the class alone
    display_pub_class = Type(Publisher)  # type: ignore[mutable-override]  # as above

    def _showtraceback(self, etype: type[BaseException], evalue: BaseException, stb: object) -> None:
        shown.append({"error": f"{etype.__name__}: {evalue}"})

    def init_sys_modules(self) -> None: ...


def run(cells: list[str]) -> list[list[Output]]:
    done: list[list[Output]] = []
    with TemporaryDirectory() as folder:  # instead of the user's own settings
        shell: Any = Shell.instance(ipython_dir=folder, config=Config({"HistoryManager": {"enabled": False}}))
        for cell in cells:
            shown.clear()
            with redirect_stdout(Stream("stdout")), redirect_stderr(Stream("stderr")):
                result = shell.run_cell(cell, store_history=True)
            done.append([*map(dict, shown)])
            if not result.success:
                break
    return done


if __name__ == "__main__":
    json.dump(run(json.load(sys.stdin)), sys.stdout)
