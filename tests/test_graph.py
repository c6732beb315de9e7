"""The graph of a program: it shows what is subscribed, by name, with types and numbers; and its pictures."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from itertools import combinations
from pathlib import Path
from typing import Any, TypeVar
from xml.etree import ElementTree as ET

import pytest
import reactivex
from hypothesis import given
from hypothesis import strategies as st
from reactivex import operators as ops

from async_channel import (
    Channel,
    ChannelKey,
    Channels,
    Consumer,
    Overflow,
    Producer,
    Stream,
    conflate_by,
    from_iterable,
    from_observable,
)
from async_channel.pictures.graph import PAGE, Edge, Graph, Node
from async_channel.pictures.layout import ROWS, Place, arrange, arrange_down
from async_channel.pictures.naming import returned
from docs.graph import PICTURE, draw
from tests.support import run

SVG = "{http://www.w3.org/2000/svg}"


def half_of(number: int) -> float:
    return number / 2


def see(_: object) -> None: ...


async def slowly(number: int) -> str:
    await asyncio.sleep(1)
    return str(number)


def lines(graph: Graph) -> set[str]:
    """Each edge, by the names of its ends."""
    names = {node.id: node.name for node in graph.nodes}
    return {f"{names[edge.start]} {'^' if edge.rises else '>'} {names[edge.end]}" for edge in graph.edges}


def named(graph: Graph, name: str) -> Node:
    (found,) = [node for node in graph.nodes if node.name == name]
    return found


# ---- what is in it


def test_each_operator_has_its_name_its_function_and_its_type() -> None:
    numbers = Channel(int)
    numbers.filter(bool).map(half_of).pairwise().buffer(count=3).take(2).sum(len).subscribe(print)
    shown = [str(node) for node in numbers.graph().nodes]
    assert shown == [
        "int: channel of int, capacity 1,024, 0 sent",
        "filter: operator bool, gives int",
        "map: operator half_of, gives float",
        "pairwise: operator, gives tuple[float, float]",
        "buffer: operator count=3, gives list[tuple[float, float]]",
        "take: operator count=2, gives list[tuple[float, float]]",
        "sum: operator",
        "print: subscriber",
    ]
    assert lines(numbers.graph()) == {
        "int > filter", "filter > map", "map > pairwise", "pairwise > buffer", "buffer > take",
        "take > sum", "sum > print",
    }  # fmt: skip


T = TypeVar("T")
U = TypeVar("U")


def gather(seen: list[T], one: T) -> list[T]:
    return [*seen, one]


def same(one: T) -> T:
    return one


def first(many: list[T]) -> T:
    return many[0]


def second(one: U, many: list[T]) -> tuple[U, T]:
    return one, many[0]


KEPT_AS_TEXT = "from __future__ import annotations\n"
OLD = 'from typing import TypeVar\nV = TypeVar("V")\ndef wrapped(one: V) -> dict[str, V]: ...'
NEW = "def wrapped[V](one: V) -> dict[str, V]: ..."
"""From Python 3.12 on."""


def test_a_type_variable_is_shown_as_the_type_it_stands_for() -> None:
    numbers = Channel(int)
    nothing: list[int] = []
    numbers.scan(gather, nothing).map(same).map(first).subscribe(see)
    assert [node.event_type for node in numbers.graph().nodes] == ["int", "list[int]", "list[int]", "", ""]


@pytest.mark.parametrize("future", ["", KEPT_AS_TEXT], ids=["annotations", "text"])
@pytest.mark.parametrize("source", [OLD, NEW] if sys.version_info >= (3, 12) else [OLD])
def test_however_a_type_variable_is_written(source: str, future: str) -> None:
    names: dict[str, Any] = {}
    exec(compile(future + source, "wrapped", "exec", dont_inherit=True), names)
    assert returned(names["wrapped"], "int") == "dict[str, int]"
    assert returned(names["wrapped"]) == ""


def test_a_type_variable_that_stands_for_something_unknown_is_not_shown() -> None:
    assert returned(same, "int") == "int"
    assert returned(same) == ""
    assert returned(first, "list[int]") == ""
    assert returned(second, "list[int]") == ""


def test_what_looks_like_a_type_variable_inside_a_literal_is_none() -> None:
    names: dict[str, Any] = {}
    source = "from typing import Literal\ndef side(one: int) -> Literal['buy-T', '+T']: ..."
    exec(compile(source, "side", "exec", dont_inherit=True), names)
    assert returned(names["side"], "int") == "Literal['buy-T', '+T']"


OPERATORS: dict[str, Callable[[Channel[int], Channel[int]], Stream[Any]]] = {
    "merge": lambda a, b: a.merge(b),
    "concat": lambda a, b: a.concat(b),
    "zip": lambda a, b: a.zip(b),
    "combine_latest": lambda a, b: a.combine_latest(b),
    "with_latest_from": lambda a, b: a.with_latest_from(b),
    "join": lambda a, b: a.join(b, on=hash, within=1.0),
    "map_async": lambda a, _: a.map_async(slowly),
    "window": lambda a, _: a.window(count=2),
    "key_by": lambda a, _: a.key_by(hash)[1],
    "each": lambda a, _: a.key_by(hash).each(lambda _, stream: stream),
    "materialize": lambda a, _: a.materialize(),
    "do": lambda a, _: a.do(on_error=print),
    "throttle": lambda a, _: a.throttle(1.0),
    "flat_map": lambda a, b: b.flat_map(lambda _: a),
    "switch_map": lambda a, b: b.switch_map(lambda _: a),
    "min": lambda a, _: a.min(),
    "contains": lambda a, _: a.contains(1),
    "first": lambda a, _: a.first(),
    "scan": lambda a, _: a.scan(max),
    "group_by_until": lambda a, _: from_observable(a.pipe(ops.group_by(hash))),
    "debounce": lambda a, _: from_observable(a.pipe(ops.debounce(1.0))),
}


@pytest.mark.parametrize("name", OPERATORS)
@pytest.mark.parametrize("ends", ["consumer", "subscriber"])
def test_an_operator_is_between_its_sources_and_its_end(name: str, ends: str) -> None:
    async def main() -> None:
        a, b = Channel[int]("A"), Channel[int]("B")
        stream = OPERATORS[name](a, b)
        if ends == "consumer":
            kept: object = Consumer(stream, name="end")
        else:
            kept = stream.subscribe(see)
        b.send_nowait(1)
        graph = a.graph()
        end = "end" if ends == "consumer" else "see"
        assert named(graph, end).kind == ends
        above = reaching(graph, named(graph, end).id)
        assert {"A", name, end} <= above, graph
        if name in {"merge", "concat", "zip", "combine_latest", "with_latest_from", "join", "flat_map", "switch_map"}:
            assert "B" in above
        assert sum(node.name == name for node in graph.nodes) == 1
        del kept

    run(main())


def reaching(graph: Graph, end: str) -> set[str]:
    ids = {end}
    while more := {edge.start for edge in graph.edges if edge.end in ids} - ids:
        ids |= more
    return {node.name for node in graph.nodes if node.id in ids}


def test_types_of_joint_streams_are_those_of_their_sources_in_order() -> None:
    a, b = Channel(int), Channel(str)
    assert a.zip(b).graph().nodes[-1].event_type == "tuple[int, str]"
    assert a.merge(b).graph().nodes[-1].event_type == "int | str"
    assert a.with_latest_from(b).graph().nodes[-1].event_type == "tuple[int, str]"
    assert a.map_async(slowly).graph().nodes[-1].event_type == "str"
    assert a.map(lambda n: n).graph().nodes[-1].event_type == ""


def test_operators_of_reactivex_are_there_by_name_down_to_a_callback() -> None:
    numbers = Channel[int]("Numbers")
    numbers.pipe(ops.map(half_of), ops.take(3)).subscribe(print)
    assert lines(numbers.graph()) == {"Numbers > map", "map > take", "take > print"}


def test_operators_of_reactivex_are_there_by_name_in_the_middle_of_a_stream() -> None:
    numbers = Channel[int]("Numbers")
    consumer = Consumer(numbers.skip(1).via(ops.start_with(0)).filter(bool), name="end")
    graph = numbers.graph()
    assert {"Numbers", "skip", "filter", "end"} <= reaching(graph, named(graph, "end").id)
    consumer.close()
    assert not numbers.graph().edges


def test_a_source_that_is_no_channel() -> None:
    assert [node.kind for node in from_iterable([1]).graph().nodes] == ["source"]
    assert lines(from_observable(reactivex.of(1)).map(half_of).graph()) == {"from_iterable > map"}


def test_numbers_lag_and_losses() -> None:
    numbers = Channel(int, "Numbers")
    half, full, lossy, newest = (
        Consumer(numbers, name="half", capacity=8),
        Consumer(numbers.map(half_of), name="full", capacity=4),
        Consumer(numbers, name="lossy", capacity=2, overflow=Overflow.DROP_OLDEST),
        Consumer(numbers, name="newest", capacity=100, overflow=conflate_by(hash)),
    )
    for number in range(4):
        numbers.send_nowait(number)
    graph = numbers.graph()
    assert (named(graph, "half").pending, named(graph, "half").lag) == (4, "warn")
    assert named(graph, "full").lag == "bad"
    assert (named(graph, "lossy").dropped, named(graph, "lossy").losses) == (2, "2 dropped")
    assert named(graph, "newest").lag == ""
    assert str(named(graph, "lossy")) == "lossy: consumer, gets int, 0 handed, 2 of 2 pending, 2 dropped"
    assert half.get_nowait() == 0
    assert (named(numbers.graph(), "half").count, named(numbers.graph(), "half").lag) == (1, "")
    assert named(graph, "half").count == 0  # it is of its moment
    for one in (full, lossy, newest, half):
        one.close()


def test_callbacks_have_the_name_of_their_function() -> None:
    async def main() -> None:
        async with Channel(int, "Numbers") as numbers:
            numbers.consume(slowly, name="direct")
            numbers.filter(bool).consume(half_of, name="below")
            shown = numbers.graph()
            assert (named(shown, "direct").kind, named(shown, "direct").detail) == ("callback", "slowly")
            assert (named(shown, "below").kind, named(shown, "below").detail) == ("callback", "half_of")
            numbers.consume(Channel(int, "Copy").send, name="method")
            assert named(numbers.graph(), "method").detail == "Channel.send"

    run(main())


def test_pipelines_that_join_channels_appear_once_and_scopes_rise() -> None:
    key = ChannelKey("Price", float)
    channels = Channels()
    everywhere = channels.open(key)
    a, b = channels.scope("a").open(key), channels.scope("b").open(key)
    both = Consumer(a.zip(b), name="both")
    all_of_them = Consumer(channels.select("*", key), name="all")
    graph = channels.graph()
    assert lines(graph) == {
        "a::Price ^ Price", "b::Price ^ Price", "a::Price > zip", "b::Price > zip", "zip > both",
        "a::Price > select", "b::Price > select", "select > all",
    }  # fmt: skip
    assert [node.name for node in graph.nodes][:3] == ["Price", "a::Price", "b::Price"]
    assert lines(a.graph()) == lines(graph)
    assert lines(everywhere.graph()) == {"a::Price ^ Price", "b::Price ^ Price"}
    both.close()
    all_of_them.close()


def test_what_feeds_a_channel_and_what_a_channel_subscribes() -> None:
    async def main() -> None:
        numbers, halves, copy = Channel(int, "Numbers"), Channel(float, "Halves"), Channel(float, "Copy")
        feeding = asyncio.create_task(halves.feed(numbers.map(half_of), name="feed"))
        halves.subscribe(copy)
        last = Consumer(copy, name="last")
        plain = asyncio.create_task(copy.feed(halves, name="plain"))

        @numbers.source
        async def count() -> AsyncIterator[int]:
            yield 1

        await asyncio.sleep(0)
        assert lines(halves.graph()) == {
            "Numbers > map", "map > feed", "feed > Halves", "Halves > Copy", "Copy > last", "Halves > plain",
            "plain > Copy",
        }  # fmt: skip
        assert lines(copy.graph()) == {"Copy > last", "Halves > plain", "plain > Copy"}
        assert "count > Numbers" in lines(numbers.graph())
        await numbers.stop()
        await feeding
        await halves.stop()
        await plain
        assert lines(copy.graph()) == {"Copy > last"}
        last.close()

    run(main())


def test_a_callback_that_is_the_send_of_a_channel_leads_to_it() -> None:
    async def main() -> None:
        numbers, halves, copy = Channel(int, "Numbers"), Channel(float, "Halves"), Channel(float, "Copy")
        async with numbers, halves, copy:
            numbers.map(half_of).consume(halves.send, name="halving")
            halves.consume(Producer(Producer(copy)).send_nowait, name="copying")
            copy.consume(copy.on_next, name="circle")
            copy.consume(see, name="end")
            copy.consume(numbers.feed, name="no event")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # of a channel, and no send
            assert lines(numbers.graph()) == {
                "Numbers > map", "map > halving", "halving > Halves", "Halves > copying", "copying > Copy",
                "Copy > circle", "circle > Copy", "Copy > end", "Copy > no event",
            }  # fmt: skip

    run(main())


def test_a_callback_that_sends_is_no_edge_and_a_channel_that_feeds_itself_is_a_circle() -> None:
    numbers = Channel[int]("Numbers")
    numbers.subscribe(lambda _: None)
    numbers.filter(lambda n: n < 3).subscribe(numbers)
    graph = numbers.graph()
    assert "filter > Numbers" in lines(graph)
    assert len(ET.fromstring(graph.to_svg()).findall(f".//{SVG}rect")) == 3


# ---- how it is shown


def test_an_empty_registry() -> None:
    graph = Channels().graph()
    assert (graph, str(graph), graph.to_mermaid()) == (Graph(), "no channels", "flowchart LR")
    assert "no channels" in graph.to_svg()


def test_names_are_text_whatever_they_hold() -> None:
    name = '<script>alert("1")</script>\n\x00"]; end'
    channel = Channel[int](name)
    consumer = Consumer(channel, name="x" * 1000)
    graph = channel.graph()
    picture = graph.to_svg()
    root = ET.fromstring(picture)
    assert "<script" not in picture + graph.to_mermaid()
    assert len(graph.to_dot().splitlines()) == 7  # three at the top, two nodes, an edge, the end
    assert '\\"]; end' in graph.to_dot()
    assert [one.text for one in root.iter(f"{SVG}title")][1].startswith("x" * 1000)  # type: ignore[union-attr]  # it is
    assert max(len(one.text or "") for one in root.iter(f"{SVG}text")) < 60
    assert float(root.get("width", "0")) < 700
    consumer.close()


def test_it_is_data_that_stays_and_the_same_bytes_each_time() -> None:
    def make() -> Graph:
        channels = Channels()
        for number in range(5):
            channel = channels.open(ChannelKey(f"C{number}", int))
            channel.filter(bool).merge(channels.get(ChannelKey("C0", int))).subscribe(print)
        return channels.graph()

    one, other = make(), make()
    assert one == other
    assert one.to_svg() == other.to_svg()
    with pytest.raises(AttributeError):
        one.nodes[0].name = "another"  # type: ignore[misc]  # that is what must fail


def test_two_hundred_channels() -> None:
    channels = Channels()
    for number in range(200):
        channels.scope(f"s{number}").open(ChannelKey("Price", float)).map(round).subscribe(print)
    above = channels.open(ChannelKey("Price", float))
    graph = channels.graph()
    assert (len(graph.nodes), len(graph.edges)) == (601, 600)
    assert lines(above.graph()) == {f"s{number}::Price ^ Price" for number in range(200)}
    assert_apart(graph)


def assert_apart(graph: Graph) -> None:
    """No two boxes touch, and every line of text is inside its box."""
    boxes = [
        [float(rect.get(name, "0")) for name in ("x", "y", "width", "height")]
        for rect in ET.fromstring(graph.to_svg()).iter(f"{SVG}rect")
    ]
    assert len(boxes) == len(graph.nodes)
    boxes.sort()
    for place, (x, y, width, height) in enumerate(boxes):
        for other_x, other_y, _, other_height in boxes[place + 1 :]:
            if other_x >= x + width:
                break
            assert other_y >= y + height or other_y + other_height <= y


edges = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), max_size=40)


@given(edges)
def test_boxes_are_apart_and_all_edges_drawn_whatever_is_joined(pairs: list[tuple[int, int]]) -> None:
    nodes = tuple(Node(id=f"n{n}", kind="operator", name=f"operator {n}" * (n % 3 + 1)) for n in range(13))
    graph = Graph(nodes, tuple(Edge(start=f"n{a}", end=f"n{b}") for a, b in dict.fromkeys(pairs)))
    assert_apart(graph)
    root = ET.fromstring(graph.to_svg())
    assert len([one for one in root.iter(f"{SVG}path") if one.get("class") == "line"]) == len(set(pairs))


@pytest.mark.parametrize("pairs", ["ah bg cf de", "dw dz by aw bw cw"])
def test_what_can_be_drawn_without_a_crossing_is(pairs: str) -> None:
    joined = [(pair[0], pair[1]) for pair in pairs.split()]
    boxes = {name: Place(10, 10) for name in "abcdefghwxyz"}
    arrange(boxes, joined)
    for (a, b), (c, d) in combinations(joined, 2):
        assert (boxes[a].y - boxes[c].y) * (boxes[b].y - boxes[d].y) >= 0


@pytest.mark.parametrize(("name", "begins"), [("x.svg", "<svg"), ("x.mmd", "flowchart"), ("x.DOT", "digraph")])
def test_saved_by_its_name(tmp_path: Path, name: str, begins: str) -> None:
    Channel[int]("Numbers").graph().save(tmp_path / name)
    assert (tmp_path / name).read_text(encoding="utf-8").startswith(begins)


def test_what_is_wider_than_a_page_goes_down() -> None:
    numbers = Channel[int]("Numbers")
    stream: Stream[int] = numbers
    for _ in range(20):
        stream = stream.map(abs)
    end = Consumer(stream, name="end")
    root = ET.fromstring(numbers.graph().to_svg())
    assert float(root.get("width", "")) < PAGE < float(root.get("height", ""))
    boxes = [(float(box.get("x", "")), float(box.get("y", ""))) for box in root.iter(f"{SVG}rect")]
    assert len(boxes) == 22
    assert boxes == sorted(boxes, key=lambda box: box[1])
    end.close()


def test_down_is_across_turned() -> None:
    sizes = {"a": (90.0, 30.0), "b": (60.0, 40.0), "c": (50.0, 20.0)}
    edges = [("a", "b"), ("b", "c"), ("a", "c"), ("c", "b")]
    down = arrange_down({name: Place(*size) for name, size in sizes.items()}, edges)
    turned = arrange({name: Place(high, wide) for name, (wide, high) in sizes.items()}, edges, across=ROWS)
    assert (down.width, down.height) == (turned.height, turned.width)
    assert {name: (place.x, place.y, place.width, place.height) for name, place in down.places.items()} == {
        name: (place.y, place.x, place.height, place.width) for name, place in turned.places.items()
    }
    assert down.ways == {edge: [(y, x) for x, y in way] for edge, way in turned.ways.items()}
    assert down.places["a"].y + 30 + ROWS == down.places["b"].y


def test_saved_under_another_name_it_says_what_it_takes(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"ends with \.svg, \.mmd or \.dot"):
        Graph().save(tmp_path / "x.png")


def test_a_notebook_is_given_the_picture_and_the_text() -> None:
    graph = Channel[int]("Numbers").graph()
    assert graph._repr_mimebundle_() == {"image/svg+xml": graph._repr_svg_(), "text/plain": str(graph)}


def test_the_picture_in_the_docs_is_what_is_drawn_now() -> None:
    assert PICTURE.read_text(encoding="utf-8") == draw(), "run `python -m docs.graph`"


@pytest.mark.real_time
def test_pictures_are_loaded_when_one_is_asked_for() -> None:
    program = "import sys, async_channel; print([name for name in sys.modules if 'pictures' in name])"
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout == "[]\n"
