"""Statistics of one metric or of one count, read off the sketches of a set.

Belongs here: sketches in, numbers and names out. Does not belong here: measuring pictures
(``core/measure.py``), the sketches (``sketch.py``, ``set_sketch.py``) and fitted families (``fits.py``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
from pydantic import Field

from synth_assets.core.config import Params
from synth_assets.core.measure import Colour
from synth_assets.core.profile.fits import Fit, fit_of
from synth_assets.core.profile.sketch import ANGLES, BINS, MetricSketch, grid_of

Variability = Literal["low", "medium", "high"]
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
DOMINANT_COLOURS = 6
_SHOWN_BINS = 12
_LOW_VARIATION, _HIGH_VARIATION = 0.1, 0.5
_HALF_TURN = 180.0
_NAMED_RATIOS = {
    "1:1": 1.0,
    "5:4": 5 / 4,
    "4:3": 4 / 3,
    "3:2": 3 / 2,
    "16:10": 16 / 10,
    "16:9": 16 / 9,
    "2:1": 2.0,
    "21:9": 21 / 9,
}
_RATIO_TOLERANCE = 0.02


class Distribution(Params):
    """How one metric is distributed over the pictures of a set.

    Attributes:
        count: pictures.
        mean: arithmetic mean; circular mean in degrees for an angle.
        std: population standard deviation; circular standard deviation in degrees for an angle.
        min: smallest value.
        max: largest value.
        variability: by coefficient of variation (std / |mean|; std / 180 degrees for an angle):
            below 0.1 low, below 0.5 medium, else high.
        quantiles: values at QUANTILES, keys like "p05", as exact as a histogram bin.
        histogram_edges: edges of the bins from the smallest to the largest value.
        histogram_counts: weight a bin.
        fit: best fitting family; None where there are too few values.
    """

    count: int
    mean: float
    std: float
    min: float
    max: float
    variability: Variability
    quantiles: dict[str, float]
    histogram_edges: tuple[float, ...]
    histogram_counts: tuple[float, ...]
    fit: Fit | None = Field(default=None)


def distribution_of(metric: str, sketch: MetricSketch) -> Distribution:
    """Describes one metric from its sketch."""
    mean, std = _moments(sketch)
    edges, counts = _histogram(metric, sketch)
    return Distribution(
        count=sketch.count,
        mean=mean,
        std=std,
        min=sketch.min,
        max=sketch.max,
        variability=variability_of(metric, mean, std),
        quantiles={f"p{round(100 * level):02d}": _quantile(metric, sketch, level) for level in QUANTILES},
        histogram_edges=edges,
        histogram_counts=counts,
        fit=fit_of(metric, sketch),
    )


def _moments(sketch: MetricSketch) -> tuple[float, float]:
    """Mean and standard deviation; of an angle, the circular ones.

    Source: Mardia and Jupp, Directional Statistics, 2000, sections 2.2.1 and 2.3.1.
    """
    if sketch.vector is None:
        return sketch.moments.mean, (sketch.moments.m2 / sketch.weight) ** 0.5
    cosine, sine = sketch.vector
    length = min(max(float(np.hypot(cosine, sine)), 1e-12), 1.0)
    return float(np.degrees(np.arctan2(sine, cosine))) % 360.0, float(np.degrees(np.sqrt(-2 * np.log(length))))


def variability_of(metric: str, mean: float, std: float) -> Variability:
    """The class of a metric's spread relative to its size."""
    size = _HALF_TURN if metric in ANGLES else abs(mean)
    if std < _LOW_VARIATION * size or std == 0:
        return "low"
    return "medium" if std < _HIGH_VARIATION * size else "high"


def _quantile(metric: str, sketch: MetricSketch, level: float) -> float:
    """Where the histogram's cumulated weight reaches the level, values spread evenly within a bin."""
    edges = grid_of(metric)
    left, reached = level * sum(sketch.bins.values()), 0.0
    value = sketch.max
    for place, weight in sketch.bins.items():
        if reached + weight >= left:
            low, high = max(edges[place], sketch.min), min(edges[place + 1], sketch.max)
            value = low + (high - low) * (left - reached) / weight
            break
        reached += weight
    return float(min(max(value, sketch.min), sketch.max))


def _histogram(metric: str, sketch: MetricSketch) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """The occupied part of the grid in at most _SHOWN_BINS bins of whole grid bins each."""
    first, last = min(sketch.bins), max(sketch.bins)
    step = -(-(last - first + 1) // _SHOWN_BINS)
    starts = range(first, last + 1, step)
    edges = grid_of(metric)
    counts = [sum(sketch.bins.get(place, 0.0) for place in range(start, start + step)) for start in starts]
    return tuple(float(edges[min(start, BINS)]) for start in (*starts, starts[-1] + step)), tuple(counts)


def pooled_std(means: MetricSketch, stds: MetricSketch) -> float:
    """Standard deviation over all pixels of all pictures, each picture with its weight.

    Args:
        means: sketch of the pictures' means.
        stds: sketch of the pictures' standard deviations.
    """
    return ((means.moments.m2 / means.weight) + rms(stds) ** 2) ** 0.5


def rms(sketch: MetricSketch) -> float:
    """Root mean square of the values."""
    return (sketch.moments.mean**2 + sketch.moments.m2 / sketch.weight) ** 0.5


def dominant_colours(
    colours: Sequence[tuple[Colour, float]], count: int = DOMINANT_COLOURS
) -> list[tuple[Colour, float]]:
    """Gives the colours that stand for a set, with weights that sum to 1, heaviest first.

    Weighted k-means with a fixed seed; fewer colours where there are not that many different ones.

    Args:
        colours: (R, G, B) in 0..255 with weights.
        count: colours wanted.

    Raises:
        ValueError: no colours.
    """
    if not colours:
        raise ValueError("no colours to choose from")
    places = np.array([colour for colour, _ in colours])
    weights = np.array([weight for _, weight in colours])
    different = len(np.unique(places, axis=0))
    from sklearn.cluster import KMeans  # takes a second to import, and loading the graph needs none of it

    # The stubs know "auto" only.
    model = KMeans(min(count, different), n_init=4, random_state=0)  # pyright: ignore[reportArgumentType]
    model.fit(places, sample_weight=weights)
    labels = np.asarray(model.labels_)
    shares = np.bincount(labels, weights=weights) / weights.sum()
    order = np.argsort(-shares, kind="stable")
    centres = np.asarray(model.cluster_centers_)[order]
    return [
        ((float(red), float(green), float(blue)), float(share))
        for (red, green, blue), share in zip(centres, shares[order], strict=True)
    ]


def aspect_name(width: float, height: float) -> str:
    """Names a ratio: "16:9" and the like within 2 %, upright ones turned ("9:16"), else "1.85:1"."""
    ratio = max(width, height) / min(width, height)
    name, nearest = min(_NAMED_RATIOS.items(), key=lambda entry: abs(entry[1] / ratio - 1))
    first, second = name.split(":") if abs(nearest / ratio - 1) <= _RATIO_TOLERANCE else (f"{ratio:.2f}", "1")
    return f"{first}:{second}" if width >= height else f"{second}:{first}"


def heaviest(weights: Mapping[str, float]) -> tuple[str, float]:
    """The name with the most weight and its share; of equal ones the first by name.

    Raises:
        ValueError: no names.
    """
    if not weights:
        raise ValueError("no names to choose from")
    name, weight = min(weights.items(), key=lambda entry: (-entry[1], entry[0]))
    return name, weight / sum(weights.values())
