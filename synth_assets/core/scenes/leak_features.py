"""Leak features: what a patch on a border of repainting looks like to someone who searches for the seam.

Belongs here: high-pass residual statistics of patches on both sides of a border, and its profile.
Does not belong here: where patches lie and what is concluded from them (``leak.py``).
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from synth_assets.core.colour import to_lab
from synth_assets.core.ports import RGB, Mask

Features = NDArray[np.float64]
Values = NDArray[np.float64]
Zone = NDArray[np.bool_]

_KERNELS: tuple[NDArray[np.float64], ...] = (
    np.array([[1, -3, 3, -1]]) / 3,
    np.array([[1], [-3], [3], [-1]]) / 3,
    np.array([[-1, 2, -1], [2, -4, 2], [-1, 2, -1]]) / 4,
    np.array([[-1, 2, -2, 2, -1], [2, -6, 8, -6, 2], [-2, 8, -12, 8, -2], [2, -6, 8, -6, 2], [-1, 2, -2, 2, -1]]) / 12,
)
"""Third differences both ways, then the 3x3 and 5x5 squares of the spatial rich model. First and second
differences are left out: they see the slope and the curve of a soft shadow."""
_SQUARE = 2
"""Of these, the one whose chroma residual, kurtosis and correlation are looked at."""
_BAND_PX = 2
"""Pixels on either side that count as the border itself: as far as the largest kernel reaches."""
_PROFILE_PX = 4
_FLAT = 1.0
"""A residual (0..255) below this is rounding: counted as flat."""
_FLOOR = 0.1
"""Added to mean residuals before a logarithm, in levels (0..255): a tenth of one is nothing."""


def patch_features(image: RGB, repainted: Mask, corners: NDArray[np.int64], side_px: int) -> Features:
    """Gives one row of features a patch; needs the picture and the border only, never the other picture.

    Of every residual of brightness and of two colour differences: its mean size outside, and inside
    and on the border against that (as logarithms); of one of them, on either side, the share of flat
    pixels, peakedness and correlation with its neighbours. Of CIELAB: how far the one-pixel step at
    the border stands out of the steps beside it.

    A soft shadow is a fair cue, like the object itself, so nothing here sees its darkness or its
    slope: of a shadow drawn without rounding the probe hears next to nothing, of one that ends in a
    step or brings grain of its own, a lot.

    Source: J. Fridrich and J. Kodovsky, "Rich models for steganalysis of digital images", IEEE
    Transactions on Information Forensics and Security 7(3), 2012 (the residuals).

    Args:
        image: (H, W, 3) uint8 RGB.
        repainted: (H, W) bool, True = repainted; its border runs through every patch.
        corners: (N, 2) row and column of each patch's first pixel.
        side_px: of the patches.

    Returns:
        (N, F) float64.
    """
    gray = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32)
    residuals = [_filtered(gray, kernel) for kernel in _KERNELS]
    residuals += [_filtered(difference, _KERNELS[_SQUARE]) for difference in _colour_differences(image)]
    lab, depth = to_lab(image), _depth_px(repainted)
    rows, columns = (corners[:, place, None, None] for place in (0, 1))
    reach = np.arange(side_px)

    def cut(values: NDArray[Any]) -> Values:
        patches = values[rows + reach[None, :, None], columns + reach[None, None, :]]
        return patches.reshape(len(corners), -1).astype(np.float64)

    depths = cut(depth)
    inside, outside = depths > _BAND_PX, depths < -_BAND_PX
    found: list[Values] = []
    for residual in residuals:
        found += _sizes(cut(np.abs(residual)), inside, outside)
    square, tied = cut(residuals[_SQUARE]), cut(_lagged(residuals[_SQUARE]))
    sides = [_shape(square, tied, zone) for zone in (inside, outside)]
    found += [*sides[0], *sides[1], *(within - beyond for within, beyond in zip(*sides, strict=True))]
    for channel in range(3):
        found += _steps(cut(lab[..., channel]), depths)
    return np.stack(found, axis=1)


def _filtered(plane: NDArray[np.float32], kernel: NDArray[np.float64]) -> NDArray[np.float32]:
    return cv2.filter2D(plane, cv2.CV_32F, kernel).astype(np.float32, copy=False)


def _colour_differences(image: RGB) -> list[NDArray[np.float32]]:
    """Red against green and blue against both, in levels: unlike CIELAB's, their noise is the same in the dark."""
    red, green, blue = (image[..., channel].astype(np.float32) for channel in range(3))
    return [red - green, blue - (red + green) / 2]


def _depth_px(repainted: Mask) -> NDArray[np.float32]:
    """Distance into the repainted region: 1 for its outermost pixels, -1 for the first outside of it."""
    inside = cv2.distanceTransform(repainted.astype(np.uint8), cv2.DIST_L2, 5)
    outside = cv2.distanceTransform((~repainted).astype(np.uint8), cv2.DIST_L2, 5)
    return np.rint(inside - outside).astype(np.float32)


def _mean(values: Values | Zone, zone: Zone) -> Values:
    return (values * zone).sum(axis=1) / np.maximum(zone.sum(axis=1), 1)


def _sizes(sizes: Values, inside: Zone, outside: Zone) -> list[Values]:
    border = ~(inside | outside)
    within, at, beyond = (np.log(_mean(sizes, zone) + _FLOOR) for zone in (inside, border, outside))
    return [beyond, within - beyond, at - (within + beyond) / 2]


def _lagged(residual: NDArray[np.float32]) -> NDArray[np.float32]:
    """Product with the mean of the right and the lower neighbour: high where blur ties them together."""
    tied = residual * (np.roll(residual, -1, axis=1) + np.roll(residual, -1, axis=0)) / 2
    return tied.astype(np.float32)


def _shape(residual: Values, tied: Values, zone: Zone) -> list[Values]:
    """Share of flat pixels, logarithm of the kurtosis and correlation of neighbours."""
    variance = _mean(residual**2, zone) + _FLOOR**2
    peaked = np.log(_mean(residual**4, zone) / variance**2 + 1)
    return [_mean(np.abs(residual) < _FLAT, zone), peaked, _mean(tied, zone) / variance]


def _steps(values: Values, depths: Values) -> list[Values]:
    """How far the step at the border stands out of the steps beside it, and relative to what is usual there."""
    levels = [level for level in range(-_PROFILE_PX, _PROFILE_PX + 1) if level != 0]
    steps = np.diff(np.stack([_mean(values, depths == level) for level in levels], axis=1), axis=1)
    middle = _PROFILE_PX - 1
    excess = np.abs(steps[:, middle] - (steps[:, middle - 1] + steps[:, middle + 1]) / 2)
    beside = np.delete(steps, middle, axis=1)
    usual = np.abs(np.diff(beside, axis=1)).mean(axis=1) + np.abs(beside).mean(axis=1)
    return [np.log(excess + _FLOOR), np.log((excess + _FLOOR) / (usual + _FLOOR))]
