"""Preview: one class on a few backgrounds, on one sheet with everything that was refused.

Belongs here: choosing rows and pictures for a preview, and the sheet. Does not belong here: painting
(``painting.py``), reading the store and writing the file (``synth_assets/cli_scenes.py``).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from synth_assets.core.masks import erode
from synth_assets.core.ports import RGB
from synth_assets.core.records import ObjectRecord
from synth_assets.core.scenes.classes import ObjectClass
from synth_assets.core.scenes.painting import Scene, bounds
from synth_assets.core.sheets import captioned_sheet, draw_boxes, label_colour

MAX_BYTES = 600_000
_OUTLINE_PX = 2


def rows_of(rows: Sequence[ObjectClass], label: str) -> list[ObjectClass]:
    """The rows of one class, each to appear once and, with several, in turn.

    Raises:
        ValueError: no class has this label.
    """
    found = [row.model_copy(update={"min_appear": 0, "max_appear": 1}) for row in rows if row.label == label]
    if not found:
        labels = ", ".join(sorted({row.label for row in rows}))
        raise ValueError(f"no class is called {label!r} in classes.csv; there are: {labels}")
    return found


def preview_sheet(scenes: Sequence[Scene], max_bytes: int = MAX_BYTES) -> bytes:
    """Gives a JPEG of scenes with boxes, outlines of masks and scores, then every refused attempt and why.

    Raises:
        ValueError: no scene.
    """
    if not scenes:
        raise ValueError("no scene to show")
    pictures = [_drawn(scene) for scene in scenes]
    texts = [f"{number}: {_told(scene)}" for number, scene in enumerate(scenes, 1)]
    for number, scene in enumerate(scenes, 1):
        pictures += [reject.picture for reject in scene.rejects]
        texts += [f"{number}, try {reject.attempt + 1}: {reject.reason}" for reject in scene.rejects]
    return captioned_sheet(pictures, texts, max_bytes=max_bytes)


def _drawn(scene: Scene) -> RGB:
    picture = scene.image.copy()
    for item in scene.objects:
        picture[item.mask & ~erode(item.mask, _OUTLINE_PX)] = np.array(label_colour(item.row.label), np.uint8)
    records = [ObjectRecord(item.row.label, bounds(item), number) for number, item in enumerate(scene.objects)]
    return draw_boxes(picture, records, (1.0, 1.0))


def _told(scene: Scene) -> str:
    shown = [f"{item.row.label} {item.score:.2f}, try {item.attempt + 1}" for item in scene.objects]
    return "; ".join(shown) or "nothing: " + (", ".join(sorted(scene.dropped)) or "no object drawn")
