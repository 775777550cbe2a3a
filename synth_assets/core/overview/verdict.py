"""The verdict: what speaks for and against the set, worst first.

Belongs here: reading verdicts off checks, counts and the training set's tables. Does not belong here: the checks
themselves.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Any, Literal

from synth_assets.core.overview.markup import View, counted, section, table, value, words
from synth_assets.core.overview.summaries import TRAINING_SET, Check, StageSummary

Mark = Literal["bad", "warn", "unknown", "ok"]
_ORDER: tuple[Mark, ...] = ("bad", "warn", "unknown", "ok")
_SIGNS: Mapping[Mark, tuple[str, str]] = {
    "bad": ("✕", "failed"),
    "warn": ("!", "look"),
    "unknown": ("–", "not judged"),
    "ok": ("✓", "good"),
}
_NOT_JUDGED = "not judged"
"""Words of checks that had too little to go by."""
_UNEVEN = 10.0
"""A class with this many times the objects of another dominates what a detector learns (long-tail sets begin there)."""
_SMALL_SPLIT = 20
"""Pictures below which one more hit or miss moves a score by five points."""


@dataclass(frozen=True)
class Line:
    """One verdict.

    Attributes:
        mark: how it stands.
        title: what was judged.
        text: what was found.
        target: id on the page where to read on.
        more: details, as HTML.
    """

    mark: Mark
    title: str
    text: str
    target: str
    more: str = ""


def verdict_section(view: View) -> str:
    """Lists all verdicts, the bad ones first."""
    lines = sorted(verdict_lines(view), key=lambda line: _ORDER.index(line.mark))
    return section("verdict", "Is it good?", f'<ul class="verdict">{"".join(map(_item, lines))}</ul>')


def verdict_lines(view: View) -> list[Line]:
    """Gives every verdict, in the order of the stages."""
    lines = [_check_line(stage, check) for stage in view.stages for check in stage.checks]
    return [*lines, *_failures(view), *_gaps(view), *_balance(view), *_splits(view), *_captions(view)]


def _check_line(stage: StageSummary, check: Check) -> Line:
    said = _found(check)
    mark: Mark = "ok" if check.passed else "bad" if check.severe else "warn"
    if check.passed is None or (check.passed and said.startswith(_NOT_JUDGED)):
        mark = "unknown"
    facts = {name: fact for name, fact in check.facts.items() if name != "verdict"}
    shown = "".join(f"<dt>{escape(words(name))}</dt><dd>{value(fact)}</dd>" for name, fact in facts.items())
    tables = "".join(f"<h4>{escape(words(name))}</h4>{table(rows)}" for name, rows in check.tables.items() if rows)
    more = f"<p>{escape(check.description)}</p>" + (f"<dl>{shown}</dl>" if shown else "") + tables
    return Line(mark, words(check.name), said, stage.asset, more)


def _found(check: Check) -> str:
    """What the check found, in a line: its own verdict, what it says of the slots, or its numbers."""
    if check.passed is None:
        return "not run yet"
    if said := str(check.facts.get("verdict") or ""):
        return said
    slots = check.tables.get("slots", ())
    if statuses := [str(row["status"]) for row in slots if "status" in row]:
        return _counts(statuses)
    if distances := [(float(str(row["distance"])), str(row.get("slot", ""))) for row in slots if "distance" in row]:
        unjudged = [str(row.get("slot", "")) for row in slots if str(row.get("limit", "")).startswith(_NOT_JUDGED)]
        if len(unjudged) == len(slots):
            return f"{_NOT_JUDGED}: too few pictures or photos in {', '.join(unjudged)}"
        rest = f"; too few to judge in {', '.join(unjudged)}" if unjudged else ""
        return f"distance up to {max(distances)[0]:.2f}, in {max(distances)[1]}, of {counted(len(slots), 'slot')}{rest}"
    numbers = [f"{words(name)} {value(fact)}" for name, fact in check.facts.items() if isinstance(fact, int | float)]
    return ", ".join(numbers) or check.description


def _counts(statuses: list[str]) -> str:
    """Slots by status, or the status alone where all agree."""
    found = Counter(statuses)
    if len(found) == 1:
        return f"{statuses[0]}: {counted(len(statuses), 'slot')}"
    return ", ".join(f"{status}: {counted(count, 'slot')}" for status, count in found.most_common())


def _failures(view: View) -> list[Line]:
    failed = {stage.asset: stage.count("failed") for stage in view.stages if stage.count("failed")}
    if not any(stage.partitions for stage in view.stages):
        return []
    if not failed:
        return [Line("ok", "no row failed", "Every row was made or rejected with a reason.", "rejects")]
    said = ", ".join(f"{name} {count:,}" for name, count in failed.items())
    return [
        Line("bad", counted(sum(failed.values()), "row") + " failed", f"{said}. A rerun tries them again.", "rejects")
    ]


def _gaps(view: View) -> list[Line]:
    gaps = [str(gap) for part in view.partitions(TRAINING_SET) for gap in part.details.get("gaps") or ()]
    if not view.stage(TRAINING_SET):
        return [Line("warn", "no training set", "It is not made yet; synth backfill makes everything.", TRAINING_SET)]
    if not gaps:
        return [
            Line("ok", "nothing is missing in the training set", "It took in every partition there is.", "training")
        ]
    return [Line("warn", counted(len(gaps), "partition") + " missing in the training set", ", ".join(gaps), "training")]


def _balance(view: View) -> list[Line]:
    rows = [row for part in view.partitions(TRAINING_SET) for row in part.rows("objects_by_class")]
    counts = {str(row.get("class")): int(row.get("objects", 0)) for row in rows}
    if len(counts) < 2:
        return []
    most, least = max(counts, key=lambda name: counts[name]), min(counts, key=lambda name: counts[name])
    ratio = counts[most] / max(1, counts[least])
    said = f"{most} has {counts[most]:,} objects, {least} has {counts[least]:,}: {ratio:.1f} times as many."
    return [Line("warn" if ratio > _UNEVEN else "ok", "balance of the classes", said, "training")]


def _splits(view: View) -> list[Line]:
    parts = view.partitions(TRAINING_SET)
    splits = [row for part in parts for row in part.rows("splits")]
    if not splits:
        return []
    small = [f"{row['split']} ({row['images']} images)" for row in splits if int(row.get("images", 0)) < _SMALL_SPLIT]
    absent = [
        f"{row.get('class')} in {name}"
        for part in parts
        for row in part.rows("objects_by_class")
        for name in (str(split["split"]) for split in splits)
        if not row.get(name)
    ]
    said = _joined([("too small to judge by: ", small), ("no example of ", absent)])
    shares = ", ".join(f"{row['split']} {_percent(row)}" for row in splits)
    return [Line("warn" if said else "ok", "splits", f"{said or shares}.", "training")]


def _percent(row: Mapping[str, Any]) -> str:
    return f"{100 * float(row.get('share') or 0):.0f}%"


def _joined(lists: list[tuple[str, list[str]]]) -> str:
    return "; ".join(f"{intro}{', '.join(names)}" for intro, names in lists if names)


def _captions(view: View) -> list[Line]:
    for part in view.partitions(TRAINING_SET):
        bare = part.number("without_caption")
        if bare is not None:
            said = f"{bare:,.0f} of {part.counts.get('ok', 0):,} images have no caption."
            return [Line("warn" if bare else "ok", "captions", said, "captions")]
    return []


def _item(line: Line) -> str:
    sign, meaning = _SIGNS[line.mark]
    said = f"<b>{escape(line.title)}</b> <span>{escape(line.text)}</span>"
    onward = f'<a href="#{escape(line.target)}">read on</a>'
    body = (
        f"<details><summary>{said}</summary>{line.more}<p>{onward}</p></details>" if line.more else f"{said} {onward}"
    )
    return (
        f'<li class="{line.mark}"><span class="sign" role="img" aria-label="{meaning}">{sign}</span>'
        f"<div>{body}</div></li>"
    )
