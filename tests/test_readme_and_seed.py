"""Every block of the README and the guide runs, and so does the code of the description the library began from."""

from __future__ import annotations

import asyncio
import contextlib
import re
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from async_channel import Channel, ChannelClosed, Channels, Consumer, Producer
from tests.blocks import blocks_of, compiled, module_namespace, run_block, run_page
from tests.support import run

ROOT = Path(__file__).parents[1]
PAGES = [page for page in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))) if blocks_of(page)]
SEED = Path(__file__).with_name("seed_blocks.txt")


@pytest.mark.parametrize(
    "page", [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))], ids=lambda page: page.name
)
def test_every_block_of_a_page_runs(page: Path) -> None:
    if page.name in {"README.md", "guide.md"}:
        assert blocks_of(page)
    run_page(page)


README = ROOT / "README.md"
SHOWN = re.compile(r"^```text\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def test_the_program_of_the_readme_prints_what_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    line, program = blocks_of(README)[0]
    exec(compiled(program, README, line), module_namespace("readme_program"))
    del sys.modules["readme_program"]
    (shown,) = SHOWN.findall(README.read_text("utf-8"))
    assert capsys.readouterr().out == shown


def test_the_test_of_the_readme_passes_and_could_fail() -> None:
    line, test = blocks_of(README)[1]
    for text, passes in ((test, True), (test.replace("(3.0)", "(2.0)"), False)):
        names = module_namespace("readme_test")
        exec(compiled(text, README, line), names)
        (found,) = (value for name, value in names.items() if name.startswith("test_"))
        with contextlib.nullcontext() if passes else pytest.raises(AssertionError):
            found()
        del sys.modules["readme_test"]


(
    RUN_CHANNEL,
    PRODUCER,
    CONSUMER,
    BASIC,
    MULTIPLE,
    FILTERED,
    ORDERS,
    IMPORTS,
    LIFECYCLE,
    CONTRACT,
) = range(10)


@pytest.fixture(name="names")
def _names() -> Iterator[dict[str, Any]]:
    """What a reader has before a block begins: a channel and its producer, where the block does not make its own."""
    names = module_namespace("seed_block")
    exec("from async_channel import Channel, Consumer, Producer", names)
    names["channel"] = Channel()
    names["producer"] = Producer(names["channel"])
    yield names
    del sys.modules["seed_block"]


async def run_seed(number: int, names: dict[str, Any]) -> None:
    line, block = blocks_of(SEED)[number]
    await run_block(compiled(block, SEED, line), names)


async def sent_and_stopped(channel: Channel[Any], *events: object) -> None:
    """A producer that feeds an ``async for`` and then ends it."""
    await asyncio.sleep(1)
    await channel.send_many(events)
    await channel.stop()


def test_all_blocks_are_known() -> None:
    assert len(blocks_of(SEED)) == 10


def test_a_channel_runs_without_blocking(names: dict[str, Any]) -> None:
    run(run_seed(RUN_CHANNEL, names))
    assert isinstance(names["channel"], Channel)


def test_a_producer_sends_before_anybody_listens(names: dict[str, Any]) -> None:
    run(run_seed(PRODUCER, names))
    assert Consumer(names["channel"]).get_nowait() == {"event": "order_filled", "order_id": "123"}


def test_a_consumer_is_iterated_until_the_channel_stops(
    names: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    async def main() -> None:
        await asyncio.gather(run_seed(CONSUMER, names), sent_and_stopped(names["channel"], "one", "two"))

    run(main())
    assert capsys.readouterr().out == "Received: one\nReceived: two\n"


def test_basic_pub_sub(names: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    run(run_seed(BASIC, names))
    assert capsys.readouterr().out == "{'data': 'hello'}\n"
    assert names["message"] == {"data": "hello"}


def test_multiple_consumers_receive_the_same(names: dict[str, Any]) -> None:
    run(run_seed(MULTIPLE, names))
    assert names["consumer1"].get_nowait() == names["consumer2"].get_nowait() == {"broadcast": "message"}


def test_a_filtered_consumer_receives_what_it_wants_only(names: dict[str, Any]) -> None:
    async def main() -> None:
        await run_seed(FILTERED, names)
        await names["channel"].send_many([{"type": "volume"}, {"type": "price", "value": 1}, {}])
        await names["channel"].stop()
        assert [message async for message in names["consumer"]] == [{"type": "price", "value": 1}]

    run(main())


@pytest.fixture(name="octobot")
def _octobot(monkeypatch: pytest.MonkeyPatch) -> None:
    # The released octobot-commons has no ORDERS_CHANNEL in its channels_name: this stands in for what the block means.
    module: Any = types.ModuleType("octobot_commons.channels_name")
    module.ORDERS_CHANNEL = "Orders"
    monkeypatch.setitem(sys.modules, "octobot_commons", types.ModuleType("octobot_commons"))
    monkeypatch.setitem(sys.modules, "octobot_commons.channels_name", module)


@pytest.mark.usefixtures("octobot")
def test_the_usage_example_with_a_named_channel(names: dict[str, Any]) -> None:
    handled: list[dict[str, str]] = []
    names["handle_order"] = handled.append

    async def stop_later() -> None:
        await asyncio.sleep(1)
        await sent_and_stopped(names["orders_channel"], {"event": "order_filled"})

    async def main() -> None:
        await asyncio.gather(run_seed(ORDERS, names), stop_later())

    run(main())
    assert names["orders_channel"].name == "Orders"
    assert handled == [
        {"event": "order_created", "order_id": "123", "symbol": "BTC/USDT"},
        {"event": "order_filled"},
    ]


def test_the_import_patterns(names: dict[str, Any]) -> None:
    run(run_seed(IMPORTS, names))
    assert (names["Channel"], names["Producer"], names["Consumer"]) == (Channel, Producer, Consumer)
    assert names["Channels"] is Channels


def test_the_lifecycle(names: dict[str, Any]) -> None:
    run(run_seed(LIFECYCLE, names))
    with pytest.raises(ChannelClosed):
        names["channel"].send_nowait("late")


def test_the_contract(names: dict[str, Any]) -> None:
    """Verbatim. Its `async for` ends when somebody closes that consumer, and the channel can still be started then."""
    names["ORDERS_CHANNEL"] = "Orders"

    async def close_later() -> None:
        await asyncio.sleep(1)
        assert names["message"] == {"data": "hello"}
        await names["channel"].send_many([{"type": "volume"}, {"type": "price"}])
        await asyncio.sleep(1)
        names["consumer"].close()

    async def main() -> None:
        await asyncio.gather(run_seed(CONTRACT, names), close_later())

    run(main())
    assert names["message"] == {"type": "price"}
    assert names["orders_channel"].name == "Orders"
    with pytest.raises(ChannelClosed):
        names["channel"].send_nowait("late")
