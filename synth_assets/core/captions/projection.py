"""Projection: vectors laid out on a plane, near ones near.

Belongs here: t-SNE, places for what it left out, and fanning out what lies in one place. Does not belong
here: drawing (``plots.py``, ``map_page.py``).
"""

from __future__ import annotations

from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from synth_assets.core.captions.grouping import evenly_drawn
from synth_assets.core.config import Params

_FEWEST_FOR_TSNE = 4
_NEIGHBOURS_PER_PERPLEXITY = 3
_PLACING_NEIGHBOURS = 3
_PLACE_DIGITS = 6
_SAME = 1e-9
_GOLDEN_ANGLE = np.pi * (3 - np.sqrt(5))
_FAN_STEP, _FAN_LIMIT = 0.009, 0.04


class MapParams(Params):
    """How captions are laid out.

    Attributes:
        perplexity: of t-SNE; lowered to a third of the captions where there are few.
        map_captions: of more captions than this, t-SNE lays out a sample, whose time grows with the number; the
            others get the mean place of the sampled captions that are most like them.
    """

    perplexity: float = Field(default=30.0, gt=0)
    map_captions: int = Field(default=5_000, ge=100)


def lay_out(
    vectors: NDArray[np.float64], params: MapParams, seed: int
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Gives every vector a place, the same for the same vectors and seed.

    Args:
        vectors: (N, D), N and D at least 1.
        params: see there.
        seed: of everything random.

    Returns:
        (N, 2) float64 places, and the ascending indices of those that t-SNE itself laid out.
    """
    chosen = evenly_drawn(len(vectors), params.map_captions, seed)
    placed = _tsne(vectors[chosen], params.perplexity, seed)
    if len(chosen) == len(vectors):
        return placed, chosen
    from sklearn.neighbors import NearestNeighbors

    nearest: Any = NearestNeighbors(n_neighbors=_PLACING_NEIGHBOURS).fit(vectors[chosen])
    points = placed[nearest.kneighbors(vectors, return_distance=False)].mean(axis=1)
    points[chosen] = placed
    return points, chosen


def _tsne(vectors: NDArray[np.float64], perplexity: float, seed: int) -> NDArray[np.float64]:
    from sklearn.manifold import TSNE

    count, dimensions = vectors.shape
    if count < _FEWEST_FOR_TSNE:
        return np.pad(vectors[:, :2], ((0, 0), (0, 2 - min(dimensions, 2))))
    if np.ptp(vectors, axis=0).max() < _SAME:  # there is nothing to lay out, and t-SNE would divide by nothing
        return np.zeros((count, 2))
    held = min(perplexity, (count - 1) / _NEIGHBOURS_PER_PERPLEXITY)
    start = "pca" if min(count, dimensions) >= 2 else "random"
    tsne = TSNE(perplexity=held, init=start, random_state=seed)
    return cast("NDArray[np.float64]", tsne.fit_transform(vectors)).astype(np.float64)


def fanned_out(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Points that share a place, spread around it like sunflower seeds, so that a drawing shows each.

    Equal captions lie in one place; a fan takes at most a twenty-fifth of the map's extent.

    Args:
        points: (N, 2) places.
    """
    extent = float(np.ptp(points, axis=0).max(initial=0.0)) or 1.0
    _, place, counts = np.unique(np.round(points, _PLACE_DIGITS), axis=0, return_inverse=True, return_counts=True)
    place = place.ravel()
    order = np.argsort(place, kind="stable")
    rank = np.empty(len(points), np.int64)
    rank[order] = np.arange(len(points)) - np.repeat(np.cumsum(counts) - counts, counts)
    largest = np.minimum(_FAN_STEP * np.sqrt(counts), _FAN_LIMIT)[place] * extent
    radius = largest * np.sqrt(rank / counts[place])
    angle = rank * _GOLDEN_ANGLE
    return points + np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])
