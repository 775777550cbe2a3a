"""The flow: a drawing of the assets and what each is made from, as inline SVG.

Belongs here: placing boxes in columns and drawing links. Does not belong here: the rest of the
page (``page.py``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from synth_assets.core.overview.summaries import StageSummary

_BOX_W, _BOX_H = 142, 40
_GAP_X, _GAP_Y = 44, 14
_PAD = 6
_DOT_PX = 4
_COLOURS = ("#2f6db3", "#2e8b57", "#b7791f", "#8e5bb5", "#c2557a", "#2b8a94", "#6b7280")


def flow_svg(stages: Sequence[StageSummary]) -> str:
    """Draws each stage as a box with its count, right of everything it is made from."""
    columns = _columns(stages)
    groups = {group: _COLOURS[i % len(_COLOURS)] for i, group in enumerate(dict.fromkeys(s.group for s in stages))}
    places = _places(stages, columns)
    bottom = max((y for _, y in places.values()), default=0)
    right = max((x for x, _ in places.values()), default=0)
    width, height = right + _BOX_W + _PAD, bottom + _BOX_H + _PAD
    links = [
        _link(places[parent], places[stage.asset])
        for stage in stages
        for parent in stage.parents
        if parent in places and parent != stage.asset
    ]
    boxes = [_box(stage, places[stage.asset], groups[stage.group]) for stage in stages]
    return (
        f'<svg viewBox="0 0 {width} {height}" role="group" aria-label="the flow of assets">'
        f"{''.join(links)}{''.join(boxes)}</svg>"
    )


def _columns(stages: Sequence[StageSummary]) -> dict[str, int]:
    parents = {stage.asset: [name for name in stage.parents if name != stage.asset] for stage in stages}
    columns = dict.fromkeys(parents, 0)
    # A graph of n assets settles in n rounds; the bound keeps a cycle from hanging the page.
    for _ in stages:
        for asset, names in parents.items():
            columns[asset] = max([columns[name] + 1 for name in names if name in columns], default=0)
    return {asset: min(column, len(stages)) for asset, column in columns.items()}


def _places(stages: Sequence[StageSummary], columns: Mapping[str, int]) -> dict[str, tuple[int, int]]:
    held: dict[int, list[str]] = {}
    for stage in stages:
        held.setdefault(columns[stage.asset], []).append(stage.asset)
    tallest = max((len(names) for names in held.values()), default=0)
    places: dict[str, tuple[int, int]] = {}
    for number, column in enumerate(sorted(held)):
        top = _PAD + (tallest - len(held[column])) * (_BOX_H + _GAP_Y) // 2
        for row, asset in enumerate(held[column]):
            places[asset] = (_PAD + number * (_BOX_W + _GAP_X), top + row * (_BOX_H + _GAP_Y))
    return places


def _link(start: tuple[int, int], end: tuple[int, int]) -> str:
    x0, y0 = start[0] + _BOX_W, start[1] + _BOX_H // 2
    x1, y1 = end[0], end[1] + _BOX_H // 2
    bend = _GAP_X // 2
    return f'<path d="M{x0} {y0} C{x0 + bend} {y0} {x1 - bend} {y1} {x1} {y1}"/>'


def _box(stage: StageSummary, place: tuple[int, int], colour: str) -> str:
    x, y = place
    name = escape(stage.asset)
    count = f"{stage.count('ok'):,}" if stage.partitions else "not made"
    if rejected := stage.count("rejected"):
        count += f", {rejected:,} rejected"
    return (
        f'<a href="#{name}"><title>{name}: {stage.standing}</title>'
        f'<rect class="box {stage.standing}" x="{x}" y="{y}" width="{_BOX_W}" height="{_BOX_H}" rx="8"/>'
        f'<rect x="{x}" y="{y + 6}" width="3.5" height="{_BOX_H - 12}" rx="1.7" fill="{colour}"/>'
        f'<circle class="{stage.standing}" cx="{x + _BOX_W - 10}" cy="{y + _BOX_H - 11}" r="{_DOT_PX}"/>'
        f'<text class="name" x="{x + 13}" y="{y + 17}">{name}</text>'
        f'<text class="count" x="{x + 13}" y="{y + 31}">{count}</text></a>'
    )
