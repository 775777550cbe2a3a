"""Mixed content: whether the photos of a slot belong together, and into this slot.

Belongs here: one slot against the others, without any history. Does not belong here: a slot against
its own past (``drift.py``) and poor photos (``wording.py``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from synth_assets.core.config import Params
from synth_assets.core.profile.distance import DISTANCE_METRICS
from synth_assets.core.profile.drift import NamedRow

MixingStatus = Literal["fits", "mixed", "misplaced", "not judged"]

DARKER_THAN: tuple[tuple[str, str], ...] = (
    ("night", "morning"),
    ("night", "midday"),
    ("night", "afternoon"),
    ("night", "evening"),
    ("evening", "midday"),
    ("evening", "afternoon"),
)
"""Slots by the light outdoors: the first of each pair is darker. Cameras even light out, so equal
photos prove nothing, but the reverse does. Morning and afternoon have no place against each other
or midday: their light overlaps."""


class MixingParams(Params):
    """When the photos of a slot count as mixed up."""

    neighbours: int = Field(default=3, ge=1, description="Most similar photos that each photo is judged by.")
    min_agreement: float = Field(
        default=0.3, ge=0, le=1, description="Least share of neighbours from the own slot beyond chance; 1 = all."
    )
    alpha: float = Field(default=0.01, gt=0, lt=1, description="Chance at which agreement still counts as luck.")
    min_images: int = Field(default=12, ge=2, description="Slots with fewer photos are not judged by similarity.")
    permutations: int = Field(default=999, ge=99, description="Shuffles that chance is measured by.")
    darker_than: tuple[tuple[str, str], ...] = Field(
        default=DARKER_THAN, description="Pairs of slots whose first has to be the darker one; empty = not checked."
    )


@dataclass(frozen=True)
class Misfit:
    """A photo that looks more like another slot's photos.

    Attributes:
        name: of the photo.
        fits: that slot.
    """

    name: str
    fits: str


@dataclass(frozen=True)
class Mixing:
    """What is known of the photos of a slot.

    Attributes:
        status: the verdict.
        reason: in words, with the numbers.
        images: photos of the slot.
        own_share: share of the photos' nearest neighbours that lie in their own slot, 0..1.
        chance_share: the same for photos shuffled between the slots, on average.
        p: chance of at least ``own_share`` for shuffled photos.
        misfits: photos most of whose neighbours lie in one other slot.
    """

    status: MixingStatus
    reason: str
    images: int
    own_share: float = 0.0
    chance_share: float = 0.0
    p: float = 1.0
    misfits: tuple[Misfit, ...] = ()


def mixed_content(
    rows_by_slot: Mapping[str, Sequence[NamedRow]], params: MixingParams | None = None
) -> dict[str, Mixing]:
    """Judges for each slot whether its photos look like one another rather than like other slots'.

    "mixed": the photos' nearest neighbours (in all metrics, each scaled by its deviation over all
    photos) lie in the own slot hardly more often than if photos were shuffled between the slots.
    "misplaced": the slot is brighter or darker than one it must not be (``darker_than``), by a
    one-sided Mann-Whitney test; of several such pairs the slots that explain them are named. Whole
    slots exchanged otherwise cannot be told: their photos belong together, only not there.

    Source: nearest-neighbour statistic and its permutation test: M. F. Schilling, "Multivariate
    two-sample tests based on nearest neighbors", JASA 81(395), 1986; agreement beyond chance,
    (share - chance) / (1 - chance): J. Cohen, "A coefficient of agreement for nominal scales",
    Educational and Psychological Measurement 20(1), 1960.

    Args:
        rows_by_slot: photos of every slot; a slot may be empty.
        params: when a slot is mixed up.
    """
    params = params or MixingParams()
    results = _by_similarity(rows_by_slot, params)
    for slot, reason in _in_wrong_light(rows_by_slot, params).items():
        found = results[slot]
        if found.status == "mixed":
            results[slot] = replace(found, reason=f"{found.reason}; {reason}")
        else:
            results[slot] = replace(found, status="misplaced", reason=reason)
    return results


def _by_similarity(rows_by_slot: Mapping[str, Sequence[NamedRow]], params: MixingParams) -> dict[str, Mixing]:
    photos = sorted(
        (tuple(row[metric] for metric in DISTANCE_METRICS), slot, name)
        for slot, rows in rows_by_slot.items()
        for name, row in rows
    )
    slots = np.array([slot for _, slot, _ in photos])
    results: dict[str, Mixing] = {}
    judged: list[str] = []
    for slot, rows in rows_by_slot.items():
        others = len(photos) - len(rows)
        if len(rows) < params.min_images:
            results[slot] = Mixing(
                "not judged", f"{len(rows)} photos; at least {params.min_images} are needed", len(rows)
            )
        elif others < params.min_images:
            reason = f"{others} photos in other slots to compare with; at least {params.min_images} are needed"
            results[slot] = Mixing("not judged", reason, len(rows))
        else:
            judged.append(slot)
    if judged:
        nearest = _neighbours(np.array([values for values, _, _ in photos]), params.neighbours)
        misfits = _misfits(nearest, slots, [name for _, _, name in photos])
        for slot in judged:
            results[slot] = _judge(slot, nearest, slots == slot, misfits.get(slot, ()), params)
    return {slot: results[slot] for slot in rows_by_slot}


def _neighbours(table: NDArray[np.float64], count: int) -> NDArray[np.intp]:
    """(photos, up to count) indices of the most similar other photos, most similar first."""
    from sklearn.neighbors import NearestNeighbors  # takes a second to import; loading the graph needs none of it

    scaled = (table - table.mean(axis=0)) / np.maximum(table.std(axis=0), list(DISTANCE_METRICS.values()))
    return np.asarray(
        NearestNeighbors(n_neighbors=min(count, len(table) - 1)).fit(scaled).kneighbors(return_distance=False)
    )


def _judge(
    slot: str, nearest: NDArray[np.intp], mine: NDArray[np.bool_], misfits: Sequence[Misfit], params: MixingParams
) -> Mixing:
    count, rng = int(mine.sum()), np.random.default_rng(0)
    share = _own_share(nearest, mine)
    chance = (count - 1) / (len(mine) - 1)
    as_high = sum(_own_share(nearest, rng.permutation(mine)) >= share for _ in range(params.permutations))
    p = (1 + as_high) / (1 + params.permutations)
    agreement = (share - chance) / (1 - chance)
    fits = p < params.alpha and agreement >= params.min_agreement
    reason = (
        f"{share:.0%} of the most similar photos lie in {slot} itself, {chance:.0%} would by chance "
        f"(agreement {agreement:.2f}, at least {params.min_agreement:.2f}; p {p:.2g}, below {params.alpha:.2g})"
    )
    if not fits:
        reason = f"the photos of {slot} look hardly more like each other than like other slots' photos: {reason}"
    return Mixing("fits" if fits else "mixed", reason, count, share, chance, p, tuple(misfits))


def _own_share(nearest: NDArray[np.intp], mine: NDArray[np.bool_]) -> float:
    return float(mine[nearest[mine]].mean())


def _misfits(nearest: NDArray[np.intp], slots: NDArray[np.str_], names: Sequence[str]) -> dict[str, tuple[Misfit, ...]]:
    found: list[tuple[str, Misfit]] = []
    for index, row in enumerate(nearest):
        values, counts = np.unique(slots[row], return_counts=True)
        most = int(np.argmax(counts))
        if 2 * counts[most] > len(row) and values[most] != slots[index]:
            found.append((str(slots[index]), Misfit(names[index], str(values[most]))))
    found.sort(key=lambda entry: (entry[0], entry[1].name))
    return {slot: tuple(misfit for _, misfit in group) for slot, group in groupby(found, key=lambda entry: entry[0])}


def _in_wrong_light(rows_by_slot: Mapping[str, Sequence[NamedRow]], params: MixingParams) -> dict[str, str]:
    """Slot → why it is misplaced. The slot that is in most reversed pairs explains them; then the rest."""
    light = {slot: [row["brightness_mean"] for _, row in rows] for slot, rows in rows_by_slot.items() if rows}
    reversed_pairs: dict[tuple[str, str], str] = {}
    for darker, lighter in params.darker_than:
        if darker in light and lighter in light:
            p = _p_brighter(light[darker], light[lighter])
            if p < params.alpha:
                medians = float(np.median(light[darker])), float(np.median(light[lighter]))
                reversed_pairs[darker, lighter] = (
                    f"{darker} is brighter than {lighter} (median brightness {medians[0]:.2f} against "
                    f"{medians[1]:.2f}, p {p:.1g}); it should be darker"
                )
    reasons: dict[str, str] = {}
    left = set(reversed_pairs)
    while left:
        counts = {slot: sum(slot in pair for pair in left) for pair in left for slot in pair}
        most = max(counts.values())
        for slot in sorted(slot for slot, count in counts.items() if count == most):
            reasons[slot] = "; ".join(text for pair, text in reversed_pairs.items() if slot in pair)
        left = {pair for pair in left if not set(pair) & set(reasons)}
    return reasons


def _p_brighter(first: Sequence[float], second: Sequence[float]) -> float:
    from scipy.stats import mannwhitneyu  # slow to import, and loading the graph needs none of it

    return float(mannwhitneyu(first, second, alternative="greater").pvalue)
