"""Colours of one picture: its palette and its channel histograms, small enough to keep in a table.

Belongs here: per-image colour distributions that can be pooled. Does not belong here: pooling them
(``profile/``) and single colour numbers (``measure_photos.py``).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from synth_assets.core.colour import to_lab
from synth_assets.core.look import Look

HISTOGRAM_BINS = 32
PALETTE_COLOURS = 12
_CELL_LAB = (10.0, 14.0, 14.0)
"""Size of a palette cell in L, a, b: about what is still called the same colour."""
_CELLS = 32
"""More than there are cells along L (0..100), a or b (-128..127)."""

Colour = tuple[float, float, float]


def channel_histograms(look: Look, bins: int = HISTOGRAM_BINS) -> NDArray[np.float64]:
    """Gives (3, bins) shares of pixels by value of R, G and B; each row sums to 1.

    Value v falls into bin v * bins // 256.

    Args:
        look: the picture.
        bins: 1..256.
    """
    bin_of = np.arange(256) * bins // 256
    rows = [np.bincount(bin_of, weights=counts, minlength=bins) for counts in look.channel_counts]
    return np.stack(rows) / look.pixels


def palette(look: Look, colours: int = PALETTE_COLOURS) -> list[tuple[Colour, float]]:
    """Gives the most frequent colours with the share of the picture that each stands for.

    The small version's pixels are sorted into cells of CIELAB; a cell's colour is the mean of its
    pixels. Shares of cells left out are not handed on, so they sum to at most 1.

    Returns:
        Up to ``colours`` pairs of ((R, G, B) in 0..255, share), most frequent first.
    """
    pixels = look.small.reshape(-1, 3)
    cells = np.floor(to_lab(look.small).reshape(-1, 3) / np.array(_CELL_LAB, np.float32)).astype(np.int64)
    codes = (cells[:, 0] * _CELLS + cells[:, 1] + _CELLS // 2) * _CELLS + cells[:, 2] + _CELLS // 2
    counts = np.bincount(codes)
    order = np.argsort(-counts, kind="stable")[: min(colours, np.count_nonzero(counts))]
    sums = np.stack([np.bincount(codes, weights=pixels[:, channel])[order] for channel in range(3)], axis=1)
    means = sums / counts[order, None]
    return [
        ((float(red), float(green), float(blue)), float(count) / len(pixels))
        for (red, green, blue), count in zip(means, counts[order], strict=True)
    ]
