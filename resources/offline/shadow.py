"""Shadows: the light that a pasted object takes from the ground, and the ground with less of it.

Belongs here: where an object's shadow falls, and darkening that leaves the ground's grain as it was.
Does not belong here: the object's own pixels (``core/scenes/laying.py``) and putting it in (``cut_paste.py``).
"""

from __future__ import annotations

import cv2
import numpy as np

from synth_assets.core.colour import to_lab
from synth_assets.core.ports import RGB, Box, SoftMask

_CORE = 0.5
_OVERLAP_PX = 2
"""Feet sink this far into the ground's shadow."""
_CONTACT_SHARE = 0.07
"""A column touches the ground if its lowest pixel lies in this lowest share of the object."""
_CONTACT_DARKNESS = 0.72
_CONTACT_HEIGHT = 0.035
_BODY_DARKNESS = 0.52
_BODY_HEIGHT = 0.09
_BODY_WIDTH = 0.98
_SKY_DARKNESS = 0.1
_SKY_HEIGHT = 0.2
_SKY_BLUR_SHARE = 0.3
_SKY_BLUR_PX = 14.0
"""The sky that an object hides from the ground around it darkens little, far and very softly. Without it
the shadow of a small object ends within a few pixels: an outline, which the leak probe finds."""
_TAPER_PX = 12
"""The far shadow fades to nothing over this distance from the picture's border, which may be a crop's."""
_SHADOW_FLOOR = 0.75
"""Share of the shadow's darkness left on ground without any light of its own."""
_LEAST = 0.0005
"""Less is none: a twentieth of a level of ordinary ground."""

_GRAIN_SIGMA_PX = 1.3
_GRAIN_WINDOW_PX = 9
_ROUNDING_VARIANCE = 1 / 12
_GRAIN_FADE_LEVELS = 0.25
"""Grain is exchanged in full where at least this much light is taken: no border between two grains."""


def shadow_of(alpha: SoftMask, placed: Box, image: RGB) -> SoftMask:
    """Gives how much of the ground's light is taken, 0..1: tight under the feet, wide under the body.

    Args:
        alpha: (H, W) the object's opacity.
        placed: its bounds.
        image: (H, W, 3) the picture without it.
    """
    size_hw = (image.shape[0], image.shape[1])
    x0, y0, x1, y1 = placed
    height, width = y1 - y0, x1 - x0
    foot = y1 - _OVERLAP_PX
    axes = (max(2, round(width * _BODY_WIDTH / 2)), max(1, round(_BODY_HEIGHT * height)))
    body = _ellipse(size_hw, ((x0 + x1) // 2, foot), axes)
    body = cv2.GaussianBlur(body, (0, 0), max(1.5, axes[0] * 0.16), sigmaY=max(1.0, axes[1] * 0.6))
    sky = _ellipse(size_hw, ((x0 + x1) // 2, foot), (axes[0], max(2, round(_SKY_HEIGHT * height))))
    sky = cv2.GaussianBlur(sky, (0, 0), max(_SKY_BLUR_PX, _SKY_BLUR_SHARE * max(width, height))) * _taper(size_hw)
    kept = (1 - _CONTACT_DARKNESS * _contact(alpha, placed)) * (1 - _BODY_DARKNESS * body) * (1 - _SKY_DARKNESS * sky)
    ground = to_lab(image[max(0, foot - 4) :, max(0, x0) : x1])[..., 0]
    brightness = float(ground.mean()) / 60 if ground.size else 1.0
    taken = (1 - kept) * (_SHADOW_FLOOR + (1 - _SHADOW_FLOOR) * min(brightness, 1.0))
    return np.where(taken < _LEAST, 0, taken).astype(np.float32)


def _ellipse(size_hw: tuple[int, int], centre: tuple[int, int], axes: tuple[int, int]) -> SoftMask:
    canvas = np.zeros(size_hw, np.float32)
    cv2.ellipse(canvas, centre, axes, 0, 0, 360, 1.0, -1, cv2.LINE_AA)
    return canvas


def _contact(alpha: SoftMask, placed: Box) -> SoftMask:
    """Where feet meet the ground, 0..1."""
    x0, y0, x1, y1 = placed
    height = y1 - y0
    solid = alpha[y0:y1, x0:x1] >= _CORE
    lowest = height - 1 - np.argmax(solid[::-1], axis=0)
    touches = solid.any(axis=0) & (lowest >= height * (1 - _CONTACT_SHARE) - 1)
    contact = np.zeros(alpha.shape, np.float32)
    thick = max(1, round(_CONTACT_HEIGHT * height * 0.6))
    for column in np.flatnonzero(touches):
        base = min(y0 + int(lowest[column]), alpha.shape[0] - 1)
        contact[max(0, base - thick) : base + thick, x0 + column] = 1
    sigma = max(0.8, _CONTACT_HEIGHT * height * 0.55)
    blurred = cv2.GaussianBlur(contact, (0, 0), sigma * 1.4, sigmaY=sigma * 0.8)
    return np.minimum(blurred * 1.25, 1).astype(np.float32)


def _taper(size_hw: tuple[int, int]) -> SoftMask:
    rows, columns = (np.minimum(np.arange(side), np.arange(side)[::-1]) for side in size_hw)
    rise = np.clip(np.minimum(rows[:, None], columns[None, :]) / _TAPER_PX, 0, 1)
    return (rise * rise * (3 - 2 * rise)).astype(np.float32)


def darken(image: RGB, taken: SoftMask) -> RGB:
    """Gives the picture with a share of its light taken, its grain as strong and as coloured as before.

    Multiplying and rounding would add a second rounding error to the picture's own, independent in
    every channel: in smooth ground this grain tells where the shadow was put, though it cannot be
    seen. So the variance that rounding will add is first taken out of the grain, and green is
    rounded by itself, red and blue by their differences to it. Pixels where ``taken`` is 0 keep their bytes.

    Args:
        image: (H, W, 3) uint8 RGB.
        taken: (H, W) share of the light taken, 0..1.
    """
    red, green, blue = (image[..., channel].astype(np.float32) for channel in range(3))
    planes = np.dstack([green, red - green, blue - green])
    grain = planes - cv2.GaussianBlur(planes, (0, 0), _GRAIN_SIGMA_PX)
    variance = cv2.blur(grain * grain, (_GRAIN_WINDOW_PX, _GRAIN_WINDOW_PX))
    added = _ROUNDING_VARIANCE * _white_noise_kept(_GRAIN_SIGMA_PX)
    surplus = 1 - np.sqrt(np.clip(1 - added / np.maximum(variance, 1e-6), 0, 1))
    taken_levels = taken[..., None] * planes
    exchanged = np.clip(np.abs(taken_levels) / _GRAIN_FADE_LEVELS, 0, 1)
    shaded = np.rint(planes - exchanged * surplus * grain - taken_levels)
    mixed = np.dstack([shaded[..., 1] + shaded[..., 0], shaded[..., 0], shaded[..., 2] + shaded[..., 0]])
    return np.where((taken > 0)[..., None], np.clip(mixed, 0, 255), image).astype(np.uint8)


def _white_noise_kept(sigma_px: float) -> float:
    """Share of white noise's variance that is left when its Gaussian blur is taken away."""
    weights = cv2.getGaussianKernel(2 * round(4 * sigma_px) + 1, sigma_px)
    centre, energy = float(weights.max()), float((weights**2).sum())
    return 1 - 2 * centre**2 + energy**2
