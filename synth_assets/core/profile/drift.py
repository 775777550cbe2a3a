"""Drift: whether the newest photos of a slot still look like those before them.

Belongs here: the comparison of a slot with its own past, and which photos stand out. Does not
belong here: which photos are new (the sensors), one slot against the others (``mixing.py``) and
generated pictures against a profile (``distance.py``).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from synth_assets.core.config import Params
from synth_assets.core.profile.distance import DISTANCE_METRICS

NamedRow = tuple[str, Mapping[str, float]]
"""A photo's name and its ``photo_metrics``."""
DriftStatus = Literal["stable", "drifted", "not judged"]

_MAD_TO_STD = 1.4826
"""Standard deviation of a normal distribution over its median absolute deviation."""


class DriftParams(Params):
    """When a slot has drifted."""

    ks_threshold: float = Field(
        default=0.3, ge=0, le=1, description="Smallest Kolmogorov-Smirnov distance of a drifted metric."
    )
    alpha: float = Field(
        default=0.1, gt=0, lt=1, description="Chance that any metric passes for drifted where nothing has changed."
    )
    min_metrics: int = Field(default=2, ge=1, description="Drifted metrics that make a drifted slot.")
    min_images: int = Field(default=3, ge=1, description="With fewer photos before or since, nothing is judged.")
    max_drivers: int = Field(default=10, ge=1, description="Photos that are named.")


@dataclass(frozen=True)
class MetricDrift:
    """One metric before and since.

    Attributes:
        metric: its name.
        distance: Kolmogorov-Smirnov distance, 0..1; 1 = no overlap.
        p: chance of at least this distance where nothing has changed.
        history_median: of the photos before.
        recent_median: of the photos since.
        drifted: far enough and not by chance.
    """

    metric: str
    distance: float
    p: float
    history_median: float
    recent_median: float
    drifted: bool


@dataclass(frozen=True)
class Driver:
    """A recent photo that lies far from the history.

    Attributes:
        name: of the photo.
        score: root mean square, over the drifted metrics, of its robust z scores.
        metric: the drifted metric it is furthest off in.
        z: robust z score there, signed.
    """

    name: str
    score: float
    metric: str
    z: float


@dataclass(frozen=True)
class Drift:
    """What became of a slot.

    Attributes:
        status: the verdict.
        reason: in words, with the numbers.
        history: photos before.
        recent: photos since.
        metrics: every metric, furthest first; empty where nothing was judged.
        drivers: photos behind a drift, furthest first; empty where there is none.
    """

    status: DriftStatus
    reason: str
    history: int
    recent: int
    metrics: tuple[MetricDrift, ...] = ()
    drivers: tuple[Driver, ...] = ()


def drift_of(history: Sequence[NamedRow], recent: Sequence[NamedRow], params: DriftParams | None = None) -> Drift:
    """Tells whether recent photos of a slot look different from the ones before, and which ones do.

    A metric has drifted where the two-sample Kolmogorov-Smirnov distance reaches ``ks_threshold``
    and its p value stays below ``alpha`` over the number of metrics, so that a few photos of an
    ordinary day raise no alarm. Nothing is judged where even two sets without any overlap could not
    reach that p value.

    Source: J. L. Hodges, "The significance probability of the Smirnov two-sample test", Arkiv för
    Matematik 3(43), 1958; the correction for many metrics is Bonferroni's.

    Args:
        history: photos before.
        recent: photos since; none of them in the history.
        params: when a slot has drifted.
    """
    params = params or DriftParams()
    if reason := _too_few(len(history), len(recent), params):
        return Drift("not judged", reason, len(history), len(recent))
    before, since = _table(history), _table(recent)
    names = list(DISTANCE_METRICS)
    metrics = [_compare(name, before[:, i], since[:, i], params) for i, name in enumerate(names)]
    drifted = [item.metric for item in metrics if item.drifted]
    metrics.sort(key=lambda item: (-item.distance, item.p, item.metric))
    has_drifted = len(drifted) >= params.min_metrics
    return Drift(
        status="drifted" if has_drifted else "stable",
        reason=_in_words(metrics, len(history), len(recent), params),
        history=len(history),
        recent=len(recent),
        metrics=tuple(metrics),
        drivers=_drivers([name for name, _ in recent], before, since, drifted, params) if has_drifted else (),
    )


def _too_few(history: int, recent: int, params: DriftParams) -> str:
    counts = f"{recent} recent photos against {history} before"
    if min(history, recent) < params.min_images:
        return f"{counts}: at least {params.min_images} of each are needed"
    smallest_p = 2 / math.comb(history + recent, recent)
    if smallest_p >= _limit(params):
        return f"{counts}: too few to tell drift from chance (p cannot fall below {smallest_p:.2g})"
    return ""


def _limit(params: DriftParams) -> float:
    return params.alpha / len(DISTANCE_METRICS)


def _table(rows: Sequence[NamedRow]) -> NDArray[np.float64]:
    return np.array([[row[metric] for metric in DISTANCE_METRICS] for _, row in rows], dtype=np.float64)


def _compare(metric: str, before: NDArray[np.float64], since: NDArray[np.float64], params: DriftParams) -> MetricDrift:
    from scipy.stats import ks_2samp  # slow to import, and loading the graph needs none of it

    distance, p = np.asarray(ks_2samp(before, since), dtype=np.float64).tolist()
    return MetricDrift(
        metric=metric,
        distance=distance,
        p=p,
        history_median=float(np.median(before)),
        recent_median=float(np.median(since)),
        drifted=distance >= params.ks_threshold and p < _limit(params),
    )


def _drivers(
    names: Sequence[str],
    before: NDArray[np.float64],
    since: NDArray[np.float64],
    drifted: Sequence[str],
    params: DriftParams,
) -> tuple[Driver, ...]:
    columns = [list(DISTANCE_METRICS).index(metric) for metric in drifted]
    floors = np.array([DISTANCE_METRICS[metric] for metric in drifted])
    centre = np.median(before[:, columns], axis=0)
    spread = _MAD_TO_STD * np.median(np.abs(before[:, columns] - centre), axis=0)
    scores = (since[:, columns] - centre) / np.maximum(spread, floors)
    drivers: list[Driver] = []
    for name, row in zip(names, scores, strict=True):
        most = int(np.argmax(np.abs(row)))
        drivers.append(Driver(name, math.sqrt(float(np.mean(row**2))), drifted[most], float(row[most])))
    return tuple(sorted(drivers, key=lambda item: (-item.score, item.name))[: params.max_drivers])


def _in_words(metrics: Sequence[MetricDrift], history: int, recent: int, params: DriftParams) -> str:
    drifted = [item for item in metrics if item.drifted]
    moves = "; ".join(
        f"{item.metric} {item.history_median:.3g} → {item.recent_median:.3g} (KS {item.distance:.2f}, p {item.p:.1g})"
        for item in drifted[:3]
    )
    counts = f"{recent} recent photos against {history} before: {len(drifted)} of {len(metrics)} metrics drifted"
    return f"{counts} (a drift takes {params.min_metrics})" + (f": {moves}" if moves else "")
