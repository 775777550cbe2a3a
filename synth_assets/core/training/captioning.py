"""Caption and provenance files of the training set.

Belongs here: ``exports/captions`` (``metadata.jsonl``, ``captions.csv``) and
``exports/provenance.jsonl``. Does not belong here: the layouts of LoRA trainers, and making
captions (``core/captions``).
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from synth_assets.core.records import ImageRecord

FOLDER = "exports/captions"
PROVENANCE = "exports/provenance.jsonl"


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
    return {f"{FOLDER}/metadata.jsonl": _json_lines(rows), f"{FOLDER}/captions.csv": buffer.getvalue().encode()}


def provenance_file(records: Sequence[ImageRecord], sources: Mapping[str, ImageRecord], base: str) -> dict[str, bytes]:
    """Writes where each picture comes from, one JSON line each.

    Args:
        records: rows of the training set with status ok.
        sources: key of a row → the row it was copied from.
        base: folder of the training set relative to the store root.
    """
    return {PROVENANCE: _json_lines(_provenance(record, sources[record.key], base) for record in records)}


def _provenance(record: ImageRecord, source: ImageRecord, base: str) -> dict[str, Any]:
    return {
        "file_name": record.path.removeprefix(f"{base}/"),
        "id": record.id,
        "asset": source.asset,
        "partition": source.partition,
        "stored_as": source.path,
        "stored_id": source.id,
        "parents": list(source.parents),
        "source": source.source,
        "group": record.group,
        "split": record.extra["split"],
        "seed": source.seed,
        "prompt": source.prompt,
        "model": source.model,
        "licence": source.licence,
        "attribution": source.attribution,
    }


def _json_lines(rows: Iterable[Mapping[str, Any]]) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()
