"""Polygons: a mask as one closed ring of points.

Belongs here: tracing, joining parts and holes. Does not belong here: the layouts that write
them (``yolo.py``).
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from synth_assets.core.masks import tight_box
from synth_assets.core.ports import Mask

Points = NDArray[np.float64]
"""(N, 2) x and y in pixels."""
_LEAST_POINTS = 3
_INSET_PX, _OUTSET_PX = 0.02, 0.48
"""Readers fill from pixel to pixel, some rounding a point, some cutting it off. Stretched by so much,
a ring gives the same pixels in both, and its bounds are within half a pixel of the mask's box."""


def ring_of(mask: Mask) -> Points:
    """Gives one closed ring whose filling is the mask, in x and y of pixels.

    Parts and holes are joined to it by seams of no width, there and back between the nearest points:
    label files have one ring an object. Filling draws the seam between two parts a pixel wide.

    Args:
        mask: (H, W) bool with at least one pixel.

    Raises:
        ValueError: the mask is empty.
    """
    box = tight_box(mask)
    if box is None:
        raise ValueError("an empty mask has no outline")
    contours = cv2.findContours(mask.astype(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)[0]
    rings = sorted((np.asarray(found).reshape(-1, 2) for found in contours), key=cv2.contourArea, reverse=True)
    ring = rings[0].astype(np.float64)
    for other in rings[1:]:
        ring = _joined(ring, other.astype(np.float64))
    while len(ring) < _LEAST_POINTS:
        ring = np.vstack([ring, ring[-1]])
    low = np.array(box[:2], np.float64)
    reach = np.maximum(np.array(box[2:], np.float64) - 1 - low, 1)
    return ring + _INSET_PX + (ring - low) / reach * (_OUTSET_PX - _INSET_PX)


def _joined(ring: Points, other: Points) -> Points:
    """The ring with a detour from its point nearest to ``other``, around it and back."""
    distance = ((ring[:, None] - other[None]) ** 2).sum(axis=2)
    here, there = np.unravel_index(int(distance.argmin()), distance.shape)
    around = np.roll(other, -int(there), axis=0)
    return np.vstack([ring[: here + 1], around, around[:1], ring[here:]])
