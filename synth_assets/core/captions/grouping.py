"""Grouping: k-means for every k, how well each k fits, and the one that is taken.

Belongs here: vectors to labels. Does not belong here: texts to vectors (``topics.py``), the rule of the
elbow (``elbow.py``) and comparing labels with known classes (``agreement.py``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, PositiveInt

from synth_assets.core.captions.elbow import elbow_index
from synth_assets.core.config import Params

_DIGITS = 9


class GroupingParams(Params):
    """How vectors are grouped.

    Attributes:
        max_k: the elbow is looked for from 1 cluster to this many.
        k: fixed number of clusters instead of the elbow's.
        starts: runs of KMeans for each k, of which the best counts.
        curve_captions: of more captions than this, a sample makes the curve; all are grouped with its k.
        silhouette_captions: likewise for the silhouette, whose time and memory grow with the square.
    """

    max_k: PositiveInt = 29
    k: PositiveInt | None = None
    starts: PositiveInt = 5
    curve_captions: int = Field(default=10_000, ge=100)
    silhouette_captions: int = Field(default=2_000, ge=100)


@dataclass(frozen=True)
class Grouping:
    """Vectors, grouped.

    Attributes:
        labels: (N,) int group of each vector; 0 is the largest group.
        inertias: of KMeans for k = 1, 2, …
        silhouettes: mean silhouette for k = 2, 3, …, -1 to 1, higher = better apart; 0 where every group is a
            single vector.
    """

    labels: NDArray[np.int64]
    inertias: tuple[float, ...]
    silhouettes: tuple[float, ...]


def group_vectors(vectors: NDArray[np.float64], params: GroupingParams, seed: int) -> Grouping:
    """Gives each vector its group, with k by the elbow or as fixed, at most one a distinct vector.

    Args:
        vectors: (N, D), N at least 1.
        params: see there.
        seed: of everything random.
    """
    sample = vectors[evenly_drawn(len(vectors), params.curve_captions, seed)]
    distinct = len(np.unique(np.round(sample, _DIGITS), axis=0))
    fits = [_kmeans(sample, k, params.starts, seed) for k in range(1, min(params.max_k, distinct) + 1)]
    inertias = tuple(float(fit.inertia_) for fit in fits)
    if params.k is None:
        chosen = fits[elbow_index(inertias)]
    else:
        k = min(params.k, distinct)
        chosen = fits[k - 1] if k <= len(fits) else _kmeans(sample, k, params.starts, seed)
    if len(sample) < len(vectors):
        chosen = _kmeans(vectors, len(chosen.cluster_centers_), 1, seed, chosen.cluster_centers_)
    silhouettes = _silhouettes(sample, [fit.labels_ for fit in fits[1:]], params, seed)
    return Grouping(_by_size(chosen.labels_), inertias, silhouettes)


def evenly_drawn(count: int, limit: int, seed: int) -> NDArray[np.int64]:
    """Indices of all, or of ``limit`` drawn at random without repetition, ascending; the same for the same seed."""
    if count <= limit:
        return np.arange(count)
    return np.sort(np.random.default_rng(seed).choice(count, limit, replace=False))


def _kmeans(vectors: NDArray[np.float64], k: int, starts: int, seed: int, centres: Any = "k-means++") -> Any:
    from sklearn.cluster import KMeans

    # The stubs of sklearn take the default's type for the parameter's.
    return cast("Any", KMeans)(k, init=centres, n_init=starts, random_state=seed).fit(vectors)


def _silhouettes(
    vectors: NDArray[np.float64], labels_of_k: Sequence[NDArray[np.int64]], params: GroupingParams, seed: int
) -> tuple[float, ...]:
    from sklearn.metrics import pairwise_distances, silhouette_score

    if not labels_of_k:
        return ()
    chosen = evenly_drawn(len(vectors), params.silhouette_captions, seed)
    distances = pairwise_distances(vectors[chosen])
    values: list[float] = []
    for labels in labels_of_k:
        own = labels[chosen]
        # A group of one has a silhouette of 0 by definition (Rousseeuw 1987); sklearn refuses where all are.
        defined = 1 < len(np.unique(own)) < len(own)
        values.append(float(silhouette_score(distances, own, metric="precomputed")) if defined else 0.0)
    return tuple(values)


def _by_size(labels: NDArray[np.int64]) -> NDArray[np.int64]:
    found, first, counts = np.unique(labels, return_index=True, return_counts=True)
    order = sorted(range(len(found)), key=lambda index: (-counts[index], first[index]))
    ranks = np.zeros(int(found.max()) + 1, np.int64)
    ranks[found[order]] = np.arange(len(order))
    return ranks[labels]
