"""Near-duplicates: which pictures of several sources are the same picture twice.

Belongs here: the choice of which twin stays. Does not belong here: signatures (``signatures.py``),
similar frames of a film (curation drops those before it expands), and splits.

Scenes on one background and occlusion variants of one frame are similar on purpose. So the test
has two steps: coarse points and a difference hash find candidates quickly, then no cell of the two small
grey versions may differ much. One added object or one blurred edge shows in a few cells even when the
hash and the mean hardly move.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from synth_assets.core.training.signatures import SIDE

_CELL = 2
"""Side of the blocks of it that the difference hash compares."""
_HASH_WORDS = 4
_FREQUENCIES = 4
"""By each axis, of the coarse points by which neighbours are found."""
_SLACK = 1e-3
"""Added to the neighbours' radius for rounding."""
_BLOCK = 4096


def near_duplicates(
    greys: NDArray[np.uint8],
    preference: Sequence[int],
    *,
    distance_bits: int,
    mean_limit: float,
    peak_limit: float,
) -> dict[int, int]:
    """Maps each picture that must go to the one that stays in its place.

    Pictures are taken in order of falling preference, then of position; each is compared with
    those kept so far, so a chain of slow change never runs away from the picture that stays. What is kept is
    therefore further apart than the limits, pair by pair. A search tree keeps the time near n log n.

    Args:
        greys: (N, 32, 32) ``signature`` of each picture.
        preference: of each picture, higher stays (for instance its number of objects).
        distance_bits: at most so many of the difference hash's 240 bits may differ.
        mean_limit: mean absolute difference of the signatures, in grey levels.
        peak_limit: greatest difference of any of their cells, in grey levels.

    Source: N. Krawetz, "Kind of Like That" (dHash), here on 16 x 16 blocks.
    """
    from scipy.spatial import KDTree

    words = np.array([_hash(grey) for grey in greys], np.uint64).reshape(-1, _HASH_WORDS)
    points = _coarse(greys)
    tree = KDTree(points)
    # The squares sum to at most peak x sum; a coarse point is an orthogonal projection, so it moves no further.
    radius = _SLACK + math.sqrt(SIDE * SIDE * peak_limit * min(peak_limit, mean_limit))
    undecided = np.ones(len(words), np.bool_)
    twins: dict[int, int] = {}
    for index in sorted(range(len(words)), key=lambda i: (-preference[i], i)):
        if not undecided[index]:
            continue
        undecided[index] = False
        near = np.array(tree.query_ball_point(points[index], radius), np.int64)
        near = near[undecided[near]]
        near = near[np.bitwise_count(words[near] ^ words[index]).sum(axis=1, dtype=np.int64) <= distance_bits]
        for block in np.array_split(near, 1 + len(near) // _BLOCK):
            difference = np.abs(greys[block].astype(np.int16) - greys[index])
            same = (difference.mean(axis=(1, 2)) <= mean_limit) & (difference.max(axis=(1, 2), initial=0) <= peak_limit)
            undecided[block[same]] = False
            twins |= dict.fromkeys(block[same].tolist(), index)
    return twins


def _coarse(greys: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Gives (N, 16): the lowest frequencies of an orthonormal cosine transform, where pictures differ most."""
    steps = (np.arange(SIDE) + 0.5) * (np.pi / SIDE)
    waves = np.cos(np.arange(_FREQUENCIES)[:, None] * steps) * math.sqrt(2 / SIDE)
    waves[0] /= math.sqrt(2)
    points = np.empty((len(greys), _FREQUENCIES**2))
    for start in range(0, len(greys), _BLOCK):
        points[start : start + _BLOCK] = (waves @ greys[start : start + _BLOCK] @ waves.T).reshape(-1, _FREQUENCIES**2)
    return points


def _hash(grey: NDArray[np.uint8]) -> NDArray[np.uint64]:
    # Bit (y, x): the grey level falls from block (y, x) to block (y, x + 1).
    blocks = grey.reshape(SIDE // _CELL, _CELL, SIDE // _CELL, _CELL).sum(axis=(1, 3), dtype=np.int64)
    bits = np.zeros((SIDE // _CELL, SIDE // _CELL), np.bool_)
    bits[:, 1:] = blocks[:, 1:] < blocks[:, :-1]
    return np.packbits(bits).view(np.uint64)
