"""Distribution fits: which family describes a metric's values best (S1.4).

Everything is read off the metric's sketch, so a merged profile has fits too. Belongs here: the
families and choosing among them. Does not belong here: moments and quantiles (``statistics.py``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from synth_assets.core.config import Params
from synth_assets.core.profile.sketch import ANGLES, MetricSketch, grid_of

Family = Literal["normal", "lognormal", "gamma", "gaussian_mixture"]
MIN_VALUES = 10
_MAX_COMPONENTS = 3
_SMALLEST_SHARE_OF_STD = 0.1
"""A component of a mixture is never narrower: else single pictures become components."""
_MIN_PROBABILITY = 1e-12
_EM_ROUNDS = 200
_NEWTON_ROUNDS = 20
_SAME_STD = 1e-9
_SETTLED = 1e-4
"""Of the smallest standard deviation: means of a mixture that move less are found."""

Cdf = Callable[[NDArray[np.float64]], NDArray[np.float64]]


class Fit(Params):
    """The family with the lowest AIC, and what the others scored.

    Attributes:
        family: its name.
        parameters: normal: mean, std; lognormal: mu, sigma (of the logarithm); gamma: shape, scale;
            gaussian_mixture: weight_1, mean_1, std_1, weight_2 …
        aic: family → Akaike's information criterion, of every family that could be fitted.
    """

    family: Family
    parameters: dict[str, float]
    aic: dict[str, float]


def fit_of(metric: str, sketch: MetricSketch) -> Fit | None:
    """Fits the families and gives the best; None for fewer than MIN_VALUES, equal values and angles.

    The likelihood is that of the histogram, the same for all families; the parameters come from the
    exact moments, those of a mixture from expectation maximisation on the histogram.

    Source: AIC as in H. Akaike, 1974; gamma shape by Newton's method as in T. Minka, "Estimating a
    gamma distribution", 2002; likelihood of grouped data as in McLachlan and Jones, 1988.
    """
    spread = (sketch.moments.m2 / sketch.weight) ** 0.5
    if sketch.count < MIN_VALUES or metric in ANGLES or spread <= _SAME_STD * max(1.0, abs(sketch.moments.mean)):
        return None
    edges = grid_of(metric)
    places = np.array(list(sketch.bins), dtype=int)
    weights = np.array(list(sketch.bins.values())) * sketch.count / sketch.weight
    found: dict[str, tuple[Family, dict[str, float], float]] = {}
    for family, parameters, cdf in _candidates(sketch, spread, (edges[places] + edges[places + 1]) / 2, weights):
        lower, upper = edges[places].copy(), edges[places + 1].copy()
        # Values beyond the grid were counted in its outermost bins.
        lower[places == 0], upper[places == len(edges) - 2] = -np.inf, np.inf
        likelihood = float(weights @ np.log(np.maximum(cdf(upper) - cdf(lower), _MIN_PROBABILITY)))
        free = len(parameters) - (1 if family == "gaussian_mixture" else 0)  # the weights sum to 1
        name = f"{family}_{len(parameters) // 3}" if family == "gaussian_mixture" else family
        found[name] = (family, parameters, 2 * free - 2 * likelihood)
    best = min(found.values(), key=lambda entry: entry[2])
    return Fit(family=best[0], parameters=best[1], aic={name: entry[2] for name, entry in found.items()})


def _candidates(
    sketch: MetricSketch, spread: float, centres: NDArray[np.float64], weights: NDArray[np.float64]
) -> list[tuple[Family, dict[str, float], Cdf]]:
    from scipy.special import gammainc  # slow to import, and loading the graph needs none of it

    mean = sketch.moments.mean
    found: list[tuple[Family, dict[str, float], Cdf]] = [
        ("normal", {"mean": mean, "std": spread}, lambda values: _normal_cdf(values, mean, spread))
    ]
    if sketch.log_moments:
        mu, sigma = sketch.log_moments.mean, (sketch.log_moments.m2 / sketch.weight) ** 0.5
        found.append(
            ("lognormal", {"mu": mu, "sigma": sigma}, lambda values: _normal_cdf(_log(values), mu, sigma)),
        )
        shape = _gamma_shape(float(np.log(mean)) - mu)
        found.append(
            (
                "gamma",
                {"shape": shape, "scale": mean / shape},
                lambda values: gammainc(shape, np.maximum(values, 0) / (mean / shape)),
            ),
        )
    for components in range(2, min(_MAX_COMPONENTS, len(centres)) + 1):
        parameters = _mixture(centres, weights, components, _SMALLEST_SHARE_OF_STD * spread)
        found.append(("gaussian_mixture", parameters, _mixture_cdf(parameters)))
    return found


def _normal_cdf(values: NDArray[np.float64], mean: float, std: float) -> NDArray[np.float64]:
    # Not scipy.stats: its distributions take a hundred times longer for a few dozen values.
    from scipy.special import ndtr

    return ndtr((values - mean) / std)


def _log(values: NDArray[np.float64]) -> NDArray[np.float64]:
    with np.errstate(divide="ignore"):
        return np.log(np.maximum(values, 0))


def _gamma_shape(gap: float) -> float:
    """Shape whose log of the mean exceeds the mean of the log by ``gap``."""
    from scipy.special import digamma, polygamma

    shape = (3 - gap + ((gap - 3) ** 2 + 24 * gap) ** 0.5) / (12 * gap)
    for _ in range(_NEWTON_ROUNDS):
        slope = 1 / shape - float(polygamma(1, shape))
        shape = max(shape - (float(np.log(shape)) - float(digamma(shape)) - gap) / slope, shape / 2)
    return shape


def _mixture(
    centres: NDArray[np.float64], weights: NDArray[np.float64], components: int, smallest_std: float
) -> dict[str, float]:
    cumulated = np.cumsum(weights) / weights.sum()
    starts = [centres[np.searchsorted(cumulated, (index + 0.5) / components)] for index in range(components)]
    means = np.array(starts)
    total_mean = float(np.average(centres, weights=weights))
    first_std = max(float(np.average((centres - total_mean) ** 2, weights=weights)) ** 0.5 / components, smallest_std)
    stds, shares = np.full(components, first_std), np.full(components, 1 / components)
    for _ in range(_EM_ROUNDS):
        density = shares * np.exp(-(((centres[:, None] - means) / stds) ** 2) / 2) / stds
        part = density / np.maximum(density.sum(axis=1, keepdims=True), np.finfo(float).tiny) * weights[:, None]
        mass = np.maximum(part.sum(axis=0), np.finfo(float).tiny)
        former, means = means, (part * centres[:, None]).sum(axis=0) / mass
        stds = np.maximum(np.sqrt((part * (centres[:, None] - means) ** 2).sum(axis=0) / mass), smallest_std)
        shares = mass / mass.sum()
        if np.abs(former - means).max() <= _SETTLED * smallest_std:
            break
    order = np.argsort(means)
    return {
        f"{name}_{number}": float(values[place])
        for number, place in enumerate(order, start=1)
        for name, values in (("weight", shares), ("mean", means), ("std", stds))
    }


def _mixture_cdf(parameters: Mapping[str, float]) -> Cdf:
    numbers = range(1, len(parameters) // 3 + 1)

    def cdf(values: NDArray[np.float64]) -> NDArray[np.float64]:
        parts = [
            parameters[f"weight_{number}"]
            * _normal_cdf(values, parameters[f"mean_{number}"], parameters[f"std_{number}"])
            for number in numbers
        ]
        return np.sum(parts, axis=0)

    return cdf
