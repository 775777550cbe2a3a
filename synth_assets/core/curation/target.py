"""Target: which blob, or which part of one, is the wanted character.

Belongs here: candidates, what each has to make up for, and the choice. Does not belong here: how
two blobs are compared (``matching.py``) and the table of frames (``analysis.py``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from synth_assets.core.config import Params
from synth_assets.core.curation.matching import (
    Description,
    colour_agreement,
    colour_histogram,
    describe,
    largest_component,
    match_scores,
    split_blob,
)
from synth_assets.core.masks import dilate
from synth_assets.core.ports import RGB, Embedder, Mask

_EXCLUDED = 2.0
_LEFT_WEIGHT, _LEFT_UNLIKE = 0.2, 0.35
_FOREIGN_LEAD = 0.08
_MAIN_SHARE = 0.3
_CUT_PX = 3
_NO_OTHER = -1.0


class TargetParams(Params):
    """What counts as the target character."""

    match_score: float = Field(default=0.61, ge=0, le=1.2, description="Score from which a blob is the character.")
    colour_weight: float = Field(default=0.1, ge=0, le=1, description="How far colours move the score.")
    part_penalty: float = Field(default=0.01, ge=0, le=1, description="What a part must gain over its whole blob.")
    other_margin: float = Field(default=0.0, ge=0, le=1, description="Lead needed over every other character.")
    foreign_score: float = Field(default=0.57, ge=0, le=1.2, description="Score from which a part is somebody else.")
    min_part_share: float = Field(default=0.08, gt=0, lt=1, description="Smallest part of a blob, as a share of it.")
    max_blobs: int = Field(default=6, ge=1, description="Largest blobs that are compared.")


@dataclass(frozen=True)
class Candidate:
    """A blob or a part of one.

    Attributes:
        mask: (H, W) bool.
        blob: index of the blob.
        whole: True for the blob itself.
        leaves: what of the blob the candidate leaves behind and has to account for; None for nothing.
    """

    mask: Mask
    blob: int
    whole: bool
    leaves: Mask | None = None


@dataclass(frozen=True)
class Target:
    """The best candidate of a frame.

    Attributes:
        candidate: it.
        score: its likeness to the target's references.
        other_score: its likeness to the most similar other character; -1 without others.
        found: True if it counts as the character.
    """

    candidate: Candidate
    score: float
    other_score: float
    found: bool


@dataclass(frozen=True)
class _Scored:
    candidates: list[Candidate]
    own: NDArray[np.float64]
    rest: NDArray[np.float64]


def find_target(
    image: RGB,
    blobs: Sequence[Mask],
    references: Description,
    others: Sequence[Description],
    embedder: Embedder,
    params: TargetParams,
) -> Target | None:
    """Gives the blob or part of a blob that is most like the references; None without blobs.

    Candidates are the blobs, their parts by colour and place, and blobs less the parts that are
    clearly another character.

    Args:
        image: (H, W, 3) picture.
        blobs: (H, W) bool masks, largest first.
        references: the target.
        others: other characters.
        embedder: describes candidates; the references were described by the same one.
        params: limits.
    """
    candidates: list[Candidate] = []
    for at, blob in enumerate(blobs[: params.max_blobs]):
        least_px = round(params.min_part_share * float(blob.sum()))
        candidates.append(Candidate(blob, at, whole=True))
        for part in split_blob(image, blob, least_px):
            candidates.append(Candidate(part, at, whole=False, leaves=blob & ~part))
    if not candidates:
        return None
    scored = _score(image, candidates, references, others, embedder, params)
    if rests := _without_others(scored, params):
        added = _score(image, rests, references, others, embedder, params)
        scored = _Scored(
            [*scored.candidates, *rests],
            np.concatenate([scored.own, added.own]),
            np.concatenate([scored.rest, added.rest]),
        )
    penalties = _penalties(image, scored, references, params)
    best = int(np.argmax(scored.own - penalties))
    score, other_score = float(scored.own[best]), float(scored.rest[best])
    found = bool(penalties[best] < _EXCLUDED) and score >= params.match_score
    return Target(scored.candidates[best], score, other_score, found)


def _score(
    image: RGB,
    candidates: list[Candidate],
    references: Description,
    others: Sequence[Description],
    embedder: Embedder,
    params: TargetParams,
) -> _Scored:
    described = describe([image] * len(candidates), [item.mask for item in candidates], embedder)
    own = match_scores(described, references, params.colour_weight)
    foreign = [match_scores(described, other, params.colour_weight) for other in others]
    return _Scored(candidates, own, np.max(foreign or [np.full(own.shape, _NO_OTHER)], axis=0))


def _without_others(scored: _Scored, params: TargetParams) -> list[Candidate]:
    """Blobs less a part that is clearly another character, where a large piece is left."""
    rests: list[Candidate] = []
    wholes = {item.blob: item.mask for item in scored.candidates if item.whole}
    for item, own, rest in zip(scored.candidates, scored.own, scored.rest, strict=True):
        if not item.whole and rest >= params.foreign_score and rest - own >= _FOREIGN_LEAD:
            whole = wholes[item.blob]
            left = largest_component(whole & ~dilate(item.mask, _CUT_PX))
            if left.sum() >= _MAIN_SHARE * whole.sum():
                rests.append(Candidate(left, item.blob, whole=False))
    return rests


def _penalties(image: RGB, scored: _Scored, references: Description, params: TargetParams) -> NDArray[np.float64]:
    """What each candidate's score has to make up for.

    A part must gain the more over its blob, the more the colours of what it leaves behind are the
    character's too: that would be its shadowed side. What resembles another character more is
    excluded, and so is a part of a blob that resembles another more than the part does the target.
    """
    wholes = {item.blob: at for at, item in enumerate(scored.candidates) if item.whole}
    own, rest = scored.own, scored.rest
    penalties = np.zeros(len(scored.candidates))
    for at, item in enumerate(scored.candidates):
        whole = wholes[item.blob]
        theirs = rest[whole] > own[whole] and rest[whole] > own[at]
        if own[at] - rest[at] < params.other_margin or (theirs and not item.whole):
            penalties[at] = _EXCLUDED
        elif item.leaves is not None and item.leaves.any():
            agreement = float(colour_agreement(colour_histogram(image, item.leaves)[None], references)[0])
            penalties[at] = params.part_penalty + _LEFT_WEIGHT * max(0.0, agreement - _LEFT_UNLIKE)
    return penalties
