"""Flat drawings for tests: crisp shapes on a plain ground, antialiased.

Does not belong here: characters that a segmenter must find (the tests of the curation draw their own).
"""

import cv2
import numpy as np

from synth_assets.core.ports import RGB

_FINER = 4


def flat_drawing(shapes: int, seed: int = 0, size_hw: tuple[int, int] = (160, 240)) -> RGB:
    """Ellipses of one gray each, at random places; drawn four times as large, so that their rims are antialiased."""
    rng = np.random.default_rng(seed)
    height, width = size_hw[0] * _FINER, size_hw[1] * _FINER
    large = np.full((height, width), 180, np.uint8)
    for _ in range(shapes):
        centre = int(rng.integers(width // 8, width * 7 // 8)), int(rng.integers(height // 8, height * 7 // 8))
        axes = int(rng.integers(height // 20, height // 5)), int(rng.integers(height // 20, height // 5))
        cv2.ellipse(large, centre, axes, float(rng.uniform(0, 180)), 0, 360, int(rng.integers(50, 130)), -1)
    gray = np.asarray(cv2.resize(large, (size_hw[1], size_hw[0]), interpolation=cv2.INTER_AREA), np.uint8)
    return np.repeat(gray[..., None], 3, axis=2)


def blurred(image: RGB, sigma_px: float) -> RGB:
    return np.asarray(cv2.GaussianBlur(image, (0, 0), sigma_px), np.uint8)


def noisy(image: RGB, sigma: float, seed: int = 0) -> RGB:
    noise = np.random.default_rng(seed).normal(0, sigma, image.shape[:2])[..., None]
    return np.clip(np.rint(image + noise), 0, 255).astype(np.uint8)
