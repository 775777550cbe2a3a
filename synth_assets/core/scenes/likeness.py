"""Likeness: how near a generated set comes to its slot's profile, kept in its rows and reported.

Belongs here: the columns of a generated picture's measurements, and the report over a set. Does not
belong here: the distance itself (``core/profile/distance.py``) and gating on it (the asset checks).
"""

from __future__ import annotations

from typing import Any

from synth_assets.core.measure import Look, photo_metrics
from synth_assets.core.ports import RGB
from synth_assets.core.profile.distance import DISTANCE_METRICS, distance_to_profile
from synth_assets.core.profile.profile import Profile
from synth_assets.core.records import ImageSet, Scalar

_DECIMALS = 5


def likeness_columns(image: RGB) -> dict[str, Scalar]:
    """The metrics of a picture that its distance to a profile is made of, as columns of its row."""
    measured = photo_metrics(Look(image))
    return {metric: round(measured[metric], _DECIMALS) for metric in DISTANCE_METRICS}


def distances_of(profile: Profile, images: ImageSet) -> dict[str, float]:
    """Distance of the usable pictures of a set to a profile, per metric and "total".

    Raises:
        ValueError: no usable pictures.
    """
    rows = [{metric: float(record.extra[metric] or 0) for metric in DISTANCE_METRICS} for record in images.ok]
    return distance_to_profile(profile, rows)


def likeness_details(profile: Profile | None, images: ImageSet) -> dict[str, Any]:
    """What a materialization shows of it: the total, and a table of the metrics; empty without profile or pictures."""
    if profile is None or not images.ok:
        return {}
    distances = distances_of(profile, images)
    table = [{"metric": name, "distance": round(value, 3)} for name, value in distances.items() if name != "total"]
    return {"profile_distance": round(distances["total"], 3), "profile_distances": table}


def likeness_inputs(profile: Profile | None) -> list[list[float]] | None:
    """What decides the report besides the pictures."""
    if profile is None:
        return None
    spread = [profile.distributions[metric] for metric in DISTANCE_METRICS]
    return [[round(item.mean, _DECIMALS), round(item.std, _DECIMALS)] for item in spread]
