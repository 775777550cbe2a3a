"""Fitting: whether captions fit their own pictures better than those of others.

Belongs here: the test and its limits. Does not belong here: the scores (a ``TextScorer``), making
captions (``captioning.py``) and reporting (``caption_checks.py``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from synth_assets.core.config import Params
from synth_assets.core.ports import RGB, TextScorer

_SEED = 0


class FitParams(Params):
    """How captions are compared with shuffled ones.

    Attributes:
        pictures: of a partition, that are compared with each other's captions.
        min_pictures: with fewer, nothing is said.
        permutations: shuffles that the matched captions are compared with.
        max_p: share of shuffles that may fit as well, before the captions are called no better than shuffled.
    """

    pictures: int = Field(default=24, ge=2, le=500)
    min_pictures: int = Field(default=8, ge=2)
    permutations: int = Field(default=999, ge=19)
    max_p: float = Field(default=0.05, gt=0, lt=1)


@dataclass(frozen=True)
class Fit:
    """How captions fit.

    Attributes:
        pictures: compared.
        auc: share of pairs of a picture and another's different caption in which its own scores higher; 0.5 = by
            chance; ties count half.
        p: share of shuffles whose mean score is as high as that of the matched captions.
        matched: mean score of the captions with their own pictures.
        shuffled: mean score with other pictures.
        reason: why nothing is said; "" where the rest holds.
    """

    pictures: int
    auc: float = 0.5
    p: float = 1.0
    matched: float = 0.0
    shuffled: float = 0.0
    reason: str = ""


def fit_of(images: Sequence[RGB], texts: Sequence[str], scorer: TextScorer, params: FitParams) -> Fit:
    """Compares captions with their own and each other's pictures.

    No threshold on a score is needed for it, which each scorer would want another of.

    Args:
        images: at most ``params.pictures``; each is scored against all texts.
        texts: caption of each.
        scorer: scores pairs.
        params: numbers.
    """
    count = len(images)
    if count < params.min_pictures:
        return Fit(count, reason=f"{count} pictures are too few; {params.min_pictures} are needed")
    if len(set(texts)) == 1:
        return Fit(count, reason="all captions are the same")
    pairs = [(image, text) for image in images for text in texts]
    scores = np.array(scorer.score([image for image, _ in pairs], [text for _, text in pairs])).reshape(count, count)
    return fit_of_scores(scores, texts, params.permutations)


def fit_of_scores(scores: NDArray[np.float64], texts: Sequence[str], permutations: int) -> Fit:
    """Gives the fit of (N, N) scores of picture i with text j; not all of the N texts may be equal.

    Source: B. Phipson and G. Smyth, "Permutation p-values should never be zero", 2010.
    """
    count = len(texts)
    own = np.diagonal(scores)
    numbers = {text: number for number, text in enumerate(dict.fromkeys(texts))}
    kinds = np.array([numbers[text] for text in texts])
    others = kinds[:, None] != kinds[None]
    wins = (own[:, None] > scores) + 0.5 * (own[:, None] == scores)
    rng = np.random.default_rng(_SEED)
    # Sums in the order of the texts, so that a shuffle that changes nothing gives the very same mean.
    orders = np.argsort([rng.permutation(count) for _ in range(permutations)], axis=1)
    means = scores[orders, np.arange(count)].mean(axis=1)
    as_good = int((means >= own.mean() - 1e-12).sum())
    return Fit(
        count,
        auc=float(wins[others].mean()),
        p=(as_good + 1) / (permutations + 1),
        matched=float(own.mean()),
        shuffled=float(scores[others].mean()),
    )
