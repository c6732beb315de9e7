"""Layout: places for the boxes of a graph, in columns from left to right, with few crossings.

As Sugiyama's: a box stands right of all that it gets events from; an edge that is longer than one column has a place of
its own in each column between, so that it runs through no box; places in a column are in the order of the middle of
their neighbours. All is in the order it is given in, so the same graph has the same places.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final, TypeAlias

ACROSS: Final = 52.0
"""The room between two columns, for the edges (pixels)."""
ROWS: Final = 26.0
"""The same between two rows, where a graph goes from top to bottom (pixels)."""
DOWN: Final = 16.0
"""The room between two boxes of a column (pixels)."""
SWEEPS: Final = 8

Point: TypeAlias = tuple[float, float]


@dataclass(slots=True)
class Place:
    """Where something is: its size, and its top left corner (pixels)."""

    width: float
    height: float
    x: float = 0.0
    y: float = 0.0
    column: int = 0
    right: float = 0.0
    """Where its column ends."""

    @property
    def middle(self) -> float:
        """Half way down (pixels)."""
        return self.y + self.height / 2


@dataclass(slots=True)
class Arranged:
    """All places, the way of each edge through the columns, and the size of the whole (pixels)."""

    places: dict[str, Place]
    ways: dict[tuple[str, str], list[Point]]
    width: float
    height: float
    is_down: bool = False
    """Whether it goes from top to bottom."""


@dataclass(slots=True)
class _Net:
    """What has a place, boxes and bends of edges alike, and who is beside whom."""

    places: dict[object, Place]
    before: dict[object, list[object]] = field(default_factory=dict[object, list[object]])
    after: dict[object, list[object]] = field(default_factory=dict[object, list[object]])

    def join(self, start: object, end: object) -> None:
        """Two are in neighbouring columns, and an edge runs between them."""
        self.after.setdefault(start, []).append(end)
        self.before.setdefault(end, []).append(start)


def arrange_down(boxes: Mapping[str, Place], edges: Sequence[tuple[str, str]]) -> Arranged:
    """As `arrange`, but from top to bottom: for what would be wider than a page."""
    turned = {id: Place(box.height, box.width) for id, box in boxes.items()}
    found = arrange(turned, edges, across=ROWS)
    places = {id: Place(box.height, box.width, x=box.y, y=box.x) for id, box in turned.items()}
    ways = {edge: [(y, x) for x, y in way] for edge, way in found.ways.items()}
    return Arranged(places, ways, found.height, found.width, is_down=True)


def arrange(boxes: dict[str, Place], edges: Sequence[tuple[str, str]], *, across: float = ACROSS) -> Arranged:
    """Give each box its place, from left to right.

    Args:
        boxes: their sizes, by id.
        edges: from which box to which; circles are well.
        across: the room between two columns (pixels).
    """
    forward = _without_circles(boxes, edges)
    _set_columns(boxes, forward)
    net = _Net(dict[object, Place](boxes.items()))
    bends: dict[tuple[str, str], list[object]] = {}
    for edge in forward:
        start, end = edge
        steps: list[object] = [start]
        for column in range(boxes[start].column + 1, boxes[end].column):
            bend = (start, end, column)
            net.places[bend] = Place(0.0, 6.0, column=column)
            steps.append(bend)
        steps.append(end)
        for one, next in pairwise(steps):
            net.join(one, next)
        bends[edge] = steps
    columns = _columns(net)
    _order(net, columns)
    height = _set_heights(net, columns)
    width = _set_widths(net, columns, across)
    ways = {edge: _way(net, bends[edge] if edge in bends else _back(bends, edge)) for edge in edges}
    return Arranged(boxes, ways, width, height)


def _back(bends: dict[tuple[str, str], list[object]], edge: tuple[str, str]) -> list[object]:
    start, end = edge
    return bends[end, start][::-1] if (end, start) in bends else [start, end]


def _without_circles(boxes: Iterable[str], edges: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """The edges, but for those that lead back to where one came from."""
    after: dict[str, list[str]] = {box: [] for box in boxes}
    for start, end in edges:
        after[start].append(end)
    forward: list[tuple[str, str]] = []
    state: dict[str, int] = {}  # 1 is being walked, 2 has been
    for first, ends in after.items():
        if first in state:
            continue
        state[first] = 1
        path = [(first, iter(ends))]
        while path:
            box, others = path[-1]
            other = next(others, None)
            if other is None:
                state[box] = 2
                path.pop()
            elif state.get(other) != 1:
                forward.append((box, other))
                if other not in state:
                    state[other] = 1
                    path.append((other, iter(after[other])))
    return list(dict.fromkeys(forward))


def _set_columns(boxes: dict[str, Place], edges: list[tuple[str, str]]) -> None:
    """The longest way to a box says its column; what has nothing before it stands right before what comes after."""
    after: dict[str, list[str]] = {}
    waits = dict.fromkeys(boxes, 0)
    for start, end in edges:
        after.setdefault(start, []).append(end)
        waits[end] += 1
    heads = [box for box, count in waits.items() if not count]
    ready = list(heads)
    for box in ready:  # it grows as it is walked
        for other in after.get(box, ()):
            boxes[other].column = max(boxes[other].column, boxes[box].column + 1)
            waits[other] -= 1
            if not waits[other]:
                ready.append(other)
    for box in heads:
        if box in after:
            boxes[box].column = min(boxes[other].column for other in after[box]) - 1


def _columns(net: _Net) -> list[list[object]]:
    """Who stands in each column: neighbours of one box near each other, as a first order."""
    columns: list[list[object]] = [[] for _ in range(max((one.column for one in net.places.values()), default=-1) + 1)]
    seen: set[object] = set()
    for first in net.places:
        stack = [first]
        while stack:
            one = stack.pop()
            if one not in seen:
                seen.add(one)
                columns[net.places[one].column].append(one)
                stack += [*reversed(net.before.get(one, ())), *reversed(net.after.get(one, ()))]
    return columns


def _order(net: _Net, columns: list[list[object]]) -> None:
    """Sort each column by the middle of those beside it, to the right and back, and keep what crosses least."""
    best, fewest = [list(column) for column in columns], _crossings(net, columns)
    for sweep in range(SWEEPS):
        if not fewest:
            break
        rightwards = sweep % 2 == 0
        for column in columns if rightwards else reversed(columns):
            _sort(column, net.before if rightwards else net.after, columns, net)
        crossings = _crossings(net, columns)
        if crossings < fewest:
            best, fewest = [list(column) for column in columns], crossings
    for column, order in zip(columns, best, strict=True):
        column[:] = order


def _sort(column: list[object], beside: dict[object, list[object]], columns: list[list[object]], net: _Net) -> None:
    neighbours = {other for one in column for other in beside.get(one, ())}
    rank = {
        other: place
        for index in {net.places[other].column for other in neighbours}
        for place, other in enumerate(columns[index])
    }
    keys = {
        one: sum(rank[other] for other in beside[one]) / len(beside[one]) if one in beside else float(place)
        for place, one in enumerate(column)
    }
    column.sort(key=keys.__getitem__)


def _crossings(net: _Net, columns: list[list[object]]) -> int:
    """How many pairs of edges cross: counted from the right ends, in the order of the left ones."""
    count = 0
    for left, right in pairwise(columns):
        rank = {one: place for place, one in enumerate(right)}
        seen: list[int] = []
        for one in left:
            ends = sorted(rank[end] for end in net.after.get(one, ()))
            count += sum(1 for end in ends for other in seen if other > end)
            seen += ends
    return count


def _set_heights(net: _Net, columns: list[list[object]]) -> float:
    """Draw each to the middle of those beside it, as far as those above and below let it."""
    for column in columns:
        _spread(net, column, [0.0] * len(column))
    for sweep in range(SWEEPS):
        rightwards = sweep % 2 == 0
        for column in columns if rightwards else reversed(columns):
            wished = [
                _mean([net.places[other].middle for other in (net.before if rightwards else net.after).get(one, ())])
                for one in column
            ]
            places = [net.places[one] for one in column]
            _spread(
                net,
                column,
                [
                    place.y if wish is None else wish - place.height / 2
                    for place, wish in zip(places, wished, strict=True)
                ],
            )
    top = min((place.y for place in net.places.values()), default=0.0)
    for place in net.places.values():
        place.y -= top
    return max((place.y + place.height for place in net.places.values()), default=0.0)


def _mean(numbers: list[float]) -> float | None:
    return sum(numbers) / len(numbers) if numbers else None


def _spread(net: _Net, column: list[object], wished: list[float]) -> None:
    """Put a column's places where they wish to be, in their order and with room between: in groups that touch."""
    groups: list[tuple[float, float, int]] = []  # the sum of where its members wish it to begin, its height, its size
    for one, wish in zip(column, wished, strict=True):
        total, height, size = wish, net.places[one].height + DOWN, 1
        while groups and groups[-1][0] / groups[-1][2] + groups[-1][1] > total / size:
            before_total, before_height, before_size = groups.pop()
            total = before_total + total - before_height * size
            height += before_height
            size += before_size
        groups.append((total, height, size))
    members = iter(column)
    for total, _, size in groups:
        y = total / size
        for _ in range(size):
            place = net.places[next(members)]
            place.y = y
            y += place.height + DOWN


def _set_widths(net: _Net, columns: list[list[object]], across: float) -> float:
    x = 0.0
    for column in columns:
        width = max((net.places[one].width for one in column), default=0.0)
        for one in column:
            net.places[one].x = x
            net.places[one].right = x + width
            if not isinstance(one, str):
                net.places[one].width = width  # an edge runs straight through a column that is not its own
        x += width + across
    return max(0.0, x - across)


def _way(net: _Net, steps: list[object]) -> list[Point]:
    """The points of an edge: out of its start, level to where its column ends, through each between, into its end."""
    first, last = net.places[steps[0]], net.places[steps[-1]]
    if first.column >= last.column:  # back, apart from an edge that comes the other way
        between = [(place.right, place.x, place.middle) for place in map(net.places.__getitem__, steps[1:-1])]
        below = first.middle + first.height / 4
        points = [(first.x, below), (first.x, below)]
        for right, left, middle in between:
            points += [(right, middle), (left, middle)]
        return [*points, (last.x + last.width, last.middle + last.height / 4)]
    points = [(first.x + first.width, first.middle)]
    for step in steps[1:]:
        place = net.places[step]
        points += [(first.right, first.middle), (place.x, place.middle)]
        first = place
    return points
