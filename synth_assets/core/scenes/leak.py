"""Leak probe: whether a seam can be found where no object is.

Belongs here: patches along the border of what was repainted, a classifier that tries to tell them
from the same places of the untouched background, and the colour step across that border. Does not
belong here: what is looked at in a patch (``leak_features.py``) and reading pictures.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from synth_assets.core.colour import to_lab
from synth_assets.core.config import Params
from synth_assets.core.masks import dilate, erode
from synth_assets.core.ports import RGB, Mask
from synth_assets.core.scenes.leak_features import Features, patch_features
from synth_assets.core.seeds import generator

_OUTLINE_SIGMA_PX = 2.0
_BOOTSTRAPS = 2000
_BOOTSTRAP_SEED = 0
_CONFIDENCE = 0.95
_REGULARISATION = 0.3


class LeakParams(Params):
    """How the probe looks, and what it lets pass."""

    patch_px: int = Field(default=20, ge=12, description="Side of a patch.")
    patches_per_scene: int = Field(default=24, ge=1, description="At most, spread along the border.")
    object_margin_px: int = Field(
        default=3, ge=0, description="Counts as object around its mask: the soft rim is part of it."
    )
    min_side_share: float = Field(default=0.2, gt=0, lt=0.5, description="Least share of a patch on either side.")
    folds: int = Field(default=5, ge=2, description="Of the cross-validation; no group is in two.")
    min_patches: int = Field(default=200, ge=2, description="With fewer patches of scenes, nothing is judged.")
    max_scenes: int = Field(default=120, ge=1, description="Scenes the asset check reads, chosen by their hash.")
    max_auc: float = Field(default=0.60, ge=0.5, le=1, description="The check fails where the interval lies above.")
    stop_auc: float = Field(
        default=0.75, ge=0.5, le=1, description="Nothing is built on scenes whose interval lies above this."
    )


@dataclass(frozen=True)
class ProbeSample:
    """One scene and the background it was painted on.

    Attributes:
        scene: (H, W, 3).
        background: (H, W, 3).
        repainted: (H, W) bool, True = may have been changed; ``repainted_region`` finds it again.
        objects: (H, W) bool, True = any object.
        group: samples of one background or photo share it.
    """

    scene: RGB
    background: RGB
    repainted: Mask
    objects: Mask
    group: str


@dataclass(frozen=True)
class LeakResult:
    """What the probe found.

    Attributes:
        auc: area under the ROC curve of telling scene from background; 0.5 = no leak; nan where not judged.
        low: lower end of its 95 % confidence interval.
        high: upper end.
        patches: of scenes; as many of backgrounds.
        scenes: that had a patch.
        scene_scores: per sample, how much more its patches look repainted than its background's,
            -1..1; nan without patches.
        reason: why nothing was judged; "" where it was.
    """

    auc: float
    low: float
    high: float
    patches: int
    scenes: int
    scene_scores: tuple[float, ...]
    reason: str = ""


def repainted_region(scene: RGB, background: RGB) -> Mask:
    """Gives where a scene was repainted: where most of the neighbours differ, holes closed.

    The outline is smooth on purpose: one that followed single changed pixels would select places by
    their rounding, and the probe would find its own selection.
    """
    changed = np.any(scene != background, axis=2).astype(np.float32)
    dense = cv2.GaussianBlur(changed, (0, 0), _OUTLINE_SIGMA_PX) > 0.5
    around = np.pad(dense.astype(np.uint8), 1)
    cv2.floodFill(around, None, (0, 0), 2)
    return (around != 2)[1:-1, 1:-1]


def border_patches(repainted: Mask, objects: Mask, params: LeakParams) -> NDArray[np.int64]:
    """Gives (N, 2) row and column of the first pixel of patches on the border that hold no object pixel."""
    side = params.patch_px
    width = repainted.shape[1]
    if min(repainted.shape) < side:
        return np.zeros((0, 2), np.int64)
    share = _box_sums(repainted, side) / side**2
    fits = (share >= params.min_side_share) & (share <= 1 - params.min_side_share)
    fits &= _box_sums(dilate(objects, params.object_margin_px), side) == 0
    half = side // 2
    border = repainted & ~erode(repainted, 1)
    found = np.argwhere(fits & border[half : half + fits.shape[0], half : half + fits.shape[1]])
    # One patch a cell of half its side, the one nearest to the cell's middle.
    cell = (found // half) @ np.array([width, 1])
    order = np.lexsort((np.abs(found % half - half // 2).sum(axis=1), cell))
    _, first = np.unique(cell[order], return_index=True)
    chosen = found[order[first]].astype(np.int64)
    if len(chosen) <= params.patches_per_scene:
        return chosen
    return chosen[np.linspace(0, len(chosen) - 1, params.patches_per_scene).astype(np.int64)]


def _box_sums(mask: Mask, side: int) -> NDArray[np.int32]:
    total = cv2.integral(mask.astype(np.uint8))
    return (total[side:, side:] - total[:-side, side:] - total[side:, :-side] + total[:-side, :-side]).astype(np.int32)


def leak_probe(samples: Sequence[ProbeSample], params: LeakParams | None = None) -> LeakResult:
    """Tells how well a small classifier knows repainted borders from untouched places.

    Patches lie on the border of the repainted region where no object is, and at the same places of
    the background. A logistic regression on their features is cross-validated over groups, and
    scores are compared within a fold only. The interval is the percentile bootstrap over groups, as
    patches of one photo are not independent.

    Source: Forman and Scholz, "Apples-to-apples in cross-validation studies", SIGKDD Explorations
    12(1), 2010 (AUC within folds); Rutter, "Bootstrap estimation of diagnostic accuracy with
    patient-clustered data", Academic Radiology 7(6), 2000 (interval).

    Args:
        samples: scenes with their backgrounds; of at least ``params.folds`` groups.
        params: how the probe looks.
    """
    params = params or LeakParams()
    corners = [border_patches(sample.repainted, sample.objects, params) for sample in samples]
    owner = np.repeat(np.arange(len(samples)), [len(places) for places in corners])
    names = sorted({samples[index].group for index in owner.tolist()})
    scenes = len(np.unique(owner))
    if reason := _too_few(len(owner), len(names), params):
        return LeakResult(math.nan, math.nan, math.nan, len(owner), scenes, (math.nan,) * len(samples), reason)
    looked = [(s, places) for s, places in zip(samples, corners, strict=True) if len(places)]
    after = np.vstack([patch_features(s.scene, s.repainted, at, params.patch_px) for s, at in looked])
    before = np.vstack([patch_features(s.background, s.repainted, at, params.patch_px) for s, at in looked])
    group = np.array([names.index(samples[index].group) for index in owner.tolist()])
    scores, fold = _scores(np.vstack([after, before]), np.tile(group, 2), params.folds)
    positive, negative = scores[: len(owner)], scores[len(owner) :]
    wins, pairs = _duels(positive, negative, group, fold[: len(owner)], len(names))
    low, high = _interval(wins, pairs)
    more = [
        float((positive - negative)[owner == index].mean()) if len(corners[index]) else math.nan
        for index in range(len(samples))
    ]
    return LeakResult(float(wins.sum() / pairs.sum()), low, high, len(owner), scenes, tuple(more))


def _too_few(patches: int, groups: int, params: LeakParams) -> str:
    if patches < params.min_patches:
        return f"{patches} patches on borders without an object: at least {params.min_patches} are needed"
    if groups < params.folds:
        return f"backgrounds from {groups} photos: at least {params.folds} are needed"
    return ""


def _scores(rows: Features, group: NDArray[np.int64], folds: int) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Probability of being repainted of every row, by a model that never saw its group, and its fold."""
    from sklearn.linear_model import LogisticRegression  # slow to import, and loading the graph needs none of it
    from sklearn.model_selection import GroupKFold
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    repainted = np.arange(len(rows)) < len(rows) // 2
    scores, fold = np.zeros(len(rows)), np.zeros(len(rows), np.int64)
    for number, (seen, unseen) in enumerate(GroupKFold(folds).split(rows, repainted, group)):
        model = make_pipeline(StandardScaler(), LogisticRegression(C=_REGULARISATION, max_iter=500))
        model.fit(rows[seen], repainted[seen])
        scores[unseen], fold[unseen] = model.predict_proba(rows[unseen])[:, 1], number
    return scores, fold


def _duels(
    positive: NDArray[np.float64],
    negative: NDArray[np.float64],
    group: NDArray[np.int64],
    fold: NDArray[np.int64],
    groups: int,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Per pair of groups of one fold: how often the repainted patch scores higher, and how many duels there are."""
    wins, pairs = np.zeros((groups, groups)), np.zeros((groups, groups))
    for number in np.unique(fold):
        here = fold == number
        member = np.eye(groups)[group[here]]
        above, below = positive[here][:, None], negative[here][None, :]
        won = (above > below) + 0.5 * (above == below)
        wins += member.T @ won @ member
        pairs += np.outer(member.sum(axis=0), member.sum(axis=0))
    return wins, pairs


def _interval(wins: NDArray[np.float64], pairs: NDArray[np.float64]) -> tuple[float, float]:
    groups = len(wins)
    drawn = generator(_BOOTSTRAP_SEED).multinomial(groups, np.full(groups, 1 / groups), _BOOTSTRAPS).astype(np.float64)
    won, fought = ((drawn @ table * drawn).sum(axis=1) for table in (wins, pairs))
    tail = (1 - _CONFIDENCE) / 2
    low, high = np.quantile(won[fought > 0] / fought[fought > 0], [tail, 1 - tail])
    return float(low), float(high)


def border_step(samples: Sequence[ProbeSample], params: LeakParams | None = None) -> float:
    """Gives the colour step across the repainted regions' borders, relative to the same places untouched.

    The step is the mean CIELAB distance of two neighbouring pixels of which one was repainted and
    one was not, both clear of every object; all such pairs of all scenes count alike. 1 = no seam;
    nan where there is no such pair.
    """
    params = params or LeakParams()
    after = before = 0.0
    for sample in samples:
        clear = ~dilate(sample.objects, params.object_margin_px)
        for axis in (0, 1):
            first = np.argwhere(np.diff(sample.repainted, axis=axis) & _both(clear, axis))
            second = first + np.array([1 - axis, axis])
            after += _step(sample.scene, first, second)
            before += _step(sample.background, first, second)
    return after / before if before > 0 else math.nan


def _both(mask: Mask, axis: int) -> Mask:
    return mask[1:] & mask[:-1] if axis == 0 else mask[:, 1:] & mask[:, :-1]


def _step(image: RGB, first: NDArray[np.int64], second: NDArray[np.int64]) -> float:
    """Sum of the CIELAB distances of these pairs of pixels."""
    if len(first) == 0:
        return 0.0
    one, other = (to_lab(image[at[:, 0], at[:, 1]][:, None]) for at in (first, second))
    return float(np.linalg.norm(one - other, axis=2).sum())
