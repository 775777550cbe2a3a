"""Harmony: an object's light, colour and sharpness moved toward where it is pasted.

Belongs here: statistics of the surroundings and what they do to an object's pixels. Does not belong
here: geometry (``laying.py``), shadows and blending (``resources/offline``).
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from synth_assets.core.colour import to_lab
from synth_assets.core.ports import RGB, Mask

Lab = NDArray[np.float32]

_DARKER_STRENGTH = 0.72
_LIGHTER_STRENGTH = 0.4
"""How far lightness follows the surroundings down, and up: dusk dims what is white, a lit wall does
not light up what is dark."""
_LIGHT_GAIN_RANGE = (0.3, 1.12)
_CONTRAST_POWER = 0.3
_CONTRAST_RANGE = (0.7, 1.0)
_CAST_STRENGTH = 0.3
_MAX_CAST = 7.0
_CHROMA_BASE = 0.74
"""Rendered and studio objects are more colourful than photographed ones."""
_CHROMA_PER_SURROUND = 0.008
_CHROMA_MAX = 0.9
_EDGE_PERCENTILE = 97.0
_PROBE_SIGMA_PX = 1.0
_SIGMA_RANGE_PX = (0.0, 1.6)
_NOISE_BLOCK_PX = 8
_NOISE_MAX = 3.5
_LAPLACIAN_NOISE = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)


def harmonise(pixels: Lab, inside: Mask, around: Lab) -> Lab:
    """Gives an object's CIELAB pixels lit and tinted like their surroundings, still recognisable.

    Lightness and chroma are scaled together, as less light does it; chroma is then lowered toward
    what the surroundings show and shifted by a bounded part of their cast.

    Args:
        pixels: (H, W, 3) CIELAB of the object.
        inside: (H, W) bool, the object's pixels.
        around: (N, 3) CIELAB of the surroundings.
    """
    own = pixels[inside]
    mean_light, around_light = float(own[:, 0].mean()), float(around[:, 0].mean())
    strength = _DARKER_STRENGTH if around_light < mean_light else _LIGHTER_STRENGTH
    wished = mean_light + strength * (around_light - mean_light)
    gain = float(np.clip(wished / max(mean_light, 1.0), *_LIGHT_GAIN_RANGE))
    spread = float(around[:, 0].std()) / max(float(own[:, 0].std()), 1.0)
    contrast = float(np.clip(spread**_CONTRAST_POWER, *_CONTRAST_RANGE))
    lab = pixels.copy()
    light = (lab[..., 0] - mean_light) * contrast + mean_light
    lab[..., 0] = np.clip(light * gain, 0, 100)
    surround_chroma = float(np.linalg.norm(around[:, 1:], axis=1).mean())
    chroma = min(_CHROMA_BASE + _CHROMA_PER_SURROUND * surround_chroma, _CHROMA_MAX)
    cast = np.clip(_CAST_STRENGTH * around[:, 1:].mean(axis=0), -_MAX_CAST, _MAX_CAST)
    lab[..., 1:] = lab[..., 1:] * (min(gain, 1.0) * chroma) + cast
    return lab.astype(np.float32)


def edge_sigma_px(light: NDArray[np.float32], where: Mask | None = None) -> float:
    """Gives how blurred the strongest edges are, as the sigma of a Gaussian in pixels.

    The ratio of an edge's gradient before and after a known blur tells its own blur.

    Source: Zhuo and Sim, "Defocus map estimation from a single image", Pattern Recognition 44(9), 2011.

    Args:
        light: (H, W) lightness.
        where: (H, W) bool, pixels to look at; None = all.
    """
    first = _gradient(light)
    second = _gradient(cv2.GaussianBlur(light, (0, 0), _PROBE_SIGMA_PX).astype(np.float32))
    candidates = first if where is None else first[where]
    if candidates.size == 0 or float(candidates.max()) <= 0:
        return 0.0
    strong = first >= max(float(np.percentile(candidates, _EDGE_PERCENTILE)), 1e-3)
    if where is not None:
        strong &= where
    ratio = float(np.median(first[strong] / np.maximum(second[strong], 1e-6)))
    sigma = _PROBE_SIGMA_PX / np.sqrt(ratio**2 - 1) if ratio > 1 else _SIGMA_RANGE_PX[1]
    return float(np.clip(sigma, *_SIGMA_RANGE_PX))


def _gradient(light: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.hypot(cv2.Sobel(light, cv2.CV_32F, 1, 0), cv2.Sobel(light, cv2.CV_32F, 0, 1)).astype(np.float32)


def noise_sigma(image: RGB) -> float:
    """Gives the standard deviation of the noise (0..255), from the smoothest blocks.

    Source: Immerkær, "Fast noise variance estimation", CVIU 64(2), 1996, here a low quantile over
    blocks, so that texture is not taken for noise.

    Args:
        image: (H, W, 3) uint8 RGB.
    """
    gray = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32)
    response = np.abs(cv2.filter2D(gray, cv2.CV_32F, _LAPLACIAN_NOISE)) * np.float32(np.sqrt(np.pi / 2) / 6)
    block = _NOISE_BLOCK_PX
    means = cv2.blur(response, (block, block))[block // 2 :: block, block // 2 :: block]
    return float(min(np.percentile(means, 30), _NOISE_MAX))


def around_lab(image: RGB, ring: Mask) -> NDArray[np.float32]:
    """CIELAB values (N, 3) of the ring; of the whole picture where the ring is empty."""
    lab = to_lab(image)
    return lab[ring] if ring.any() else lab.reshape(-1, 3)
