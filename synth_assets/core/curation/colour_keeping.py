"""Keeping colours: an enhanced picture with the colours of what it was made from.

Belongs here: taking colour from the source and detail from the enhanced picture, limits on hue and difference, and
measuring both. Does not belong here: enhancing (``strategies/enhance.py``) and colour formulas (``core/colour.py``).
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from synth_assets.core.colour import delta_e2000, from_lab, hue_shift_deg, to_lab
from synth_assets.core.images import resize
from synth_assets.core.ports import RGB, Mask

_ROUNDS = 4
_UNDER_THE_LIMIT = 0.97
"""Detail is taken back a little further than the limit says: the difference does not fall quite in step with it."""


@dataclass(frozen=True)
class Difference:
    """How far a picture's colours are from the source's, by CIEDE2000 inside a mask; 0 for an empty one."""

    mean: float
    largest: float


def keep_colours(image: RGB, source: RGB, mask: Mask, sigma_px: float, max_delta_e: float) -> RGB:
    """Gives the enhanced picture with the source's chroma and coarse lightness; only fine lightness stays its own.

    Where the mean difference to the source still is above the limit, the fine lightness is moved toward the source's.

    Source: the colour correction by wavelets of J. Wang et al., Exploiting Diffusion Prior for Real-World Image
    Super-Resolution (StableSR), 2023, here with one Gaussian level and all chroma from the source.

    Args:
        image: (H', W', 3), usually larger than the source.
        source: (H, W, 3).
        mask: (H, W) where the difference counts.
        sigma_px: of the Gaussian that parts coarse from fine, in pixels of the source.
        max_delta_e: limit of the mean CIEDE2000 at the source's size.
    """
    below = to_lab(np.asarray(resize(source, image.shape[:2]), np.uint8))
    light, wished = to_lab(image)[..., 0], below[..., 0]
    sigma = sigma_px * image.shape[0] / source.shape[0]
    fine = light - _coarse(light, sigma) + _coarse(wished, sigma) - wished
    kept, picture = 1.0, image
    for _ in range(_ROUNDS):
        picture = from_lab(np.dstack([np.clip(wished + kept * fine, 0, 100), below[..., 1:]]).astype(np.float32))
        found = difference(picture, source, mask).mean
        if found <= max_delta_e:
            break
        kept *= _UNDER_THE_LIMIT * max_delta_e / found
    return picture


def _coarse(plane: NDArray[np.float32], sigma_px: float) -> NDArray[np.float32]:
    return np.asarray(cv2.GaussianBlur(plane, (0, 0), sigma_px), np.float32)


def limit_hue(image: RGB, source: RGB, max_shift_deg: float, min_chroma: float) -> RGB:
    """Gives the picture with no hue further than the limit from the source's: such pixels become the source's.

    With the source's chroma, hue moves by rounding to 8 bits and where a colour leaves sRGB.

    Args:
        image: (H, W, 3).
        source: the same size.
        max_shift_deg: limit of the CIELAB hue angle.
        min_chroma: pixels whose source has less are let be; their hue is noise.
    """
    shift = hue_shift_deg(to_lab(image), to_lab(source), min_chroma)
    return np.where((shift > max_shift_deg)[..., None], source, image)


def difference(image: RGB, source: RGB, mask: Mask) -> Difference:
    """Compares the picture, scaled to the source's size, with the source inside the mask."""
    small = np.asarray(resize(image, source.shape[:2]), np.uint8)
    found = delta_e2000(to_lab(small)[mask], to_lab(source)[mask])
    return Difference(float(found.mean()), float(found.max())) if found.size else Difference(0.0, 0.0)


def largest_hue_shift(image: RGB, source: RGB, mask: Mask, min_chroma: float) -> float:
    """The largest hue shift in degrees inside the mask, of pixels with colour; 0 without any."""
    shift = hue_shift_deg(to_lab(image), to_lab(source), min_chroma)[mask]
    return float(shift.max()) if shift.size else 0.0
