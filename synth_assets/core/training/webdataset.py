"""WebDataset: ``exports/webdataset``, tar shards of pictures, captions and labels, and ``shards.json``.

Belongs here: this layout. Does not belong here: which pictures, labels and splits
(``planning.py``).

A sample is ``<number>.png`` or ``.jpg``, ``<number>.txt`` (the caption, empty for none) and
``<number>.json`` (name, objects with box and mask as COCO run lengths, origin). The same pictures
give the same bytes: members have no time and no owner. A shard is written picture by picture. Shards
hold copies, so the layout is written only where ``formats`` asks for it.

Source: the WebDataset format: files that belong together share the name up to its first dot.
"""

from __future__ import annotations

import json
import tarfile
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import PurePosixPath
from typing import Any

from synth_assets.core.contents import Content, Streamed
from synth_assets.core.items import bounded_map
from synth_assets.core.records import ImageRecord, ImageSet
from synth_assets.core.training.coco import encode_rle
from synth_assets.core.training.concepts import caption_line, rows_of
from synth_assets.core.training.labels import mask_of
from synth_assets.core.training.splits import SPLITS

FOLDER = "exports/webdataset"
_READERS = 2


def webdataset_files(images: ImageSet, shard_pictures: int) -> Iterator[tuple[str, Content]]:
    """Gives ``<split>-<number>.tar`` of at most so many pictures, and how many each holds.

    Args:
        images: the training set's rows, with ``extra["split"]``.
        shard_pictures: most pictures in a shard.
    """
    counts: dict[str, int] = {}
    for split in SPLITS:
        rows = rows_of(images.ok, split)
        for number, start in enumerate(range(0, len(rows), shard_pictures)):
            own = rows[start : start + shard_pictures]
            name = f"{split}-{number:06d}.tar"
            counts[name] = len(own)
            yield f"{FOLDER}/{name}", Streamed(partial(_shard, images, own, start))
    yield f"{FOLDER}/shards.json", (json.dumps(counts, indent=2) + "\n").encode()


def _shard(images: ImageSet, rows: Sequence[ImageRecord], first: int) -> Iterator[bytes]:
    samples = bounded_map(lambda row: (images.read_bytes(row.path), _label(images, row)), rows, _READERS)
    for number, (row, (picture, label)) in enumerate(zip(rows, samples, strict=True), first):
        key = f"{number:09d}"
        yield from _member(f"{key}{PurePosixPath(row.path).suffix}", picture)
        yield from _member(f"{key}.txt", caption_line(row).encode())
        yield from _member(f"{key}.json", json.dumps(label, ensure_ascii=False).encode())
    yield bytes(2 * tarfile.BLOCKSIZE)


def _member(name: str, data: bytes) -> Iterator[bytes]:
    info = tarfile.TarInfo(name)
    info.size = len(data)
    yield info.tobuf(tarfile.USTAR_FORMAT)
    yield data
    yield bytes(-len(data) % tarfile.BLOCKSIZE)


def _label(images: ImageSet, row: ImageRecord) -> dict[str, Any]:
    return {
        "file_name": PurePosixPath(row.path).name,
        "id": row.id,
        "width": row.width,
        "height": row.height,
        "objects": [
            {
                "label": item.label,
                "xyxy": list(item.xyxy),
                "score": item.score,
                "segmentation": encode_rle(mask_of(images, row, item)),
            }
            for item in row.objects
        ],
        "source": row.source,
        "group": row.group,
        "seed": row.seed,
        "prompt": row.prompt,
        "model": row.model,
        "licence": row.licence,
        "attribution": row.attribution,
    }
