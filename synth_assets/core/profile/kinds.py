"""Kinds: whether a metric's values fall into clearly separate groups, read off its fitted mixture.

Belongs here: telling humps from a mixture that only bends one bell. Does not belong here: fitting
(``fits.py``) and saying it in words (``insights.py``).
"""

from __future__ import annotations

import math
from typing import NamedTuple

from synth_assets.core.profile.fits import Fit
from synth_assets.core.profile.statistics import Distribution

CRITERION_GAIN = 10.0
"""A single bell or slope that is worse by this has "essentially no support": Burnham and Anderson, Model
Selection and Multimodel Inference, 2002, section 2.6."""
SEPARATION = 2.0
"""Components nearer to each other are one hump: Ashman, Bird, Zepf, "Detecting bimodality in astronomical
datasets", Astronomical Journal 108, 1994, eq. 2."""
SMALLEST_WEIGHT = 0.15
"""A smaller group is a few odd pictures."""
_SINGLE_PARAMETERS = 2
"""Of each family but the mixture."""


class Kind(NamedTuple):
    """A group of values: share of all, mean and standard deviation."""

    weight: float
    mean: float
    std: float


def kinds_of(item: Distribution, smallest_gap: float) -> list[Kind]:
    """Gives the clearly separate groups of a metric's values, by mean; [] where there is but one.

    A mixture has to beat every single family by CRITERION_GAIN, corrected for small samples.
    Neighbouring components that overlap, or whose means differ by less than ``smallest_gap``, are one
    group, and groups below SMALLEST_WEIGHT are left out.

    Source: correction after Hurvich and Tsai, "Regression and time series model selection in small
    samples", Biometrika 76(2), 1989.

    Args:
        item: the metric's distribution.
        smallest_gap: in the metric's unit.
    """
    fit = item.fit
    if fit is None or fit.family != "gaussian_mixture":
        return []
    free = len(fit.parameters) - 1  # the weights sum to 1
    single = min(value for name, value in fit.aic.items() if not name.startswith(fit.family))
    gain = single + _correction(_SINGLE_PARAMETERS, item.count) - min(fit.aic.values()) - _correction(free, item.count)
    if gain < CRITERION_GAIN:
        return []
    groups: list[Kind] = []
    for kind in _components(fit):
        if groups and kind.mean - groups[-1].mean < max(smallest_gap, _overlap(groups[-1], kind)):
            groups[-1] = _pooled(groups[-1], kind)
        else:
            groups.append(kind)
    groups = [kind for kind in groups if kind.weight >= SMALLEST_WEIGHT]
    return groups if len(groups) > 1 else []


def _correction(free: int, count: int) -> float:
    return 2 * free * (free + 1) / (count - free - 1)


def _components(fit: Fit) -> list[Kind]:
    numbers = range(1, len(fit.parameters) // 3 + 1)
    return [Kind(*(fit.parameters[f"{name}_{number}"] for name in Kind._fields)) for number in numbers]


def _overlap(one: Kind, other: Kind) -> float:
    return SEPARATION * math.sqrt((one.std**2 + other.std**2) / 2)


def _pooled(one: Kind, other: Kind) -> Kind:
    weight = one.weight + other.weight
    mean = (one.weight * one.mean + other.weight * other.mean) / weight
    square = sum(kind.weight * (kind.std**2 + (kind.mean - mean) ** 2) for kind in (one, other)) / weight
    return Kind(weight, mean, math.sqrt(square))
