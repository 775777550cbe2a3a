"""Laying: a cutout put at a place of a picture, in the light of its surroundings.

Belongs here: scaling a cutout onto a canvas of the picture's size, its rim, tone, sharpness and noise. Does not belong
here: the statistics behind the tone (``harmony.py``), choosing the place, and shadows (``resources/offline``).
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from synth_assets.core.colour import from_lab, to_lab
from synth_assets.core.images import resize
from synth_assets.core.ports import RGB, RGBA, Mask, SoftMask
from synth_assets.core.scenes.harmony import around_lab, edge_sigma_px, harmonise, noise_sigma

SOLID = 0.5
"""Alpha from which a pixel counts as the object's."""
VISIBLE = 1 / 255
_RIM_SIGMA_PX = 0.5
"""Blur of the rim on top of what the surroundings show: about one pixel of feather."""


def lay(
    cutout: RGBA, corner_xy: tuple[int, int], target_hw: tuple[int, int], size_hw: tuple[int, int]
) -> tuple[NDArray[np.float32], SoftMask]:
    """Gives the cutout's colours (H, W, 3) in 0..255 and alpha (H, W) on a canvas; what lies outside is cut off.

    Args:
        cutout: (h, w, 4).
        corner_xy: where its upper left corner goes; may lie outside.
        target_hw: (height, width) it is scaled to.
        size_hw: of the canvas.
    """
    # Premultiplied, so that colours under transparent pixels do not bleed into the rim.
    alpha = cutout[..., 3:].astype(np.float32) / 255
    premultiplied = resize(np.dstack([cutout[..., :3].astype(np.float32) * alpha, alpha]).astype(np.float32), target_hw)
    x0, y0 = corner_xy
    canvas = np.zeros((*size_hw, 4), np.float32)
    top, left = max(0, y0), max(0, x0)
    bottom, right = min(size_hw[0], y0 + target_hw[0]), min(size_hw[1], x0 + target_hw[1])
    if top < bottom and left < right:
        canvas[top:bottom, left:right] = premultiplied[top - y0 : bottom - y0, left - x0 : right - x0]
    soft = np.clip(canvas[..., 3], 0, 1)
    colours = np.clip(canvas[..., :3] / np.maximum(canvas[..., 3:], 1e-3), 0, 255)
    return colours.astype(np.float32), soft.astype(np.float32)


def in_tone(
    colours: NDArray[np.float32],
    alpha: SoftMask,
    image: RGB,
    ring: Mask,
    rng: np.random.Generator,
    light: NDArray[np.float32] | None = None,
) -> tuple[NDArray[np.float32], SoftMask]:
    """Gives a laid cutout's colours and alpha with the surroundings' light, sharpness and noise.

    Args:
        colours: (H, W, 3) float32 RGB in 0..255.
        alpha: (H, W).
        image: the picture below.
        ring: pixels whose light it takes.
        rng: draws the noise.
        light: (H, W) factor on the object's lightness; None = 1.
    """
    inside = alpha >= SOLID
    lab = to_lab(np.rint(colours).astype(np.uint8))
    lit = harmonise(lab, inside, around_lab(image, ring))
    if light is not None:
        lit[..., 0] *= light
    plane = to_lab(image)[..., 0]
    own_sigma = edge_sigma_px(np.where(inside, lab[..., 0], 0).astype(np.float32), inside)
    blur = float(np.sqrt(max(edge_sigma_px(plane) ** 2 - own_sigma**2, 0.0)))
    rgb = from_lab(lit).astype(np.float32)
    if blur > 0.2:
        weight = np.maximum(cv2.GaussianBlur(alpha, (0, 0), blur), 1e-3)[..., None]
        rgb = cv2.GaussianBlur(rgb * alpha[..., None], (0, 0), blur) / weight
    soft = cv2.GaussianBlur(alpha, (0, 0), float(np.hypot(_RIM_SIGMA_PX, blur)))
    noise = rng.normal(0, noise_sigma(image), image.shape[:2]).astype(np.float32)
    soft = np.where(soft < VISIBLE, 0, soft)
    return np.clip(rgb + noise[..., None], 0, 255).astype(np.float32), soft.astype(np.float32)
