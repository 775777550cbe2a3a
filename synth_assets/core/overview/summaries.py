"""Summaries: what the overview page shows of a stage.

Belongs here: the plain values the page is made from. Does not belong here: reading the store (the
caller does) and HTML (``page.py``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from synth_assets.core.records import ImageSet, Status
from synth_assets.core.sheets import sheet_of

SHEET_BYTES = 60_000


@dataclass(frozen=True)
class PartitionSummary:
    """One partition of one asset.

    Attributes:
        partition: its key, "" for none.
        counts: status → rows.
        objects: labelled objects of the rows with status ok.
        reasons: reason → rows that were rejected or failed.
        seconds: wall time of its last materialization; None where it is not known.
        sheet: contact sheet as JPEG or PNG.
        plots: name → PNG, JPEG or GIF (of a GIF the first frame is shown).
        details: facts: strings, numbers, or lists of flat dicts (tables).
    """

    partition: str
    counts: Mapping[Status, int]
    objects: int = 0
    reasons: Mapping[str, int] = field(default_factory=dict[str, int])
    seconds: float | None = None
    sheet: bytes | None = None
    plots: Mapping[str, bytes] = field(default_factory=dict[str, bytes])
    details: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True)
class StageSummary:
    """One asset with its partitions.

    Attributes:
        asset: its name.
        group: its Dagster group; stages of a group follow each other on the page.
        description: what it is, in a sentence or two.
        partitions: those that are stored.
        parents: assets it is made from, for the flow at the top of the page.
    """

    asset: str
    group: str
    description: str
    partitions: Sequence[PartitionSummary]
    parents: Sequence[str] = ()

    def count(self, status: Status) -> int:
        """Rows of this status over all partitions."""
        return sum(partition.counts.get(status, 0) for partition in self.partitions)


def summarize(
    partition: str,
    images: ImageSet,
    *,
    seconds: float | None = None,
    plots: Mapping[str, bytes] | None = None,
    details: Mapping[str, Any] | None = None,
    captions: bool = False,
    limit: int = 12,
) -> PartitionSummary:
    """Counts a partition's rows and makes its contact sheet.

    Args:
        partition: its key.
        images: all its rows.
        seconds: wall time of its last materialization, where known.
        plots: pictures to show beside the sheet.
        details: facts to show.
        captions: write the captions under the sheet's pictures.
        limit: pictures on the sheet.
    """
    return PartitionSummary(
        partition,
        images.counts,
        sum(len(row.objects) for row in images.ok),
        images.reasons,
        seconds,
        sheet_of(images, limit, captions=captions, max_bytes=SHEET_BYTES),
        plots or {},
        details or {},
    )
