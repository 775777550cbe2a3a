"""Stages: one card an asset, with counts, pictures, plots and facts of its partitions.

Belongs here: these cards. Does not belong here: what the sections before them say of single stages.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

from synth_assets.core.overview.markup import (
    View,
    counted,
    duration,
    file_name,
    raw_table,
    section,
    table,
    value,
    words,
)
from synth_assets.core.overview.reasons import Reject
from synth_assets.core.overview.summaries import (
    CAPTIONS_ENDING,
    CLUSTERS,
    SEQUENCES,
    TRAINING_SET,
    PartitionSummary,
    StageSummary,
)

MOST_PICTURED = 12
"""Partitions of a stage that are shown with pictures and facts."""
_MOST_REASONS = 3
_MOST_MISSING = 12
_MANY_PLOTS = 3
_ABOVE = {CLUSTERS: "clusters", SEQUENCES: "sequences", TRAINING_SET: "training"}
"""Stages whose pictures and plots have a section of their own."""
_SOURCES = {
    "captures": "put photos into data/inbox/",
    "frames": "synth add-character NAME --video FILM --references FOLDER",
    "reference_images": "put photos into a source folder of configs/sources.yaml",
}
"""What starts the assets that read the world."""


def stages_section(view: View) -> str:
    """All cards, group by group."""
    groups = list(dict.fromkeys(stage.group for stage in view.stages))
    body = "".join(
        f'<h3 class="group">{escape(words(group))}</h3>'
        + "".join(_stage(view, stage) for stage in view.stages if stage.group == group)
        for group in groups
    )
    return section("stages", "Every stage", body)


def _stage(view: View, stage: StageSummary) -> str:
    made = f"{stage.count('ok'):,} ok" if stage.partitions else "not made"
    made += "".join(f" · {stage.count(status):,} {status}" for status in ("rejected", "failed") if stage.count(status))
    parents = f" · from {', '.join(stage.parents)}" if stage.parents else ""
    body = _made(view, stage) if stage.partitions else _how_to_make(view, stage)
    return (
        f'<article class="card" id="{escape(stage.asset)}"><div class="head"><h3>{escape(stage.asset)}</h3>'
        f'<span class="made">{made}{escape(parents)}</span></div><p>{escape(stage.description)}</p>{body}</article>'
    )


def _how_to_make(view: View, stage: StageSummary) -> str:
    empty = [name for name in stage.parents if view.stage(name) is None]
    first = f"{', '.join(empty)} first, then " if empty else ""
    source = f"{_SOURCES[stage.asset]}, then " if stage.asset in _SOURCES else ""
    return (
        f'<p class="none">Not made yet: {escape(source or first)}<code>synth backfill --assets {escape(stage.asset)}'
        "</code></p>"
    )


def _made(view: View, stage: StageSummary) -> str:
    shown = stage.partitions[:MOST_PICTURED]
    missing = ", ".join(stage.missing[:_MOST_MISSING])
    more = f" and {len(stage.missing) - _MOST_MISSING} more" if len(stage.missing) > _MOST_MISSING else ""
    gap = (
        f'<p class="warn">Missing: {escape(missing)}{more}. <code>synth backfill --assets {escape(stage.asset)}'
        "</code></p>"
        if missing
        else ""
    )
    above = _ABOVE.get(stage.asset, "captions" if stage.asset.endswith(CAPTIONS_ENDING) else "")
    pictures = f'<p><a href="#{above}">Its pictures are above.</a></p>' if above else _pictures(view, shown)
    return gap + _partition_table(view, stage) + pictures + _facts(shown)


def _partition_table(view: View, stage: StageSummary) -> str:
    explained = any(part.rejects for part in stage.partitions)
    heads = ["partition", "ok", "objects", "rejected", "failed", "time"] + (["why"] if explained else []) + ["files"]
    numeric = [False, True, True, True, True, True] + ([False] if explained else []) + [False]
    rows: list[list[str]] = []
    for part in stage.partitions:
        rejected, failed = part.counts.get("rejected", 0), part.counts.get("failed", 0)
        why = [f'<span class="why">{_reasons(part.rejects)}</span>'] if explained else []
        rows.append(
            [
                escape(part.partition) or "all",
                _number(part.counts.get("ok", 0), "ok"),
                _number(part.objects),
                _number(rejected, "warn"),
                _number(failed, "bad"),
                duration(part.seconds) if part.seconds is not None else "–",
                *why,
                _links(view, part),
            ]
        )
    more = f"<p>and {counted(stage.unread, 'more partition')}, not counted on this page</p>" if stage.unread else ""
    return raw_table(heads, rows, numeric) + more


def _links(view: View, part: PartitionSummary) -> str:
    return " · ".join(view.link(path, file_name(path)) for path in part.files)


def _number(number: int, style: str = "") -> str:
    return f'<span class="{style}">{number:,}</span>' if number else "–"


def _reasons(rejects: Sequence[Reject]) -> str:
    shown = [f"{reject.count:,} × {escape(reject.reason)}" for reject in rejects[:_MOST_REASONS]]
    rest = len(rejects) - _MOST_REASONS
    return "<br>".join([*shown, f'<a href="#rejects">and {rest} more reasons</a>'] if rest > 0 else shown)


def _pictures(view: View, partitions: Sequence[PartitionSummary]) -> str:
    sheets = [
        _figure(view, part.sheet, part.partition, "contact sheet", f"of {part.counts.get('ok', 0):,} images")
        for part in partitions
        if part.sheet is not None
    ]
    plots = [
        _figure(view, data, part.partition, name, words(name))
        for part in partitions
        for name, data in part.plots.items()
    ]
    width = " single" if len(sheets) == 1 else ""
    few = " single" if len(plots) == 1 else " few" if len(plots) < _MANY_PLOTS else ""
    return (f'<div class="cards{width}">{"".join(sheets)}</div>' if sheets else "") + (
        f'<div class="plots{few}">{"".join(plots)}</div>' if plots else ""
    )


def _figure(view: View, data: bytes, partition: str, name: str, caption: str) -> str:
    where = f"<b>{escape(partition)}</b> · " if partition else ""
    return view.figure(data, f"{words(name)} of {partition or 'the whole set'}", where + escape(caption))


def _facts(partitions: Sequence[PartitionSummary]) -> str:
    parts: list[str] = []
    for part in partitions:
        plain = {name: thing for name, thing in part.details.items() if isinstance(thing, str | int | float)}
        listed: dict[str, Sequence[Any]] = {
            name: thing for name, thing in part.details.items() if isinstance(thing, list | tuple) and thing
        }
        if not plain and not listed:
            continue
        terms = "".join(f"<dt>{escape(words(name))}</dt><dd>{value(thing)}</dd>" for name, thing in plain.items())
        tables = "".join(f"<div>{_listed(name, things)}</div>" for name, things in listed.items())
        label = f"{part.partition}: " if part.partition else ""
        inner = (f"<dl>{terms}</dl>" if terms else "") + (f'<div class="tables">{tables}</div>' if tables else "")
        parts.append(f"<details><summary>{escape(label)}facts and figures</summary>{inner}</details>")
    return "".join(parts)


def _listed(name: str, things: Sequence[Any]) -> str:
    return table([thing if isinstance(thing, dict) else {"": thing} for thing in things], words(name))
