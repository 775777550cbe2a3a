"""Captioning: every usable image of some sets gets a full and a short caption.

The rows are those of the sources, with the same id and path, so that captions can be joined to any
other table by id; where they came from stands in ``source_asset`` and ``source_partition``.

Belongs here: batches, what decides a caption, and the table of captions. Does not belong here: how
words are cleaned and joined (``cleaning.py``, ``wording.py``) and the model (a ``Captioner``).
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import cast

from pydantic import Field, PositiveInt
from upath import UPath

from synth_assets.core.captions.cleaning import CleaningParams, has_artist, has_made_up_word
from synth_assets.core.captions.wording import Known, compose, visible_labels
from synth_assets.core.config import Params
from synth_assets.core.images import fit_within
from synth_assets.core.items import Artifact, Extras, Item, PartitionWriter, Summary, bounded_map, run_items
from synth_assets.core.ports import RGB, Captioner
from synth_assets.core.records import ImageRecord, ImageSet, record_to_dict

CSV_COLUMNS = ("image_id", "class", "slot_or_character", "image_name", "image_folder", "description")
_SOURCE_FIELDS = ("asset", "partition", "key", "fingerprint", "extra", "files")
"""Fields of a source row that do not become part of the caption's row."""
_EXAMPLES_SHOWN = 12


class CaptionParams(Params):
    """How images are captioned.

    Attributes:
        cleaning: what is taken out of a caption, and its length.
        name_classes: put the classes of labelled objects into the caption.
        batch_size: images a call of the captioner.
        read_threads: threads that decode a batch.
        side_px: images are scaled down to this longest side before captioning.
    """

    cleaning: CleaningParams = CleaningParams()
    name_classes: bool = True
    batch_size: PositiveInt = 8
    read_threads: PositiveInt = 2
    side_px: int = Field(default=768, ge=32)


def caption_images(
    writer: PartitionWriter, sources: Sequence[ImageSet], captioner: Captioner, params: CaptionParams
) -> Summary:
    """Gives every ok image of the sources one row with captions "full" and "short".

    Words that a row brings along stay: ``captions["prefix"]`` (or else ``captions["short"]``) comes
    first and ``captions["suffix"]`` last, and both survive the cut, as do the class names of the
    row's objects. Writes ``captions.csv``. Incremental by image, captioner and parameters.

    Args:
        writer: the opened partition.
        sources: image sets; rows that are not ok are left out.
        captioner: describes the pictures.
        params: cleaning, batches.
    """
    pairs = _keyed([(images, record) for images in sources for record in images.ok])
    cleaning = params.cleaning.model_dump()
    items = [
        Item(
            key=key,
            inputs={
                "image": {name: value for name, value in record_to_dict(record).items() if name not in _SOURCE_FIELDS},
                "captioner": captioner.name,
                "cleaning": cleaning,
                "name_classes": params.name_classes,
                "side_px": params.side_px,
            },
            payload=(images, record),
        )
        for key, (images, record) in pairs.items()
    ]

    def make(batch: list[Item]) -> list[list[Artifact]]:
        rows = [cast("tuple[ImageSet, ImageRecord]", item.payload) for item in batch]
        pictures = list(bounded_map(lambda row: _read(*row, params.side_px), rows, params.read_threads))
        said = captioner.caption(pictures)
        return [
            [_captioned(record, text, captioner.name, params)] for (_, record), text in zip(rows, said, strict=True)
        ]

    return run_items(writer, items, make, batch_size=params.batch_size, extras=_extras)


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


def _keyed(pairs: Sequence[tuple[ImageSet, ImageRecord]]) -> dict[str, tuple[ImageSet, ImageRecord]]:
    def key_of(record: ImageRecord) -> str:
        return f"{record.asset}.{record.partition}.{record.stem}"

    counts = Counter(key_of(record) for _, record in pairs)
    keyed: dict[str, tuple[ImageSet, ImageRecord]] = {}
    for images, record in pairs:
        key = key_of(record)
        # Two files may differ in nothing but their ending.
        keyed[key if counts[key] == 1 else f"{key}.{record.id}"] = (images, record)
    return keyed


def _read(images: ImageSet, record: ImageRecord, side_px: int) -> RGB:
    return fit_within(images.read(record), (side_px, side_px))


def _captioned(record: ImageRecord, said: str, captioner: str, params: CaptionParams) -> Artifact:
    known = Known(
        prefix=record.captions.get("prefix", record.captions.get("short", "")),
        suffix=record.captions.get("suffix", ""),
        labels=visible_labels(record.objects) if params.name_classes else (),
        # A character's partition is called by its name.
        names=frozenset({record.partition}),
    )
    full, short = compose(said, known, params.cleaning)
    row = replace(
        record,
        files=(),
        captions={"full": full, "short": short, "said": said},
        extra={
            "source_asset": record.asset,
            "source_partition": record.partition,
            "source_key": record.key,
            "captioner": captioner,
            "words": len(short.split()),
        },
    )
    return Artifact(row if short else replace(row, status="rejected", reason="the captioner gave no usable word"))


def _extras(images: ImageSet) -> Extras:
    rows = images.ok
    said = [record.captions["said"] for record in rows]
    per_source = Counter(str(record.extra["source_asset"]) for record in rows)
    step = max(1, len(rows) // _EXAMPLES_SHOWN)
    details: Mapping[str, object] = {
        "captions": len(rows),
        "distinct": len({record.captions["short"] for record in rows}),
        "mean_words": round(sum(record.captions["short"].count(" ") + 1 for record in rows) / max(len(rows), 1), 2),
        "made_up_words_removed_from": sum(map(has_made_up_word, said)),
        "artists_removed_from": sum(map(has_artist, said)),
        "captioner": ", ".join(sorted({str(record.extra["captioner"]) for record in rows})),
        "sources": [{"source": name, "captions": count} for name, count in sorted(per_source.items())],
        "examples": [
            {"image": record.path, "caption": record.captions["short"]} for record in rows[::step][:_EXAMPLES_SHOWN]
        ],
    }
    return Extras(files={"captions.csv": caption_csv(rows)}, details=details)
