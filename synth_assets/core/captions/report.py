"""Report: what is shown and written of a partition's captions.

Belongs here: the table for others, counts, the worst captions. Does not belong here: making
captions (``captioning.py``) and how well they fit together (``fitting.py``).
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict

from upath import UPath

from synth_assets.core.captions.cleaning import has_artist, has_made_up_word
from synth_assets.core.captions.fitting import Fit
from synth_assets.core.records import ImageRecord

CSV_COLUMNS = ("image_id", "class", "slot_or_character", "image_name", "image_folder", "description")
SHOWN = 12
"""Rows of a table in the metadata."""
_DECIMALS = 4


def caption_csv(records: Sequence[ImageRecord]) -> bytes:
    """Gives the table of captions with CSV_COLUMNS, one line an ok row, short captions."""
    buffer = io.StringIO()
    table = csv.writer(buffer, lineterminator="\n")
    table.writerow(CSV_COLUMNS)
    for record in records:
        if record.status == "ok":
            path = UPath(record.path)
            kind, partition = record.extra["source_asset"], record.extra["source_partition"]
            folder = record.path.removesuffix(f"/{path.name}")
            table.writerow([record.id, kind, partition, path.name, folder, record.captions["short"]])
    return buffer.getvalue().encode()


def caption_details(rows: Sequence[ImageRecord], fit: Fit | None) -> Mapping[str, object]:
    """Gives the facts of a partition's ok rows; without rows only that there are none.

    Args:
        rows: captioned, ok.
        fit: how they fit their pictures; None without a scorer.
    """
    if not rows:
        return {"captions": 0}
    said = [record.captions["said"] for record in rows]
    per_source = Counter(str(record.extra["source_asset"]) for record in rows)
    step = max(1, len(rows) // SHOWN)
    return {
        "captions": len(rows),
        "distinct": len({record.captions["short"] for record in rows}),
        "mean_words": round(sum(len(record.captions["short"].split()) for record in rows) / len(rows), 2),
        "made_up_words_removed_from": sum(map(has_made_up_word, said)),
        "artists_removed_from": sum(map(has_artist, said)),
        "nothing_said_of": sum(not text.strip() for text in said),
        "captioner": ", ".join(sorted({str(record.extra["captioner"]) for record in rows})),
        "sources": [{"source": name, "captions": count} for name, count in sorted(per_source.items())],
        "examples": [{"image": record.path, "caption": record.captions["short"]} for record in rows[::step][:SHOWN]],
        **_scores(rows),
        **({f"fit_{name}": _rounded(value) for name, value in asdict(fit).items()} if fit else {}),
    }


def _scores(rows: Sequence[ImageRecord]) -> dict[str, object]:
    scored = [(float(score), record) for record in rows if (score := record.extra.get("caption_score")) is not None]
    if not scored:
        return {}
    worst = sorted(scored, key=lambda entry: (entry[0], entry[1].path))[:SHOWN]
    return {
        "scorer": str(rows[0].extra["scorer"]),
        "mean_caption_score": _rounded(sum(score for score, _ in scored) / len(scored)),
        "worst_captions": [
            {"image": record.path, "caption": record.captions["short"], "score": _rounded(score)}
            for score, record in worst
        ],
    }


def _rounded(value: object) -> object:
    return round(value, _DECIMALS) if isinstance(value, float) else value
