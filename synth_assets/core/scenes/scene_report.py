"""Scene report: what a partition of scenes holds, in numbers and one plot.

Belongs here: counts and the plot of classes and places. Does not belong here: reports of the merged
training set.
"""

from __future__ import annotations

import io
from collections import Counter
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from synth_assets.core.items import Extras
from synth_assets.core.records import ImageRecord, ImageSet

_GRID_HW = (12, 16)
_DPI = 80


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
    plot = objects_plot(counts, centre_map(images.ok))
    return Extras(files={"plots/objects.png": plot}, details=details)


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
    figure = Figure(figsize=(9, 3.6), layout="constrained")
    left, right = figure.subplots(1, 2)
    labels = [label for label, _ in counts.most_common()][::-1]
    left.barh(labels, [counts[label] for label in labels], color="#4C78A8")
    left.set_title("Boxes per class")
    right.imshow(centres, cmap="viridis", extent=(0, 1, 1, 0), aspect=_GRID_HW[0] / _GRID_HW[1])
    right.set_title("Centres of the boxes")
    right.set_xlabel("share of the width")
    right.set_ylabel("share of the height")
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=_DPI, metadata={"Software": None})
    return buffer.getvalue()
