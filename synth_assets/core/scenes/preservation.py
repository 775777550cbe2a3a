"""Preservation: how much of a photo an edit left as it was.

Belongs here: the measures. Does not belong here: metrics of single pictures (``measure.py``).
"""

from __future__ import annotations

import cv2
import numpy as np

from synth_assets.core.ports import RGB, Mask

SAME_LEVELS = 8
"""A pixel counts as preserved if no channel differs by more (0..255)."""


def preserved_share(before: RGB, after: RGB, where: Mask | None = None) -> float:
    """Share of pixels that differ by at most 8 of 255 in every channel; 1 where there are none.

    Args:
        before: (H, W, 3) uint8 RGB.
        after: the same after the edit.
        where: (H, W) bool, the pixels that count; None = all.
    """
    same = np.abs(before.astype(np.int16) - after.astype(np.int16)).max(axis=2) <= SAME_LEVELS
    counted = same if where is None else same[where]
    return float(counted.mean()) if counted.size else 1.0


def structure_kept(before: RGB, after: RGB) -> float:
    """Correlation of the fine structure (Laplacian of gray), 0..1: 1 where only light changed."""
    first, second = (
        cv2.Laplacian(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), cv2.CV_64F).ravel() for image in (before, after)
    )
    if first.std() == 0 or second.std() == 0:
        return float(np.array_equal(first, second))
    return float(np.clip(np.corrcoef(first, second)[0, 1], 0, 1))
