"""Statistics over pictures: pooled moments, distributions, circular means, dominant colours.

Belongs here: turning per-picture numbers into numbers of a set; pure functions of table rows.
Does not belong here: measuring a picture (``core/measure.py``) and the profile's shape
(``profile.py``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from synth_assets.core.config import Params
from synth_assets.core.measure import Colour

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
HISTOGRAM_BINS = 12
DOMINANT_COLOURS = 6
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
        quantiles: values at QUANTILES, keys like "p05".
        histogram_edges: HISTOGRAM_BINS + 1 bin edges from min to max.
        histogram_counts: pictures a bin.
    """

    count: int
    mean: float
    std: float
    min: float
    max: float
    quantiles: dict[str, float]
    histogram_edges: tuple[float, ...]
    histogram_counts: tuple[int, ...]


def distribution_of(values: Sequence[float], is_angle: bool = False) -> Distribution:
    """Describes the values of one metric.

    Raises:
        ValueError: no values.
    """
    if not values:
        raise ValueError("no values to describe")
    array = np.asarray(values, dtype=np.float64)
    mean, std = circular_moments(array) if is_angle else (float(array.mean()), float(array.std()))
    counts, edges = np.histogram(array, bins=HISTOGRAM_BINS)
    levels = np.quantile(array, QUANTILES)
    return Distribution(
        count=len(values),
        mean=mean,
        std=std,
        min=float(array.min()),
        max=float(array.max()),
        quantiles={f"p{round(100 * q):02d}": float(level) for q, level in zip(QUANTILES, levels, strict=True)},
        histogram_edges=tuple(float(edge) for edge in edges),
        histogram_counts=tuple(int(count) for count in counts),
    )


def circular_moments(degrees: NDArray[np.float64]) -> tuple[float, float]:
    """Circular mean in 0..360 and circular standard deviation, in degrees.

    Source: Mardia and Jupp, Directional Statistics, 2000, sections 2.2.1 and 2.3.1.
    """
    vector = np.exp(1j * np.radians(degrees)).mean()
    length = min(max(float(abs(vector)), 1e-12), 1.0)
    return float(np.degrees(np.angle(vector))) % 360.0, float(np.degrees(np.sqrt(-2 * np.log(length))))


def pooled_std(means: Sequence[float], stds: Sequence[float]) -> float:
    """Standard deviation over all pixels of all pictures, each picture with the same weight."""
    centre, spread = np.asarray(means), np.asarray(stds)
    return float(np.sqrt((spread**2).mean() + centre.var()))


def dominant_colours(
    palettes: Sequence[Sequence[tuple[Colour, float]]], count: int = DOMINANT_COLOURS
) -> list[tuple[Colour, float]]:
    """Gives the colours that stand for a set, with weights that sum to 1, heaviest first.

    Weighted k-means over the pictures' palettes, with a fixed seed; fewer colours where there are
    not that many different ones.

    Raises:
        ValueError: no palettes.
    """
    entries = [entry for palette in palettes for entry in palette]
    if not entries:
        raise ValueError("no palettes to take dominant colours from")
    colours = np.array([colour for colour, _ in entries])
    weights = np.array([weight for _, weight in entries])
    different = len(np.unique(colours, axis=0))
    from sklearn.cluster import KMeans  # takes a second to import, and loading the graph needs none of it

    # The stubs know "auto" only.
    model = KMeans(min(count, different), n_init=4, random_state=0)  # pyright: ignore[reportArgumentType]
    model.fit(colours, sample_weight=weights)
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


def most_common(names: Sequence[str]) -> tuple[str, float]:
    """The most frequent name and its share; of equally frequent ones the first by name.

    Raises:
        ValueError: no names.
    """
    if not names:
        raise ValueError("no names to count")
    name, count = min(Counter(names).items(), key=lambda entry: (-entry[1], entry[0]))
    return name, count / len(names)
