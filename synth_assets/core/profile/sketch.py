"""Sketches: what is kept of a set of pictures, small whatever its size, and adding up exactly.

Belongs here: the sketch of one metric and merging it. Does not belong here: the sketch of a whole
set (``set_sketch.py``) and what is read off it (``statistics.py``, ``fits.py``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from synth_assets.core.config import Params

BINS = 256
ANGLES = frozenset({"hue"})
"""Metrics in degrees, which have a circular mean."""

_UNIT = (0.0, 1.0)
_RANGES: Mapping[str, tuple[float, float]] = {
    **{f"{channel}_std": (0.0, 0.5) for channel in ("red", "green", "blue")},
    **{f"lab_{channel}_mean": (-100.0, 100.0) for channel in "ab"},
    **{f"lab_{channel}_std": (0.0, 50.0) for channel in "lab"},
    "lab_l_mean": (0.0, 100.0),
    "noise": (0.0, 0.25),
    "edge_density": (0.0, 0.5),
    "brightness_std": (0.0, 0.5),
    "hue": (0.0, 360.0),
    "entropy": (0.0, 8.0),
    "lbp_variance": (0.0, 16.0),
    "warmth": (-128.0, 128.0),
    "width_px": (0.0, 8192.0),
    "height_px": (0.0, 8192.0),
    "focal_length_mm": (0.0, 512.0),
    "focal_length_35mm": (0.0, 512.0),
    "aperture_f": (0.0, 32.0),
    "exposure_s": (0.0, 2.0),
    "iso": (0.0, 12800.0),
}
"""Range of a metric's histogram, UNIT for those not named; values beyond it count in the outermost bin."""


class Moments(Params):
    """Weighted mean and sum of weighted squared distances from it."""

    mean: float
    m2: float = Field(ge=0)


class MetricSketch(Params):
    """What is kept of the values of one metric.

    Attributes:
        count: values.
        weight: sum of their weights; equal to ``count`` for a set that was never weighted.
        moments: of the values.
        log_moments: of their natural logarithms; None unless all values are positive.
        vector: weighted mean of (cos, sin) of an angle; None for other metrics.
        min: smallest value.
        max: largest value.
        bins: histogram over ``grid_of`` the metric, bin → weight; empty bins are left out.
    """

    count: int
    weight: float = Field(gt=0)
    moments: Moments
    log_moments: Moments | None = None
    vector: tuple[float, float] | None = None
    min: float
    max: float
    bins: dict[int, float]


def grid_of(metric: str) -> NDArray[np.float64]:
    """The BINS + 1 edges of a metric's histogram."""
    return np.linspace(*_RANGES.get(metric, _UNIT), BINS + 1)


def sketch_values(metric: str, values: Sequence[float], weights: Sequence[float] | None = None) -> MetricSketch:
    """Makes the sketch of some values.

    Args:
        metric: name, which decides the grid.
        values: at least one, finite.
        weights: one a value, positive; None for 1 each.

    Raises:
        ValueError: no values, or a value that is not finite.
    """
    array = np.asarray(values, dtype=np.float64)
    if array.size == 0 or not np.isfinite(array).all():
        raise ValueError(f"{metric}: expected finite values, got {list(values)[:5]}")
    share = np.ones_like(array) if weights is None else np.asarray(weights, dtype=np.float64)
    low, high = _RANGES.get(metric, _UNIT)
    places = np.clip(np.floor((array - low) / (high - low) * BINS), 0, BINS - 1).astype(int)
    counts = np.bincount(places, weights=share, minlength=BINS)
    vector = None
    if metric in ANGLES:
        radians = np.radians(array)
        vector = (float(np.average(np.cos(radians), weights=share)), float(np.average(np.sin(radians), weights=share)))
    return MetricSketch(
        count=len(array),
        weight=float(share.sum()),
        moments=_moments(array, share),
        log_moments=_moments(np.log(array), share) if float(array.min()) > 0 else None,
        vector=vector,
        min=float(array.min()),
        max=float(array.max()),
        bins={int(place): float(counts[place]) for place in np.flatnonzero(counts)},
    )


def _moments(values: NDArray[np.float64], weights: NDArray[np.float64]) -> Moments:
    mean = float(np.average(values, weights=weights))
    return Moments(mean=mean, m2=float(weights @ (values - mean) ** 2))


def merge_metrics(sketches: Sequence[MetricSketch], factors: Sequence[float]) -> MetricSketch:
    """Gives the sketch of the pooled values, those of sketch i weighing ``factors[i]`` times as much.

    Source: Chan, Golub, LeVeque, "Updating formulae and a pairwise algorithm for computing sample
    variances", 1979, eq. 2.1 (weighted).

    Raises:
        ValueError: no sketches.
    """
    if not sketches:
        raise ValueError("no sketches to merge")
    weights = [factor * sketch.weight for factor, sketch in zip(factors, sketches, strict=True)]
    logs = [sketch.log_moments for sketch in sketches if sketch.log_moments]
    vectors = [sketch.vector for sketch in sketches if sketch.vector]
    vector = np.average(vectors, axis=0, weights=weights) if vectors else None
    return MetricSketch(
        count=sum(sketch.count for sketch in sketches),
        weight=sum(weights),
        moments=_merged([sketch.moments for sketch in sketches], weights, factors),
        log_moments=_merged(logs, weights, factors) if len(logs) == len(sketches) else None,
        vector=None if vector is None else (float(vector[0]), float(vector[1])),
        min=min(sketch.min for sketch in sketches),
        max=max(sketch.max for sketch in sketches),
        bins=add_weighted([sketch.bins for sketch in sketches], factors),
    )


def _merged(parts: Sequence[Moments], weights: Sequence[float], factors: Sequence[float]) -> Moments:
    means = np.array([part.mean for part in parts])
    mean = float(np.average(means, weights=weights))
    within = sum(factor * part.m2 for factor, part in zip(factors, parts, strict=True))
    return Moments(mean=mean, m2=within + float(np.asarray(weights) @ (means - mean) ** 2))


def add_weighted(parts: Iterable[Mapping[int, float]], factors: Sequence[float]) -> dict[int, float]:
    """Adds weights by key, those of part i times ``factors[i]``; keys in order."""
    total: dict[int, float] = {}
    for part, factor in zip(parts, factors, strict=True):
        for key, weight in part.items():
            total[key] = total.get(key, 0.0) + factor * weight
    return dict(sorted(total.items()))
