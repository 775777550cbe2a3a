"""Elbow: how many clusters a curve of inertias asks for.

Belongs here: the rule alone, on numbers. Does not belong here: clustering.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

_DIGITS = 9


def elbow_index(curve: Sequence[float]) -> int:
    """Gives the index of the point that lies furthest below the chord of a falling curve.

    Both axes are scaled to [0, 1] first, so that the units of the curve do not matter; of equally
    far points the first wins. Where no point lies below the chord there is no elbow: a falling
    curve gives its last index, since every step gained as much as the one before, a flat one 0.

    Args:
        curve: values at evenly spaced positions.

    Raises:
        ValueError: an empty curve.

    Source: the chord rule of Satopää et al., "Finding a Kneedle in a Haystack" (2011), section 3.
    """
    if not curve:
        raise ValueError("an elbow needs a curve of at least one point, got none")
    values = np.asarray(curve, np.float64)
    span = values.max() - values.min()
    if span <= 0:
        return 0
    heights = (values - values.min()) / span
    chord = np.linspace(heights[0], heights[-1], len(curve))
    # Rounded, so that a straight curve is straight whatever the last bits say.
    depths = np.round(chord - heights, _DIGITS)
    return int(np.argmax(depths)) if depths.max() > 0 else len(curve) - 1
