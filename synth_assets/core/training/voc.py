"""Pascal VOC: ``exports/voc`` with annotations, image sets, pictures and mask pictures.

Belongs here: this layout. Does not belong here: which pictures, labels and splits
(``planning.py``).

Boxes count from 1 and include their last pixel, as the devkit says: xmin = x0 + 1, xmax = x1. Masks
are palette PNGs: ``SegmentationClass`` holds class numbers (``labels.txt`` lists them, 0 is
background), ``SegmentationObject`` the number of the ``<object>`` in the annotation. Where masks
overlap, the later object lies on top. Pictures keep their format, so a name can end in ``.png``.

Source: M. Everingham and J. Winn, "The PASCAL VOC2012 Development Kit", 2012.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import PurePosixPath
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from synth_assets.core.contents import Content, LinkTo
from synth_assets.core.items import bounded_map
from synth_assets.core.records import ImageRecord, ImageSet
from synth_assets.core.training.coco import categories_of
from synth_assets.core.training.labels import mask_of
from synth_assets.core.training.splits import SPLITS

FOLDER = "exports/voc"
_MOST = 254
"""Largest number a mask picture can hold; 255 tells its readers to ignore a pixel."""
_READERS = 2
_COMPRESSION = 3
"""Of mask pictures: those of 0..9 above take twice as long and save little on flat regions."""
_SETS = {**{split: (split,) for split in SPLITS}, "trainval": ("train", "val")}


def voc_files(images: ImageSet, name: str) -> Iterator[tuple[str, Content]]:
    """Writes the rows with status ok as Pascal VOC.

    Args:
        images: the training set's rows, with ``extra["split"]``.
        name: goes into ``<database>``.

    Yields:
        Path relative to the training set's folder → content.

    Raises:
        ValueError: more than 254 classes, or objects in a picture, which a mask picture cannot hold.
    """
    records = images.ok
    numbers = categories_of(records)
    _refuse_too_many("classes", len(numbers), "the training set")
    yield f"{FOLDER}/labels.txt", _lines(["background", *numbers])
    pictures = bounded_map(lambda record: _mask_pictures(images, record, numbers), records, _READERS)
    for record, masks in zip(records, pictures, strict=True):
        path = PurePosixPath(record.path)
        yield f"{FOLDER}/JPEGImages/{path.name}", LinkTo(record.path)
        yield f"{FOLDER}/Annotations/{path.stem}.xml", annotation(record, name)
        for folder, data in masks.items():
            yield f"{FOLDER}/{folder}/{path.stem}.png", data
    for name_of_set, splits in _SETS.items():
        own = [record for record in records if record.extra["split"] in splits]
        stems = [PurePosixPath(record.path).stem for record in own]
        with_masks = [PurePosixPath(record.path).stem for record in own if record.objects]
        yield f"{FOLDER}/ImageSets/Main/{name_of_set}.txt", _lines(stems)
        yield f"{FOLDER}/ImageSets/Segmentation/{name_of_set}.txt", _lines(with_masks)


def annotation(record: ImageRecord, database: str) -> bytes:
    """One picture's XML; an object that touches the picture's border counts as truncated."""
    path = PurePosixPath(record.path)
    root = ElementTree.Element("annotation")
    _add(root, {"folder": "JPEGImages", "filename": path.name})
    _add(
        ElementTree.SubElement(root, "source"), {"database": database, "annotation": "synth_assets", "image": path.name}
    )
    _add(ElementTree.SubElement(root, "size"), {"width": record.width, "height": record.height, "depth": 3})
    _add(root, {"segmented": int(bool(record.objects))})
    for item in record.objects:
        x0, y0, x1, y1 = item.xyxy
        truncated = x0 == 0 or y0 == 0 or x1 == record.width or y1 == record.height
        entry = ElementTree.SubElement(root, "object")
        _add(entry, {"name": item.label, "pose": "Unspecified", "truncated": int(truncated), "difficult": 0})
        _add(ElementTree.SubElement(entry, "bndbox"), {"xmin": x0 + 1, "ymin": y0 + 1, "xmax": x1, "ymax": y1})
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="utf-8") + b"\n"


def _add(parent: ElementTree.Element, values: Mapping[str, str | int]) -> None:
    for name, value in values.items():
        ElementTree.SubElement(parent, name).text = str(value)


def _mask_pictures(images: ImageSet, record: ImageRecord, numbers: Mapping[str, int]) -> dict[str, bytes]:
    """Folder → palette PNG; nothing for a picture without objects, as in VOC."""
    if not record.objects:
        return {}
    _refuse_too_many("objects", len(record.objects), record.path)
    classes = np.zeros((record.height, record.width), np.uint8)
    objects = classes.copy()
    for number, item in enumerate(record.objects, 1):
        mask = mask_of(images, record, item)
        classes[mask] = numbers[item.label]
        objects[mask] = number
    return {"SegmentationClass": _indexed_png(classes), "SegmentationObject": _indexed_png(objects)}


def _refuse_too_many(what: str, count: int, where: str) -> None:
    if count > _MOST:
        raise ValueError(
            f"{where} has {count} {what}, and a Pascal VOC mask picture holds at most {_MOST}; take voc out of formats "
            "in configs/training_set.yaml"
        )


def _indexed_png(values: NDArray[np.uint8]) -> bytes:
    picture = Image.fromarray(values, mode="P")
    picture.putpalette(palette())
    buffer = io.BytesIO()
    picture.save(buffer, format="PNG", compress_level=_COMPRESSION)
    return buffer.getvalue()


@cache
def palette() -> bytes:
    """The devkit's 256 colours, RGB: bit i of a number sets a high bit of channel i mod 3."""
    colours = np.zeros((256, 3), np.uint8)
    for number in range(256):
        for bit in range(8):
            colours[number, bit % 3] |= ((number >> bit) & 1) << (7 - bit // 3)
    return colours.tobytes()


def _lines(texts: Iterable[str]) -> bytes:
    return "".join(f"{text}\n" for text in texts).encode()
