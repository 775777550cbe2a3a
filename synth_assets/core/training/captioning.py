"""Caption files of the training set.

Belongs here: ``exports/captions`` (``metadata.jsonl``, ``captions.csv``). Does not belong here: the
layouts of LoRA trainers (``concepts.py``), and making captions (``core/captions``).
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence

from synth_assets.core.records import ImageRecord

FOLDER = "exports/captions"


def caption_files(records: Sequence[ImageRecord], base: str) -> dict[str, bytes]:
    """Writes one caption a picture as JSON lines and as CSV.

    Args:
        records: rows of the training set with status ok.
        base: folder of the training set relative to the store root.
    """
    rows = [
        {
            "file_name": record.path.removeprefix(f"{base}/"),
            "text": record.captions.get("short", ""),
            "split": record.extra["split"],
        }
        for record in records
    ]
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, ["file_name", "text", "split"], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    return {f"{FOLDER}/metadata.jsonl": lines.encode(), f"{FOLDER}/captions.csv": buffer.getvalue().encode()}
