"""The training set: splits, classes, licences, and the folders that a trainer reads.

Belongs here: the section. Does not belong here: the data card (``core/training/data_card.py``), which says all of it.
"""

from __future__ import annotations

from html import escape

from synth_assets.core.overview.markup import View, bar, counted, section, table
from synth_assets.core.overview.summaries import TRAINING_SET, PartitionSummary

_EXPORTS = f"{TRAINING_SET}/exports/"


def training_section(view: View) -> str:
    """Numbers of the training set, and links to its card and to each layout."""
    stage = view.stage(TRAINING_SET)
    if stage is None:
        body = f'<p class="none">No training set yet: <code>synth backfill --assets {TRAINING_SET}</code></p>'
        return section("training", "The training set", body)
    part = stage.partitions[0]
    gaps = [str(gap) for gap in part.details.get("gaps") or ()]
    missing = f'<p class="warn">Missing: {escape(", ".join(gaps))}</p>' if gaps else ""
    splits = bar([(str(row.get("split")), float(row.get("images", 0))) for row in part.rows("splits")])
    tables = "".join(
        f"<div>{table(rows, title)}</div>"
        for name, title in (("splits", "splits"), ("objects_by_class", "objects by class"), ("licences", "licences"))
        if (rows := part.rows(name))
    )
    summary = f"<p>{counted(part.counts.get('ok', 0), 'image')}, {counted(part.objects, 'labelled object')}.</p>"
    body = f'{summary}{missing}{splits}{_files(view, part)}<div class="tables">{tables}</div>{view.plots(part)}'
    return section("training", "The training set", body)


def _files(view: View, part: PartitionSummary) -> str:
    exports = [path for path in part.files if path.startswith(_EXPORTS)]
    documents = [path for path in part.files if path not in exports]
    links = [view.link(path, path.removeprefix(f"{TRAINING_SET}/")) for path in [*documents, *exports]]
    return '<ul class="links">' + "".join(f"<li>{link}</li>" for link in links) + "</ul>" if links else ""
