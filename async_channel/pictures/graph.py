"""Graph: which channels, operators and consumers there are, how far each has come, and what flows where; plain data."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, TypeAlias

from async_channel.pictures import drawing
from async_channel.pictures.layout import Place, arrange, arrange_down

Kind: TypeAlias = Literal["channel", "operator", "source", "consumer", "callback", "subscriber"]
Lag: TypeAlias = Literal["", "warn", "bad"]

WARN: Final = 0.5
BAD: Final = 0.9
"""The shares of its capacity from which on a consumer that is behind is shown as one that lags, and as one in need."""
PAGE: Final = 1200.0
"""A graph that would be wider than this goes from top to bottom, if that is narrower: pages have an end (pixels)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A channel, an operator, or somebody at the end of a pipeline, at the moment it was looked at."""

    id: str
    """What edges call it."""
    kind: Kind
    """What it is. A source is what events come from that is no channel; a subscriber has no ledger, as in Rx."""
    name: str
    """A channel's or consumer's name, or an operator's."""
    detail: str = ""
    """The function that it calls, if it does; or what else there is to say."""
    event_type: str = ""
    """The type of what it lets through, or is given at the end, as it would be written; empty where it is not known."""
    capacity: int | None = None
    """How many events may be pending (a count); None where nothing waits."""
    count: int | None = None
    """Events sent through a channel, or handed to a consumer (a count); None where nobody counts."""
    pending: int | None = None
    """Events that wait for it, or that a channel keeps for its first consumer (a count)."""
    dropped: int | None = None
    """Events it lost (a count)."""

    @property
    def lag(self) -> Lag:
        """Whether it is behind by half of its capacity ("warn"), or by nine tenths ("bad")."""
        if self.kind not in ENDS or not self.capacity or self.pending is None:
            return ""  # an operator is as full as whoever is below it lets it be
        share = self.pending / self.capacity
        return "bad" if share >= BAD else "warn" if share >= WARN else ""

    @property
    def facts(self) -> tuple[str, ...]:
        """What there is to say of it beside its name: what it is, and its numbers."""
        what = self.kind + (f" of {self.event_type}" if self.event_type and self.kind == "channel" else "")
        what += f" {self.detail}" if self.detail else ""
        to = f"{'gets' if self.kind in ENDS else 'gives'} {self.event_type}"
        return tuple(
            fact for fact in (what, to * bool(self.event_type and self.kind != "channel"), *self.numbers) if fact
        )

    @property
    def numbers(self) -> tuple[str, ...]:
        """Its numbers, but for what it lost."""
        capacity, count, pending = self.capacity, self.count, self.pending
        if self.kind == "channel":
            waiting = f"{pending:,} kept" if pending else ""
            return tuple(x for x in (f"capacity {capacity:,}", f"{count:,} sent", waiting) if x)
        handed = () if count is None else (f"{count:,} handed",)
        return handed if pending is None else (*handed, f"{pending:,} of {capacity:,} pending")

    @property
    def losses(self) -> str:
        """What it lost, in words; empty where it lost nothing."""
        return f"{self.dropped:,} dropped" if self.dropped else ""

    def __str__(self) -> str:
        return f"{self.name}: {', '.join((*self.facts, *([self.losses] if self.losses else [])))}"


ENDS: Final = ("consumer", "callback", "subscriber")


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """What flows from one node to another."""

    start: str
    """The id of the node that events come from."""
    end: str
    """The id of the one that they go to."""
    rises: bool = False
    """Whether it is from a channel to its parent: one send reaches both."""


@dataclass(frozen=True, slots=True)
class Graph:
    """What is subscribed to what, at one moment. A notebook shows it as a picture.

    Nodes and edges are in an order that depends on the program alone: the same program gives the same text and picture.
    A callback that is a channel's own `send` is joined to it; what else a function does can't be seen.
    """

    nodes: tuple[Node, ...] = ()
    """Channels in the order in which they were opened, each with what hangs from it."""
    edges: tuple[Edge, ...] = ()
    """Each once."""

    def __str__(self) -> str:
        if not self.nodes:
            return "no channels"
        names = {node.id: node.name for node in self.nodes}
        lines: list[str] = []
        for node in self.nodes:
            lines.append(_line(str(node)))
            lines += [
                f"  {'rises to' if edge.rises else '->'} {_line(names[edge.end])}"
                for edge in self.edges
                if edge.start == node.id
            ]
        return "\n".join(lines)

    def to_mermaid(self) -> str:
        """As a Mermaid flowchart, which many pages of Markdown show as a picture.

        >>> from async_channel import Channel
        >>> print(Channel[int]("Numbers").graph().to_mermaid())
        flowchart LR
            n0[("Numbers<br/>channel of int<br/>capacity 1,024<br/>0 sent")]
        """
        lines = ["flowchart LR"]
        for node in self.nodes:
            before, after = _MERMAID.get(node.kind, ("[", "]"))
            shown = "<br/>".join(_mermaid(fact) for fact in _all_lines(node))
            lines.append(f'    {node.id}{before}"{shown}"{after}{f":::{node.lag}" if node.lag else ""}')
        lines += [f"    {edge.start} {'-.->' if edge.rises else '-->'} {edge.end}" for edge in self.edges]
        used = {node.lag for node in self.nodes}
        return "\n".join([*lines, *(style for lag, style in _MERMAID_STYLES.items() if lag in used)])

    def to_dot(self) -> str:
        """In Graphviz's language."""
        lines = ["digraph {", "    rankdir=LR", '    node [shape=box, style="rounded,filled", fillcolor="#f6f8fa"]']
        for node in self.nodes:
            label = "\\n".join(_dot(fact) for fact in _all_lines(node))
            shape = ', shape=cylinder, style="filled"' if node.kind == "channel" else ""
            lines.append(f'    {node.id} [label="{label}"{shape}{_DOT_COLOURS[node.lag]}]')
        lines += [f"    {edge.start} -> {edge.end}{' [style=dashed]' if edge.rises else ''}" for edge in self.edges]
        return "\n".join([*lines, "}"])

    def to_svg(self) -> str:
        """As a picture, from left to right, or down if it would be too wide: the same bytes for the same graph."""
        boxes = {
            node.id: drawing.box(
                node.name,
                _below(node),
                looks=node.lag or ("good" if node.kind == "channel" else "box"),
                loss=node.losses,
                tooltip=str(node),
                round_=node.kind == "operator",
            )
            for node in self.nodes
        }
        places = {id: Place(box.width, box.height) for id, box in boxes.items()}
        edges = [(edge.start, edge.end) for edge in self.edges]
        arranged = arrange(places, edges)
        if arranged.width > PAGE:
            arranged = min(arranged, arrange_down(places, edges), key=lambda one: one.width)
        dashed = {(edge.start, edge.end) for edge in self.edges if edge.rises}
        return drawing.picture(boxes, arranged, dashed)

    def save(self, path: str | Path) -> None:
        """Write it to a file: a picture to one that ends with ``.svg``, text to ``.mmd`` (Mermaid) or ``.dot``.

        Raises:
            ValueError: the name ends otherwise.
            OSError: the file can't be written.
        """
        path = Path(path)
        written = {".svg": self.to_svg, ".mmd": self.to_mermaid, ".dot": self.to_dot}.get(path.suffix.lower())
        if written is None:
            raise ValueError(f"save({str(path)!r}): the name ends with .svg, .mmd or .dot, which says what to write")
        path.write_text(written() + "\n", encoding="utf-8")

    def _repr_svg_(self) -> str:
        return self.to_svg()

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        """What a notebook shows: the picture, or the text where it has no place for pictures."""
        _ = include, exclude  # Jupyter may ask for less, and takes what it wants of all
        return {"image/svg+xml": self.to_svg(), "text/plain": str(self)}


_MERMAID: Final[dict[str, tuple[str, str]]] = {"channel": ("[(", ")]"), "operator": ("(", ")"), "source": ("([", "])")}
_MERMAID_STYLES: Final = {
    "warn": "    classDef warn fill:#fff8c5,stroke:#9a6700,color:#1b1f24",
    "bad": "    classDef bad fill:#ffebe9,stroke:#cf222e,color:#1b1f24",
}
_DOT_COLOURS: Final[dict[str, str]] = {
    "": "",
    "warn": ', fillcolor="#fff8c5", color="#9a6700"',
    "bad": ', fillcolor="#ffebe9", color="#cf222e"',
}


def _all_lines(node: Node) -> tuple[str, ...]:
    return tuple(fact for fact in (node.name, *node.facts, node.losses) if fact)


def _below(node: Node) -> tuple[str, ...]:
    """The lines below its name in a picture, where there is little room."""
    if node.kind == "channel":
        what = " ".join(
            part for part in (node.kind, "of" * bool(node.event_type), node.event_type, node.detail) if part
        )
    else:
        what = node.detail if node.kind == "operator" else f"{node.kind} {node.detail}"
    gives = f" → {node.event_type}" if node.event_type and node.kind in {"operator", "source"} else ""
    return tuple(line for line in ((what + gives).strip(), " · ".join(node.numbers)) if line)


def _line(text: str) -> str:
    """The text in one line, whatever it holds."""
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)


def _mermaid(text: str) -> str:
    """Text as Mermaid takes it between quotes; a page shows it as it is."""
    return "".join(
        character if character.isalnum() or character in _PLAIN else f"#{ord(character)};" for character in _line(text)
    )


_PLAIN: Final = frozenset(" .,:_-/+()[]|")


def _dot(text: str) -> str:
    return _line(text).replace("\\", "\\\\").replace('"', '\\"')
