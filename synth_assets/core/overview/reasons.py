"""Reasons: rejected and failed rows grouped by why, with a few of their pictures.

Belongs here: which reasons are the same but for their numbers. Does not belong here: their table (``rejected.py``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from synth_assets.core.overview.examples import Example, picture_of
from synth_assets.core.records import ImageRecord, ImageSet, Status
from synth_assets.core.sheets import evenly

MOST_REASONS = 40
"""Of a partition; rarer ones are counted together."""
_PICTURES = 3
_VALUE = "…"
_REST = "other reasons"


@dataclass(frozen=True)
class Reject:
    """Rows with the same reason.

    Attributes:
        reason: the rows' own words where they agree; else with "…" in place of what differs from row to row.
        status: rejected or failed.
        count: rows.
        examples: pictures of some of them, captioned with the full reason.
    """

    reason: str
    status: Status
    count: int
    examples: Sequence[Example] = ()


def rejects_of(images: ImageSet, pictures: bool = True) -> list[Reject]:
    """Gives the reasons of rows that are not ok, most frequent first, at most MOST_REASONS and the rest together."""
    groups: dict[tuple[str, Status], list[ImageRecord]] = {}
    for row in images:
        if row.status != "ok":
            groups.setdefault((general(row.reason or row.status), row.status), []).append(row)
    ordered = sorted(groups.items(), key=lambda entry: (-len(entry[1]), entry[0]))
    found = [
        Reject(_words(reason, rows), status, len(rows), _examples(images, rows) if pictures else ())
        for (reason, status), rows in ordered[:MOST_REASONS]
    ]
    rest = ordered[MOST_REASONS:]
    return [*found, *_rest([(status, len(rows)) for (_, status), rows in rest])]


def _rest(counted: Sequence[tuple[Status, int]]) -> list[Reject]:
    sums: Counter[Status] = Counter()
    for status, count in counted:
        sums[status] += count
    return [Reject(_REST, status, count) for status, count in sums.items()]


def general(reason: str) -> str:
    """The reason with every word that holds a digit as "…": "score 0.59" and "score 0.6" are one reason."""
    words = [_masked(word) if any(letter.isdigit() for letter in word) else word for word in reason.split()]
    return " ".join(words)


def _masked(word: str) -> str:
    """Keeps brackets and punctuation around what differs."""
    core = word.strip("()[]{},;:.'\"")
    return word.replace(core, _VALUE, 1)


def _words(reason: str, rows: Sequence[ImageRecord]) -> str:
    said = {row.reason or row.status for row in rows}
    return said.pop() if len(said) == 1 else reason


def _examples(images: ImageSet, rows: Sequence[ImageRecord]) -> list[Example]:
    chosen = evenly([row for row in rows if row.path], _PICTURES)
    found = [picture_of(images, row, row.reason or row.status) for row in chosen]
    return [example for example in found if example is not None]
