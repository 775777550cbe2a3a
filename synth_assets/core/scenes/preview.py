"""Preview: a scene with its labels drawn on it.

Belongs here: drawing boxes, masks and names for people to look at. Does not belong here: contact
sheets (``images.py``) and exports.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import cv2
import numpy as np

from synth_assets.core.masks import outline
from synth_assets.core.ports import RGB, Mask
from synth_assets.core.records import ObjectRecord

_PALETTE = (
    (230, 25, 75),
    (60, 180, 75),
    (255, 225, 25),
    (0, 130, 200),
    (245, 130, 48),
    (240, 50, 230),
    (70, 240, 240),
    (210, 245, 60),
)
_FONT = cv2.FONT_HERSHEY_SIMPLEX
_FONT_SCALE = 0.45
_PAD_PX = 3


def scene_preview(image: RGB, objects: Sequence[ObjectRecord], masks: Sequence[Mask]) -> RGB:
    """Gives a copy of the picture with every object's outline, box and name.

    Args:
        image: (H, W, 3) uint8 RGB.
        objects: its labels.
        masks: one (H, W) bool mask an object in the same order; empty draws boxes only.
    """
    drawn = image.copy()
    for mask, item in zip(masks, objects, strict=False):
        drawn = outline(drawn, mask, label_colour(item.label), 1)
    for item in objects:
        colour = label_colour(item.label)
        x0, y0, x1, y1 = item.xyxy
        cv2.rectangle(drawn, (x0, y0), (x1 - 1, y1 - 1), colour, 1)
        (width, height), _ = cv2.getTextSize(item.label, _FONT, _FONT_SCALE, 1)
        left = max(0, min(x0, image.shape[1] - width - 2 * _PAD_PX))
        top = max(0, y0 - height - 2 * _PAD_PX)
        bottom_right = (left + width + 2 * _PAD_PX, top + height + 2 * _PAD_PX)
        cv2.rectangle(drawn, (left, top), bottom_right, colour, -1)
        ink = (0, 0, 0) if np.mean(colour) > 110 else (255, 255, 255)
        cv2.putText(
            drawn, item.label, (left + _PAD_PX, top + height + _PAD_PX), _FONT, _FONT_SCALE, ink, 1, cv2.LINE_AA
        )
    return drawn


def label_colour(label: str) -> tuple[int, int, int]:
    """The colour of a class, the same in every picture."""
    return _PALETTE[hashlib.sha256(label.encode()).digest()[0] % len(_PALETTE)]
