"""Cutouts: a coarse mask into a whole, clean character with a soft edge.

Belongs here: refining a mask on the full picture, alpha, and colours of the rim. Does not belong
here: finding the character (``analysis.py``) and files (``strategies/``).
"""

from __future__ import annotations

from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from synth_assets.core.curation.matching import largest_component
from synth_assets.core.masks import dilate, erode, tight_box
from synth_assets.core.ports import RGB, RGBA, Mask, SoftMask

_GUIDE_RADIUS_PX = 4
_GUIDE_EPSILON = 1e-3
_RIM_PX = 3
_VEIL = (0.15, 0.85)
_SOFTNESS_PX = 0.7
_SOLID = 0.95
_HALF = 0.5


def refine_mask(image: RGB, mask: Mask) -> Mask:
    """Moves the rim of a coarse mask by a few pixels to the picture's edges; one part, no holes.

    Nets see a few hundred pixels a side, so their rims are off by a few pixels only. GrabCut was
    tried and gave ears away to leaves of their colour.
    """
    clean = clean_mask(mask)
    if not clean.any():
        return clean
    refined = clean_mask(soft_alpha(image, clean) > _HALF)
    return refined if refined.any() else clean


def erode_inside(mask: Mask, radius_px: int) -> Mask:
    """Shrinks the mask except where it touches the picture's border: the object goes on there."""
    padded = np.pad(mask, radius_px, mode="edge")
    return erode(padded, radius_px)[radius_px:-radius_px, radius_px:-radius_px]


def clean_mask(mask: Mask) -> Mask:
    """The largest component, smoothed by a pixel, its holes filled."""
    from scipy import ndimage  # slow to import, and loading the graph needs none of it

    opened = dilate(erode_inside(mask, 1), 1) & mask
    main = largest_component(opened if opened.any() else mask)
    box = tight_box(main)
    if box is not None:
        x0, y0, x1, y1 = box
        main[y0:y1, x0:x1] = ndimage.binary_fill_holes(main[y0:y1, x0:x1])
    return main


def soft_alpha(image: RGB, mask: Mask) -> SoftMask:
    """Alpha that follows the picture's edges within a few pixels of the mask's rim.

    Guided filter with the gray picture as guide; exactly 1 deep inside and 0 well outside.

    Source: K. He, J. Sun, X. Tang, Guided Image Filtering, 2013, equations 5 to 8.
    """
    guide = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32) / np.float32(255)
    target = mask.astype(np.float32)
    side = 2 * _GUIDE_RADIUS_PX + 1

    def mean(values: np.ndarray) -> np.ndarray:
        return np.asarray(cv2.blur(values, (side, side)))

    guide_mean, target_mean = mean(guide), mean(target)
    slope = (mean(guide * target) - guide_mean * target_mean) / (mean(guide * guide) - guide_mean**2 + _GUIDE_EPSILON)
    offset = target_mean - slope * guide_mean
    # The filter's averages leave a faint veil on both sides of the edge: stretching removes it.
    low, high = _VEIL
    alpha = np.clip((mean(slope) * guide + mean(offset) - low) / (high - low), 0, 1)
    alpha[erode_inside(mask, _RIM_PX)] = 1
    alpha[~dilate(mask, _RIM_PX)] = 0
    # A little blur over the rim hides the steps of the mask where the guide has no edge.
    soft = cv2.GaussianBlur(alpha.astype(np.float32), (0, 0), _SOFTNESS_PX)
    return np.where(alpha > 0, np.clip(soft, 0, 1), 0).astype(np.float32)


def character_rgba(image: RGB, alpha: SoftMask) -> RGBA:
    """The character on transparent ground; its rim takes the colour of its inside.

    Half-transparent pixels hold a mixture with the old background, which would show as a fringe on
    a new one.
    """
    from scipy import ndimage

    solid = alpha >= _SOLID
    colours = image.copy()
    if solid.any():
        nearest = cast(
            "NDArray[np.int32]", ndimage.distance_transform_edt(~solid, return_distances=False, return_indices=True)
        )
        colours = image[nearest[0], nearest[1]]
    return np.dstack([colours, np.rint(alpha * 255).astype(np.uint8)])
