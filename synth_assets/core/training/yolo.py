"""YOLO: ``exports/yolo`` (boxes) and ``exports/yolo-seg`` (polygons), pictures and labels by split.

Belongs here: both layouts. Does not belong here: which pictures, labels and splits
(``planning.py``), and tracing masks (``polygons.py``).

Each has ``data.yaml``, the pictures and one label file a picture. A line is ``class cx cy width
height`` or ``class x1 y1 x2 y2 …``, each divided by the picture's side; classes count from 0. A
picture without objects has an empty label file: it teaches what is not there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import PurePosixPath

import yaml

from synth_assets.core.contents import Content, LinkTo
from synth_assets.core.items import bounded_map
from synth_assets.core.records import ImageRecord, ImageSet
from synth_assets.core.training.coco import categories_of
from synth_assets.core.training.labels import mask_of
from synth_assets.core.training.polygons import ring_of
from synth_assets.core.training.splits import SPLITS

FOLDER = "exports/yolo"
POLYGON_FOLDER = "exports/yolo-seg"
_STEPS = 1_000_000
"""Six decimals: a side is divided into so many steps."""
_READERS = 2

Line = Callable[[ImageRecord, int, int], str]


def yolo_files(images: ImageSet) -> Iterator[tuple[str, Content]]:
    """Writes the rows with status ok in YOLO's detection layout.

    Args:
        images: the training set's rows, with ``extra["split"]``.

    Yields:
        Path relative to the training set's folder → content.
    """
    return _files(images, FOLDER, label_line)


def yolo_polygon_files(images: ImageSet) -> Iterator[tuple[str, Content]]:
    """Writes the rows with status ok in YOLO's segmentation layout: one ring an object.

    Args:
        images: the training set's rows, with ``extra["split"]``; an object without a mask becomes its box.

    Yields:
        Path relative to the training set's folder → content.
    """
    return _files(images, POLYGON_FOLDER, lambda record, index, number: polygon_line(images, record, index, number))


def _files(images: ImageSet, folder: str, line: Line) -> Iterator[tuple[str, Content]]:
    records = images.ok
    numbers = {label: number - 1 for label, number in categories_of(records).items()}
    present = {record.extra["split"] for record in records}
    # Without a "path" entry trainers resolve the folders beside data.yaml, wherever it lies.
    values = {split: f"images/{split}" for split in SPLITS if split in present}
    values |= {"val": values.get("val", "images/train")} if "train" in values else {}
    data = yaml.safe_dump({**values, "nc": len(numbers), "names": list(numbers)}, sort_keys=False, allow_unicode=True)
    yield f"{folder}/data.yaml", data.encode()

    def label(record: ImageRecord) -> bytes:
        lines = [line(record, index, numbers[item.label]) for index, item in enumerate(record.objects)]
        return "".join(f"{text}\n" for text in lines).encode()

    for record, labels in zip(records, bounded_map(label, records, _READERS), strict=True):
        name = PurePosixPath(record.path)
        split = record.extra["split"]
        yield f"{folder}/images/{split}/{name.name}", LinkTo(record.path)
        yield f"{folder}/labels/{split}/{name.stem}.txt", labels


def label_line(record: ImageRecord, index: int, number: int) -> str:
    """One object's box, six decimals; the written box never leaves the picture."""
    x0, y0, x1, y1 = record.objects[index].xyxy
    cx, width = _centre_and_side(x0, x1, record.width)
    cy, height = _centre_and_side(y0, y1, record.height)
    return f"{number} {cx:.6f} {cy:.6f} {width:.6f} {height:.6f}"


def polygon_line(images: ImageSet, record: ImageRecord, index: int, number: int) -> str:
    """One object's ring, six decimals."""
    ring = ring_of(mask_of(images, record, record.objects[index])) / (record.width, record.height)
    return f"{number} " + " ".join(f"{value:.6f}" for value in ring.ravel())


def _centre_and_side(low: int, high: int, side: int) -> tuple[float, float]:
    # Rounding centre and side apart can put an edge outside; whole even steps inwards cannot.
    first, last = -(-low * _STEPS // side), high * _STEPS // side
    last -= (last - first) % 2
    return (first + last) / 2 / _STEPS, (last - first) / _STEPS
