"""The live view in a real Jupyter kernel: one output that is updated in place, and left as it is when its cell ends."""

from __future__ import annotations

import importlib.util
import queue
import time
from collections.abc import Iterator
from typing import Any

import pytest

pytestmark = [
    pytest.mark.real_time,
    pytest.mark.skipif(importlib.util.find_spec("ipykernel") is None, reason="needs ipykernel (extra: notebooks)"),
]

LIMIT = 60.0

SETUP = """\
import asyncio
from async_channel import ChannelKey, Channels
channels = Channels()
ticks = channels.open(ChannelKey("Ticks", int))
def see(tick):
    if tick == 3:
        raise ValueError("a bad <tick>")
ticks.consume(see, name="reader")
"""


class Kernel:
    """A kernel, and what its cells displayed."""

    def __init__(self, client: Any) -> None:
        self.client = client

    def run(self, code: str, *, interrupt: Any = None) -> tuple[list[Any], str]:
        """Run a cell: its displays with their updates, and what else it printed or raised."""
        id_ = self.client.execute(code)
        displays: list[Any] = []
        printed = ""
        end = time.monotonic() + LIMIT
        while time.monotonic() < end:
            try:
                message = self.client.get_iopub_msg(timeout=LIMIT)
            except queue.Empty:
                break
            if message["parent_header"].get("msg_id") != id_:
                continue
            kind, content = message["msg_type"], message["content"]
            if kind in {"display_data", "update_display_data"}:
                displays.append((kind, content["transient"]["display_id"], content["data"]))
                if interrupt is not None and len(displays) == 3:
                    interrupt()
            elif kind == "stream":
                printed += content["text"]
            elif kind == "error":
                printed += content["ename"]
            elif kind == "status" and content["execution_state"] == "idle":
                return displays, printed
        raise TimeoutError(f"the kernel did not finish {code!r}")


@pytest.fixture(name="kernel", scope="module")
def _kernel() -> Iterator[tuple[Kernel, Any]]:
    from jupyter_client.manager import KernelManager

    manager = KernelManager()
    manager.start_kernel()
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=LIMIT)
        kernel = Kernel(client)
        assert kernel.run(SETUP) == ([], "")
        yield kernel, manager
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def in_place(displays: list[Any]) -> list[str]:
    """The pictures that were shown one after another in one output."""
    kinds = [kind for kind, _, _ in displays]
    assert kinds == ["display_data"] + ["update_display_data"] * (len(kinds) - 1)
    assert len({id_ for _, id_, _ in displays}) == 1
    assert all(set(data) == {"image/svg+xml", "text/plain"} for _, _, data in displays)
    return [data["image/svg+xml"] for _, _, data in displays]


def test_it_is_updated_in_place_while_its_block_runs(kernel: tuple[Kernel, Any]) -> None:
    cell = "async with channels.monitor(every=0.05):\n    for tick in range(8):\n        await ticks.send(tick)\n"
    displays, printed = kernel[0].run(cell + "        await asyncio.sleep(0.04)\n")
    pictures = in_place(displays)
    assert len(pictures) >= 3
    assert ">reader</text>" in pictures[-1]
    assert "a bad &lt;tick&gt;" in pictures[-1]
    assert "ended after" in pictures[-1]
    assert not any("ended after" in picture for picture in pictures[:-1])
    assert printed == ""


def test_an_interrupted_cell_leaves_its_last_state_and_nothing_that_runs(kernel: tuple[Kernel, Any]) -> None:
    timers = "[timer for timer in asyncio.get_running_loop()._scheduled if not timer.cancelled()]"
    look = f"print(len(asyncio.all_tasks()), {timers})"
    _, before = kernel[0].run(look)
    displays, printed = kernel[0].run("await channels.monitor(every=0.05)", interrupt=kernel[1].interrupt_kernel)
    pictures = in_place(displays)
    assert "ended after" in pictures[-1]
    assert "KeyboardInterrupt" in printed or "CancelledError" in printed
    assert kernel[0].run(look) == ([], before)
    assert before.endswith(" []\n")


def test_one_that_is_not_awaited_shows_the_numbers_of_the_moment(kernel: tuple[Kernel, Any]) -> None:
    cell = "from IPython.display import display\ndisplay(channels.monitor(), display_id=True)"
    displays, printed = kernel[0].run(cell)
    assert "one look" in in_place(displays)[0]
    assert printed == ""
