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
    """One object's line, six decimals, every value in [0, 1]."""
    x0, y0, x1, y1 = record.objects[index].xyxy
    values = (
        (x0 + x1) / 2 / record.width,
        (y0 + y1) / 2 / record.height,
        (x1 - x0) / record.width,
        (y1 - y0) / record.height,
    )
    return " ".join([str(number), *(f"{value:.6f}" for value in values)])
