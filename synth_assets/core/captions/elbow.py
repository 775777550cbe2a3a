"""Elbow: how many clusters a curve of inertias asks for.

Belongs here: the rule alone, on numbers. Does not belong here: clustering.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

_FEWEST = 3


def elbow_index(curve: Sequence[float]) -> int:
    """Gives the index of the point that lies furthest below the chord of a falling curve.

    Both axes are scaled to [0, 1] first, so that the units of the curve do not matter; of equally
    far points the first wins. A curve of fewer than three points has no elbow: its last point is
    taken; a flat or straight curve gives index 0.

    Args:
        curve: values at evenly spaced positions.

    Raises:
        ValueError: an empty curve.

    Source: the chord rule of Satopää et al., "Finding a Kneedle in a Haystack" (2011), section 3.
    """
    if not curve:
        raise ValueError("an elbow needs a curve of at least one point, got none")
    if len(curve) < _FEWEST:
        return len(curve) - 1
    values = np.asarray(curve, np.float64)
    span = values.max() - values.min()
    if span <= 0:
        return 0
    heights = (values - values.min()) / span
    chord = np.linspace(heights[0], heights[-1], len(curve))
    # Rounded, so that a straight curve is straight whatever the last bits say.
    return int(np.argmax(np.round(chord - heights, 9)))
