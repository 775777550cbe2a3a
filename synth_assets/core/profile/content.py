"""What a photo shows: labels of its scene, and how much of it is foreground, as flat table values.

Belongs here: asking the models, reducing their answers to columns, and reading those back. Does not
belong here: the models (``core/ports`` says what they are) and pooling over a set (``set_sketch.py``).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import Field, field_validator

from synth_assets.core.config import Params
from synth_assets.core.ports import RGB, DepthEstimator, Label, Labeller
from synth_assets.core.records import Scalar

LABELS_COLUMN, FOREGROUND_COLUMN = "scene_labels", "foreground_share"
_ENTRY = re.compile(r"(\S.*?)=(-?\d+\.\d+)(?:\s+|$)")
_LEVELS = 255


class ContentParams(Params):
    """What is looked for in a photo.

    The default labels are what ConSE tells apart on the sample photos. "bridge" and "beach" are not
    among them: it saw the one in most meadows, and the other in most night fields.
    """

    scene_labels: tuple[str, ...] = Field(
        default=(
            *("forest", "tree", "meadow", "field", "farmland", "garden", "flowers"),
            *("mountain", "valley", "desert", "snow", "lake", "river", "waterfall", "sea", "coast"),
            *("sky", "clouds", "sunset", "night sky"),
            *("street", "road", "square", "city skyline", "building", "church", "castle", "harbour", "interior"),
            *("people", "animal", "vehicle", "food"),
        ),
        description="Free labels, as they stand after 'a photo of'.",
    )
    labels_kept: int = Field(default=2, ge=1, description="At most so many labels are kept of each photo.")
    label_margin: float = Field(default=0.08, ge=0, description="Labels that score so much below the best are dropped.")

    @field_validator("scene_labels")
    @classmethod
    def _labels_can_be_read_back(cls, labels: tuple[str, ...]) -> tuple[str, ...]:
        for label in labels:
            if not label.strip() or label != " ".join(label.split()) or "=" in label:
                raise ValueError(f"label {label!r}: write words with single spaces between them and without '='")
        if len(set(labels)) < len(labels):
            raise ValueError(f"a label appears twice: {Counter(labels).most_common(1)[0][0]!r}")
        return labels


def describe_content(
    images: Sequence[RGB], labeller: Labeller | None, depth: DepthEstimator | None, params: ContentParams
) -> list[dict[str, Scalar]]:
    """Says what each photo shows, as far as there are models to ask.

    Returns:
        A row a photo: ``scene_labels``, the best labels with their scores ("lake=0.71 forest=0.64",
        see ``parse_labels``; "" without a labeller), and ``foreground_share`` (absent without a
        depth model).
    """
    found = labeller.label(images, params.scene_labels) if labeller else [[] for _ in images]
    rows: list[dict[str, Scalar]] = [{LABELS_COLUMN: _text(labels, params)} for labels in found]
    if depth:
        for row, near in zip(rows, depth.depth(images), strict=True):
            row[FOREGROUND_COLUMN] = foreground_share(near)
    return rows


def foreground_share(depth: NDArray[np.float32]) -> float:
    """Share of the pixels in the foreground, 0..1; 0 for a flat map.

    Foreground is what lies above the threshold that parts near from far with the largest variance
    between the two.

    Args:
        depth: (H, W) float32 inverse depth in 0..1, 1 = nearest.

    Source: N. Otsu, "A threshold selection method from gray-level histograms", IEEE Transactions on
    Systems, Man, and Cybernetics 9(1), 1979, on 256 levels.
    """
    levels = np.rint(np.clip(depth, 0, 1) * _LEVELS).astype(np.uint8)
    if levels.min() == levels.max():
        return 0.0
    threshold, _ = cv2.threshold(levels, 0, _LEVELS, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    return float(np.count_nonzero(levels > threshold)) / levels.size


def _text(labels: Sequence[Label], params: ContentParams) -> str:
    kept = [label for label in labels[: params.labels_kept] if label.score >= labels[0].score - params.label_margin]
    return " ".join(f"{label.text}={label.score:.2f}" for label in kept)


def parse_labels(text: str) -> list[tuple[str, float]]:
    """Reads ``scene_labels`` back: labels with their scores, best first.

    Raises:
        ValueError: another text.
    """
    entries = list(_ENTRY.finditer(text))
    if sum(len(entry.group()) for entry in entries) != len(text):
        raise ValueError(f"{text!r}: expected labels with scores, such as 'lake=0.71 city skyline=0.64'")
    return [(entry[1], float(entry[2])) for entry in entries]
