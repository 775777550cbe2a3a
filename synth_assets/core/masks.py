"""Masks: (H, W) bool, True = object; soft masks: (H, W) float32 in [0, 1].

Belongs here: geometry and arithmetic of masks, feathering, blending by a mask. Does not belong
here: models that find masks, and boxes without a mask.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from synth_assets.core.images import decode_image, encode_png
from synth_assets.core.ports import RGB, Box, Mask, SoftMask


def tight_box(mask: Mask) -> Box | None:
    """The smallest half-open box that holds every True pixel; None for an empty mask."""
    columns = np.flatnonzero(mask.any(axis=0))
    rows = np.flatnonzero(mask.any(axis=1))
    if columns.size == 0:
        return None
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def box_mask(box: Box, size_hw: tuple[int, int]) -> Mask:
    """A (height, width) mask that is True inside the box."""
    mask = np.zeros(size_hw, np.bool_)
    mask[max(0, box[1]) : max(0, box[3]), max(0, box[0]) : max(0, box[2])] = True
    return mask


def dilate(mask: Mask, radius_px: int) -> Mask:
    """Grows the mask by a disc of the given radius."""
    if radius_px <= 0:
        return mask
    return cv2.dilate(mask.astype(np.uint8), disc(radius_px)).astype(np.bool_)


def erode(mask: Mask, radius_px: int) -> Mask:
    """Shrinks the mask by a disc of the given radius; outside the image counts as False."""
    if radius_px <= 0:
        return mask
    padded = np.pad(mask.astype(np.uint8), radius_px)
    eroded = cv2.erode(padded, disc(radius_px))
    return eroded[radius_px:-radius_px, radius_px:-radius_px].astype(np.bool_)


def within(mask: Mask, radius_px: float) -> Mask:
    """Gives all that lies at most so far from the mask: exact, and for a large radius much faster than ``dilate``.

    Nothing lies near an empty mask.
    """
    if not mask.any():
        return mask
    distance = cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return np.asarray(distance <= radius_px, np.bool_)


def disc(radius_px: int) -> NDArray[np.uint8]:
    """A disc of 1 in a square of side 2 ``radius_px`` + 1, for OpenCV's morphology."""
    side = 2 * radius_px + 1
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)), np.uint8)


def feather(mask: Mask, width_px: float) -> SoftMask:
    """Softens the mask's rim inwards: 0 outside, rising to 1 ``width_px`` inside the border.

    Pixels outside the mask stay exactly 0, so blending leaves them untouched bit for bit.
    """
    if width_px <= 0:
        return mask.astype(np.float32)
    distance = cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, 5)
    return np.clip(distance / np.float32(width_px + 1), 0, 1).astype(np.float32)


def soft_rim(mask: Mask, width_px: float) -> SoftMask:
    """Softens the mask's rim outwards: 1 in the mask, falling to 0 at ``width_px`` outside of it."""
    if width_px <= 0 or not mask.any():
        return mask.astype(np.float32)
    distance = cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, 5)
    return np.clip(1 - distance / np.float32(width_px), 0, 1).astype(np.float32)


def blend(below: RGB, above: RGB, alpha: SoftMask) -> RGB:
    """Lays ``above`` over ``below`` by alpha; pixels with alpha 0 keep their bytes."""
    weight = alpha[..., None]
    mixed = below.astype(np.float32) * (1 - weight) + above.astype(np.float32) * weight
    return np.where(weight > 0, np.rint(mixed), below).astype(np.uint8)


def encode_mask(mask: Mask) -> bytes:
    """A mask as a PNG of 0 and 255."""
    return encode_png(mask.astype(np.uint8) * 255, compression=6)


def decode_mask(data: bytes, name: str) -> Mask:
    """Reads ``encode_mask``'s PNG back; True where the value is 128 or more."""
    return decode_image(data, name)[..., 0] >= 128
