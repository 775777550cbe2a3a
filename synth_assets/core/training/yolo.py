"""YOLO: ``exports/yolo`` with ``data.yaml``, pictures and one label file a picture, by split.

Belongs here: this layout. Does not belong here: which pictures, labels and splits
(``planning.py``).

A label line is ``class cx cy width height``, each divided by the picture's side; classes count
from 0. A picture without objects has an empty label file: it teaches what is not there.
"""

from __future__ import annotations

from pathlib import PurePosixPath

import yaml

from synth_assets.core.items import LinkTo
from synth_assets.core.records import ImageRecord, ImageSet
from synth_assets.core.training.coco import categories_of
from synth_assets.core.training.splits import SPLITS

FOLDER = "exports/yolo"
_STEPS = 1_000_000
"""Six decimals: a side is divided into so many steps."""


def yolo_files(images: ImageSet) -> dict[str, bytes | LinkTo]:
    """Writes the rows with status ok in YOLO's detection layout.

    Args:
        images: the training set's rows, with ``extra["split"]``.

    Returns:
        Path relative to the training set's folder → content.
    """
    records = images.ok
    numbers = {label: number - 1 for label, number in categories_of(records).items()}
    present = {record.extra["split"] for record in records}
    # Without a "path" entry trainers resolve the folders beside data.yaml, wherever it lies.
    values = {split: f"images/{split}" for split in SPLITS if split in present}
    values |= {"val": values.get("val", "images/train")} if "train" in values else {}
    data = yaml.safe_dump({**values, "nc": len(numbers), "names": list(numbers)}, sort_keys=False, allow_unicode=True)
    files: dict[str, bytes | LinkTo] = {f"{FOLDER}/data.yaml": data.encode()}
    for record in records:
        name = PurePosixPath(record.path)
        split = record.extra["split"]
        files[f"{FOLDER}/images/{split}/{name.name}"] = LinkTo(record.path)
        lines = [label_line(record, index, numbers[item.label]) for index, item in enumerate(record.objects)]
        files[f"{FOLDER}/labels/{split}/{name.stem}.txt"] = "".join(f"{line}\n" for line in lines).encode()
    return files


def label_line(record: ImageRecord, index: int, number: int) -> str:
    """One object's line, six decimals; the written box never leaves the picture."""
    x0, y0, x1, y1 = record.objects[index].xyxy
    cx, width = _centre_and_side(x0, x1, record.width)
    cy, height = _centre_and_side(y0, y1, record.height)
    return f"{number} {cx:.6f} {cy:.6f} {width:.6f} {height:.6f}"


def _centre_and_side(low: int, high: int, side: int) -> tuple[float, float]:
    # Rounding centre and side apart can put an edge outside; whole even steps inwards cannot.
    first, last = -(-low * _STEPS // side), high * _STEPS // side
    last -= (last - first) % 2
    return (first + last) / 2 / _STEPS, (last - first) / _STEPS
