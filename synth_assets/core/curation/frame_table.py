"""Frame table: what was measured of every frame, as a CSV that a person reads.

Belongs here: which columns, in which order. Does not belong here: measuring (``analysis.py``) and what was decided on
the values (``decision_tables.py``).
"""

from __future__ import annotations

import csv
import io

from synth_assets.core.measure import FRAME_METRICS
from synth_assets.core.records import ImageRecord, ImageSet, Scalar

FRAME_TABLE = "frames.csv"
_WHERE = ("video", "time_s", "frame_index", "shot", "context_of", "context_offset")
_WHO = (
    *("shot_type", "target_found", "target_score", "other_score", "target_share", "target_side_px"),
    *("instance_count", "character_count", "others"),
)
_METRICS = tuple(column for name in FRAME_METRICS for column in (name, f"{name}_corrected"))
COLUMNS = ("frame", "status", "reason", "source", *_WHERE, *_WHO, *_METRICS)
DECIMALS = 4


def frame_table(images: ImageSet) -> bytes:
    """Gives a CSV with one row a frame, rejected and failed ones included, always with the same columns (COLUMNS).

    Numbers are rounded to DECIMALS; what a row does not have is empty.

    Args:
        images: rows of ``frame_analysis``.
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(_cells(record) for record in images)
    return buffer.getvalue().encode()


def _cells(record: ImageRecord) -> list[Scalar]:
    extra = [record.extra.get(name) for name in (*_WHERE, *_WHO, *_METRICS)]
    cells = [record.stem, record.status, record.reason, record.source, *extra]
    return [round(cell, DECIMALS) if isinstance(cell, float) else cell for cell in cells]
