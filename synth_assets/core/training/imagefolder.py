"""Hugging Face imagefolder: ``exports/imagefolder``, a folder a split with pictures and ``metadata.jsonl``.

Belongs here: this layout. Does not belong here: which pictures, labels and splits
(``planning.py``).

``datasets.load_dataset("imagefolder", data_dir=…)`` gives the columns image, text, objects, id,
licence and attribution. ``objects`` is of the documented form: ``bbox`` as [x, y, width, height] in
pixels and ``categories`` as numbers from 0 in the order of ``classes.txt``; ``names`` says them in words.

Source: "Create an image dataset" of the datasets documentation.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from synth_assets.core.contents import Content, LinkTo
from synth_assets.core.records import ImageRecord
from synth_assets.core.training.coco import categories_of
from synth_assets.core.training.concepts import rows_of
from synth_assets.core.training.splits import SPLITS

FOLDER = "exports/imagefolder"
_FOLDERS = {"train": "train", "val": "validation", "test": "test"}
_SCHEMA = pa.schema(
    [
        ("file_name", pa.string()),
        ("text", pa.string()),
        (
            "objects",
            pa.struct(
                [
                    ("bbox", pa.list_(pa.list_(pa.float64()))),
                    ("categories", pa.list_(pa.int64())),
                    ("names", pa.list_(pa.string())),
                ]
            ),
        ),
        ("id", pa.string()),
        ("licence", pa.string()),
        ("attribution", pa.string()),
    ]
)


def imagefolder_files(records: Sequence[ImageRecord]) -> Iterator[tuple[str, Content]]:
    """Gives the pictures by split and the metadata of each.

    The reader takes the types of ``objects`` from the values and refuses splits that differ. So
    where a split has pictures but no object at all, ``metadata.parquet``, which holds the types,
    stands in for ``metadata.jsonl`` in all of them.

    Args:
        records: rows of the training set with status ok, with ``extra["split"]``.
    """
    numbers = {label: number - 1 for label, number in categories_of(records).items()}
    splits = {split: rows for split in SPLITS if (rows := rows_of(records, split))}
    typed = bool(numbers) and not all(any(row.objects for row in rows) for rows in splits.values())
    for split, rows in splits.items():
        folder = f"{FOLDER}/{_FOLDERS[split]}"
        for row in rows:
            yield f"{folder}/{row.path.rsplit('/', 1)[-1]}", LinkTo(row.path)
        lines = (_line(row, numbers) for row in rows)
        if typed:
            yield f"{folder}/metadata.parquet", _parquet(list(lines))
        else:
            yield f"{folder}/metadata.jsonl", "".join(f"{json.dumps(v, ensure_ascii=False)}\n" for v in lines).encode()
    yield f"{FOLDER}/classes.txt", "".join(f"{name}\n" for name in numbers).encode()


def _line(row: ImageRecord, numbers: Mapping[str, int]) -> dict[str, Any]:
    boxes = [[float(x0), float(y0), float(x1 - x0), float(y1 - y0)] for x0, y0, x1, y1 in (o.xyxy for o in row.objects)]
    return {
        "file_name": row.path.rsplit("/", 1)[-1],
        "text": row.captions.get("short", ""),
        "objects": {
            "bbox": boxes,
            "categories": [numbers[item.label] for item in row.objects],
            "names": [item.label for item in row.objects],
        },
        "id": row.id,
        "licence": row.licence,
        "attribution": row.attribution,
    }


def _parquet(lines: Sequence[Mapping[str, Any]]) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(list(lines), schema=_SCHEMA), buffer)
    return buffer.getvalue()
