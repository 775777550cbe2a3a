"""Seams: putting a repainted crop back so that no border shows.

Belongs here: the crop around a box, the soft mask, tone matching on what was not repainted, and
finding the object in a repainted crop. Does not belong here: the models.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from synth_assets.core.boxes import expand
from synth_assets.core.colour import from_lab, to_lab
from synth_assets.core.masks import blend
from synth_assets.core.ports import RGB, Box, Inpainted, Instance, Mask, SoftMask

_MAX_TONE_SHIFT = 12.0
_MIN_CHANGE = 6.0
"""Colour difference in CIELAB that counts as painted, at the least."""
_OPENING_PX = 1
_MIN_INSTANCE_OVERLAP = 0.5


def context_box(box: Box, size_hw: tuple[int, int], share: float, least_px: int) -> Box:
    """The box with context around it, clipped to the image.

    Args:
        box: where to paint.
        size_hw: (height, width) of the image.
        share: margin on every side as a share of the box's longer side.
        least_px: least margin.
    """
    margin_px = max(least_px, round(share * max(box[2] - box[0], box[3] - box[1])))
    return expand(box, margin_px, size_hw)


def paste_back(crop: RGB, painted: Inpainted, soft: SoftMask) -> tuple[RGB, Mask]:
    """Gives the crop with the painted object in it, and where pixels may have changed.

    Where the engine says what it touched, only those pixels are taken over. Otherwise the result
    is moved to the crop's colours by what it did to the pixels it should have left alone, and
    blended in by a soft mask; every pixel outside that keeps its bytes.

    Args:
        crop: (h, w, 3) as sent to the engine.
        painted: what came back.
        soft: (h, w) soft mask of the request; pixels where it is 0 keep their bytes.

    Raises:
        ValueError: the engine changed the picture's size.
    """
    if painted.image.shape != crop.shape:
        raise ValueError(f"the engine gave a picture of shape {painted.image.shape} for a crop of shape {crop.shape}")
    if painted.touched is not None:
        return np.where(painted.touched[..., None], painted.image, crop), painted.touched
    matched = match_tone(painted.image, crop, soft == 0)
    return blend(crop, matched, soft), soft > 0


def match_tone(image: RGB, reference: RGB, where: Mask) -> RGB:
    """Shifts the picture in CIELAB so that its mean equals the reference's on ``where``, bounded."""
    if not where.any():
        return image
    lab = to_lab(image)
    shift = (to_lab(reference)[where] - lab[where]).mean(axis=0)
    shift = np.clip(shift, -_MAX_TONE_SHIFT, _MAX_TONE_SHIFT).astype(np.float32)
    return from_lab(lab + shift)


def find_object(before: RGB, after: RGB, allowed: Mask, instances: list[Instance]) -> Mask:
    """Gives the mask of the object that was painted; empty where nothing changed.

    A segmented instance that lies mostly where painting was allowed and changed wins; otherwise
    the largest connected piece of change does.

    Args:
        before: (h, w, 3) crop before painting.
        after: the same after pasting back.
        allowed: (h, w) bool, where pixels may have changed.
        instances: what a segmenter sees in ``after``; may be empty.
    """
    change = np.linalg.norm(to_lab(after) - to_lab(before), axis=2).astype(np.float32)
    change[~allowed] = 0
    painted = (change > _threshold(change, allowed)) & allowed
    for instance in sorted(instances, key=lambda found: -int((found.mask & painted).sum())):
        area = int(instance.mask.sum())
        if area and (instance.mask & painted).sum() >= _MIN_INSTANCE_OVERLAP * area:
            return instance.mask & allowed
    return _largest_piece(painted)


def _threshold(change: NDArray[np.float32], allowed: Mask) -> float:
    values = np.clip(change[allowed], 0, 255).astype(np.uint8)
    if values.size == 0:
        return _MIN_CHANGE
    level, _ = cv2.threshold(values.reshape(-1, 1), 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    return max(float(level), _MIN_CHANGE)


def _largest_piece(mask: Mask) -> Mask:
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * _OPENING_PX + 1, 2 * _OPENING_PX + 1))
    opened = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_OPEN, disc)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(opened, connectivity=8)
    if count < 2:
        return np.zeros(mask.shape, np.bool_)
    largest = 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))
    return labels == largest
