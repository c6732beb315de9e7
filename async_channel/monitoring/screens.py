"""Screens: where a view is shown, again and again in the same place: a notebook's output, or a terminal."""

from __future__ import annotations

import importlib.util
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias, cast

from async_channel.monitoring import table
from async_channel.monitoring.history import State

if TYPE_CHECKING:
    from rich.live import Live
    from rich.text import Text

Where: TypeAlias = Literal["auto", "notebook", "terminal", "none"]


class View(Protocol):
    """What is shown. It has a picture of its own for notebooks."""

    @property
    def state(self) -> State:
        """The numbers, at the last reading."""
        ...

    def to_svg(self) -> str:
        """As a picture."""
        ...


class Screen(Protocol):
    """Where a view is shown, in the event loop's thread."""

    def show(self, view: View) -> None:
        """Show it, in the place of what was shown before."""
        ...

    def close(self) -> None:
        """No more will be shown; what was shown last stays."""
        ...


class Nowhere:
    """Shows nothing: a program asks the view for what it wants."""

    def show(self, view: View) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""


class Notebook:
    """The output of a cell of Jupyter, which is replaced where it stands.

    Raises:
        ModuleNotFoundError: IPython is not installed.
    """

    def __init__(self) -> None:
        if importlib.util.find_spec("IPython") is None:
            raise ModuleNotFoundError("monitor(screen='notebook') needs IPython, as notebooks have it", name="IPython")
        self._display: Any = import_module("IPython.display").display
        self._handle: Any = None

    def show(self, view: View) -> None:
        """Display it, or update what is displayed."""
        if self._handle is None:
            self._handle = self._display(view, display_id=True)
        else:
            self._handle.update(view)

    def close(self) -> None:
        """Leave it there."""


class Terminal:
    """The lines of a terminal, which are written anew; where output is no terminal, the last state is printed once.

    Raises:
        ModuleNotFoundError: rich is not installed.
    """

    def __init__(self) -> None:
        if importlib.util.find_spec("rich") is None:
            raise ModuleNotFoundError(
                "monitor() shows in a notebook, or with rich in a terminal: pip install 'async-channel-rx[monitor]', "
                "or pass screen='none' and ask the view for its text or picture",
                name="rich",
            )
        self._rich: Any = import_module("rich.text")
        self._live = cast("Live", import_module("rich.live").Live(auto_refresh=False))

    def show(self, view: View) -> None:
        """Write it over what was written before."""
        if not self._live.is_started:
            self._live.start()
        console = self._live.console
        height = console.height if console.is_terminal else None
        lines = table.lines(view.state, width=console.width, height=height)
        self._live.update(self._text(lines), refresh=True)

    def _text(self, lines: Any) -> Text:
        text: Text = self._rich.Text(no_wrap=True, overflow="crop")
        for number, line in enumerate(lines):
            text.append("\n" * (number > 0))
            for piece, look in line:
                text.append(piece, _STYLES[look])
        return text

    def close(self) -> None:
        """Go on below it."""
        self._live.stop()
        if not self._live.console.is_terminal:
            self._live.console.line()  # rich leaves a file in the middle of its last line


_STYLES = {"": "", "strong": "bold", "dim": "dim", "good": "cyan", "warn": "yellow", "bad": "bold red"}


def screen_for(where: Screen | Where) -> Screen:
    """The screen that was asked for; by itself it is the notebook's, where this is one.

    Raises:
        ModuleNotFoundError: what it needs is not installed.
    """
    if not isinstance(where, str):
        return where
    if where == "none":
        return Nowhere()
    if where == "notebook" or (where == "auto" and _is_notebook()):
        return Notebook()
    return Terminal()


def _is_notebook() -> bool:
    """Whether this runs under IPython, and not in a terminal."""
    ipython: Any = sys.modules.get("IPython")
    shell: object = None if ipython is None else ipython.get_ipython()
    return shell is not None and all(one.__name__ != "TerminalInteractiveShell" for one in type(shell).__mro__)
