"""Distance of pictures to a profile: how far a generated set is from its references.

Belongs here: the distance and what it is made of. Does not belong here: gating on it (the asset
checks) and measuring pictures (``core/measure.py``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from synth_assets.core.profile.profile import Profile

DISTANCE_METRICS: Mapping[str, float] = {
    "red_mean": 0.02,
    "green_mean": 0.02,
    "blue_mean": 0.02,
    "brightness_mean": 0.02,
    "contrast": 0.02,
    "saturation": 0.02,
    "warmth": 4.0,
    "lab_l_std": 1.0,
    "lab_a_std": 0.5,
    "lab_b_std": 0.5,
    "edge_density": 0.01,
    "entropy": 0.1,
    "complexity": 0.02,
}
"""Metric → smallest spread it is judged by, so that a set of near-equal references does not make
every difference look huge. Size and hue are left out: generated pictures have a set size, and the
hue of nearly gray pictures means nothing. So are sharpness and noise, which follow from the size."""


def distance_to_profile(profile: Profile, photo_metric_rows: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Gives per metric |mean of the pictures - mean of the profile| / std of the profile, and "total".

    "total" is the mean over the metrics: 0 = the same means, 1 = off by one standard deviation of
    the references on average.

    Source: standardised mean difference with the control group's deviation, G. V. Glass, "Primary,
    secondary, and meta-analysis of research", Educational Researcher 5(10), 1976.

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
    return {"total": float(np.mean(list(distances.values()))), **distances}
