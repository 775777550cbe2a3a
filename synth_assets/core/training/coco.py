"""COCO: ``exports/coco/annotations.json`` and one file a split, as pycocotools reads them.

Belongs here: this layout. Does not belong here: which pictures, labels and splits
(``planning.py``).

Every box is the bounds of its mask, so ``x + width`` reaches one past the last pixel; masks are
compressed RLE, which keeps holes and loses no pixel. Paths are relative to the training set's
folder, so trainers get that folder as their image root.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import Any

import numpy as np
from pycocotools import mask as rle

from synth_assets.core.boxes import area
from synth_assets.core.contents import Content, Streamed
from synth_assets.core.items import bounded_map
from synth_assets.core.masks import decode_mask, tight_box
from synth_assets.core.ports import Mask
from synth_assets.core.records import ImageRecord, ImageSet, ObjectRecord
from synth_assets.core.training.splits import SPLITS

FOLDER = "exports/coco"
_READERS = 2


def categories_of(records: Sequence[ImageRecord]) -> dict[str, int]:
    """Gives every label its id: from 1, in alphabetical order."""
    labels = sorted({item.label for record in records for item in record.objects})
    return {label: number for number, label in enumerate(labels, 1)}


@dataclass(frozen=True, slots=True)
class _Entry:
    """One picture and its annotations, already JSON: as dicts they would take several times the memory."""

    split: str
    image: str
    annotations: tuple[str, ...]


def coco_files(images: ImageSet, base: str, name: str) -> Iterator[tuple[str, Content]]:
    """Writes the rows with status ok as COCO.

    Args:
        images: the training set's rows, with ``extra["split"]``.
        base: folder of the training set relative to the store root.
        name: goes into ``info``.

    Yields:
        Path relative to the training set's folder → JSON.

    Raises:
        ValueError: a mask's bounds differ from its object's box.
    """
    records = images.ok
    categories = categories_of(records)
    licences = {text: number for number, text in enumerate(sorted({record.licence for record in records}), 1)}
    numbered = list(enumerate(records, 1))
    per_image = bounded_map(lambda pair: _annotations(images, pair[1], pair[0], categories), numbered, _READERS)
    ids = count(1)
    entries = [
        _Entry(
            str(record.extra["split"]),
            _json(_image(record, number, base, licences)),
            tuple(_json({"id": next(ids), **values}) for values in found),
        )
        for (number, record), found in zip(numbered, per_image, strict=True)
    ]
    head: dict[str, Any] = {
        "info": {"description": name, "version": "1"},
        "licenses": [{"id": number, "name": text or "unknown", "url": ""} for text, number in licences.items()],
        "categories": [
            {"id": number, "name": label, "supercategory": "object"} for label, number in categories.items()
        ],
    }
    yield f"{FOLDER}/annotations.json", Streamed(partial(_document, head, entries))
    for split in SPLITS:
        own = [entry for entry in entries if entry.split == split]
        yield f"{FOLDER}/annotations_{split}.json", Streamed(partial(_document, head, own))


def _document(head: Mapping[str, Any], entries: Sequence[_Entry]) -> Iterator[bytes]:
    yield _json(head)[:-1].encode()
    yield from _array("images", (entry.image for entry in entries))
    yield from _array("annotations", (text for entry in entries for text in entry.annotations))
    yield b"}"


def _array(name: str, texts: Iterable[str]) -> Iterator[bytes]:
    yield f',"{name}":['.encode()
    for number, text in enumerate(texts):
        yield f"{',' if number else ''}{text}".encode()
    yield b"]"


def _json(values: Mapping[str, Any]) -> str:
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"))


def _image(record: ImageRecord, number: int, base: str, licences: Mapping[str, int]) -> dict[str, Any]:
    return {
        "id": number,
        "file_name": record.path.removeprefix(f"{base}/"),
        "width": record.width,
        "height": record.height,
        "license": licences[record.licence],
        "attribution": record.attribution,
        "caption": record.captions.get("short", ""),
        "split": record.extra["split"],
    }


def _annotations(
    images: ImageSet, record: ImageRecord, number: int, categories: Mapping[str, int]
) -> list[dict[str, Any]]:
    return [_annotation(images, record, item, number, categories[item.label]) for item in record.objects]


def _annotation(
    images: ImageSet, record: ImageRecord, item: ObjectRecord, number: int, category: int
) -> dict[str, Any]:
    x0, y0, x1, y1 = item.xyxy
    entry: dict[str, Any] = {
        "image_id": number,
        "category_id": category,
        "bbox": [x0, y0, x1 - x0, y1 - y0],
        "area": area(item.xyxy),
        "segmentation": [],
        "iscrowd": 0,
        "score": item.score,
        "instance_id": item.instance_id,
    }
    if not item.mask_path:
        return entry
    mask = decode_mask(images.read_bytes(item.mask_path), item.mask_path)
    if tight_box(mask) != item.xyxy:
        raise ValueError(f"{item.mask_path}: bounds {tight_box(mask)} differ from the box {item.xyxy} of {record.path}")
    return {**entry, "segmentation": encode_rle(mask), "area": int(mask.sum())}


def encode_rle(mask: Mask) -> dict[str, Any]:
    """A mask as COCO's compressed run lengths, JSON-ready."""
    encoded: dict[str, Any] = dict(rle.encode(np.asfortranarray(mask.astype(np.uint8))))
    return {"size": [int(side) for side in encoded["size"]], "counts": encoded["counts"].decode("ascii")}
