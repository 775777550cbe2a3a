"""What was thrown away: every reason with its count and a few pictures, in one table that can be searched.

Belongs here: the section. Does not belong here: grouping reasons (``reasons.py``).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from typing import Literal

from synth_assets.core.overview.examples import Example
from synth_assets.core.overview.markup import View, counted, section
from synth_assets.core.overview.reasons import Reject, general
from synth_assets.core.overview.summaries import StageSummary
from synth_assets.core.records import Status

_ATTEMPTS = "rejected_objects"
_PICTURES = 3
_MOST_WITH_PICTURES = 40
_MOST_ROWS = 300
_MOST_PARTITIONS = 6


@dataclass
class _Row:
    asset: str
    reason: str
    status: Status | Literal["attempt"]
    count: int = 0
    partitions: dict[str, int] = field(default_factory=dict[str, int])
    examples: list[Example] = field(default_factory=list[Example])


def rejected_section(view: View) -> str:
    """Shows reasons over all partitions of a stage together, most frequent first, failed ones before rejected ones."""
    rows = sorted(
        (row for stage in view.stages for row in _rows(stage)), key=lambda row: (row.status != "failed", -row.count)
    )
    if not rows:
        body = '<p class="none">Nothing was rejected and nothing failed.</p>'
        return section("rejects", "What was thrown away, and why", body)
    lines = "".join(_line(view, row, place < _MOST_WITH_PICTURES) for place, row in enumerate(rows[:_MOST_ROWS]))
    rest = len(rows) - _MOST_ROWS
    more = f"<p>and {rest:,} more reasons, in the manifests</p>" if rest > 0 else ""
    total = sum(row.count for row in rows)
    body = (
        f"<p>{counted(total, 'time')} for {counted(len(rows), 'reason')}. Rejected rows stay in their manifest, and "
        "their pictures under <code>rejected/</code>; attempts are single objects, painted anew or left out.</p>"
        '<p class="search" hidden><label>Search <input type="search" data-filter="reject-rows" '
        'placeholder="stage, partition or reason"></label> <output></output></p>'
        '<div class="wide" tabindex="0"><table id="reject-rows"><thead><tr><th scope="col">stage</th>'
        '<th scope="col" class="n">times</th><th scope="col">why</th><th scope="col">where</th>'
        f'<th scope="col">for instance</th></tr></thead><tbody>{lines}</tbody></table></div>{more}'
    )
    return section("rejects", "What was thrown away, and why", body)


def _rows(stage: StageSummary) -> list[_Row]:
    found: dict[tuple[str, Status], _Row] = {}
    for part in stage.partitions:
        for reject in part.rejects:
            row = found.setdefault(_key(reject), _Row(stage.asset, reject.reason, reject.status))
            row.count += reject.count
            if part.partition:
                row.partitions[part.partition] = row.partitions.get(part.partition, 0) + reject.count
            row.examples += reject.examples
    return [*found.values(), *_attempts(stage)]


def _attempts(stage: StageSummary) -> list[_Row]:
    """Objects that were painted and refused, of the stages that count them by class and reason."""
    found: dict[str, _Row] = {}
    for part in stage.partitions:
        for values in part.rows(_ATTEMPTS):
            reason = general(str(values.get("reason", "")))
            row = found.setdefault(reason, _Row(stage.asset, reason, "attempt"))
            count = int(values.get("attempts", 0))
            row.count += count
            label = str(values.get("class", ""))
            row.partitions[label] = row.partitions.get(label, 0) + count
    return list(found.values())


def _key(reject: Reject) -> tuple[str, Status]:
    return reject.reason, reject.status


def _line(view: View, row: _Row, pictures: bool) -> str:
    where = [f"{name} {count:,}" for name, count in sorted(row.partitions.items(), key=lambda pair: -pair[1])]
    shown = ", ".join(where[:_MOST_PARTITIONS])
    shown += f" and {len(where) - _MOST_PARTITIONS} more" if len(where) > _MOST_PARTITIONS else ""
    thumbs = "".join(view.thumbnail(example, "") for example in row.examples[:_PICTURES]) if pictures else ""
    style = "bad" if row.status == "failed" else "warn"
    return (
        f'<tr><td><a href="#{escape(row.asset)}">{escape(row.asset)}</a><br>'
        f'<span class="{style}">{row.status}</span></td>'
        f'<td class="n">{row.count:,}</td><td class="why">{escape(row.reason)}</td><td>{escape(shown)}</td>'
        f'<td><div class="thumbs small">{thumbs}</div></td></tr>'
    )
