"""Assignment: the answers that go together.

Belongs here: choosing at most one mask a character so that no two share a place. Does not belong
here: what an answer is worth (``identity.py``).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from synth_assets.core.ports import Mask

_MAX_COVER = 0.3
"""A small character may lie within the mask of a large one, in front of it; the large one then loses it."""
_CHOICES = 6
"""Masks tried for a character, the most valuable ones: every combination is tried, so their number has a bound."""


def assign(masks: Sequence[Mask], values: NDArray[np.float64]) -> dict[int, int]:
    """Character to mask: the compatible set of pairs that is worth most.

    Args:
        masks: N masks of one size.
        values: (N, C) what it is worth that mask n is character c; 0 = it is not.
    """
    choices = [
        [int(at) for at in np.argsort(-column, kind="stable")[:_CHOICES] if column[at] > 0] for column in values.T
    ]

    def best(left: list[int], taken: dict[int, int]) -> tuple[float, dict[int, int]]:
        if not left:
            return 0.0, taken
        top = best(left[1:], taken)
        for at in choices[left[0]]:
            if not any(_covers(masks[at], masks[other]) > _MAX_COVER for other in taken.values()):
                value, chosen = best(left[1:], {**taken, left[0]: at})
                top = max(top, (value + float(values[at, left[0]]), chosen), key=lambda pair: pair[0])
        return top

    return best([character for character, some in enumerate(choices) if some], {})[1]


def _covers(one: Mask, other: Mask) -> float:
    """Share of the larger mask that both hold."""
    return float((one & other).sum()) / max(1, int(one.sum()), int(other.sum()))
