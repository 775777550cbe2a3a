"""Ordering: pictures sorted by a trait, thinned out, and summed up in numbers.

Belongs here: the order of (id, value) pairs. Does not belong here: measuring (``features.py``) and
pictures (``rendering.py``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np

CIRCULAR = frozenset({"hue"})
"""Traits in degrees on a circle."""
_CIRCLE_DEG = 360.0


@dataclass(frozen=True)
class TraitSummary:
    """A trait over some pictures; all 0 where there are none."""

    count: int
    min: float
    max: float
    span: float
    mean: float

    def rounded(self, digits: int = 4) -> dict[str, float]:
        """The numbers by name, rounded for people."""
        return {name: round(value, digits) for name, value in asdict(self).items()}


def order_by_trait(pairs: Sequence[tuple[str, float]], circular: bool = False, reverse: bool = False) -> list[int]:
    """Gives the indices of the pairs in rising order of their values.

    Equal values stay in the order of their ids, in both directions. On a circle the order starts
    behind the largest gap, so that it does not jump in the middle of a run of neighbours.

    Args:
        pairs: (id, value); values in degrees where circular.
        circular: values 359 and 1 are neighbours.
        reverse: falling instead of rising.
    """
    values = [value for _, value in pairs]
    if circular and values:
        start = circle_start(values)
        values = [(value - start) % _CIRCLE_DEG for value in values]
    sign = -1 if reverse else 1
    return sorted(range(len(pairs)), key=lambda index: (sign * values[index], pairs[index][0]))


def circle_start(degrees: Sequence[float]) -> float:
    """Gives the value that follows the largest gap on the circle; of equal gaps the first from 0°."""
    around = sorted({value % _CIRCLE_DEG for value in degrees})
    gaps = [value - around[index - 1] + (_CIRCLE_DEG if index == 0 else 0.0) for index, value in enumerate(around)]
    return around[int(np.argmax(gaps))]


def evenly(count: int, wanted: int) -> list[int]:
    """Gives at most ``wanted`` indices out of ``count``, evenly spread, first and last among them."""
    if count <= wanted:
        return list(range(count))
    if wanted == 1:
        return [0]
    return [round(index * (count - 1) / (wanted - 1)) for index in range(wanted)]


def summarise(values: Sequence[float]) -> TraitSummary:
    """Gives count, smallest, largest, span and arithmetic mean.

    The mean of a hue says little; its order does not use it.
    """
    if not values:
        return TraitSummary(0, 0.0, 0.0, 0.0, 0.0)
    low, high = min(values), max(values)
    return TraitSummary(len(values), low, high, high - low, float(np.mean(values)))
