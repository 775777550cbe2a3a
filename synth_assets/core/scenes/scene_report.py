"""Scene report: what a partition of scenes holds and what was refused, in numbers and pictures.

Belongs here: counts, the plot of classes and places, the sheet of refused objects. Does not belong
here: reports of the merged training set.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from synth_assets.core.charts import empty_figure, figure_png
from synth_assets.core.images import decode_image
from synth_assets.core.items import Extras
from synth_assets.core.records import ImageRecord, ImageSet
from synth_assets.core.sheets import captioned_sheet

_GRID_HW = (12, 16)
_DPI = 80
_SHEET_LIMIT = 24


def scene_extras(images: ImageSet) -> Extras:
    """Gives counts per class, the invalid rate and ``plots/objects.png`` of a partition."""
    counts = Counter(item.label for record in images.ok for item in record.objects)
    attempts = sum(_number(record, "attempts") for record in images)
    invalid = sum(_number(record, "invalid_attempts") for record in images)
    details: dict[str, Any] = {
        "scenes": len(images.ok),
        "boxes": sum(counts.values()),
        "objects_per_scene": round(sum(counts.values()) / len(images.ok), 2) if images.ok else 0.0,
        "objects": [{"class": label, "boxes": count} for label, count in counts.most_common()],
        "attempts": attempts,
        "invalid_rate": round(invalid / attempts, 4) if attempts else 0.0,
        "objects_dropped": sum(_number(record, "objects_dropped") for record in images),
    }
    if left_out := sorted({str(record.extra.get("classes_left_out") or "") for record in images} - {""}):
        details["classes_left_out"] = f"{', '.join(left_out)}: no cutouts, and the engine only pastes"
    plot = objects_plot(counts, centre_map(images.ok))
    files = {"plots/objects.png": plot}
    refused = rejected_objects(images)
    if refused:
        reasons = Counter((str(entry["class"]), str(entry["reason"])) for _, entry in refused)
        details["rejected_objects"] = [
            {"class": label, "reason": reason, "attempts": count} for (label, reason), count in reasons.most_common()
        ]
        files["plots/rejected_objects.jpg"] = rejected_sheet(images, refused)
    return Extras(files=files, details=details)


def rejected_objects(images: ImageSet) -> list[tuple[str, dict[str, Any]]]:
    """Every refused attempt: path of its picture relative to the store's root, and what is known of it."""
    found: list[tuple[str, dict[str, Any]]] = []
    for record in images:
        entries = json.loads(str(record.extra.get("rejected_objects") or "[]"))
        paths = {Path(path).name: path for path in record.files}
        found += [(paths[Path(entry["file"]).name], entry) for entry in entries]
    return found


def rejected_sheet(images: ImageSet, refused: Sequence[tuple[str, dict[str, Any]]]) -> bytes:
    """A JPEG of refused attempts, spread evenly over them, each with its class and reason."""
    places = np.linspace(0, len(refused) - 1, min(len(refused), _SHEET_LIMIT)).round().astype(int)
    shown = [refused[int(place)] for place in places]
    pictures = [decode_image(images.read_bytes(path), path) for path, _ in shown]
    return captioned_sheet(pictures, [f"{entry['class']}: {entry['reason']}" for _, entry in shown])


def _number(record: ImageRecord, name: str) -> int:
    value = record.extra.get(name)
    return int(value) if isinstance(value, int | float) else 0


def centre_map(records: list[ImageRecord]) -> NDArray[np.int64]:
    """Gives a (12, 16) count of where box centres lie, over pictures of any size."""
    grid = np.zeros(_GRID_HW, np.int64)
    for record in records:
        for item in record.objects:
            x0, y0, x1, y1 = item.xyxy
            row = int((y0 + y1) / 2 / record.height * _GRID_HW[0])
            column = int((x0 + x1) / 2 / record.width * _GRID_HW[1])
            grid[min(row, _GRID_HW[0] - 1), min(column, _GRID_HW[1] - 1)] += 1
    return grid


def objects_plot(counts: Counter[str], centres: NDArray[np.int64]) -> bytes:
    """Gives a PNG: boxes per class, and where their centres lie."""
    figure = empty_figure(9, 3.6)
    left, right = figure.subplots(1, 2)
    labels = [label for label, _ in counts.most_common()][::-1]
    left.barh(labels, [counts[label] for label in labels], color="#4C78A8")
    left.set_title("Boxes per class")
    right.imshow(centres, cmap="viridis", extent=(0, 1, 1, 0), aspect=_GRID_HW[0] / _GRID_HW[1])
    right.set_title("Centres of the boxes")
    right.set_xlabel("share of the width")
    right.set_ylabel("share of the height")
    return figure_png(figure, _DPI)
