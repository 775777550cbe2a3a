"""Tables of the data card: what the rows of the training set add up to.

Belongs here: counting. Does not belong here: writing it down (``data_card.py``) and drawing it
(``card_plots.py``).
"""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Sequence

from synth_assets.core.records import ImageRecord
from synth_assets.core.training.splits import SPLITS

Row = dict[str, str | int | float]
_WORST = 5


def totals(records: Sequence[ImageRecord]) -> dict[str, int]:
    """What the whole set adds up to.

    Args:
        records: all rows, rejected and failed ones included; only those with status ok count as images.
    """
    kept = [record for record in records if record.status == "ok"]
    return {
        "images": len(kept),
        "objects": objects_in(kept),
        "classes": len({item.label for record in kept for item in record.objects}),
        "negatives": sum(not record.objects for record in kept),
        "without_caption": sum(not record.captions.get("short") for record in kept),
        "near_duplicates": sum(record.status == "rejected" for record in records),
        "failed": sum(record.status == "failed" for record in records),
    }


def by_source(records: Sequence[ImageRecord]) -> list[Row]:
    """Images, objects, splits and near-duplicates of each source partition."""
    sources: dict[tuple[str, str], list[ImageRecord]] = {}
    for record in records:
        if record.status != "failed":
            sources.setdefault(source_of(record), []).append(record)
    rows: list[Row] = []
    for (asset, partition), own in sorted(sources.items()):
        kept = [record for record in own if record.status == "ok"]
        row: Row = {"asset": asset, "partition": partition, "images": len(kept), "objects": objects_in(kept)}
        row |= {split: _held(kept, split) for split in SPLITS}
        row["near-duplicates"] = sum(record.status == "rejected" for record in own)
        rows.append(row)
    return rows


def by_class(records: Sequence[ImageRecord]) -> list[Row]:
    """Objects and images of each class, by split; most frequent first."""
    counts: Counter[tuple[str, str]] = Counter()
    holders: Counter[str] = Counter()
    for record in records:
        holders.update({item.label for item in record.objects})
        counts.update((item.label, str(record.extra["split"])) for item in record.objects)
    rows: list[Row] = [
        {
            "class": label,
            "objects": sum(counts[label, split] for split in SPLITS),
            "images": holders[label],
            **{split: counts[label, split] for split in SPLITS},
        }
        for label in sorted(holders)
    ]
    return sorted(rows, key=lambda row: -int(row["objects"]))


def by_split(records: Sequence[ImageRecord]) -> list[Row]:
    """Images, objects and groups of each split, with its real share of the images."""
    total = max(1, len(records))
    rows: list[Row] = []
    for split in SPLITS:
        own = [record for record in records if record.extra["split"] == split]
        groups = len({record.group for record in own})
        share = round(len(own) / total, 3)
        rows.append({"split": split, "images": len(own), "share": share, "objects": objects_in(own), "groups": groups})
    return rows


def by_origin(records: Sequence[ImageRecord]) -> list[Row]:
    """Images of each licence and attribution; most frequent first."""
    counts = Counter((record.licence or "unknown", record.attribution) for record in records)
    return [{"licence": licence, "attribution": who, "images": count} for (licence, who), count in counts.most_common()]


def by_model(records: Sequence[ImageRecord]) -> list[Row]:
    """Images that each model had a part in; most frequent first."""
    models = [model for record in records for model in dict.fromkeys(_models(record))]
    return [{"model": model, "images": count} for model, count in Counter(models).most_common()]


def _models(record: ImageRecord) -> list[str]:
    captioner = str(record.extra.get("captioner") or "")
    return [name for name in (*record.model.split(" + "), captioner) if name]


def caption_facts(records: Sequence[ImageRecord]) -> list[Row]:
    """Captions, distinct ones, their words, and their scores where they have some, as facts with values."""
    texts = captions_of(records)
    if not texts:
        return []
    words = [len(text.split()) for text in texts]
    scores = scores_of(records)
    facts: dict[str, str | int | float] = {
        "captions": len(texts),
        "distinct": len(set(texts)),
        "images without": len(records) - len(texts),
        "words, fewest": min(words),
        "words, mean": round(statistics.fmean(words), 1),
        "words, most": max(words),
        "different words": len({word for text in texts for word in text.lower().split()}),
    }
    if scores:
        facts |= {
            "scored": len(scores),
            "score, lowest": round(min(scores), 3),
            "score, median": round(statistics.median(scores), 3),
            "score, highest": round(max(scores), 3),
        }
    return [{"fact": name, "value": value} for name, value in facts.items()]


def captions_of(records: Sequence[ImageRecord]) -> list[str]:
    """The short captions that are there."""
    return [text for record in records if (text := record.captions.get("short", ""))]


def scores_of(records: Sequence[ImageRecord]) -> list[float]:
    """How well captions fit their pictures, of those that were scored."""
    return [score for record in records if isinstance(score := record.extra.get("caption_score"), float)]


def worst_captions(records: Sequence[ImageRecord]) -> list[Row]:
    """The five captions that fit their picture least; empty where none was scored."""
    scored = [(float(record.extra["caption_score"] or 0), record) for record in records if scores_of([record])]
    scored.sort(key=lambda pair: (pair[0], pair[1].key))
    return [
        {"picture": record.key, "score": round(score, 3), "caption": record.captions.get("short", "")}
        for score, record in scored[:_WORST]
    ]


def twins_in(records: Sequence[ImageRecord], most: int) -> list[Row]:
    """Near-duplicates that were left out, each with the picture that stands for it; the first ``most``."""
    dropped = [record for record in records if record.status == "rejected"][:most]
    return [{"left out": record.key, "stays": str(record.extra.get("duplicate_of", ""))} for record in dropped]


def source_of(record: ImageRecord) -> tuple[str, str]:
    """Asset and partition that a row of the training set was copied from."""
    return str(record.extra.get("source_asset", "")), str(record.extra.get("source_partition", ""))


def objects_in(records: Sequence[ImageRecord]) -> int:
    """Labelled objects of all these rows."""
    return sum(len(record.objects) for record in records)


def _held(records: Sequence[ImageRecord], split: str) -> int:
    return sum(record.extra["split"] == split for record in records)
