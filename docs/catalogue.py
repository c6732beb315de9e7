"""Draws the marbles of the docstrings as pictures, for the site; on a code host they are the text that they are."""

from __future__ import annotations

import ast

from async_channel.pictures.lanes import Lane, Operator
from async_channel.pictures.marbles import draw
from async_channel.pictures.svg import width
from async_channel.testing import Diagram
from docs.marbles import Block, DrawingError, read_block

COLUMN = 20.0
"""How wide a second is (pixels), where there is room."""
WIDEST = 620.0


def drawn(text: str) -> str | None:
    """The marbles that a text is, as SVG; None where it is something else."""
    try:
        block = read_block(text)
    except (DrawingError, ValueError):
        return None
    if not any(lane.marks for _, lane in block.results):
        return None
    return _picture(block)


def _picture(block: Block) -> str:
    rows: list[Lane | Operator] = [_lane(lane, name) for name, lane in block.sources.items()]
    for call, lane in block.results:
        rows += [Operator(call), _lane(lane)]
    span = max(lane.width for lane in (*block.sources.values(), *(lane for _, lane in block.results)))
    words = max(width(call) for call, _ in block.results)
    told = "marbles: " + "; ".join([*block.sources, *(call for call, _ in block.results)])
    return draw(rows, span=span, plot=min(max(span * COLUMN, words), WIDEST), has_axis=False, label=told)


def _lane(lane: Diagram, name: str = "") -> Lane:
    return Lane(lane.marks, name=name, show=_shown)


def _shown(value: object) -> str:
    """A string without its quotes, as it is written in the docstring."""
    literal: object = ast.literal_eval(str(value))
    return literal if isinstance(literal, str) else str(value)
