"""Distance of pictures to a profile: how far a generated set is from its references.

Belongs here: the distance, what it is made of, and how large it may be. Does not belong here:
gating on it (the asset checks), measuring pictures (``core/measure.py``) and comparing photos with
photos (``drift.py``, ``mixing.py``).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from pydantic import Field

from synth_assets.core.config import Params
from synth_assets.core.profile.profile import Profile

DISTANCE_METRICS: Mapping[str, float] = {
    "red_mean": 0.02,
    "green_mean": 0.02,
    "blue_mean": 0.02,
    "brightness_mean": 0.02,
    "contrast": 0.02,
    "saturation": 0.02,
    "warmth": 4.0,
    "lab_l_mean": 2.0,
    "lab_a_mean": 1.0,
    "lab_b_mean": 1.0,
    "lab_l_std": 1.0,
    "lab_a_std": 0.5,
    "lab_b_std": 0.5,
    "edge_density": 0.01,
    "entropy": 0.1,
    "complexity": 0.02,
}
"""Metric → smallest spread it is judged by, so that a set of near-equal references does not make
every difference look huge. Size and hue are left out: generated pictures have a set size, and the
hue of nearly gray pictures means nothing. So are sharpness and noise, which follow from the size.
Edge density does too, if less; it stays as the one metric of fine structure, so a blur shows only
faintly and references of quite another size than the pictures add to the distance."""

_SAMPLING = 2.0


class DistanceParams(Params):
    """How far a generated set may be from its profile."""

    max_total: float = Field(default=0.55, gt=0, description="Largest total distance of two large sets.")
    min_images: int = Field(
        default=8,
        ge=1,
        description="With fewer pictures or references the distance is mostly chance; it gates nothing.",
    )


def distance_to_profile(profile: Profile, photo_metric_rows: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Gives per metric |mean of the pictures - mean of the profile| / std of the profile, and "total".

    "total" is their root mean square: 0 = the same means, 1 = off by one standard deviation of the
    references. One metric that is far off counts more than many that are a little off.

    Source: standardised mean difference with the control group's deviation, G. V. Glass, "Primary,
    secondary, and meta-analysis of research", Educational Researcher 5(10), 1976; the total is the
    standardised Euclidean distance between the means over the square root of their number.

    Args:
        profile: of the references.
        photo_metric_rows: ``photo_metrics`` of each picture.

    Raises:
        ValueError: no pictures.
    """
    if not photo_metric_rows:
        raise ValueError(f"no pictures to compare with profile {profile.name!r}")
    distances: dict[str, float] = {}
    for metric, smallest in DISTANCE_METRICS.items():
        reference = profile.distributions[metric]
        mean = float(np.mean([row[metric] for row in photo_metric_rows]))
        distances[metric] = abs(mean - reference.mean) / max(reference.std, smallest)
    total = math.sqrt(float(np.mean(np.square(list(distances.values())))))
    return {"total": total, **distances}


def allowed_distance(pictures: int, references: int, params: DistanceParams | None = None) -> float | None:
    """Gives the largest total distance that passes; None where there are too few pictures to judge.

    The mean of n pictures strays by std / sqrt(n) by chance alone, which adds 1 / n to the squared
    distance on average; twice that is allowed on top of the limit.

    Args:
        pictures: in the generated set.
        references: pictures behind the profile.
        params: the limit.
    """
    params = params or DistanceParams()
    fewer = min(pictures, references)
    if fewer < params.min_images:
        return None
    return math.sqrt(params.max_total**2 + _SAMPLING / fewer)
