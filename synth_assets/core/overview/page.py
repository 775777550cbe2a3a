"""The page: one self-contained HTML file that walks the whole store.

Belongs here: turning summaries into HTML. Does not belong here: counting and contact sheets
(``summaries.py``), the drawing of the flow (``flow.py``), shrinking pictures (``pictures.py``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from synth_assets.core.overview.flow import flow_svg
from synth_assets.core.overview.pictures import budget_of, data_uri
from synth_assets.core.overview.style import CSS
from synth_assets.core.overview.summaries import PartitionSummary, StageSummary

_TRAINING_SET = "training_set"
_MANY_PLOTS = 3
_MOST_REASONS = 3
_MOST_TABLE_ROWS = 40


def overview_page(stages: Sequence[StageSummary], title: str = "synth_assets", subtitle: str = "") -> str:
    """Gives the whole page as HTML; it loads nothing and runs no script.

    Pictures share one budget of bytes, so a page over many partitions shows smaller ones.

    Args:
        stages: in the order of the page, stages of one group side by side.
        title: heading.
        subtitle: a line below it, for instance model set and store.
    """
    pictures = sum(len(part.plots) + (part.sheet is not None) for stage in stages for part in stage.partitions)
    budget = budget_of(pictures)
    groups = list(dict.fromkeys(stage.group for stage in stages))
    sections = [_group(group, [stage for stage in stages if stage.group == group], budget) for group in groups]
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{CSS}</style></head><body>"
        f'<div class="frame">{_navigation(stages, groups)}<main><h1>{escape(title)}</h1>'
        f"{f'<p>{escape(subtitle)}</p>' if subtitle else ''}{_tiles(stages)}{_hero(stages, budget)}"
        f'<h2>The flow</h2><div class="flow">{flow_svg(stages)}</div>{"".join(sections)}'
        "<footer>Made from the manifests of the store. Counts are images with status ok unless they say otherwise; "
        "contact sheets show rows spread evenly over the partition.</footer></main></div></body></html>\n"
    )


def _navigation(stages: Sequence[StageSummary], groups: Sequence[str]) -> str:
    parts: list[str] = []
    for group in groups:
        parts.append(f"<b>{escape(_words(group))}</b>")
        parts += [
            f'<a href="#{escape(stage.asset)}"><span>{escape(stage.asset)}</span><i>{stage.count("ok"):,}</i></a>'
            for stage in stages
            if stage.group == group
        ]
    return f"<nav>{''.join(parts)}</nav>"


def _tiles(stages: Sequence[StageSummary]) -> str:
    every = [part for stage in stages for part in stage.partitions]
    final = [stage for stage in stages if stage.asset == _TRAINING_SET]
    tiles: list[tuple[str, str]] = []
    for stage in final:
        tiles.append((f"{stage.count('ok'):,}", "images in the training set"))
        tiles.append((f"{sum(part.objects for part in stage.partitions):,}", "labelled objects"))
    tiles += [
        (f"{sum(stage.count('ok') for stage in stages if stage not in final):,}", "rows in the stages before"),
        (f"{sum(bool(stage.partitions) for stage in stages)}/{len(stages)}", "assets made"),
        (f"{len({part.partition for part in every if part.partition})}", "slots and characters"),
        (f"{sum(stage.count('rejected') for stage in stages):,}", "rejected, with a reason"),
        (f"{sum(stage.count('failed') for stage in stages):,}", "failed"),
    ]
    timed = [part.seconds for part in every if part.seconds is not None]
    if timed:
        tiles.append((_duration(sum(timed)), "of computing"))
    inner = "".join(f'<div class="tile"><b>{value}</b><span>{name}</span></div>' for value, name in tiles)
    return f'<div class="tiles">{inner}</div>'


def _hero(stages: Sequence[StageSummary], budget: int) -> str:
    for stage in stages:
        for part in stage.partitions if stage.asset == _TRAINING_SET else ():
            if part.sheet is not None:
                uri = data_uri(part.sheet, "sheet of the training set", budget)
                return f'<figure class="hero"><img alt="pictures of the training set" src="{uri}"></figure>'
    return ""


def _group(group: str, stages: Sequence[StageSummary], budget: int) -> str:
    return f"<h2>{escape(_words(group))}</h2>{''.join(_stage(stage, budget) for stage in stages)}"


def _stage(stage: StageSummary, budget: int) -> str:
    made = f"{stage.count('ok'):,} ok"
    made += "".join(f" · {stage.count(status):,} {status}" for status in ("rejected", "failed") if stage.count(status))
    parents = f" · from {', '.join(stage.parents)}" if stage.parents else ""
    body = (
        _partition_table(stage.partitions) + _sheets(stage.partitions, budget) + _facts(stage.partitions)
        if stage.partitions
        else '<p class="warn">Not made yet.</p>'
    )
    return (
        f'<section class="stage" id="{escape(stage.asset)}"><div class="head"><h3>{escape(stage.asset)}</h3>'
        f'<span class="made">{made}{escape(parents)}</span></div><p>{escape(stage.description)}</p>{body}</section>'
    )


def _partition_table(partitions: Sequence[PartitionSummary]) -> str:
    rows: list[str] = []
    explained = any(part.reasons for part in partitions)
    for part in partitions:
        why = f'<td class="why">{_reasons(part.reasons)}</td>' if explained else ""
        rejected, failed = part.counts.get("rejected", 0), part.counts.get("failed", 0)
        rows.append(
            f"<tr><td>{escape(part.partition) or 'all'}</td>{_number(part.counts.get('ok', 0), 'ok')}"
            f"{_number(part.objects)}{_number(rejected, 'warn')}{_number(failed, 'bad')}"
            f'<td class="n">{_duration(part.seconds) if part.seconds is not None else "–"}</td>'
            f"{why}</tr>"
        )
    heads = "".join(f'<th class="n">{name}</th>' for name in ("ok", "objects", "rejected", "failed", "time"))
    why = "<th>why rejected or failed</th>" if explained else ""
    return (
        f'<div class="wide"><table><thead><tr><th>partition</th>{heads}{why}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def _number(value: int, style: str = "") -> str:
    return f'<td class="n {style}">{value:,}</td>' if value else '<td class="n">–</td>'


def _reasons(reasons: Mapping[str, int]) -> str:
    ordered = sorted(reasons.items(), key=lambda pair: (-pair[1], pair[0]))
    shown = [f"{count} × {escape(reason)}" for reason, count in ordered[:_MOST_REASONS]]
    rest = len(ordered) - _MOST_REASONS
    return "<br>".join([*shown, f"and {rest} more reasons"] if rest > 0 else shown)


def _sheets(partitions: Sequence[PartitionSummary], budget: int) -> str:
    sheets = [
        _figure(part.sheet, part.partition, "contact sheet", f"{part.counts.get('ok', 0):,} images", budget)
        for part in partitions
        if part.sheet is not None
    ]
    plots = [
        _figure(data, part.partition, name, _words(name), budget)
        for part in partitions
        for name, data in part.plots.items()
    ]
    width = " single" if len(sheets) == 1 else ""
    few = " single" if len(plots) == 1 else " few" if len(plots) < _MANY_PLOTS else ""
    return (f'<div class="cards{width}">{"".join(sheets)}</div>' if sheets else "") + (
        f'<div class="plots{few}">{"".join(plots)}</div>' if plots else ""
    )


def _figure(data: bytes, partition: str, name: str, caption: str, budget: int) -> str:
    where = f"<b>{escape(partition)}</b> · " if partition else ""
    alt = escape(f"{name} {partition}".strip())
    uri = data_uri(data, f"{name} of {partition or 'the whole set'}", budget)
    image = f'<img loading="lazy" alt="{alt}" src="{uri}">'
    return f"<figure><figcaption>{where}{escape(caption)}</figcaption>{image}</figure>"


def _facts(partitions: Sequence[PartitionSummary]) -> str:
    parts: list[str] = []
    for part in partitions:
        plain = {name: value for name, value in part.details.items() if isinstance(value, str | int | float)}
        listed = {name: value for name, value in part.details.items() if isinstance(value, list | tuple) and value}
        if not plain and not listed:
            continue
        terms = "".join(f"<dt>{escape(_words(name))}</dt><dd>{_value(value)}</dd>" for name, value in plain.items())
        tables = "".join(f"<div><h4>{escape(_words(name))}</h4>{_table(value)}</div>" for name, value in listed.items())
        label = f"{part.partition}: " if part.partition else ""
        is_open = " open" if len(partitions) == 1 else ""
        inner = (f"<dl>{terms}</dl>" if terms else "") + (f'<div class="tables">{tables}</div>' if tables else "")
        parts.append(f"<details{is_open}><summary>{escape(label)}facts and figures</summary>{inner}</details>")
    return "".join(parts)


def _table(values: Sequence[Any]) -> str:
    rows = [value if isinstance(value, Mapping) else {"": value} for value in values]
    names = list(dict.fromkeys(name for row in rows for name in row))
    head = "".join(f"<th>{escape(_words(str(name)))}</th>" for name in names)
    body = "".join(
        "<tr>" + "".join(f"<td>{_value(row.get(name, ''))}</td>" for name in names) + "</tr>"
        for row in rows[:_MOST_TABLE_ROWS]
    )
    rest = len(rows) - _MOST_TABLE_ROWS
    more = f"<p>and {rest} more rows</p>" if rest > 0 else ""
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>{more}'


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    return escape(f"{value:.4g}" if isinstance(value, float) else str(value))


def _words(name: str) -> str:
    return name.replace("_", " ")


def _duration(seconds: float) -> str:
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} m {rest:02d} s" if minutes else f"{seconds:.1f} s"
