"""The chart: grouped horizontal bars on a log scale, as an SVG that reads well on light and dark pages."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from benchmarks import keys, model, tasks
from benchmarks.contenders import LIMITS, OURS, Contenders
from benchmarks.operator_chart import operator_part
from benchmarks.runner import Outcome
from benchmarks.scale import Scale, time_text

_SHOWN = (
    *((model.fan_out_name("async-for", count), f"read one by one, {count}") for count in model.FAN_OUT),
    (model.fan_out_name("batches", 64), "read in batches, 64"),
    (model.fan_out_name("callbacks", 64), "callbacks, 64"),
    (model.PIPELINE, ""),
    (keys.FAMILY, ""),
    (tasks.FAMILY, ""),
    (model.LATENCY, ""),
)
_OFF_THE_SCALE = 1e6
"""Nanoseconds; a bar of more would leave the others no room. The table has it."""
_WIDTH, _LEFT, _RIGHT = 920, 230, 130
_ROW, _BAR, _HEAD, _GAP, _TOP = 19, 13, 24, 14, 102

_STYLE = """
  svg { color-scheme: light dark; }
  .page { fill: #ffffff; } text { fill: #1f2328; font: 12px system-ui, "DejaVu Sans", sans-serif; }
  text { paint-order: stroke; stroke: #ffffff; stroke-width: 4px; stroke-linejoin: round; }
  .title { font-size: 17px; font-weight: 600; } .soft { fill: #59636e; } .group { font-weight: 600; }
  .end { text-anchor: end; } .mid { text-anchor: middle; } .grid { stroke: #d1d9e0; stroke-width: 1; }
  .ours { fill: #0969da; } .more { fill: #7cb5f5; } .peer { fill: #a4adb8; } .limit { fill: #d9a13b; }
  @media (prefers-color-scheme: dark) {
    .page { fill: #0d1117; } text { fill: #e6edf3; stroke: #0d1117; }
    .soft { fill: #9198a1; } .grid { stroke: #2d343d; }
    .ours { fill: #4493f8; } .more { fill: #24528f; } .peer { fill: #596370; } .limit { fill: #b8862d; }
  }
"""


def _kind(name: str) -> str:
    if name == OURS:
        return "ours"
    if name in LIMITS:
        return "limit"
    return "more" if name.startswith(" ") else "peer"


def _title(outcome: Outcome, note: str) -> str:
    """A group's heading, with the unit that its bars have."""
    workload = outcome.workload
    if workload.family.startswith("fan-out"):
        return f"Fan-out, {note} consumer{'' if note.endswith(' 1') else 's'}: time a delivery"
    if workload.name == model.LATENCY:
        return "Wake-up: send to get with the consumer waiting, p50"
    if workload.name == keys.FAMILY:
        return "Keys, 10,000 subscribed: time an event"
    return f"{workload.title}: time an event"


def _legend(y: int) -> list[str]:
    parts: list[str] = []
    x = _LEFT
    for kind, text, width in (
        ("ours", "async_channel", 112),
        ("more", "async_channel, another way", 184),
        ("peer", "others", 66),
        ("limit", "the limit: by hand, or nothing but a call", 0),
    ):
        parts.append(f'<rect class="{kind}" x="{x}" y="{y - 10}" width="11" height="11" rx="2"/>')
        parts.append(f'<text x="{x + 16}" y="{y}">{text}</text>')
        x += width + 16
    return parts


def _names(outcome: Outcome, contenders: Contenders) -> list[str]:
    """Whose bars a workload has, the fastest first."""
    times = {name: figures[outcome.workload.key] for name, figures in outcome.medians.items()}
    names = [peer.name for peer in contenders.peers if times.get(peer.name, _OFF_THE_SCALE) < _OFF_THE_SCALE]
    return sorted(names, key=times.__getitem__)


def _group(y: int, title: str, outcome: Outcome, contenders: Contenders, scale: Scale) -> list[str]:
    """The bars of one workload, the fastest first."""
    key = outcome.workload.key
    parts = [f'<text class="group" x="{_LEFT}" y="{y + 14}">{escape(title)}</text>']
    y += _HEAD
    for name in _names(outcome, contenders):
        value = outcome.medians[name][key]
        end = scale.x(value)
        text = y + _BAR - 2
        label = name.strip()
        if label.startswith("with "):
            label = f"async_channel {label}"
        times = None if name == OURS else outcome.ratio(name, OURS)
        ratio = "" if times is None else f'<tspan class="soft" dx="6">{times:.2f} x</tspan>'
        parts += [
            f'<text class="end" x="{_LEFT - 8}" y="{text}">{escape(label)}</text>',
            f'<rect class="{_kind(name)}" x="{_LEFT}" y="{y}" width="{end - _LEFT:.1f}" height="{_BAR}" rx="2"/>',
            f'<text x="{end + 6:.1f}" y="{text}">{time_text(value)}{ratio}</text>',
        ]
        y += _ROW
    return parts


def _groups(outcomes: Mapping[str, Outcome], contenders: Contenders, y: int) -> tuple[list[str], int]:
    """All workloads that have bars on one common scale, and the height where they end."""
    shown = [(outcomes[name], note) for name, note in _SHOWN if name in outcomes and outcomes[name].medians]
    if not shown:
        return [], y
    top = y
    times = [one.medians[name][one.workload.key] for one, _ in shown for name in _names(one, contenders)]
    scale = Scale(times, _LEFT, _WIDTH - _RIGHT)
    bars: list[str] = []
    for outcome, note in shown:
        bars += _group(y, _title(outcome, note), outcome, contenders, scale)
        y += _HEAD + _ROW * len(_names(outcome, contenders)) + _GAP
    grid: list[str] = []
    for decade in range(scale.low, scale.high + 1):
        x = scale.x(10.0**decade)
        grid.append(f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{top - 4}" y2="{y}"/>')
        grid.extend(
            f'<text class="soft mid" x="{x:.1f}" y="{label}">{time_text(10.0**decade)}</text>'
            for label in (top - 10, y + 16)
        )
    return [*grid, *bars], y + 28


def chart(outcomes: Mapping[str, Outcome], contenders: Contenders) -> str:
    """The SVG document. Workloads that were not run are left out of it."""
    groups, y = _groups(outcomes, contenders, _TOP)
    operators, y = operator_part(outcomes, y)
    height = y + _GAP
    title = "Time for an event to reach a consumer"
    subtitle = "Log scale, less is better; x: how many times what async_channel takes."
    size = f'width="{_WIDTH}" height="{height}" viewBox="0 0 {_WIDTH} {height}"'
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img">',
            "<title>async_channel beside other ways to carry events</title>",
            f"<style>{_STYLE}</style>",
            f'<rect class="page" width="{_WIDTH}" height="{height}"/>',
            f'<text class="title" x="{_LEFT}" y="26">{title}</text>',
            f'<text class="soft" x="{_LEFT}" y="45">{subtitle}</text>',
            *_legend(67),
            *groups,
            *operators,
            "</svg>",
            "",
        ]
    )
