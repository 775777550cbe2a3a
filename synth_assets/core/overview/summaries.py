"""Summaries: what the overview page shows of a stage.

Belongs here: the plain values the page is made from, and counting a partition's rows. Does not belong here: reading the
store (the caller does), pictures of single rows (``examples.py``) and HTML (the sections).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from synth_assets.core.overview.examples import (
    Example,
    caption_examples,
    label_examples,
    moved_examples,
    sequence_examples,
)
from synth_assets.core.overview.reasons import Reject, rejects_of
from synth_assets.core.records import ImageSet, Scalar, Status

CAPTIONS_ENDING = "_captions"
"""Ending of the names of assets whose rows are captions of other assets' pictures."""
CLUSTERS = "caption_clusters"
DECISIONS = "strategy_decisions"
SEQUENCES = "image_sequences"
TRAINING_SET = "training_set"

Standing = Literal["made", "partial", "bad", "missing"]


@dataclass(frozen=True)
class Check:
    """The last result of one asset check.

    Attributes:
        name: of the check.
        description: what it judges.
        passed: its verdict; None where it was not run yet.
        severe: its failure is an error, not a warning.
        facts: scalars of its metadata.
        tables: its tables, name → rows.
    """

    name: str
    description: str
    passed: bool | None = None
    severe: bool = False
    facts: Mapping[str, Scalar] = field(default_factory=dict[str, Scalar])
    tables: Mapping[str, Sequence[Mapping[str, Scalar]]] = field(
        default_factory=dict[str, Sequence[Mapping[str, Scalar]]]
    )


@dataclass(frozen=True)
class PartitionSummary:
    """One partition of one asset.

    Attributes:
        partition: its key, "" for none.
        counts: status → rows.
        objects: labelled objects of the rows with status ok.
        rejects: why rows were rejected or failed, most frequent first.
        seconds: wall time of its last materialization; None where it is not known.
        sheet: contact sheet as JPEG or PNG.
        plots: name → PNG, JPEG or GIF (of a GIF the first frame is shown).
        details: facts: strings, numbers, or lists of flat dicts (tables).
        labels: class → a few of its objects, outlined; only where asked for.
        captions: captioned pictures spread over the rows; where they are scored, the worst come first.
        moved: frames that the balance gave another strategy than the rules.
        sequences: previews of ordered pictures, each with the file it is of.
        files: paths of its tables, documents and folders, relative to the store's root.
    """

    partition: str
    counts: Mapping[Status, int]
    objects: int = 0
    rejects: Sequence[Reject] = ()
    seconds: float | None = None
    sheet: bytes | None = None
    plots: Mapping[str, bytes] = field(default_factory=dict[str, bytes])
    details: Mapping[str, Any] = field(default_factory=dict[str, Any])
    labels: Mapping[str, Sequence[Example]] = field(default_factory=dict[str, Sequence[Example]])
    captions: Sequence[Example] = ()
    moved: Sequence[Example] = ()
    sequences: Sequence[Example] = ()
    files: Sequence[str] = ()

    def rows(self, table: str) -> list[Mapping[str, Any]]:
        """A table of the details; empty where there is none of that name."""
        found: Any = self.details.get(table)
        values: list[Any] = found if isinstance(found, list) else []
        return [row for row in values if isinstance(row, Mapping)]

    def number(self, name: str) -> float | None:
        """A number of the details; None where there is none of that name."""
        value = self.details.get(name)
        return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


@dataclass(frozen=True)
class StageSummary:
    """One asset with its partitions.

    Attributes:
        asset: its name.
        group: its Dagster group; stages of a group follow each other on the page.
        description: what it is, in a sentence or two.
        partitions: those that are stored.
        parents: assets it is made from, for the flow at the top of the page.
        missing: partitions that are defined and not stored.
        unread: stored partitions that were left out, so that the page stays bounded.
        checks: its asset checks with their last results.
    """

    asset: str
    group: str
    description: str
    partitions: Sequence[PartitionSummary]
    parents: Sequence[str] = ()
    missing: Sequence[str] = ()
    unread: int = 0
    checks: Sequence[Check] = ()

    def count(self, status: Status) -> int:
        """Rows of this status over all partitions."""
        return sum(partition.counts.get(status, 0) for partition in self.partitions)

    @property
    def standing(self) -> Standing:
        """How far it is: a failed row or check is bad, a partition that is not there makes it partial."""
        if not self.partitions:
            return "missing"
        if self.count("failed") or any(check.passed is False for check in self.checks):
            return "bad"
        return "partial" if self.missing else "made"


def summarize(
    asset: str,
    partition: str,
    images: ImageSet,
    *,
    seconds: float | None = None,
    sheet: bytes | None = None,
    plots: Mapping[str, bytes] | None = None,
    details: Mapping[str, Any] | None = None,
    labels: bool = False,
    pictures: bool = True,
    files: Sequence[str] = (),
) -> PartitionSummary:
    """Counts a partition's rows and takes a bounded number of examples from them.

    Args:
        asset: the asset's name; says which examples are worth showing.
        partition: its key.
        images: all its rows.
        seconds: wall time of its last materialization, where known.
        sheet: its contact sheet.
        plots: pictures to show beside the sheet.
        details: facts to show.
        labels: take objects of each class.
        pictures: take pictures at all; False for partitions beyond those that are shown.
        files: paths to link, relative to the store's root.
    """
    return PartitionSummary(
        partition,
        images.counts,
        sum(len(row.objects) for row in images.ok),
        rejects_of(images, pictures),
        seconds,
        sheet if pictures else None,
        (plots or {}) if pictures else {},
        details or {},
        label_examples(images) if labels and pictures else {},
        caption_examples(images) if asset.endswith(CAPTIONS_ENDING) and pictures else (),
        moved_examples(images) if asset == DECISIONS and pictures else (),
        sequence_examples(images) if asset == SEQUENCES and pictures else (),
        files,
    )
