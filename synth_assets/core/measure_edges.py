"""Edge blur: how soft the edges of a picture are, however few it has.

Belongs here: the blur of a picture's edges in pixels and the sharpness that follows from it. Does not belong here:
the documented sharpness, which grows with the number of edges (``look.py``).
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from synth_assets.core.look import REBLUR_SIGMA_PX, SOBEL_GAIN, Look

MIN_STEP, MAX_STEP = 3.0, 12.0
"""Bounds of the least slope of an edge in gray levels a pixel, after re-blurring. Below lie compression and rounding;
above no noise reaches (its standard deviation would have to be 55), so a picture full of texture keeps its edges."""
NOISE_FACTOR = 5.0
"""An edge is so many times as steep as the median of the picture; noise alone gets there once in 30 million pixels."""
SAMPLED_EVERY_PX = 4
MIN_EDGE_PX = 16
"""With fewer edge pixels a picture counts as one without edges."""
EDGE_QUANTILE = 0.7
"""Which edge speaks for the picture, from the softest to the sharpest, each weighted by its squared slope. The median
is mostly the soft border of a shadow or a ground out of focus; the very sharpest are where noise meets an edge."""
FINE_VARIANCE = 1 + 1 / 3
"""Blur that measuring adds by itself: 1 of the 5 x 5 kernel of ``Look.smooth``, 1/3 of the difference [-1, 0, 1]."""
HALF_BLUR_PX, FALL = 1.4, 3.0
"""Sharpness is 1 / (1 + (blur / HALF_BLUR_PX)^FALL): 0.95 for drawings that are crisp to the pixel (blur 0.5 px), 0.4
for a picture blurred with a sigma of 1.5 px, which looks soft at full size, 0.25 with 2 px and 0.04 with 4 px."""
BAR_LEVEL = 24
"""Rows and columns along the border with no brighter gray are bars; video puts black at 16."""
BAR_REACH_PX = 8
"""So far re-blurring carries a bar's border, which is crisp whatever the film shows."""


def edge_sharpness(look: Look) -> float:
    """Gives how sharp the edges that exist are, 0..1; 0 where there is none, since then nothing in it is sharp.

    A picture blurred ever more loses its last edge at a value near 0 anyway.
    """
    blur_px = edge_blur(look)
    return 0.0 if math.isinf(blur_px) else 1 / (1 + (blur_px / HALF_BLUR_PX) ** FALL)


def edge_blur(look: Look) -> float:
    """Gives the standard deviation, in pixels, of the Gaussian that turns a step into the picture's edges.

    Blurring an edge of variance a once more by s^2 lowers its slope by r = sqrt((a + s^2) / a), whatever its height: so
    a = s^2 / (r^2 - 1). The slope is measured along the re-blurred edge's direction and at its crest, and both planes
    are smoothed first, so that noise neither makes edges nor steepens them. Lines thinner than the re-blur read
    sharper than steps (two pixels wide and blurred by 2: as 1.2).

    Returns:
        0 for edges at least as sharp as a step between two pixels; infinity without any edge.

    Source: S. Zhuo, T. Sim, "Defocus map estimation from a single image", Pattern Recognition 44, 2011, section 3;
    edges are J. Canny's, "A computational approach to edge detection", 1986, on the re-blurred plane.
    """
    coarse_x, coarse_y = look.reblurred_slopes
    step = SOBEL_GAIN * min(max(NOISE_FACTOR * _median_slope(look), MIN_STEP), MAX_STEP)
    mask = np.asarray(cv2.Canny(coarse_x, coarse_y, step, step, L2gradient=True), np.uint8)
    _clear_bars(mask, look.gray)
    edges = np.flatnonzero(mask)
    if edges.size < MIN_EDGE_PX:
        return math.inf
    x, y = (plane.ravel()[edges].astype(np.float64) for plane in (coarse_x, coarse_y))
    fine_x, fine_y = (plane.ravel()[edges] for plane in look.slopes)
    energy = x * x + y * y
    ratio = _quantile((fine_x * x + fine_y * y) / energy, energy)
    return math.inf if ratio <= 1 else math.sqrt(max(REBLUR_SIGMA_PX**2 / (ratio**2 - 1) - FINE_VARIANCE, 0.0))


def _median_slope(look: Look) -> float:
    """Median slope of the re-blurred plane in gray levels a pixel, from a grid of its pixels."""
    x, y = (plane[::SAMPLED_EVERY_PX, ::SAMPLED_EVERY_PX].astype(np.float64) for plane in look.reblurred_slopes)
    return float(np.median(np.hypot(x, y))) / SOBEL_GAIN


def _clear_bars(edges: NDArray[np.uint8], gray: NDArray[np.uint8]) -> None:
    """Takes out the edges of black bars above, below or beside the picture."""
    for side, plane in ((1, edges), (0, edges.T)):
        lit = np.flatnonzero(np.ravel(cv2.reduce(gray, side, cv2.REDUCE_MAX)) > BAR_LEVEL)
        first, last = (int(lit[0]), int(lit[-1]) + 1) if lit.size else (len(plane), 0)
        if first:
            plane[: first + BAR_REACH_PX] = 0
        if last < len(plane):
            plane[max(0, last - BAR_REACH_PX) :] = 0


def _quantile(values: NDArray[np.float64], weights: NDArray[np.float64]) -> float:
    order = np.argsort(values)
    summed = np.cumsum(weights[order])
    return float(values[order[np.searchsorted(summed, EDGE_QUANTILE * summed[-1])]])
