"""Colours of one picture: its palette and its channel histograms, small enough to keep in a table.

Belongs here: per-image colour distributions that can be pooled. Does not belong here: pooling them
(``profile/``) and single colour numbers (``measure_photos.py``).
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from synth_assets.core.colour import to_lab
from synth_assets.core.look import Look

HISTOGRAM_BINS = 32
PALETTE_COLOURS = 12
_CELL_LAB = (10.0, 14.0, 14.0)
"""Size of a palette cell in L, a, b: about what is still called the same colour."""

Colour = tuple[float, float, float]


def channel_histograms(look: Look, bins: int = HISTOGRAM_BINS) -> NDArray[np.float64]:
    """Gives (3, bins) shares of pixels by value of R, G and B; each row sums to 1."""
    rows = [cv2.calcHist([look.image], [channel], None, [bins], [0, 256]) for channel in range(3)]
    return np.stack([np.ravel(row) for row in rows]).astype(np.float64) / look.pixels


def palette(look: Look, colours: int = PALETTE_COLOURS) -> list[tuple[Colour, float]]:
    """Gives the most frequent colours with the share of the picture that each stands for.

    The small version's pixels are sorted into cells of CIELAB; a cell's colour is the mean of its
    pixels. Shares of cells left out are not handed on, so they sum to at most 1.

    Returns:
        Up to ``colours`` pairs of ((R, G, B) in 0..255, share), most frequent first.
    """
    pixels = look.small.reshape(-1, 3)
    cells = np.floor(to_lab(look.small).reshape(-1, 3) / np.array(_CELL_LAB, np.float32)).astype(np.int64)
    codes = (cells[:, 0] << 16) + ((cells[:, 1] + 128) << 8) + (cells[:, 2] + 128)
    _, index, counts = np.unique(codes, return_inverse=True, return_counts=True)
    sums = np.stack([np.bincount(index, weights=pixels[:, channel]) for channel in range(3)], axis=1)
    order = np.argsort(-counts, kind="stable")[:colours]
    means = sums[order] / counts[order, None]
    return [
        ((float(red), float(green), float(blue)), float(count) / len(pixels))
        for (red, green, blue), count in zip(means, counts[order], strict=True)
    ]
